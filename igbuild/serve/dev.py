"""`igbuild serve --dev`: build, watch, build again, and tell the open pages.

The site is built by the same code as `igbuild bundle`, into a folder of its own: a site with the
development client in it must never be where one deploys from.
"""

from __future__ import annotations

import asyncio
import traceback
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from watchfiles import Change, awatch

from igbuild.config import load_experiment
from igbuild.errors import IgbuildError
from igbuild.files import write_atomic
from igbuild.resources import PACKAGE, runtime_dir, templates_dir
from igbuild.serve.app import LOOPBACK, ServeSettings, create_app
from igbuild.serve.events import News, NewsChannel
from igbuild.serve.server import announce, host_names, listen, run_app
from igbuild.serve.services import Services
from igbuild.site.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable

    from igbuild.console import Console
    from igbuild.serve.players import PlayersPage

DEV_FOLDER = ".igbuild"
DEV_DATA = "data"
"""What is played while one develops is kept apart from participants' data."""
UNWATCHED = frozenset({"__pycache__", "node_modules", "site-packages"})
UNWATCHED_ENDS = ("~", ".pyc", ".swp", ".swx", ".tmp")
STEP_MS = 20  # a change is seen within this time ...
QUIET_MS = 300  # ... and a burst of them counts as one for at most this long

UNWATCHABLE = (OSError, RuntimeError)
"""What watchfiles raises, for example where the limit of watched files is reached."""


@dataclass(frozen=True)
class DevServer:
    """Rebuilds an experiment while it is worked on.

    Attributes:
        experiment: the TOML; it may be broken, and mended while the server runs.
        build: builds the site into a folder and returns its id; raises IgbuildError for a user's mistake.
        console: where builds and failures are said.
        players: the page that shows all players side by side, if it is wanted.
    """

    experiment: Path
    build: Callable[[Path], str]
    console: Console
    players: PlayersPage | None = None

    @property
    def site(self) -> Path:
        """Where the site is built."""
        return self.experiment.parent / DEV_FOLDER / "dev"

    def run(self, host: str, port: int, *, hosts: tuple[str, ...], frame_ancestors: str) -> None:
        """Serve until Ctrl+C.

        Raises:
            IgbuildError: the port is taken.
        """
        with listen(host, port) as opened:
            _ignored_by_git(self.experiment.parent / DEV_FOLDER)
            names = host_names(host, hosts)
            if self.players is not None:
                frame_ancestors = self.players.ancestors(frame_ancestors)
            settings = ServeSettings(self.site, names, frame_ancestors)
            news = NewsChannel()
            services = Services((*LOOPBACK, *names), opened.getsockname()[1])
            routes = [] if self.players is None else self.players.routes(frame_ancestors)
            app = create_app(settings, news, services, self._tell_failure, routes)

            async def everything() -> None:
                stop = asyncio.Event()
                pages = ("",) if self.players is None else (self.players.address, "")
                announce(self.console, opened, f"watching {self.experiment.parent}", pages)
                watching = asyncio.create_task(self._watch(news, services, stop))

                def before_exit() -> None:
                    stop.set()
                    news.close()

                async with services:
                    await run_app(app, opened, before_exit)
                    stop.set()
                    await watching

            asyncio.run(everything())

    def _tell_failure(self, text: str) -> None:
        self.console.err.print(f"in the page: {text}", markup=False, style="red")

    async def _watch(self, news: NewsChannel, services: Services | None, stop: asyncio.Event) -> None:
        last = read_manifest(self.site)
        news.publish(News(last.site_id if last else ""))
        try:
            await self._follow(news, services, stop)
        except UNWATCHABLE as error:
            self.console.warn(f"the system does not tell of changes ({error}); files are looked at in turn")
            try:
                await self._follow(news, services, stop, polling=True)
            except UNWATCHABLE as again:
                text = f"changes are not seen any more ({again}): end igbuild serve --dev and start it again"
                self.console.err.print(f"ERROR {text}", markup=False, style="red")
                news.publish(News(news.latest.build, text))

    async def _follow(
        self,
        news: NewsChannel,
        services: Services | None,
        stop: asyncio.Event,
        *,
        polling: bool | None = None,
    ) -> None:
        """Build, and build again on every change. Raises what watching raises (`UNWATCHABLE`)."""
        folders = watched_folders(self.experiment.parent)
        changes = awatch(
            *folders,
            watch_filter=Relevant(tuple(folders)),
            step=STEP_MS,
            debounce=QUIET_MS,
            stop_event=stop,
            ignore_permission_denied=True,
            force_polling=polling,
        )
        # Watching begins before the first build, so that an edit during it is not missed.
        next_change = asyncio.create_task(anext(changes, None))
        await asyncio.sleep(0)
        await self._build(news, services)
        while (change := await next_change) is not None:
            self.console.detail(f"changed: {', '.join(sorted({path for _, path in change}))}")
            next_change = asyncio.create_task(anext(changes, None))
            await self._build(news, services)

    async def _build(self, news: NewsChannel, services: Services | None = None) -> None:
        served = news.latest.build
        try:
            build = await asyncio.to_thread(self.build, self.site)
            if services is not None:
                experiment = await asyncio.to_thread(load_experiment, self.experiment)
                await services.use(experiment.config, self.site.parent / DEV_DATA)
                if self.players is not None:
                    self.players.use(experiment)
        except IgbuildError as error:
            self.console.err.print(f"ERROR {error.message}", markup=False, style="red")
            news.publish(News(served, error.message))
        except Exception:  # the server outlives every failed build
            text = traceback.format_exc()
            self.console.err.print(text, markup=False, style="red")
            news.publish(News(served, text))
        else:
            if build != served or news.latest.error is not None:
                self.console.step("ready")
            news.publish(News(build))


def watched_folders(experiment: Path) -> list[Path]:
    """Return what is watched: the experiment, and igbuild's own sources where they are worked on."""
    own = templates_dir()
    if own.is_relative_to(PACKAGE):
        return [experiment]
    return [experiment, own / "worker", own / "game", runtime_dir()]


@dataclass(frozen=True)
class Relevant:
    """Says whether a change can change the site; hidden files, caches and editors' own files cannot.

    Attributes:
        folders: the folders watched; only what lies below them is judged.
    """

    folders: tuple[Path, ...]

    def __call__(self, _: Change, path: str) -> bool:
        """Judge one change, as watchfiles asks."""
        below = next(
            (Path(path).relative_to(root) for root in self.folders if _is_below(path, root)), Path(path)
        )
        hidden = any(part in UNWATCHED or part.startswith(".") for part in below.parts)
        return not (hidden or below.name.endswith(UNWATCHED_ENDS) or below.name.isdigit())


def _is_below(path: str, folder: Path) -> bool:
    return Path(path).is_relative_to(folder)


def _ignored_by_git(folder: Path) -> None:
    with suppress(OSError):
        write_atomic(folder / ".gitignore", "*\n")
