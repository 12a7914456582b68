"""What can be told of an entry point without running the study's code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from igbuild.config import load_experiment
from igbuild.config.entry_point import missing_module, missing_name, module_file

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = {
    "a function": "def make(): ...",
    "a class": "class make: ...",
    "a value": "make = print",
    "one of several values": "a, (make, *b) = 1, (2, 3)",
    "an annotated value": "make: int = 1",
    "an import": "from x import y as make",
    "a plain import": "import make.other",
    "a conditional definition": "try:\n    import x\nexcept ImportError:\n    def make(): ...",
    "a star import, which may bring it": "from x import *",
    "names made on demand": "def __getattr__(name): ...",
    "syntax of another Python version": "def make[T = int(: ...",
}


@pytest.mark.parametrize("source", SOURCES.values(), ids=SOURCES.keys())
def test_a_name_that_may_be_there_is_not_refused(source: str, tmp_path: Path) -> None:
    file = tmp_path / "env.py"
    file.write_text(source)
    assert missing_name("env:make", file) is None


@pytest.mark.parametrize(
    "source", ["", "def other():\n    make = 1", "class A:\n    def make(self): ...", "make"]
)
def test_a_name_that_cannot_be_there_is_refused(source: str, tmp_path: Path) -> None:
    file = tmp_path / "env.py"
    file.write_text(source)
    assert missing_name("env:make", file) == "env.py has no 'make'"


def test_modules_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "games" / "duo").mkdir(parents=True)
    (tmp_path / "env.py").touch()
    (tmp_path / "games" / "__init__.py").touch()
    (tmp_path / "games" / "duo" / "env.py").touch()
    assert module_file("env", tmp_path) == tmp_path / "env.py"
    assert module_file("games", tmp_path) == tmp_path / "games" / "__init__.py"
    assert module_file("games.duo.env", tmp_path) == tmp_path / "games" / "duo" / "env.py"
    assert module_file("games.duo", tmp_path) is None
    assert missing_module("games.duo.evn:x", tmp_path) == (
        f"{tmp_path.name} holds no module 'games.duo.evn'; did you mean 'games.duo.env'?"
    )


@pytest.mark.parametrize(
    "package", ["Gym-Games[all]>=1", "./wheels/gym_games-1.0-py3-none-any.whl", "./gym_games"]
)
def test_an_entry_point_may_lie_in_a_package(package: str, tmp_path: Path) -> None:
    (tmp_path / "env.py").touch()
    (tmp_path / "wheels").mkdir()
    (tmp_path / "wheels" / "gym_games-1.0-py3-none-any.whl").touch()
    (tmp_path / "gym_games").mkdir()
    path = tmp_path / "experiment.toml"
    path.write_text(
        f'[experiment]\nname = "x"\n'
        f'[environment]\npackages = ["{package}"]\nentry_point = "gym_games.maze:Maze"\n'
    )
    assert load_experiment(path).config.environment.entry_point == "gym_games.maze:Maze"
