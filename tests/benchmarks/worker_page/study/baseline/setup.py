# ruff: noqa: F401
import hashlib
import json

import toy

env = toy.Pair()
env.reset(seed=1)
