"""News for open pages, as server-sent events: a build is ready, a build has failed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEARTBEAT_SECONDS = 15
"""A proxy or laptop that drops silent connections waits longer than this."""


@dataclass(frozen=True)
class News:
    """The state of the last build.

    Attributes:
        build: id of the site that is served; "" while there is none.
        error: why the newest build failed, for the overlay; None if it did not.
    """

    build: str = ""
    error: str | None = None

    def encode(self) -> bytes:
        """Return it as one server-sent event."""
        name = "built" if self.error is None else "failed"
        data = json.dumps({"build": self.build, "error": self.error})
        return f"event: {name}\ndata: {data}\n\n".encode()


class NewsChannel:
    """Tells every open page the newest state: at once when it connects, and whenever it changes.

    All methods belong to the event loop's thread.
    """

    def __init__(self) -> None:
        self.latest = News()
        self._listeners: set[asyncio.Event] = set()
        self._closed = False

    def publish(self, news: News) -> None:
        """Tell every open page."""
        self.latest = news
        self._wake()

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self._closed = True
        self._wake()

    async def stream(self) -> AsyncIterator[bytes]:
        """Yield events for one page until it goes away or the channel closes."""
        changed = asyncio.Event()
        self._listeners.add(changed)
        try:
            yield b"retry: 500\n\n"
            told: News | None = None
            while not self._closed:
                if self.latest != told:
                    told = self.latest
                    yield told.encode()
                changed.clear()
                try:
                    await asyncio.wait_for(changed.wait(), HEARTBEAT_SECONDS)
                except TimeoutError:
                    yield b": still here\n\n"
        finally:
            self._listeners.discard(changed)

    def _wake(self) -> None:
        for listener in self._listeners:
            listener.set()
