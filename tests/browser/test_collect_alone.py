"""A game for one whose TOML asks for it: every step arrives at the server, under its name."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from igbuild.data import verify
from tests.browser.people import Player, igbuild, serving
from tests.browser.test_peers_data import HANDED_IN, exports

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser


def test_a_lone_player_s_steps_arrive_with_their_name(browser: Browser, tmp_path: Path) -> None:
    folder = tmp_path / "solo"
    igbuild("init", "solo", folder=tmp_path)
    toml = folder / "experiment.toml"
    text, count = re.subn(r"(?m)^max_steps = \d+", "max_steps = 60", toml.read_text(encoding="utf-8"))
    assert count == 1
    toml.write_text(text + '\n[server]\ncollect = true\nparticipant = "PROLIFIC_PID"\n', encoding="utf-8")
    igbuild("bundle", folder=folder)
    with serving(folder) as origin:
        player = Player(browser, f"{origin}/?PROLIFIC_PID=ann")
        player.press_start()
        player.wait_phase("end")
        player.wait(HANDED_IN, seconds=15)
        steps = player.page.evaluate("igbuild.session.episodes.map(({steps}) => steps)")
        seeds = player.page.evaluate("igbuild.session.episodes.map(({seed}) => seed)")
        assert not player.errors
        player.close()
    rows = exports(folder, "rows")
    assert [len(rows[0, episode].splitlines()) for episode in range(len(steps))] == steps
    about = [json.loads(exports(folder, "meta")[0, episode]) for episode in range(len(steps))]
    assert [meta["seed"] for meta in about] == seeds
    assert {meta["termination"]["reason"] for meta in about} <= {"truncated", "terminated"}
    assert {found.agreement for found in verify(folder / "data").episodes} == {"verified"}
