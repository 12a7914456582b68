"""A game for one hands its steps in: to a server, to an endpoint, or as a file; and what its player gets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pytest

from igbuild.data import import_files, list_sessions, verify
from tests.browser.handed_in import exports
from tests.browser.people import HANDED_IN, PARTS_KEPT, Player, igbuild, make_solo, serving
from tests.browser.receiver import receiving, static_host

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    from tests.browser.receiver import Receiver

TOML = """
[server]
collect = true
participant = "PROLIFIC_PID"
parameters = ["STUDY_ID"]
observations = true
hash_interval = 20

[completion]
draw_code = true
redirect = "ORIGIN/end?who={participant}&study={STUDY_ID}&code={code}&why={reason}"
countdown = 2
"""
STORAGE_FULL = """void (IDBObjectStore.prototype.add = () => {
  throw new DOMException("", "QuotaExceededError");
})"""
ASKED = "?PROLIFIC_PID=ann%20b&STUDY_ID=s%2F1"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Where pages go on to, and where one posts."""
    with receiving() as running:
        yield running


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Path:
    """The solo template that hands in and goes on, built."""
    toml = TOML.replace("ORIGIN", receiver.origin)
    folder = make_solo(tmp_path_factory.mktemp("alone") / "solo", toml)
    igbuild("bundle", folder=folder)
    return folder


def told(url: str) -> dict[str, str]:
    """Return what an address says."""
    return {name: text for name, [text] in parse_qs(urlsplit(url).query, keep_blank_values=True).items()}


def test_steps_arrive_with_their_name_and_then_the_page_goes_on(
    browser: Browser, solo: Path, receiver: Receiver
) -> None:
    with serving(solo) as origin:
        player = Player(browser, f"{origin}/{ASKED}")
        player.press_start()
        player.wait_phase("end")
        player.wait(HANDED_IN, seconds=15)
        code = player.page.inner_text(".farewell .code")
        assert "Play again" not in player.text()
        [episode] = player.page.evaluate("igbuild.session.episodes")
        player.page.wait_for_url(f"{receiver.origin}/**", timeout=15_000)
        # Whatever the page says is on the disk by now.
        rows = [json.loads(line) for line in exports(solo / "data", "rows")[0, 0].splitlines()]
        assert told(player.page.url) == {"who": "ann b", "study": "s/1", "code": code, "why": "completed"}
        assert not player.errors
        player.close()
    assert len(rows) == episode["steps"] == 45
    assert [row["t"] for row in rows if "stateHash" in row] == [19, 39, 44]
    assert list(rows[0])[-1] == "observations.human"
    assert rows[0]["observations.human"]["hunters"] != rows[44]["observations.human"]["hunters"]
    about: dict[str, Any] = json.loads(exports(solo / "data", "meta")[0, 0])
    assert (about["seed"], about["completionCode"]) == (episode["seed"], code)
    assert about["parameters"] == {"PROLIFIC_PID": "ann b", "STUDY_ID": "s/1"}
    assert about["termination"]["reason"] == "truncated"
    [session] = list_sessions(solo / "data")
    assert (session.players[0].participant, session.players[0].code) == ("ann b", code)
    assert [found.agreement for found in verify(solo / "data").episodes] == ["verified"]


def test_without_a_server_the_steps_are_offered_as_a_file(
    browser: Browser, solo: Path, receiver: Receiver, tmp_path: Path
) -> None:
    with static_host(solo / "dist") as origin:
        player = Player(browser, f"{origin}/{ASKED}")
        player.press_start()
        player.wait_phase("end")
        player.wait(
            "document.body.innerText.includes('There is no server that takes what you did')", seconds=15
        )
        with player.page.expect_download() as downloading:
            player.page.get_by_role("button", name="Save it as a file").click()
        saved = tmp_path / "saved.jsonl"
        downloading.value.save_as(saved)
        assert downloading.value.suggested_filename == "solo-ann b.jsonl"
        # It goes on only when asked to: whoever has not saved the file yet must not lose it.
        code = player.page.inner_text(".farewell .code")
        player.page.wait_for_timeout(3000)
        player.page.get_by_role("link", name="Go on").click()
        player.page.wait_for_url(f"{receiver.origin}/**", timeout=15_000)
        assert told(player.page.url)["code"] == code
        assert not player.errors
        # The browser keeps it all the same.
        again = player.context.new_page()
        again.goto(f"{origin}/manifest.json")
        kept = again.evaluate(PARTS_KEPT)
        player.close()
    assert kept == len(saved.read_text().splitlines()) >= 4
    data = tmp_path / "data"
    assert import_files([saved, saved], data, "solo").duplicates == kept
    [found] = verify(data).episodes
    assert (found.agreement, found.rows, found.reasons) == ("verified", 45, ())


def test_an_endpoint_gets_every_step_once_though_the_browser_stops_storing(
    browser: Browser, tmp_path: Path
) -> None:
    with receiving() as receiver:
        toml = f'\n[server]\nendpoint = "{receiver.origin}/take?study=3"\n[completion]\ncode = "C1A2"\n'
        folder = make_solo(tmp_path / "solo", toml)
        igbuild("bundle", folder=folder)
        receiver.refusals = [503, 503]
        with serving(folder) as origin:
            player = Player(browser, f"{origin}/?participant=ann")
            player.press_start()
            player.wait("igbuild.rows > 20")
            player.page.evaluate(STORAGE_FULL)
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=20)
            steps = player.page.evaluate("igbuild.session.episodes[0].steps")
            assert "C1A2" in player.text()
            assert not player.errors
            player.close()
    assert receiver.asked == len(receiver.posts) + 2
    lines = receiver.lines()
    assert len({line["id"] for line in lines}) == len(lines)
    rows = [row for line in lines if line["kind"] == "rows" for row in line["content"].splitlines()]
    assert [json.loads(row)["t"] for row in rows] == list(range(steps))
    received = tmp_path / "received.jsonl"
    received.write_text("".join(receiver.posts))
    import_files([received], tmp_path / "data")
    [found] = verify(tmp_path / "data").episodes
    assert (found.agreement, found.rows) == ("verified", steps)
