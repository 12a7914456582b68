"""The state's round trip: kept in the process, or sent as JSON to a stranger, it leads to the same future."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

from igbuild.check.probe.findings import PASS, WARN, Failed, finding
from igbuild.check.probe.game import Run
from igbuild.check.probe.line import advance, differing, path_of, reach
from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import layers_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from igbuild.check.probe.game import Frame
    from igbuild.check.probe.script import Actions

TRIALS = 5
FUTURE = 60
"""Frames that are compared after a round trip."""

HOOKS = ("get_state", "set_state")

ADVICE = (
    "Let get_state() return everything that the future depends on, and set_state() put all of it back; or "
    "leave both out, and igbuild takes the attributes."
)


def held(run: Run) -> dict[str, Any]:
    """Find whether the state can be hashed and kept, and where it is taken from.

    Args:
        run: in an episode.

    Raises:
        Failed: something in it cannot be.
    """
    try:
        run.game.hash()
        run.save(0)
    except StateError as error:
        raise Failed(
            f"the state cannot be kept: {error}",
            "Keep it out of the environment's attributes, or give the environment get_state() and set_state() "
            "that return and take plain data.",
        ) from None
    layers = [type(layer) for layer in layers_of(run.adapter.env)]
    hooks = [{name for name in HOOKS if callable(getattr(layer, name, None))} for layer in layers]
    if not any(len(found) == len(HOOKS) for found in hooks):
        lonely = next((found.pop() for found in hooks if found), None)
        if lonely is not None:
            raise Failed(
                f"the environment has {lonely}() without its counterpart, so it is not used",
                "Write both get_state() and set_state(), or neither.",
                verdict=WARN,
            )
        return finding(PASS, "taken from the attributes of every layer", source="attributes")
    return finding(PASS, "taken from get_state() and set_state()", source="hooks")


def kept(environment: Mapping[str, Any], runs: Mapping[int, Sequence[Actions]]) -> dict[str, Any]:
    """Save at random frames, go on, load, and go on again.

    Raises:
        Failed: saving changed something, or the future came out differently.
    """
    trials = 0
    for seed, script, frame in _places(runs):
        run = reach(environment, seed, script, frame)
        before = run.document()
        run.save(frame)
        if run.document() != before:
            raise Failed(f"saving the state changes it (seed {seed}, frame {frame})", ADVICE)
        then = run.hash()
        future = _future(run, script, frame)
        run.load(frame)
        if run.hash() != then:
            path = path_of(before, run.document())
            raise Failed(f"loading a state gives another one (seed {seed}, frame {frame}){path}", ADVICE)
        _compare(environment, seed, script, frame, run, future, "after going back")
        trials += 1
    return finding(PASS, f"{trials} random frames: the same future after going back")


def sent(environment: Mapping[str, Any], runs: Mapping[int, Sequence[Actions]]) -> dict[str, Any]:
    """Send states at random frames as JSON text to a new environment that plays another seed.

    Raises:
        Failed: there is no JSON of it (a warning), or the future came out differently.
    """
    size = 0
    for seed, script, frame in _places(runs):
        run = reach(environment, seed, script, frame)
        try:
            text = json.dumps(run.game.state_json())
        except StateError as error:
            raise Failed(
                f"the state has no JSON: {error}",
                "It can be kept and compared, but not sent or recorded.",
                verdict=WARN,
            ) from None
        size = max(size, len(text))
        stranger = Run(environment)
        stranger.begin(seed + 1)
        stranger.take_over(run, json.loads(text))
        if stranger.hash() != run.hash():
            path = path_of(run.document(), stranger.document())
            raise Failed(f"a state read from JSON is another one (seed {seed}, frame {frame}){path}", ADVICE)
        future = _future(run, script, frame)
        _compare(environment, seed, script, frame, stranger, future, "in another environment")
    return finding(PASS, f"the same future in another environment; up to {size:,} bytes", bytes=size)


def _places(runs: Mapping[int, Sequence[Actions]]) -> Iterator[tuple[int, Sequence[Actions], int]]:
    """Choose frames at random, the same ones in every check."""
    rng = random.Random("igbuild check states")  # noqa: S311 - no secret
    seeds = list(runs)
    for trial in range(TRIALS):
        seed = seeds[trial % len(seeds)]
        script = runs[seed]
        yield seed, script, rng.randrange(len(script)) if trial else 0


def _future(run: Run, script: Sequence[Actions], frame: int) -> list[Frame]:
    frames: list[Frame] = []
    for actions in script[frame : frame + FUTURE]:
        if run.adapter.done:
            break
        frames.append(advance(run, actions))
    return frames


def _compare(
    environment: Mapping[str, Any],
    seed: int,
    script: Sequence[Actions],
    frame: int,
    run: Run,
    future: Sequence[Frame],
    how: str,
) -> None:
    for number, expected in enumerate(future):
        parts = differing(expected, advance(run, script[frame + number]))
        if parts:
            at = frame + number + 1
            path = path_of(reach(environment, seed, script, at).document(), run.document())
            raise Failed(
                f"seed {seed}: {how} from frame {frame}, frame {at} differs in {' and '.join(parts)}{path}",
                ADVICE,
                seed=seed,
                frame=at,
                parts=parts,
            )
