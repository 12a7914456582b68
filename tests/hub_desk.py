"""The hub's rooms without sockets, for tests: a clock to be turned and an inbox per connection."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from igbuild.serve.hub.effects import Drop, Record, Send
from igbuild.serve.hub.matchmaker import Fifo
from igbuild.serve.hub.messages import parse
from igbuild.serve.hub.refusals import Refusal, Refused
from igbuild.serve.hub.rooms import Rooms
from igbuild.serve.hub.session_state import SessionState
from igbuild.serve.hub.settings import HubSettings

if TYPE_CHECKING:
    from igbuild.serve.hub.participant_state import ParticipantState

SECRET = b"s" * 32


class Desk:
    """Rooms with a clock of its own and an inbox per connection."""

    def __init__(self, rooms: Rooms | None = None, matchmaker=None, **options) -> None:
        self.settings = HubSettings(
            experiment="duo", secret=SECRET, allowed_hosts=("h",), allowed_origins=("o",), **options
        )
        fifo = Fifo(self.settings.group_size, self.settings.max_p2p_rtt_ms)
        ids = itertools.count()
        self.matchmaker = matchmaker or fifo
        self.rooms = rooms or Rooms(self.settings, self.matchmaker, new_id=lambda: f"id{next(ids):020}")
        self.now = 1000.0
        self.inbox: dict[str, list[tuple[str, dict]]] = defaultdict(list)
        self.log: list[dict] = []
        self.dropped: list[str] = []

    def restart(self) -> None:
        """The process dies; only its secret and the browsers' tokens are left."""
        self.rooms = Rooms(self.settings, self.matchmaker)

    def say(self, sid: str, event: str, **data):
        answer, effects = self.rooms.handle(sid, parse(event, (data,)), self.now)
        self.take(effects)
        return answer

    def refused(self, sid: str, event: str, **data) -> Refusal:
        with pytest.raises(Refused) as refused:
            self.say(sid, event, **data)
        return refused.value.refusal

    def join(self, sid: str, participant: str | None = None, **more):
        more.setdefault("site", "site1")
        return self.say(sid, "join", experiment="duo", participant=participant or sid.upper(), **more)

    def take(self, effects) -> None:
        for effect in effects:
            match effect:
                case Send(sid, event, data):
                    self.inbox[sid].append((event, data))
                case Drop(sid):
                    self.dropped.append(sid)
                case Record(entry):
                    self.log.append(entry)

    def leave(self, sid: str) -> None:
        self.take(self.rooms.disconnected(sid, self.now))

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.25)):
            self.now += 0.25
            self.take(self.rooms.tick(self.now))

    def heard(self, sid: str, event: str) -> list[dict]:
        return [data for name, data in self.inbox[sid] if name == event]

    def play(self, *sids: str) -> str:
        for sid in sids:
            self.join(sid)
        session = self.heard(sids[0], "matched")[-1]["session"]
        for event in ("accept", "ready"):
            for sid in sids:
                self.say(sid, event, session=session)
        assert self.state(session) is SessionState.PLAYING
        return session

    def state(self, session: str) -> SessionState:
        return self.rooms.registry.sessions[session].state

    def where(self, sid: str) -> ParticipantState:
        return self.rooms.registry.people[sid].state
