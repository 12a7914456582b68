"""Who is turned away is told to the one who runs the server, with what to change if it was a mistake."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from igbuild.serve.store.origin import is_known_host, refuse_headers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

log = logging.getLogger(__name__)
MOST = 20
"""Strangers choose what they send: no more of them are named."""
LONGEST = 100
NO_UPGRADE = (
    "a page called the hub, but not with a websocket: the web server in front has to pass on"
    " the headers Upgrade and Connection"
)
NO_MORE = f"others were refused too; the first {MOST} are named above, until igbuild serve starts again"

_said: set[str] = set()
_strangers: set[str] = set()


def tell_once(text: str) -> None:
    """Say something in the server's log, unless it was said before; nothing that a stranger can choose."""
    if text not in _said:
        _said.add(text)
        log.warning("! %s", text)


def _tell_of_stranger(text: str) -> None:
    if text in _strangers:
        return
    if len(_strangers) == MOST:
        tell_once(NO_MORE)
    else:
        _strangers.add(text)
        log.warning("! %s", text)


def is_refused(
    headers: Iterable[tuple[bytes, bytes]], hosts: Collection[str], origins: Collection[str]
) -> bool:
    """Tell whether `refuse_headers` has something against a request, and let the log say how to allow it."""
    headers = list(headers)
    if refuse_headers(headers, hosts, origins) is None:
        return False
    if not is_known_host(headers, hosts):
        _tell_of_host(headers)
    else:
        _tell_of_stranger(
            f"the page at {_sent(headers, b'origin')} was refused; if it is yours, name that address in"
            " [server] origins, or the host in [server] hosts, and start again"
        )
    return True


def is_stranger(headers: Iterable[tuple[bytes, bytes]], hosts: Collection[str]) -> bool:
    """Tell whether a request calls the server by a name that is not its own; the log says how to add it."""
    headers = list(headers)
    if is_known_host(headers, hosts):
        return False
    _tell_of_host(headers)
    return True


def _tell_of_host(headers: Iterable[tuple[bytes, bytes]]) -> None:
    _tell_of_stranger(
        f"a request for the host {_sent(headers, b'host')} was refused; if this server is reached by it,"
        " name it in [server] hosts, or with --allow-host, and start again"
    )


def _sent(headers: Iterable[tuple[bytes, bytes]], name: bytes) -> str:
    values = b", ".join(value for key, value in headers if key == name).decode("latin-1")
    return ascii(values[:LONGEST])
