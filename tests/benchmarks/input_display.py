"""From a key to its picture, on one machine: `python -m tests.benchmarks.input_display [--json]`.

Keys pressed by the browser's own input at odd times; `keypress` and `drawn` are the page's local facts
(docs/data-format.md). The floor is what the game's rules take at least on average: half a frame until a step
takes the key, the input delay, and half a repaint of a screen of 60 Hz.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.benchmarks._playing import browser, spread, watched
from tests.browser.people import igbuild, make_duo, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.people import Player

FPS = 30
SECONDS = 25
FRAME_MS = 1000 / FPS
REPAINT_MS = 1000 / 60
DEFAULT_DELAY = 2
"""Frames, at 30 a second."""
HUMANS = 'humans = ["red", "blue"]\n'
KEYS = ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown")


def press(people: list[Player]) -> None:
    """Press keys on all pages until their games are over, each at no fixed distance from the last."""
    rng = random.Random(1)
    while not all(player.page.evaluate("['end', 'error'].includes(igbuild.phase)") for player in people):
        for player in people:
            player.page.keyboard.press(rng.choice(KEYS), delay=rng.uniform(40, 90))
            time.sleep(rng.uniform(0.05, 0.15))


def latencies(player: Player) -> list[float]:
    """Return ms from each key to the picture of the first step that it acts in, or the next one drawn."""
    facts = player.page.evaluate("igbuild.session.episodes[0].facts")
    first = {fact["keypress"]: fact["t"] for fact in reversed(facts) if fact["keypress"]}
    shown = (
        next((fact["drawn"] - pressed for fact in facts[t:] if fact["drawn"] is not None), None)
        for pressed, t in first.items()
    )
    return [taken for taken in shown if taken is not None]


def play(running: Browser, origin: str, count: int) -> list[float]:
    """Let people play an episode; return the latencies of all."""
    with watched(running, *[origin] * count) as people:
        for player in people:
            player.press_start()
        for player in people:
            player.wait_phase("playing")
        press(people)
        return [taken for player in people for taken in latencies(player)]


def measure() -> dict[str, dict[str, float]]:
    """Return for each game the median and the 95th percentile in ms, the floor, and the ratio to it."""
    steps = SECONDS * FPS
    with tempfile.TemporaryDirectory() as name, browser() as running:
        folder = Path(name)
        games = {
            "alone": (alone(make_duo(folder / "alone", episodes=1, max_steps=steps)), 1, 0),
            "two, no input delay": (
                make_duo(
                    folder / "direct", "\n[multiplayer]\ninput_delay = 0\n", episodes=1, max_steps=steps
                ),
                2,
                0,
            ),
            f"two, the default delay of {DEFAULT_DELAY} steps": (
                make_duo(folder / "default", episodes=1, max_steps=steps),
                2,
                DEFAULT_DELAY,
            ),
        }
        found = {}
        for game, (project, count, delay) in games.items():
            igbuild("bundle", folder=project)
            with serving(project) as origin:
                taken = play(running, origin, count)
            floor = (0.5 + delay) * FRAME_MS + REPAINT_MS / 2
            row = spread(taken)
            found[game] = {"keys": len(taken), **row, "floor": floor, "ratio": row["median"] / floor}
    return found


def alone(folder: Path) -> Path:
    """Let one page play both boats."""
    toml = folder / "experiment.toml"
    text = toml.read_text(encoding="utf-8")
    assert HUMANS in text
    toml.write_text(text.replace(HUMANS, ""), encoding="utf-8")
    return folder


def main() -> None:
    """Measure and print."""
    found = measure()
    if "--json" in sys.argv[1:]:
        print(json.dumps(found, indent=2))
        return
    print(
        f"{f'key to picture at {FPS} fps, ms':40}{'keys':>6}{'median':>9}{'p95':>9}{'floor':>9}{'x floor':>9}"
    )
    for name, row in found.items():
        figures = "".join(f"{row[key]:9.1f}" for key in ("median", "p95", "floor"))
        print(f"{name:40}{row['keys']:6}{figures}{row['ratio']:9.2f}")


if __name__ == "__main__":
    main()
