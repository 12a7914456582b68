"""The waiting room: who is connected, who waits, and what is known of pairs. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

from igbuild.serve.hub.limits import Bucket
from igbuild.serve.hub.matchmaker import Candidate
from igbuild.serve.hub.participant_state import NEXT, ParticipantState
from igbuild.serve.hub.states import advance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from igbuild.serve.hub.session import Session

RTT_SAMPLES = 3
INPUTS_PER_SECOND = 75
"""For each other seat: 60 frames a second and some unevenness."""


@dataclass
class Person:
    """A connected participant.

    Attributes:
        sid: the connection.
        participant: id of the participant.
        ticket: unguessable, the same over the reconnects of one wait; "" for one who never waited here.
        site: id of the site the browser runs.
        arrived: when the wait began (Unix time, seconds); decides the order.
        waits_until: when the wait is given up.
        attributes: the custom attributes.
        state: where the participant stands.
        session: what the participant is proposed for or plays.
        seat: number of the seat in it.
        rtt_ms: median round trip to the hub.
        echo: nonce and time of the echo under way.
        samples: round trips so far, ms.
        inputs: what the participant may still send through the hub.
    """

    sid: str
    participant: str
    ticket: str = ""
    site: str = ""
    arrived: float = 0.0
    waits_until: float = 0.0
    attributes: dict[str, str] = field(default_factory=dict)
    state: ParticipantState = ParticipantState.IDLE
    session: Session | None = None
    seat: int = 0
    rtt_ms: float | None = None
    echo: tuple[str, float] | None = None
    samples: list[float] = field(default_factory=list)
    inputs: Bucket | None = None

    def go(self, new: ParticipantState) -> None:
        """Change state, legally."""
        self.state = advance(NEXT, self.state, new)

    def hear_echo(self, nonce: str, now: float) -> bool:
        """Take the answer to an echo; tell whether another sample is wanted."""
        if self.echo is None or self.echo[0] != nonce:
            return False
        self.samples.append((now - self.echo[1]) * 1000)
        self.echo = None
        self.rtt_ms = round(median(self.samples), 1)
        return len(self.samples) < RTT_SAMPLES

    def may_send_input(self, seats: int, now: float) -> bool:
        """Count one packet through the hub; tell whether it is within the rate."""
        if self.inputs is None:
            rate = INPUTS_PER_SECOND * (seats - 1)
            self.inputs = Bucket(rate, 2 * rate, now)
        return self.inputs.take(1, now)

    @property
    def is_free(self) -> bool:
        """Whether the participant waits and is not proposed for a session."""
        return self.state is ParticipantState.IN_WAITROOM and self.session is None

    @property
    def is_here(self) -> bool:
        """Whether the participant waits or plays, so that no second window may."""
        return self.state in {ParticipantState.IN_WAITROOM, ParticipantState.IN_GAME}


class PairMemory:
    """What was measured between tickets, for a while, so that no pair is measured over and over.

    Args:
        keep: seconds.
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._known: dict[str, dict[str, tuple[float | None, float]]] = {}

    def learn(self, one: str, other: str, rtt_ms: float | None, now: float) -> None:
        """Remember a pair's round trip; None: it could not connect."""
        for a, b in ((one, other), (other, one)):
            self._known.setdefault(a, {})[b] = (rtt_ms, now)

    def of(self, ticket: str, now: float) -> dict[str, float | None]:
        """Return what is known of a ticket's pairs."""
        known = self._known.get(ticket, {})
        return {other: rtt for other, (rtt, at) in known.items() if now - at <= self._keep}

    def forget_old(self, now: float) -> None:
        """Drop what is too old to count."""
        for ticket, known in list(self._known.items()):
            fresh = {other: fact for other, fact in known.items() if now - fact[1] <= self._keep}
            if fresh:
                self._known[ticket] = fresh
            else:
                del self._known[ticket]


def candidates(people: Iterable[Person], pairs: PairMemory, now: float) -> list[Candidate]:
    """Return the free ones as a matchmaker sees them, oldest first."""
    free = sorted((p for p in people if p.is_free), key=lambda p: p.arrived)
    return [Candidate(p.ticket, p.arrived, p.rtt_ms, p.attributes, pairs.of(p.ticket, now)) for p in free]
