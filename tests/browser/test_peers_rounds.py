"""Five rounds in which one looks elsewhere, one loses the network, and one leaves for good."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.crowds import gather, make_crowd
from tests.browser.handed_in import exports, verdicts
from tests.browser.people import HANDED_IN, Player, bare_chromium, igbuild, serving
from tests.browser.test_peers_outage import emulate, under_emulation

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = [pytest.mark.soak, pytest.mark.timeout(420)]

ROUNDS, STEPS, SEATS = 5, 180, 3
LOOKED_AWAY, CUT_OFF, LEFT = 1, 2, 3
"""The rounds in which these happen."""
OUTAGE = 7.0
"""Seconds: long enough that the browsers give the path up, shorter than `drop_timeout`."""


def wait_round(people: list[Player], episode: int, steps: int) -> None:
    """Wait until all have agreed on some steps of a round."""
    there = f"igbuild.episode === {episode} && igbuild.phase === 'playing' && igbuild.peers.settled > {steps}"
    for player in people:
        player.wait(there, seconds=90)


def tap(people: list[Player]) -> None:
    """Let each press a key or two."""
    for turn, player in enumerate(people):
        for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown")[turn : turn + 2]:
            player.page.keyboard.press(key, delay=60)


def settled(player: Player) -> int:
    return int(player.page.evaluate("igbuild.peers.settled"))


def look_away_and_back(cleo: Player, others: list[Player]) -> None:
    """Hide a player's page behind another tab for a while; the others play on."""
    tab = cleo.context.new_page()
    tab.bring_to_front()
    assert cleo.page.evaluate("document.visibilityState") == "hidden"
    for player in others:
        player.wait(
            "document.querySelector('.notice').textContent === 'cleo is looking elsewhere'", seconds=5
        )
    tap(others)
    cleo.page.bring_to_front()
    assert cleo.page.evaluate("document.visibilityState") == "visible"
    for player in others:
        player.wait("document.querySelector('.notice').hidden", seconds=5)
    tab.close()


def lose_the_network_and_get_it_back(ben: Player, ada: Player) -> None:
    """Let nothing of a player's pass, neither to peers nor to the hub, until the path is given up."""
    network = ben.network
    emulate(network, offline=True)
    ada.wait("document.querySelector('.notice').textContent.startsWith('Waiting for ben')", seconds=5)
    before = settled(ada)
    time.sleep(OUTAGE)
    assert settled(ada) < before + 15, "the network was not gone"
    assert ada.page.evaluate("igbuild.episode") == CUT_OFF
    emulate(network, offline=False)
    ada.wait(f"igbuild.episode > {CUT_OFF} || igbuild.peers.settled > {before} + 30", seconds=30)


class Ben(Player):
    """A player whose network can be taken away; that must be asked for before any connection is made."""

    def __init__(self, browser: Browser, address: str) -> None:
        super().__init__(browser, address)
        self.network = under_emulation(self)


def test_five_rounds_with_a_refocus_a_reconnect_and_a_leave_in_between_pass(
    browser: Browser, tmp_path: Path
) -> None:
    crowd = make_crowd(tmp_path / "crowd", SEATS, episodes=ROUNDS, max_steps=STEPS)
    igbuild("bundle", folder=crowd)
    with serving(crowd) as origin, bare_chromium(browser, tmp_path / "profile") as bare:
        ada, ben = Player(browser, origin), Ben(browser, origin)
        cleo = Player(bare, origin, bare.contexts[0])
        everybody, survivors = [ada, ben, cleo], [ada, ben]
        gather(everybody)

        wait_round(everybody, 0, 20)
        tap(everybody)
        wait_round(everybody, LOOKED_AWAY, 20)
        tap(everybody)
        look_away_and_back(cleo, survivors)
        wait_round(everybody, CUT_OFF, 20)
        tap(everybody)
        lose_the_network_and_get_it_back(ben, ada)
        wait_round(everybody, LEFT, 40)
        tap(everybody)
        cleo.page.goto("about:blank")
        for player in survivors:
            player.wait("document.querySelector('.notice').textContent === 'cleo left the game'", seconds=5)
        wait_round(survivors, ROUNDS - 1, 20)
        tap(survivors)
        for player in survivors:
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=20)
            assert not player.errors, player.errors
        assert ada.rows() == ben.rows()
        assert [sync["status"] for sync in ada.sync() + ben.sync()] == ["verified"] * 2 * ROUNDS
        for player in survivors:
            player.close()

    rows = {key: text.splitlines() for key, text in exports(crowd / "data", "rows").items()}
    assert set(rows) == {
        *((seat, episode) for seat in (0, 1) for episode in range(ROUNDS)),
        *((2, episode) for episode in range(LEFT + 1)),
    }
    for episode in range(ROUNDS):
        assert rows[0, episode] == rows[1, episode]
        assert len(rows[0, episode]) == STEPS
    for episode in range(LEFT):
        assert rows[2, episode] == rows[0, episode]
    agreed = len(rows[2, LEFT])
    assert 30 < agreed < STEPS
    assert rows[2, LEFT] == rows[0, LEFT][:agreed]

    focused = {
        (name, episode): [json.loads(line)[f"isFocused.{name}"] for line in rows[0, episode]]
        for name in ("ada", "ben", "cleo")
        for episode in range(ROUNDS)
    }
    assert all(all(focused[name, episode]) for name in ("ada", "ben") for episode in range(ROUNDS))
    assert all(focused["cleo", 0])
    away = focused["cleo", LOOKED_AWAY]
    assert away[0]
    assert away[-1]
    assert 10 < away.count(False) < STEPS - 30
    assert all(focused["cleo", CUT_OFF])
    gone = focused["cleo", LEFT].index(False)
    assert agreed <= gone
    delay = json.loads(exports(crowd / "data", "meta")[0, 0])["inputDelay"]
    assert not any(focused["cleo", LEFT][gone:] + focused["cleo", ROUNDS - 1][delay:])

    found = verdicts(crowd, crowd / "data")
    assert [one["agreement"] for one in found] == ["verified"] * LEFT + ["partial"] * (ROUNDS - LEFT)
    assert all(one["difference"] is None for one in found)
