"""Taking in the bodies of requests: bounded in memory, in time, and in how long others wait meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request

UNFINISHED_BYTES = 16_000_000
"""Of all bodies together that are not whole yet."""
BODY_SECONDS = 30.0
"""For a whole body: 17 kB a second for the largest."""


class BodyRefused(Exception):
    """A body is not taken in; what is still to come of it is not read.

    Attributes:
        status: of the answer.
        code: why.
    """

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code


class Intake:
    """Reads bodies.

    Args:
        max_body: bytes of one.
        seconds: for one.
        unfinished: bytes of all that are under way.
    """

    def __init__(
        self, max_body: int, seconds: float = BODY_SECONDS, unfinished: int = UNFINISHED_BYTES
    ) -> None:
        self._max_body = max_body
        self._seconds = seconds
        self._left = unfinished
        self._turn = asyncio.Lock()

    async def read(self, request: Request) -> bytes:
        """Return a body, whose length must be told before.

        Raises:
            BodyRefused: it is too large, too slow, of no known length, or too many are under way.
        """
        length = request.headers.get("content-length", "")
        if not length.isdecimal():
            raise BodyRefused(411, "length_required")
        if len(length) > 12 or int(length) > self._max_body:
            raise BodyRefused(413, "too_large")
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                async for part in request.stream():
                    body += part
                    self._left -= len(part)
                    if self._left < 0:
                        raise BodyRefused(503, "busy")
        except TimeoutError:
            raise BodyRefused(408, "too_slow") from None
        finally:
            self._left += len(body)
        return bytes(body)

    async def turn(self) -> None:
        """Wait for one's turn: between two bodies that are looked into, whoever plays is served."""
        async with self._turn:
            await asyncio.sleep(0)
