"""Takes over a state only at the next step."""


class Game:
    """A walker on a line."""

    def __init__(self):
        self.reset()

    def reset(self, seed=None, options=None):
        self.x = 0
        self.coming = None
        return self.x, {}

    def step(self, action):
        if self.coming is not None:
            self.x, self.coming = self.coming, None
        self.x += action - 1
        return self.x, 0.0, False, False, {}

    def get_state(self):
        return {"x": self.x}

    def set_state(self, state):
        self.coming = state["x"]

    def render(self):
        return []


def make_env():
    return Game()
