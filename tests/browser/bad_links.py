"""Links that are bad on purpose: shaped between page and channel, and measured, to know that they are."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final

from tests.browser.people import Player

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

WATCH: Final = """(() => {
  const make = RTCPeerConnection.prototype.createDataChannel;
  const heard = {trips: [], arrivals: [], origin: performance.timeOrigin};
  Object.assign(globalThis, {heard});
  RTCPeerConnection.prototype.createDataChannel = function (...args) {
    const channel = make.apply(this, args);
    channel.addEventListener("message", ({data}) => {
      if (!(data instanceof ArrayBuffer) || data.byteLength !== 22) return;
      const [magic, , type] = new Uint8Array(data);
      const [sent, now] = [new DataView(data).getFloat64(14, true), performance.now()];
      if (magic === 0xb7 && type === 3) heard.trips.push(now - sent);
      if (magic === 0xb7 && type === 2) heard.arrivals.push([sent, now]);
    });
    return channel;
  };
})()"""
"""Notes when the session's pings and their answers arrive, before the page does (docs/rollback.md)."""


@contextmanager
def watched_players(browser: Browser, *addresses: str) -> Iterator[list[Player]]:
    """Open a page for each address, whose channels are watched."""
    opened: list[Player] = []
    try:
        for address in addresses:
            context = browser.new_context()
            context.add_init_script(WATCH)
            opened.append(Player(browser, address, context))
        yield opened
    finally:
        for player in opened:
            player.close()


def shape(player: Player, **quality: float | bool) -> None:
    """Let what a page sends to anybody fare like this from now on; what is not named stays."""
    player.page.evaluate("(quality) => igbuildLab.shape(quality)", quality)


def lost(player: Player) -> int:
    """Return how many packets of a page were lost on the way."""
    return sum(link["passed"]["lost"] for link in player.page.evaluate("igbuildLab.links()"))


@dataclass(frozen=True)
class Way:
    """How long the pings of one page took to another, and how often there and back.

    Attributes:
        there: ms, one way.
        round_trips: ms.
    """

    there: tuple[float, ...]
    round_trips: tuple[float, ...]

    def __str__(self) -> str:
        trip, there = sorted(self.round_trips), sorted(self.there)
        return (
            f"{len(trip)} round trips of {median(trip):.0f} ms, one way {median(there):.0f} ms"
            f" ({there[0]:.0f} to {there[-1]:.0f})"
        )


def ways(people: Sequence[Player]) -> tuple[Way, Way]:
    """Return the ways from the first page to the second, and back."""
    first, second = (player.page.evaluate("heard") for player in people)
    return _way(first, second), _way(second, first)


def _way(sender: dict[str, Any], receiver: dict[str, Any]) -> Way:
    # Both clocks count from an instant that the machine's clock names.
    apart = receiver["origin"] - sender["origin"]
    return Way(tuple(now + apart - sent for sent, now in receiver["arrivals"]), tuple(sender["trips"]))


def stats(people: Sequence[Player]) -> list[dict[str, Any]]:
    """Return each session's counters."""
    return [json.loads(player.page.evaluate("JSON.stringify(igbuild.peers.stats)")) for player in people]
