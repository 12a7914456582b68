"""Failures in a page of `igbuild serve --dev`, sent by it so that the terminal shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

LONGEST = 100_000
"""Bytes of a report; the page cuts a longer one."""


def failure_route(tell: Callable[[str], None]) -> Route:
    """Return the route that takes a page's report.

    Only pages of this server may use it, and what they send is text for a terminal: control characters,
    with which it could be made to do things, are left out.

    Args:
        tell: shows one report.
    """

    async def take(request: Request) -> Response:
        if urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host"):
            return Response(status_code=403)
        body = b""
        try:
            async for part in request.stream():
                body += part
                if len(body) > LONGEST:
                    return Response(status_code=413)
        except ClientDisconnect:
            return Response(status_code=400)
        text = body.decode("utf-8", "replace")
        tell("".join(mark for mark in text if mark.isprintable() or mark in "\n\t"))
        return Response(status_code=204)

    return Route("/__igbuild/failures", take, methods=["POST"])
