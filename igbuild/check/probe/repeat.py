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

Mismatch = tuple[int, list[str]]
"""A frame, and the parts in which it differs."""

ATTEMPTS = 4

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
        used, frames, wrong, path = _side_by_side(environment, seed, script)
        wrong = wrong or first_mismatch(lines[seed], frames)
        if wrong is not None:
            raise Failed(
                _message("two new environments", seed, wrong) + (path or _path(environment, seed, script)),
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
    environment: Mapping[str, Any], seed: int, script: Sequence[Actions], wrong: Mismatch
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


def _message(what: str, seed: int, wrong: Mismatch) -> str:
    frame, parts = wrong
    return f"seed {seed}: {what} differ in {' and '.join(parts)} at frame {frame}"


def _side_by_side(
    environment: Mapping[str, Any], seed: int, script: Sequence[Actions]
) -> tuple[Run, list[Frame], Mismatch | None, str]:
    """Play two new games frame by frame, up to the first difference.

    Returns:
        One of them, its frames, and the difference with its key path.
    """
    one, other = Run(environment), Run(environment)
    frames, theirs = [one.begin(seed)], [other.begin(seed)]
    for actions in script:
        if frames[-1] != theirs[-1]:
            break
        frames.append(advance(one, actions))
        theirs.append(advance(other, actions))
    wrong = first_mismatch(frames, theirs)
    return one, frames, wrong, path_of(one.document(), other.document()) if wrong else ""


def _path(environment: Mapping[str, Any], seed: int, script: Sequence[Actions]) -> str:
    """Look for a difference that did not show side by side: chance differs anew each time."""
    paths = (_side_by_side(environment, seed, script)[3] for _ in range(ATTEMPTS))
    return next((path for path in paths if path), "")
