"""What igbuild says: steps on standard error, results on standard output."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.console import Console as RichConsole
    from rich.table import Table

    Report = Callable[[str, int, int | None], None]
    """Hears what is worked on, how many bytes are done, and of how many where known."""


class Console:
    """Steps, warnings, tables and JSON, as loud as the user asked for.

    Rich honours NO_COLOR and FORCE_COLOR, and draws no progress bars into a pipe. It takes longer to load
    than a quick command takes, so plain lines do without it until something needs it.

    Args:
        verbosity: -1 quiet (results and errors only), 0 normal, 1 verbose.
        err: where steps and warnings go; by default standard error.
        out: where results go; by default standard output.
    """

    def __init__(
        self, verbosity: int = 0, *, err: RichConsole | None = None, out: RichConsole | None = None
    ) -> None:
        self.verbosity = verbosity
        self._err = err
        self._out = out

    @property
    def err(self) -> RichConsole:
        """Standard error."""
        if self._err is None:
            self._err = _rich(stderr=True)
        return self._err

    @property
    def out(self) -> RichConsole:
        """Standard output."""
        if self._out is None:
            self._out = _rich(stderr=False)
        return self._out

    def step(self, text: str) -> None:
        """Say what is being done now."""
        if self.verbosity >= 0:
            _plain(f"* {text}", self._err, err=True)

    def detail(self, text: str) -> None:
        """Say what only a curious user wants to know."""
        if self.verbosity > 0:
            self.err.print(f"  {text}", markup=False, style="dim")

    def warn(self, text: str) -> None:
        """Say what the user should look at; shown even when quiet."""
        self.err.print(f"! {text}", markup=False, style="yellow")

    def result(self, text: str) -> None:
        """Print what the command was asked for."""
        _plain(text, self._out, err=False)

    def table(self, table: Table) -> None:
        """Print a table, unless quiet."""
        if self.verbosity >= 0:
            self.out.print(table)

    @contextmanager
    def progress(self) -> Iterator[Report]:
        """Show a bar for each thing reported while the block runs; nothing into a pipe or when quiet."""
        from rich.progress import (  # noqa: PLC0415 - most commands show no bar
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TransferSpeedColumn,
        )

        with Progress(
            TextColumn("  {task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TransferSpeedColumn(),
            console=self.err,
            transient=True,
            disable=self.verbosity < 0 or not self.err.is_terminal,
        ) as bars:
            tasks: dict[str, Any] = {}

            def report(name: str, done: int, total: int | None) -> None:
                if name not in tasks:
                    tasks[name] = bars.add_task(name, total=total)
                bars.update(tasks[name], completed=done, total=total)

            yield report

    def json(self, value: Any) -> None:
        """Print a value as JSON, for programs to read."""
        self.result(json.dumps(value, indent=2, ensure_ascii=False))


def _rich(*, stderr: bool) -> RichConsole:
    from rich.console import Console as RichConsole  # noqa: PLC0415 - see above

    return RichConsole(stderr=stderr, highlight=False, soft_wrap=True, emoji=False)


def _plain(text: str, console: RichConsole | None, *, err: bool) -> None:
    """Print a line without style; through the console if there is one, which may be drawing bars."""
    if console is None:
        click.echo(text, err=err)
    else:
        console.print(text, markup=False)
