"""The server goes away in the middle of a game, and of an upload: play goes on, every row arrives once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Error

from tests.browser.handed_in import exports, matches, verdicts
from tests.browser.people import HANDED_IN, Player, begin, free_port, hold_keys, igbuild, make_duo, server

if TYPE_CHECKING:
    from pathlib import Path
    from subprocess import Popen

    from playwright.sync_api import Browser, Route

pytestmark = pytest.mark.soak  # half a minute for each, most of it waiting

EPISODES = 2
WAITING = """() => new Promise((resolve, reject) => {
  const opened = indexedDB.open("igbuild");
  opened.onerror = reject;
  opened.onsuccess = () => {
    const asked = opened.result.transaction("chunks").objectStore("chunks").count();
    asked.onerror = reject;
    asked.onsuccess = () => resolve(asked.result);
  };
})"""
"""How many parts a page has not been told of that they are on the server's disk."""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The duo template, built."""
    folder = make_duo(tmp_path_factory.mktemp("restart") / "duo", episodes=EPISODES, max_steps=240)
    igbuild("bundle", folder=folder)
    return folder


@pytest.fixture
def duo(built: Path) -> Path:
    """The same, with nothing collected yet."""
    for file in (built / "data").glob("*"):
        file.unlink()
    return built


@pytest.fixture
def port() -> int:
    """A port that the server can take again."""
    return free_port()


def stored(data: Path, seat: int) -> int:
    """Return how many rows of a seat are on the disk."""
    return sum(len(text.splitlines()) for (of, _), text in exports(data, "rows").items() if of == seat)


def play_without(people: list[Player], data: Path) -> None:
    """See that the game goes on while there is no server, and that what is played waits in the browsers."""
    had = [stored(data, seat) for seat in (0, 1)]
    before = people[0].page.evaluate("igbuild.rows")
    for seat, player in enumerate(people):
        player.wait(f"igbuild.rows > {before} + 60", seconds=15)
        assert player.page.evaluate("igbuild.peers.settled") > had[seat]
        assert player.page.evaluate(WAITING) >= 2


def finish(people: list[Player], duo: Path) -> None:
    """Play to the end; see that both took their seats again, and that every row has arrived once."""
    hold_keys(people, 30)
    for player in people:
        player.wait_phase("end")
        player.wait(HANDED_IN, seconds=45)
        assert player.page.evaluate(WAITING) == 0
        assert not player.errors, player.errors
        assert [sync["status"] for sync in player.sync()] == ["verified"] * EPISODES
    steps = people[0].page.evaluate("igbuild.session.episodes.map(({steps}) => steps)")
    rows = exports(duo / "data", "rows")
    for episode in range(EPISODES):
        assert rows[0, episode] == rows[1, episode]
        times = [json.loads(line)["t"] for line in rows[0, episode].splitlines()]
        assert times == list(range(steps[episode]))
    judged = verdicts(duo, duo / "data")
    assert [found["agreement"] for found in judged] == ["verified"] * EPISODES, judged
    log = matches(duo / "data")
    told = [match["event"] for match in log]
    assert told == ["formed", "matched", "playing", "restored", "ended"], told
    # Only who has a seat in the session can say that it is done.
    assert [player["done"] for player in log[-1]["players"]] == ["completed"] * 2


def test_the_game_outlives_a_restart_of_the_server(browser: Browser, duo: Path, port: int) -> None:
    with server(duo, port=port) as (_, origin):
        people = [Player(browser, origin), Player(browser, origin)]
        begin(people)
        people[0].wait("igbuild.peers.settled > 30")
    play_without(people, duo / "data")
    with server(duo, port=port):
        finish(people, duo)
        for player in people:
            player.close()


class CutUpload:
    """Lets the server store what a page uploads, and ends it before the page hears of it."""

    def __init__(self, player: Player, process: Popen[str]) -> None:
        self.cut: list[dict[str, Any]] = []
        self.statuses: list[tuple[Any, ...]] = []
        self._process = process
        player.page.route("**/data/v1/chunks", self._pass)

    def _pass(self, route: Route) -> None:
        try:
            answer = route.fetch()
        except Error:
            route.abort()
            return
        stored = answer.json()["stored"]
        if not self.cut:
            self.cut = stored
            self._process.kill()
            self._process.wait()
            route.abort()
            return
        self.statuses += [(*map(part.get, ("episode", "kind", "index")), part["status"]) for part in stored]
        route.fulfill(response=answer)


def test_what_was_stored_without_an_answer_is_sent_again_and_arrives_once(
    browser: Browser, duo: Path, port: int
) -> None:
    with server(duo, port=port) as (process, origin):
        red, blue = people = [Player(browser, origin), Player(browser, origin)]
        begin(people)
        red.wait("igbuild.peers.settled > 30")
        upload = CutUpload(blue, process)
        blue.wait("igbuild.peers.settled > 60")
        assert upload.cut, "the server was not ended in an upload"
    assert {part["status"] for part in upload.cut} == {"stored"}
    play_without(people, duo / "data")
    with server(duo, port=port):
        finish(people, duo)
        for player in people:
            player.close()
    assert {part["status"] for part in upload.cut} == {"stored"}
    again = [(part["episode"], part["kind"], part["index"], "duplicate") for part in upload.cut]
    assert upload.statuses[: len(again)] == again
    assert {status for *_, status in upload.statuses[len(again) :]} == {"stored"}
