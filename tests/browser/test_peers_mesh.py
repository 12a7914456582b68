"""Four people in one mesh: six connections, four exports, and one game."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.crowds import AT_ONCE, NAMES, gather, make_crowd
from tests.browser.handed_in import exports, matches, verdicts
from tests.browser.people import HANDED_IN, hold_keys, igbuild, players, serving

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.soak  # most of a minute

SEATS, EPISODES, STEPS = 4, 2, 120


def test_four_players_in_one_mesh_hand_in_the_same_bytes(browser: Browser, tmp_path: Path) -> None:
    crowd = make_crowd(tmp_path / "crowd", SEATS, AT_ONCE, episodes=EPISODES, max_steps=STEPS)
    igbuild("bundle", folder=crowd)
    with serving(crowd) as origin, players(browser, *[origin] * SEATS) as people:
        gather(people)
        hold_keys(people, 60)
        for player in people:
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=20)
            assert not player.errors, player.errors
        first, *others = [player.rows() for player in people]
        assert len(first) == EPISODES
        assert all(rows == first for rows in others)
        syncs = [player.sync() for player in people]
        assert {sync["status"] for each in syncs for sync in each} == {"verified"}
        assert [each[0]["me"] for each in syncs] == list(NAMES[:SEATS])
        rollbacks = [player.page.evaluate("igbuild.peers.stats.rollbacks") for player in people]
    assert sum(rollbacks) > 0, "nobody's guess was ever wrong: the keys came to nothing"

    rows = exports(crowd / "data", "rows")
    assert set(rows) == {(seat, episode) for seat in range(SEATS) for episode in range(EPISODES)}
    for episode in range(EPISODES):
        assert len({rows[seat, episode] for seat in range(SEATS)}) == 1
        steps = [json.loads(line) for line in rows[0, episode].splitlines()]
        assert [step["t"] for step in steps] == list(range(STEPS))
        for name in NAMES[:SEATS]:
            assert {step[f"actions.{name}"] for step in steps} != {0}, f"{name} did nothing"
    about: dict[tuple[int, int], Any] = {
        key: json.loads(text) for key, text in exports(crowd / "data", "meta").items()
    }
    for (seat, _), told in about.items():
        others_seats = [{"seat": other, "path": "direct"} for other in range(SEATS) if other != seat]
        assert (told["seat"], told["peers"]) == (seat, others_seats)
    assert [match["event"] for match in matches(crowd / "data")].count("playing") == 1

    for verdict in verdicts(crowd, crowd / "data"):
        assert (verdict["agreement"], verdict["rows"]) == ("verified", STEPS), verdict
        assert sorted(len(replay["participants"]) for replay in verdict["replays"]) == [SEATS]
