"""What all tests share: the same environment everywhere, and what a test measured at the end of the run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

# igbuild freezes locks where this is set; a test that means that sets it itself.
os.environ.pop("CI", None)


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
