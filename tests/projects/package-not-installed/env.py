"""Needs a package that is not there."""

import a_package_that_nobody_has  # noqa: F401


class Game:
    """A walker on a line."""

    def __init__(self):
        self.reset()

    def reset(self, seed=None, options=None):
        self.x = 0
        return self.x, {}

    def step(self, action):
        self.x += action - 1
        return self.x, float(action), False, False, {}

    def render(self):
        return []


def make_env():
    return Game()
