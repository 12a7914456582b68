"""`igbuild data import`: lines that pages posted to an endpoint or saved as a file, put into the store."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from igbuild.errors import IgbuildError, shown
from igbuild.serve.store.chunks import Chunk, Kind, Owner, Receipt, Status, StoreFailed, StoreFull
from igbuild.serve.store.text import ParticipantId, SiteId  # noqa: TC001  # pydantic reads them
from igbuild.serve.store.writer import BATCH_BYTES, Store, StoreLimits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

OWN = StoreLimits(session_bytes=sys.maxsize, queued_bytes=sys.maxsize)
"""Whoever owns the files may have as much as the disk holds; the limits of the door are for strangers."""
MANY = 10
"""Mistakes that are told before it is enough."""
FULL = {"disk_full": "the disk has no room for more"}


class _Line(BaseModel):
    """A part with whose it is (docs/data-format.md). A receiver may add keys of its own."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True)

    format: Literal[1]
    experiment: Annotated[str, StringConstraints(min_length=1, max_length=128)]
    session: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,128}$")]
    participant: ParticipantId
    seat: Annotated[int, Field(ge=0, le=7)]
    seats: Annotated[int, Field(ge=1, le=8)]
    site: SiteId
    episode: Annotated[int, Field(ge=0, le=1_000_000)]
    kind: Annotated[Kind, Field(strict=False)]
    index: Annotated[int, Field(ge=0, le=10_000_000)]
    content: str

    def chunk(self) -> Chunk:
        owner = Owner(self.experiment, self.session, self.participant, self.seat, self.seats, self.site)
        return Chunk(owner, self.episode, self.kind, self.index, self.content)


@dataclass(frozen=True)
class ImportReport:
    """What became of the parts.

    Attributes:
        stored: how many are new.
        duplicates: how many were there already, with the same content.
        conflicts: how many were there with another content; both are kept, the first one counts.
        sessions: ids of the sessions that they belong to, sorted.
    """

    stored: int
    duplicates: int
    conflicts: int
    sessions: tuple[str, ...]


def import_files(files: Sequence[Path], folder: Path, experiment: str | None = None) -> ImportReport:
    """Put the parts in some files into the store, as a browser's upload would: again as often as one likes.

    Args:
        files: JSON Lines.
        folder: the data folder; made where there is none.
        experiment: the name that every part must have; None: any.

    Raises:
        IgbuildError: a file cannot be read or has a line that is none, and nothing was stored; or the store
            takes no more.
    """
    problems = [problem for file in files for problem in _problems(file, experiment)]
    if problems:
        more = f"\n... and {len(problems) - MANY} more" if len(problems) > MANY else ""
        raise IgbuildError("nothing was imported:\n" + "\n".join(problems[:MANY]) + more)
    with closing(Store(folder, OWN)) as store, ThreadPoolExecutor(1) as thread:
        # Notebooks run an event loop of their own in this thread.
        return thread.submit(asyncio.run, _put(store, files)).result()


async def _put(store: Store, files: Sequence[Path]) -> ImportReport:
    counts: Counter[Status] = Counter()
    sessions: set[str] = set()
    chunks = (line.chunk() for file in files for _, line in _lines(file) if isinstance(line, _Line))
    for together in _batches(chunks):
        counts.update(receipt.status for receipt in await _store(store, together))
        sessions |= {chunk.owner.session for chunk in together}
    return ImportReport(
        counts[Status.STORED], counts[Status.DUPLICATE], counts[Status.CONFLICT], tuple(sorted(sessions))
    )


def _batches(chunks: Iterable[Chunk]) -> Iterator[list[Chunk]]:
    """Yield what is stored with one commit: chunks of up to BATCH_BYTES together, or a larger one alone."""
    together: list[Chunk] = []
    size = 0
    for chunk in chunks:
        if together and size + len(chunk.raw) > BATCH_BYTES:
            yield together
            together, size = [], 0
        together.append(chunk)
        size += len(chunk.raw)
    if together:
        yield together


async def _store(store: Store, chunks: list[Chunk]) -> list[Receipt]:
    try:
        return await store.put(chunks)
    except (StoreFull, StoreFailed) as error:
        why = FULL.get(str(error), str(error))
        raise IgbuildError(f"{shown(store.folder)}: {why}; the rest was not imported") from error


def _problems(file: Path, experiment: str | None) -> Iterator[str]:
    for number, line in _lines(file):
        if isinstance(line, str):
            yield f"{shown(file)}:{number}: {line}"
        elif experiment not in (None, line.experiment):
            yield (
                f"{shown(file)}:{number}: of the experiment {line.experiment!r}, and this is {experiment!r};"
                " name the folder it belongs to with --data"
            )


def _lines(file: Path) -> Iterator[tuple[int, _Line | str]]:
    """Yield each line's number with what it is, or why it is none."""
    try:
        with file.open("rb") as opened:
            for number, raw in enumerate(opened, 1):
                if raw.strip():
                    yield number, _read(raw)
    except OSError as error:
        raise IgbuildError(f"{shown(file)}: cannot be read ({error.strerror})") from error


def _read(raw: bytes) -> _Line | str:
    try:
        return _Line.model_validate_json(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{where}: {first['msg']}" if where else first["msg"]
        return f"no line of data that a page handed in ({what})"
