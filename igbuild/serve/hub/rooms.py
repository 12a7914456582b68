"""The hub without its sockets: what each message changes, and what is to be sent. No I/O."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from igbuild.serve.hub import messages as m
from igbuild.serve.hub.effects import Effect, Send
from igbuild.serve.hub.participant_state import ParticipantState
from igbuild.serve.hub.playing import Playing
from igbuild.serve.hub.registry import Registry
from igbuild.serve.hub.waiting import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from igbuild.serve.hub.matchmaker import Matchmaker
    from igbuild.serve.hub.settings import HubSettings

Outcome = tuple[dict[str, Any], list[Effect]]


class Rooms:
    """Everything the hub knows. Times are Unix seconds that never run backwards.

    Args:
        settings: of the hub.
        matchmaker: finds groups.
        new_id: makes an unguessable id of 22 characters.
        new_number: makes an unguessable 32-bit number.
    """

    def __init__(
        self,
        settings: HubSettings,
        matchmaker: Matchmaker,
        *,
        new_id: Callable[[], str] = lambda: secrets.token_urlsafe(16),
        new_number: Callable[[], int] = lambda: secrets.randbits(32),
    ) -> None:
        self.registry = Registry(settings)
        self.waiting = Waiting(self.registry, matchmaker, new_id, new_number)
        self.playing = Playing(self.registry)

    def handle(self, sid: str, message: m.Message, now: float) -> Outcome:
        """Act on a message.

        Returns:
            The answer to its sender, and what else is to be done.

        Raises:
            Refused: it cannot be, now or ever; nothing was changed.
        """
        match message:
            case m.Join():
                answer, effects = self.waiting.join(sid, message, now)
            case m.Rejoin():
                answer, effects = self.playing.rejoin(sid, message, now)
            case m.Echo():
                answer, effects = {}, self.waiting.echo(sid, message, now)
            case m.Leave():
                answer, effects = {}, self._leave(sid, now)
            case _:
                answer, effects = self.playing.act(sid, message, now)
        return answer, [*effects, *self.waiting.match(now)]

    def relay_input(self, sid: str, to: Any, data: Any, now: float) -> list[Effect]:
        """Pass a packet of inputs on; what is malformed, too fast or not allowed is dropped."""
        return self.playing.relay_input(sid, to, data, now)

    def disconnected(self, sid: str, now: float) -> list[Effect]:
        """Clean up after a connection, whatever it was doing. Calling it again does nothing."""
        effects = self.registry.forget(sid, now)
        return [*effects, *self.waiting.match(now)]

    def tick(self, now: float) -> list[Effect]:
        """Act on what did not happen in time, and tell those who wait how many they are."""
        effects: list[Effect] = []
        for session in list(self.registry.sessions.values()):
            effects += session.tick(now)
            effects += self.registry.settle(session, now)
        for person in list(self.registry.people.values()):
            if person.is_free and now > person.waits_until:
                effects.append(Send(person.sid, "wait_ended", {"reason": "timeout"}))
                self.registry.stop_waiting(person, ParticipantState.ENDED)
        self.registry.pairs.forget_old(now)
        self.registry.changed = True  # a matchmaker may decide by time alone
        return [*effects, *self.waiting.match(now), *self.waiting.tell_counts(now)]

    def _leave(self, sid: str, now: float) -> list[Effect]:
        person = self.registry.people.get(sid)
        if person is None:
            return []
        session = person.session
        if session is None:
            if person.is_free:
                self.registry.stop_waiting(person, ParticipantState.IDLE)
            return []
        effects = session.finish(session.seats[person.seat], "left")
        self.registry.release(person)
        return [*effects, *self.registry.settle(session, now)]
