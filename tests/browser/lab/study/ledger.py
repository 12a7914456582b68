"""An environment that counts Python's objects and the bytes of wasm memory, at each episode's end."""

from __future__ import annotations

import gc
import random
from typing import Any

LENGTH = 600


class Ledger:
    """A walk of 600 steps with a picture, whose last info tells the memory."""

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[list[float], dict[str, Any]]:
        self.rng = random.Random(seed)
        self.x = 0.0
        self.t = 0
        return [self.x], {}

    def step(self, action: int) -> tuple[list[float], float, bool, bool, dict[str, Any]]:
        from pyodide_js import _module

        self.t += 1
        self.x += action + self.rng.random()
        over = self.t >= LENGTH
        info: dict[str, Any] = {}
        if over:
            gc.collect()
            info = {"objects": len(gc.get_objects()), "bytes": _module.HEAP8.length}
        return [self.x], self.x, over, False, info

    def render(self) -> list[dict[str, Any]]:
        from igbuild.runtime import Surface

        surface = Surface(600, 400)
        for index in range(50):
            surface.circle(self.x % 600, index * 8, 4, fill="gold", id=f"dot{index}")
        return surface.shapes()


def make() -> Ledger:
    return Ledger()
