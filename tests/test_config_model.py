"""What a good experiment.toml becomes, and what its parts accept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from igbuild.config import ExperimentConfig, load_experiment
from igbuild.config.keys import check_keys, split_keys
from igbuild.config.values import check_hud

MINIMAL = {"experiment": {"name": "study"}, "environment": {"entry_point": "env:make"}}


def config(**sections: Any) -> ExperimentConfig:
    environment = {**MINIMAL["environment"], **sections.pop("environment", {})}
    return ExperimentConfig.model_validate({**MINIMAL, "environment": environment, **sections})


def test_all_but_two_settings_have_defaults() -> None:
    assert config().model_dump(mode="json") == {
        "experiment": {"name": "study", "title": "study", "version": "0.1.0"},
        "environment": {
            "source": "env.py",
            "exclude": [],
            "entry_point": "env:make",
            "kwargs": {},
            "packages": [],
            "globals": {},
            "on_game_step": None,
        },
        "game": {
            "fps": 30,
            "max_steps": 1800,
            "episodes": 1,
            "seed": None,
            "render": "draw",
            "width": 600,
            "height": 400,
            "background": "#ffffff",
            "hud": "Score {score}",
            "instructions": "",
            "input_mode": "pressed_keys",
            "when_hidden": "pause",
        },
        "controls": {"default_action": 0, "keys": {}, "agents": {}, "labels": {}},
        "players": {"agent": "human", "humans": None, "names": {}, "bots": {}},
        "multiplayer": {
            "input_delay": None,
            "prediction_window": None,
            "snapshot_interval": None,
            "hash_interval": None,
            "predictor": "repeat",
            "interrupt_timeout": 0.5,
            "drop_timeout": 10.0,
            "absence_timeout": 30.0,
            "desync_policy": "halt",
            "absence_policy": "away",
            "wait_timeout": 120.0,
            "max_p2p_rtt_ms": None,
            "match_attributes": [],
            "hub_relay": True,
            "connect_timeout": 20.0,
            "focus_timeout": None,
            "partner_left_message": "The other player left the game. Thank you for playing.",
            "wait_timeout_message": "Nobody else came. Please try again later.",
            "focus_timeout_message": "The game ended because you were away for too long.",
            "partner_focus_timeout_message": "The game ended because the other player was away for too long.",
        },
        "server": {
            "url": None,
            "collect": None,
            "endpoint": None,
            "hash_interval": None,
            "observations": False,
            "data": "data",
            "participant": "participant",
            "parameters": [],
            "hosts": [],
            "origins": [],
        },
        "completion": {
            "code": None,
            "draw_code": False,
            "redirect": None,
            "countdown": 5,
            "after": ["completed", "partner_left", "partner_focus_timeout", "halted"],
        },
        "webrtc": {"stun_urls": [], "turn_urls": [], "relay_only": False},
        "assets": {"folder": None, "atlases": {}},
        "pyodide": {"version": "314.0.7", "base": None, "init_timeout": 60.0, "request_timeout": 10.0},
        "bundle": {"out": "dist", "source_maps": True, "minify": True},
    }


def test_the_model_cannot_be_changed() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        config().game.fps = 60  # type: ignore[misc]


def test_values_are_never_converted_between_types() -> None:
    with pytest.raises(ValidationError):
        config(game={"fps": 30.0})
    with pytest.raises(ValidationError):
        config(bundle={"minify": 1})
    assert config(pyodide={"init_timeout": 5}).pyodide.init_timeout == 5.0


def test_a_global_is_a_type_or_a_table() -> None:
    globals_ = config(
        environment={
            "globals": {"speed": "int", "gain": {"type": "float", "default": 1, "choices": [1, 2.5]}}
        }
    ).environment.globals
    assert globals_["speed"].model_dump() == {"type": "int", "default": None, "choices": None}
    assert globals_["gain"].model_dump() == {"type": "float", "default": 1.0, "choices": [1.0, 2.5]}
    assert isinstance(globals_["gain"].default, float)


def test_a_boolean_is_no_integer() -> None:
    for value in (True, 1.0, "1"):
        with pytest.raises(ValidationError, match="but the type is"):
            config(environment={"globals": {"speed": {"type": "int", "default": value}}})
    with pytest.raises(ValidationError, match="an action is"):
        config(controls={"default_action": True})
    with pytest.raises(ValidationError, match="an agent's id is"):
        config(players={"humans": [True]})


def test_actions_are_integers_or_lists_of_numbers_and_keep_their_types() -> None:
    keys = config(controls={"keys": {"a": 300, "b": [1, 0.5], "c": -1}}).controls.keys
    assert keys == {"a": 300, "b": [1, 0.5], "c": -1}
    assert isinstance(keys["b"], list)
    assert [type(part) for part in keys["b"]] == [int, float]
    for wrong in ([], [float("nan")], 2**53, [[1]], "up"):
        with pytest.raises(ValidationError):
            config(controls={"keys": {"a": wrong}})


def test_an_agent_shares_the_controls_it_does_not_set() -> None:
    controls = config(
        controls={
            "default_action": 7,
            "keys": {"a": 1},
            "agents": {"red": {"keys": {"b": 2}}, "blue": {"default_action": 0}},
        }
    ).controls
    assert controls.agents["red"].model_dump() == {"default_action": 7, "keys": {"b": 2}}
    assert controls.agents["blue"].model_dump() == {"default_action": 0, "keys": {"a": 1}}


def test_ids_of_agents_keep_their_types() -> None:
    assert config(players={"humans": [0, "blue"]}).players.humans == [0, "blue"]
    with pytest.raises(ValidationError, match="lists '0' twice"):
        config(players={"humans": [0, "0"]})


def test_a_bot_is_a_policy_or_a_model() -> None:
    bots = config(
        players={"bots": {"a": "bots:Greedy", "b": {"onnx": "b.onnx", "sample": "argmax"}}}
    ).players.bots
    assert bots["a"].policy == "bots:Greedy"
    assert (bots["b"].onnx, bots["b"].sample) == ("b.onnx", "argmax")
    for wrong in (
        {"policy": "a:b", "onnx": "b.onnx"},
        {"policy": "a:b", "sample": "argmax"},
        {"onnx": "b.onnx", "kwargs": {"x": 1}},
    ):
        with pytest.raises(ValidationError):
            config(players={"bots": {"a": wrong}})


def test_colours_become_hexadecimal() -> None:
    for text, color in (("#ABC", "#aabbcc"), ("#1A2b3C", "#1a2b3c"), ("Navy", "#000080")):
        assert config(game={"background": text}).game.background == color


def test_keyword_arguments_are_what_json_can_carry() -> None:
    kwargs = {"a": [1, {"b": "c"}], "d": 0.5, "e": True}
    assert config(environment={"kwargs": kwargs}).environment.kwargs == kwargs
    for wrong in (float("inf"), 2**60):
        with pytest.raises(ValidationError):
            config(environment={"kwargs": {"x": [wrong]}})


@pytest.mark.parametrize(
    "package",
    [
        "numpy",
        "gymnasium[classic-control]==1.4.0",
        "a; python_version < '3.12'",
        "./mylib",
        "w/lib-1-py3.whl[x]",
    ],
)
def test_packages_are_requirements_or_paths(package: str) -> None:
    assert config(environment={"packages": [package]}).environment.packages == [package]


def test_one_package_may_be_asked_for_twice_under_different_conditions() -> None:
    packages = ["a<2; python_version < '3.12'", "a>=2; python_version >= '3.12'"]
    assert config(environment={"packages": packages}).environment.packages == packages


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ("a",)),
        ("+", ("+",)),
        ("Shift++", ("Shift", "+")),
        ("++a", ("+", "a")),
        ("ArrowUp+ArrowLeft", ("ArrowUp", "ArrowLeft")),
        (" ", (" ",)),
        ("Control+ ", ("Control", " ")),
    ],
)
def test_combinations_are_split_at_plus_signs(text: str, parts: tuple[str, ...]) -> None:
    assert split_keys(text) == parts
    assert check_keys(text) == text


@pytest.mark.parametrize("text", ["", "a+", "+a", "a+b+", "+++", "a+a"])
def test_what_is_no_combination_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="has the key"):
        split_keys(text)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Up", "ArrowUp"),
        ("arrowleft", "ArrowLeft"),
        ("Digit7", "7"),
        ("Esc", "Escape"),
        ("spacebar", " "),
        ("F99", None),
    ],
)
def test_mistaken_names_of_keys_get_the_right_one(text: str, meant: str | None) -> None:
    with pytest.raises(ValueError, match="no keyboard reports") as caught:
        check_keys(text)
    if meant is not None:
        assert f'did you mean "{meant}"?' in str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "{score} {{score}} {score.red player}", "{time_left}/{max_steps} {player}"]
)
def test_hud_texts(text: str) -> None:
    assert check_hud(text) == text


@pytest.mark.parametrize("text", ["{", "a } b", "{}", "{score.}", "{Score}", "{a{score}}"])
def test_refused_hud_texts(text: str) -> None:
    with pytest.raises(ValueError, match="has"):
        check_hud(text)


def test_where_the_distribution_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env.py").write_text("def make(): ...\n")
    (tmp_path / "wheels").mkdir()
    path = tmp_path / "experiment.toml"
    text = '[experiment]\nname = "x"\n[environment]\nentry_point = "env:make"\n'
    path.write_text(text)
    experiment = load_experiment(path)
    assert experiment.pyodide_base({}) == "https://cdn.jsdelivr.net/pyodide/v314.0.7/full/"
    assert experiment.pyodide_base({"IGBUILD_PYODIDE_BASE": "http://localhost/p"}) == "http://localhost/p/"
    monkeypatch.chdir(Path(tmp_path.anchor))
    assert experiment.pyodide_base({"IGBUILD_PYODIDE_BASE": str(tmp_path)}) == tmp_path
    path.write_text(text + '[pyodide]\nbase = "wheels"\n')
    assert load_experiment(path).pyodide_base({}) == tmp_path / "wheels"
    path.write_text(text + '[pyodide]\nversion = "0.29.5"\nbase = "https://example.org/x"\n')
    assert load_experiment(path).pyodide_base({"IGBUILD_PYODIDE_BASE": ""}) == "https://example.org/x/"


def test_a_relative_path_is_read_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "env.py").write_text("make = lambda: None\n")
    # Windows editors begin files with a byte order mark and end lines with two characters.
    (tmp_path / "experiment.toml").write_bytes(
        b'\xef\xbb\xbf[experiment]\r\nname = "x"\r\n[environment]\r\nentry_point = "env:make"\r\n'
    )
    monkeypatch.chdir(tmp_path)
    experiment = load_experiment(Path("experiment.toml"))
    assert experiment.path == tmp_path / "experiment.toml"
    assert (experiment.root, experiment.source, experiment.out) == (
        tmp_path,
        tmp_path / "env.py",
        tmp_path / "dist",
    )
    assert experiment.assets_folder is None


def test_importing_the_package_imports_no_model() -> None:
    code = "import sys, igbuild.config; sys.exit('pydantic' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
