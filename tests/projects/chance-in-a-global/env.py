"""Draws from a generator of the module, which reset() does not seed."""

import random

CHANCE = random.Random(7)


class Game:
    """A walker on a line."""

    def __init__(self):
        self.reset()

    def reset(self, seed=None, options=None):
        self.x = 0
        return self.x, {}

    def step(self, action):
        self.x += CHANCE.choice((-1, 1))
        return self.x, 0.0, False, False, {}

    def render(self):
        return []


def make_env():
    return Game()
