"""From "both joined" to the first frame, and its parts: `python -m tests.benchmarks.meeting [--json]`.

Two people in two profiles of Chromium, brought together by `igbuild serve`, again and again; each mark is the
later page's. The count 3, 2, 1 is deliberate and stands alone. Beside it, in the same run, what two bare
connections within one page take from offer to open.
"""

from __future__ import annotations

import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks._playing import browser, spread, watched
from tests.browser.people import igbuild, make_duo, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROUNDS = 7
BARE = "two bare connections in one page"
COUNT = "the count 3, 2, 1"
TOTAL = "both joined to first frame, without the count"
MARKS = {
    "joined": "",
    "matched": "in the waiting room to matched",
    "validating": "everybody said yes",
    "ready": "connected, every channel tried there and back",
    "playing": "the hub lets them play",
    "counting": "session made, environment reset, first picture",
    "counted": COUNT,
    "started": "READY and START",
    "drawn": "first step to its picture",
}
"""Each mark, and the part that ends with it."""


def marks_of(found: dict[str, Any]) -> dict[str, float]:
    """Return when one page passed each mark."""

    def said(way: str, event: str) -> float:
        return next(heard["at"] for heard in found["said"] if (heard["way"], heard["event"]) == (way, event))

    def entered(phase: str, after: float) -> float:
        return next(one["at"] for one in found["phases"] if one["phase"] == phase and one["at"] > after)

    playing = said("in", "playing")
    counting = entered("start", playing)
    counted = entered("waiting", counting)
    return {
        "joined": said("out", "join"),
        "matched": said("in", "matched"),
        "validating": said("in", "validating"),
        "ready": said("out", "ready"),
        "playing": playing,
        "counting": counting,
        "counted": counted,
        "started": entered("playing", counted),
        "drawn": next(drawn for drawn in found["drawn"] if drawn is not None),
    }


def play_once(running: Browser, origin: str) -> dict[str, float]:
    """Let two people meet and play an episode; return what each part took, in ms."""
    with watched(running, origin, origin) as people:
        red, blue = people
        red.press_start()
        red.wait("document.querySelector('.count')?.textContent === '1 / 2'")
        bare = float(blue.page.evaluate("watched.bareChannel()"))
        blue.press_start()
        both = []
        for player in people:
            player.wait_phase("end")
            facts = "drawn: igbuild.session.episodes[0].facts.map(({ drawn }) => drawn)"
            both.append(marks_of(player.page.evaluate(f"({{ ...watched, {facts} }})")))
    later = {mark: max(one[mark] for one in both) for mark in MARKS}
    parts = {MARKS[mark]: later[mark] - later[before] for before, mark in pairwise(MARKS)}
    return {BARE: bare, **parts, TOTAL: later["drawn"] - later["joined"] - parts[COUNT]}


def measure() -> dict[str, dict[str, float]]:
    """Return the median and the 95th percentile of each part, in ms."""
    rounds = []
    with tempfile.TemporaryDirectory() as folder:
        duo = make_duo(Path(folder) / "duo", episodes=1, max_steps=15)
        igbuild("bundle", folder=duo)
        with serving(duo) as origin, browser() as running:
            rounds = [play_once(running, origin) for _ in range(ROUNDS)]
    return {name: spread([one[name] for one in rounds]) for name in rounds[0]}


def main() -> None:
    """Measure and print."""
    found = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(found, indent=2))
        return
    bare = found[BARE]["median"]
    print(f"{f'meeting, {ROUNDS} rounds, ms':52}{'median':>9}{'p95':>9}{'x bare':>9}")
    for name, row in found.items():
        print(f"{name:52}{row['median']:9.1f}{row['p95']:9.1f}{row['median'] / bare:9.2f}")


if __name__ == "__main__":
    main()
