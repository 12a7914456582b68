# ruff: noqa: F821
import hashlib
import json


def _rounded(value):
    if isinstance(value, float):
        return round(value, 10)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return value


hashlib.sha256(
    json.dumps(_rounded(env.get_state()), sort_keys=True, separators=(",", ":")).encode()
).hexdigest()[:16]
