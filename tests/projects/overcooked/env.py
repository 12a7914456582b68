"""Overcooked of the package cogrid, drawn as nothing at all."""

import cogrid.envs  # noqa: F401 - registers the kitchens
from cogrid.envs import registry


class Kitchen:
    """The package's environment, which draws only with a window."""

    def __init__(self):
        self.env = registry.make("Overcooked-CrampedRoom-V0", render_mode=None)
        self.possible_agents = list(self.env.possible_agents)
        self.metadata = {}

    @property
    def agents(self):
        return self.env.agents

    def action_space(self, agent):
        return self.env.action_space(agent)

    def reset(self, seed=None, options=None):
        return self.env.reset(seed=seed, options=options)

    def step(self, actions):
        return self.env.step(actions)

    def render(self):
        return []


def make_env():
    return Kitchen()
