"""A chunk: the piece of a participant's data that is stored and acknowledged as one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property


class Kind(StrEnum):
    """What a chunk holds; the formats are described in docs/data-format.md."""

    ROWS = "rows"
    LOCAL = "local"
    VALIDATION = "validation"
    TELEMETRY = "telemetry"
    META = "meta"


class Status(StrEnum):
    """What became of a chunk; in each case it is durable and need not be sent again."""

    STORED = "stored"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"
    """Another content was there first: both are kept, and `igbuild data` reports it."""


@dataclass(frozen=True)
class Owner:
    """Whose data it is, as the seat token says; never as the message says."""

    experiment: str
    session: str
    participant: str
    seat: int
    seats: int
    site: str


@dataclass(frozen=True)
class Chunk:
    """Text of one kind, one episode, at one place in the order.

    Attributes:
        owner: whose it is.
        episode: 0-based number of the episode.
        kind: what it holds.
        index: 0-based place among the chunks of the same episode and kind.
        content: JSON Lines, stored byte for byte as UTF-8.
    """

    owner: Owner
    episode: int
    kind: Kind
    index: int
    content: str

    @cached_property
    def raw(self) -> bytes:
        """The content as stored."""
        return self.content.encode()

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the content as 64 hex digits."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True)
class Receipt:
    """The acknowledgement of one chunk, given once it is on disk."""

    episode: int
    kind: Kind
    index: int
    sha256: str
    status: Status


class StoreFull(Exception):
    """There is no room: for this session, on this disk, or in the queue just now.

    Attributes:
        code: `session_full`, `disk_full` or `busy`; only the last passes by itself.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StoreFailed(Exception):
    """The database could not commit; nothing of the batch was acknowledged."""
