"""Runs played straight through, and what differs between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igbuild.check.probe.difference import first_difference
from igbuild.check.probe.game import PARTS, Frame, Run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from igbuild.check.probe.script import Actions


def play(run: Run, seed: int, script: Sequence[Actions]) -> list[Frame]:
    """Play a run and return its frames: the first after the reset, then one for each step.

    An episode that is over is followed by the next.
    """
    return [run.begin(seed), *(advance(run, actions) for actions in script)]


def advance(run: Run, actions: Actions) -> Frame:
    """Play one frame of a run."""
    if run.adapter.done:
        run.go_on()
    return run.hashes(run.step(actions))


def skip(run: Run, seed: int, script: Sequence[Actions]) -> Run:
    """Play a run without looking at it, and return it."""
    run.begin(seed)
    for actions in script:
        if run.adapter.done:
            run.go_on()
        run.step(actions)
    return run


def reach(environment: Mapping[str, Any], seed: int, script: Sequence[Actions], frame: int) -> Run:
    """Return a new game, played straight to `frame`: after so many steps."""
    return skip(Run(environment), seed, script[:frame])


def differing(one: Frame, other: Frame) -> list[str]:
    """Return the names of the parts in which two frames differ."""
    return [name for name, left, right in zip(PARTS, one, other, strict=True) if left != right]


def first_mismatch(one: Sequence[Frame], other: Sequence[Frame]) -> tuple[int, list[str]] | None:
    """Return the first frame in which two runs differ, and in which parts."""
    for number, (left, right) in enumerate(zip(one, other, strict=True)):
        if left != right:
            return number, differing(left, right)
    return None


def path_of(one: Any, other: Any) -> str:
    """Return the key path of the first difference of two documents, as the end of a sentence."""
    if one is None or other is None:
        return ""
    found = first_difference(one, other)
    return f"; first difference: {found}" if found else ""
