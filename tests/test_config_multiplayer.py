"""When a game is multiplayer, and that its defaults are those of the session that plays it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from igbuild.config.completion import completes
from igbuild.config.multiplayer import collects, is_multiplayer, multiplayer_settings
from igbuild.config.reader import read_config
from igbuild.resources import templates_dir
from igbuild.site.describe import describe

if TYPE_CHECKING:
    from igbuild.config.model import ExperimentConfig

TOML = '[experiment]\nname = "e"\n[environment]\nentry_point = "env:make"\n'


def config(more: str = "") -> ExperimentConfig:
    return read_config(TOML + more, Path("experiment.toml"))


@pytest.mark.parametrize(
    ("players", "expected"),
    [("", False), ("[players]\nhumans = [0]\n", False), ("[players]\nhumans = [0, 1]\n", True)],
)
def test_a_game_is_multiplayer_where_two_or_more_humans_are_named(players: str, expected: bool) -> None:
    told = config(players)
    assert is_multiplayer(told) is expected
    assert ("multiplayer" in describe(told, {}, {})) is expected


def test_the_page_is_told_every_setting_in_its_own_units() -> None:
    told = describe(config("[game]\nfps = 20\n[players]\nhumans = [0, 1]\n"), {}, {})
    assert told["multiplayer"] == {
        "inputDelay": 1,
        "predictionWindow": 5,
        "snapshotInterval": None,
        "hashInterval": 20,
        "predictor": "repeat",
        "interruptMs": 500,
        "dropMs": 10_000,
        "absentMs": 30_000,
        "desyncPolicy": "halt",
        "absencePolicy": "away",
    }


def test_what_is_given_is_kept() -> None:
    given = config("[players]\nhumans = [0, 1]\n[multiplayer]\ninput_delay = 0\nsnapshot_interval = 2\n")
    settings = multiplayer_settings(given)
    assert (settings["input_delay"], settings["snapshot_interval"]) == (0, 2)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", (False, False)),
        ("[server]\ncollect = true\n", (True, False)),
        ('[server]\nendpoint = "https://lab.example/in"\n', (True, False)),
        ("[players]\nhumans = [0, 1]\n", (True, False)),
        ("[players]\nhumans = [0, 1]\n[server]\ncollect = false\n", (False, False)),
        ('[completion]\ncode = "C1"\n', (False, True)),
        ('[completion]\nredirect = "http://127.0.0.1:8000/{participant}"\n', (False, True)),
        ("[server]\ncollect = true\n[completion]\ndraw_code = true\n", (True, True)),
        ("[completion]\n", (False, False)),
    ],
)
def test_what_is_handed_in_and_what_is_given_for_it(more: str, expected: tuple[bool, bool]) -> None:
    told = config(more)
    assert (collects(told), completes(told)) == expected
    assert ("completion" in describe(told, {}, {})) is expected[1]


def test_a_page_is_told_where_data_goes_and_how_often_a_state_is_hashed() -> None:
    endpoint = '[server]\nendpoint = "https://lab.example/in"\nobservations = true\n'
    assert describe(config(endpoint), {}, {})["server"] == {
        "url": None,
        "endpoint": "https://lab.example/in",
        "participant": "participant",
        "hashInterval": 30,
        "observations": True,
    }
    away = config(endpoint + 'url = "https://games.lab.example"\n')
    assert describe(away, {}, {})["server"]["url"] == "https://games.lab.example"
    developed = describe(away, {}, {}, dev=True)["server"]
    assert (developed["url"], developed["endpoint"]) == (None, None), "who develops meets no participants"
    rare = describe(config("[server]\ncollect = true\nhash_interval = 0\n"), {}, {})
    assert rare["server"]["hashInterval"] == 0
    several = describe(config("[players]\nhumans = [0, 1]\n"), {}, {})
    assert (several["server"]["hashInterval"], several["multiplayer"]["hashInterval"]) == (0, 30)


def test_a_page_is_told_what_is_given_at_the_end() -> None:
    toml = '[server]\nparticipant = "PID"\n[completion]\ncode = "C1"\ncountdown = 0\n'
    assert describe(config(toml), {}, {})["completion"] == {
        "code": "C1",
        "drawCode": False,
        "redirect": None,
        "countdown": 0,
        "after": ["completed", "partner_left", "partner_focus_timeout", "halted"],
        "participant": "PID",
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
def test_the_defaults_are_those_of_the_session() -> None:
    rates = range(1, 241)
    module = (templates_dir() / "game" / "rollback" / "config.js").as_uri()
    script = (
        f"const {{defaultSettings}} = await import({json.dumps(module)});"
        f"console.log(JSON.stringify({json.dumps(list(rates))}.map(defaultSettings)));"
    )
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", script], capture_output=True, text=True, check=True, timeout=60
    )
    for fps, theirs in zip(rates, json.loads(ran.stdout), strict=True):
        told = describe(config(f"[game]\nfps = {fps}\n[players]\nhumans = [0, 1]\n"), {}, {})["multiplayer"]
        ours = {name: value for name, value in told.items() if value is not None}
        assert ours == {name: theirs[name] for name in ours}, fps
