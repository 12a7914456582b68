"""The server's signing secret: made at the first start, kept beside the data it protects."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError

if TYPE_CHECKING:
    from pathlib import Path

BYTES = 32


def load_secret(folder: Path) -> bytes:
    """Return the secret of a data folder, making one where there is none.

    The file is readable by its owner only. Whoever loses it loses the right of running sessions to come
    back, so it lives and is backed up with the data.

    Raises:
        IgbuildError: the file is there but is not a secret.
    """
    path = folder / "secret.key"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        _create(path)
    secret = path.read_bytes()
    if len(secret) != BYTES:
        raise IgbuildError(
            f"{path}: {len(secret)} bytes instead of {BYTES}: not the secret igbuild wrote. Restore it from "
            "the backup of the data, or delete it (running sessions cannot then be taken up again)."
        )
    return secret


def _create(path: Path) -> None:
    """Write a new secret whole, and never over one that another process made meanwhile."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(BYTES))
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink()
