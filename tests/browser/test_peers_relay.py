"""Two people between whose browsers there is no path: they play through the hub, and are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from igbuild.data import verify
from tests.browser.handed_in import exports
from tests.browser.harness import chromium_flags
from tests.browser.people import HANDED_IN, Player, begin, hold_keys, make_duo, players, serving
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


pytestmark = pytest.mark.soak  # half a minute and more for each, most of it waiting


def test_who_cannot_connect_plays_through_the_hub_and_is_told(browser: Browser, tmp_path: Path) -> None:
    duo = make_duo(tmp_path / "duo", "\n[multiplayer]\nconnect_timeout = 3.0\n", episodes=1)
    # Without a proxy there is none: the browser offers no address at all.
    flags = [*chromium_flags(), "--webrtc-ip-handling-policy=disable_non_proxied_udp"]
    deaf = browser.browser_type.launch(executable_path=chromium(), args=flags)
    with serving(duo, "--dev") as origin, players(deaf, origin, origin) as people:
        begin(people)
        for player in people:
            assert "the game goes through the server" in player.text()
        hold_keys(people, 30)
        for player in people:
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=15)
        red, blue = people
        assert red.rows() == blue.rows()
        assert [sync["status"] for sync in red.sync()] == ["verified"]
    deaf.close()
    (duo / "data").symlink_to(duo / ".igbuild" / "data")
    assert [found.agreement for found in verify(duo / "data").episodes] == ["verified"]
    about = json.loads(exports(duo / "data", "meta")[0, 0])
    assert about["peers"] == [{"seat": 1, "path": "hub"}]
    matches = [json.loads(line) for line in (duo / "data" / "matches.jsonl").read_text().splitlines()]
    assert "relayed" in [match["event"] for match in matches]


def test_a_browser_without_webrtc_plays_through_the_hub(browser: Browser, tmp_path: Path) -> None:
    duo = make_duo(tmp_path / "duo", episodes=1, max_steps=60)
    without = browser.new_context()
    without.add_init_script("delete globalThis.RTCPeerConnection")
    with serving(duo, "--dev") as origin, players(browser, origin) as people:
        people.append(Player(browser, origin, without))
        begin(people)
        for player in people:
            assert "the game goes through the server" in player.text()
        hold_keys(people, 15)
        for player in people:
            player.wait_phase("end")
            assert not player.errors, player.errors
        red, blue = people
        assert red.rows() == blue.rows()


def test_who_may_not_play_together_waits_and_round_trips_are_measured_where_they_are_limited(
    browser: Browser, tmp_path: Path
) -> None:
    limits = "\n[multiplayer]\nmax_p2p_rtt_ms = 2000.0\nmatch_attributes = ['condition']\n"
    limits += "\n[environment.globals]\njellies = {type = 'int', default = 2}\n"
    duo = make_duo(tmp_path / "duo", limits, episodes=1, max_steps=30)
    with serving(duo, "--dev") as origin:
        addresses = [f"{origin}/?condition={name}" for name in ("a", "b", "a&jellies=3", "a&jellies=2")]
        with players(browser, *addresses) as people:
            first, other, harder, second = people
            for player in people:
                player.press_start()
            for player in (first, second):
                player.wait_phase("end")
            assert first.rows() == second.rows()
            for player in (other, harder):
                player.wait("document.querySelector('.count')?.textContent === '1 / 2'")
    matches = (duo / ".igbuild" / "data" / "matches.jsonl").read_text().splitlines()
    (formed,) = [match for match in map(json.loads, matches) if match["event"] == "matched"]
    ((pair),) = formed["p2p_rtt_ms"]
    assert pair["pair"] == [0, 1]
    assert all(0 < ms < 2000 for ms in pair["ms"])
    assert [player["attributes"] for player in formed["players"]] == [{"condition": "a"}] * 2
