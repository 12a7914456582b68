"""Which websocket frames a client may send: the part of Engine.IO 4 and Socket.IO 5 that the hub uses.

The library behind the door speaks the whole of both protocols, and answers what it cannot parse with a
traceback in the log; so what reaches it is checked here first. No I/O.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any, NoReturn

from igbuild.serve.hub.messages import EVENTS, MAX_INPUT_BYTES

MAX_FRAME = 65_536
"""Bytes of a frame."""
_MAX_AUTH = 1024
_EVENT = re.compile(r"42[0-9]{0,9}(\[.*\])", re.DOTALL)
_BINARY_EVENT = re.compile(r"451-[0-9]{0,9}(\[.*\])", re.DOTALL)
_CONNECT = re.compile(r"40(\{.*\})?", re.DOTALL)
_PLACEHOLDER = {"_placeholder": True, "num": 0}


class Verdict(Enum):
    """What becomes of a frame."""

    LET_IN = "let in"
    GOODBYE = "goodbye"
    """The client takes its leave."""
    REFUSE = "refuse"
    """No client of ours sends this: the connection is closed."""


_WORDS = {"3": Verdict.LET_IN, "1": Verdict.GOODBYE, "41": Verdict.GOODBYE}
"""The answer to a ping, and two ways to leave."""


class FrameRules:
    """Judges the frames of one connection, in order.

    Attributes:
        connected: whether the client has asked for the one namespace there is.
    """

    def __init__(self) -> None:
        self.connected = False
        self._attachment_due = False

    def judge(self, frame: str | bytes) -> Verdict:
        """Say what becomes of a frame; never raises."""
        if isinstance(frame, bytes):
            due, self._attachment_due = self._attachment_due, False
            return _pass_if(due and len(frame) <= MAX_INPUT_BYTES)
        if self._attachment_due or len(frame) > MAX_FRAME:
            return Verdict.REFUSE
        if frame in _WORDS:
            return _WORDS[frame]
        if not self.connected:
            self.connected = _is_connect(frame)
            return _pass_if(self.connected)
        if found := _EVENT.fullmatch(frame):
            return _pass_if(_is_event(_loads(found[1])))
        found = _BINARY_EVENT.fullmatch(frame)
        self._attachment_due = found is not None and _is_input(_loads(found[1]))
        return _pass_if(self._attachment_due)


def _pass_if(fine: bool) -> Verdict:  # its only argument
    return Verdict.LET_IN if fine else Verdict.REFUSE


def _is_connect(frame: str) -> bool:
    found = _CONNECT.fullmatch(frame)
    if found is None or len(frame) > _MAX_AUTH:
        return False
    return found[1] is None or isinstance(_loads(found[1]), dict)


def _is_event(value: Any) -> bool:
    """Tell an event the hub has; `connect` and `disconnect`, which the library would obey, are none."""
    return isinstance(value, list) and len(value) == 2 and _is_name(value[0]) and value[0] != "input"


def _is_input(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 3
        and value[0] == "input"
        and type(value[1]) is int
        and value[2] == _PLACEHOLDER
    )


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value in EVENTS


def _loads(text: str) -> Any:
    """Parse JSON as JSON has it: no NaN, no number that takes long, no depth that breaks a parser."""
    try:
        return json.loads(text, parse_constant=_refuse, parse_int=_number, parse_float=_float)
    except (ValueError, RecursionError):
        return None


def _refuse(_: str) -> NoReturn:
    raise ValueError


def _number(text: str) -> int:
    if len(text) > 20:
        raise ValueError
    return int(text)


def _float(text: str) -> float:
    if len(text) > 40:
        raise ValueError
    return float(text)
