"""The states of a participant and how they follow each other."""

from __future__ import annotations

from enum import StrEnum


class ParticipantState(StrEnum):
    """Where a connected participant stands."""

    IDLE = "idle"
    IN_WAITROOM = "in_waitroom"
    IN_GAME = "in_game"
    ENDED = "ended"


NEXT = {
    ParticipantState.IDLE: frozenset({ParticipantState.IN_WAITROOM, ParticipantState.IN_GAME}),
    ParticipantState.IN_WAITROOM: frozenset(
        {ParticipantState.IDLE, ParticipantState.IN_GAME, ParticipantState.ENDED}
    ),
    ParticipantState.IN_GAME: frozenset({ParticipantState.IN_WAITROOM, ParticipantState.ENDED}),
    ParticipantState.ENDED: frozenset[ParticipantState](),
}
"""What may follow each state. From a game one returns to the waiting room only when it never began. Who plays
again after the end is a new visit, which begins idle."""
