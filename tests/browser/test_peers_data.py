"""What two people play arrives at the server: the same rows from both, each once, come what may."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from igbuild.data import verify
from tests.browser.handed_in import exports, matches, verdicts
from tests.browser.people import (
    HANDED_IN,
    begin,
    hold_keys,
    igbuild,
    make_duo,
    players,
    serving,
)
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.soak  # half a minute for each, most of it waiting


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The duo template with all that can be handed in and given for it, built."""
    more = '\n[server]\nobservations = true\n\n[completion]\ncode = "C1A2B3"\n'
    folder = make_duo(tmp_path_factory.mktemp("data") / "duo", more, episodes=2)
    igbuild("bundle", folder=folder)
    return folder


@pytest.fixture
def duo(built: Path) -> Path:
    """The same, with nothing collected yet."""
    for file in (built / "data").glob("*"):
        file.unlink()
    return built


def test_both_exports_arrive_whole_and_come_out_again(
    browser: Browser, duo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(duo) as origin, players(browser, f"{origin}/?participant=ann", f"{origin}/") as people:
        begin(people)
        hold_keys(people, 40)
        for player in people:
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=15)
            assert "C1A2B3" in player.text()
    assert [(found.agreement, found.rows > 30) for found in verify(duo / "data").episodes] == [
        ("verified", True)
    ] * 2
    rows = exports(duo / "data", "rows")
    assert set(rows) == {(0, 0), (0, 1), (1, 0), (1, 1)}
    for episode in (0, 1):
        assert rows[0, episode] == rows[1, episode]
        first = json.loads(rows[0, episode].splitlines()[0])
        keys = ["episode", "t", "actions.red", "actions.blue", "rewards.red", "rewards.blue"]
        assert list(first)[:6] == keys
        assert [first["episode"], first["t"], first["isFocused.red"]] == [episode, 0, True]
        lines = [json.loads(line) for line in rows[0, episode].splitlines()]
        assert [line["t"] for line in lines] == list(range(len(lines)))
        assert "stateHash" in lines[29]
        assert len(lines[-1]["stateHash"]) == 64
        assert lines[0]["observations.blue"]["partner"] == lines[0]["observations.red"]["boat"]
        assert all({"observations.red", "observations.blue"} <= set(line) for line in lines)
        assert {line["actions.red"] for line in lines} != {0}
    about: dict[str, Any] = json.loads(exports(duo / "data", "meta")[1, 0])
    assert about["status"] == "verified"
    assert about["peers"] == [{"seat": 0, "path": "direct"}], about
    assert about["termination"]["player"] is None
    measured = exports(duo / "data", "telemetry")
    assert set(measured) == set(rows)
    for (seat, episode), text in measured.items():
        other = ("blue", "red")[seat]
        seconds = [json.loads(line) for line in text.splitlines()]
        assert len(seconds) >= 2
        assert all(second["episode"] == episode and second[f"path.{other}"] == "direct" for second in seconds)
        assert sum(second["frames"] for second in seconds) >= seconds[-1]["t"] - seconds[0]["t"]
        assert sum(second[f"pings.{other}"] for second in seconds) >= len(seconds)
        assert 0 < seconds[-1][f"rtt.{other}"] < 1000
        assert seconds[-1][f"jitter.{other}"] >= 0
    last = matches(duo / "data")[-1]
    assert last["event"] == "ended"
    assert "ann" in [player["participant"] for player in last["players"]]
    monkeypatch.setenv("IGBUILD_CHROMIUM", chromium() or "")
    report = json.loads(igbuild("data", "verify", "--json", folder=duo))
    assert (report["verified"], report["partial"], report["desynced"]) == (2, 0, 0)
    for found in report["episodes"]:
        [replay] = found["replays"]
        assert (len(replay["participants"]), replay["rows"]) == (2, found["rows"])
        assert replay["hashes"] >= 2


def test_a_page_that_is_closed_costs_the_other_no_row(browser: Browser, duo: Path) -> None:
    with serving(duo) as origin, players(browser, origin, origin) as people:
        red, blue = people
        begin(people)
        red.wait("igbuild.peers.settled > 40")
        blue.page.goto("about:blank")
        red.wait_phase("error", seconds=5)
        red.wait(HANDED_IN, seconds=15)
        assert "C1A2B3" in red.text(), "who stays behind has done nothing wrong"
        steps = red.page.evaluate("igbuild.session.episodes[0].steps")
    rows = exports(duo / "data", "rows")
    mine, theirs = rows[0, 0].splitlines(), rows[1, 0].splitlines()
    assert len(mine) == steps > 40
    assert len(theirs) > 35, "the last second went with the page's last words"
    left = json.loads(exports(duo / "data", "meta")[1, 0])
    assert (left["rows"], left["status"]) == (len(theirs), "partial")
    assert left["termination"] == {"reason": "left", "frame": len(theirs) - 1, "player": 1}
    for kind in ("local", "validation"):
        assert len(exports(duo / "data", kind)[1, 0].splitlines()) == len(theirs), kind
    shorter = min(len(mine), len(theirs))
    assert mine[:shorter] == theirs[:shorter]
    about = json.loads(exports(duo / "data", "meta")[0, 0])
    assert about["status"] == "partial"
    assert about["termination"] == {"reason": "partner_left", "frame": steps - 1, "player": 1}
    (found,) = verdicts(duo, duo / "data")
    assert (found["agreement"], found["difference"], found["rows"]) == ("partial", None, shorter)
    (replay,) = found["replays"]
    assert replay["rows"] == steps
