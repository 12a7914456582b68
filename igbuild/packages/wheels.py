"""The wheels a lock names, verified: from the cache, the distribution, the index or the user's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError, IntegrityError
from igbuild.packages import download, index, local, pip_config, place
from igbuild.packages.requested import parse
from igbuild.packages.resolve import Choice
from igbuild.packages.site_files import SiteFile
from igbuild.packages.target import Target

__all__ = ["SiteFile", "fetch_all"]

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from igbuild.packages.cache import Store
    from igbuild.packages.download import Report
    from igbuild.packages.lock import Entry, Lock


def fetch_all(
    lock: Lock,
    store: Store,
    *,
    root: Path,
    base: str | None = None,
    offline: bool = False,
    report: Report | None = None,
) -> dict[str, SiteFile]:
    """Get every wheel (and library) of a lock.

    Args:
        lock: names them with their hashes.
        store: looked in first; keeps what is fetched.
        root: the experiment's folder.
        base: where the distribution lies; None for the Pyodide project's own.
        offline: fail rather than ask a network.
        report: hears the progress of downloads.

    Returns:
        The files by package key.

    Raises:
        IntegrityError: a file does not have the locked hash; it is not kept.
        IgbuildError: one cannot be had.
    """
    entries = lock.entries
    found = {key: path for key, entry in entries.items() if (path := store.get(entry.sha256)) is not None}
    missing = [entry for key, entry in entries.items() if key not in found]
    by_source = {
        source: [entry for entry in missing if entry.source == source]
        for source in ("distribution", "index", "path")
    }
    target = Target.of(lock.pyodide_version, lock.spec.info)
    if by_source["distribution"]:
        where = place.address(base, lock.pyodide_version, root)
        found |= _from_distribution(
            by_source["distribution"], where, store, root=root, offline=offline, report=report
        )
    if by_source["index"]:
        choices = [Choice(one.key, one.version, "index", one.name, one.sha256) for one in by_source["index"]]
        found |= index.fetch(choices, target, store, cwd=root, offline=offline)
    if by_source["path"]:
        found |= _from_path(by_source["path"], lock, target, store, root)
    return {
        key: SiteFile(found[key], entry.name, entry.sha256, found[key].stat().st_size)
        for key, entry in entries.items()
    }


def _from_distribution(
    entries: Sequence[Entry], where: str, store: Store, *, root: Path, offline: bool, report: Report | None
) -> dict[str, Path]:
    if offline and place.is_url(where):
        names = ", ".join(entry.name for entry in entries)
        raise IgbuildError(
            f"not in the cache: {names}. Run this once without --offline, or name the folder of an unpacked "
            "Pyodide release in [pyodide] base or IGBUILD_PYODIDE_BASE."
        )
    wanted = [download.Wanted(entry.file_name, entry.sha256) for entry in entries]
    opened = download.opener(pip_config.read(root) if place.is_url(where) else pip_config.PipConfig())
    files = download.get_all(where, wanted, store, opened=opened, report=report)
    return {entry.key: files[entry.file_name] for entry in entries}


def _from_path(
    entries: Sequence[Entry], lock: Lock, target: Target, store: Store, root: Path
) -> dict[str, Path]:
    """Take or build the user's own wheels again; they must come out as locked."""
    env = pip_config.uv_environment(pip_config.read(root))
    paths = {facts["name"]: path for path, facts in lock.facts.get("local", {}).items()}
    found = {}
    for entry in entries:
        _, wishes = parse([paths[entry.key]], root)
        made = local.take(wishes[0], root, target, store, env)
        if made.sha256 != entry.sha256:
            raise IntegrityError(
                f"{paths[entry.key]} does not give the locked wheel {entry.name}\n"
                f"  expected sha256 {entry.sha256}\n  got      sha256 {made.sha256}\n"
                "Its files or its build tool changed. Run `igbuild lock`, or keep the wheel itself beside "
                "the experiment and name that."
            )
        found[entry.key] = made.path
    return found
