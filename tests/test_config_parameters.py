"""Arguments of the TOML against what the entry point takes, told from its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from igbuild.config import load_experiment
from igbuild.config.parameters import Parameters, parameters
from igbuild.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = {
    "a function": ("def make(a, b=1, *, c, d=2): ...", Parameters(("a", "b", "c", "d"), ("a", "c"))),
    "anything by name": ("def make(a, **rest): ...", Parameters(None, ("a",))),
    "by position only": ("def make(a=1, /, b=2, *rest): ...", Parameters(("b",), ())),
    "a class": ("class make(Env):\n    def __init__(self, a, b=1): ...", Parameters(("a", "b"), ("a",))),
    "a class of nothing": ("class make: ...", Parameters((), ())),
}
UNKNOWN = {
    "a decorated function": "@wrap\ndef make(): ...",
    "a decorated class": "@dataclass\nclass make:\n    a: int",
    "a class that inherits": "class make(Env): ...",
    "a class made otherwise": "class make:\n    def __new__(cls, a): ...",
    "a metaclass": "class make(metaclass=Kind): ...",
    "a value": "make = other",
    "two definitions": "def make(): ...\ndef make(a): ...",
    "one that is conditional": "if x:\n    def make(): ...",
    "an import": "from other import make",
    "a star import behind it": "def make(): ...\nfrom other import *",
    "no Python": "def make(",
}
TOML = """\
[experiment]
name = "x"
[environment]
entry_point = "env:make"
kwargs = {{ {kwargs} }}
[environment.globals]
{globals}
[players.bots]
{bots}
"""


@pytest.mark.parametrize(("code", "expected"), KNOWN.values(), ids=KNOWN.keys())
def test_parameters_are_read(code: str, expected: Parameters, tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text(code)
    assert parameters("env:make", tmp_path) == expected


@pytest.mark.parametrize("code", UNKNOWN.values(), ids=UNKNOWN.keys())
def test_what_cannot_be_told_is_not_judged(code: str, tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text(code)
    assert parameters("env:make", tmp_path) is None


def mistakes(folder: Path, code: str, kwargs: str = "", globals_: str = "", bots: str = "") -> list[str]:
    (folder / "env.py").write_text(code)
    path = folder / "experiment.toml"
    path.write_text(TOML.format(kwargs=kwargs, globals=globals_, bots=bots))
    try:
        load_experiment(path)
    except ConfigError as error:
        return [f"{problem.line}:{problem.column} {problem.message}" for problem in error.problems]
    return []


def test_each_misnamed_argument_is_named_with_its_place(tmp_path: Path) -> None:
    code = "def make(difficulty='easy', size=3): ...\nclass Bot:\n    def __init__(self, stay): ..."
    bots = 'a = { policy = "env:Bot", kwargs = { sty = 1 } }'
    assert mistakes(tmp_path, code, "difficulty = 'hard'", 'size = "int"') == []
    lacks = "which env:make has no parameter for"
    assert mistakes(tmp_path, code, "width = 3", 'difficulti = "str"', bots) == [
        "5:12 environment.kwargs has 'width', which env:make has no parameter for; it takes difficulty, size",
        f"7:1 environment.globals has 'difficulti', {lacks}; did you mean 'difficulty'?",
        "9:38 players.bots.a.kwargs has 'sty', which env:Bot has no parameter for; did you mean 'stay'?",
    ]


def test_an_argument_that_nothing_gives_is_named_once(tmp_path: Path) -> None:
    code = "def make(size): ..."
    assert mistakes(tmp_path, code, globals_='size = "int"') == []
    [missing] = mistakes(tmp_path, code)
    assert missing.startswith(
        "4:15 environment.entry_point is 'env:make', which cannot be called without 'size';"
    )
    assert len(mistakes(tmp_path, code, globals_='siz = "int"')) == 1
