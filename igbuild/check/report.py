"""What a check found: plain data, and the way it is printed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from igbuild.console import Console

Verdict = Literal["pass", "warn", "fail", "skip"]

STYLES = {"pass": "green", "warn": "yellow", "fail": "bold red", "skip": "dim"}


@dataclass(frozen=True)
class Finding:
    """The outcome of one check.

    Attributes:
        name: of the check.
        verdict: `pass`, `warn` (it works, with a drawback), `fail`, or `skip` (something before failed).
        message: what was found.
        advice: one way out, where there is something to get out of.
        data: figures, as JSON data.
    """

    name: str
    verdict: Verdict
    message: str
    advice: str = ""
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class CheckReport:
    """All findings on one experiment.

    Attributes:
        experiment: its name.
        where: `native` or `pyodide`.
        runner: what ran it: a Python, or a browser or Node with Pyodide.
        findings: in the order of the checks.
    """

    experiment: str
    where: str
    runner: str
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing failed."""
        return not self.count("fail")

    def count(self, verdict: Verdict) -> int:
        """Count the findings with a verdict."""
        return sum(finding.verdict == verdict for finding in self.findings)

    def finding(self, name: str) -> Finding:
        """Return the finding of a check by its name."""
        return next(finding for finding in self.findings if finding.name == name)

    def to_json(self) -> dict[str, Any]:
        """Return the report as `igbuild check --json` prints it."""
        return {"ok": self.ok, **asdict(self), "findings": [asdict(finding) for finding in self.findings]}


def show(report: CheckReport, console: Console) -> None:
    """Print a report: a line for each check, advice below; only what is wrong when quiet."""
    from rich.padding import Padding  # noqa: PLC0415 - only a printed report needs it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for finding in report.findings:
        if console.verbosity < 0 and finding.verdict not in ("fail", "warn"):
            continue
        told = Text(finding.message)
        if finding.advice and (finding.verdict != "pass" or console.verbosity > 0):
            told.append(f"\n-> {finding.advice}", style="italic")
        table.add_row(Text(finding.verdict, style=STYLES[finding.verdict]), finding.name, told)
    if table.row_count:
        console.out.print(Padding(table, (0, 0, 0, 2)), soft_wrap=False)
    console.step(summary(report))


def summary(report: CheckReport) -> str:
    """Return the report in a sentence."""
    words: dict[Verdict, str] = {"fail": "failed", "warn": "with a warning", "skip": "skipped"}
    counts = [f"{count} {word}" for verdict, word in words.items() if (count := report.count(verdict))]
    if not counts:
        return f"all {len(report.findings)} checks passed in {report.runner}"
    return f"{', '.join(counts)}, {report.count('pass')} passed in {report.runner}"
