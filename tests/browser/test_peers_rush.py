"""Six people open three games in three seconds: nobody loses the hub, and no page stands still."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from igbuild.data import verify
from tests.browser.handed_in import matches
from tests.browser.people import HANDED_IN, Player, hold_keys, igbuild, make_duo, serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page, WebSocket

pytestmark = [pytest.mark.soak, pytest.mark.timeout(420)]

PEOPLE, EPISODES = 6, 2
APART = 0.5
"""Seconds between two people's opening the page."""
LONGEST_GAP = 500
"""Milliseconds for which a page may stand still: beyond, people see that it does."""

WATCH = """(() => {
  const watched = {gap: 0, at: 0, task: 0};
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    if (now - last > watched.gap) Object.assign(watched, {gap: now - last, at: last});
    last = now;
    return watched;
  };
  setInterval(look, 50);
  new PerformanceObserver((list) => {
    for (const {duration} of list.getEntries()) watched.task = Math.max(watched.task, duration);
  }).observe({type: "longtask", buffered: true});
  globalThis.mainThread = look;
})()"""
"""Looks every 50 ms how long ago it last could; `mainThread()` counts the time since then too."""


class Rusher(Player):
    """Somebody whose page and hub connection are watched from the first moment."""

    def __init__(self, browser: Browser) -> None:
        self.opened: list[str] = []
        self.closed: list[str] = []
        context = browser.new_context()
        context.add_init_script(WATCH)
        context.on("page", self._watch)
        super().__init__(browser, "about:blank", context)

    def _watch(self, page: Page) -> None:
        page.on("websocket", self._hear)

    def _hear(self, socket: WebSocket) -> None:
        self.opened.append(socket.url)
        socket.on("close", lambda closed: self.closed.append(closed.url))


def test_six_people_start_three_games_at_once_and_no_page_stands_still(
    browser: Browser, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    duo = make_duo(tmp_path / "duo", episodes=EPISODES, max_steps=150)
    igbuild("bundle", folder=duo)
    with serving(duo) as origin:
        people = [Rusher(browser) for _ in range(PEOPLE)]
        begun = time.monotonic()
        for number, player in enumerate(people):
            time.sleep(max(0, begun + APART * number - time.monotonic()))
            player.page.goto(origin, wait_until="commit")
        opening = time.monotonic() - begun
        for player in people:
            player.press_start()
        for player in people:
            player.wait_phase("playing")
        hold_keys(people, 60)
        for player in people:
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=30)
            assert not player.errors, player.errors
        watched = [player.page.evaluate("mainThread()") for player in people]
        for player in people:
            assert len(player.opened) == 1, player.opened
            assert "/hub/socket.io" in player.opened[0]
            assert player.closed == []
        for player in people:
            player.close()
    gaps = [round(one["gap"]) for one in watched]
    record_property("six pages' longest gaps of the main thread, ms", gaps)
    record_property("... seconds after their opening", [round(one["at"] / 1000, 1) for one in watched])
    record_property("... and longest tasks of it, ms", [round(one["task"]) for one in watched])
    assert opening < APART * PEOPLE + 1, "the pages were not opened as fast as meant"
    assert max(gaps) < LONGEST_GAP

    log = matches(duo / "data")
    assert [entry["event"] for entry in log].count("playing") == PEOPLE / 2
    assert [entry["reason"] for entry in log if entry["event"] == "ended"] == ["finished"] * (PEOPLE // 2)
    found = verify(duo / "data").episodes
    assert len({one.session for one in found}) == PEOPLE / 2
    assert [one.agreement for one in found] == ["verified"] * (PEOPLE // 2 * EPISODES)
