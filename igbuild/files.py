"""Files written whole or not at all, and their hashes."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from contextlib import suppress
from pathlib import Path


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
