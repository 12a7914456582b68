# ruff: noqa: B018, F821
import json

_actions = {
    int(key) if key.lstrip("-").isdigit() else key: item for key, item in json.loads("""ARGUMENT""").items()
}
_obs, _rewards, _terminateds, _truncateds, _infos = env.step(_actions)
_render_state = [{"kind": "rect", "x": cell, "y": 0, "w": 1, "h": 1} for cell in env.cells.values()]
{
    "obs": _obs,
    "rewards": _rewards,
    "terminateds": _terminateds,
    "truncateds": _truncateds,
    "infos": _infos,
    "render_state": _render_state,
}
