"""What is found of each episode: the agreement of the players' exports, and what replaying them gave."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from igbuild.data.compare import Difference


REPLAYED: Final = "(replay)"
"""Stands for a participant where a difference names what a replay gave."""


class Agreement(StrEnum):
    """What is known of an episode's rows, all in all."""

    VERIFIED = "verified"
    """All players' are there, whole, and the same; and where they were replayed, they came out so again."""
    PARTIAL = "partial"
    """What there is is the same, but something is missing, or could not be verified."""
    DESYNCED = "desynced"
    """They differ, or a replay differs from them, or a page found while it played that the states did."""

    @classmethod
    def of(cls, *, desynced: bool, reasons: Sequence[str]) -> Agreement:
        """Return what follows from a difference, if there is one, and from what is missing or doubtful."""
        if desynced:
            return cls.DESYNCED
        return cls.PARTIAL if reasons else cls.VERIFIED


@dataclass(frozen=True)
class Replay:
    """What replaying one export gave.

    Attributes:
        participants: who handed it in, whole or the beginning of it.
        rows: how many rows came out the same.
        hashes: how many of them had a state hash, which did too.
        difference: the first that did not, with what was recorded and what was replayed; its `key` is None
            where the step could not be taken again.
        problem: why it could not be replayed at all.
    """

    participants: tuple[str, ...]
    rows: int = 0
    hashes: int = 0
    difference: Difference | None = None
    problem: str | None = None


@dataclass(frozen=True)
class EpisodeVerdict:
    """What is found of one episode.

    Attributes:
        session: id of the session.
        episode: 0-based number.
        agreement: all in all.
        rows: how many rows are agreed on: alike in all exports that hold them.
        difference: where they first differ; where they do not, where a replay first differs from them. None
            with a desync that a page found, but whose other side was not handed in.
        reasons: why the episode is partial, and whatever else is worth a look.
        replays: one for each different export; empty where nothing was replayed.
    """

    session: str
    episode: int
    agreement: Agreement
    rows: int
    difference: Difference | None
    reasons: tuple[str, ...]
    replays: tuple[Replay, ...] = ()


@dataclass(frozen=True)
class VerifyReport:
    """All verdicts.

    Attributes:
        episodes: in the order of the sessions.
    """

    episodes: tuple[EpisodeVerdict, ...]

    @property
    def ok(self) -> bool:
        """Whether nothing differs: the exit code is 0 if so, else 1. A partner who left is no fault."""
        return all(found.agreement is not Agreement.DESYNCED for found in self.episodes)

    def count(self, agreement: Agreement) -> int:
        """Return how many episodes have an agreement."""
        return sum(found.agreement is agreement for found in self.episodes)

    def to_json(self) -> dict[str, Any]:
        """Return the report as `igbuild data verify --json` prints it."""
        counts = {agreement.value: self.count(agreement) for agreement in Agreement}
        return {"ok": self.ok, **counts, "episodes": [asdict(found) for found in self.episodes]}
