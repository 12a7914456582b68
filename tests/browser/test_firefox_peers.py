"""One plays in Chromium, the other in Firefox: they meet directly, and hand in the same bytes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.browser.handed_in import exports, verdicts
from tests.browser.people import HANDED_IN, Player, igbuild, make_duo, serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.firefox import Firefox

EPISODES, STEPS = 1, 90
ENTER = "\ue007"  # WebDriver's code points
ARROWS = ("\ue012", "\ue013", "\ue014", "\ue015")


def test_chromium_and_firefox_play_one_game(browser: Browser, firefox: Firefox, tmp_path: Path) -> None:
    duo = make_duo(tmp_path / "duo", episodes=EPISODES, max_steps=STEPS)
    igbuild("bundle", folder=duo)
    with serving(duo) as origin:
        first = Player(browser, origin)
        first.press_start()
        first.wait("document.querySelector('.count')?.textContent === '1 / 2'")
        firefox.goto(origin)
        firefox.wait_for("document.documentElement.dataset.phase === 'start'")
        firefox.press(ENTER)
        first.wait_phase("playing")
        turn = 0
        while first.wait_phase("waiting", "playing", "over", "countdown", "end") != "end":
            first.page.keyboard.press(("w", "a", "s", "d", "ArrowUp", "ArrowLeft")[turn % 6], delay=40)
            firefox.press(ARROWS[turn % 4], hold=0.2)
            turn += 1
        first.wait(HANDED_IN, seconds=20)
        firefox.wait_for(HANDED_IN, timeout=20)
        assert not first.errors, first.errors
        first.close()

    rows = exports(duo / "data", "rows")
    assert set(rows) == {(seat, episode) for seat in (0, 1) for episode in range(EPISODES)}
    about: dict[tuple[int, int], Any] = {
        key: json.loads(text) for key, text in exports(duo / "data", "meta").items()
    }
    for episode in range(EPISODES):
        assert rows[0, episode] == rows[1, episode]
        steps = [json.loads(line) for line in rows[0, episode].splitlines()]
        for agent in {key for key in steps[0] if key.startswith("actions.")}:
            assert len({step[agent] for step in steps}) > 1, f"{agent} did nothing"
        for seat in (0, 1):
            assert about[seat, episode]["peers"] == [{"seat": 1 - seat, "path": "direct"}]
    for verdict in verdicts(duo, duo / "data"):
        assert (verdict["agreement"], verdict["difference"]) == ("verified", None), verdict
