"""What a check finds, as plain data, and exceptions told in a sentence."""

from __future__ import annotations

import sys
import traceback
from typing import Any

from igbuild.runtime.errors import ExperimentError

PASS, WARN, FAIL, SKIP = "pass", "warn", "fail", "skip"


class Failed(Exception):
    """Ends a check with a verdict other than a pass.

    Args:
        message: what was found.
        advice: one way out.
        verdict: `fail` or `warn`.
        data: figures behind the message, as JSON data.
    """

    def __init__(self, message: str, advice: str = "", *, verdict: str = FAIL, data: Any = None) -> None:
        super().__init__(message)
        self.finding = finding(verdict, message, advice, data)


def finding(verdict: str, message: str, advice: str = "", data: Any = None) -> dict[str, Any]:
    """Return a finding; the name of its check is added by who runs it."""
    return {"verdict": verdict, "message": message, "advice": advice, "data": data or {}}


def raised(error: BaseException) -> str:
    """Tell an exception in a sentence, with the line of the study's Python that it came from."""
    if isinstance(error, ExperimentError):
        return str(error)
    text = str(error).strip()
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    place = where(error)
    return f"{said} ({place})" if place else said


def where(error: BaseException) -> str:
    """Return `file:line` of the innermost call outside Python itself and igbuild; empty if there is none."""
    places = [
        f"{frame.filename}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if not _is_ours(frame.filename)
    ]
    return places[-1] if places else ""


def _is_ours(file: str) -> bool:
    plain = file.replace("\\", "/")
    own = ("/igbuild/runtime/", "/igbuild/check/")
    return plain.startswith(("<", sys.base_prefix + "/lib/")) or any(part in plain for part in own)
