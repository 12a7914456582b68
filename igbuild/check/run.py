"""`check_experiment`: plan, act, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igbuild.check.imports import check_imports
from igbuild.check.plan import FRAMES, SEEDS, make_plan
from igbuild.check.probe.line import first_mismatch, path_of
from igbuild.check.report import CheckReport, Finding
from igbuild.check.runner import run_in

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from igbuild.check.plan import Plan
    from igbuild.check.runner import Runner
    from igbuild.config import Experiment
    from igbuild.console import Console
    from igbuild.packages.cache import Store

PROCESSES = "two processes"


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

    def act(runner: Runner) -> tuple[Runner, list[Finding]]:
        plan = make_plan(experiment, frames=frames, seeds=seeds, installer=runner.installer)
        return runner, _act(plan, runner, console)

    runner, findings = run_in(
        where, experiment, act, python=python, store=store, offline=offline, console=console
    )
    return CheckReport(experiment.config.experiment.name, where, runner.name, (imports, *findings))


def _act(plan: Plan, runner: Runner, console: Console | None) -> list[Finding]:
    if console is not None:
        console.step(f"checking in {runner.name}")
    checked, other = runner.run(plan.checks())
    findings = [Finding(**found) for found in checked["findings"]]
    place = next(index for index, found in enumerate(findings) if found.name == "same seed") + 1
    skipped = findings[place - 1].verdict == "skip"
    findings.insert(place, _skipped() if skipped else _processes(checked, other, plan, runner))
    return findings


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
