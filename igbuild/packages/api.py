"""What commands and the site call: locking an experiment, checking it, and the files a lock names.

What fetches is imported where it is used, so that a check, which fetches nothing, is quick.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igbuild.config.multiplayer import is_multiplayer
from igbuild.errors import ConfigError, IgbuildError, LockOutOfDate, shown
from igbuild.files import sha256_bytes, sha256_file
from igbuild.packages import drift, place
from igbuild.packages.cache import CacheInfo, Store, folder_key
from igbuild.packages.changes import Change, changes
from igbuild.packages.drift import Drift
from igbuild.packages.lock import LOCK_NAME, Lock, LockRequest, read_lock, write_lock
from igbuild.packages.progress import bars
from igbuild.packages.site_files import SiteFile, site_lock, site_path
from igbuild.process import in_ci

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from igbuild.config import Experiment
    from igbuild.console import Console
    from igbuild.packages.resolve import Unresolvable

__all__ = [
    "CacheInfo",
    "Change",
    "Drift",
    "Lock",
    "LockResult",
    "SiteFile",
    "Store",
    "cache_clear",
    "cache_info",
    "check_lock",
    "esbuild_executable",
    "esbuild_version",
    "lock_experiment",
    "lock_path",
    "locked",
    "npm_folder",
    "npm_parts",
    "out_of_date",
    "read_lock",
    "request_of",
    "runtime_files",
    "site_lock",
    "site_path",
    "wheel_files",
]

RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
"""The files a site needs of the runtime; its glue is `.mjs` or, before 314, `.js`."""


@dataclass(frozen=True)
class LockResult:
    """What making a lock gave.

    Attributes:
        lock: the lock.
        path: where it was written.
        changes: what differs from the one before.
        written: whether the file's bytes changed.
    """

    lock: Lock
    path: Path
    changes: list[Change]
    written: bool

    def to_json(self) -> dict[str, Any]:
        """Return it as `igbuild lock --json` prints it."""
        return {
            "path": str(self.path),
            "written": self.written,
            "pyodide": self.lock.pyodide_version,
            "packages": {key: entry.version for key, entry in self.lock.entries.items()},
            "npm": {name: pin["version"] for name, pin in self.lock.npm.items()},
            "changes": [
                {"name": one.name, "old": one.old, "new": one.new, "source": one.source, "note": one.note}
                for one in self.changes
            ],
        }


def lock_path(experiment: Experiment) -> Path:
    """Return where an experiment's lock lies: beside its TOML."""
    return experiment.root / LOCK_NAME


def request_of(experiment: Experiment) -> LockRequest:
    """Return everything the lock of an experiment depends on."""
    config = experiment.config
    return LockRequest(
        pyodide=config.pyodide.version,
        packages=tuple(config.environment.packages),
        npm=npm_parts(experiment),
        root=experiment.root,
        base=_base(experiment),
    )


def npm_parts(experiment: Experiment) -> tuple[str, ...]:
    """Return the npm packages that an experiment's site needs besides Pyodide."""
    config = experiment.config
    draws = config.game.render == "draw"
    wanted = {
        "eventemitter3": draws,  # Phaser's one dependency
        "onnxruntime-web": any(bot.onnx is not None for bot in config.players.bots.values()),
        "phaser": draws,
        "socket.io-client": is_multiplayer(config),
    }
    return tuple(name for name, needed in wanted.items() if needed)


def _base(experiment: Experiment) -> str | None:
    chosen = os.environ.get("IGBUILD_PYODIDE_BASE") or experiment.config.pyodide.base
    return str(experiment.pyodide_base()) if chosen else None


