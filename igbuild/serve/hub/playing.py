"""What players of a session ask of the hub: their seat back, and words carried to each other. No I/O."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igbuild.serve.hub import messages as m
from igbuild.serve.hub.effects import Effect, Record, Send
from igbuild.serve.hub.participant_state import ParticipantState
from igbuild.serve.hub.refusals import Refusal, Refused
from igbuild.serve.hub.session import Seat, Session
from igbuild.serve.hub.session_state import SessionState
from igbuild.serve.hub.waitroom import Person
from igbuild.serve.store.tokens import SeatClaims, is_fresh, read

if TYPE_CHECKING:
    from igbuild.serve.hub.registry import Registry


class Playing:
    """The sessions' side of the hub.

    Args:
        registry: who is here.
    """

    def __init__(self, registry: Registry) -> None:
        self.registry = registry

    def act(self, sid: str, message: m.Message, now: float) -> tuple[dict[str, Any], list[Effect]]:
        """Act on a message of a player about its session.

        Raises:
            Refused: it has no such session, or not now.
        """
        person, session, seat = self._seat(sid, message)
        effects: list[Effect] = []
        match message:
            case m.Signal() | m.SignalAck():
                return {}, [self._signal(seat, session, message)]
            case m.Ice():
                return {"ice": session.ice(seat, now)}, []
            case m.ProbeResult(peer=peer, median_ms=median_ms):
                effects = session.probe_result(seat, peer, median_ms, now)
            case m.Accept():
                effects = session.accept(seat, now)
            case m.Ready():
                effects = session.ready(seat)
            case m.Relay(peer=peer):
                effects = session.relay(seat, peer)
            case m.Fail(reason=reason, peer=peer):
                effects = session.fail(seat, reason, peer)
            case m.Finish(reason=reason):
                effects = session.finish(seat, reason)
                self.registry.release(person)
        effects += self.registry.settle(session, now)
        return {"state": session.state.value}, effects

    def rejoin(self, sid: str, message: m.Rejoin, now: float) -> tuple[dict[str, Any], list[Effect]]:
        """Give a player its seat back, in a session that runs or, after a restart, in one taken up again."""
        claims = read(self.registry.settings.secret, message.token, SeatClaims)
        if (
            claims is None
            or claims.experiment != self.registry.settings.experiment
            or claims.seats < 2  # a solo player's token is for data only
            or not is_fresh(claims.issued, now, self.registry.settings.session_max_age)
        ):
            raise Refused(Refusal.BAD_TOKEN)
        known = self.registry.people.get(sid)
        session = self.registry.sessions.get(claims.session)
        if known is not None and known.is_here:
            if known.session is None or known.session is not session or known.seat != claims.seat:
                raise Refused(Refusal.WRONG_STATE)
            return self._seated(session, session.seats[claims.seat], now), []
        if self._is_over(claims, session):
            raise Refused(Refusal.SESSION_ENDED)
        older = self.registry.other_window(sid, claims.participant)
        effects: list[Effect] = []
        if older is not None:
            if session is None or older.session is not session or older.seat != claims.seat:
                raise Refused(Refusal.DUPLICATE)
            older.session = None  # the seat passes on; to the others nothing happens
            effects += self.registry.replace(older, now)
        if session is None:
            session = self._restore(claims, message.phase, now)
            effects.append(Record({"event": "restored", "session": session.id, "phase": message.phase}))
        seat = session.seats[claims.seat]
        effects += session.attach(seat, sid, claims.participant)
        person = Person(sid, claims.participant, seat.ticket or "", claims.site, claims.issued)
        person.session, person.seat = session, seat.index
        person.go(ParticipantState.IN_GAME)
        self.registry.enter(person)
        if message.phase == "playing" and session.state is SessionState.VALIDATING:
            effects += session.ready(seat)
        return self._seated(session, seat, now), [*effects, *self.registry.settle(session, now)]

    def _is_over(self, claims: SeatClaims, session: Session | None) -> bool:
        """Tell whether a seat was given up, rather than only out of reach."""
        if session is not None:
            seat = session.seats[claims.seat]
            return seat.done is not None and not seat.gone
        return not self.registry.ended.get(claims.session, True)

    def _seated(self, session: Session, seat: Seat, now: float) -> dict[str, Any]:
        return {
            "session": session.id,
            "state": session.state.value,
            **session.place(seat, now),
            "online": [s.index for s in session.seats if s.sid is not None],
            "gone": [s.index for s in session.seats if s.done is not None],
            "via_hub": sorted(session.via_hub),
        }

    def _restore(self, claims: SeatClaims, phase: str, now: float) -> Session:
        """Take up a session that this process does not know, on the word of a token it signed.

        The other players have the same grace to come back as after any lost connection.
        """
        seats = [Seat(index, left_at=now) for index in range(claims.seats)]
        state = SessionState.PLAYING if phase == "playing" else SessionState.VALIDATING
        session = Session(self.registry.settings, claims, seats, state, now)
        self.registry.sessions[session.id] = session
        return session

    def _seat(self, sid: str, message: m.Message) -> tuple[Person, Session, Seat]:
        """Return the sender's seat in the session it names; that another exists is not told."""
        person = self.registry.people.get(sid)
        named = getattr(message, "session", None)
        if person is None or person.session is None or person.session.id != named:
            raise Refused(Refusal.NOT_YOURS)
        return person, person.session, person.session.seats[person.seat]

    @staticmethod
    def _signal(seat: Seat, session: Session, message: m.Signal | m.SignalAck) -> Send:
        if message.to >= len(session.seats) or message.to == seat.index:
            raise Refused(Refusal.BAD_MESSAGE)
        target = session.seats[message.to].sid
        if target is None:
            raise Refused(Refusal.PEER_AWAY)
        body: dict[str, Any] = {"session": session.id, "from": seat.index, "seq": message.seq}
        if isinstance(message, m.Signal):
            return Send(target, "signal", body | {"data": message.data})
        return Send(target, "signal_ack", body)

    def relay_input(self, sid: str, to: Any, data: Any, now: float) -> list[Effect]:
        """Pass a packet of inputs on; what is malformed, too fast or not allowed is dropped."""
        person = self.registry.people.get(sid)
        session = person.session if person else None
        if person is None or session is None or type(to) is not int or not isinstance(data, bytes):
            return []
        pair = (min(person.seat, to), max(person.seat, to))
        if (
            pair not in session.via_hub
            or not 0 < len(data) <= m.MAX_INPUT_BYTES
            or not person.may_send_input(len(session.seats), now)
        ):
            return []
        target = session.seats[to].sid
        return [Send(target, "input", (person.seat, data))] if target else []
