"""Chunks put together again: what one participant handed in of one episode."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from igbuild.serve.store.chunks import Kind

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

Fields = dict[str, Any]
MAX_DEPTH = 64
"""Levels of a line; what reads, compares and writes it calls itself for each."""


@dataclass(frozen=True)
class Player:
    """A participant of a session, as the signed token said."""

    session: str
    participant: str
    seat: int
    seats: int
    site: str
    first_seen: float


@dataclass(frozen=True)
class Part:
    """One kind of data of an episode.

    Attributes:
        lines: its JSON Lines in order, up to the first missing chunk.
        problems: what is missing, doubled or unreadable, in words.
    """

    lines: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @cached_property
    def objects(self) -> list[Fields]:
        """The lines that are JSON objects."""
        return [found for line in self.lines if (found := parse_line(line)) is not None]


@dataclass(frozen=True)
class Episode:
    """What one player handed in of one episode.

    Attributes:
        player: whose it is.
        number: 0-based number of the episode.
        rows: the canonical rows.
        meta: the newest metadata; empty while there is none.
        parted: the first checkpoint at which its page found that the players' states differ, if it did.
        problems: of rows and metadata.
    """

    player: Player
    number: int
    rows: Part
    meta: Fields
    parted: int | None
    problems: list[str]


def players(connection: sqlite3.Connection, session: str | None = None) -> list[Player]:
    """Return everyone who handed data in, by session in order of its begin, then by seat."""
    found = connection.execute(
        "SELECT session, participant, seat, seats, site, first_seen,"
        " MIN(first_seen) OVER (PARTITION BY session) AS begun FROM sessions"
        " WHERE ?1 IS NULL OR session = ?1 ORDER BY begun, session, seat, participant",
        (session,),
    )
    return [
        Player(r["session"], r["participant"], r["seat"], r["seats"], r["site"], r["first_seen"])
        for r in found
    ]


def episode_numbers(connection: sqlite3.Connection, player: Player) -> list[int]:
    """Return the episodes a player handed in anything of."""
    found = connection.execute(
        "SELECT DISTINCT episode FROM chunks WHERE session=? AND participant=? ORDER BY episode",
        (player.session, player.participant),
    )
    return [number for (number,) in found]


def read_part(connection: sqlite3.Connection, player: Player, episode: int, kind: Kind) -> Part:
    """Return one kind of data of an episode; what is wrong with it is said, not raised."""
    lines: list[str] = []
    problems: list[str] = []
    expected = 0
    found = connection.execute(
        "SELECT idx, variant, content FROM chunks WHERE session=? AND participant=? AND episode=? AND kind=?"
        " ORDER BY idx, variant",
        (player.session, player.participant, episode, kind.value),
    )
    for index, variant, content in found:
        if variant:
            problems.append(f"{kind} chunk {index} was handed in again with another content (kept beside)")
            continue
        if index != expected:
            problems.append(f"{kind} chunk {expected} is missing; chunk {index} and later are left out")
            break
        expected += 1
        lines += [line for line in content.decode().split("\n") if line]
    unreadable = next((number for number, line in enumerate(lines) if parse_line(line) is None), None)
    if unreadable is not None:
        why = "no JSON object, too deep, or half a character"
        problems.append(f"{kind} line {unreadable} cannot be read ({why})")
    return Part(lines, problems)


def read_episode(connection: sqlite3.Connection, player: Player, number: int) -> Episode:
    """Return the rows and metadata of an episode."""
    rows = read_part(connection, player, number, Kind.ROWS)
    meta = read_part(connection, player, number, Kind.META)
    problems = [*rows.problems, *meta.problems]
    for place, row in enumerate(rows.objects):
        if row.get("t") != place or row.get("episode") != number:
            problems.append(f"row {place} says episode {row.get('episode')}, t {row.get('t')}")
            break
    newest = meta.objects[-1] if meta.objects else {}
    parted = _parted(connection, player, number) if newest.get("status") == "desynced" else None
    return Episode(player, number, rows, newest, parted, problems)


def _parted(connection: sqlite3.Connection, player: Player, number: int) -> int | None:
    for line in read_part(connection, player, number, Kind.VALIDATION).objects:
        frame = line.get("frame")
        if line.get("type") == "desync" and type(frame) is int:
            return max(frame, 0)  # -1: the states before the first step
    return None


def by_session(found: list[Player]) -> Iterator[list[Player]]:
    """Group players by their session, in order."""
    groups: dict[str, list[Player]] = {}
    for player in found:
        groups.setdefault(player.session, []).append(player)
    yield from groups.values()


def parse_line(line: str) -> Fields | None:
    """Return the object of a line, or None if it holds none that every table can hold.

    JSON can escape half a surrogate pair, which is no character and cannot be written to any file.
    """
    try:
        value = json.loads(line)
        if "\\u" in line:
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or (_brackets(line) > MAX_DEPTH and _is_deeper(value, MAX_DEPTH)):
        return None
    return value


def _brackets(line: str) -> int:
    return line.count("[") + line.count("{")


def _is_deeper(value: Any, levels: int) -> bool:
    inside = [value]
    for _ in range(levels):
        nested = [one.values() if isinstance(one, dict) else one for one in inside]
        inside = [inner for one in nested for inner in one if isinstance(inner, (dict, list))]
    return bool(inside)
