"""What a server does besides handing out the site: the hub where players meet, and the data store."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount

from igbuild.config.multiplayer import collects, is_multiplayer
from igbuild.errors import IgbuildError
from igbuild.files import exclusive
from igbuild.serve.hub.edge import create_hub
from igbuild.serve.hub.settings import HubSettings
from igbuild.serve.ice import ice_settings
from igbuild.serve.store.jsonl import JsonLines
from igbuild.serve.store.origin import own_origins
from igbuild.serve.store.secret import load_secret
from igbuild.serve.store.uploads import UploadSettings, create_upload_app
from igbuild.serve.store.writer import Store

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from starlette.types import ASGIApp, Receive, Scope, Send

    from igbuild.config import ExperimentConfig

HUB = "/hub/socket.io"
DATA = "/data/v1"


class Services:
    """The hub and the store of one experiment; a changed experiment gets new ones.

    An async context manager: leaving it closes both, with everything on disk.

    Args:
        hosts: names under which the server may be addressed, besides those that an experiment has.
        port: where it listens.

    Attributes:
        hosts: all of these names.
    """

    def __init__(self, hosts: tuple[str, ...], port: int) -> None:
        self.hosts = self._hosts = hosts
        self._port = port
        self._running = AsyncExitStack()
        self._known: object = None
        self._hub = _Switch()
        self._data = _Switch()

    def routes(self) -> list[BaseRoute]:
        """Return the routes, which come before those of the site's files."""
        return [Mount(HUB, self._hub), Mount(DATA, self._data)]

    async def use(self, config: ExperimentConfig, folder: Path) -> None:
        """Serve an experiment's players from now on; nothing happens where nothing of it has changed.

        Args:
            config: the experiment.
            folder: where its data goes; made where it is needed.

        Raises:
            IgbuildError: TURN servers are named without their secret, or the data folder cannot be used, or
                another server of a game of several has it.
        """
        told = (config.experiment.name, config.players.humans, config.game.seed, folder)
        wanted = (told, list(config.environment.globals), config.multiplayer, config.server, config.webrtc)
        if wanted == self._known:
            return
        await self._stop()
        self.hosts = (*self._hosts, *config.server.hosts)
        if is_multiplayer(config) or collects(config):
            try:
                await self._start(config, folder)
            except OSError as error:
                raise _unusable(folder, error) from error
        self._known = wanted

    async def __aenter__(self) -> Services:
        """Begin with nothing; `use` starts what an experiment needs."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the hub, then the store."""
        await self._stop()

    async def _start(self, config: ExperimentConfig, folder: Path) -> None:
        secret = load_secret(folder)
        who: dict[str, Any] = {
            "experiment": config.experiment.name,
            "secret": secret,
            "allowed_hosts": self.hosts,
            "allowed_origins": (*own_origins(self.hosts, self._port), *config.server.origins),
        }
        async with AsyncExitStack() as stack:
            if is_multiplayer(config):
                _hold(folder, stack)
            store = Store(folder)
            stack.callback(store.close)
            if is_multiplayer(config):
                matches = JsonLines(folder / "matches.jsonl")
                stack.callback(matches.close)
                hub = create_hub(HubSettings(**who, **_meeting(config)), record=matches.append)
                await stack.enter_async_context(hub.lifespan())
                self._hub.app = hub.app
            self._data.app = create_upload_app(UploadSettings(**who), store)
            self._running = stack.pop_all()

    async def _stop(self) -> None:
        self._known = self._hub.app = self._data.app = None
        await self._running.aclose()


class _Switch:
    """Answers as the application of now does, or says that there is none."""

    def __init__(self) -> None:
        self.app: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.app is not None:
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await JSONResponse({"ok": False, "code": "not_served"}, 404)(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008, "reason": "not served"})


def _unusable(folder: Path, error: OSError) -> IgbuildError:
    if isinstance(error, PermissionError):
        way = "The folder and all in it must belong to the user that runs igbuild serve: chown -R USER FOLDER"
    else:
        way = "Make room for it there, or name another folder under [server] data."
    return IgbuildError(f"{folder}: cannot be used for the data ({error}). {way}")


def _hold(folder: Path, stack: AsyncExitStack) -> None:
    """Keep a second server from the folder: who waits in one does not see who waits in the other."""
    try:
        stack.enter_context(exclusive(folder / "serve.lock", wait=False))
    except BlockingIOError:
        raise IgbuildError(
            f"{folder}: another igbuild serve is using it, and who waits in one does not see who waits in"
            " the other. Stop it, or give this one a folder of its own under [server] data."
        ) from None


def _meeting(config: ExperimentConfig) -> dict[str, Any]:
    """Return the hub's settings of how people meet."""
    settings = config.multiplayer
    # The environment's parameters are no choice of the study's: a game is played with the same on all pages.
    common = tuple(dict.fromkeys((*settings.match_attributes, *config.environment.globals)))
    return {
        "group_size": len(config.players.humans or ()),
        "attributes": common,
        "match_on": common,
        "max_p2p_rtt_ms": settings.max_p2p_rtt_ms,
        "hub_relay": settings.hub_relay,
        "seed": config.game.seed,
        "wait_timeout": settings.wait_timeout,
        "ice": ice_settings(config.webrtc, os.environ),
    }
