"""Any number of players push one ball: what each does changes what all get, in the same step.

In a browser it also lets the test that plays it ask its Python about memory.
"""

from __future__ import annotations

import random
from typing import Any, ClassVar

from igbuild.runtime import Surface

WIDTH, HEIGHT = 300, 200
PUSHES = ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0))
COLORS = ("#ef476f", "#3a86ff", "#ffd166", "#06d6a0", "#8338ec", "#fb5607", "#8d99ae", "#ffffff")


class Discrete:
    """A discrete action space, without a library."""

    n = len(PUSHES)
    start = 0
    shape = ()

    def contains(self, action: Any) -> bool:
        return action in range(self.n)


class Crowd:
    """A parallel environment without a library and without state hooks: the runtime captures its state."""

    metadata: ClassVar[dict[str, Any]] = {"name": "crowd"}

    def __init__(self, players: list[str]) -> None:
        self.possible_agents = list(players)
        self.agents: list[str] = []
        self.rng = random.Random(0)

    def action_space(self, agent: str) -> Discrete:
        return Discrete()

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        self.rng = random.Random(seed)
        self.agents = list(self.possible_agents)
        self.x, self.y = WIDTH / 2, HEIGHT / 2
        self.pushes = dict.fromkeys(self.agents, 0)
        self.t = 0
        return dict.fromkeys(self.agents, 0), {agent: {} for agent in self.agents}

    def step(self, actions: dict[str, int]) -> tuple[dict[str, Any], ...]:
        self.t += 1
        for weight, agent in enumerate(self.agents, start=1):
            across, down = PUSHES[actions[agent]]
            self.x = (self.x + 1.1 * weight * across + self.rng.uniform(-1, 1)) % WIDTH
            self.y = (self.y + 1.1 * weight * down + self.rng.uniform(-1, 1)) % HEIGHT
            self.pushes[agent] += actions[agent] != 0
        rewards = {
            agent: self.x / WIDTH + weight * self.rng.random() for weight, agent in enumerate(self.agents)
        }
        infos = {agent: {"pushes": self.pushes[agent]} for agent in self.agents}
        flags = dict.fromkeys(self.agents, False)
        return dict.fromkeys(self.agents, self.t), rewards, flags, dict(flags), infos

    def render(self) -> list[dict[str, Any]]:
        surface = Surface(WIDTH, HEIGHT)
        surface.circle(self.x, self.y, 12, fill="#fff3c4", id="ball", tween=30)
        for index, agent in enumerate(self.possible_agents):
            surface.rect(10, 10 + 14 * index, 3 * self.pushes[agent] % WIDTH, 10, fill=COLORS[index])
        return surface.shapes()


def make(players: list[str]) -> Crowd:
    """The entry point."""
    offer_python()
    return Crowd(players)


def offer_python() -> None:
    """Let tests reach the interpreter, as `python` in the worker; where there is no browser, do nothing."""
    try:
        import pyodide_js
        from js import globalThis
    except ImportError:
        return
    globalThis.python = pyodide_js
