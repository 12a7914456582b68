"""Round after round in one page, game after game in one tab, of two people: memory stays where it was."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import harness
from tests.browser.crowds import AT_ONCE, gather, make_crowd
from tests.browser.people import HANDED_IN, Player, igbuild, players, serving
from tests.browser.test_lifetimes import renderer_memory, settled
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Worker

    Record = Callable[[str, object], None]

pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(420),
    pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc"),
]

GAMES, STEPS = 10, 60
STRAY_OBJECTS = 40
"""Python objects by which two rounds' ends may differ: the states kept to go back to are not always as many.
A leak of one for each step would be 540."""

MEMORY = """() => ({
  objects: python.runPython("import gc; gc.collect(); len(gc.get_objects())"),
  bytes: python._module.HEAP8.length,
})"""


@contextmanager
def own_chromium(browser: Browser) -> Iterator[tuple[Browser, Callable[[list[Player]], int]]]:
    """Start a browser that nobody else has a page in; give it, and what measures its pages' memory in KiB."""
    own = browser.browser_type.launch(executable_path=chromium(), args=harness.chromium_flags())
    session = own.new_browser_cdp_session()

    def measure(people: list[Player]) -> int:
        for player in people:
            player.context.new_cdp_session(player.page).send("HeapProfiler.collectGarbage")
        return settled(lambda: renderer_memory(session))

    yield own, measure
    own.close()


def python_of(player: Player) -> Worker:
    """Return the worker in which a page's Python runs."""
    (found,) = [one for one in player.page.workers if one.evaluate("() => 'python' in globalThis")]
    return found


def tap(people: list[Player]) -> None:
    for player, key in zip(people, ("ArrowLeft", "ArrowDown"), strict=True):
        player.page.keyboard.press(key, delay=60)


def test_ten_rounds_in_one_page_leave_no_object_and_no_byte(
    browser: Browser, tmp_path: Path, record_property: Record
) -> None:
    # One more than are measured: between two rounds there is time to look.
    crowd = make_crowd(tmp_path / "crowd", 2, AT_ONCE, episodes=GAMES + 1, max_steps=STEPS)
    igbuild("bundle", folder=crowd)
    found: list[list[dict[str, Any]]] = []
    sizes: list[int] = []
    with (
        serving(crowd) as origin,
        own_chromium(browser) as (own, measure),
        players(own, origin, origin) as people,
    ):
        gather(people)
        for game in range(GAMES):
            for player in people:
                player.wait(f"igbuild.episode === {game} && igbuild.phase === 'playing'")
            tap(people)
            for player in people:
                player.wait(f"igbuild.episode === {game + 1} && igbuild.phase === 'countdown'")
            found.append([python_of(player).evaluate(MEMORY) for player in people])
            if game + 1 in {2, GAMES}:
                sizes.append(measure(people))
        for player in people:
            player.wait_phase("end")
            assert not player.errors, player.errors
        assert people[0].rows() == people[1].rows()
        rollbacks = [player.page.evaluate("igbuild.peers.stats.rollbacks") for player in people]
    objects = [[one["objects"] for one in page] for page in zip(*found, strict=True)]
    record_property("Python's objects after each of ten rounds of two, by page", objects)
    record_property("renderer memory after the second round of two and the tenth, KiB", sizes)
    assert sum(rollbacks) > 0, "the way of a game of several was not gone: nothing was ever taken back"
    assert len({one["bytes"] for page in found for one in page}) == 1, found
    for counts in objects:
        assert max(counts[1:]) - min(counts[1:]) <= STRAY_OBJECTS, counts
    second, tenth = sizes
    assert tenth <= second * 1.10


def test_ten_games_in_one_tab_leave_no_memory(
    browser: Browser, tmp_path: Path, record_property: Record
) -> None:
    crowd = make_crowd(tmp_path / "crowd", 2, AT_ONCE, episodes=1, max_steps=STEPS)
    igbuild("bundle", folder=crowd)
    sizes: list[int] = []
    with (
        serving(crowd) as origin,
        own_chromium(browser) as (own, measure),
        players(own, origin, origin) as people,
    ):
        for game in range(GAMES):
            gather(people)
            tap(people)
            for player in people:
                player.wait_phase("end")
                player.wait(HANDED_IN, seconds=20)
                assert not player.errors, player.errors
            if game + 1 in {2, GAMES}:
                sizes.append(measure(people))
            if game + 1 < GAMES:
                for player in people:
                    player.page.get_by_role("button", name="Play again").click()
    record_property("renderer memory after the second game of two and the tenth, KiB", sizes)
    second, tenth = sizes
    assert tenth <= second * 1.10
