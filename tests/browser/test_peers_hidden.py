"""A player looks at another tab: the other is told, the game goes on, and ends if it takes too long."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.people import Player, bare_chromium, make_duo, serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.soak  # half a minute and more for each, most of it waiting


LIMIT = 5.0
"""Seconds."""
KEYS = """
[controls.agents.blue.keys]
i = 1
k = 2
j = 3
l = 4
"""


def test_who_looks_elsewhere_is_seen_to_and_ends_the_game_after_a_time(
    browser: Browser, tmp_path: Path
) -> None:
    duo = make_duo(tmp_path / "duo", f"\n[multiplayer]\nfocus_timeout = {LIMIT}\n", max_steps=900, episodes=1)
    with serving(duo, "--dev") as origin, bare_chromium(browser, tmp_path / "profile") as bare:
        red, blue = meet(bare, browser, origin)
        for player in (red, blue):
            player.wait_phase("playing")
        other_tab = red.context.new_page()

        other_tab.bring_to_front()
        assert red.page.evaluate("document.visibilityState") == "hidden"
        blue.wait("document.querySelector('.notice').textContent === 'Red is looking elsewhere'", seconds=5)
        before = blue.page.evaluate("igbuild.peers.settled")
        blue.wait(f"igbuild.peers.settled > {before} + 30", seconds=10)
        red.page.bring_to_front()
        assert red.page.evaluate("document.visibilityState") == "visible"
        blue.wait("document.querySelector('.notice').hidden", seconds=5)
        assert red.page.evaluate("igbuild.phase") == "playing"

        other_tab.bring_to_front()
        red.wait_phase("error", seconds=LIMIT + 5)
        blue.wait_phase("error", seconds=5)
        assert "you were away for too long" in red.text()
        assert "the other player was away for too long" in blue.text()
        assert blue.sync()[0]["status"] == "partial"
        focus = blue.page.evaluate("igbuild.session.episodes[0].rows.map((row) => row[6])")
        assert [True, True] in focus
        assert [False, True] in focus
        assert not [row for row in focus if row[1] is not True]
        blue.close()


def test_an_absence_goes_on_from_round_to_round(browser: Browser, tmp_path: Path) -> None:
    more = f"\n[multiplayer]\nfocus_timeout = {LIMIT}\n{KEYS}"
    duo = make_duo(tmp_path / "duo", more, max_steps=45, episodes=5)
    with serving(duo, "--dev") as origin, bare_chromium(browser, tmp_path / "profile") as bare:
        red, blue = meet(bare, browser, origin)
        for player, keys in ((red, "W"), (blue, "I")):
            player.wait("document.body.innerText.includes('Your keys')")
            assert [key for key in ("W", "I") if key in player.text().split()] == [keys]
        for player in (red, blue):
            player.wait_phase("playing")
        red.context.new_page().bring_to_front()
        blue.wait("igbuild.session.episodes.length > 0", seconds=LIMIT)
        assert blue.wait_phase("error", seconds=LIMIT + 8)
        assert "you were away for too long" in red.text()
        assert "the other player was away for too long" in blue.text()
        assert 1 <= len(blue.sync()) < 5
        blue.close()


def meet(bare: Browser, browser: Browser, origin: str) -> tuple[Player, Player]:
    """Let two begin, of whom the first has a window of their own, so that their page can be hidden."""
    red, blue = Player(bare, origin, bare.contexts[0]), Player(browser, origin)
    red.press_start()
    red.wait("document.querySelector('.count')?.textContent === '1 / 2'")
    blue.press_start()
    return red, blue
