"""The base of a lock: one Pyodide release, its runtime from npm and its distribution's lock."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igbuild.errors import ConfigError, IgbuildError
from igbuild.files import sha256_bytes
from igbuild.packages import download, npm, pins, pip_config, place, spec
from igbuild.packages.lock import LOCK_NAME
from igbuild.packages.target import Target, check_supported

if TYPE_CHECKING:
    from pyodide_lock.spec import PyodideLockSpec

    from igbuild.console import Console
    from igbuild.packages.cache import Store


@dataclass(frozen=True)
class Base:
    """A Pyodide release to lock against.

    Attributes:
        version: of Pyodide.
        integrity: of its npm tarball.
        runtime: its unpacked npm package.
        lock: the distribution's lock.
        extras: what stands in that lock beside the model.
        digest: SHA-256 of the lock file.
        target: the platform it is.
    """

    version: str
    integrity: str
    runtime: Path
    lock: PyodideLockSpec
    extras: spec.Extras
    digest: str
    target: Target


def load(
    version: str,
    base: str | None,
    root: Path,
    store: Store,
    *,
    integrity: str | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Base:
    """Get a release's runtime and the lock of its distribution.

    Args:
        version: of Pyodide.
        base: where the distribution lies; an address, a folder, or None for the default.
        root: the experiment's folder.
        store: the cache.
        integrity: of the runtime's tarball, where an existing lock pins it.
        offline: ask no network.
        console: hears what is fetched.

    Raises:
        ConfigError: the version is too old, or the base's own lock is for another ABI.
        IntegrityError: the runtime is not the pinned one.
        IgbuildError: it cannot be had.
    """
    check_supported(version)
    known = pins.load().known.get(("pyodide", version))
    if integrity is None and known is not None:
        integrity = known.integrity
    if integrity is None:
        runtime, integrity = npm.fetch_unpinned(
            "pyodide", version, store, cwd=root, offline=offline, console=console
        )
    else:
        runtime = npm.fetch("pyodide", version, integrity, store, cwd=root, offline=offline, console=console)
    stock = (runtime / LOCK_NAME).read_bytes()
    own = None if base is None else _own_lock(place.address(base, version, root), root, offline=offline)
    raw = stock if own is None else own
    lock, extras = spec.split(_json(raw), LOCK_NAME)
    expected = _json(stock)["info"].get("abi_version")
    if lock.info.abi_version != expected:
        raise ConfigError(
            f"[pyodide] base has a lock for ABI {lock.info.abi_version}, but Pyodide {version} has ABI "
            f"{expected} and would refuse it. Name the folder of the same release."
        )
    return Base(version, integrity, runtime, lock, extras, sha256_bytes(raw), Target.of(version, lock.info))


def _own_lock(where: str, root: Path, *, offline: bool) -> bytes | None:
    if not place.is_url(where):
        path = Path(where) / LOCK_NAME
        return path.read_bytes() if path.is_file() else None
    if offline:
        raise IgbuildError(
            "[pyodide] base is a web address, and its lock has to be read from there. "
            "Run this without --offline, or name a local folder."
        )
    return download.read_small(where, LOCK_NAME, download.opener(pip_config.read(root)))


def _json(raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except ValueError as error:
        raise IgbuildError(
            f"{LOCK_NAME} of [pyodide] base is not JSON ({error}); is its address right?"
        ) from error
    return data if isinstance(data, dict) else {}
