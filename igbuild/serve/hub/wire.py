"""How uvicorn must speak websocket for the hub: its own protocol, with three holes closed.

- Text that is not UTF-8 closes the connection; uvicorn itself also writes a traceback into the log.
- Who sends pings and never reads the pongs is cut off before they fill the memory.
- The application can abort a connection: the polite way waits for a client that does not read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from igbuild.serve.hub.door import ABORT_KEY
from igbuild.serve.hub.frames import MAX_FRAME

if TYPE_CHECKING:
    from asyncio import BaseTransport

READ_SIZE = 16_384
"""Bytes taken from the network at once: a burst of tiny frames is then a few milliseconds of work."""
MAX_UNREAD = 262_144
"""Bytes of pongs that may wait for a client to read."""


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
    "ws": HubProtocol,
    "ws_max_size": MAX_FRAME,
    "ws_per_message_deflate": False,
    "ws_ping_interval": None,
    "timeout_graceful_shutdown": 3,
}
"""What `uvicorn.Config` needs where the hub is mounted. Compression would cost each idle client 40 kB; the
Socket.IO server sends its own pings."""
