"""What the benchmarks of people who play stand on: a built game, its server, and pages that are watched."""

from __future__ import annotations

import statistics
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser import harness
from tests.browser.people import Player
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from playwright.sync_api import Browser

WATCH = Path(__file__).parent / "playing_page" / "watch.js"


@contextmanager
def browser() -> Iterator[Browser]:
    """Run Chromium until the block ends."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=harness.chromium_flags())
        yield running
        running.close()


@contextmanager
def watched(running: Browser, *addresses: str) -> Iterator[list[Player]]:
    """Open a page for each address, each in a fresh profile, with `globalThis.watched` (watch.js)."""
    with ExitStack() as stack:
        opened = []
        for address in addresses:
            context = running.new_context()
            context.add_init_script(path=WATCH)
            opened.append(Player(running, address, context))
            stack.callback(opened[-1].close)
        yield opened


def spread(values: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return {"median": statistics.median(values), "p95": cuts[-1]}
