"""`igbuild lock` and `igbuild cache`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igbuild.config import load_experiment
from igbuild.errors import shown
from igbuild.packages import api
from igbuild.packages.cache import Store

if TYPE_CHECKING:
    from pathlib import Path

    from igbuild.config import Experiment
    from igbuild.console import Console


def lock_command(
    config: Path,
    *,
    check: bool,
    upgrade: bool,
    packages: tuple[str, ...],
    exclude_newer: str | None,
    offline: bool,
    as_json: bool,
    console: Console,
) -> None:
    """Make or check the lock, and print what changed.

    Raises:
        LockOutOfDate: `check`, and the lock does not answer the experiment.
    """
    experiment = load_experiment(config)
    if check:
        _check(api.check_lock(experiment), experiment, console, as_json=as_json)
        return
    result = api.lock_experiment(
        experiment,
        Store(),
        upgrade=upgrade,
        upgrade_packages=packages,
        exclude_newer=exclude_newer,
        offline=offline,
        console=console,
    )
    if as_json:
        console.json(result.to_json())
        return
    for change in result.changes:
        console.step(str(change))
    console.step(f"{shown(result.path)} is {'written' if result.written else 'unchanged'}")


def cache_info_command(*, as_json: bool, console: Console) -> None:
    """Print where the cache lies and what it holds."""
    info = api.cache_info(Store())
    if as_json:
        console.json({"path": str(info.path), "files": info.files, "bytes": info.bytes, "kinds": info.kinds})
        return
    console.result(str(info.path))
    console.result(f"{info.files} files, {info.bytes / 1e6:.1f} MB")


def cache_clear_command(*, console: Console) -> None:
    """Empty the cache, and say how much that freed."""
    store = Store()
    freed = api.cache_clear(store)
    console.step(f"{freed / 1e6:.1f} MB freed in {store.root}")


def _check(drift: api.Drift, experiment: Experiment, console: Console, *, as_json: bool) -> None:
    if as_json:
        console.json({"current": drift.current, "changes": drift.lines})
    if not drift.current:
        raise api.out_of_date(experiment, drift)
    if not as_json:
        console.step(f"{shown(api.lock_path(experiment))} is current")
