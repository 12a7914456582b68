"""`igbuild bundle`: read the experiment, see to its lock, build, report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igbuild.config import load_experiment
from igbuild.errors import shown
from igbuild.site.build import BuildOptions, BuildResult, build_site, read_sources
from igbuild.site.seeding import advice, unseeded
from igbuild.site.shipped import tell

if TYPE_CHECKING:
    from pathlib import Path

    from igbuild.console import Console


def bundle_experiment(
    config: Path, out: Path | None, *, frozen: bool, options: BuildOptions, console: Console
) -> BuildResult:
    """Build the site of an experiment.

    Args:
        config: its TOML.
        out: folder of the site; by default the one that the TOML names.
        frozen: refuse to make or renew the lock.
        options: how to build.
        console: where steps are said.

    Raises:
        IgbuildError: as `load_experiment`, `locked` and `build_site` do.
    """
    experiment = load_experiment(config)
    out = out or experiment.out
    sources = read_sources(experiment, out)
    tell(experiment, sources.study, console, dev=options.dev)
    if (found := unseeded(experiment)) is not None:
        console.warn(f"{shown(found[0])}:{found[1]}: {advice(found)}")
    from igbuild.packages.api import locked  # noqa: PLC0415  # after the cheap refusals
    from igbuild.packages.cache import Store  # noqa: PLC0415

    store = Store()
    lock = locked(experiment, store, frozen=frozen, offline=options.offline, console=console)
    return build_site(experiment, lock, out, store, options=options, console=console, sources=sources)


def bundle_command(
    config: Path,
    out: Path | None,
    *,
    frozen: bool,
    force: bool,
    esbuild: Path | None,
    offline: bool,
    as_json: bool,
    console: Console,
) -> None:
    """Build, and print how big the site is."""
    from igbuild.packages.cache import default_root  # noqa: PLC0415
    from igbuild.site import report  # noqa: PLC0415

    options = BuildOptions(offline=offline, force=force, esbuild=esbuild)
    result = bundle_experiment(config, out, frozen=frozen, options=options, console=console)
    sizes = report.measure(result, default_root())
    if as_json:
        console.json(report.to_json(result, sizes))
        return
    console.table(report.table(sizes))
    console.step(f"{shown(result.out)} is {'ready' if result.changed else 'up to date'}")
