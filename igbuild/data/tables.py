"""The tables of an export, row by row: what of the data stands in which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igbuild.data.episodes import Part, by_session, players, read_part
from igbuild.data.verify import episodes_of, judge
from igbuild.serve.store.chunks import Kind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator

    from igbuild.data.episodes import Episode, Fields

FIRST_COLUMN = "session"
"""Of every table."""


@dataclass(frozen=True)
class Table:
    """A table of an export.

    Attributes:
        name: of the file, without ending.
        records: yields its rows; may be asked more than once.
    """

    name: str
    records: Callable[[], Iterator[Fields]]


class Tables:
    """The tables of an export.

    A record's key (session, participant, seat, episode) is what the signed token said; columns of the same
    names inside the data cannot change it.

    Args:
        connection: to the store.
        session: only this one.
        per_player: give each player's rows, not the agreed ones once.
    """

    def __init__(self, connection: sqlite3.Connection, session: str | None, *, per_player: bool) -> None:
        self._connection = connection
        self._session = session
        self._per_player = per_player

    def all(self) -> list[Table]:
        """Return them in the order of their use to a reader."""
        return [
            Table("rows", self._rows),
            Table("episodes", self._about),
            Table("local", lambda: self._other(Kind.LOCAL)),
            Table("validation", lambda: self._other(Kind.VALIDATION)),
            Table("telemetry", lambda: self._other(Kind.TELEMETRY)),
        ]

    def _episodes(self) -> Iterator[list[Episode]]:
        for group in by_session(players(self._connection, self._session)):
            yield from episodes_of(self._connection, group)

    def _rows(self) -> Iterator[Fields]:
        for found in self._episodes():
            if self._per_player:
                for episode in found:
                    yield from (_keyed(_key(episode), row) for row in episode.rows.objects)
            else:
                key = {FIRST_COLUMN: found[0].player.session, "episode": found[0].number}
                longest = max((episode.rows.lines for episode in found), key=len)
                agreed = Part(longest[: judge(found).rows])
                yield from (_keyed(key, row) for row in agreed.objects)

    def _about(self) -> Iterator[Fields]:
        for found in self._episodes():
            verdict = judge(found)
            difference = verdict.difference
            said = {
                "agreement": verdict.agreement.value,
                "agreed_rows": verdict.rows,
                "first_difference_frame": difference.frame if difference else None,
                "first_difference_key": difference.key if difference else None,
                "reasons": "; ".join(verdict.reasons),
            }
            for episode in found:
                player = {"site": episode.player.site, "rows": len(episode.rows.lines)}
                yield _key(episode) | said | player | _flat(episode.meta, "meta")

    def _other(self, kind: Kind) -> Iterator[Fields]:
        for found in self._episodes():
            for episode in found:
                part = read_part(self._connection, episode.player, episode.number, kind)
                yield from (_keyed(_key(episode), line) for line in part.objects)


def _key(episode: Episode) -> Fields:
    player = episode.player
    return {
        FIRST_COLUMN: player.session,
        "participant": player.participant,
        "seat": player.seat,
        "episode": episode.number,
    }


def _keyed(key: Fields, record: Fields) -> Fields:
    return {**key, **record, **key}


def _flat(value: Any, name: str) -> Fields:
    """Give nested objects dotted columns; lists stay whole."""
    if not isinstance(value, dict) or not value:
        return {} if value == {} else {name: value}
    return {
        key: cell for part, inner in value.items() for key, cell in _flat(inner, f"{name}.{part}").items()
    }
