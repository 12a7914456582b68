"""Falls off its end."""


class Game:
    """A walker on a line."""

    def __init__(self):
        self.reset()

    def reset(self, seed=None, options=None):
        self.x = 0
        return self.x, {}

    def step(self, action):
        self.x += 1
        places = list(range(20))
        return places[self.x], 0.0, False, False, {}

    def render(self):
        return []


def make_env():
    return Game()
