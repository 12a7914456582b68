# ruff: noqa: F821
import json

_data = json.loads("""ARGUMENT""")
env.set_state(_data["env_state"])
