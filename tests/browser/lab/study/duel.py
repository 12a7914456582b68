"""Two agents called 0 and 1 whose episode ends when neither has changed its action for four steps.

Whoever guesses that the other goes on as before expects that end far too often.
"""

from __future__ import annotations

import random
from typing import Any, ClassVar

ACTIONS = 301
SAFE = 75
"""Steps before which there is no end."""
STEADY = 4
WIDTH, HEIGHT = 60, 40


class Discrete:
    """A discrete action space, without a library; more of them than one byte holds."""

    n = ACTIONS
    start = 0
    shape = ()

    def contains(self, action: Any) -> bool:
        return action in range(self.n)


class Duel:
    """A parallel environment without a library and without state hooks: the runtime captures its state."""

    possible_agents = (0, 1)
    metadata: ClassVar[dict[str, Any]] = {"name": "duel"}
    render_mode = "rgb_array"

    def __init__(self) -> None:
        self.agents: list[int] = []
        self.rng = random.Random(0)

    def action_space(self, agent: int) -> Discrete:
        return Discrete()

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict[int, Any], dict[int, Any]]:
        self.rng = random.Random(seed)
        self.agents = list(self.possible_agents)
        self.cells = {agent: self.rng.randrange(8) for agent in self.agents}
        self.t = 0
        self.latest: dict[int, int] = {}
        self.steady = 0
        return dict.fromkeys(self.agents, 0), {agent: {} for agent in self.agents}

    def step(self, actions: dict[int, int]) -> tuple[dict[int, Any], ...]:
        self.t += 1
        for agent, action in actions.items():
            self.cells[agent] = (3 * self.cells[agent] + action + agent) % 1009
        self.steady = self.steady + 1 if actions == self.latest else 0
        self.latest = dict(actions)
        over = self.t > SAFE and self.steady >= STEADY
        agents = self.agents
        rewards = {agent: self.cells[agent] % 4 + self.rng.random() for agent in agents}
        infos = {agent: {"cell": self.cells[agent], "steady": self.steady} for agent in agents}
        if over:
            self.agents = []
        flags = dict.fromkeys(agents, over)
        return dict.fromkeys(agents, self.t), rewards, flags, dict.fromkeys(agents, False), infos

    def render(self) -> memoryview:
        frame = bytearray(HEIGHT * WIDTH * 3)
        for agent, cell in self.cells.items():
            frame[3 * (cell % (HEIGHT * WIDTH)) + agent] = 255
        return memoryview(frame).cast("B", (HEIGHT, WIDTH, 3))


def make() -> Duel:
    """The entry point."""
    return Duel()
