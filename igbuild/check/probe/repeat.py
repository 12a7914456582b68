"""The same seed and actions twice in one process: in two new environments, and in one used before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igbuild.check.probe.findings import PASS, WARN, Failed, finding
from igbuild.check.probe.game import Run
from igbuild.check.probe.line import advance, first_mismatch, path_of, play, reach, skip

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from igbuild.check.probe.game import Frame
    from igbuild.check.probe.script import Actions

CHANCE = (
    "Draw chance only from generators that reset(seed) seeds, and let nothing depend on the clock, on id(), "
    "or on the order of a set."
)


def same_seed(
    environment: Mapping[str, Any],
    runs: Mapping[int, Sequence[Actions]],
    lines: Mapping[int, Sequence[Frame]],
) -> dict[str, Any]:
    """Play every run again in a new environment, and once more in the same one.

    Args:
        environment: what to make the games of.
        runs: script by seed.
        lines: the frames of the first time, by seed.

    Raises:
        Failed: a run came out differently.
    """
    for seed, script in runs.items():
        used = Run(environment)
        wrong = first_mismatch(lines[seed], play(used, seed, script))
        if wrong is not None:
            raise Failed(
                _message("two new environments", seed, wrong) + _path(environment, seed, script),
                CHANCE,
                data={"seed": seed, "frame": wrong[0], "parts": wrong[1]},
            )
        again = first_mismatch(lines[seed], play(used, seed, script))
        if again is not None:
            raise _left_over(environment, seed, script, again)
    count = sum(map(len, runs.values()))
    return finding(
        PASS, f"{len(runs)} seeds, {count} frames: the same in a new environment and in a used one"
    )


def _left_over(
    environment: Mapping[str, Any], seed: int, script: Sequence[Actions], wrong: tuple[int, list[str]]
) -> Failed:
    frame, parts = wrong
    used = skip(reach(environment, seed, script, len(script)), seed, script[:frame])
    path = path_of(reach(environment, seed, script, frame).document(), used.document())
    return Failed(
        _message("a used environment and a new one", seed, wrong) + path,
        "Let reset() set everything anew; otherwise an episode depends on those before it.",
        # A rest that nobody sees is untidy; one that changes the game makes replays impossible.
        verdict=WARN if parts == ["state"] else "fail",
        data={"seed": seed, "frame": frame, "parts": parts},
    )


def _message(what: str, seed: int, wrong: tuple[int, list[str]]) -> str:
    frame, parts = wrong
    return f"seed {seed}: {what} differ in {' and '.join(parts)} at frame {frame}"


def _path(environment: Mapping[str, Any], seed: int, script: Sequence[Actions]) -> str:
    """Play two new games side by side, and say where they first differ: chance may differ anew each time."""
    one, other = Run(environment), Run(environment)
    alike = one.begin(seed) == other.begin(seed)
    for actions in script:
        if not alike:
            break
        alike = advance(one, actions) == advance(other, actions)
    return path_of(one.document(), other.document())
