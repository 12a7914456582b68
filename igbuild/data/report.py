"""Sessions and verdicts as they are printed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from igbuild.data.verdict import REPLAYED, Agreement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from igbuild.console import Console
    from igbuild.data.compare import Difference
    from igbuild.data.imports import ImportReport
    from igbuild.data.sessions import PlayerSummary, SessionSummary
    from igbuild.data.verdict import EpisodeVerdict, VerifyReport

STYLES = {
    Agreement.VERIFIED: "green",
    Agreement.PARTIAL: "yellow",
    Agreement.DESYNCED: "bold red",
}
SHOWN = 60
"""Characters of a value that a line shows."""


def show_sessions(sessions: Sequence[SessionSummary], console: Console) -> None:
    """Print a line for each player of each session."""
    rows = [("session", "begun (UTC)", "player", "episodes", "size", "")]
    for session in sessions:
        key = (session.session, _time(session.begun))
        rows += [(*key, *_player(player)) for player in session.players]
        if missing := session.seats - len(session.players):
            rows.append((*key, f"{missing} of {session.seats} handed in nothing", "", "", ""))
    if sessions:
        # Ids are there to be copied: no column is ever cut.
        shown = [[plain(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        for row in shown:
            cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            console.result("  ".join(cells).rstrip())
    console.step(f"{len(sessions)} session{'' if len(sessions) == 1 else 's'}")


def told_import(report: ImportReport) -> str:
    """Return in words what became of imported parts."""
    sessions = f"{len(report.sessions)} session{'' if len(report.sessions) == 1 else 's'}"
    told = f"{report.stored} new parts of {sessions}, {report.duplicates} were there already"
    if report.conflicts:
        told += f", {report.conflicts} differ from what was there (kept beside it)"
    return told


def show_verdicts(report: VerifyReport, console: Console) -> None:
    """Print what is found of each episode; only what is not verified when quiet."""
    for found in report.episodes:
        if console.verbosity < 0 and found.agreement is Agreement.VERIFIED:
            continue
        name = f"{plain(found.session)}, episode {found.episode}"
        style = STYLES[found.agreement]
        console.out.print(f"{found.agreement.value:<9}", style=style, end=" ")
        console.out.print(f"{name}: {_rows(found)}", markup=False)
        for line in details(found):
            console.out.print(f"          {plain(line)}", markup=False)
    console.step(summary(report))


def details(found: EpisodeVerdict) -> list[str]:
    """Return what is to be said of an episode besides its agreement, a line each."""
    lines = []
    if found.difference and not any(found.difference is one.difference for one in found.replays):
        lines.append(f"the players differ {told(found.difference)}")
    for replay in found.replays:
        if replay.difference:
            lines.append(f"the replay of {', '.join(replay.participants)} differs {told(replay.difference)}")
        elif found.difference and replay.problem is None:
            lines.append(f"the replay of {', '.join(replay.participants)} gives the same")
    return [*lines, *found.reasons]


def told(difference: Difference) -> str:
    """Return a difference in words."""
    values = difference.values
    if difference.key is None and values.get(REPLAYED):
        return f"at frame {difference.frame}: {values[REPLAYED]}"
    shown = "; ".join(f"{name}: {_shown(value)}" for name, value in values.items())
    return f"at frame {difference.frame}, {difference.key or 'a row that cannot be read'} ({shown})"


def summary(report: VerifyReport) -> str:
    """Return the report in a sentence."""
    counts = [f"{count} {agreement}" for agreement in Agreement if (count := report.count(agreement))]
    return ", ".join(counts) or "there are no episodes"


def _rows(found: EpisodeVerdict) -> str:
    rows = f"{found.rows} row{'' if found.rows == 1 else 's'} agreed"
    if not found.replays:
        return rows
    replayed = max(replay.rows for replay in found.replays)
    hashes = max(replay.hashes for replay in found.replays)
    return f"{rows}, {replayed} replayed with {hashes} state hash{'' if hashes == 1 else 'es'}"


def _player(player: PlayerSummary) -> tuple[str, str, str, str]:
    remarks = [f"code {player.code}"] if player.code else []
    remarks += [f"{player.conflicts} conflicting"] if player.conflicts else []
    return (
        f"{player.seat}: {player.participant}",
        str(player.episodes),
        f"{(player.bytes or 0) / 1000:,.1f} kB",
        ", ".join(remarks),
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def plain(text: str) -> str:
    """Return what a participant may have written so that it can do nothing to a terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
