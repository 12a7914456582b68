"""`igbuild serve`, with and without `--dev`."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from igbuild.console import Console


def serve_command(
    config: Path,
    out: Path | None,
    host: str,
    port: int,
    *,
    hosts: tuple[str, ...],
    frame_ancestors: str,
    console: Console,
) -> None:
    """Serve a built site until Ctrl+C."""
    from igbuild.config import load_experiment  # noqa: PLC0415
    from igbuild.errors import shown  # noqa: PLC0415
    from igbuild.serve.server import serve_site  # noqa: PLC0415
    from igbuild.site.build import is_outdated  # noqa: PLC0415

    # A site can be served without its TOML; players meet and data is kept only with it.
    experiment = load_experiment(config) if out is None or config.is_file() else None
    site = out or load_experiment(config).out
    if experiment is not None and site.is_dir() and is_outdated(experiment, site):
        console.warn(
            f"the experiment has changed since {shown(site)} was built; igbuild bundle brings it up to date"
        )
    about: dict[str, Any] = {"hosts": hosts, "frame_ancestors": frame_ancestors, "experiment": experiment}
    with suppress(KeyboardInterrupt):
        serve_site(site, host, port, console, **about)


def dev_command(
    config: Path,
    out: Path | None,
    host: str,
    port: int,
    *,
    hosts: tuple[str, ...],
    frame_ancestors: str,
    players: int | None,
    console: Console,
) -> None:
    """Build, serve, and build again on every change, until Ctrl+C.

    Raises:
        ConfigError: there is no such TOML, `--out` was given, or it is not a game of so many players.
    """
    from igbuild.config import load_experiment  # noqa: PLC0415
    from igbuild.config.reader import NO_SUCH_FILE  # noqa: PLC0415
    from igbuild.errors import ConfigError  # noqa: PLC0415
    from igbuild.serve.dev import DevServer  # noqa: PLC0415
    from igbuild.serve.players import PlayersPage  # noqa: PLC0415
    from igbuild.site.build import BuildOptions  # noqa: PLC0415
    from igbuild.site.command import bundle_experiment  # noqa: PLC0415

    if out is not None:
        raise ConfigError("--dev builds into a folder of its own; leave out --out")
    if not config.is_file():
        raise ConfigError(NO_SUCH_FILE, path=config)

    def build(site: Path) -> str:
        options = BuildOptions(dev=True)
        result = bundle_experiment(config, site, frozen=False, options=options, console=console)
        return result.manifest.site_id

    page = None if players is None else PlayersPage(players)
    if page is not None:
        try:
            experiment = load_experiment(config)
        except ConfigError:
            pass  # said by the first build, and waited for
        else:
            page.use(experiment)
    server = DevServer(config.resolve(), build, console, page)
    with suppress(KeyboardInterrupt):
        server.run(host, port, hosts=hosts, frame_ancestors=frame_ancestors)
