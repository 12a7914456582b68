"""What a local package is made of, as one hash."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igbuild.files import sha256_bytes, sha256_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEFT_OUT = {"build", "dist", "node_modules", "__pycache__", "venv"}


def source_hash(path: Path) -> str:
    """Return the hash of a wheel, or of all files of a package's folder with their relative paths.

    Hidden folders, caches, environments and build results do not count.
    """
    if path.is_file():
        return sha256_file(path)
    lines = [f"{file.relative_to(path).as_posix()} {sha256_file(file)}\n" for file in sorted(_files(path))]
    return sha256_bytes("".join(lines).encode())


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in LEFT_OUT or path.name.endswith((".egg-info", ".pyc")):
            continue
        if path.is_dir():
            yield from _files(path)
        else:
            yield path
