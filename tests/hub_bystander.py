"""Two players who send each other inputs through the hub, 60 a second, and note how long each takes.

A process of its own, so that what the tests compute does not count. It prints `playing SESSION`, plays until
its standard input closes, then prints its figures as JSON.
"""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from tests.hub_clients import play, player

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.hub_server import HubServer

RELAY_P99_MS = 50
EVERYDAY_P99_MS = 200
"""While a whole suite and more runs on the same machine; the long runs hold the real bound."""
MEMORY_MB = 50


class Bystanders:
    """The pair, seen from a test."""

    def __init__(self, url: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.hub_bystander", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        )
        assert self.process.stdout is not None
        said = self.process.stdout.readline().split()
        if said[:1] != ["playing"]:
            self.process.communicate(timeout=30)
            raise AssertionError("the bystanders do not play")
        self.session = said[1]

    def stop(self) -> dict[str, Any]:
        out, _ = self.process.communicate("", timeout=30)
        return json.loads(out)


@contextmanager
def unharmed(server: HubServer, undisturbed: HubServer, *, soak: bool) -> Iterator[Bystanders]:
    """Let a pair play on a server until the block ends; it must have noticed nothing of what happened there.

    Args:
        server: the one that is attacked.
        undisturbed: another that nobody attacks: what its pair notices is the machine's doing.
        soak: whether nothing else runs on the machine.
    """
    control = Bystanders(undisturbed.url)
    pair = Bystanders(server.url)
    before = server.rss_mb
    yield pair
    grown = server.rss_mb - before
    seen, elsewhere = pair.stop(), control.stop()
    print(f"\nbystanders: {seen}\non the undisturbed server: {elsewhere}\nmemory grew by {grown:.1f} MB")
    assert set(seen["events"]) <= {"echo", "waiting", "matched", "validating", "playing", "relayed"}
    assert seen["disconnects"] == 0
    assert seen["arrived"] >= 0.95 * seen["sent"]
    assert seen["p99_ms"] < (RELAY_P99_MS if soak else EVERYDAY_P99_MS) + 3 * elsewhere["p99_ms"]
    assert grown < MEMORY_MB


async def main(url: str) -> None:
    server: Any = SimpleNamespace(url=url)
    sent = 0
    taken: list[float] = []
    async with player(server) as a, player(server) as b:
        b.client.on("input", lambda _, data: taken.append(time.perf_counter() - struct.unpack("d", data)[0]))
        session = await play(a, b, names=("bystander-a", "bystander-b"))
        await a.say("relay", session=session, peer=1)
        print("playing", session, flush=True)
        stop = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
        begun = time.perf_counter()
        while not stop.done():
            await a.client.emit("input", (1, struct.pack("d", time.perf_counter())))
            sent += 1
            await asyncio.sleep(max(0.0, begun + sent / 60 - time.perf_counter()))
        await asyncio.sleep(0.2)
        events = {event for event, *_ in [*a.heard, *b.heard]}
        disconnects = a.disconnects + b.disconnects
    taken.sort()
    figures = {f"p{q}_ms": round(taken[int(len(taken) * q / 100)] * 1000, 2) for q in (50, 95, 99)}
    figures |= {
        "sent": sent,
        "arrived": len(taken),
        "max_ms": round(taken[-1] * 1000, 1),
    }
    print(json.dumps(figures | {"events": sorted(events), "disconnects": disconnects}))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
