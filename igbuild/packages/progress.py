"""Download progress on the terminal."""

from __future__ import annotations

from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from igbuild.console import Console
    from igbuild.packages.download import Report


@contextmanager
def bars(console: Console | None) -> Iterator[Report | None]:
    """Show a bar for each file that reports, as long as the block runs; nothing when quiet or in a pipe."""
    if console is None or console.verbosity < 0 or not console.err.is_terminal:
        yield None
        return
    from rich.progress import (  # noqa: PLC0415  # only a terminal needs it
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TransferSpeedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    tasks = {}
    alone = Lock()
    with Progress(*columns, console=console.err, transient=True) as progress:

        def report(name: str, done: int, total: int | None) -> None:
            with alone:
                if name not in tasks:
                    tasks[name] = progress.add_task(name.rpartition("/")[2], total=total)
            progress.update(tasks[name], completed=done, total=total)

        yield report
