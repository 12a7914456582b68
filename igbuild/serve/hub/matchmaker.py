"""Who plays with whom: the interface of a matchmaker, and the default, first come first served."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SEARCH_STEPS = 5000
"""Bound of one search (about 2 ms); whom it does not reach is found as the oldest leave or match."""


@dataclass(frozen=True)
class Candidate:
    """One who waits, as a matchmaker sees them.

    Attributes:
        id: unguessable; the same over reconnects.
        arrived: Unix time in seconds.
        rtt_ms: round trip to the hub, None while unknown.
        attributes: the custom attributes declared in the TOML and taken from the URL.
        peers: round trips to other candidates in ms as far as they were measured; None stands for a pair
            that could not connect.
    """

    id: str
    arrived: float
    rtt_ms: float | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    peers: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Match:
    """A group to propose.

    Attributes:
        members: ids of candidates, in the order of their seats.
        reasons: why these; written to the match log as they are.
    """

    members: tuple[str, ...]
    reasons: Mapping[str, Any] = field(default_factory=dict)


class Matchmaker(Protocol):
    """Finds groups among those who may play together; called whenever these change. Must return quickly."""

    def find_match(self, waiting: Sequence[Candidate]) -> Match | None:
        """Return one group of those who wait (oldest first), or None."""


@dataclass(frozen=True)
class Fifo:
    """The first group, in order of arrival, whose members may all play with each other.

    Attributes:
        size: players of a group.
        max_p2p_rtt_ms: pairs known to be slower, or unable to connect, are kept apart; None allows every
            pair that could connect.
    """

    size: int
    max_p2p_rtt_ms: float | None = None

    def find_match(self, waiting: Sequence[Candidate]) -> Match | None:
        """Return the first group in order of arrival, or None."""
        budget = [SEARCH_STEPS]
        for place in range(len(waiting) - self.size + 1):
            group = self._extend([waiting[place]], waiting, place + 1, budget)
            if group:
                reasons = {"rule": "fifo", "passed_over": place}
                return Match(tuple(member.id for member in group), reasons)
            if budget[0] <= 0:
                break
        return None

    def _extend(
        self, group: list[Candidate], waiting: Sequence[Candidate], start: int, budget: list[int]
    ) -> list[Candidate] | None:
        if len(group) == self.size:
            return group
        for place in range(start, len(waiting)):
            budget[0] -= 1
            if budget[0] <= 0:
                return None
            other = waiting[place]
            if all(self._may_play(member, other) for member in group):
                found = self._extend([*group, other], waiting, place + 1, budget)
                if found:
                    return found
        return None

    def _may_play(self, one: Candidate, other: Candidate) -> bool:
        if other.id not in one.peers:
            return True
        rtt = one.peers[other.id]
        return rtt is not None and (self.max_p2p_rtt_ms is None or rtt <= self.max_p2p_rtt_ms)
