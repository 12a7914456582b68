"""Who is here and what runs, and the only ways in and out. No I/O."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from igbuild.serve.hub.effects import Drop, Effect, Send
from igbuild.serve.hub.participant_state import ParticipantState
from igbuild.serve.hub.session_state import SessionState
from igbuild.serve.hub.waitroom import PairMemory, Person

if TYPE_CHECKING:
    from igbuild.serve.hub.session import Session
    from igbuild.serve.hub.settings import HubSettings

REMEMBERED_ENDS = 10_000
"""Ended sessions whose tokens are refused; older ones could at most sit alone in an empty session."""
GRACE = 10.0
"""A wait that ran out while the hub or the network was away goes on this long, seconds."""


class Registry:
    """The people and sessions of one hub.

    Attributes:
        settings: of the hub.
        people: connected participants by connection.
        sessions: running sessions by id.
        ended: the sessions that ended last, by id; whether each was only abandoned.
        pairs: what was measured between people.
        changed: whether a match may have become possible since the last look.
    """

    def __init__(self, settings: HubSettings) -> None:
        self.settings = settings
        self.people: dict[str, Person] = {}
        self.sessions: dict[str, Session] = {}
        self.ended: OrderedDict[str, bool] = OrderedDict()
        self.pairs = PairMemory(settings.pair_memory)
        self.changed = False
        self._here: dict[str, str] = {}

    @property
    def present(self) -> int:
        """How many wait or play; who is done may leave the page open."""
        return len(self._here)

    def other_window(self, sid: str, participant: str) -> Person | None:
        """Return the person who waits or plays under the same id over another connection."""
        older = self._here.get(participant)
        return self.people[older] if older is not None and older != sid else None

    def replace(self, person: Person, now: float) -> list[Effect]:
        """Let a person's older connection give way to its newer one."""
        return [Send(person.sid, "replaced", {}), Drop(person.sid), *self.forget(person.sid, now)]

    def forget(self, sid: str, now: float) -> list[Effect]:
        """Clean up after a connection, whatever it was doing. Calling it again does nothing."""
        person = self.people.pop(sid, None)
        if person is None:
            return []
        self.changed = True
        if self._here.get(person.participant) == sid:
            del self._here[person.participant]
        session, person.session = person.session, None
        if session is None or session.seats[person.seat].sid != sid:
            return []
        effects = session.detach(session.seats[person.seat], now)
        return [*effects, *self.settle(session, now)]

    def enter(self, person: Person) -> None:
        """Let a person in."""
        self.changed = True
        self.people[person.sid] = person
        self._here[person.participant] = person.sid

    def stop_waiting(self, person: Person, state: ParticipantState) -> None:
        """Take a person out of waiting or play; the same participant may come in again."""
        person.go(state)
        if self._here.get(person.participant) == person.sid:
            del self._here[person.participant]

    def release(self, person: Person) -> None:
        """Let a person go from its session for good."""
        session, person.session = person.session, None
        if session is None:
            return
        session.seats[person.seat].sid = None
        playing = person.state is ParticipantState.IN_GAME
        self.stop_waiting(person, ParticipantState.ENDED if playing else ParticipantState.IDLE)

    def settle(self, session: Session, now: float) -> list[Effect]:
        """Follow a session's state with its people's, and clear it away once it has ended. Idempotent."""
        if self.sessions.get(session.id) is not session:
            return []
        seated = [p for s in session.seats if (p := self.people.get(s.sid or "")) and p.session is session]
        if session.state is not SessionState.ENDED:
            for person in seated:
                if session.state is not SessionState.WAITING and person.state is ParticipantState.IN_WAITROOM:
                    person.go(ParticipantState.IN_GAME)
            return []
        self.changed = True
        del self.sessions[session.id]
        self.ended[session.id] = session.abandoned
        while len(self.ended) > REMEMBERED_ENDS:
            self.ended.popitem(last=False)
        for (one, other), rtt in session.known_pairs().items():
            tickets = session.seats[one].ticket, session.seats[other].ticket
            if tickets[0] and tickets[1]:
                self.pairs.learn(tickets[0], tickets[1], rtt, now)
        return [self._send_home(person, session, now) for person in seated]

    def _send_home(self, person: Person, session: Session, now: float) -> Send:
        body = {"session": session.id, "reason": session.reason}
        if person.seat not in session.repool:
            self.release(person)
            return Send(person.sid, "ended", body)
        person.session = None
        person.waits_until = max(person.waits_until, now + GRACE)
        if person.state is ParticipantState.IN_GAME:
            person.go(ParticipantState.IN_WAITROOM)
        return Send(person.sid, "unmatched", body | {"timeout_ms": round((person.waits_until - now) * 1000)})
