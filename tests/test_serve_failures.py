"""What a page reports reaches the terminal as text; what others send does not."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from starlette.applications import Starlette

from igbuild.serve.failures import LONGEST, failure_route

if TYPE_CHECKING:
    from collections.abc import MutableMapping

OWN = "http://localhost:8000"


def post(told: list[str], body: bytes, origin: str | None = OWN) -> int:
    """Send a report to the route, and return the status of the answer."""
    headers = [(b"host", b"localhost:8000")]
    if origin is not None:
        headers.append((b"origin", origin.encode()))
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/__igbuild/failures",
        "headers": headers,
        "query_string": b"",
    }
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(Starlette(routes=[failure_route(told.append)])(scope, receive, send))
    return int(sent[0]["status"])


def test_a_report_is_told_as_it_is() -> None:
    told: list[str] = []
    text = "Traceback\n\tFile env.py\nKeyError: 'é'"
    assert post(told, text.encode()) == 204
    assert told == [text]


def test_a_terminal_gets_no_control_characters() -> None:
    told: list[str] = []
    assert post(told, b"a\x1b]0;title\x07\xc2\x9b2Jb\xff") == 204
    assert told == ["a]0;title2Jb\ufffd"]


@pytest.mark.parametrize("origin", [None, "http://other.example", "http://localhost:8001", "null"])
def test_pages_of_others_are_refused(origin: str | None) -> None:
    told: list[str] = []
    assert post(told, b"x", origin) == 403
    assert told == []


def test_a_report_without_end_is_refused() -> None:
    told: list[str] = []
    assert post(told, b"x" * (LONGEST + 1)) == 413
    assert told == []
