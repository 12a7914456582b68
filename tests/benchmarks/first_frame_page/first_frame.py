"""The first picture of the environment, as JSON."""

import json

from env import make_env  # type: ignore[import-not-found]  # shipped beside this file


def first_frame(seed: int) -> str:
    env = make_env()
    env.reset(seed=seed)
    return json.dumps(env.render())
