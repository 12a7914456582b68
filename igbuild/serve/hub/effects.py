"""What the hub decides to do; the edge carries it out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Send:
    """Send an event to one connection; `data` is an object, or for `input` a tuple."""

    sid: str
    event: str
    data: Any


@dataclass(frozen=True)
class Drop:
    """Close one connection, after what was sent before."""

    sid: str


@dataclass(frozen=True)
class Record:
    """Write one entry of the match log."""

    entry: dict[str, Any]


Effect = Send | Drop | Record
