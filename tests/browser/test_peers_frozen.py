"""A tab is hidden, frozen, thawed: a computer is waited for, a phone played on without, and all agree on it.

Only a Chromium that Playwright did not start lets a page be hidden, and so be frozen.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.handed_in import exports, verdicts
from tests.browser.people import HANDED_IN, Player, bare_chromium, begin, make_duo, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, CDPSession

pytestmark = pytest.mark.soak  # half a minute and more for each, most of it waiting

DROP, ABSENCE = 3.0, 12.0
"""Seconds of silence after which a player is dropped; and one who is away."""
LIMITS = f"\n[multiplayer]\ndrop_timeout = {DROP}\nabsence_timeout = {ABSENCE}\n"
DEFAULT_DROP = 10.0
ANDROID = "--user-agent=Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/156.0 Mobile Safari/537.36"


class Tab:
    """A player whose page can be hidden behind another tab, and frozen there."""

    def __init__(self, bare: Browser, origin: str) -> None:
        self.player = Player(bare, origin, bare.contexts[0])
        self._other = self.player.context.new_page()
        self._session: CDPSession = self.player.context.new_cdp_session(self.player.page)
        self.player.page.bring_to_front()

    def hide(self) -> None:
        self._other.bring_to_front()
        assert self.player.page.evaluate("document.visibilityState") == "hidden"

    def show(self) -> None:
        self.player.page.bring_to_front()
        assert self.player.page.evaluate("document.visibilityState") == "visible"

    def freeze(self) -> None:
        self._session.send("Page.setWebLifecycleState", {"state": "frozen"})

    def thaw(self) -> None:
        self._session.send("Page.setWebLifecycleState", {"state": "active"})


def notice(text: str) -> str:
    return f"document.querySelector('.notice').textContent === {json.dumps(text)}"


@contextmanager
def serving_duo(folder: Path, limits: str = LIMITS, **game: int) -> Iterator[tuple[Path, str]]:
    duo = make_duo(folder / "duo", limits, **game)
    with serving(duo, "--dev") as origin:
        yield duo, origin


def play(people: list[Player]) -> None:
    begin(people)
    for player in people:
        player.wait("igbuild.peers.settled > 30")


@contextmanager
def two(
    browser: Browser, folder: Path, *flags: str, limits: str = LIMITS, **game: int
) -> Iterator[tuple[Path, Tab, Player]]:
    """Let Red, who has tabs, and Blue begin to play."""
    with (
        serving_duo(folder, limits, **game) as (duo, origin),
        bare_chromium(browser, folder / "red", *flags) as bare,
    ):
        tab, blue = Tab(bare, origin), Player(browser, origin)
        play([tab.player, blue])
        yield duo, tab, blue
        blue.close()


def finish(red: Player, blue: Player, duo: Path, episodes: int) -> list[dict[str, Any]]:
    """Let both play to the end; return the first round's rows, which both handed in alike."""
    for player in (red, blue):
        player.wait_phase("end")
        player.wait(HANDED_IN, seconds=20)
        assert not player.errors, player.errors
    assert red.rows() == blue.rows()
    assert [sync["status"] for sync in red.sync() + blue.sync()] == ["verified"] * (2 * episodes)
    rows, about = (exports(duo / ".igbuild" / "data", kind) for kind in ("rows", "meta"))
    for episode in range(episodes):
        assert rows[0, episode] == rows[1, episode]
    for seat, episode in about:
        assert json.loads(about[seat, episode])["peers"] == [{"seat": 1 - seat, "path": "direct"}]
    judged = verdicts(duo, duo / ".igbuild" / "data")
    assert [found["agreement"] for found in judged] == ["verified"] * episodes, judged
    return [json.loads(line) for line in rows[0, 0].splitlines()]


