"""What all tests share: the same environment everywhere, and what a test measured at the end of the run."""

from __future__ import annotations

import os

import pytest

from tests.hub_bystander import unharmed
from tests.hub_server import HubServer

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


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A second server that nobody attacks: what happens to its pair is the machine's doing."""
    running = HubServer(tmp_path_factory.mktemp("undisturbed"))
    yield running
    running.stop()


@pytest.fixture
def bystanders(server, undisturbed, request):
    """A pair that plays meanwhile; afterwards it must have noticed nothing."""
    with unharmed(server, undisturbed, soak=request.node.get_closest_marker("soak") is not None) as pair:
        yield pair
