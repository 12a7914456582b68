"""Shows itself."""


class Game:
    """A walker on a line."""

    def __init__(self):
        self.reset()

    def reset(self, seed=None, options=None):
        self.x = 0
        return {"me": self}, {}

    def step(self, action):
        self.x += 1
        return {"me": self}, 0.0, False, False, {}

    def render(self):
        return []


def make_env():
    return Game()
