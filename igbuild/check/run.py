"""`check_experiment`: plan, act, report."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from igbuild.check.chromium import ChromiumPyodide, NoChromium, find_chromium
from igbuild.check.imports import check_imports
from igbuild.check.native import NativePython
from igbuild.check.plan import FRAMES, SEEDS, make_plan
from igbuild.check.probe.line import first_mismatch, path_of
from igbuild.check.report import CheckReport, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from igbuild.check.plan import Job, Plan
    from igbuild.config import Experiment
    from igbuild.console import Console
    from igbuild.packages.cache import Store

PROCESSES = "two processes"


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


def check_experiment(
    experiment: Experiment,
    *,
    where: str = "native",
    python: Path | None = None,
    frames: int = FRAMES,
    seeds: Sequence[int] = SEEDS,
    store: Store | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> CheckReport:
    """Check an experiment's environment by running it.

    Args:
        experiment: to check.
        where: `native`, or `pyodide` for the browser's Python.
        python: the Python to use natively; igbuild's own by default.
        frames: of each run.
        seeds: a run for each.
        store: the cache; the usual one by default. Only `pyodide` uses it.
        offline: fetch nothing.
        console: hears what takes long.

    Raises:
        ToolMissing: there is nothing to run it in.
        IgbuildError: the environment ended the Python that it ran in; or, in `pyodide`, its parts cannot be
            had (as `igbuild.packages.api.locked` and `wheel_files`).
    """
    imports = check_imports(experiment)
    if where == "native":
        runner: Runner = NativePython(experiment, python)
        plan = make_plan(experiment, frames=frames, seeds=seeds, installer=runner.installer)
        return _report(experiment, where, imports, *_act(plan, runner, console))
    plan = make_plan(experiment, frames=frames, seeds=seeds, installer="")
    with _stage(experiment, store, offline=offline, console=console) as stage:
        return _report(experiment, where, imports, *_in_pyodide(plan, stage, console))


def _report(
    experiment: Experiment, where: str, imports: Finding, runner: Runner, findings: Sequence[Finding]
) -> CheckReport:
    return CheckReport(experiment.config.experiment.name, where, runner.name, (imports, *findings))


@contextmanager
def _stage(
    experiment: Experiment, store: Store | None, *, offline: bool, console: Console | None
) -> Iterator[Any]:
    from igbuild.check.stage import make_stage  # noqa: PLC0415 - a native check needs no lock
    from igbuild.packages.cache import Store  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="igbuild-check-") as folder:
        yield make_stage(experiment, Path(folder), store or Store(), offline=offline, console=console)


def _in_pyodide(plan: Plan, stage: Any, console: Console | None) -> tuple[Runner, list[Finding]]:
    """Act in Chromium where there is one that works, else in Node."""
    executable = find_chromium()
    if executable is not None:
        try:
            return _act(plan, ChromiumPyodide(stage, executable), console)
        except NoChromium as error:
            if console is not None:
                console.warn(f"{executable} is of no use ({error}); trying Node.js")
    from igbuild.check.node import NodePyodide  # noqa: PLC0415 - only where there is no Chromium

    return _act(plan, NodePyodide(stage, console), console)


def _act(plan: Plan, runner: Runner, console: Console | None) -> tuple[Runner, list[Finding]]:
    if console is not None:
        console.step(f"checking in {runner.name}")
    checked, other = runner.run(plan.checks())
    findings = [Finding(**found) for found in checked["findings"]]
    place = next(index for index, found in enumerate(findings) if found.name == "same seed") + 1
    skipped = findings[place - 1].verdict == "skip"
    findings.insert(place, _skipped() if skipped else _processes(checked, other, plan, runner))
    return runner, findings


def _skipped() -> Finding:
    return Finding(PROCESSES, "skip", "needs what failed above")


def _processes(checked: dict[str, Any], other: dict[str, Any], plan: Plan, runner: Runner) -> Finding:
    """Compare the runs of two processes whose sets are ordered differently."""
    if "error" in other:
        return Finding(PROCESSES, "fail", f"only with PYTHONHASHSEED=1: {other['error']}", _ADVICE)
    for seed, frames in checked["frames"].items():
        wrong = first_mismatch(
            *([tuple(frame) for frame in side] for side in (frames, other["frames"][seed]))
        )
        if wrong is None:
            continue
        number, parts = wrong
        documents = [answer.get("document") for answer in runner.run(plan.states(int(seed), number))]
        message = f"seed {seed}: frame {number} differs in {' and '.join(parts)}{path_of(*documents)}"
        data = {"seed": int(seed), "frame": number, "parts": parts}
        return Finding(PROCESSES, "fail", message, _ADVICE, data)
    count = sum(len(frames) - 1 for frames in checked["frames"].values())
    return Finding(PROCESSES, "pass", f"{count} frames: the same with PYTHONHASHSEED 0 and 1")


_ADVICE = (
    "Let nothing depend on the order of a set of strings (sort it), on hash() or id(), on the clock, or on "
    "generators that reset(seed) does not seed."
)
