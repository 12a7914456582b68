"""`igbuild check`: read the experiment, check it, print the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from igbuild.check.report import show
from igbuild.check.run import check_experiment
from igbuild.config import load_experiment

if TYPE_CHECKING:
    from pathlib import Path

    from igbuild.console import Console


def check_command(
    config: Path,
    *,
    where: str,
    python: Path | None,
    frames: int,
    seeds: tuple[int, ...],
    offline: bool,
    as_json: bool,
    console: Console,
) -> None:
    """Check, print, and end with exit code 1 if something failed.

    Raises:
        click.UsageError: `--python` together with `--in pyodide`.
    """
    if python is not None and where == "pyodide":
        raise click.UsageError("--python is the Python of a native check; leave it out, or --in pyodide.")
    report = check_experiment(
        load_experiment(config),
        where=where,
        python=python,
        frames=frames,
        seeds=seeds,
        offline=offline,
        console=console,
    )
    if as_json:
        console.json(report.to_json())
    else:
        show(report, console)
    if not report.ok:
        raise click.exceptions.Exit(1)
