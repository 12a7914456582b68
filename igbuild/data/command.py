"""`igbuild data`: find the data folder, read, print."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from igbuild.config import load_experiment
from igbuild.data.export import Format, export
from igbuild.data.imports import import_files
from igbuild.data.report import plain, show_sessions, show_verdicts, told_import
from igbuild.data.sessions import list_sessions
from igbuild.data.verdict import Agreement
from igbuild.data.verify import check_there, verify
from igbuild.errors import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from igbuild.config import Experiment
    from igbuild.console import Console
    from igbuild.data.verdict import VerifyReport

NATIVE = (
    "replaying in a Python of this machine: math.sin and its like, numpy's, matrix products and random.gauss "
    "give other last digits there than in the browser, so a difference may be this machine's; --in pyodide "
    "tells"
)


def list_command(config: Path, folder: Path | None, *, as_json: bool, console: Console) -> None:
    """Print the sessions."""
    sessions = list_sessions(folder_of(config, folder))
    if as_json:
        console.json([asdict(session) for session in sessions])
    else:
        show_sessions(sessions, console)


def export_command(
    config: Path,
    folder: Path | None,
    *,
    form: str | None,
    out: Path,
    session: str | None,
    per_player: bool,
    console: Console,
) -> None:
    """Write the tables, and say what is wrong with the data.

    Raises:
        click.UsageError: no format was named.
    """
    if form is None:
        raise click.UsageError("say how: --csv, --jsonl or --parquet.")
    report = export(folder_of(config, folder), out, Format(form), session=session, per_player=per_player)
    for problem in report.problems:
        console.warn(plain(problem))
    for file in report.files:
        console.result(f"{shown(file.path)}: {file.records} records")


def import_command(
    config: Path, folder: Path | None, *, files: Sequence[Path], as_json: bool, console: Console
) -> None:
    """Put posted or saved files into the store."""
    if folder is not None:
        report = import_files(files, folder)
    else:
        experiment = load_experiment(config)
        report = import_files(files, _folder(experiment), experiment.config.experiment.name)
    if as_json:
        console.json(asdict(report))
    else:
        console.result(told_import(report))


def verify_command(
    config: Path,
    folder: Path | None,
    *,
    where: str,
    python: Path | None,
    session: str | None,
    offline: bool,
    as_json: bool,
    console: Console,
) -> None:
    """Judge every episode, print, and end with exit code 1 if something differs.

    Raises:
        click.UsageError: `--python` without `--in native`.
    """
    if python is not None and where != "native":
        raise click.UsageError("--python names a Python of this machine; it goes with --in native.")
    if where == "none":
        report = verify(folder_of(config, folder), session)
    else:
        experiment = load_experiment(config)
        report = replayed(
            experiment,
            folder or _folder(experiment),
            session,
            where=where,
            python=python,
            offline=offline,
            console=console,
        )
    if as_json:
        console.json(report.to_json())
    else:
        show_verdicts(report, console)
    if not report.ok:
        raise click.exceptions.Exit(1)


def replayed(
    experiment: Experiment,
    data: Path,
    session: str | None = None,
    *,
    where: str = "pyodide",
    python: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> VerifyReport:
    """Compare the players' exports and replay them.

    Args:
        experiment: what was played.
        data: the data folder.
        session: only this one.
        where: `pyodide` for the Python that participants have, or `native`.
        python: the Python to use natively; igbuild's own by default.
        offline: fetch nothing.
        console: hears what takes long.

    Raises:
        LockOutOfDate: the lock is not the experiment's, so `pyodide` cannot be what was played in.
        IgbuildError: there is no such data, or as `igbuild.check.runner.run_in`.
    """
    from igbuild.check.runner import Runner, run_in  # noqa: PLC0415 - comparing alone needs none of it
    from igbuild.data.origin import origin_of  # noqa: PLC0415
    from igbuild.data.replay import Replayer  # noqa: PLC0415
    from igbuild.packages.api import locked  # noqa: PLC0415
    from igbuild.packages.cache import Store  # noqa: PLC0415

    check_there(data, session)
    if where == "pyodide":
        locked(experiment, Store(), frozen=True, offline=offline, console=console)
    origin = origin_of(experiment)

    def act(runner: Runner) -> VerifyReport:
        if console is not None:
            console.step(f"replaying in {runner.name}")
        return verify(data, session, Replayer(runner, experiment.config, origin).judge)

    report = run_in(where, experiment, act, python=python, offline=offline, console=console)
    if where == "native" and console is not None and report.count(Agreement.DESYNCED):
        console.warn(NATIVE)
    return report


def folder_of(config: Path, folder: Path | None) -> Path:
    """Return the data folder: the one given, or the one that the TOML names."""
    return folder or _folder(load_experiment(config))


def _folder(experiment: Experiment) -> Path:
    return experiment.root / experiment.config.server.data
