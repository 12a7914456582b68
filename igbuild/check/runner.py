"""Where the probe runs: a Python of this machine, or Pyodide in whatever there is to run it in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from igbuild.check.chromium import ChromiumPyodide, NoChromium, find_chromium
from igbuild.check.native import NativePython

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from igbuild.check.plan import Job
    from igbuild.check.stage import Stage
    from igbuild.config import Experiment
    from igbuild.console import Console
    from igbuild.packages.cache import Store

Result = TypeVar("Result")


class Runner(Protocol):
    """A Python, wherever it is, that answers the probe's requests."""

    @property
    def name(self) -> str:
        """What it is, for the report."""

    @property
    def installer(self) -> str:
        """Command that installs packages into it; empty if they are locked."""

    def run(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Answer jobs, each in a Python of its own."""


def run_in(
    where: str,
    experiment: Experiment,
    act: Callable[[Runner], Result],
    *,
    python: Path | None = None,
    store: Store | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Result:
    """Do something with a Python that has the experiment's study.

    Args:
        where: `native`, or `pyodide` for the browser's Python: in Chromium, or where there is none that works
            in Node.js.
        experiment: whose study.
        act: what to do; done again from its beginning where Chromium turns out to be of no use.
        python: the Python to use natively; igbuild's own by default.
        store: the cache; the usual one by default. Only `pyodide` uses it.
        offline: fetch nothing.
        console: hears what takes long.

    Raises:
        ToolMissing: there is nothing to run it in.
        IgbuildError: Python ended without an answer; or, in `pyodide`, its parts cannot be had (as
            `igbuild.packages.api.locked` and `wheel_files`).
    """
    if where == "native":
        return act(NativePython(experiment, python))
    from igbuild.check.stage import make_stage  # noqa: PLC0415 - only Pyodide needs a lock
    from igbuild.packages.cache import Store  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="igbuild-check-") as folder:
        stage = make_stage(experiment, Path(folder), store or Store(), offline=offline, console=console)
        return _in_pyodide(stage, act, console)


def _in_pyodide(stage: Stage, act: Callable[[Runner], Result], console: Console | None) -> Result:
    executable = find_chromium()
    if executable is not None:
        try:
            return act(ChromiumPyodide(stage, executable))
        except NoChromium as error:
            if console is not None:
                console.warn(f"{executable} is of no use ({error}); trying Node.js")
    from igbuild.check.node import NodePyodide  # noqa: PLC0415 - only where there is no Chromium

    return act(NodePyodide(stage, console))
