"""What the players of a check do: actions drawn at random, the same ones for the same seed everywhere."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING, Any

from igbuild.runtime.spaces import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from igbuild.runtime.adapter import Adapter

Actions = dict[Any, Any]
"""An action for each agent, by id."""

_HOLD = 0.5
"""Part of the frames in which an action is held on, as people hold keys: alone, random actions cancel out."""


def controls_of(controls: Mapping[str, Any], agent: Hashable) -> Mapping[str, Any]:
    """Return an agent's `{defaultAction, keys}`."""
    own: Mapping[str, Any] = (controls.get("agents") or {}).get(str(agent), controls)
    return own


def make_script(adapter: Adapter, controls: Mapping[str, Any], seed: int, frames: int) -> list[Actions]:
    """Draw the actions of every agent for so many frames.

    They come from the agent's action space, or where it has none from the actions mapped to keys.
    """
    rng = random.Random(f"igbuild check {seed}")  # noqa: S311 - no secret
    held: Actions = {}
    script = []
    for _ in range(frames):
        for agent in adapter.agents:
            if agent not in held or rng.random() >= _HOLD:
                held[agent] = _draw(adapter.action_space(agent), controls_of(controls, agent), rng)
        script.append(dict(held))
    return script


def _draw(space: Any, controls: Mapping[str, Any], rng: random.Random) -> Any:
    drawn = None if space is None else _of_space(space, rng)
    return rng.choice(_mapped(controls)) if drawn is None else drawn


def _mapped(controls: Mapping[str, Any]) -> list[Any]:
    return [controls.get("defaultAction", 0), *(controls.get("keys") or {}).values()]


def _of_space(space: Any, rng: random.Random) -> Any:
    """Return a JSON action of a space; None of a kind that is not known."""
    parts = getattr(space, "spaces", None)
    if isinstance(parts, dict):
        return {key: _of_space(part, rng) for key, part in parts.items()}
    if isinstance(parts, (list, tuple)):
        return [_of_space(part, rng) for part in parts]
    about = describe(space) or {}
    drawing = _KINDS.get(about["kind"])
    if drawing is None and not hasattr(about.get("n"), "__index__"):
        return None
    return (drawing or _discrete)(about, rng)


def _discrete(about: Mapping[str, Any], rng: random.Random) -> int:
    return int(about.get("start", 0)) + rng.randrange(int(about["n"]))


def _multidiscrete(about: Mapping[str, Any], rng: random.Random) -> Any:
    start = about.get("start")
    sizes = _nested(about["n"])
    starts = _nested(start) if start is not None else None
    drawn = _each(sizes, lambda size: rng.randrange(int(size)))
    return drawn if starts is None else _add(drawn, starts)


def _add(one: Any, other: Any) -> Any:
    if isinstance(one, list):
        return [_add(*pair) for pair in zip(one, other, strict=True)]
    return one + int(other)


def _multibinary(about: Mapping[str, Any], rng: random.Random) -> list[int]:
    return [rng.randrange(2) for _ in range(math.prod(about["shape"]))]


def _box(about: Mapping[str, Any], rng: random.Random) -> Any:
    low, high = _nested(about["low"]), _nested(about["high"])
    whole = "int" in about.get("dtype", "")

    def draw(least: Any, most: Any) -> Any:
        if isinstance(least, list):
            return [draw(*pair) for pair in zip(least, most, strict=True)]
        first = least if math.isfinite(least) else min(-1.0, most - 1)
        last = most if math.isfinite(most) else max(1.0, first + 1)
        return rng.randint(int(first), int(last)) if whole else rng.uniform(first, last)

    return draw(low, high)


def _nested(values: Any) -> Any:
    return values.tolist() if hasattr(values, "tolist") else values


def _each(values: Any, draw: Callable[[Any], Any]) -> Any:
    values = _nested(values)
    return [_each(item, draw) for item in values] if isinstance(values, (list, tuple)) else draw(values)


_KINDS: dict[str, Callable[[Mapping[str, Any], random.Random], Any]] = {
    "box": _box,
    "multibinary": _multibinary,
    "multidiscrete": _multidiscrete,
}
