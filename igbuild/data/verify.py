"""Whether the players' exports agree, and are whole; and, where they are replayed, whether they are true."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from igbuild.data.compare import agreed_length, first_difference
from igbuild.data.episodes import Episode, by_session, episode_numbers, players, read_episode
from igbuild.data.verdict import Agreement, EpisodeVerdict, VerifyReport
from igbuild.errors import IgbuildError
from igbuild.serve.store.schema import open_for_reading

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from igbuild.data.episodes import Player

    Judging = Callable[[Iterable[list[Episode]]], Iterable[EpisodeVerdict]]


def verify(folder: Path, session: str | None = None, judging: Judging | None = None) -> VerifyReport:
    """Judge every episode.

    Args:
        folder: the data folder.
        session: only this one.
        judging: judges episodes, each as all its players handed it in; by default `judge`, which compares
            their exports. `igbuild.data.replay.Replayer.judge` replays them too.

    Raises:
        IgbuildError: there is no such data.
    """
    with closing(open_for_reading(folder)) as connection:
        found = _players(connection, session, folder)
        episodes = (episode for group in by_session(found) for episode in episodes_of(connection, group))
        return VerifyReport(tuple(judging(episodes) if judging else map(judge, episodes)))


def check_there(folder: Path, session: str | None = None) -> None:
    """Raise what `verify` would raise where there is no such data, before anything slow is done."""
    with closing(open_for_reading(folder)) as connection:
        _players(connection, session, folder)


def _players(connection: sqlite3.Connection, session: str | None, folder: Path) -> list[Player]:
    found = players(connection, session)
    if session is not None and not found:
        raise IgbuildError(f"{folder}: no session {session!r}. `igbuild data list` names those there are.")
    return found


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
    # Where a page found a desync, the other side of it may be missing here.
    found = any(episode.meta.get("status") == Agreement.DESYNCED for episode in episodes)
    agreement = Agreement.of(desynced=difference is not None or found, reasons=reasons)
    parted = [episode.parted for episode in episodes if episode.parted is not None]
    rows = min([agreed_length(lines, difference), *parted])
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
