"""Entry points and participants' parameters: imported, typed, and refused with a reason."""

from __future__ import annotations

import gymnasium
import pytest
from gymnasium import spaces

from igbuild.runtime.entry import check_globals, load_object
from igbuild.runtime.errors import EntryPointError, GlobalsError


def test_an_entry_point_is_imported():
    assert load_object("gymnasium:make", "x") is gymnasium.make
    assert load_object("gymnasium.spaces:Discrete.contains", "x") is spaces.Discrete.contains


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("nowhere:make", "there is no module 'nowhere'"),
        ("gymnasium.nowhere:make", "there is no module 'gymnasium.nowhere'"),
        ("gymnasium:mak", "has no 'mak'. Did you mean \"make\""),
        ("gymnasium", 'write it as "module:callable"'),
        ("needs_scipy:make", "needs the module 'scipy_of_the_future'"),
    ],
)
def test_an_entry_point_that_does_not_import_says_why(point, words, tmp_path, monkeypatch):
    (tmp_path / "needs_scipy.py").write_text("import scipy_of_the_future\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EntryPointError) as caught:
        load_object(point, "environment.entry_point")
    assert words in str(caught.value)
    assert str(caught.value).startswith(f'environment.entry_point is "{point}"')


def test_an_exception_of_the_module_itself_is_let_through(tmp_path, monkeypatch):
    (tmp_path / "raises_at_import.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ZeroDivisionError):
        load_object("raises_at_import:make", "x")


DECLARED = {
    "speed": {"type": "float", "default": 1.0},
    "level": {"type": "int", "choices": [1, 2]},
    "name": {"type": "str"},
    "easy": {"type": "bool"},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"speed": 1.0}),
        ({"speed": 3}, {"speed": 3.0}),
        ({"speed": "2.5", "level": "2"}, {"speed": 2.5, "level": 2}),
        ({"name": "7", "easy": True}, {"speed": 1.0, "name": "7", "easy": True}),
        ({"easy": "0"}, {"speed": 1.0, "easy": False}),
    ],
)
def test_globals_are_typed(given, expected):
    values = check_globals(given, DECLARED)
    assert values == expected
    assert [type(value) for value in values.values()] == [type(value) for value in expected.values()]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"colour": 1}, "'colour' is not a parameter of this experiment; it has: speed, level, name, easy"),
        ({"level": 3}, "'level' is one of 1, 2, not 3"),
        ({"level": 1.5}, "'level' is of type int, not 1.5"),
        ({"level": True}, "'level' is of type int, not True"),
        ({"speed": "fast"}, "'speed' is of type float, not 'fast'"),
        ({"name": 7}, "'name' is of type str, not 7"),
        ({"easy": "maybe"}, "'easy' is of type bool"),
    ],
)
def test_globals_that_do_not_fit_are_refused(given, words):
    with pytest.raises(GlobalsError) as caught:
        check_globals(given, DECLARED)
    assert words in str(caught.value)
