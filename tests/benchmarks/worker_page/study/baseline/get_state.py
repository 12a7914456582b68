# ruff: noqa: F821
import json

json.dumps({"env_state": env.get_state()})
