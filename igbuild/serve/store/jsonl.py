"""An append-only JSON Lines file, synced line by line outside the event loop."""

from __future__ import annotations

import json
import logging
import os
import queue
import threading
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)
MAX_QUEUED = 10_000
"""A disk that hangs must not fill the memory; what no longer fits is counted and reported."""


class JsonLines:
    """Appends records; a last line torn by a crash is closed, so that it spoils no other.

    Args:
        path: the file; its folder must exist.
    """

    def __init__(self, path: Path) -> None:
        path.touch(mode=0o600)  # whoever played is nobody else's business
        self._file: IO[bytes] = path.open("a+b")
        self._queue: queue.Queue[bytes | None] = queue.Queue(MAX_QUEUED)
        if self._file.tell():
            self._file.seek(-1, os.SEEK_END)
            if self._file.read() != b"\n":
                self._file.write(b"\n")
        self._thread = threading.Thread(target=self._run, name=f"igbuild-{path.name}", daemon=True)
        self._thread.start()

    def append(self, record: dict[str, Any]) -> None:
        """Write one record soon; never waits."""
        line = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        try:
            self._queue.put_nowait(line)
        except queue.Full:
            log.error("%s: the disk does not keep up; a record is lost", self._file.name)

    def close(self) -> None:
        """Write what is queued, then close the file."""
        self._queue.put(None)
        self._thread.join()
        self._file.close()

    def _run(self) -> None:
        while (line := self._queue.get()) is not None:
            try:
                self._file.write(line)
                if self._queue.empty():
                    self._file.flush()
                    os.fsync(self._file.fileno())
            except OSError as error:
                log.error("%s: a record is lost: %s", self._file.name, error)
