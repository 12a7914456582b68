"""What a client may say, each message with its schema; everything else is refused."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from igbuild.serve.hub.refusals import Refusal, Refused
from igbuild.serve.store.text import AttributeText, ParticipantId, SiteId  # noqa: TC001  # pydantic reads them
from igbuild.serve.store.tokens import MAX_TOKEN_CHARS

MAX_SIGNAL_CHARS = 24_000
"""A session description with many candidates is 3 to 6 kB; control messages with retained inputs less."""
MAX_INPUT_BYTES = 1280
"""An INPUT packet is at most 1,200 bytes."""

SessionId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{22}$")]
Seat = Annotated[int, Field(ge=0, le=7)]
Token = Annotated[str, StringConstraints(max_length=MAX_TOKEN_CHARS)]
Milliseconds = Annotated[float, Field(ge=0, le=60_000, allow_inf_nan=False)]


class Message(BaseModel):
    """A message from a client."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Join(Message):
    """Wait for other players. `token` is that of an earlier wait, to keep one's place after a reconnect."""

    experiment: Annotated[str, StringConstraints(max_length=128)]
    participant: ParticipantId
    site: SiteId
    attributes: Annotated[
        dict[Annotated[str, StringConstraints(max_length=64)], AttributeText], Field(max_length=32)
    ] = Field(default_factory=dict)
    token: Token | None = None


class Leave(Message):
    """Stop waiting, or give the seat up."""


class Echo(Message):
    """Answer to the hub's `echo`, for measuring the round trip to it."""

    nonce: Annotated[str, StringConstraints(max_length=32)]


class Rejoin(Message):
    """Take one's seat again after a reconnect, or after the hub was restarted."""

    token: Token
    phase: Literal["validating", "playing"]


class _InSession(Message):
    session: SessionId


class ProbeResult(_InSession):
    """Median round trip to another seat over a data channel; null if there was no connection."""

    peer: Seat
    median_ms: Milliseconds | None


class Accept(_InSession):
    """The match was heard of."""


class Ready(_InSession):
    """Every channel of this seat has been checked both ways."""


class Relay(_InSession):
    """There is no path to a seat: carry inputs through the hub."""

    peer: Seat


class Fail(_InSession):
    """The session cannot begin for this seat; `peer` is the one to whom it has no path, if that is why."""

    peer: Seat | None = None
    reason: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class Finish(_InSession):
    """The seat is done with the session."""

    reason: Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")]


class Ice(_InSession):
    """Ask for fresh TURN credentials."""


class Signal(_InSession):
    """A text for another seat; the hub does not look into it."""

    to: Seat
    seq: Annotated[int, Field(ge=0, le=2**31)]
    data: Annotated[str, StringConstraints(max_length=MAX_SIGNAL_CHARS)]


class SignalAck(_InSession):
    """A signal has arrived; goes back to the seat that sent it."""

    to: Seat
    seq: Annotated[int, Field(ge=0, le=2**31)]


MESSAGES: dict[str, type[Message]] = {
    "join": Join,
    "leave": Leave,
    "echo": Echo,
    "rejoin": Rejoin,
    "probe_result": ProbeResult,
    "accept": Accept,
    "ready": Ready,
    "relay": Relay,
    "fail": Fail,
    "finish": Finish,
    "ice": Ice,
    "signal": Signal,
    "signal_ack": SignalAck,
}
"""Event name to schema. `input` is not among them: it is binary and has no answer."""

EVENTS = frozenset({*MESSAGES, "input"})


def parse(event: str, arguments: tuple[Any, ...]) -> Message:
    """Return the message of an event.

    Raises:
        Refused: it is not exactly one object of the event's shape.
    """
    if len(arguments) != 1 or not isinstance(arguments[0], dict):
        raise Refused(Refusal.BAD_MESSAGE)
    try:
        return MESSAGES[event].model_validate(arguments[0])
    except ValidationError:
        raise Refused(Refusal.BAD_MESSAGE) from None
