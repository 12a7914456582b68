"""What was collected: reading, comparing and exporting the participants' data."""

from igbuild.data.export import ExportReport, Format, export
from igbuild.data.imports import ImportReport, import_files
from igbuild.data.sessions import SessionSummary, list_sessions
from igbuild.data.verdict import Agreement, EpisodeVerdict, VerifyReport
from igbuild.data.verify import verify

__all__ = [
    "Agreement",
    "EpisodeVerdict",
    "ExportReport",
    "Format",
    "ImportReport",
    "SessionSummary",
    "VerifyReport",
    "export",
    "import_files",
    "list_sessions",
    "verify",
]
