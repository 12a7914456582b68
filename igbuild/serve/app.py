"""The ASGI application: the site's files, a health answer, and for development the news of builds."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from html import escape
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    PlainTextResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from igbuild import __version__
from igbuild.resources import templates_dir
from igbuild.serve.failures import failure_route
from igbuild.serve.headers import common_headers
from igbuild.serve.mime import media_type
from igbuild.serve.static import SiteFiles
from igbuild.serve.store.advice import is_stranger
from igbuild.site.manifest import read_manifest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from igbuild.serve.events import NewsChannel
    from igbuild.serve.services import Services

LOOPBACK = ("localhost", "*.localhost", "127.0.0.1", "[::1]")
"""Names by which a browser on this machine reaches it; any other may be a rebound domain."""
UNKNOWN_HOST = """\
Invalid host header: this server does not go by the name in the address.
Whoever runs it names it under [server] hosts in experiment.toml, and starts igbuild serve again.
"""


@dataclass(frozen=True)
class ServeSettings:
    """How a site is served.

    Attributes:
        site: folder of the site.
        hosts: further host names to answer to, where no services have theirs.
        frame_ancestors: which pages may show the site in a frame (a CSP source list).
        server: origin of another server that the page speaks to.
        endpoint: origin that the page posts data to.
        instance: names this run of the server.
    """

    site: Path
    hosts: tuple[str, ...] = ()
    frame_ancestors: str = "'none'"
    server: str | None = None
    endpoint: str | None = None
    instance: str = field(default_factory=lambda: secrets.token_urlsafe(12))


def create_app(
    settings: ServeSettings,
    news: NewsChannel | None = None,
    services: Services | None = None,
    tell: Callable[[str], None] | None = None,
    more: Iterable[BaseRoute] = (),
) -> ASGIApp:
    """Return the application.

    Args:
        settings: how to serve.
        news: the channel of `--dev`; without one there are no development pages.
        services: where players meet and data goes; without them the site is served alone.
        tell: shows a failure that a development page reports.
        more: further routes, which come before those of the site's files.
    """

    async def health(_: Request) -> Response:
        manifest = read_manifest(settings.site)
        told = {
            "igbuild": __version__,
            "instance": settings.instance,
            "site": manifest.site_id if manifest else None,
        }
        return JSONResponse(told, headers={"cache-control": "no-store"})

    async def events(_: Request) -> Response:
        assert news is not None  # noqa: S101  # the route exists only with it
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(news.stream(), media_type="text/event-stream", headers=headers)

    async def client(_: Request) -> Response:
        path = templates_dir() / "game" / "dev_client.js"
        return FileResponse(path, media_type=media_type(path.name), headers={"cache-control": "no-cache"})

    files = SiteFiles(settings.site, None if news is None else lambda: _waiting_page(news))
    routes: list[BaseRoute] = [Route("/__igbuild/health", health)]
    if services is not None:
        routes += services.routes()
    if news is not None:
        routes += [Route("/__igbuild/events", events), Route("/__igbuild/dev_client.js", client)]
    if tell is not None:
        routes.append(failure_route(tell))
    routes += [*more, Route("/{path:path}", files.respond)]

    def hosts() -> tuple[str, ...]:
        return (*LOOPBACK, *settings.hosts) if services is None else services.hosts

    app = Starlette(routes=routes, middleware=[Middleware(_KnownHost, hosts=hosts)])
    return _WithHeaders(app, common_headers(settings.frame_ancestors, settings.server, settings.endpoint))


class _KnownHost:
    """Answers only who calls the server by one of its names; the hub asks by itself."""

    def __init__(self, app: ASGIApp, hosts: Callable[[], Collection[str]]) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_stranger(scope["headers"], self.hosts()):
            await PlainTextResponse(UNKNOWN_HOST, 400)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


class _WithHeaders:
    """Adds the common headers to every answer, refusals included."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app = app
        self.headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        with suppress(ConnectionError):  # a page that goes away while it is answered is no error
            await self.app(scope, receive, send_with_headers)


def _waiting_page(news: NewsChannel) -> Response:
    """Return the page of an experiment that could not be built yet; it becomes the game by itself."""
    text = news.latest.error or "Building ..."
    return HTMLResponse(
        "<!doctype html><meta charset=utf-8><title>igbuild</title>"
        f"<pre>{escape(text)}</pre><script type=module src=/__igbuild/dev_client.js></script>\n",
        503,
        headers={"cache-control": "no-store"},
    )
