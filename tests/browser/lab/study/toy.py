"""Environments that behave, for the worker's tests: two agents, one agent, frames, odd numbers."""

from __future__ import annotations

import gc
import math
import random
from pathlib import Path
from typing import Any, ClassVar

WIDTH, HEIGHT = 600, 400


class Pair:
    """Two agents called 0 and 1 on a ring of eight cells; a parallel environment without a library."""

    possible_agents = (0, 1)
    metadata: ClassVar[dict[str, Any]] = {"name": "pair"}

    def __init__(self, length: int = 10_000) -> None:
        self.length = length
        self.agents: list[int] = []
        self.noise = 0

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict[int, Any], dict[int, Any]]:
        self.noise = random.Random(seed).randrange(2**31)
        self.agents = list(self.possible_agents)
        self.cells = {agent: self._draw() % 8 for agent in self.agents}
        self.t = 0
        return self._observe(), {agent: {} for agent in self.agents}

    def step(self, actions: dict[int, int]) -> tuple[dict[int, Any], ...]:
        self.t += 1
        for agent, action in actions.items():
            self.cells[agent] = (self.cells[agent] + action) % 8
        met = self.cells[0] == self.cells[1]
        over = self.t >= self.length
        rewards = {agent: float(met) + self._draw() / 2**31 for agent in self.agents}
        ended = dict.fromkeys(self.agents, over)
        infos: dict[int, Any] = {
            agent: {"objects": len(gc.get_objects())} if self.t % 500 == 0 else {} for agent in self.agents
        }
        result = self._observe(), rewards, ended, dict.fromkeys(self.agents, False), infos
        if over:
            self.agents = []
        return result

    def _draw(self) -> int:
        self.noise = (self.noise * 1_103_515_245 + 12_345) % 2**31
        return self.noise >> 8

    def _observe(self) -> dict[int, Any]:
        return {agent: [self.cells[agent], self.t] for agent in self.agents}

    def get_state(self) -> dict[str, Any]:
        return {
            "cells": [self.cells[0], self.cells[1]],
            "t": self.t,
            "agents": list(self.agents),
            "noise": self.noise,
        }

    def set_state(self, state: dict[str, Any]) -> None:
        self.cells = dict(enumerate(state["cells"]))
        self.t = state["t"]
        self.agents = list(state["agents"])
        self.noise = state["noise"]


class Solo:
    """A single agent that walks, with the numbers that JSON loses in its results."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"]}
    render_mode = "rgb_array"

    def __init__(self, length: int = 10_000, speed: float = 1.0) -> None:
        self.length = length
        self.speed = speed
        self.renders = 0
        self.frame = bytearray(HEIGHT * WIDTH * 3)

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        self.t = 0
        self.x = 0.0
        self.rng = random.Random(seed)
        return [self.x], {"note": Path("note.txt").read_text(encoding="utf-8").strip()}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        if action not in (-1, 0, 1):
            raise ValueError(f"no action {action!r}")
        self.t += 1
        self.x += action * self.speed
        odd = {
            "nan": math.nan,
            "inf": math.inf,
            "minus": -math.inf,
            "zero": -0.0,
            "big": 2**70,
            "$float": "own",
        }
        return [self.x], self.x, self.t >= self.length, False, {"odd": odd, "renders": self.renders}

    def render(self) -> memoryview:
        self.renders += 1
        self.frame[0:6] = bytes([self.t % 256, 2, 3, 4, 5, 6])
        return memoryview(self.frame).cast("B", (HEIGHT, WIDTH, 3))


class Heap(Solo):
    """Tells the size of the wasm memory."""

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        from pyodide_js import _module

        return 0, 0.0, False, False, {"bytes": _module.HEAP8.length}


def make(kind: str = "solo", **kwargs: Any) -> Any:
    """The entry point: the kind is a global that each test gives to `initEnv`."""
    import faulty

    makers = {"solo": Solo, "pair": Pair, "heap": Heap, **faulty.KINDS}
    return makers[kind](**kwargs)
