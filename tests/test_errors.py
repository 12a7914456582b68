"""Errors: their texts, places and exit codes."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from igbuild import errors
from igbuild.errors import ConfigError, IgbuildError, Problem


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("IgbuildError", 1),
        ("ConfigError", 2),
        ("LockOutOfDate", 3),
        ("ToolMissing", 4),
        ("IntegrityError", 5),
    ],
)
def test_each_error_ends_the_command_with_its_code_and_its_message_alone(name: str, code: int) -> None:
    @click.command()
    def command() -> None:
        raise getattr(errors, name)("what; one way out")

    result = CliRunner().invoke(command)
    assert result.exit_code == code
    assert result.stderr == "Error: what; one way out\n"


def test_a_place_stands_before_the_message_as_far_as_it_is_known() -> None:
    path = Path("a") / "experiment.toml"
    assert ConfigError("m", path=path, line=3, column=7).message == f"{path}:3:7: m"
    assert ConfigError("m", path=path, line=3).message == f"{path}:3: m"
    assert ConfigError("m", path=path).message == f"{path}: m"
    assert str(ConfigError("m")) == "m"


def test_several_problems_are_one_error_in_the_order_of_the_file() -> None:
    error = ConfigError.of(
        [Problem("late", 9, 1), Problem("early", 2, 5), Problem("early too", 2, 8)], Path("f")
    )
    assert error.message == "f:2:5: early\nf:2:8: early too\nf:9:1: late"
    assert (error.line, error.column) == (2, 5)
    assert [problem.message for problem in error.problems] == ["early", "early too", "late"]
    assert isinstance(error, IgbuildError)


def test_one_error_is_one_problem() -> None:
    assert ConfigError("m", line=1, column=2).problems == (Problem("m", 1, 2),)
