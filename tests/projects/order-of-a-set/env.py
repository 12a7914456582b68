"""Goes where the first word of a set says."""

WORDS = {"north", "east", "south", "west", "up", "down", "in", "out"}


class Game:
    """A walker on a line."""

    def __init__(self):
        self.reset()

    def reset(self, seed=None, options=None):
        self.x = 0
        return self.x, {}

    def step(self, action):
        self.x += len(next(iter(WORDS))) * action
        return self.x, 0.0, False, False, {}

    def render(self):
        return []


def make_env():
    return Game()
