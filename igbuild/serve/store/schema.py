"""The tables of the data store, and how a connection to them is opened."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILE_NAME = "data.sqlite3"
VERSION = 1

TABLES = """
CREATE TABLE IF NOT EXISTS sessions (
    experiment TEXT NOT NULL,
    session TEXT NOT NULL,
    participant TEXT NOT NULL,
    seat INTEGER NOT NULL,
    seats INTEGER NOT NULL,
    site TEXT NOT NULL,
    first_seen REAL NOT NULL,
    bytes INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (experiment, session, participant)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS chunks (
    id INTEGER PRIMARY KEY,
    experiment TEXT NOT NULL,
    session TEXT NOT NULL,
    participant TEXT NOT NULL,
    episode INTEGER NOT NULL,
    kind TEXT NOT NULL,
    idx INTEGER NOT NULL,
    variant INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    received REAL NOT NULL,
    content BLOB NOT NULL,
    UNIQUE (experiment, session, participant, episode, kind, idx, sha256)
);
"""
"""`variant` is 0 for the first content of a key; later, different contents count up and are never shown
instead of it."""


def open_for_writing(folder: Path) -> sqlite3.Connection:
    """Open the store of a data folder, making it where there is none.

    `synchronous=FULL` in WAL mode syncs the log at every commit: what is committed survives a power cut.

    Raises:
        IgbuildError: the file is not an igbuild store, or was written by a newer igbuild.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    if not path.exists():
        path.touch(mode=0o600)  # whoever played is nobody else's business; SQLite's other files follow it
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
    with _let_go_if_unusable(connection, path):
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        _check_version(connection, path)
        connection.executescript(TABLES)
        connection.execute(f"PRAGMA user_version={VERSION}")
    return connection


def open_for_reading(folder: Path) -> sqlite3.Connection:
    """Open the store of a data folder read-only, as it is now: what a running server adds is not seen.

    The server is not disturbed.

    Raises:
        IgbuildError: there is no store, or it cannot be read.
    """
    path = folder / FILE_NAME
    try:
        path.open("rb").close()
    except PermissionError as error:
        raise IgbuildError(
            f"{path}: you may not read it; what participants did belongs to the user that runs igbuild serve."
            " Run this as that user (sudo -u USER), or as root."
        ) from error
    except OSError as error:
        raise _empty(path) from error
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, timeout=10)
    except sqlite3.DatabaseError as error:
        raise IgbuildError(_unusable(path, error)) from error
    with _let_go_if_unusable(connection, path):
        connection.execute("BEGIN")
        if not _check_version(connection, path):
            raise _empty(path)
    connection.row_factory = sqlite3.Row
    return connection


@contextmanager
def _let_go_if_unusable(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        connection.close()
        raise IgbuildError(_unusable(path, error)) from error
    except IgbuildError:
        connection.close()
        raise


def _check_version(connection: sqlite3.Connection, path: Path) -> int:
    """Return the format of a store; 0: nothing was ever laid into it."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if found > VERSION:
        raise IgbuildError(
            f"{path}: written by a newer igbuild (format {found}, this one knows {VERSION}). Update igbuild."
        )
    return found


def _empty(path: Path) -> IgbuildError:
    return IgbuildError(
        f"{path}: no data here yet. `igbuild serve` creates it when the first participant plays; "
        "give the folder that `[server] data` names. What `igbuild serve --dev` collects is another: "
        "--data .igbuild/data"
    )


def _unusable(path: Path, error: Exception) -> str:
    return (
        f"{path}: cannot be used as a data store ({error}). Name another folder, or restore it from a backup."
    )
