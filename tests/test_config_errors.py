"""Every mistake of tests/projects that experiment.toml can hold: exact place, and the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from igbuild.config import load_experiment
from igbuild.errors import ConfigError

PROJECTS = Path(__file__).parent / "projects"

MISTAKES = {
    "toml-syntax-error": ["2:14: this is not TOML: illegal character '\\n'; is the closing quote missing?"],
    "not-utf8": ["2:13: byte 0xe9 is not UTF-8; save the file with the encoding UTF-8"],
    "unknown-key": ["9:1: [game] has no key 'epsiodes'; did you mean 'episodes'?"],
    "unknown-key-elsewhere": ["8:1: [game] has no key 'packages'; 'packages' belongs to [environment]"],
    "unknown-section": ["7:1: there is no section [gmae]; did you mean 'game'?"],
    "wrong-type": ["8:7: game.fps is the string '30'; it must be an integer; write 30 without quotes"],
    "missing-section": ["1:1: the section [environment] is missing; add it, with entry_point"],
    "missing-entry-point": ["4:1: [environment] lacks 'entry_point'; add entry_point = \"env:make_env\""],
    "misspelt-entry-point-key": ["5:1: [environment] has no key 'entrypoint'; did you mean 'entry_point'?"],
    "malformed-entry-point": [
        '5:15: environment.entry_point is \'env.make_env\'; it must be "module:callable", as in "env:make_env"; '
        'did you mean "env:make_env"?'
    ],
    "missing-env-file": [
        "5:10: environment.source is 'evn.py', which does not exist; did you mean 'env.py'?"
    ],
    "missing-module": [
        "6:15: environment.entry_point is 'games.evn:make_env', but study holds no module 'games.evn'; "
        "did you mean 'games.env'?"
    ],
    "missing-callable": [
        "5:15: environment.entry_point is 'env:make_evn', but env.py has no 'make_evn'; "
        "did you mean 'make_env'?"
    ],
    "missing-step-hook": [
        "6:16: environment.on_game_step is 'hooks:before', but the source is env.py; write env:before"
    ],
    "source-escapes-root": [
        "5:10: environment.source is '../missing-callable/env.py', which leads out of the experiment's folder; "
        "move it inside"
    ],
    "source-is-no-python": ["5:10: environment.source is 'notes.txt'; it must be a .py file or a folder"],
    "study-named-igbuild": [
        "5:10: environment.source 'study' has a module 'igbuild'; rename it, the name is taken"
    ],
    "unknown-render-mode": ["8:10: game.render is the string 'rgb'; did you mean \"rgb_array\"?"],
    "fps-out-of-range": ["8:7: game.fps is the integer 500; it must be at most 240"],
    "picture-too-large": [
        "8:9: game.width is the integer 10000; it must be at most 4096",
        "9:10: game.height is the integer 8; it must be at least 16",
    ],
    "unknown-key-name": [
        "8:1: controls.keys has the key 'Left', which no keyboard reports; did you mean \"ArrowLeft\"?",
        "9:1: controls.keys has the key 'KeyD', which no keyboard reports; did you mean \"d\"?",
        "10:1: controls.keys has the key 'Space', which no keyboard reports; did you mean \" \"?",
        "11:1: controls.keys has the key 'ArrowUpp', which no keyboard reports; did you mean \"ArrowUp\"?",
    ],
    "broken-key-combination": [
        "8:1: controls.keys has the key 'a+', which is not a key nor keys joined by '+'"
    ],
    "same-keys-twice": ["8:8: controls.keys has 'a+b' and 'b+a', which are the same keys; keep one"],
    "action-not-a-number": [
        "8:18: controls.default_action is the string 'stay'; an action is an integer, or a list of numbers",
        "9:14: controls.keys.a is an array with the boolean true; "
        "an action is an integer, or a list of numbers",
    ],
    "global-not-an-identifier": [
        "8:1: environment.globals has the name 'max-speed', which cannot be a keyword argument in Python; "
        'did you mean "max_speed"?'
    ],
    "global-of-unknown-type": [
        "8:9: environment.globals.speed is the string 'integer'; did you mean \"int\"?"
    ],
    "global-default-of-wrong-type": [
        '8:35: environment.globals.speed.default holds the float 1.5, but the type is "int"; '
        "change one of them"
    ],
    "global-default-not-a-choice": [
        "8:48: environment.globals.speed.choices does not hold the default 4; add it, or change the default"
    ],
    "global-also-in-kwargs": [
        "9:1: environment.globals has 'speed', which environment.kwargs fixes; keep one of them "
        "(a global's own value for everyone is its default)"
    ],
    "date-in-kwargs": [
        "6:18: environment.kwargs.day has the date or time 2026-01-31, which JSON does not know; "
        'quote it: "2026-01-31"'
    ],
    "unknown-colour": [
        '8:14: game.background is \'bleu\'; a colour is "#rgb", "#rrggbb" or a name; did you mean "blue"?'
    ],
    "unknown-hud-name": [
        "8:7: game.hud has {points}; it can show {score} {step} {max_steps} {episode} {episodes} {time_left} "
        "{player} and {score.AGENT}"
    ],
    "missing-assets-folder": [
        "8:10: assets.folder is 'image', which is not a folder; did you mean 'images'?"
    ],
    "missing-atlas-file": [
        "9:27: assets.atlases.chefs.image is 'chef.png', which does not exist; did you mean 'chefs.png'?"
    ],
    "malformed-package": ["8:3: environment.packages[1] has 'gymnasium =>1', which is neither a requirement"],
    "package-by-url": [
        "6:13: environment.packages[0] has the URL 'https://example.org/lib.whl', and a lock holds none; "
        "name the package 'lib' alone, or download the wheel and give its path"
    ],
    "package-listed-twice": [
        "6:12: environment.packages lists 'numpy' twice; keep one line with all its conditions"
    ],
    "missing-local-package": ["6:13: environment.packages has './mylib', which does not exist"],
    "out-over-source": [
        "8:7: bundle.out is '.', where the experiment itself lies; use a folder of its own, as \"dist\""
    ],
    "human-is-a-bot": ["8:14: players.humans has '1', which is a bot too; keep one"],
    "bot-without-policy": [
        '7:1: players.bots.red needs either policy = "module:callable" or onnx = "file.onnx"'
    ],
    "missing-onnx-model": ["8:16: players.bots.red.onnx is 'red.onnx', which does not exist"],
    "controls-of-nobody": [
        "9:11: players.names has 'bleu', who is neither a human nor a bot; did you mean 'blue'?",
        "11:1: controls.agents has 'rad', whom no one of players.humans plays; did you mean 'red'?",
    ],
    "missing-pyodide-folder": ["8:8: pyodide.base is 'pyodide', which is not a folder nor a URL"],
    "several-mistakes": [
        "2:1: [experiment] has no key 'nmae'; did you mean 'name'?",
        "5:15: environment.entry_point is 'env'; it must be \"module:callable\", as in \"env:make_env\"",
        "8:7: game.fps is the integer 0; it must be at least 1",
        "9:14: game.background is '#12345'; a colour is \"#rgb\", \"#rrggbb\" or a name",
    ],
}


@pytest.mark.parametrize("project", MISTAKES)
def test_each_mistake_is_named_with_its_place_and_a_way_out(project: str) -> None:
    path = PROJECTS / project / "experiment.toml"
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    error = caught.value
    lines = error.message.split("\n")
    assert len(lines) == len(MISTAKES[project]), error.message
    for line, expected in zip(lines, MISTAKES[project], strict=True):
        assert line.startswith(f"{path}:{expected}")
    assert error.exit_code == 2
    assert [f"{p.line}:{p.column}: {p.message}" for p in error.problems] == [
        line.removeprefix(f"{path}:") for line in lines
    ]
    assert (error.path, error.line, error.column) == (path, error.problems[0].line, error.problems[0].column)


def test_a_missing_file_names_both_ways_on(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert caught.value.message == (
        f"{path}: there is no such file; name yours with -c PATH, or make a new experiment with igbuild init DIR"
    )


def test_a_folder_is_not_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder; name the file: -c .*experiment.toml"):
        load_experiment(tmp_path)


def test_an_empty_file_lacks_both_required_sections(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text("")
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert [problem.message.split(";")[0] for problem in caught.value.problems] == [
        "the section [experiment] is missing",
        "the section [environment] is missing",
    ]
