"""What was collected: reading, comparing and exporting the participants' data."""

from igbuild.data.export import ExportReport, Format, export
from igbuild.data.sessions import SessionSummary, list_sessions
from igbuild.data.verify import EpisodeVerdict, VerifyReport, verify

__all__ = [
    "EpisodeVerdict",
    "ExportReport",
    "Format",
    "SessionSummary",
    "VerifyReport",
    "export",
    "list_sessions",
    "verify",
]
