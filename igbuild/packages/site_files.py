"""How a site carries the files of a lock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from igbuild.packages.lock import Entry, Lock


@dataclass(frozen=True)
class SiteFile:
    """A verified file for a site.

    Attributes:
        path: where it lies in the cache, under another name.
        name: what it is called.
        sha256: its hash, just compared.
        size: in bytes.
    """

    path: Path
    name: str
    sha256: str
    size: int


def site_lock(lock: Lock) -> dict[str, Any]:
    """Return what `loadPyodide` is given: info and packages, each file under `SHA12/NAME`."""
    data = lock.to_json()
    packages = {}
    for key, package in data["packages"].items():
        plain = {field: value for field, value in package.items() if field != "tool"}
        packages[key] = {**plain, "file_name": site_path(lock.entries[key])}
    return {"info": data["info"], "packages": packages}


def site_path(entry: Entry) -> str:
    """Return where a package's file lies below the site's `wheels/`."""
    return f"{entry.sha256[:12]}/{entry.name}"
