"""`igbuild data export`: the tables as CSV, JSON Lines or Parquet files."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Iterator  # in a type alias
from contextlib import closing
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from igbuild.data.parquet import first_column, write_parquet
from igbuild.data.tables import FIRST_COLUMN, Table, Tables
from igbuild.data.verify import verify
from igbuild.errors import IgbuildError, shown
from igbuild.serve.store.schema import open_for_reading

if TYPE_CHECKING:
    from pathlib import Path

    from igbuild.data.episodes import Fields

Records = Callable[[], "Iterator[Fields]"]


class Format(StrEnum):
    """How tables are written; the value is the files' ending."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


@dataclass(frozen=True)
class ExportedFile:
    """A file of an export."""

    path: Path
    records: int


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    Attributes:
        files: one per table that has any record.
        problems: what is missing, doubled, unreadable or different, in words.
    """

    files: tuple[ExportedFile, ...]
    problems: tuple[str, ...]


def export(
    folder: Path, out: Path, form: Format, *, session: str | None = None, per_player: bool = False
) -> ExportReport:
    """Write the tables of the data into a folder.

    Tables of an earlier export in the same format are replaced, whole, and removed where there is none now:
    what lies there belongs together. No other file is touched.

    Args:
        folder: the data folder.
        out: the folder to write into; no name in it comes from a participant.
        form: how.
        session: only this one.
        per_player: give each player's rows, not the agreed ones once.

    Raises:
        IgbuildError: there is no such data, a file with the name of a table is not igbuild's, or the extra
            for Parquet is not installed.
    """
    verdicts = verify(folder, session).episodes
    problems = [
        f"session {v.session} episode {v.episode}: {reason}" for v in verdicts for reason in v.reasons
    ]
    problems += [
        f"session {v.session} episode {v.episode}: "
        f"players differ at frame {v.difference.frame}, {v.difference.key}"
        for v in verdicts
        if v.difference
    ]
    with closing(open_for_reading(folder)) as connection:
        try:
            out.mkdir(parents=True, exist_ok=True)
            tables = Tables(connection, session, per_player=per_player).all()
            for table in tables:
                _check_ours(_path(table, out, form), form)
            written = [_write(table, out, form) for table in tables]
        except OSError as error:
            raise IgbuildError(
                f"{out}: cannot be written ({error.strerror}). Name another folder."
            ) from error
    return ExportReport(tuple(file for file in written if file), tuple(problems))


def _path(table: Table, out: Path, form: Format) -> Path:
    return out / f"{table.name}.{form.value}"


def _check_ours(path: Path, form: Format) -> None:
    """Raise where a file that would be replaced is none that an export wrote: its first column is another."""
    if not path.exists():
        return
    if form is Format.PARQUET:
        ours = first_column(path) == FIRST_COLUMN
    else:
        begin = FIRST_COLUMN + "," if form is Format.CSV else f'{{"{FIRST_COLUMN}":'
        with path.open("rb") as file:
            ours = file.read(len(begin)) == begin.encode()
    if not ours:
        raise IgbuildError(
            f"{shown(path)}: is no table that igbuild wrote, and one of this name would replace it."
            " Nothing was written: move it away, or name another folder."
        )


def _write(table: Table, out: Path, form: Format) -> ExportedFile | None:
    """Write a table under a temporary name, then move it into place."""
    columns = list(dict.fromkeys(name for record in table.records() for name in record))
    path = _path(table, out, form)
    if not columns:
        path.unlink(missing_ok=True)  # of an earlier export
        return None
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        count = _WRITERS[form](temporary, columns, table.records)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return ExportedFile(path, count)


def _write_csv(path: Path, columns: list[str], records: Records) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for record in records():
            writer.writerow([_cell(record.get(name)) for name in columns])
            count += 1
    return count


def _write_jsonl(path: Path, _: list[str], records: Records) -> int:
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        for record in records():
            file.write(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def _cell(value: Any) -> str:
    """Return a CSV cell: text as it is, nothing as nothing, the rest as JSON; `nan` and `inf` by name."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and value.keys() == {"$float"}:
        return str(value["$float"])
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


_WRITERS = {Format.CSV: _write_csv, Format.JSONL: _write_jsonl, Format.PARQUET: write_parquet}
