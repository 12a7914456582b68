"""Leaves its speed out of the state."""


class Game:
    """A walker on a line."""

    def __init__(self):
        self.reset()

    def reset(self, seed=None, options=None):
        self.x = 0
        self.speed = 0
        return self.x, {}

    def step(self, action):
        self.speed += action - 1
        self.x += self.speed
        return self.x, 0.0, False, False, {}

    def get_state(self):
        return {"x": self.x}

    def set_state(self, state):
        self.x = state["x"]

    def render(self):
        return []


def make_env():
    return Game()
