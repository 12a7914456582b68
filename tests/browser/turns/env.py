"""Two players who take turns; the round is over when both have pressed a key in the same two steps.

Whoever guesses that the other still holds a key expects that end at every change of turns.
"""

from __future__ import annotations

import random
from typing import Any, ClassVar

SAFE = 60
"""Steps before which there is no end."""
TOGETHER = 2
WIDTH, HEIGHT = 120, 80


class Discrete:
    """A discrete action space, without a library."""

    n = 3
    start = 0
    shape = ()

    def contains(self, action: Any) -> bool:
        return action in range(self.n)


class Turns:
    """A parallel environment without a library and without state hooks: the runtime captures its state."""

    possible_agents = ("left", "right")
    metadata: ClassVar[dict[str, Any]] = {"name": "turns"}
    render_mode = "rgb_array"

    def __init__(self) -> None:
        self.agents: list[str] = []
        self.rng = random.Random(0)

    def action_space(self, agent: str) -> Discrete:
        return Discrete()

    def reset(self, seed: int | None = None, options: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        self.rng = random.Random(seed)
        self.agents = list(self.possible_agents)
        self.places = {agent: self.rng.uniform(0, WIDTH) for agent in self.agents}
        self.t = 0
        self.together = 0
        return dict.fromkeys(self.agents, 0), {agent: {} for agent in self.agents}

    def step(self, actions: dict[str, int]) -> tuple[dict[str, Any], ...]:
        self.t += 1
        agents = self.agents
        for agent in agents:
            push = (0.1, 1.3, -1.7)[actions[agent]]
            self.places[agent] = (1.01 * self.places[agent] + push) % WIDTH
        self.together = self.together + 1 if all(actions[agent] for agent in agents) else 0
        over = self.t > SAFE and self.together >= TOGETHER
        rewards = {agent: self.places[agent] / WIDTH + self.rng.random() for agent in agents}
        infos = {agent: {"place": self.places[agent], "together": self.together} for agent in agents}
        if over:
            self.agents = []
        flags = dict.fromkeys(agents, over)
        return dict.fromkeys(agents, self.t), rewards, flags, dict.fromkeys(agents, False), infos

    def render(self) -> memoryview:
        frame = bytearray(HEIGHT * WIDTH * 3)
        for index, place in enumerate(self.places.values()):
            for row in range(20):
                at = 3 * (WIDTH * (15 + 30 * index + row) + int(place))
                frame[at + 2 * index] = 255
        return memoryview(frame).cast("B", (HEIGHT, WIDTH, 3))


def make() -> Turns:
    """The entry point."""
    return Turns()
