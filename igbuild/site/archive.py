"""Zip archives whose bytes depend on the files in them and on nothing else."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold
UNIX = 3
READABLE = 0o100644 << 16


def pack(files: Mapping[str, bytes]) -> bytes:
    """Pack files, by their path in the archive, in order of code points.

    Nothing is compressed: two zlibs compress differently, and servers compress on the way out anyway.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EPOCH)
            entry.create_system = UNIX
            entry.external_attr = READABLE
            archive.writestr(entry, files[name])
    return buffer.getvalue()
