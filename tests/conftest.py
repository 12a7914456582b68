"""What all tests share: figures that a test measured stand at the end of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print every `record_property` of a test that ran: measured, not asserted."""
    reports = [
        report for outcome in ("passed", "failed") for report in terminalreporter.stats.get(outcome, ())
    ]
    figures = [figure for report in reports for figure in report.user_properties]
    if not figures:
        return
    terminalreporter.section("measured in this run")
    for name, value in figures:
        terminalreporter.write_line(f"{name}: {value}")
