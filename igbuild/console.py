"""What igbuild says: steps on standard error, results on standard output."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rich.console import Console as RichConsole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rich.table import Table

    Report = Callable[[str, int, int | None], None]
    """Hears what is worked on, how many bytes are done, and of how many where known."""


@dataclass
class Console:
    """Steps, warnings, tables and JSON, as loud as the user asked for.

    Rich honours NO_COLOR and FORCE_COLOR, and draws no progress bars into a pipe.

    Attributes:
        verbosity: -1 quiet (results and errors only), 0 normal, 1 verbose.
    """

    verbosity: int = 0
    err: RichConsole = field(
        default_factory=lambda: RichConsole(stderr=True, highlight=False, soft_wrap=True, emoji=False)
    )
    out: RichConsole = field(
        default_factory=lambda: RichConsole(highlight=False, soft_wrap=True, emoji=False)
    )

    def step(self, text: str) -> None:
        """Say what is being done now."""
        if self.verbosity >= 0:
            self.err.print(f"* {text}", markup=False)

    def detail(self, text: str) -> None:
        """Say what only a curious user wants to know."""
        if self.verbosity > 0:
            self.err.print(f"  {text}", markup=False, style="dim")

    def warn(self, text: str) -> None:
        """Say what the user should look at; shown even when quiet."""
        self.err.print(f"! {text}", markup=False, style="yellow")

    def result(self, text: str) -> None:
        """Print what the command was asked for."""
        self.out.print(text, markup=False)

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
        self.out.print(json.dumps(value, indent=2, ensure_ascii=False), markup=False)
