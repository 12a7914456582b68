"""One session: its seats, its states, and what each message or deadline does to it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Any

from igbuild.serve.hub.effects import Effect, Record, Send
from igbuild.serve.hub.ice import ice_for
from igbuild.serve.hub.refusals import Refusal, Refused
from igbuild.serve.hub.session_state import NEXT, SessionState
from igbuild.serve.hub.states import advance
from igbuild.serve.store.tokens import SeatClaims, sign

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from igbuild.serve.hub.settings import HubSettings

Pair = tuple[int, int]


@dataclass
class Seat:
    """One player's place.

    Attributes:
        index: 0-based number of the player.
        sid: the connection that sits here; None while the player is away from the hub.
        participant: id of the participant; None until a player of a restored session comes back.
        ticket: the place in the waiting room to return to; None in a restored session.
        left_at: since when the player is away from the hub.
        accepted: the player has heard of the match.
        ready: the player's channels are checked.
        done: why the player is finished with the session; None while it is not.
        gone: the player is finished only because it stays away from the hub; the peers may still hear each
            other, so that it may come back.
        told: what the match log says about the player.
    """

    index: int
    sid: str | None = None
    participant: str | None = None
    ticket: str | None = None
    left_at: float | None = None
    accepted: bool = False
    ready: bool = False
    done: str | None = None
    gone: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)


class Session:
    """The hub's side of one session.

    Every method returns what is to be sent. A session that has ended says so in `state`; `reason`, `repool`
    (the seats whose players go back to the waiting room) and `abandoned` (all its players are gone, and may
    come back) are then final.

    Args:
        settings: of the hub.
        claims: what the tokens of all seats have in common (their `seat` and `participant` are ignored).
        seats: the players.
        state: where it stands; a restored session does not begin at the beginning.
        now: Unix time in seconds.
    """

    def __init__(
        self, settings: HubSettings, claims: SeatClaims, seats: list[Seat], state: SessionState, now: float
    ) -> None:
        self.settings = settings
        self.claims = claims
        self.seats = seats
        self.state = state
        self.reason: str | None = None
        self.repool: frozenset[int] = frozenset()
        self.abandoned = False
        self.apart: set[Pair] = set()
        self.via_hub: set[Pair] = set()
        self.rtts: dict[Pair, dict[int, float | None]] = {}
        self.deadline = now + settings.validate_timeout

    @property
    def id(self) -> str:
        """The session's unguessable id."""
        return self.claims.session

    def begin(self, now: float) -> list[Effect]:
        """Measure the proposed group, or match it at once where nothing is to be measured."""
        if self.settings.max_p2p_rtt_ms is None:
            return self._match(now)
        self.deadline = now + self.settings.probe_timeout
        effects: list[Effect] = []
        for seat in self.seats:
            place = {"seat": seat.index, "seats": len(self.seats)}
            effects += self._tell([seat], "probe", place | {"ice": self.ice(seat, now)})
        return [*effects, self._record("proposed")]

    def probe_result(self, seat: Seat, peer: int, median_ms: float | None, now: float) -> list[Effect]:
        """Take one seat's measurement of a pair; the first of each seat counts."""
        self._require(SessionState.WAITING)
        self.rtts.setdefault(self._pair(seat, peer), {}).setdefault(seat.index, median_ms)
        complete = all(len(self.rtts.get(pair, ())) == 2 for pair in self._pairs())
        refused = any(not self._is_fast(rtt) for told in self.rtts.values() for rtt in told.values())
        if refused:
            return self._end("too_far", repool=True)
        return self._match(now) if complete else []

    def accept(self, seat: Seat, now: float) -> list[Effect]:
        """Note that a player has heard of the match; when all have, they may connect."""
        self._require(SessionState.MATCHED, SessionState.VALIDATING, SessionState.PLAYING)
        seat.accepted = True
        if self.state is not SessionState.MATCHED or not all(s.accepted for s in self.seats):
            return []
        self._advance(SessionState.VALIDATING)
        self.deadline = now + self.settings.validate_timeout
        return self._tell(self.seats, "validating", {})

    def ready(self, seat: Seat) -> list[Effect]:
        """Note that a player's channels are checked; when all are, the session plays."""
        self._require(SessionState.VALIDATING, SessionState.PLAYING)
        seat.ready = True
        if self.state is not SessionState.VALIDATING or not all(s.ready for s in self.seats):
            return []
        self._advance(SessionState.PLAYING)
        return [
            *self._tell(self.seats, "playing", {"via_hub": sorted(self.via_hub)}),
            self._record("playing"),
        ]

    def relay(self, seat: Seat, peer: int) -> list[Effect]:
        """Carry the inputs of a pair through the hub from now on."""
        self._require(SessionState.VALIDATING, SessionState.PLAYING)
        pair = self._pair(seat, peer)
        if not self.settings.hub_relay:
            raise Refused(Refusal.RELAY_OFF)
        if pair in self.via_hub:
            return []
        self.via_hub.add(pair)
        told = self._tell([self.seats[i] for i in pair], "relayed", {"pair": list(pair)})
        return [*told, self._record("relayed", pair=list(pair))]

    def fail(self, seat: Seat, reason: str, peer: int | None = None) -> list[Effect]:
        """End a session that cannot begin; its players go back to the waiting room."""
        self._require(SessionState.WAITING, SessionState.MATCHED, SessionState.VALIDATING)
        self.apart = self._pairs_of({seat.index}) if peer is None else {self._pair(seat, peer)}
        return self._end(reason, repool=True)

    def finish(self, seat: Seat, reason: str) -> list[Effect]:
        """Let a player go for good; before play that ends the session for all."""
        if seat.done is not None or self.state is SessionState.ENDED:
            return []
        seat.done = reason
        if self.state is not SessionState.PLAYING:
            return self._end("partner_left", repool=True)
        told = self._tell_others(seat, "peer_left", {"seat": seat.index, "reason": reason})
        if all(s.done is not None for s in self.seats):
            self.abandoned = all(s.gone for s in self.seats)
            return [*told, *self._end("abandoned" if self.abandoned else "finished")]
        return told

    def detach(self, seat: Seat, now: float) -> list[Effect]:
        """Note that a player has lost the hub; the peers may still hear each other."""
        seat.sid, seat.left_at = None, now
        if self.state is SessionState.WAITING:
            seat.done = "left"
            return self._end("partner_left", repool=True)
        return self._tell_others(seat, "peer_offline", {"seat": seat.index})

    def attach(self, seat: Seat, sid: str, participant: str) -> list[Effect]:
        """Give a player back its seat."""
        seat.sid, seat.left_at, seat.participant = sid, None, participant
        seat.done, seat.gone = None, False
        return self._tell_others(seat, "peer_online", {"seat": seat.index})

    def tick(self, now: float) -> list[Effect]:
        """Act on what did not happen in time."""
        effects: list[Effect] = []
        limit = self.settings.accept_timeout
        if self.state is SessionState.PLAYING:
            limit = self.settings.rejoin_timeout
        for seat in self.seats:
            if seat.left_at is not None and seat.done is None and now - seat.left_at > limit:
                seat.gone = True
                effects += self.finish(seat, "gone")
        if self.state is SessionState.PLAYING:
            effects += self._expire_play(now)
        elif now > self.deadline:
            effects += self._expire()
        return effects

    def _expire(self) -> list[Effect]:
        """End what has not reached its next state in time."""
        if self.state is SessionState.WAITING:
            self.apart = {pair for pair in self._pairs() if len(self.rtts.get(pair, ())) < 2}
            return self._end("probe_timeout", repool=True)
        if self.state is SessionState.MATCHED:
            for seat in self.seats:
                seat.done = None if seat.accepted else "no_answer"
            return self._end("no_answer", repool=True)
        if self.state is SessionState.VALIDATING:
            late = {s.index for s in self.seats if not s.ready}
            # Who is ready has tried all its pairs: where two or more are not, it is between them.
            self.apart = {pair for pair in self._pairs() if late.issuperset(pair)} or self._pairs_of(late)
            return self._end("no_path", repool=True)
        return []

    def _expire_play(self, now: float) -> list[Effect]:
        return self._end("too_long") if now - self.claims.issued > self.settings.session_max_age else []

    def known_pairs(self) -> dict[Pair, float | None]:
        """Return what the session has taught of its pairs: round trips, None for no connection."""
        found: dict[Pair, float | None] = {}
        for pair, told in self.rtts.items():
            known = [rtt for rtt in told.values() if rtt is not None]
            found[pair] = max(known) if len(known) == len(told) else None
        return found | dict.fromkeys(self.apart)

    def token(self, seat: Seat) -> str:
        """Return the token of a seat."""
        common = vars(self.claims) | {"seat": seat.index, "participant": seat.participant or ""}
        return sign(self.settings.secret, SeatClaims(**common))

    def _match(self, now: float) -> list[Effect]:
        self._advance(SessionState.MATCHED)
        self.deadline = now + self.settings.accept_timeout
        effects: list[Effect] = []
        for seat in self.seats:
            effects += self._tell([seat], "matched", self.place(seat, now) | {"token": self.token(seat)})
        return [*effects, self._record("matched")]

    def place(self, seat: Seat, now: float) -> dict[str, Any]:
        """Return what a player must know of its seat and of the session."""
        return {
            "seat": seat.index,
            "seats": len(self.seats),
            "tag": self.claims.tag,
            "seed": self.claims.seed,
            "ice": self.ice(seat, now),
            "hub_relay": self.settings.hub_relay,
        }

    def _end(self, reason: str, *, repool: bool = False) -> list[Effect]:
        if self.state is SessionState.ENDED:
            return []
        was = self.state
        self._advance(SessionState.ENDED)
        self.reason = reason
        if repool:
            self.repool = frozenset(s.index for s in self.seats if s.done is None and s.ticket is not None)
        return [self._record("ended", was=was.value, reason=reason)]

    def _advance(self, new: SessionState) -> None:
        self.state = advance(NEXT, self.state, new)

    def _require(self, *states: SessionState) -> None:
        if self.state not in states:
            raise Refused(Refusal.WRONG_STATE)

    def _pairs(self) -> set[Pair]:
        return set(combinations(range(len(self.seats)), 2))

    def _pairs_of(self, seats: set[int]) -> set[Pair]:
        return {pair for pair in self._pairs() if seats & set(pair)}

    def _pair(self, seat: Seat, peer: int) -> Pair:
        if peer == seat.index or peer >= len(self.seats):
            raise Refused(Refusal.BAD_MESSAGE)
        return min(seat.index, peer), max(seat.index, peer)

    def _is_fast(self, rtt: float | None) -> bool:
        limit = self.settings.max_p2p_rtt_ms
        return rtt is not None and (limit is None or rtt <= limit)

    def ice(self, seat: Seat, now: float) -> dict[str, Any]:
        """Return ICE servers with fresh credentials for a seat."""
        return ice_for(self.settings.ice, f"{self.claims.tag:08x}-{seat.index}", now)

    def _tell_others(self, seat: Seat, event: str, data: dict[str, Any]) -> list[Effect]:
        return self._tell([s for s in self.seats if s is not seat], event, data)

    def _tell(self, seats: Sequence[Seat], event: str, data: dict[str, Any]) -> list[Effect]:
        body = {"session": self.id, **data}
        return [Send(seat.sid, event, body) for seat in seats if seat.sid is not None]

    def _record(self, event: str, **more: Any) -> Record:
        players = [
            {"seat": s.index, "participant": s.participant, "done": s.done, **s.told} for s in self.seats
        ]
        rtts = [
            {"pair": list(pair), "ms": [told.get(seat) for seat in pair]} for pair, told in self.rtts.items()
        ]
        entry = {"event": event, "session": self.id, **more, "players": players, "p2p_rtt_ms": rtts}
        return Record(entry)
