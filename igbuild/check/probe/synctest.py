"""The SyncTest: go back 1 to `window` frames at every frame, play them again, and get the same frames.

The idea is GGPO's, whose test goes back one distance. What a save leaves out, or a load does not put back,
shows as a frame that comes out differently the second time.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from igbuild.check.probe.findings import PASS, Failed, finding
from igbuild.check.probe.line import differing, path_of, reach

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from igbuild.check.probe.game import Frame, Run
    from igbuild.check.probe.script import Actions

LISTED = 10
"""Frames that a message names; the data hold all."""


@dataclass
class Found:
    """What the test found.

    Attributes:
        mismatches: by frame the distances from which it came out differently.
        parts: what differed.
        covered: frames gone back from.
        replayed: frames played again.
        path: of the first difference.
    """

    mismatches: dict[int, list[int]] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    covered: int = 0
    replayed: int = 0
    path: str = ""


@dataclass
class SyncTest:
    """The test over one run.

    Attributes:
        environment: what to make the game of.
        seed: of the run.
        script: its actions.
        window: the longest distance, in frames.
        seconds: after which it stops where it is.
    """

    environment: Mapping[str, Any]
    seed: int
    script: Sequence[Actions]
    window: int
    seconds: float

    def __post_init__(self) -> None:
        self.found = Found()
        # The hashes of the last frames of this episode; the states are kept under the frames' numbers.
        self._frames: deque[Frame] = deque(maxlen=self.window + 1)
        self._run = self._restart(0)

    def go(self) -> Found:
        """Run the test."""
        until = time.monotonic() + self.seconds
        for number in range(1, len(self.script) + 1):
            if time.monotonic() > until:
                break
            self._advance(number)
            if not self._sweep(number):
                self.found.path = self.found.path or self._explain(number)
                # What went wrong once would be wrong ever after: go on from a game that was never set back.
                self._run = self._restart(number)
            self.found.covered += 1
        return self.found

    def _restart(self, number: int) -> Run:
        """Make a new game and play it straight to a frame."""
        first = max(0, number - self.window)
        self._run = reach(self.environment, self.seed, self.script, first)
        self._frames.clear()
        self._frames.append(())
        self._run.save(first)
        for frame in range(first + 1, number + 1):
            self._advance(frame)
        return self._run

    def _advance(self, number: int) -> None:
        if self._run.adapter.done:
            self._frames.clear()
            self._frames.append(self._run.go_on())
            self._run.save(number - 1)
        self._frames.append(self._run.hashes(self._run.step(self.script[number - 1])))
        self._run.save(number)
        self._run.game.drop(before=number - self.window)

    def _sweep(self, number: int) -> bool:
        """Go back from a frame by every distance; tell whether all came out the same."""
        for distance in range(1, len(self._frames)):
            self._run.load(number - distance)
            right = True
            for back in range(distance, 0, -1):
                # The state of an earlier frame was compared when that frame was the last.
                again = self._replay(number - back, whole=back == 1)
                parts = differing(self._frames[-back], again)
                if back > 1:
                    parts = [part for part in parts if part != "state"]
                if parts:
                    right = False
                    self.found.parts.update(parts)
                    self.found.mismatches.setdefault(number - back + 1, []).append(distance)
            if not right:
                return False
        return True

    def _replay(self, index: int, *, whole: bool) -> Frame:
        self.found.replayed += 1
        if self._run.adapter.done:
            self._run.go_on()
        step = self._run.step(self.script[index])
        return self._run.hashes(step) if whole else ("", *self._run.shown(step))

    def _explain(self, number: int) -> str:
        straight = reach(self.environment, self.seed, self.script, number)
        return path_of(straight.document(), self._run.document())


def report(found: Found, window: int, frames: int) -> dict[str, Any]:
    """Turn what was found into a finding.

    Args:
        found: by the test.
        window: the longest distance.
        frames: asked for.

    Raises:
        Failed: a frame came out differently.
    """
    data = {
        "window": window,
        "covered": found.covered,
        "replayed": found.replayed,
        "mismatches": {str(frame): sorted(set(far)) for frame, far in sorted(found.mismatches.items())},
    }
    if found.mismatches:
        wrong = sorted(found.mismatches)
        shown = ", ".join(map(str, wrong[:LISTED])) + (", …" if len(wrong) > LISTED else "")
        raise Failed(
            f"{len(wrong)} of {found.covered} frames come out differently when played again after going back "
            f"(frames {shown}: {', '.join(sorted(found.parts))}){found.path}",
            "Put everything that the future depends on into the state, random generators included, and draw "
            "chance only from generators that reset() seeds.",
            data=data,
        )
    cut = "" if found.covered >= frames else f" (of {frames}: the time was up)"
    return finding(
        PASS,
        f"went back 1 to {window} frames at each of {found.covered} frames{cut}; "
        f"all {found.replayed} frames came out the same again",
        data=data,
    )
