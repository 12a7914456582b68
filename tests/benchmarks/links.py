"""Rollbacks, replays and stalls over bad links in real browsers, beside the reference model's figures.

`python -m tests.benchmarks.links [--all] [--json]`; without `--all` three of the eight games. The game is the
duo template; keys are drawn anew in a fifth of all frames, and the network lab shapes what the pages send.
The model (docs/rollback.md) also doubled packets and lost some in bursts; here the machine adds delays.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.benchmarks._playing import browser, watched
from tests.browser.people import make_duo, serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.people import Player

STEPS = 400
CHANGED = 0.2
"""Share of frames in which a player's key is drawn anew, from four and none."""
SNAPSHOT_INTERVAL = 4


@dataclass(frozen=True)
class Link:
    """A link: its name, and what the lab does to each direction of it."""

    name: str
    latency: float
    jitter: float
    loss: float


LINKS = (
    Link("40 ms, 0.5 %", 20, 2, 0.005),
    Link("120 ms, 2 %", 60, 10, 0.02),
    Link("200 ms, 5 %", 100, 25, 0.05),
)

MODEL: dict[tuple[str, int, int], tuple[float, float, float | None]] = {
    ("40 ms, 0.5 %", 10, 0): (16.9, 38, 0),
    ("40 ms, 0.5 %", 10, 1): (0.3, 1, 0),
    ("40 ms, 0.5 %", 30, 0): (12.8, 32, 0),
    ("40 ms, 0.5 %", 30, 1): (5.1, 11, 0),
    ("40 ms, 0.5 %", 30, 2): (0.2, 0, 0),
    ("40 ms, 0.5 %", 60, 0): (16.3, 47, 0),
    ("40 ms, 0.5 %", 60, 3): (0.0, 0, 0),
    ("120 ms, 2 %", 30, 0): (15.9, 60, 0.2),
    ("120 ms, 2 %", 30, 1): (12.3, 39, 0.2),
    ("120 ms, 2 %", 30, 2): (6.6, 18, 0.2),
    ("120 ms, 2 %", 30, 3): (1.6, 4, 0.2),
    ("120 ms, 2 %", 60, 0): (15.7, 88, 0.5),
    ("120 ms, 2 %", 60, 3): (11.7, 35, 0.5),
    ("200 ms, 5 %", 30, 0): (15.8, 79, 1.6),
    ("200 ms, 5 %", 30, 2): (13.0, 45, 0.7),
    ("200 ms, 5 %", 60, 0): (15.0, 114, 2.3),
    ("200 ms, 5 %", 60, 3): (13.8, 73, 1.5),
}
"""Per 100 frames, by link, fps and input delay: rollbacks, frames replayed, stalls."""

GAMES = ((10, 0), (10, 1), (30, 0), (30, 1), (30, 2), (30, 3), (60, 0), (60, 3))
"""Frames a second and input delay."""
EVERYDAY = ((30, 0), (30, 2), (60, 3))

COUNTED = """() => {
  const { rollbacks, replayed, stalls, advanced } = igbuild.peers.stats;
  const { batches } = watched;
  const sum = (list) => list.reduce((all, { ms }) => all + ms, 0);
  const [back, plain] = [true, false].map((wanted) => batches.filter(({ wentBack }) => wentBack === wanted));
  return {
    rollbacks, replayed, stalls, advanced,
    back: back.length, backMs: sum(back), plain: plain.length, plainMs: sum(plain),
    lost: igbuildLab.links().reduce((all, { passed }) => all + passed.lost, 0),
  };
}"""


def shape(player: Player, link: Link) -> None:
    """Let a page's packets fare as on a link."""
    player.page.evaluate(
        "(quality) => igbuildLab.shape(quality)",
        {"latency": link.latency, "jitter": link.jitter, "loss": link.loss},
    )


def counted(people: list[Player]) -> dict[str, float]:
    """Return the counters of all pages, summed."""
    each = [player.page.evaluate(COUNTED) for player in people]
    return {name: sum(one[name] for one in each) for name in each[0]}


def play(running: Browser, origin: str, fps: int) -> dict[str, dict[str, float]]:
    """Play an episode over each link; return what was counted in it."""
    found = {}
    with watched(running, origin, origin) as people:
        for player in people:
            player.press_start()
            player.page.evaluate("([ms, share]) => watched.play(ms, share)", [1000 / fps, CHANGED])
        before: dict[str, float] = {}
        for number, link in enumerate(LINKS):
            for player in people:
                player.wait_phase("countdown" if number else "start", "waiting")
                shape(player, link)
            for player in people:
                player.wait(f"igbuild.session.episodes.length > {number}", seconds=180)
            now = counted(people)
            found[link.name] = {name: value - before.get(name, 0) for name, value in now.items()}
            before = now
    return found


def per_100(sums: dict[str, float]) -> dict[str, float]:
    """Return the figures for 100 frames; a replay's time is what a batch that goes back takes longer."""
    share = 100 / sums["advanced"]
    plain = sums["plainMs"] / max(1, sums["plain"])
    return {
        "rollbacks": sums["rollbacks"] * share,
        "replayed": sums["replayed"] * share,
        "stalls": sums["stalls"] * share,
        "replay_ms": max(0.0, sums["backMs"] - plain * sums["back"]) * share,
        "frames": sums["advanced"],
        "lost": sums["lost"],
    }


def measure(games: tuple[tuple[int, int], ...]) -> list[dict[str, Any]]:
    """Return a row for each game and link."""
    rows = []
    with tempfile.TemporaryDirectory() as name, browser() as running:
        for fps, delay in games:
            settings = f"\n[multiplayer]\ninput_delay = {delay}\nsnapshot_interval = {SNAPSHOT_INTERVAL}\n"
            duo = make_duo(
                Path(name) / f"fps{fps}delay{delay}", settings, fps=fps, max_steps=STEPS, episodes=len(LINKS)
            )
            with serving(duo, "--dev") as origin:
                found = play(running, origin, fps)
            for link in LINKS:
                model = MODEL.get((link.name, fps, delay))
                rows.append(
                    {
                        "link": link.name,
                        "fps": fps,
                        "delay": delay,
                        **per_100(found[link.name]),
                        "model": model,
                    }
                )
    return rows


def main() -> None:
    """Measure and print."""
    rows = measure(GAMES if "--all" in sys.argv[1:] else EVERYDAY)
    if "--json" in sys.argv[1:]:
        print(json.dumps(rows, indent=2))
        return
    show(rows)


def show(rows: list[dict[str, Any]]) -> None:
    """Print the table, link by link."""
    print("per 100 frames, both pages; in brackets the model's figure where it has one\n")
    heads = ("rollbacks", "replayed", "stalls")
    print(
        f"{'round trip, loss':17}{'fps':>4}{'delay':>6}{''.join(f'{name:>17}' for name in heads)}  replay ms"
    )
    for link in LINKS:
        for row in (row for row in rows if row["link"] == link.name):
            model = row["model"] or (None,) * len(heads)
            cells = [
                f"{row[name]:9.1f} {f'({other:.1f})' if other is not None else '':>7}"
                for name, other in zip(heads, model, strict=True)
            ]
            print(f"{link.name:17}{row['fps']:4}{row['delay']:6}{''.join(cells)}{row['replay_ms']:11.1f}")


if __name__ == "__main__":
    main()
