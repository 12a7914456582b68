"""When a game is multiplayer, and that its defaults are those of the session that plays it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from igbuild.config.multiplayer import is_multiplayer, multiplayer_settings
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
