"""What the server holds of a game: every player's lines as stored, and what `igbuild data verify` says."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Any

from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from pathlib import Path


def sessions(data: Path) -> set[str]:
    """Return the ids of the sessions that handed anything in; none where nothing ever was."""
    if not (data / "data.sqlite3").is_file():
        return set()
    with closing(sqlite3.connect(data / "data.sqlite3")) as connection:
        return {session for (session,) in connection.execute("SELECT DISTINCT session FROM chunks")}


def exports(data: Path, kind: str, session: str | None = None) -> dict[tuple[int, int], str]:
    """Return what was handed in of a kind, by seat and episode; the last of all that replace each other."""
    query = "SELECT s.seat, c.episode, c.content FROM chunks c JOIN sessions s USING (session, participant)"
    query += " WHERE c.kind = ? AND c.variant = 0 AND ifnull(c.session = ?, 1) ORDER BY c.idx"
    found: dict[tuple[int, int], str] = {}
    with closing(sqlite3.connect(data / "data.sqlite3")) as connection:
        for seat, episode, content in connection.execute(query, (kind, session)):
            text = content.decode()
            found[seat, episode] = text if kind == "meta" else found.get((seat, episode), "") + text
    return found


def matches(data: Path) -> list[dict[str, Any]]:
    """Return the match log."""
    return [json.loads(line) for line in (data / "matches.jsonl").read_text(encoding="utf-8").splitlines()]


def verdicts(
    folder: Path, data: Path, session: str | None = None, where: str = "pyodide"
) -> list[dict[str, Any]]:
    """Return what `igbuild data verify` says of each episode; nothing may differ, so that it ends with 0."""
    command = [
        sys.executable,
        "-m",
        "igbuild",
        "data",
        "verify",
        "--json",
        "--in",
        where,
        "--data",
        str(data),
    ]
    command += [] if session is None else ["--session", session]
    environment = {**os.environ, "IGBUILD_CHROMIUM": chromium() or ""}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    episodes: list[dict[str, Any]] = json.loads(done.stdout)["episodes"]
    return episodes
