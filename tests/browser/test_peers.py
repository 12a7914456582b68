"""Two people play the duo template in two profiles of a real browser, brought together by `igbuild serve`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.people import hold_keys, make_duo, players, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def duo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The duo template with three episodes of three seconds."""
    limits = "\n[multiplayer]\ndrop_timeout = 3.0\nabsence_timeout = 6.0\nfocus_timeout = 4.0\n"
    return make_duo(tmp_path_factory.mktemp("peers") / "duo", limits)


@pytest.fixture(scope="module")
def origin(duo: Path) -> Iterator[str]:
    """Its development server."""
    with serving(duo, "--dev") as address:
        yield address


def test_two_windows_play_all_episodes_and_hold_the_same_rows(browser: Browser, origin: str) -> None:
    with players(browser, origin, origin) as people:
        red, blue = people
        red.press_start()
        red.wait("document.querySelector('.count')?.textContent === '1 / 2'")
        assert "Waiting for one more player" in red.text()
        blue.press_start()
        for player in people:
            player.wait_phase("playing")
        hold_keys(people, 60)
        for player in people:
            player.wait_phase("end")
            assert not player.errors, player.errors
        assert len(red.rows()) == 3
        assert red.rows() == blue.rows()
        assert all(len(rows) > 2000 for rows in red.rows())
        for sync in red.sync() + blue.sync():
            assert sync["status"] == "verified"
        assert [sync["chain"] for sync in red.sync()] == [sync["chain"] for sync in blue.sync()]
        assert {red.sync()[0]["me"], blue.sync()[0]["me"]} == {"red", "blue"}


def test_the_other_hears_of_a_page_that_is_closed_and_keeps_what_was_agreed(
    browser: Browser, origin: str
) -> None:
    with players(browser, origin, origin) as people:
        red, blue = people
        for player in people:
            player.press_start()
        for player in people:
            player.wait_phase("playing")
        red.wait("igbuild.peers.settled > 30")
        blue.page.goto("about:blank")
        red.wait_phase("error", seconds=3)
        assert "The other player left the game" in red.text()
        (sync,) = red.sync()
        assert sync["status"] == "partial"
        assert red.page.evaluate("igbuild.session.episodes[0].steps") >= 30


@pytest.mark.soak  # half a minute, most of it waiting
def test_a_page_that_dies_without_a_word_is_dropped_after_its_time(browser: Browser, origin: str) -> None:
    with players(browser, origin, origin) as people:
        red, blue = people
        for player in people:
            player.press_start()
        for player in people:
            player.wait_phase("playing")
        blue.crash()
        red.wait("document.querySelector('.notice').textContent.startsWith('Waiting for')", seconds=5)
        red.wait_phase("error", seconds=12)
        assert "The connection to the other player was lost" in red.text()
        assert red.sync()[0]["status"] == "partial"


@pytest.mark.soak  # half a minute, most of it waiting
def test_leaving_during_the_count_before_the_game_is_told_too(browser: Browser, origin: str) -> None:
    with players(browser, origin, origin) as people:
        red, blue = people
        for player in people:
            player.press_start()
        for player in people:
            player.wait("document.body.innerText.includes('The game begins')")
        blue.page.goto("about:blank")
        red.wait_phase("error", seconds=20)
        assert "The other player left the game" in red.text()
