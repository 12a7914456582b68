"""Has three actions."""


class Discrete:
    n, start = 3, 0

    def contains(self, action):
        return action in range(3)


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

    action_space = Discrete()

    def render(self):
        return []


def make_env():
    return Game()
