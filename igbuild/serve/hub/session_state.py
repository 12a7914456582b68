"""The states of a session and how they follow each other."""

from __future__ import annotations

from enum import StrEnum


class SessionState(StrEnum):
    """Where a session stands."""

    WAITING = "waiting"
    """A group is proposed; its round trips are being measured."""
    MATCHED = "matched"
    """The players have been told; not all have answered."""
    VALIDATING = "validating"
    """The players connect to each other and check their channels."""
    PLAYING = "playing"
    ENDED = "ended"


NEXT = {
    SessionState.WAITING: frozenset({SessionState.MATCHED, SessionState.ENDED}),
    SessionState.MATCHED: frozenset({SessionState.VALIDATING, SessionState.ENDED}),
    SessionState.VALIDATING: frozenset({SessionState.PLAYING, SessionState.ENDED}),
    SessionState.PLAYING: frozenset({SessionState.ENDED}),
    SessionState.ENDED: frozenset[SessionState](),
}
"""What may follow each state."""
