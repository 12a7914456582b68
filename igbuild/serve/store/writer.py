"""The store: one thread that writes, so that many uploads share one commit and none blocks the server."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from igbuild.serve.store.chunks import Chunk, Receipt, Status, StoreFailed, StoreFull
from igbuild.serve.store.schema import open_for_writing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    Answer = list[Receipt] | Exception

BATCH_BYTES = 4_000_000
"""One commit takes at most this much, so that no upload waits long for those before it."""


@dataclass(frozen=True)
class StoreLimits:
    """How much the store takes.

    Attributes:
        session_bytes: for one participant of one session.
        queued_bytes: waiting for the disk, in memory.
        free_bytes: stays free on the disk.
    """

    session_bytes: int = 256_000_000
    queued_bytes: int = 32_000_000
    free_bytes: int = 200_000_000


@dataclass(frozen=True)
class _Job:
    chunks: Sequence[Chunk]
    size: int
    loop: asyncio.AbstractEventLoop
    done: asyncio.Future[list[Receipt]]


class Store:
    """Keeps chunks in SQLite; see `put` for what a receipt means.

    Args:
        folder: the data folder.
        limits: how much it takes.

    Raises:
        IgbuildError: the folder holds no usable store.
    """

    def __init__(self, folder: Path, limits: StoreLimits | None = None) -> None:
        self.folder = folder
        self.limits = limits or StoreLimits()
        self._connection = open_for_writing(folder)
        self._jobs: deque[_Job] = deque()
        self._queued = 0
        self._closing = False
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="igbuild-store", daemon=True)
        self._thread.start()

    async def put(self, chunks: Sequence[Chunk]) -> list[Receipt]:
        """Store chunks, all or none, and return their receipts once they are durable.

        The same content at the same place again changes nothing (`duplicate`); another content is kept
        beside the first (`conflict`).

        Raises:
            StoreFull: there is no room for them.
            StoreFailed: the database could not commit.
        """
        loop = asyncio.get_running_loop()
        size = sum(len(chunk.raw) for chunk in chunks)
        job = _Job(chunks, size, loop, loop.create_future())
        with self._wake:
            if self._closing or self._queued + size > self.limits.queued_bytes:
                raise StoreFull("busy")
            self._queued += size
            self._jobs.append(job)
            self._wake.notify()
        return await job.done

    def close(self) -> None:
        """Write what is queued, then close the database. Calling it again does nothing."""
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        while batch := self._next_batch():
            answers = self._commit(batch)
            for job, answer in zip(batch, answers, strict=True):
                with suppress(RuntimeError):  # the loop that asked has ended
                    job.loop.call_soon_threadsafe(_settle, job.done, answer)
        self._connection.close()

    def _next_batch(self) -> list[_Job]:
        """Wait for work and take all there is, up to BATCH_BYTES; nothing when closing."""
        with self._wake:
            self._wake.wait_for(lambda: self._jobs or self._closing)
            batch: list[_Job] = []
            size = 0
            while self._jobs and (not batch or size + self._jobs[0].size <= BATCH_BYTES):
                batch.append(self._jobs.popleft())
                size += batch[-1].size
            self._queued -= size
            return batch

    def _commit(self, batch: list[_Job]) -> list[Answer]:
        try:
            if shutil.disk_usage(self.folder).free < self.limits.free_bytes:
                return [StoreFull("disk_full") for _ in batch]
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                answers: list[Answer] = [self._insert_all(job) for job in batch]
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise
        except (sqlite3.Error, OSError) as error:
            return [StoreFailed(str(error)) for _ in batch]
        return answers

    def _insert_all(self, job: _Job) -> Answer:
        self._connection.execute("SAVEPOINT job")
        try:
            receipts = [self._insert(chunk) for chunk in job.chunks]
        except StoreFull as full:
            self._connection.execute("ROLLBACK TO job")
            return full
        finally:
            self._connection.execute("RELEASE job")
        return receipts

    def _insert(self, chunk: Chunk) -> Receipt:
        owner = chunk.owner
        key = (
            owner.experiment,
            owner.session,
            owner.participant,
            chunk.episode,
            chunk.kind.value,
            chunk.index,
        )
        kept = self._connection.execute(
            "SELECT sha256 FROM chunks WHERE experiment=? AND session=? AND participant=? AND episode=?"
            " AND kind=? AND idx=?",
            key,
        ).fetchall()
        if any(digest == chunk.sha256 for (digest,) in kept):
            return _receipt(chunk, Status.DUPLICATE)
        self._count(chunk)
        self._connection.execute(
            "INSERT INTO chunks (experiment, session, participant, episode, kind, idx, variant, sha256,"
            " received, content) VALUES (?,?,?,?,?,?,?,?,?,?)",
            (*key, len(kept), chunk.sha256, time.time(), chunk.raw),
        )
        return _receipt(chunk, Status.CONFLICT if kept else Status.STORED)

    def _count(self, chunk: Chunk) -> None:
        """Add a chunk to its session's account."""
        owner, size = chunk.owner, len(chunk.raw)
        row = self._connection.execute(
            "INSERT INTO sessions (experiment, session, participant, seat, seats, site, first_seen, bytes)"
            " VALUES (?,?,?,?,?,?,?,?)"
            " ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes RETURNING bytes",
            (
                owner.experiment,
                owner.session,
                owner.participant,
                owner.seat,
                owner.seats,
                owner.site,
                time.time(),
                size,
            ),
        ).fetchall()
        if row[0][0] > self.limits.session_bytes:
            raise StoreFull("session_full")


def _receipt(chunk: Chunk, status: Status) -> Receipt:
    return Receipt(chunk.episode, chunk.kind, chunk.index, chunk.sha256, status)


def _settle(done: asyncio.Future[list[Receipt]], answer: Answer) -> None:
    if done.done():  # the request was given up; the rows are stored all the same
        return
    if isinstance(answer, Exception):
        done.set_exception(answer)
    else:
        done.set_result(answer)
