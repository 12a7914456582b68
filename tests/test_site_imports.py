"""Imports that must fail in the browser stop the build; those that may be fine do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from igbuild.config import Experiment, load_experiment
from igbuild.site.imports import check_imports
from igbuild.site.study import StudyError, check_syntax

if TYPE_CHECKING:
    from pathlib import Path

TOML = """\
[experiment]
name = "test"
[environment]
source = "{source}"
entry_point = "env:make"
"""

FINE = {
    "the standard library": "import os.path, json, dataclasses",
    "what is newer than this Python": "import annotationlib",
    "the runtime": "from igbuild.runtime import Surface",
    "pyodide's own": "import js, pyodide.ffi",
    "a package of the lock": "import numpy.random",
    "a module of the study": "import helper",
    "a name of a module of the study": "from helper import x",
    "a folder without __init__": "from parts import wheel\nimport parts.wheel",
    "a relative import": "from . import helper",
    "caught": "try:\n    import nosuchthing\nexcept ImportError:\n    nosuchthing = None",
    "suppressed": "from contextlib import suppress\nwith suppress(ImportError):\n    import nosuchthing",
    "only for type checkers": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
    "in a function": "def plot():\n    import matplotlib",
    "a path of one's own": "import sys\nsys.path.append('lib')\nimport nosuchthing",
    "not imported by anything": "",
}

LOST = {
    "a package not asked for": ("import pandas", 1, "add the package that holds it"),
    "of it": ("x = 1\nfrom pandas import DataFrame", 2, "imports pandas, .*add the package"),
    "a slip": ("import randon", 1, 'did you mean "random"'),
    "a slip in the study": ("import helpr", 1, 'did you mean "helper"'),
    "a window": ("import tkinter", 1, "needs a desktop window"),
    "gone from Python": ("import telnetlib", 1, "3.14, the browser's, has no longer"),
    "through another module": ("import deep", 3, "deep.py:3: this imports nosuchthing"),
    "in a class": ("class Env:\n    import nosuchthing", 2, "nosuchthing"),
}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "helper.py").write_text("x = 1\n")
    (tmp_path / "deep.py").write_text("import os\n\nimport nosuchthing\n")
    (tmp_path / "unused.py").write_text("import pytest\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/wheel.py").write_text("")
    return tmp_path


def experiment(folder: Path, code: str, source: str = ".") -> Experiment:
    (folder / "env.py").write_text(f"{code}\ndef make(): ...\n")
    (folder / "experiment.toml").write_text(TOML.format(source=source))
    return load_experiment(folder / "experiment.toml")


@pytest.mark.parametrize("code", FINE.values(), ids=FINE.keys())
def test_an_import_that_may_succeed_is_let_through(code: str, study: Path) -> None:
    check_imports(experiment(study, code), frozenset({"numpy"}))


@pytest.mark.parametrize(("code", "line", "message"), LOST.values(), ids=LOST.keys())
def test_an_import_that_must_fail_is_named_with_its_line(
    code: str, line: int, message: str, study: Path
) -> None:
    with pytest.raises(StudyError, match=message) as caught:
        check_imports(experiment(study, code), frozenset({"numpy"}))
    assert caught.value.line == line


def test_a_module_beside_a_single_file_is_not_shipped(study: Path) -> None:
    with pytest.raises(StudyError, match=r'helper, which lies beside env\.py .*source = "\."'):
        check_imports(experiment(study, "from helper import x", "env.py"), frozenset())


UNCOMPILABLE = {
    "a late future": "import os\nfrom __future__ import annotations\n",
    "a break outside a loop": "break\n",
    "a return outside a function": "return 1\n",
    "an await outside a function": "def f():\n    await g()\n",
}


@pytest.mark.parametrize("code", UNCOMPILABLE.values(), ids=UNCOMPILABLE.keys())
def test_python_that_parses_but_does_not_compile_is_refused(code: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"env\.py:\d+") as caught:
        check_syntax({"env.py": code.encode()}, tmp_path, (3, 14))
    assert "the browser has" not in caught.value.message


def test_a_place_is_told_as_one_would_type_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StudyError, match=r"^env\.py:1:6: "):
        check_syntax({"env.py": b"xy = = 1"}, tmp_path, None)
    with pytest.raises(StudyError, match=f"^{tmp_path.parent}/env.py:1:6: "):
        check_syntax({"env.py": b"xy = = 1"}, tmp_path.parent, None)


NEWER = {
    "template strings": "x = t'{1}'\n",
    "bare exceptions": "try: pass\nexcept A, B: pass\n",
}


@pytest.mark.parametrize("code", NEWER.values(), ids=NEWER.keys())
def test_newer_syntax_may_be_the_browsers(code: str, tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"the browser has 3\.99"):
        check_syntax({"env.py": code.encode()}, tmp_path, (3, 99))
