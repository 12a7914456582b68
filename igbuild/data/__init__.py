"""What was collected: reading, comparing and exporting the participants' data."""

from igbuild.data.export import ExportReport, Format, export
from igbuild.data.sessions import SessionSummary, list_sessions
from igbuild.data.verdict import Agreement, EpisodeVerdict, VerifyReport
from igbuild.data.verify import verify

__all__ = [
    "Agreement",
    "EpisodeVerdict",
    "ExportReport",
    "Format",
    "SessionSummary",
    "VerifyReport",
    "export",
    "list_sessions",
    "verify",
]