def test_a_computer_that_freezes_for_a_moment_is_waited_for(browser: Browser, tmp_path: Path) -> None:
    with two(browser, tmp_path, max_steps=420, episodes=2) as (duo, tab, blue):
        tab.hide()
        blue.wait(notice("Red is looking elsewhere"), seconds=5)
        tab.freeze()
        blue.wait(notice("Waiting for Red"), seconds=5)
        before = blue.page.evaluate("igbuild.peers.settled")
        time.sleep(DROP - 1.2)
        assert blue.page.evaluate("igbuild.peers.settled") <= before + 2
        assert blue.page.evaluate("igbuild.phase") == "playing"
        tab.thaw()
        blue.wait(notice("Red is looking elsewhere"), seconds=5)
        blue.wait(f"igbuild.peers.settled > {before} + 60", seconds=10)
        tab.show()
        blue.wait("document.querySelector('.notice').hidden", seconds=5)
        rows = finish(tab.player, blue, duo, 2)
        assert len(rows) == 420
        focus = [row["isFocused.red"] for row in rows]
        assert (focus[0], focus[-1]) == (True, True)
        assert focus.count(False) > 60
        assert {row["actions.red"] for row in rows if not row["isFocused.red"]} == {0}


def test_a_phone_is_played_on_without_and_catches_up(browser: Browser, tmp_path: Path) -> None:
    with two(browser, tmp_path, ANDROID, max_steps=600, episodes=2) as (duo, tab, blue):
        tab.hide()
        blue.wait(notice("Red is looking elsewhere"), seconds=5)
        tab.freeze()
        before = blue.page.evaluate("igbuild.peers.settled")
        time.sleep(DROP + 2)
        assert blue.page.evaluate("igbuild.peers.settled") > before + 30 * DROP
        blue.wait(notice("Red is looking elsewhere"), seconds=1)
        tab.thaw()
        tab.show()
        blue.wait("document.querySelector('.notice').hidden", seconds=5)
        assert tab.player.page.evaluate("igbuild.peers.stats.fastForwarded") > 30 * DROP
        rows = finish(tab.player, blue, duo, 2)
        assert len(rows) == 600
        focus = [row["isFocused.red"] for row in rows]
        assert (focus[0], focus[-1]) == (True, True)
        assert focus.count(False) > 30 * DROP
        assert {row["actions.red"] for row in rows if not row["isFocused.red"]} == {0}


def test_the_end_of_a_round_waits_for_who_is_away(browser: Browser, tmp_path: Path) -> None:
    with two(browser, tmp_path, ANDROID, max_steps=150, episodes=2) as (duo, tab, blue):
        tab.hide()
        blue.wait(notice("Red is looking elsewhere"), seconds=5)
        tab.freeze()
        blue.wait("igbuild.peers.phase === 'ended'", seconds=10)
        blue.wait(notice("Waiting for Red"), seconds=2)
        time.sleep(1)
        assert blue.page.evaluate("igbuild.session.episodes.length") == 0
        tab.thaw()
        tab.show()
        blue.wait("igbuild.session.episodes.length === 1", seconds=10)
        blue.wait("document.querySelector('.notice').hidden", seconds=5)
        rows = finish(tab.player, blue, duo, 2)
        assert len(rows) == 150
        assert not rows[-1]["isFocused.red"]


def test_a_phone_that_is_put_away_between_two_rounds_is_played_on_without(
    browser: Browser, tmp_path: Path
) -> None:
    with two(browser, tmp_path, ANDROID, max_steps=240, episodes=2) as (duo, tab, blue):
        blue.wait_phase("countdown")
        tab.hide()
        blue.wait_phase("playing")
        blue.wait(notice("Red is looking elsewhere"), seconds=5)
        tab.freeze()
        before = blue.page.evaluate("igbuild.peers.settled")
        time.sleep(DROP + 1)
        assert blue.page.evaluate("igbuild.peers.settled") > before + 30 * DROP
        tab.thaw()
        tab.show()
        finish(tab.player, blue, duo, 2)


