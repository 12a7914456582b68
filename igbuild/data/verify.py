"""`igbuild data verify`: whether the players' exports agree, and are whole."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from igbuild.data.compare import Difference, agreed_length, first_difference
from igbuild.data.episodes import Episode, by_session, episode_numbers, players, read_episode
from igbuild.errors import IgbuildError
from igbuild.serve.store.schema import open_for_reading

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from pathlib import Path

    from igbuild.data.episodes import Player


class Agreement(StrEnum):
    """What the players' exports of an episode say together."""

    VERIFIED = "verified"
    """All are there, whole, and the same."""
    PARTIAL = "partial"
    """What all hold is the same, but something is missing."""
    DESYNCED = "desynced"
    """They differ."""


@dataclass(frozen=True)
class EpisodeVerdict:
    """The agreement of one episode.

    Attributes:
        session: id of the session.
        episode: 0-based number.
        agreement: what the exports say together.
        rows: how many rows all players hold alike.
        difference: where they first differ.
        reasons: why the episode is partial, and whatever else is worth a look.
    """

    session: str
    episode: int
    agreement: Agreement
    rows: int
    difference: Difference | None
    reasons: tuple[str, ...]


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


def verify(folder: Path, session: str | None = None) -> VerifyReport:
    """Compare the players' exports.

    Args:
        folder: the data folder.
        session: only this one.

    Raises:
        IgbuildError: there is no such data.
    """
    with closing(open_for_reading(folder)) as connection:
        found = players(connection, session)
        if session is not None and not found:
            raise IgbuildError(
                f"{folder}: no session {session!r}. `igbuild data list` names those there are."
            )
        return VerifyReport(
            tuple(judge(episode) for group in by_session(found) for episode in episodes_of(connection, group))
        )


def episodes_of(connection: sqlite3.Connection, group: list[Player]) -> Iterator[list[Episode]]:
    """Yield each episode of a session as all its players handed it in."""
    numbers = {player.participant: episode_numbers(connection, player) for player in group}
    for number in sorted({number for found in numbers.values() for number in found}):
        yield [
            read_episode(connection, player, number)
            for player in group
            if number in numbers[player.participant]
        ]


def judge(episodes: list[Episode]) -> EpisodeVerdict:
    """Judge one episode from all that was handed in of it. At least one player's."""
    first = episodes[0]
    lines = {episode.player.participant: episode.rows.lines for episode in episodes}
    difference = first_difference(lines)
    reasons = tuple(_reasons(episodes))
    agreement = Agreement.PARTIAL if reasons else Agreement.VERIFIED
    if difference:
        agreement = Agreement.DESYNCED
    rows = agreed_length(lines, difference)
    return EpisodeVerdict(first.player.session, first.number, agreement, rows, difference, reasons)


def _reasons(episodes: list[Episode]) -> Iterator[str]:
    first = episodes[0]
    if len(episodes) < first.player.seats:
        yield f"{len(episodes)} of {first.player.seats} players handed in data"
    lengths = {episode.player.participant: len(episode.rows.lines) for episode in episodes}
    if len(set(lengths.values())) > 1:
        yield "rows: " + ", ".join(f"{name} {count}" for name, count in lengths.items())
    for episode in episodes:
        who = episode.player.participant
        yield from (f"{who}: {problem}" for problem in episode.problems)
        termination = episode.meta.get("termination")
        if not episode.meta:
            yield f"{who}: no metadata"
        elif not isinstance(termination, dict):
            yield f"{who}: the metadata does not say how the episode ended"
        elif episode.meta.get("status") != "verified":
            yield f"{who}: ended as {episode.meta.get('status')} ({termination.get('reason')})"
        rows = episode.meta.get("rows", len(episode.rows.lines))
        if rows != len(episode.rows.lines):
            yield f"{who}: {len(episode.rows.lines)} of {rows} rows"
