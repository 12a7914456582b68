"""Joining, waiting and being matched. No I/O."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from igbuild.serve.hub.effects import Effect, Record, Send
from igbuild.serve.hub.matchmaker import Match, Matchmaker
from igbuild.serve.hub.participant_state import ParticipantState
from igbuild.serve.hub.refusals import Refusal, Refused
from igbuild.serve.hub.registry import GRACE, Registry
from igbuild.serve.hub.session import Seat, Session
from igbuild.serve.hub.session_state import SessionState
from igbuild.serve.hub.waitroom import Person, candidates
from igbuild.serve.store.tokens import SeatClaims, WaitClaims, read, sign

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from igbuild.serve.hub import messages as m

Room: TypeAlias = "tuple[str, tuple[str | None, ...]]"
"""A site, and the values of the attributes that must be equal: those in one room may play together."""


class Waiting:
    """The waiting room's side of the hub.

    Args:
        registry: who is here.
        matchmaker: finds groups.
        new_id: makes an unguessable id of 22 characters.
        new_number: makes an unguessable 32-bit number.
    """

    def __init__(
        self,
        registry: Registry,
        matchmaker: Matchmaker,
        new_id: Callable[[], str],
        new_number: Callable[[], int],
    ) -> None:
        self.registry = registry
        self._matchmaker = matchmaker
        self._new_id = new_id
        self._new_number = new_number
        self._told_count: dict[Room, tuple[int, float]] = {}

    def join(self, sid: str, message: m.Join, now: float) -> tuple[dict[str, Any], list[Effect]]:
        """Let a participant wait; a token of an earlier wait gives back the old place."""
        settings = self.registry.settings
        person = self.registry.people.get(sid)
        if person is not None and person.is_here:
            raise Refused(Refusal.WRONG_STATE)
        if message.experiment != settings.experiment:
            raise Refused(Refusal.WRONG_EXPERIMENT)
        if not message.attributes.keys() <= set(settings.attributes):
            raise Refused(Refusal.BAD_MESSAGE)
        claims = read(settings.secret, message.token, WaitClaims) if message.token else None
        if (
            claims is None
            or claims.participant != message.participant
            or claims.experiment != settings.experiment
        ):
            claims = WaitClaims(settings.experiment, message.participant, self._new_id(), now)
        older = self.registry.other_window(sid, message.participant)
        if older is not None and older.ticket != claims.ticket:
            raise Refused(Refusal.DUPLICATE)
        if self.registry.present >= settings.max_people and older is None:
            raise Refused(Refusal.FULL)
        effects = self.registry.replace(older, now) if older else []
        person = Person(sid, message.participant, claims.ticket, message.site, claims.arrived)
        person.attributes = message.attributes
        person.waits_until = max(claims.arrived + settings.wait_timeout, now + GRACE)
        person.go(ParticipantState.IN_WAITROOM)
        self.registry.enter(person)
        effects.append(self._echo_again(person, now))
        answer = {
            "token": sign(settings.secret, claims),
            "waiting": len(self._rooms(self._all_waiting())[self._room(person)]),
            "needed": settings.group_size,
            "timeout_ms": round((person.waits_until - now) * 1000),
        }
        return answer, effects

    def echo(self, sid: str, message: m.Echo, now: float) -> list[Effect]:
        """Take a round trip to the hub, and ask for another while more are wanted."""
        person = self.registry.people.get(sid)
        if person is None:
            raise Refused(Refusal.WRONG_STATE)
        return [self._echo_again(person, now)] if person.hear_echo(message.nonce, now) else []

    def _echo_again(self, person: Person, now: float) -> Send:
        person.echo = (self._new_id(), now)
        return Send(person.sid, "echo", {"nonce": person.echo[0]})

    def match(self, now: float) -> list[Effect]:
        """Form every session the matchmaker proposes."""
        if not self.registry.changed:
            return []
        self.registry.changed = False
        effects: list[Effect] = []
        free = (person for person in self.registry.people.values() if person.is_free)
        for room in self._rooms(free).values():
            people = {person.ticket: person for person in room}
            while len(people) >= self.registry.settings.group_size:
                found = self._ask(people, now)
                if isinstance(found, Record):
                    effects.append(found)
                if not isinstance(found, Match):
                    break
                effects += self._form_session([people.pop(ticket) for ticket in found.members], found, now)
        return effects

    def _ask(self, people: dict[str, Person], now: float) -> Match | Record | None:
        """Ask the matchmaker; a study's own must not be able to stop the hub."""
        try:
            found = self._matchmaker.find_match(candidates(people.values(), self.registry.pairs, now))
            return None if found is None else self._checked(found, people)
        except Exception as error:  # whatever a study's code may raise
            return Record({"event": "matchmaker_error", "error": f"{type(error).__name__}: {error}"})

    def _checked(self, found: Match, people: dict[str, Person]) -> Match:
        """Return a match that can be formed and written down.

        Raises:
            ValueError: it is not a group of those who wait, or its reasons are not JSON.
        """
        members, reasons = tuple(found.members), dict(found.reasons)
        if not (len(members) == len(set(members)) == self.registry.settings.group_size):
            raise ValueError(f"not a group of {self.registry.settings.group_size}: {members}")
        if not set(members) <= people.keys():
            raise ValueError(f"not a group of those who wait: {members}")
        json.dumps(reasons, allow_nan=False, ensure_ascii=False).encode()
        return Match(members, reasons)

    def _form_session(self, members: Sequence[Person], match: Match, now: float) -> list[Effect]:
        """Make a session; there is no other way to one but to take one up again (`_restore`)."""
        seed = self.registry.settings.seed
        claims = SeatClaims(
            experiment=self.registry.settings.experiment,
            session=self._new_id(),
            participant="",
            seat=0,
            seats=len(members),
            site=members[0].site,
            tag=self._new_number(),
            seed=self._new_number() if seed is None else seed,
            issued=now,
        )
        seats = [
            Seat(
                index,
                sid=person.sid,
                participant=person.participant,
                ticket=person.ticket,
                told={
                    "waited_s": round(now - person.arrived, 3),
                    "hub_rtt_ms": person.rtt_ms,
                    "attributes": person.attributes,
                },
            )
            for index, person in enumerate(members)
        ]
        session = self.registry.sessions[claims.session] = Session(
            self.registry.settings, claims, seats, SessionState.WAITING, now
        )
        for index, person in enumerate(members):
            person.session, person.seat = session, index
        same = {name: members[0].attributes.get(name) for name in self.registry.settings.match_on}
        reasons = {"matchmaker": type(self._matchmaker).__name__, "same": same, **match.reasons}
        formed = Record({"event": "formed", "session": session.id, "reasons": reasons})
        effects = [formed, *session.begin(now)]
        return [*effects, *self.registry.settle(session, now)]

    def tell_counts(self, now: float) -> list[Effect]:
        """Tell those who may play together how many they are when that changed; many less often."""
        effects: list[Effect] = []
        rooms = self._rooms(self._all_waiting())
        for room in self._told_count.keys() - rooms.keys():
            del self._told_count[room]
        for room, waiting in rooms.items():
            told, at = self._told_count.get(room, (0, 0.0))
            if len(waiting) == told or now - at < max(0.5, len(waiting) / 200):
                continue
            self._told_count[room] = (len(waiting), now)
            body = {"waiting": len(waiting), "needed": self.registry.settings.group_size}
            effects += [Send(person.sid, "waiting", body) for person in waiting]
        return effects

    def _all_waiting(self) -> Iterator[Person]:
        waits = ParticipantState.IN_WAITROOM
        return (person for person in self.registry.people.values() if person.state is waits)

    def _rooms(self, people: Iterable[Person]) -> dict[Room, list[Person]]:
        rooms: dict[Room, list[Person]] = {}
        for person in people:
            rooms.setdefault(self._room(person), []).append(person)
        return rooms

    def _room(self, person: Person) -> Room:
        return person.site, tuple(person.attributes.get(k) for k in self.registry.settings.match_on)
