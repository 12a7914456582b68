"""Clients for the tests of the hub: python-socketio's own, and bare websockets that may say anything."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import socketio
import websockets
from websockets.exceptions import ConnectionClosed

from tests.hub_server import EXPERIMENT, PATH, SITE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.hub_server import HubServer


class Player:
    """A participant's browser, as far as the hub can tell."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.heard: list[tuple[Any, ...]] = []
        self.disconnects = 0
        self._news = asyncio.Condition()
        self.client.on("*", self._hear)
        self.client.on("disconnect", self._gone)

    async def _hear(self, event: str, *data: Any) -> None:
        if event == "echo":
            await self.client.emit("echo", data[0])
        async with self._news:
            self.heard.append((event, *data))
            self._news.notify_all()

    async def _gone(self, *_: Any) -> None:
        self.disconnects += 1

    async def say(self, event: str, **data: Any) -> dict[str, Any]:
        return await self.client.call(event, data, timeout=20)

    async def join(self, participant: str, **more: Any) -> dict[str, Any]:
        return await self.say("join", experiment=EXPERIMENT, participant=participant, site=SITE, **more)

    async def wait_for(self, event: str, count: int = 1, seconds: float = 10) -> Any:
        """Return the data of the count-th event of a name, waiting for it."""

        def found() -> list[Any]:
            return [heard[1] if len(heard) == 2 else heard[1:] for heard in self.heard if heard[0] == event]

        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: len(found()) >= count)
        return found()[count - 1]


@asynccontextmanager
async def player(server: HubServer) -> AsyncIterator[Player]:
    made = Player()
    await made.client.connect(server.url, socketio_path=PATH, transports=["websocket"])
    try:
        yield made
    finally:
        await made.client.disconnect()
        if made.client.eio.http is not None:
            await made.client.eio.http.close()


async def play(*players: Player, names: tuple[str, ...]) -> str:
    """Bring players into a game; return its session."""
    for one, name in zip(players, names, strict=True):
        assert (await one.join(name))["ok"]
    session = (await players[0].wait_for("matched"))["session"]
    for event in ("accept", "ready"):
        for one in players:
            assert (await one.say(event, session=session))["ok"]
    for one in players:
        await one.wait_for("playing")
    return session


class Bare:
    """A websocket that speaks Engine.IO by hand."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket

    async def connect(self) -> None:
        await self.socket.recv()
        await self.socket.send("40")
        assert (await self.socket.recv()).startswith("40")

    async def answer(self, message: list[Any], number: int = 7) -> Any:
        """Send an event and return its acknowledgement."""
        await self.socket.send(f"42{number}{json.dumps(message)}")
        while True:
            frame = await self.socket.recv()
            if frame == "2":
                await self.socket.send("3")
            elif isinstance(frame, str) and frame.startswith(f"43{number}"):
                return json.loads(frame[2 + len(str(number)) :])[0]

    async def close_code(self, seconds: float = 10) -> int | None:
        """Return the code the server closes with; what comes before is dropped."""
        async with asyncio.timeout(seconds):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed as closed:
                return closed.rcvd.code if closed.rcvd else None


def frame(data: str | bytes) -> bytes:
    """Return a text, or bytes, as one websocket frame, masked with zeros."""
    raw = data.encode() if isinstance(data, str) else data
    size = bytes([0x80 | len(raw)]) if len(raw) < 126 else bytes([0xFE]) + len(raw).to_bytes(2, "big")
    return (b"\x81" if isinstance(data, str) else b"\x82") + size + bytes(4) + raw


@asynccontextmanager
async def raw(server: HubServer) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Connect to the hub with next to no work on this side, so that crowds cost the machine little."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(
        f"GET {PATH}/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(frame("40"))
    await reader.readuntil(b'"sid":')
    await reader.readuntil(b'"sid":')
    try:
        yield reader, writer
    finally:
        writer.transport.abort()
        with suppress(ConnectionError):
            await writer.wait_closed()


@asynccontextmanager
async def bare(server: HubServer, *, connect: bool = True, **options: Any) -> AsyncIterator[Bare]:
    options = {"compression": None, "ping_interval": None, "max_size": None, "close_timeout": 1, **options}
    async with websockets.connect(server.socket_url, **options) as socket:
        made = Bare(socket)
        if connect:
            await made.connect()
        yield made
