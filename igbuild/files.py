"""Files written whole or not at all, by one process at a time; and their hashes."""

from __future__ import annotations

import base64
import errno
import hashlib
import os
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)
"""What file systems answer that have no locks."""


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sha256_bytes(data: bytes) -> str:
    """Return the SHA-256 of bytes as 64 hex digits."""
    return hashlib.sha256(data).hexdigest()


def sri_file(path: Path) -> str:
    """Return the SHA-512 of a file as npm writes it: `sha512-` and base64 (Subresource Integrity)."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha512").digest()
    return "sha512-" + base64.b64encode(digest).decode("ascii")


def write_atomic(path: Path, data: bytes | str) -> None:
    r"""Write a file under a temporary name beside it, then move it into place.

    A reader sees the old content or the new, never a part. Text is written as UTF-8 with `\n`.
    """
    raw = data.encode() if isinstance(data, str) else data
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
        Path(name).chmod(0o644)
        os.replace(name, path)  # noqa: PTH105  # replace() over an open file fails loudly on Windows too
    except BaseException:
        with suppress(FileNotFoundError):
            Path(name).unlink()
        raise


@contextmanager
def exclusive(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock file until the block ends or the process does, however it ends; then it is removed.

    On a file system without locks nothing is held.

    Args:
        path: the lock file; its folder is made.
        wait: wait for whoever holds it.

    Raises:
        BlockingIOError: another holds it, and not `wait`.
    """
    file = _opened(path, wait=wait)
    try:
        yield
    finally:
        if os.name == "nt":  # where an open file cannot be removed
            file.close()
        with suppress(OSError):
            path.unlink()
        file.close()


def _opened(path: Path, *, wait: bool) -> IO[bytes]:
    """Return the open and locked file of this name, not one that its holder has removed meanwhile."""
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            file = path.open("a+b")
            try:
                _lock(file, wait=wait)
                if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                    return file
            except BaseException:
                file.close()
                raise
            file.close()


def _lock(file: IO[bytes], *, wait: bool) -> None:
    if os.name == "nt":
        import msvcrt  # noqa: PLC0415

        while True:
            file.seek(0)
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
            except OSError as error:
                if not wait:
                    raise BlockingIOError(errno.EWOULDBLOCK, "held by another", file.name) from error
                time.sleep(0.05)
            else:
                return
    import fcntl  # noqa: PLC0415

    try:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            raise
