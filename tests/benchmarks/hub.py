"""What the hub carries and what an idle client costs it: `python -m tests.benchmarks.hub [--json]`.

The baseline is a relay without any rules, written below: Starlette's websockets, one process, in the same
run. Each server has a core of its own where there are two. A pair's packets go both ways, 60 bytes each; at
saturation each client answers a packet with the next, so that the server always has one of each to carry.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocketDisconnect

from tests.benchmarks._crowd import Client, HubClient, bounce, send_at
from tests.hub_server import HubServer, free_port, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from starlette.websockets import WebSocket

PAIRS = 200
IDLE = 1000
STEADY = 1000.0
"""Packets a second, all clients together."""
SECONDS = 8.0
HUB, PLAIN = "hub", "plain relay"


def plain_relay() -> Starlette:
    """Return the baseline: what one of a pair says, the other hears."""
    waiting: dict[str, WebSocket] = {}
    partners: dict[WebSocket, WebSocket] = {}

    async def relay(socket: WebSocket) -> None:
        await socket.accept()
        pair = socket.path_params["pair"]
        if pair in waiting:
            other = waiting.pop(pair)
            partners[socket], partners[other] = other, socket
        else:
            waiting[pair] = socket
        with suppress(WebSocketDisconnect):
            while True:
                data = await socket.receive_bytes()
                if socket in partners:
                    await partners[socket].send_bytes(data)

    return Starlette(routes=[WebSocketRoute("/{pair}", relay)])


class Watched:
    """A server's process: its memory, and the processor time it has used."""

    def __init__(self, pid: int, port: int) -> None:
        self.pid = pid
        self.port = port

    @property
    def rss_kb(self) -> int:
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]

    @property
    def cpu(self) -> float:
        """Seconds."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def on_core(pid: int, core: int) -> None:
    """Keep a process on one core, where there are two."""
    cores = sorted(os.sched_getaffinity(0 if pid == 0 else pid))
    if len(cores) > 1:
        os.sched_setaffinity(pid, {cores[core]})


@contextmanager
def hub_server(folder: Path) -> Iterator[Watched]:
    """Run the hub."""
    running = HubServer(folder)
    try:
        yield Watched(running.process.pid, running.port)
    finally:
        running.stop()


@contextmanager
def plain_server(_: Path) -> Iterator[Watched]:
    """Run the baseline."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "tests.benchmarks.hub", "--relay", str(port)])
    try:
        wait_until(lambda: _answers(port), 20)
        yield Watched(process.pid, port)
    finally:
        process.terminate()
        process.wait(20)


def _answers(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def gather(makers: list[Callable[[], Client]]) -> list[Client]:
    """Connect clients, some at a time."""
    gate = asyncio.Semaphore(50)

    async def one(make: Callable[[], Client]) -> Client:
        async with gate:
            return await make().connect()

    return list(await asyncio.gather(*map(one, makers)))


async def idle(server: Watched, make: Callable[[], Client]) -> dict[str, float]:
    """Return what clients cost that say nothing."""
    for client in await gather([make] * 20):
        client.transport.abort()
    await asyncio.sleep(1)
    before = server.rss_kb
    crowd = await gather([make] * IDLE)
    await asyncio.sleep(1)
    grown, cpu = server.rss_kb - before, server.cpu
    await asyncio.sleep(SECONDS)
    used = server.cpu - cpu
    for client in crowd:
        client.transport.abort()
    await asyncio.sleep(2)
    return {"idle_kb": grown / IDLE, "idle_cpu": used / SECONDS}


async def relayed(
    server: Watched, taken: list[float], traffic: Coroutine[Any, Any, None]
) -> dict[str, float]:
    """Let packets be sent; return how many arrived, and what it cost."""
    taken.clear()
    cpu, began = server.cpu, time.perf_counter()
    await traffic
    arrived, used, lasted = len(taken), server.cpu - cpu, time.perf_counter() - began
    times = sorted(taken)
    return {
        "arrived": arrived / lasted,
        "cpu": used / lasted,
        "per_cpu_second": arrived / used,
        "p50": 1000 * times[len(times) // 2],
        "p99": 1000 * times[int(0.99 * len(times))],
    }


async def carry(server: Watched, kind: str) -> dict[str, Any]:
    """Measure one server."""
    taken: list[float] = []

    def hub_client(name: str | None) -> Callable[[], Client]:
        return lambda: HubClient(server.port, taken, name)

    def plain_client(pair: str) -> Callable[[], Client]:
        return lambda: Client(server.port, f"/{pair}", taken)

    on_core(server.pid, 0)
    costs = await idle(server, hub_client(None) if kind == HUB else plain_client("idle"))
    numbers = range(2 * PAIRS)
    makers = [hub_client(f"p{n}") if kind == HUB else plain_client(f"pair{n // 2}") for n in numbers]
    # The hub has a player ready once its partner is there.
    clients = [await make().connect() for make in makers] if kind == PLAIN else await gather(makers)
    steady = await relayed(server, taken, send_at(clients, STEADY, SECONDS))
    await asyncio.sleep(1)
    saturated = await relayed(server, taken, bounce(clients, SECONDS))
    for client in clients:
        client.transport.abort()
    await asyncio.sleep(0.5)
    return {**costs, "steady": steady, "saturated": saturated}


def measure() -> dict[str, dict[str, Any]]:
    """Return what each server was measured to do."""
    on_core(0, 1)
    found = {}
    with tempfile.TemporaryDirectory() as name:
        for kind, serve in ((PLAIN, plain_server), (HUB, hub_server)):
            folder = Path(name) / kind.replace(" ", "")
            folder.mkdir()
            with serve(folder) as server:
                found[kind] = asyncio.run(carry(server, kind))
    return found


def show(found: dict[str, dict[str, Any]]) -> None:
    """Print the table."""
    rows: list[tuple[str, Callable[[dict[str, Any]], float]]] = [
        ("packets/s at saturation", lambda one: one["saturated"]["arrived"]),
        ("  share of a core", lambda one: one["saturated"]["cpu"]),
        ("  packets for a second of processor time", lambda one: one["saturated"]["per_cpu_second"]),
        (f"at {STEADY:.0f} packets/s: share of a core", lambda one: one["steady"]["cpu"]),
        ("  arrived, packets/s", lambda one: one["steady"]["arrived"]),
        ("  median, ms", lambda one: one["steady"]["p50"]),
        ("  99 %, ms", lambda one: one["steady"]["p99"]),
        (f"kB for each of {IDLE} idle clients", lambda one: one["idle_kb"]),
        ("  share of a core for all of them", lambda one: one["idle_cpu"]),
    ]
    print(f"{f'{PAIRS} pairs':44}{HUB:>12}{PLAIN:>14}{'ratio':>9}")
    for name, value in rows:
        ours, theirs = value(found[HUB]), value(found[PLAIN])
        ratio = f"{ours / theirs:9.2f}" if theirs else ""
        print(f"{name:44}{ours:12,.3g}{theirs:14,.3g}{ratio}")


def main() -> None:
    """Measure and print; or be the baseline."""
    if sys.argv[1:2] == ["--relay"]:
        uvicorn.run(plain_relay(), host="127.0.0.1", port=int(sys.argv[2]), log_level="warning")
        return
    found = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(found, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
