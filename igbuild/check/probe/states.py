"""The state's round trip: kept in the process, or sent as JSON to a stranger, it leads to the same future."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igbuild.check.probe.findings import PASS, WARN, Failed, finding
from igbuild.check.probe.game import Run
from igbuild.check.probe.line import advance, differing, path_of, reach
from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import layers_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
            "Keep it out of the environment's attributes, or give the environment get_state() and "
            "set_state() that return and take plain data.",
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
        return finding(PASS, "taken from the attributes of every layer", data={"source": "attributes"})
    return finding(PASS, "taken from get_state() and set_state()", data={"source": "hooks"})


def kept(environment: Mapping[str, Any], runs: Mapping[int, Sequence[Actions]]) -> dict[str, Any]:
    """Save at random frames, go on, load, and go on again.

    Raises:
        Failed: saving changed something, or the future came out differently.
    """
    places = _places(environment, runs)
    for place in places:
        run = place.reach()
        before, then = run.document(), run.hash()
        run.save(0)
        if run.document() != before:
            raise Failed(f"saving the state changes it ({place})", ADVICE)
        future = place.future(run)
        run.load(0)
        if run.hash() != then:
            raise Failed(
                f"loading a state gives another one ({place}){path_of(before, run.document())}", ADVICE
            )
        place.compare(run, future, "after going back")
    return finding(PASS, f"{len(places)} random frames: the same future after going back")


def sent(environment: Mapping[str, Any], runs: Mapping[int, Sequence[Actions]]) -> dict[str, Any]:
    """Send states at random frames as JSON text to a new environment that plays another seed.

    Raises:
        Failed: there is no JSON of it (a warning), or the future came out differently.
    """
    size = 0
    for place in _places(environment, runs):
        run = place.reach()
        try:
            text = json.dumps(run.game.state_json())
        except StateError as error:
            advice = "It can be kept and compared, but not sent or recorded."
            raise Failed(f"the state has no JSON: {error}", advice, verdict=WARN) from None
        size = max(size, len(text))
        stranger = Run(environment)
        stranger.begin(place.seed + 1)
        stranger.take_over(run, json.loads(text))
        if stranger.hash() != run.hash():
            path = path_of(run.document(), stranger.document())
            raise Failed(f"a state read from JSON is another one ({place}){path}", ADVICE)
        place.compare(stranger, place.future(run), "in another environment")
    return finding(
        PASS, f"the same future in another environment; up to {size:,} bytes", data={"bytes": size}
    )


@dataclass(frozen=True)
class Place:
    """A frame of a run, where its state is taken.

    Attributes:
        environment: what to make games of.
        seed: of the run.
        script: its actions.
        frame: steps before it.
    """

    environment: Mapping[str, Any]
    seed: int
    script: Sequence[Actions]
    frame: int

    def __str__(self) -> str:
        return f"seed {self.seed}, frame {self.frame}"

    def reach(self, more: int = 0) -> Run:
        """Return a new game, played straight to this place, or some frames further."""
        return reach(self.environment, self.seed, self.script, self.frame + more)

    def future(self, run: Run) -> list[Frame]:
        """Play on from here to the episode's end, but not too far, and return the frames."""
        frames: list[Frame] = []
        for actions in self.script[self.frame : self.frame + FUTURE]:
            if run.adapter.done:
                break
            frames.append(advance(run, actions))
        return frames

    def compare(self, run: Run, future: Sequence[Frame], how: str) -> None:
        """Play on from here in another way, and compare.

        Raises:
            Failed: a frame came out differently.
        """
        for number, expected in enumerate(future, 1):
            parts = differing(expected, advance(run, self.script[self.frame + number - 1]))
            if parts:
                at = self.frame + number
                path = path_of(self.reach(number).document(), run.document())
                raise Failed(
                    f"{how} from frame {self.frame} (seed {self.seed}), frame {at} differs in "
                    f"{' and '.join(parts)}{path}",
                    ADVICE,
                    data={"seed": self.seed, "frame": at, "parts": parts},
                )


def _places(environment: Mapping[str, Any], runs: Mapping[int, Sequence[Actions]]) -> list[Place]:
    """Choose frames at random, the same ones in every check."""
    rng = random.Random("igbuild check states")  # noqa: S311 - no secret
    seeds = list(runs)
    places = []
    for trial in range(TRIALS):
        seed = seeds[trial % len(seeds)]
        frame = rng.randrange(len(runs[seed])) if trial else 0
        places.append(Place(environment, seed, runs[seed], frame))
    return places
