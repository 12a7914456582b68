"""A tick of a game of several, with the toy game in its worker: `python -m tests.benchmarks.multiplayer`.

Medians and 95th percentiles in milliseconds, and ratios to a lone player's tick of the same run. What the
session costs by itself, and how many frames it replays, is in rollback.mjs.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.benchmarks.worker import isolated
from tests.browser import harness
from tests.setup_browsers import chromium

PAGE = Path(__file__).parent / "multiplayer_page"
RUNS = 200
BASELINE = "solo tick"


def measure() -> dict[str, dict[str, list[float]]]:
    """Build the benchmark's site, run it in Chromium, and return `{tick: {python: [ms], whole: [ms]}}`."""
    with tempfile.TemporaryDirectory() as folder:
        toml = harness.LAB / "multiplayer.toml"
        dist = harness.build_lab(Path(folder) / "dist", entry=PAGE / "page.js", toml=toml)
        with harness.serve(isolated(harness.site_app(dist))) as origin, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=harness.chromium_flags())
            page = browser.new_page()
            page.set_default_timeout(120_000)
            page.goto(f"{origin}/index.html")
            page.wait_for_function("() => globalThis.measure !== undefined")
            found: dict[str, dict[str, list[float]]] = page.evaluate("measure", RUNS)
            browser.close()
    return found


def figures(found: dict[str, dict[str, list[float]]]) -> dict[str, dict[str, float]]:
    """Return each tick's median and 95th percentile from plan to rows, Python's part, and its ratio."""
    base = statistics.median(found[BASELINE]["whole"])
    return {
        name: {
            "median": statistics.median(times["whole"]),
            "p95": statistics.quantiles(times["whole"], n=20)[-1],
            "python": statistics.median(times["python"]),
            "ratio": statistics.median(times["whole"]) / base,
        }
        for name, times in found.items()
    }


def show(table: dict[str, dict[str, Any]]) -> None:
    """Print the table."""
    print(f"{'tick, ms':42}{'median':>9}{'p95':>9}{'python':>9}{'x solo':>9}")
    for name, row in table.items():
        numbers = "".join(f"{row[key]:9.2f}" for key in ("median", "p95", "python", "ratio"))
        print(f"{name:42}{numbers}")


def main() -> None:
    """Measure and print."""
    table = figures(measure())
    if "--json" in sys.argv[1:]:
        print(json.dumps(table, indent=2))
    else:
        show(table)


if __name__ == "__main__":
    main()
