"""The Python that a check brings along: `igbuild.runtime` and the probe, and nothing else of igbuild."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igbuild.resources import PACKAGE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def shipped() -> dict[str, bytes]:
    """Return the files by path relative to where they are imported from."""
    files = {"igbuild/check/__init__.py": b"", "igbuild/__init__.py": (PACKAGE / "__init__.py").read_bytes()}
    for path in _modules():
        files[f"igbuild/{path.relative_to(PACKAGE).as_posix()}"] = path.read_bytes()
    return files


def _modules() -> Iterator[Path]:
    for folder in ("runtime", "check/probe"):
        yield from sorted((PACKAGE / folder).rglob("*.py"))
