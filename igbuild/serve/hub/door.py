"""The door before the Socket.IO server: who may come in, what may be said, how fast, and who is shown out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from igbuild.serve.hub.frames import FrameRules, Verdict
from igbuild.serve.hub.limits import Bucket
from igbuild.serve.hub.waitroom import INPUTS_PER_SECOND
from igbuild.serve.store.advice import NO_UPGRADE, is_refused, tell_once

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.types import Message, Receive, Scope, Send

    from igbuild.serve.hub.settings import HubSettings

SCOPE_KEY = "igbuild.connection"
ABORT_KEY = "igbuild.abort"
SEND_TIMEOUT = 10.0
"""Seconds for which a client may leave its messages unread."""
CONNECT_TIMEOUT = 15.0
"""Seconds within which a socket must have said what it wants."""
FRAMES_PER_SECOND = 100
"""Beside inputs, which are two frames each; a mesh of eight trades some 150 signals at once."""
BYTES_PER_SECOND = 256_000
ADMISSION_GAP = 0.005
"""Seconds between two who are let in."""
MAX_ADMISSION_GAP = 0.1
POLICY_VIOLATION = 1008
GONE: Message = {"type": "websocket.disconnect", "code": POLICY_VIOLATION}


class Connection:
    """One client's websocket, between the web server and the Socket.IO server.

    A client that sends too fast is not refused but read more slowly, which TCP hands back to it; a client
    that does not read is shown out.
    """

    def __init__(
        self, receive: Receive, send: Send, abort: Callable[[], None] | None, group_size: int
    ) -> None:
        now = asyncio.get_running_loop().time()
        rate = FRAMES_PER_SECOND + 2 * INPUTS_PER_SECOND * (group_size - 1)
        self._receive = receive
        self._send = send
        self._abort = abort
        self._rules = FrameRules()
        self._opened = now
        self._frames = Bucket(rate, 4 * rate, now)
        self._bytes = Bucket(BYTES_PER_SECOND, 2 * BYTES_PER_SECOND, now)
        self._closed = False
        self._deaf = False

    def stop_listening(self) -> None:
        """Drop what the client still says; what it was told last may still reach it."""
        self._deaf = True

    def kill(self) -> None:
        """End the connection without another word."""
        self._closed = True
        if self._abort is not None:
            self._abort()

    async def receive(self) -> Message:
        """Return the next message that may pass."""
        clock = asyncio.get_running_loop().time
        while not self._closed:
            message = await self._receive()
            if message["type"] != "websocket.receive":
                return message
            text, raw = message.get("text"), message.get("bytes")
            frame = text if text is not None else raw or b""
            wait = max(self._frames.owe(1, clock()), self._bytes.owe(len(frame), clock()))
            if wait > 0:
                await asyncio.sleep(wait)
            if self._deaf:
                continue
            verdict = self._rules.judge(frame)
            late = not self._rules.connected and clock() - self._opened > CONNECT_TIMEOUT
            if verdict is Verdict.LET_IN and not late:
                return message
            await self._close(1000 if verdict is Verdict.GOODBYE else POLICY_VIOLATION)
        return GONE

    async def send(self, message: Message) -> None:
        """Send a message.

        Raises:
            OSError: the client is gone, or does not read.
        """
        if self._closed:
            if message["type"] == "websocket.close":
                return
            raise OSError("closed")
        if message["type"] == "websocket.close":
            await self._close(message.get("code", 1000))
            return
        await self._write(message)

    async def _close(self, code: int) -> None:
        if self._closed:
            return
        try:
            await self._write({"type": "websocket.close", "code": code})
        except OSError:
            pass
        finally:
            self._closed = True

    async def _write(self, message: Message) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await self._send(message)
        except TimeoutError:
            self.kill()
            raise OSError("the client does not read") from None


class Door:
    """An ASGI application that lets the right websockets through to another.

    The inner one finds the `Connection` in the scope, under SCOPE_KEY.
    """

    def __init__(
        self, inner: Callable[[Scope, Receive, Send], Awaitable[None]], settings: HubSettings
    ) -> None:
        self._inner = inner
        self._settings = settings
        self.open = 0
        self._turn = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] == "http":
            if _asks_for_a_socket(scope["query_string"]):
                tell_once(NO_UPGRADE)
            await _answer(send, 400, b"The hub speaks websocket only.\n")
        elif scope["type"] == "websocket":
            await receive()
            if self._refuses(scope):
                await send({"type": "websocket.close", "code": POLICY_VIOLATION})
            else:
                await self._admit(scope, receive, send)

    def _refuses(self, scope: Scope) -> bool:
        settings = self._settings
        if self.open >= settings.max_connections:
            tell_once(f"{settings.max_connections} pages are connected to the hub, and it takes no more")
            return True
        if is_refused(scope["headers"], settings.allowed_hosts, settings.allowed_origins):
            return True
        return not _asks_for_a_socket(scope["query_string"])

    async def _admit(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = Connection(receive, send, scope.get(ABORT_KEY), self._settings.group_size)
        first: list[Message] = [{"type": "websocket.connect"}]

        async def receive_on() -> Message:
            return first.pop() if first else await connection.receive()

        self.open += 1
        try:
            await self._wait_for_turn()
            await self._inner({**scope, SCOPE_KEY: connection}, receive_on, connection.send)
        except OSError:
            pass  # the client went away while it was let in
        finally:
            self.open -= 1

    async def _wait_for_turn(self) -> None:
        """Let a crowd in one by one, the slower the busier the server is: those who play go first."""
        clock = asyncio.get_running_loop().time
        async with self._turn:
            began = clock()
            await asyncio.sleep(ADMISSION_GAP)
            late = clock() - began - ADMISSION_GAP
            await asyncio.sleep(min(4 * late, MAX_ADMISSION_GAP))


def _asks_for_a_socket(query_string: bytes) -> bool:
    try:
        query = parse_qs(query_string.decode("latin-1"), max_num_fields=8)
    except ValueError:
        return False
    return query.get("EIO") == ["4"] and query.get("transport") == ["websocket"] and "sid" not in query


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
