"""The Socket.IO edge: carries messages to the rooms, and what they decide to the sockets. Decides nothing."""

from __future__ import annotations

import asyncio
import gc
import logging
import time
from contextlib import asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import socketio

from igbuild.serve.hub.door import SCOPE_KEY, Connection, Door
from igbuild.serve.hub.effects import Drop, Effect, Record, Send
from igbuild.serve.hub.frames import MAX_FRAME
from igbuild.serve.hub.limits import Bucket
from igbuild.serve.hub.matchmaker import Fifo, Matchmaker
from igbuild.serve.hub.messages import MESSAGES, parse
from igbuild.serve.hub.refusals import SENTENCES, Refusal, Refused
from igbuild.serve.hub.rooms import Rooms

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from igbuild.serve.hub.settings import HubSettings

log = logging.getLogger(__name__)
PING_SECONDS = 5
"""A client that vanished is noticed after at most twice this."""
TICK_SECONDS = 0.25
MAX_BACKLOG = 512
"""Packets that may wait for one client; who leaves more unread is shown out."""
MAX_INPUT_BACKLOG = 32
"""Inputs are worth nothing late: with so many waiting, new ones are dropped."""
MESSAGES_PER_SECOND, MESSAGE_BURST = 60, 400
DROP_SECONDS = 1.0
"""Time for a last message to arrive before the connection is cut."""


class Hub:
    """The hub: `app` is its ASGI application, `lifespan` its heartbeat.

    Args:
        settings: how it behaves.
        matchmaker: finds groups; default first come, first served.
        record: takes the entries of the match log.
    """

    def __init__(
        self,
        settings: HubSettings,
        matchmaker: Matchmaker | None = None,
        record: Callable[[dict[str, Any]], None] | None = None,
    ) -> None:
        fifo = Fifo(settings.group_size, settings.max_p2p_rtt_ms)
        self.rooms = Rooms(settings, matchmaker or fifo)
        self._record = record or (lambda _: None)
        self._start = time.time() - time.monotonic()
        self._connections: dict[str, tuple[Connection, Bucket]] = {}
        self._sio = socketio.AsyncServer(
            async_mode="asgi",
            transports=["websocket"],
            ping_interval=PING_SECONDS,
            ping_timeout=PING_SECONDS,
            max_http_buffer_size=MAX_FRAME,
            cors_allowed_origins="*",  # the door has checked the origin
            async_handlers=False,  # the messages of one client are handled in their order
            allow_upgrades=False,
            http_compression=False,
        )
        self._sio.on("connect", self._connect)
        self._sio.on("disconnect", self._disconnect)
        self._sio.on("input", self._input)
        for event in MESSAGES:
            self._sio.on(event, self._handler(event))
        self.app = Door(self._sio.handle_request, settings)

    @asynccontextmanager
    async def lifespan(self) -> AsyncIterator[None]:
        """Run the clock of the rooms while the server runs."""
        task = asyncio.create_task(self._tick())
        try:
            with _patient_collector():
                yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            await self._sio.shutdown()

    def now(self) -> float:
        """Return Unix time in seconds, as a clock that never runs backwards."""
        return self._start + time.monotonic()

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_SECONDS)
            try:
                await self._apply(self.rooms.tick(self.now()))
            except Exception:  # without its clock no game would begin or end any more
                log.exception("the hub's clock goes on")

    async def _connect(self, sid: str, environ: dict[str, Any], _: Any = None) -> None:
        bucket = Bucket(MESSAGES_PER_SECOND, MESSAGE_BURST, self.now())
        self._connections[sid] = environ["asgi.scope"][SCOPE_KEY], bucket

    async def _disconnect(self, sid: str, _: Any = None) -> None:
        found = self._connections.pop(sid, None)
        if found is not None:
            # A client that goes on talking would be heard by a library that no longer knows it.
            found[0].stop_listening()
            asyncio.get_running_loop().call_later(DROP_SECONDS, found[0].kill)
        await self._apply(self.rooms.disconnected(sid, self.now()))

    async def _input(self, sid: str, to: Any = None, data: Any = None) -> None:
        await self._apply(self.rooms.relay_input(sid, to, data, self.now()))

    def _handler(self, event: str) -> Callable[..., Awaitable[dict[str, Any]]]:
        async def handle(sid: str, *arguments: Any) -> dict[str, Any]:
            try:
                if sid not in self._connections or not self._connections[sid][1].take(1, self.now()):
                    raise Refused(Refusal.TOO_FAST)
                answer, effects = self.rooms.handle(sid, parse(event, arguments), self.now())
            except Refused as refused:
                code = refused.refusal
                return {"ok": False, "code": code.value, "message": SENTENCES[code]}
            await self._apply(effects)
            return {"ok": True, **answer}

        return handle

    async def _apply(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(sid, event, data):
                    await self._send(sid, event, data)
                case Drop(sid):
                    await self._drop(sid)
                case Record(entry):
                    at = datetime.fromtimestamp(self.now(), UTC).isoformat(timespec="milliseconds")
                    self._record({"at": at, **entry})

    async def _send(self, sid: str, event: str, data: Any) -> None:
        found = self._connections.get(sid)
        if found is None:
            return
        waiting = self._backlog(sid)
        if event == "input" and waiting > MAX_INPUT_BACKLOG:
            return
        if waiting > MAX_BACKLOG:
            found[0].kill()
            return
        await self._sio.emit(event, data, to=sid)

    async def _drop(self, sid: str) -> None:
        if sid in self._connections:
            await self._sio.disconnect(sid)

    def _backlog(self, sid: str) -> int:
        socket = self._sio.eio.sockets.get(self._sio.manager.eio_sid_from_sid(sid, "/"))
        return socket.queue.qsize() if socket is not None else 0


@contextmanager
def _patient_collector() -> Iterator[None]:
    """Make full garbage collections rare: with a thousand connections each stops every game for 0.1 s.

    What was loaded until now is no longer looked at; a connection's own objects go without the collector.
    """
    thresholds = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000, 10, 1_000)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def create_hub(
    settings: HubSettings,
    matchmaker: Matchmaker | None = None,
    record: Callable[[dict[str, Any]], None] | None = None,
) -> Hub:
    """Return a hub; mount its `app` at `/hub/socket.io` and run its `lifespan` with the server's."""
    return Hub(settings, matchmaker, record)
