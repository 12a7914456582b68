"""Clients of the hub, and of a plain relay, that cost next to nothing themselves: raw frames, no tasks."""

from __future__ import annotations

import asyncio
import json
import struct
import time
from typing import Any

from tests.hub_clients import frame
from tests.hub_server import EXPERIMENT, PATH, SITE

PACKET_BYTES = 60
PADDING = bytes(PACKET_BYTES - 8)


class Client(asyncio.Protocol):
    """A websocket; `taken` holds how long each packet was under way, in seconds."""

    def __init__(self, port: int, path: str, taken: list[float]) -> None:
        self.port = port
        self.path = path
        self.taken = taken
        self.ready = asyncio.Event()
        self.rest = b""
        self.open = False
        self.bouncing = False
        """Whether to answer each packet with another."""

    async def connect(self) -> Client:
        """Connect; return the client once it may send packets."""
        await asyncio.get_running_loop().create_connection(lambda: self, "127.0.0.1", self.port)
        await asyncio.wait_for(self.ready.wait(), 60)
        return self

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        transport.write(
            f"GET {self.path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        data = self.rest + data
        if not self.open:
            head, end, data = data.partition(b"\r\n\r\n")
            if not end:
                self.rest = head
                return
            assert b" 101 " in head, head
            self.open = True
            self.opened()
        at = 0
        while len(data) - at >= 2:
            size, begin = data[at + 1], at + 2
            if size == 126:
                size, begin = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
            if len(data) < begin + size:
                break
            self.hear(data[at] & 15, data[begin : begin + size])
            at = begin + size
        self.rest = data[at:]

    def opened(self) -> None:
        """Begin, the socket being open."""
        self.ready.set()

    def hear(self, opcode: int, data: bytes) -> None:
        """Take a frame."""
        if opcode == 2:
            self.taken.append(time.perf_counter() - struct.unpack_from("d", data)[0])
            if self.bouncing:
                self.send()
        elif opcode == 9:
            self.transport.write(b"\x8a" + frame(data)[1:])

    def packet(self) -> bytes:
        """Return a packet's frames."""
        return frame(struct.pack("d", time.perf_counter()) + PADDING)

    def send(self) -> None:
        """Send a packet."""
        self.transport.write(self.packet())


class HubClient(Client):
    """A participant's browser, as far as the hub can tell."""

    def __init__(self, port: int, taken: list[float], name: str | None) -> None:
        super().__init__(port, f"{PATH}/?EIO=4&transport=websocket", taken)
        self.name = name
        """Of the participant; None: one who connects and says nothing more."""
        self.header = b""

    def say(self, text: str) -> None:
        self.transport.write(frame(text))

    def ask(self, event: str, **message: Any) -> None:
        self.say(f"421{json.dumps([event, message])}")

    def opened(self) -> None:
        """Wait for the hub's first word."""

    def hear(self, opcode: int, data: bytes) -> None:
        if opcode != 1:
            super().hear(opcode, data)
        elif data == b"2":
            self.say("3")
        elif data.startswith(b"0"):
            self.say("40")
        elif data.startswith(b"40"):
            if self.name is None:
                self.ready.set()
            else:
                self.ask("join", experiment=EXPERIMENT, participant=self.name, site=SITE)
        elif data.startswith(b"42["):
            self.act(*json.loads(data[2:]))

    def act(self, event: str, message: dict[str, Any]) -> None:
        """Go on towards a game in which packets go through the hub."""
        if event == "matched":
            self.session, self.seat = message["session"], message["seat"]
            to = f'451-["input",{1 - self.seat},{{"_placeholder":true,"num":0}}]'
            self.header = frame(to)
            self.ask("accept", session=self.session)
        elif event == "validating":
            self.ask("ready", session=self.session)
        elif event == "playing" and self.seat == 0:
            self.ask("relay", session=self.session, peer=1)
        elif event == "relayed":
            self.ready.set()

    def packet(self) -> bytes:
        return self.header + super().packet()


async def send_at(clients: list[Client], rate: float, seconds: float) -> None:
    """Let clients send in turn, `rate` packets a second in all."""
    begun = time.perf_counter()
    turn = 0
    while (now := time.perf_counter() - begun) < seconds:
        while turn < now * rate:
            clients[turn % len(clients)].send()
            turn += 1
        await asyncio.sleep(0.002)


async def bounce(clients: list[Client], seconds: float) -> None:
    """Keep a packet under way from each client to its partner: the server is always busy, never flooded."""
    for client in clients:
        client.bouncing = True
        client.send()
    await asyncio.sleep(seconds)
    for client in clients:
        client.bouncing = False
