"""Signed tokens: what a browser may claim after a reconnect, without the server remembering it.

A token is `payload.mac`: JSON and its HMAC-SHA256, both base64url. It names its use, so that a place in the
waiting room can never be shown for a seat in a session. Because the claims travel with the browser, a server
that has lost its memory can take a session up again; it needs only the secret that made the token.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar, TypeVar

MAX_TOKEN_CHARS = 4096
"""Longer texts are refused unread."""


@dataclass(frozen=True)
class WaitClaims:
    """A place in the waiting room.

    Attributes:
        experiment: name of the experiment.
        participant: id of the participant.
        ticket: unguessable name of this wait, the same over reconnects.
        arrived: when the wait began (Unix time, seconds).
    """

    USE: ClassVar[str] = "wait"
    experiment: str
    participant: str
    ticket: str
    arrived: float


@dataclass(frozen=True)
class SeatClaims:
    """A seat in a session: the right to play it and to hand in its data.

    Attributes:
        experiment: name of the experiment.
        session: unguessable id of the session.
        participant: id of the participant.
        seat: 0-based number of the player in the session.
        seats: how many players the session has.
        site: id of the built site the session runs.
        tag: 32-bit number that tells this session's packets from strays.
        seed: 32-bit seed of the session.
        issued: when the session was formed (Unix time, seconds).
    """

    USE: ClassVar[str] = "seat"
    experiment: str
    session: str
    participant: str
    seat: int
    seats: int
    site: str
    tag: int
    seed: int
    issued: float


Claims = TypeVar("Claims", WaitClaims, SeatClaims)


def sign(secret: bytes, claims: WaitClaims | SeatClaims) -> str:
    """Return the token of claims."""
    payload = json.dumps(asdict(claims), separators=(",", ":"), sort_keys=True).encode()
    return f"{_encode(payload)}.{_encode(_mac(secret, claims.USE, payload))}"


def read(secret: bytes, token: str, kind: type[Claims]) -> Claims | None:
    """Return the claims of a token, or None if this secret did not sign it for this use."""
    if len(token) > MAX_TOKEN_CHARS or not token.isascii():
        return None
    try:
        payload, mac = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    except ValueError:
        return None
    if not hmac.compare_digest(mac, _mac(secret, kind.USE, payload)):
        return None
    claims: dict[str, Any] = json.loads(payload)
    if claims.keys() != {item.name for item in fields(kind)}:
        return None  # signed by another version of igbuild
    return kind(**claims)


def is_fresh(issued: float, now: float, max_age: float) -> bool:
    """Tell whether a token is young enough; one from the future (a clock set back) still counts."""
    return math.isfinite(issued) and now - issued <= max_age


def _mac(secret: bytes, use: str, payload: bytes) -> bytes:
    return hmac.digest(secret, f"igbuild.{use}.1.".encode() + payload, hashlib.sha256)


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
