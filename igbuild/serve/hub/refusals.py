"""Why the hub says no: a code for the program, a sentence for the person."""

from __future__ import annotations

from enum import StrEnum


class Refusal(StrEnum):
    """The codes of `{ok: false, code, message}`."""

    BAD_MESSAGE = "bad_message"
    TOO_FAST = "too_fast"
    WRONG_EXPERIMENT = "wrong_experiment"
    WRONG_STATE = "wrong_state"
    NOT_YOURS = "not_yours"
    BAD_TOKEN = "bad_token"  # noqa: S105  # a code
    SESSION_ENDED = "session_ended"
    DUPLICATE = "duplicate"
    FULL = "full"
    PEER_AWAY = "peer_away"
    RELAY_OFF = "relay_off"


SENTENCES = {
    Refusal.BAD_MESSAGE: "The hub did not understand this message.",
    Refusal.TOO_FAST: "Too many messages; wait a moment.",
    Refusal.WRONG_EXPERIMENT: "This hub serves another experiment.",
    Refusal.WRONG_STATE: "This is not possible now.",
    Refusal.NOT_YOURS: "You are not a player of this session.",
    Refusal.BAD_TOKEN: "This token is not valid, or no longer.",
    Refusal.SESSION_ENDED: "This session has ended.",
    Refusal.DUPLICATE: "This participant is already here, in another window or on another device.",
    Refusal.FULL: "The hub has no room for more participants.",
    Refusal.PEER_AWAY: "The other player is not connected to the hub now.",
    Refusal.RELAY_OFF: "This experiment does not send inputs through the hub.",
}


class Refused(Exception):
    """A message that is answered by a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal)
        self.refusal = refusal
