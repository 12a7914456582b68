"""The errors a user can meet, each with its exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import click

if TYPE_CHECKING:
    from pathlib import Path


class IgbuildError(click.ClickException):
    """A failure explained to the user: what, where, why, and one way out."""

    exit_code: ClassVar[int] = 1


class ConfigError(IgbuildError):
    """A mistake in experiment.toml or on the command line.

    Args:
        message: what is wrong and one way out.
        path: the file that holds the mistake.
        line: 1-based line, where known.
        column: 1-based column, where known.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        path: Path | None = None,
        line: int | None = None,
        column: int | None = None,
    ) -> None:
        where = ":".join(str(part) for part in (path, line, column) if part is not None)
        super().__init__(f"{where}: {message}" if where else message)
        self.path = path
        self.line = line
        self.column = column


class LockOutOfDate(IgbuildError):
    """pyodide-lock.json no longer answers experiment.toml."""

    exit_code = 3


class ToolMissing(IgbuildError):
    """A program igbuild needs (npm, uv, esbuild) could not be found or run."""

    exit_code = 4


class IntegrityError(IgbuildError):
    """Bytes that do not have the pinned hash; nothing of them was kept."""

    exit_code = 5
