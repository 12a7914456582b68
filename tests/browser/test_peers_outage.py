"""One network is gone for longer than silence is borne: the path is found again, nothing is lost."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.handed_in import exports, verdicts
from tests.browser.people import HANDED_IN, Player, hold_keys, make_duo, players, serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, CDPSession

pytestmark = pytest.mark.soak  # half a minute and more for each, most of it waiting


OUTAGE = 13.0
"""Seconds: more than `drop_timeout`, 10; less than `absence_timeout`, 30."""


def emulate(session: CDPSession, *, offline: bool) -> None:
    """Let all of a page's network pass or not; it must have been asked for before a connection is made."""
    conditions = {"offline": offline, "latency": 2, "downloadThroughput": -1, "uploadThroughput": -1}
    session.send("Network.emulateNetworkConditions", conditions)


def under_emulation(player: Player) -> CDPSession:
    session = player.context.new_cdp_session(player.page)
    session.send("Network.enable")
    emulate(session, offline=False)
    return session


def test_an_outage_pauses_the_game_and_the_path_is_found_again(browser: Browser, tmp_path: Path) -> None:
    duo = make_duo(tmp_path / "duo", episodes=2, max_steps=240)
    with serving(duo, "--dev") as origin, players(browser, origin, origin) as people:
        red, blue = people
        network = under_emulation(blue)
        for player in people:
            player.press_start()
        for player in people:
            player.wait_phase("playing")
        red.wait("igbuild.peers.settled > 20")
        emulate(network, offline=True)
        red.wait("document.querySelector('.notice').textContent.startsWith('Waiting for')", seconds=5)
        before = red.page.evaluate("igbuild.peers.settled")
        time.sleep(OUTAGE)
        assert red.page.evaluate("igbuild.peers.settled") < before + 15, "the network was not gone"
        assert red.page.evaluate("igbuild.phase") == "playing"
        emulate(network, offline=False)
        red.wait(f"igbuild.peers.settled > {before} + 40", seconds=20)
        red.wait("document.querySelector('.notice').hidden", seconds=5)
        hold_keys(people, 40)
        for player in people:
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=20)
        assert red.rows() == blue.rows()
        assert [sync["status"] for sync in red.sync() + blue.sync()] == ["verified"] * 4
    data = duo / ".igbuild" / "data"
    rows, about = exports(data, "rows"), exports(data, "meta")
    for episode in (0, 1):
        assert rows[0, episode] == rows[1, episode]
        # The same path as before: the other player never went through the hub, and never left.
        assert json.loads(about[0, episode])["peers"] == [{"seat": 1, "path": "direct"}]
    judged = verdicts(duo, data)
    assert [found["agreement"] for found in judged] == ["verified"] * 2, judged