def test_a_phone_that_freezes_between_two_rounds_is_waited_for(browser: Browser, tmp_path: Path) -> None:
    with two(browser, tmp_path, ANDROID, limits="", max_steps=90, episodes=2) as (duo, tab, blue):
        blue.wait_phase("countdown")
        tab.hide()
        tab.freeze()
        blue.wait_phase("waiting", seconds=10)
        blue.wait("document.querySelector('#panel').innerText.includes('Waiting for Red')", seconds=5)
        time.sleep(DEFAULT_DROP)
        assert blue.page.evaluate("igbuild.phase") == "waiting"
        tab.thaw()
        tab.show()
        blue.wait_phase("playing", seconds=20)
        finish(tab.player, blue, duo, 2)


def test_where_both_are_away_the_game_is_paused(browser: Browser, tmp_path: Path) -> None:
    with (
        serving_duo(tmp_path, max_steps=240, episodes=2) as (duo, origin),
        bare_chromium(browser, tmp_path / "red", ANDROID) as one,
        bare_chromium(browser, tmp_path / "blue", ANDROID) as other,
    ):
        tabs = [Tab(one, origin), Tab(other, origin)]
        red, blue = (tab.player for tab in tabs)
        play([red, blue])
        for tab in tabs:
            tab.hide()
        time.sleep(0.5)  # for what both have said on the way
        before = [player.page.evaluate("igbuild.peers.settled") for player in (red, blue)]
        for tab in tabs:
            tab.freeze()
        time.sleep(DROP + 2)
        for tab in tabs:
            tab.thaw()
        assert [player.page.evaluate("igbuild.peers.settled") for player in (red, blue)] == before
        for tab in tabs:
            tab.show()
        rows = finish(red, blue, duo, 2)
        assert len(rows) == 240


def assert_partial(duo: Path, reasons: tuple[str, str]) -> None:
    """What both hold alike was handed in by both, and is true; why it ended differs."""
    data = duo / ".igbuild" / "data"
    (found,) = verdicts(duo, data)
    assert found["agreement"] == "partial", found
    assert found["difference"] is None
    assert found["rows"] >= 30
    about = exports(data, "meta")
    assert tuple(json.loads(about[seat, 0])["termination"]["reason"] for seat in (0, 1)) == reasons
    assert [json.loads(about[seat, 0])["status"] for seat in (0, 1)] == ["partial"] * 2


def test_a_computer_that_stays_frozen_is_dropped_and_told_so(browser: Browser, tmp_path: Path) -> None:
    with two(browser, tmp_path, max_steps=900, episodes=1) as (duo, tab, blue):
        tab.hide()
        tab.freeze()
        blue.wait(notice("Waiting for Red"), seconds=5)
        blue.wait_phase("error", seconds=DROP + 5)
        assert "The connection to the other player was lost" in blue.text()
        tab.thaw()
        tab.player.wait_phase("error", seconds=DROP + 5)
        tab.show()
        for player in (tab.player, blue):
            player.wait(HANDED_IN, seconds=20)
            assert not player.errors, player.errors
        assert_partial(duo, ("halted", "halted"))


def test_a_phone_that_stays_away_is_dropped_and_told_so(browser: Browser, tmp_path: Path) -> None:
    with two(browser, tmp_path, ANDROID, max_steps=900, episodes=1) as (duo, tab, blue):
        tab.hide()
        blue.wait(notice("Red is looking elsewhere"), seconds=5)
        tab.freeze()
        time.sleep(ABSENCE - 2)
        assert blue.page.evaluate("igbuild.phase") == "playing"
        blue.wait_phase("error", seconds=6)
        assert "The connection to the other player was lost" in blue.text()
        assert "Waiting for Red" not in blue.text()
        tab.thaw()
        tab.show()
        tab.player.wait(notice("Waiting for Blue"), seconds=3)
        tab.player.wait_phase("error", seconds=DROP + 5)
        for player in (tab.player, blue):
            player.wait(HANDED_IN, seconds=20)
            assert not player.errors, player.errors
        assert_partial(duo, ("halted", "halted"))
