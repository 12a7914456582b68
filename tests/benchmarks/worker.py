"""The worker's figures, measured in one run in Chromium: `python -m tests.benchmarks.worker [--json]`.

Medians and 95th percentiles in milliseconds, and ratios to the floor, to stock Pyodide on the page's main
thread, to a design that compiles source text for each op, and to a plain `putImageData`.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.browser import harness
from tests.setup_browsers import chromium

PAGE = Path(__file__).parent / "worker_page"
MINUTES = 5


def isolated(app: Any) -> Any:
    """Serve with cross-origin isolation: the browser's clock then counts 5 µs instead of 100."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                more = {
                    b"cross-origin-opener-policy": b"same-origin",
                    b"cross-origin-embedder-policy": b"require-corp",
                    b"cross-origin-resource-policy": b"same-origin",
                }
                kept = [pair for pair in message["headers"] if pair[0].lower() not in more]
                message = {**message, "headers": [*kept, *more.items()]}
            await send(message)

        await app(scope, receive, with_headers)

    return wrapped


def measure() -> dict[str, Any]:
    """Build the benchmark's site, run it in Chromium, and return `{variant: {median, p95}}`."""
    with tempfile.TemporaryDirectory() as folder:
        dist = harness.build_lab(
            Path(folder) / "dist",
            entry=PAGE / "page.js",
            study=harness.read_folder(PAGE / "study"),
            workers=["floor_worker", "baseline_worker"],
        )
        with harness.serve(isolated(harness.site_app(dist))) as origin, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=harness.chromium_flags())
            page = browser.new_page()
            page.set_default_timeout(MINUTES * 60_000)
            page.goto(f"{origin}/index.html")
            page.wait_for_function("() => globalThis.measure !== undefined")
            found: dict[str, Any] = page.evaluate("measure(5)")
            browser.close()
    return found


def ratios(found: dict[str, Any]) -> dict[str, tuple[float, str]]:
    """Return each figure that the design aims at: its value, and the aim."""

    def median(name: str) -> float:
        return float(found[name]["median"])

    def ratio(name: str, other: str) -> float:
        return median(name) / median(other)

    allowed = 1.15 * median("rollback: floor") + median("ping")
    step = median("step: round trip") - median("step: floor")
    fps = "step at 60 fps: "
    return {
        "rollback batch / (1.15 x floor + one ping)": (median("rollback: one batch") / allowed, "<= 1"),
        "step round trip - floor (µs)": (1000 * step, "<= 70"),
        "60 fps: round trip / main thread": (ratio(fps + "round trip", fps + "main thread"), "<= 1"),
        "60 fps: round trip / compiled per step": (
            ratio(fps + "round trip", fps + "main thread, compiled per step"),
            "<= 1",
        ),
        "rollback: compiled per op / batch": (
            ratio("rollback: compiled per op", "rollback: one batch"),
            ">= 20",
        ),
        "rollback: awaits / batch": (ratio("rollback: awaits", "rollback: one batch"), ""),
        "rollback, page busy: awaits / batch": (
            ratio("rollback, page busy: awaits", "rollback, page busy: one batch"),
            "",
        ),
        "48 steps: awaits / batch": (ratio("48 steps: awaits", "48 steps: one batch"), ""),
        "RGB 400x600, Python to canvas (ms)": (median("RGB 400x600: Python to canvas"), "< 2.5"),
        "RGB: Python to canvas / putImageData": (
            ratio("RGB 400x600: Python to canvas", "RGB 400x600: putImageData alone"),
            "",
        ),
    }


def show(found: dict[str, Any]) -> None:
    """Print the tables."""
    print(f"{'worker, ms':48}{'median':>9}{'p95':>9}")
    for name, figures in found.items():
        print(f"{name:48}{figures['median']:9.3f}{figures['p95']:9.3f}")
    print(f"\n{'ratio':48}{'value':>9}  aim")
    for name, (value, aim) in ratios(found).items():
        print(f"{name:48}{value:9.2f}  {aim}")


def main() -> None:
    """Measure and print."""
    found = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps({"ms": found, "ratios": ratios(found)}, indent=2))
    else:
        show(found)


if __name__ == "__main__":
    main()
