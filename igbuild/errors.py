"""The errors a user can meet, each with its exit code."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterable


class IgbuildError(click.ClickException):
    """A failure explained to the user: what, where, why, and one way out."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True)
class Problem:
    """One mistake in a file.

    Attributes:
        message: what is wrong and one way out.
        line: 1-based line, where known.
        column: 1-based column in characters, where known.
    """

    message: str
    line: int | None = None
    column: int | None = None


class ConfigError(IgbuildError):
    """A mistake in experiment.toml or on the command line.

    Args:
        message: what is wrong and one way out.
        path: the file that holds the mistake.
        line: 1-based line, where known.
        column: 1-based column in characters, where known.
        more: further mistakes in the same file.

    Attributes:
        problems: every mistake, the one of the arguments first.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        path: Path | None = None,
        line: int | None = None,
        column: int | None = None,
        more: Iterable[Problem] = (),
    ) -> None:
        problems = (Problem(message, line, column), *more)
        super().__init__("\n".join(_located(p.message, path, p.line, p.column) for p in problems))
        self.path = path
        self.line = line
        self.column = column
        self.problems = problems

    @classmethod
    def of(cls, problems: Iterable[Problem], path: Path) -> ConfigError:
        """Make one error of one or more mistakes in a file, in the order of its lines."""
        first, *rest = sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0))
        return cls(first.message, path=path, line=first.line, column=first.column, more=rest)


def _located(message: str, *where: Path | int | None) -> str:
    place = ":".join(
        str(shown(part) if isinstance(part, Path) else part) for part in where if part is not None
    )
    return f"{place}: {message}" if place else message


def shown(path: Path) -> Path:
    """Return a path as a message names it: relative where it lies below the current folder."""
    with suppress(OSError, ValueError):  # the current folder may be gone
        return path.relative_to(Path.cwd())
    return path


class LockOutOfDate(IgbuildError):
    """pyodide-lock.json no longer answers experiment.toml."""

    exit_code = 3


class ToolMissing(IgbuildError):
    """A program igbuild needs (npm, uv, esbuild) could not be found or run."""

    exit_code = 4


class IntegrityError(IgbuildError):
    """Bytes that do not have the pinned hash; nothing of them was kept."""

    exit_code = 5
