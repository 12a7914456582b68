"""What a step, a save, a load and a hash cost, and how far a rollback can go within one frame's time."""

from __future__ import annotations

import time
from functools import partial
from statistics import fmean
from typing import TYPE_CHECKING, Any

from igbuild.check.probe.findings import PASS, WARN, Failed, finding
from igbuild.check.probe.game import Run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from igbuild.check.probe.script import Actions

MEASURED = 120
"""Frames, of which the first third warms up."""

SHARE = 0.8
"""Part of a frame's time that a rollback may take; the rest is for drawing and for noise."""


def cost(
    environment: Mapping[str, Any],
    seed: int,
    script: Sequence[Actions],
    *,
    fps: int,
    window: int,
    in_browser: bool,
) -> dict[str, Any]:
    """Measure over one run.

    Raises:
        Failed: a step takes longer than a frame; or, as a warning, a rollback of `window` frames does.
    """
    times, size = _measure(environment, seed, script)
    ms = {name: round(_usual(values), 4) for name, values in times.items()}
    budget = 1000 / fps
    interval = 1 if ms["save"] < 0.2 * ms["step"] else 4
    # The longest replay has window + interval - 1 steps, each interval of them with a save and a hash.
    reach = fitting(ms, budget, interval)
    data = {"ms": ms, "bytes": size, "frame_ms": budget, "snapshot_interval": interval, "window": reach}
    said = (
        f"a step {ms['step']:.2f} ms of the frame's {budget:.1f} ms; a state {size:,} bytes, "
        f"saved in {ms['save']:.2f} ms, loaded in {ms['load']:.2f} ms, hashed in {ms['hash']:.2f} ms"
    )
    slower = "" if in_browser else " Browsers are about four times slower: --in pyodide measures that."
    if ms["step"] + ms["render"] > budget:
        raise Failed(
            f"too slow: {said}, drawn in {ms['render']:.2f} ms",
            f"Make step() and render() faster, or lower [game] fps.{slower}",
            data=data,
        )
    if reach < window:
        raise Failed(
            f"{said}; a rollback can go back {reach} of {window} frames within a frame",
            f"Alone this plays well; between players, stalls come earlier.{slower}",
            verdict=WARN,
            data=data,
        )
    return finding(PASS, said, slower.strip(), data)


def fitting(ms: Mapping[str, float], budget: float, interval: int) -> int:
    """Return how many frames a rollback can go back within its share of a frame."""
    one = max(ms["step"] + ms["hash"] + ms["save"] / interval, 1e-6)
    return max(0, int((SHARE * budget - ms["load"]) / one) - interval + 1)


def _usual(values: Sequence[float]) -> float:
    """Return the mean of warm values without outliers; browsers' clocks are too coarse for a median."""
    warm = sorted(values[len(values) // 3 :])
    return fmean(warm[: max(1, len(warm) * 9 // 10)])


def _measure(
    environment: Mapping[str, Any], seed: int, script: Sequence[Actions]
) -> tuple[dict[str, list[float]], int]:
    run = Run(environment)
    run.begin(seed)
    times: dict[str, list[float]] = {name: [] for name in ("step", "hash", "save", "load", "render")}
    size = 0

    def timed(name: str, do: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        result = do()
        times[name].append((time.perf_counter() - start) * 1000)
        return result

    for actions in script[:MEASURED]:
        if run.adapter.done:
            run.go_on()
        timed("step", partial(run.step, actions))
        timed("hash", run.game.hash)
        size = max(size, timed("save", lambda: run.save(0)))
        timed("load", lambda: run.load(0))
        timed("render", run.adapter.render)
    return times, size
