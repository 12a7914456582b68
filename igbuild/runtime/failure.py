"""An exception as the page gets it: its type, its message, and a traceback of the study's own lines."""

from __future__ import annotations

from pathlib import Path
from traceback import StackSummary, TracebackException
from typing import Any

_OURS = str(Path(__file__).parent)
_HIDDEN = (_OURS, "<frozen importlib")


def describe_failure(error: BaseException) -> dict[str, Any]:
    """Return `{name, message, stack}` of an exception.

    `stack` is Python's traceback without the frames of the runtime, which are not what went wrong.
    """
    try:
        message = str(error)
    except Exception:  # a __str__ of the study's own may fail as well
        message = "(the message cannot be shown)"
    return {"name": type(error).__name__, "message": message, "stack": _stack(error)}


def _stack(error: BaseException) -> str:
    try:
        trace = TracebackException.from_exception(error)
        _hide_runtime(trace)
        return "".join(trace.format()).rstrip()
    except Exception:
        return type(error).__name__


def _hide_runtime(trace: TracebackException | None) -> None:
    while trace is not None:
        frames = [frame for frame in trace.stack if not frame.filename.startswith(_HIDDEN)]
        trace.stack = StackSummary.from_list(frames)
        if trace.__context__ is not None and trace.__context__ is not trace.__cause__:
            _hide_runtime(trace.__context__)
        trace = trace.__cause__