def lock_experiment(
    experiment: Experiment,
    store: Store,
    *,
    upgrade: bool = False,
    upgrade_packages: Iterable[str] = (),
    exclude_newer: str | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> LockResult:
    """Make the lock of an experiment and write it beside the TOML.

    Args:
        experiment: whose lock.
        store: the cache.
        upgrade: take the newest of everything; otherwise existing pins are kept where they fit.
        upgrade_packages: names to take the newest of.
        exclude_newer: ignore what the index got after this date (RFC 3339 or `YYYY-MM-DD`); by default the
            date of the existing lock, unless everything is upgraded.
        offline: ask no network.
        console: hears what is done.

    Raises:
        ConfigError: the request is malformed or has no solution.
        IntegrityError: something fetched has the wrong hash; the old lock stays.
        IgbuildError: something could not be fetched; the old lock stays.
    """
    from igbuild.packages.make import Options, make_lock  # noqa: PLC0415  # see above
    from igbuild.packages.resolve import Unresolvable  # noqa: PLC0415

    path = lock_path(experiment)
    previous = read_lock(path)
    options = Options(upgrade, tuple(upgrade_packages), exclude_newer, offline)
    try:
        lock = make_lock(request_of(experiment), store, previous=previous, options=options, console=console)
    except Unresolvable as error:
        raise _placed(error, experiment) from error
    written = write_lock(lock, path)
    return LockResult(lock, path, changes(previous, lock), written)


def _placed(error: Unresolvable, experiment: Experiment) -> ConfigError:
    """Add the place in the TOML of the first wish that cannot be met."""
    from packaging.utils import canonicalize_name  # noqa: PLC0415  # see above

    from igbuild.config.locate import Locations  # noqa: PLC0415

    wishes = experiment.config.environment.packages
    named = [
        index
        for index, wish in enumerate(wishes)
        if canonicalize_name(re.split(r"[^\w.-]", wish, maxsplit=1)[0]) in error.packages
    ]
    locations = Locations(experiment.path.read_text(encoding="utf-8-sig"))
    place = locations.value(("environment", "packages", *named[:1]))
    return ConfigError(error.message, path=experiment.path, line=place.line, column=place.column)


def check_lock(experiment: Experiment) -> Drift:
    """Compare an experiment with its lock, offline.

    Raises:
        ConfigError: the request is malformed.
        IgbuildError: the lock file cannot be read.
    """
    request = request_of(experiment)
    lock = read_lock(lock_path(experiment))
    return drift.compare(lock, request, None if lock is None else _base_digest(request, lock, Store()))


def _base_digest(request: LockRequest, lock: Lock, store: Store) -> str | None:
    """Return the hash of the base lock where it can be known without a network, else None."""
    if lock.pyodide_version != request.pyodide:
        return None
    if request.base is None:
        key = folder_key("pyodide", lock.pyodide_version, lock.pyodide_integrity)
        path = store.root / "folders" / key / "content" / LOCK_NAME
    else:
        path = request.root / place.address(request.base, request.pyodide, request.root) / LOCK_NAME
    return sha256_bytes(path.read_bytes()) if path.is_file() else None


def locked(
    experiment: Experiment,
    store: Store,
    *,
    frozen: bool | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Lock:
    """Return the current lock of an experiment, made or re-made where it is stale, and say so.

    Args:
        experiment: whose lock.
        store: the cache.
        frozen: raise instead of re-making; by default in continuous integration (`in_ci`).
        offline: ask no network.
        console: hears what is done.

    Raises:
        LockOutOfDate: it is stale, and `frozen`.
    """
    found = check_lock(experiment)
    lock = read_lock(lock_path(experiment))
    if found.current and lock is not None:
        return lock
    if frozen if frozen is not None else in_ci():
        raise out_of_date(experiment, found)
    if console is not None:
        console.step(f"{LOCK_NAME} is out of date, making it anew:" if lock else f"making {LOCK_NAME}")
        for line in found.lines if lock else ():
            console.step(f"  {line}")
    result = lock_experiment(experiment, store, offline=offline, console=console)
    if console is not None:
        for change in result.changes:
            console.step(f"  {change}")
    return result.lock


def out_of_date(experiment: Experiment, found: Drift) -> LockOutOfDate:
    """Return the error for a stale lock, with the short diff."""
    diff = "\n".join(f"  {line}" for line in found.lines)
    return LockOutOfDate(
        f"{shown(lock_path(experiment))} is out of date with {experiment.path.name}:\n{diff}\nRun "
        "`igbuild lock`, and commit the result."
    )


def runtime_files(
    lock: Lock,
    store: Store,
    *,
    cwd: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> dict[str, SiteFile]:
    """Return the files of the Pyodide runtime that a site carries, by name, verified.

    Raises:
        IntegrityError: the runtime is not the locked one.
        IgbuildError: it cannot be had.
    """
    from igbuild.packages import npm  # noqa: PLC0415  # see above

    folder = npm.fetch(
        "pyodide",
        lock.pyodide_version,
        lock.pyodide_integrity,
        store,
        cwd=cwd,
        offline=offline,
        console=console,
    )
    paths = [folder / name for name in RUNTIME if (folder / name).is_file()]
    return {path.name: SiteFile(path, path.name, sha256_file(path), path.stat().st_size) for path in paths}


def wheel_files(
    lock: Lock,
    store: Store,
    experiment: Experiment,
    *,
    offline: bool = False,
    console: Console | None = None,
) -> dict[str, SiteFile]:
    """Return the verified file of every package of a lock, by package key; fetches what is missing.

    Raises:
        IntegrityError: a file does not have the locked hash; it is not kept.
        IgbuildError: one cannot be had.
    """
    from igbuild.packages import wheels  # noqa: PLC0415  # see above

    with bars(console) as report:
        return wheels.fetch_all(
            lock, store, root=experiment.root, base=_base(experiment), offline=offline, report=report
        )


def npm_folder(
    lock: Lock,
    name: str,
    store: Store,
    *,
    cwd: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Path:
    """Return the verified, unpacked folder of an npm part of a lock.

    Raises:
        IgbuildError: the lock does not name it, or it cannot be had.
        IntegrityError: it is not the locked one.
    """
    from igbuild.packages import npm  # noqa: PLC0415  # see above

    pin = lock.npm.get(name)
    if pin is None:
        raise IgbuildError(f"{LOCK_NAME} does not pin the npm package {name}. Run `igbuild lock`.")
    return npm.fetch(name, pin["version"], pin["integrity"], store, cwd=cwd, offline=offline, console=console)


def esbuild_executable(
    store: Store,
    *,
    explicit: str | Path | None = None,
    cwd: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Path:
    """Return an esbuild executable of the pinned version, fetched where there is none.

    Raises:
        ToolMissing: there is none, and nothing to fetch it with.
        IntegrityError: the fetched one has the wrong hash; it is not kept.
    """
    from igbuild.packages import esbuild_binary  # noqa: PLC0415  # see above

    return esbuild_binary.find(store, explicit=explicit, cwd=cwd, offline=offline, console=console)


def esbuild_version() -> str:
    """Return the version of esbuild that igbuild pins."""
    from igbuild.packages import pins  # noqa: PLC0415  # see above

    return pins.load().esbuild


def cache_info(store: Store) -> CacheInfo:
    """Count what the cache holds."""
    return store.info()


def cache_clear(store: Store) -> int:
    """Empty the cache; return the bytes freed."""
    return store.clear()
