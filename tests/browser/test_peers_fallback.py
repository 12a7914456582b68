"""The path between two browsers breaks while they play: they go on through the hub, and lose nothing."""

from __future__ import annotations

import json
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from igbuild.data import verify
from tests.browser.handed_in import exports
from tests.browser.people import (
    HANDED_IN,
    Player,
    begin,
    free_port,
    hold_keys,
    igbuild,
    make_duo,
    players,
    serving,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.soak  # half a minute and more for each

EPISODES = 2
NOTICE = "document.querySelector('.notice').textContent"
ON_BY_SERVER = f"{NOTICE} === 'There is no direct connection any more: the game goes through the server.'"
LOOKING = "Looking for a new connection"
BLOCK = "igbuildLab.shape({loss: 1})"
"""Nothing that the page sends arrives, while ICE and the hub find nothing wrong."""
CLOSE = "connections.at(-1).close()"
KEEP_CONNECTIONS = """
    globalThis.connections = [];
    const Native = RTCPeerConnection;
    globalThis.RTCPeerConnection = class extends Native {
        constructor(...settings) {
            super(...settings);
            connections.push(this);
        }
    };
"""


@pytest.fixture(scope="module")
def duo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The duo template, with its data where `exports` looks for it."""
    folder = make_duo(tmp_path_factory.mktemp("fallback") / "duo", episodes=EPISODES)
    (folder / "data").symlink_to(folder / ".igbuild" / "data")
    return folder


def finish(people: list[Player]) -> None:
    """Play to the end, and compare what both hold."""
    hold_keys(people, 60)
    for player in people:
        player.wait_phase("end")
        player.wait(HANDED_IN, seconds=30)
        assert not player.errors, player.errors
    red, blue = people
    assert len(red.rows()) == EPISODES
    assert red.rows() == blue.rows()
    assert [sync["status"] for sync in red.sync() + blue.sync()] == ["verified"] * 2 * EPISODES


def check_data(duo: Path, paths: list[str]) -> None:
    """See that the server has whole episodes, and how the path of each is told."""
    assert [found.agreement for found in verify(duo / "data").episodes] == ["verified"] * EPISODES
    about = exports(duo / "data", "meta")
    for seat in (0, 1):
        told = [json.loads(about[seat, episode])["peers"] for episode in range(EPISODES)]
        assert told == [[{"seat": 1 - seat, "path": path}] for path in paths]
    matches = [json.loads(line) for line in (duo / "data" / "matches.jsonl").read_text().splitlines()]
    (relayed,) = [match for match in matches if match["event"] == "relayed"]
    assert relayed["pair"] == [0, 1]
    assert [match["event"] for match in matches].index("playing") < matches.index(relayed)
    for file in (duo / "data").glob("*"):
        file.unlink()


def test_a_path_on_which_nothing_arrives_any_more_is_replaced_by_the_hub(browser: Browser, duo: Path) -> None:
    with serving(duo, "--dev") as origin, players(browser, origin, origin) as people:
        red, _ = people
        begin(people)
        red.wait("igbuild.peers.settled > 20")
        for player in people:
            player.page.evaluate(BLOCK)
        red.wait(f"{NOTICE} === 'Waiting for Blue. {LOOKING}'")
        assert red.page.evaluate("igbuildLab.links()[0].passed.lost") > 10
        stopped = red.page.evaluate("igbuild.peers.settled")
        for player in people:
            player.wait(ON_BY_SERVER, seconds=15)
        red.wait(f"igbuild.rows > {stopped} + 40", seconds=10)
        finish(people)
    check_data(duo, ["hub", "hub"])


@contextmanager
def with_connections_in_reach(browser: Browser, origin: str) -> Iterator[list[Player]]:
    """Open two pages, each of whose connections a test can close."""
    contexts = [browser.new_context() for _ in range(2)]
    for context in contexts:
        context.add_init_script(KEEP_CONNECTIONS)
    yield [Player(browser, origin, context) for context in contexts]
    for context in contexts:
        context.close()


def test_channels_that_closed_are_replaced_by_the_hub_at_once(browser: Browser, duo: Path) -> None:
    with serving(duo, "--dev") as origin, with_connections_in_reach(browser, origin) as people:
        red, blue = people
        begin(people)
        red.wait("igbuild.peers.settled > 20")
        blue.page.evaluate(CLOSE)
        for player in people:
            player.wait(ON_BY_SERVER, seconds=5)
        finish(people)
    check_data(duo, ["hub", "hub"])


def test_a_path_that_dies_between_two_rounds_is_noticed_before_the_next_one(
    browser: Browser, duo: Path
) -> None:
    with serving(duo, "--dev") as origin, players(browser, origin, origin) as people:
        begin(people)
        hold_keys(people, 2)
        for player in people:
            player.wait_phase("countdown", seconds=30)
            player.page.evaluate(BLOCK)
        for player in people:
            player.wait_phase("waiting", seconds=10)
            player.wait(f"document.querySelector('#panel').innerText.includes('{LOOKING}')")
            assert player.page.evaluate("igbuild.peers.phase") == "finished", "the round began without a path"
        for player in people:
            player.wait_phase("playing", seconds=15)
            player.wait(ON_BY_SERVER)
        finish(people)
    check_data(duo, ["direct", "hub"])


def test_a_game_through_the_hub_outlives_a_restart_of_it(browser: Browser, duo: Path) -> None:
    igbuild("bundle", folder=duo)
    (duo / "data").unlink()  # where the server itself keeps data
    port = free_port()
    with ExitStack() as pages:
        with serving(duo, port=port) as origin:
            people = pages.enter_context(with_connections_in_reach(browser, origin))
            red, blue = people
            begin(people)
            red.wait("igbuild.peers.settled > 20")
            blue.page.evaluate(CLOSE)
            for player in people:
                player.wait(ON_BY_SERVER, seconds=5)
        for player in people:
            player.wait(f"{NOTICE}.startsWith('Waiting for')", seconds=10)
        stopped = red.page.evaluate("igbuild.rows")
        with serving(duo, port=port):
            red.wait(f"igbuild.rows > {stopped} + 20", seconds=30)
            finish(people)
    assert [found.agreement for found in verify(duo / "data").episodes] == ["verified"] * EPISODES
