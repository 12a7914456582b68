"""Run an application on a port of this machine, until Ctrl+C."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
import sys
from typing import TYPE_CHECKING

import uvicorn

from igbuild.config.addresses import as_sent, origin_of
from igbuild.errors import IgbuildError
from igbuild.serve.app import LOOPBACK, ServeSettings, create_app
from igbuild.serve.hub.wire import SERVER_OPTIONS
from igbuild.serve.services import Services
from igbuild.site.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.types import ASGIApp

    from igbuild.config import Experiment
    from igbuild.console import Console

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
GOODBYE_SECONDS = 2
"""How long Ctrl+C waits for answers that are on their way."""


def listen(host: str, port: int) -> socket.socket:
    """Open the port, before anything slow is done.

    Args:
        host: address or name to listen on.
        port: 0 picks a free one.

    Raises:
        IgbuildError: the port is taken or not allowed; no other is chosen silently.
    """
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        opened = socket.socket(family, kind, proto)
    except OSError as error:
        raise IgbuildError(
            f"cannot listen on {host} ({error.strerror or error}); choose another --host"
        ) from error
    try:
        if sys.platform == "win32":
            # There SO_REUSEADDR would let a second server take the port over.
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(128)
    except OSError as error:
        opened.close()
        if error.errno in {errno.EADDRINUSE, errno.EACCES}:
            why = (
                "is in use by another program" if error.errno == errno.EADDRINUSE else "is not allowed to you"
            )
            raise IgbuildError(
                f"port {port} on {host} {why}; stop that program, or choose another port with --port "
                "(--port 0 takes any free one)"
            ) from error
        raise IgbuildError(f"cannot listen on {host}:{port} ({error.strerror or error})") from error
    return opened


def url_of(opened: socket.socket) -> str:
    """Return the address that a browser on this machine opens."""
    host, port = opened.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104  # compared, not bound
        host = "localhost"
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def host_names(host: str, more: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names under which the server may be addressed besides those of loopback."""
    return (*more, *([as_sent(host)] if host not in {"0.0.0.0", "::"} else []))  # noqa: S104


def serve_site(
    site: Path,
    host: str,
    port: int,
    console: Console,
    *,
    hosts: tuple[str, ...],
    frame_ancestors: str,
    experiment: Experiment | None = None,
) -> None:
    """Serve a finished site until Ctrl+C.

    Args:
        site: its folder.
        host: address or name to listen on.
        port: 0 picks a free one.
        console: where the address is said.
        hosts: further names under which the server may be addressed.
        frame_ancestors: which pages may show the site in a frame (a CSP source list).
        experiment: whose players meet here and whose data is kept; None serves files alone.

    Raises:
        IgbuildError: there is no site in the folder, the port is taken, or the experiment lacks something
            that it needs here (`Services.use`).
    """
    if read_manifest(site) is None:
        raise IgbuildError(f"there is no site in {site}; build it first: igbuild bundle")
    own = experiment.config.server if experiment else None
    with listen(host, port) as opened:
        names = host_names(host, hosts)
        endpoint = origin_of(own.endpoint) if own and own.endpoint else None
        settings = ServeSettings(site, names, frame_ancestors, own.url if own else None, endpoint)
        services = Services((*LOOPBACK, *names), opened.getsockname()[1])
        app = create_app(settings, services=services)

        async def everything() -> None:
            async with services:
                if experiment is not None:
                    await services.use(experiment.config, experiment.root / experiment.config.server.data)
                announce(console, opened, f"serving {site}")
                await run_app(app, opened)

        asyncio.run(everything())


def announce(console: Console, opened: socket.socket, what: str, pages: tuple[str, ...] = ("",)) -> None:
    """Say what is served, and print the addresses of its pages alone on standard output."""
    console.step(f"{what} (Ctrl+C stops)")
    for page in pages:
        console.result(url_of(opened) + page)
    console.out.file.flush()


async def run_app(app: ASGIApp, opened: socket.socket, before_exit: Callable[[], None] | None = None) -> None:
    """Serve an application on an open socket until Ctrl+C, or what systemd and Docker send in its place.

    Args:
        app: what answers.
        opened: a listening socket.
        before_exit: ends what would keep connections open.
    """
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        **{**SERVER_OPTIONS, "timeout_graceful_shutdown": GOODBYE_SECONDS},
    )
    # The server stops on either; but afterwards SIGTERM would end the process before its files are closed.
    signal.signal(signal.SIGTERM, signal.getsignal(signal.SIGINT))
    await _Server(config, before_exit).serve(sockets=[opened])


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, before_exit: Callable[[], None] | None) -> None:
        super().__init__(config)
        self.before_exit = before_exit

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.before_exit is not None:
            self.before_exit()
        await super().shutdown(sockets)
