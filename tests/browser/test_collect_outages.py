"""What one person plays arrives whole and once, whatever happens to servers and pages meanwhile."""

from __future__ import annotations

import json
import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from tests.browser.people import HANDED_IN, PARTS_KEPT, Player, free_port, igbuild, make_solo, server, serving
from tests.browser.receiver import receiving, static_host
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route

pytestmark = pytest.mark.soak  # half a minute for each, most of it waiting

COLLECT = "\n[server]\ncollect = true\n"


def rows_by_session(folder: Path) -> dict[tuple[str, int], list[int]]:
    """Return the steps that were stored, by session and episode, doubles included."""
    query = "SELECT session, episode, variant, content FROM chunks WHERE kind = 'rows' ORDER BY idx"
    found: dict[tuple[str, int], list[int]] = defaultdict(list)
    with closing(sqlite3.connect(folder / "data" / "data.sqlite3")) as connection:
        for session, episode, variant, data in connection.execute(query):
            assert variant == 0, "the same part came with another content"
            found[session, episode] += [json.loads(line)["t"] for line in data.decode().splitlines()]
    return found


def until(page: Page, condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until a function gives true, and let the page's routes be answered meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come true"
        page.wait_for_timeout(100)


def test_what_waited_through_a_reload_without_a_server_arrives_once(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_port, port = free_port(), free_port()
    toml = (
        f'{COLLECT}url = "http://127.0.0.1:{port}"\norigins = ["http://127.0.0.1:{page_port}"]\n'
        "observations = true\n[completion]\ndraw_code = true\n"
    )
    folder = make_solo(tmp_path / "solo", toml, episodes=2, max_steps=60)
    igbuild("bundle", folder=folder)
    with static_host(folder / "dist", page_port) as origin:
        player = Player(browser, f"{origin}/?participant=ann")
        player.press_start()
        player.wait("igbuild.session.episodes.length === 1")
        until(player.page, lambda: player.page.evaluate(PARTS_KEPT) >= 4)
        player.page.reload()
        player.press_start()
        player.wait_phase("end")
        player.wait("document.body.innerText.includes('could not be handed in so far')", seconds=40)
        code = player.page.inner_text(".farewell .code")
        assert player.page.get_by_role("button", name="Save it as a file").count() == 1
        with serving(folder, port=port):
            player.wait(HANDED_IN, seconds=60)
            until(player.page, lambda: player.page.evaluate(PARTS_KEPT) == 0, 60)
        assert player.page.inner_text(".farewell .code") == code
        assert player.page.get_by_role("button", name="Save it as a file").count() == 0
        steps = player.page.evaluate("igbuild.session.episodes.map(({steps}) => steps)")
        assert not player.errors
        player.close()
    rows = rows_by_session(folder)
    assert {episode: found for (_, episode), found in rows.items()} == {
        episode: list(range(count)) for episode, count in enumerate(steps)
    }
    assert len(rows) == 2
    assert len({session for session, _ in rows}) == 2, "each load of the page is a session of its own"
    monkeypatch.setenv("IGBUILD_CHROMIUM", chromium() or "")
    report = json.loads(igbuild("data", "verify", "--json", folder=folder))
    assert (report["verified"], report["partial"], report["desynced"]) == (2, 0, 0), report
    assert [found["replays"][0]["hashes"] for found in report["episodes"]] == [2, 2]
    listed = json.loads(igbuild("data", "list", "--json", folder=folder))
    assert {each["players"][0]["code"] for each in listed} == {code}


def test_a_server_that_is_killed_between_storing_and_answering_has_every_row_once(
    browser: Browser, tmp_path: Path
) -> None:
    folder = make_solo(tmp_path / "solo", COLLECT, max_steps=1200)
    igbuild("bundle", folder=folder)
    port = free_port()
    asked: list[str] = []
    dying: list[subprocess.Popen[str]] = []

    def pass_on(route: Route) -> None:
        asked.append(route.request.url)
        if len(asked) == 3:
            answer = route.fetch()
            assert answer.json()["stored"][0]["status"] == "stored"
            dying[0].kill()
            dying[0].wait()
            route.abort()  # the page never hears that its rows are safe
        else:
            route.continue_()

    with server(folder, port=port) as (process, origin):
        dying.append(process)
        player = Player(browser, origin)
        player.page.route("**/data/v1/chunks", pass_on)
        player.press_start()
        player.wait("igbuild.phase === 'playing'")
        until(player.page, lambda: process.poll() is not None)
    lost = len(asked)
    player.wait(f"igbuild.rows > {player.page.evaluate('igbuild.rows')} + 40")
    with server(folder, port=port) as (process, _):
        before = len(asked)
        until(player.page, lambda: len(asked) > before + 1)
        assert player.page.evaluate("igbuild.phase") == "playing"
        process.kill()
    with serving(folder, port=port):
        player.wait_phase("end")
        player.wait(HANDED_IN, seconds=60)
        [steps] = player.page.evaluate("igbuild.session.episodes.map(({steps}) => steps)")
        assert player.page.evaluate(PARTS_KEPT) == 0
        assert not player.errors
        player.close()
    assert len(asked) > lost
    assert list(rows_by_session(folder).values()) == [list(range(steps))]


def test_an_endpoint_has_what_a_page_that_dies_had_played_and_gets_the_rest_later(
    browser: Browser, tmp_path: Path
) -> None:
    with receiving() as receiver:
        toml = f'\n[server]\nendpoint = "{receiver.origin}/"\n'
        folder = make_solo(tmp_path / "solo", toml, max_steps=1800)
        igbuild("bundle", folder=folder)
        with serving(folder) as origin:
            player = Player(browser, origin)
            player.press_start()
            player.wait("igbuild.phase === 'playing'")
            until(player.page, lambda: bool(receiver.posts))
            assert player.page.evaluate("igbuild.phase") == "playing", "it is not posted at the end only"
            player.wait("igbuild.rows > 400")
            player.crash()
            again = player.context.new_page()
            again.goto(origin)
            until(again, lambda: len(receiver.posts) >= 2 and again.evaluate(PARTS_KEPT) == 0)
            player.close()
    lines = receiver.lines()
    assert len({line["id"] for line in lines}) == len(lines)
    rows = [row for line in lines if line["kind"] == "rows" for row in line["content"].splitlines()]
    steps = [json.loads(row)["t"] for row in rows]
    assert steps == list(range(len(steps)))
    assert len(steps) > 350, "less than the last second and a half is gone with the page"
