"""How big a site is: raw, and as a server that compresses sends it."""

from __future__ import annotations

import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igbuild.files import write_atomic

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from igbuild.site.build import BuildResult

KEPT = "gzip-sizes.json"
LEVEL = 6  # what servers compress with on the way out
MOST_KEPT = 2000


@dataclass(frozen=True)
class Size:
    """One file of a site.

    Attributes:
        name: its path in the site.
        raw: bytes.
        gzip: bytes on the way to a browser.
        loaded: whether a participant's browser loads it (not so source maps).
    """

    name: str
    raw: int
    gzip: int
    loaded: bool


def measure(result: BuildResult, cache: Path) -> list[Size]:
    """Measure every file of a site.

    Args:
        result: the site.
        cache: folder that remembers the compressed size of content seen before; compressing Python's
            10 MB takes longer than the rest of a build.
    """
    known = _read(cache / KEPT)
    files = sorted(result.manifest.files.items())
    unknown = [(name, sha) for name, (sha, _) in files if sha not in known]
    with ThreadPoolExecutor() as pool:
        sizes = pool.map(lambda item: _gzip_size(result.out / item[0]), unknown)
        fresh = {sha: size for (_, sha), size in zip(unknown, sizes, strict=True)}
    if fresh:
        known |= fresh
        write_atomic(cache / KEPT, json.dumps(dict(list(known.items())[-MOST_KEPT:])))
    return [
        Size(name, raw, min(known[sha], raw), loaded=not name.endswith(".map")) for name, (sha, raw) in files
    ]


def to_json(result: BuildResult, sizes: list[Size]) -> dict[str, Any]:
    """Return the report for programs."""
    return {
        "out": str(result.out),
        "changed": result.changed,
        "siteId": result.manifest.site_id,
        "lock": result.manifest.lock,
        "files": [{"name": size.name, "raw": size.raw, "gzip": size.gzip} for size in sizes],
        "total": {"raw": sum(size.raw for size in sizes), "gzip": sum(size.gzip for size in sizes)},
        "loaded": {
            "raw": sum(size.raw for size in sizes if size.loaded),
            "gzip": sum(size.gzip for size in sizes if size.loaded),
        },
    }


def table(sizes: list[Size]) -> Table:
    """Return the report for people: each file, largest group first, and a total."""
    from rich.table import Table  # noqa: PLC0415  # only for people

    grid = Table(box=None, pad_edge=False, header_style="bold")
    grid.add_column("file")
    grid.add_column("raw", justify="right")
    grid.add_column("gzip", justify="right")
    loaded = [size for size in sizes if size.loaded]
    maps = [size for size in sizes if not size.loaded]
    for size in loaded:
        grid.add_row(size.name, human(size.raw), human(size.gzip))
    grid.add_row("a browser loads", *_sums(loaded), style="bold")
    if maps:
        grid.add_row("source maps", *_sums(maps), style="dim")
        grid.add_row("total", *_sums(sizes), style="dim")
    return grid


def human(size: int) -> str:
    """Write a number of bytes as people read it: `9.6 MB`."""
    if size < 1000:
        return f"{size} B"
    if size < 999_500:
        return f"{size / 1000:.{1 if size < 99_950 else 0}f} kB"
    return f"{size / 1_000_000:.1f} MB"


def _sums(sizes: list[Size]) -> tuple[str, str]:
    return human(sum(size.raw for size in sizes)), human(sum(size.gzip for size in sizes))


def _gzip_size(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), LEVEL, mtime=0))


def _read(path: Path) -> dict[str, int]:
    try:
        known = json.loads(path.read_bytes())
        return {sha: size for sha, size in known.items() if isinstance(size, int)}
    except (OSError, ValueError, AttributeError):
        return {}
