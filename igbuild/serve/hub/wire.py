"""How uvicorn must speak where the hub is mounted: its own protocols, with four holes closed.

- Text that is not UTF-8 closes the connection; uvicorn itself also writes a traceback into the log.
- Who sends pings and never reads the pongs is cut off before they fill the memory.
- The application can abort a connection: the polite way waits for a client that does not read.
- An HTTP request that is laborious to read is read slowly, so that those who play are served between.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from igbuild.serve.hub.door import ABORT_KEY
from igbuild.serve.hub.frames import MAX_FRAME

if TYPE_CHECKING:
    from asyncio import BaseTransport

READ_SIZE = 16_384
"""Bytes taken from the network at once: a burst of tiny frames is then a few milliseconds of work."""
HTTP_READ_SIZE = 4096
"""The same for HTTP, whose heads may be a thousand lines."""
MAX_HEAD = 16_384
"""Bytes of a request before its body; many may be unfinished at once."""
EASY_SECONDS = 0.002
"""What reading from a connection may take without consequences."""
SHARE = 0.1
"""Of the time that a connection may take otherwise."""
MAX_UNREAD = 262_144
"""Bytes of pongs that may wait for a client to read."""


class Requests(h11.Connection):
    """Reads requests whose length is told before.

    A body in chunks of one byte costs a hundred times as much to read as it does to send, and no browser
    sends chunks.
    """

    def next_event(self) -> Any:
        """Return what came next.

        Raises:
            h11.RemoteProtocolError: it is not HTTP, or has no length.
        """
        event = super().next_event()
        if isinstance(event, h11.Request) and any(name == b"transfer-encoding" for name, _ in event.headers):
            raise h11.RemoteProtocolError("a body must have a length")
        return event


class DoorProtocol(H11Protocol):
    """An HTTP connection, before it becomes a websocket or instead."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Take less from the network at once, where the event loop lets one choose."""
        if hasattr(transport, "max_size"):
            transport.max_size = HTTP_READ_SIZE
        super().connection_made(cast("Any", transport))
        self.conn = Requests(h11.SERVER, MAX_HEAD)

    def data_received(self, data: bytes) -> None:
        """Take what came; what took long is followed by a rest."""
        began = time.perf_counter()
        super().data_received(data)
        taken = time.perf_counter() - began
        if taken > EASY_SECONDS and self.transport.get_protocol() is self and not self.transport.is_closing():
            self.flow.pause_reading()
            self.loop.call_later(taken / SHARE, self.flow.resume_reading)


class HubProtocol(WebSocketsSansIOProtocol):
    """A websocket of the hub."""

    def connection_made(self, transport: BaseTransport) -> None:
        """Take less from the network at once, where the event loop lets one choose."""
        if hasattr(transport, "max_size"):
            transport.max_size = READ_SIZE
        super().connection_made(transport)

    def handle_ping(self) -> None:
        """Answer a ping, unless the answers pile up."""
        super().handle_ping()
        if self.transport.get_write_buffer_size() > MAX_UNREAD:
            self.transport.abort()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on, or close the connection if it is not text where it says so."""
        if self.curr_msg_data_type == "text":
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.conn.fail(1007)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    async def run_asgi(self) -> None:
        """Run the application with the means to abort."""
        cast("dict[str, Any]", self.scope)[ABORT_KEY] = self.transport.abort
        await super().run_asgi()


SERVER_OPTIONS: dict[str, Any] = {
    "http": DoorProtocol,
    "ws": HubProtocol,
    "ws_max_size": MAX_FRAME,
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,
    "timeout_graceful_shutdown": 3,
}
"""What `uvicorn.Config` needs where the hub is mounted. Compression would cost each idle client 40 kB; the
Socket.IO server sends its own pings."""
