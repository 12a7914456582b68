"""`igbuild data list`: which sessions there are, and what each player handed in."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from igbuild.data.episodes import by_session, parse_line, players
from igbuild.serve.store.schema import open_for_reading

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

    from igbuild.data.episodes import Player


@dataclass(frozen=True)
class PlayerSummary:
    """What one player handed in.

    Attributes:
        participant: id of the participant.
        seat: 0-based number of the player.
        episodes: how many have rows.
        chunks: pieces of every kind.
        bytes: of them.
        conflicts: pieces handed in again with another content.
        last: when the newest arrived (Unix time, seconds).
        code: completion code that was drawn for this player, if one was.
    """

    participant: str
    seat: int
    episodes: int
    chunks: int
    bytes: int
    conflicts: int
    last: float
    code: str | None = None


@dataclass(frozen=True)
class SessionSummary:
    """One session.

    Attributes:
        session: its id.
        site: id of the built site it ran.
        begun: when its first data arrived (Unix time, seconds).
        seats: how many players it has.
        players: those who handed in data, by seat.
    """

    session: str
    site: str
    begun: float
    seats: int
    players: tuple[PlayerSummary, ...]


def list_sessions(folder: Path) -> list[SessionSummary]:
    """Return all sessions, oldest first.

    Raises:
        IgbuildError: there is no data.
    """
    with closing(open_for_reading(folder)) as connection:
        return [
            SessionSummary(
                group[0].session,
                group[0].site,
                min(player.first_seen for player in group),
                group[0].seats,
                tuple(_summary(connection, player) for player in group),
            )
            for group in by_session(players(connection))
        ]


def _summary(connection: sqlite3.Connection, player: Player) -> PlayerSummary:
    episodes, chunks, size, conflicts, last = connection.execute(
        "SELECT COUNT(DISTINCT CASE WHEN kind='rows' THEN episode END), COUNT(*), SUM(LENGTH(content)),"
        " SUM(variant > 0), MAX(received) FROM chunks WHERE session=? AND participant=?",
        (player.session, player.participant),
    ).fetchone()
    code = _code(connection, player)
    return PlayerSummary(player.participant, player.seat, episodes, chunks, size, conflicts, last, code)


def _code(connection: sqlite3.Connection, player: Player) -> str | None:
    found = connection.execute(
        "SELECT content FROM chunks WHERE session=? AND participant=? AND kind='meta' AND variant=0"
        " ORDER BY episode DESC, idx DESC LIMIT 1",
        (player.session, player.participant),
    ).fetchone()
    code = (parse_line(found["content"].decode()) or {}).get("completionCode") if found else None
    return code if isinstance(code, str) else None
