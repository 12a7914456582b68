"""Environments of every kind, for the tests of the runtime."""

from __future__ import annotations

import random
import warnings
from typing import ClassVar

import numpy as np
from gymnasium.spaces import Discrete
from pettingzoo import AECEnv, ParallelEnv

GYMNASIUM = (
    "FrozenLake-v1",
    "Taxi-v4",
    "CliffWalking-v1",
    "Blackjack-v1",
    "CartPole-v1",
    "MountainCar-v0",
    "Acrobot-v1",
    "Pendulum-v1",
)


def gymnasium_env(name):
    import gymnasium

    return gymnasium.make(name)


def cogrid_names():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import cogrid.envs  # noqa: F401 - registers them
        from cogrid.envs import registry
    return list(registry.ENVIRONMENT_REGISTRY)


def cogrid_env(name):
    from cogrid.envs import registry

    return registry.make(name)


class Race(ParallelEnv):
    """Three runners, one of whom drops out early; ids of three types, numpy's among them."""

    metadata: ClassVar = {"name": "race_v0"}

    def __init__(self):
        self.possible_agents = [0, "one", np.int64(2)]
        self.agents = []

    def observation_space(self, agent):
        return Discrete(100)

    def action_space(self, agent):
        return Discrete(3)

    def reset(self, seed=None, options=None):
        self.rng = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self.places = dict.fromkeys(self.agents, 0)
        return dict(self.places), {agent: {} for agent in self.agents}

    def step(self, actions):
        assert set(actions) == set(self.agents), "only those who are still there are asked"
        for agent, action in actions.items():
            self.places[agent] += action + int(self.rng.integers(2))
        gone = {agent: self.places[agent] > (4 if agent == "one" else 12) for agent in self.agents}
        result = (
            {agent: self.places[agent] for agent in self.agents},
            {agent: np.float32(self.places[agent]) for agent in self.agents},
            gone,
            dict.fromkeys(self.agents, False),
            {agent: {"place": self.places[agent]} for agent in self.agents},
        )
        self.agents = [agent for agent in self.agents if not gone[agent]]
        return result


class Turns(AECEnv):
    """Two agents take turns to add to a pile; who makes it too high loses."""

    metadata: ClassVar = {"name": "turns_v0", "is_parallelizable": False}

    def __init__(self, render_mode=None):
        super().__init__()
        self.possible_agents = ["a", "b"]
        self.render_mode = render_mode
        self.pile = 0

    def observation_space(self, agent):
        return Discrete(1000)

    def action_space(self, agent):
        return Discrete(4)

    def observe(self, agent):
        return self.pile

    def reset(self, seed=None, options=None):
        self.rng = random.Random(seed)
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = {agent: {} for agent in self.agents}
        self.agent_selection = "a"
        self.pile = 0

    def step(self, action):
        agent = self.agent_selection
        if self.terminations[agent]:
            self._was_dead_step(action)
            return
        self._clear_rewards()
        self.pile += action + self.rng.randrange(2)
        if self.pile > 20:
            self.rewards[agent] = -1
            self.terminations = dict.fromkeys(self.agents, True)
        self.agent_selection = "b" if agent == "a" else "a"
        self._accumulate_rewards()


class Cycle(AECEnv):
    """An AEC environment whose agents move together, once per cycle."""

    metadata: ClassVar = {"name": "cycle_v0", "is_parallelizable": True}

    def __init__(self, render_mode=None):
        super().__init__()
        self.possible_agents = ["left", "right"]
        self.render_mode = render_mode

    def observation_space(self, agent):
        return Discrete(1000)

    def action_space(self, agent):
        return Discrete(3)

    def observe(self, agent):
        return self.total

    def reset(self, seed=None, options=None):
        self.np_random = np.random.default_rng(seed)
        self.agents = list(self.possible_agents)
        self.rewards = dict.fromkeys(self.agents, 0)
        self._cumulative_rewards = dict.fromkeys(self.agents, 0)
        self.terminations = dict.fromkeys(self.agents, False)
        self.truncations = dict.fromkeys(self.agents, False)
        self.infos = {agent: {} for agent in self.agents}
        self.agent_selection = "left"
        self.total, self.chosen = 0, {}

    def step(self, action):
        agent = self.agent_selection
        if self.terminations[agent] or self.truncations[agent]:
            self._was_dead_step(action)
            return
        self.chosen[agent] = action
        self._clear_rewards()
        if agent == "right":
            self.total += sum(self.chosen.values()) + int(self.np_random.integers(2))
            self.rewards = dict.fromkeys(self.agents, self.total)
            self.terminations = dict.fromkeys(self.agents, self.total > 30)
        self.agent_selection = "left" if agent == "right" else "right"
        self._accumulate_rewards()


class Solo:
    """A lone agent without any package, and with a state worth capturing."""

    def __init__(self, length=40):
        self.length = length

    def reset(self, seed=None):
        self.t = 0
        self.trail = []
        self.seen = set()
        self.rng = random.Random(seed)
        return {"t": self.t}, {}

    def step(self, action):
        self.t += 1
        self.trail.append((action, self.rng.random(), random.random()))
        self.seen.add(action)
        return {"t": self.t, "trail": self.trail[-2:]}, float(action), self.t >= self.length, False, {}


class Built(Solo):
    """Draws its level when it is made, before any seed is given to it."""

    def __init__(self):
        super().__init__()
        self.level = [random.random(), float(np.random.random())]


class Hooked(Solo):
    """The same, saving its own state: all but its random numbers, which it forgets."""

    def get_state(self):
        return {"t": self.t, "trail": self.trail, "seen": self.seen}

    def set_state(self, state):
        self.t = state["t"]
        self.trail = [tuple(step) for step in state["trail"]]
        self.seen = set(state["seen"])


class Pair:
    """Two agents without any package, whose results are one for both; actions are numbers."""

    possible_agents = (0, 1)

    def reset(self, seed=None):
        self.t = 0
        return {0: self.t, 1: self.t}, None

    def step(self, actions):
        self.t += 1
        over = self.t >= 5
        return dict.fromkeys((0, 1), self.t), sum(actions.values()), {"__all__": over}, False, {}


def pick(adapter, agent, rng):
    """A random action as it would come from JavaScript."""
    space = adapter.action_space(agent)
    if space is None:
        return rng.randrange(3)
    if hasattr(space, "n"):
        return rng.randrange(int(space.n))
    return [rng.uniform(float(low), float(high)) for low, high in zip(space.low, space.high, strict=True)]


def play(adapter, rng, steps=500):
    """What happens in some random steps, over as many episodes as they take."""
    for _ in range(steps):
        if adapter.done:
            yield adapter.reset(rng.getrandbits(31))
        yield adapter.step({agent: pick(adapter, agent, rng) for agent in adapter.acting()})
