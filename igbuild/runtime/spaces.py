"""Action spaces at the boundary: what they look like as JSON, and JSON actions made into what they hold."""

from __future__ import annotations

import sys
from typing import Any

from igbuild.runtime.graph import numpy


def describe(space: Any) -> dict[str, Any] | None:
    """Return a space as JSON data: `{kind, n?, start?, shape?, low?, high?, dtype?}`; None without one.

    `kind` is the class's name in lower case (`discrete`, `box`, `multidiscrete`, ...); `n` is a number, or
    of a MultiDiscrete space the list `nvec`.
    """
    if space is None:
        return None
    about: dict[str, Any] = {"kind": type(space).__name__.lower()}
    for name, key in (("n", "n"), ("nvec", "n"), ("start", "start"), ("low", "low"), ("high", "high")):
        value = getattr(space, name, None)
        if value is not None:
            about[key] = value
    if getattr(space, "shape", None):
        about["shape"] = list(space.shape)
    if getattr(space, "dtype", None) is not None:
        about["dtype"] = str(space.dtype)
    return about


def to_action(space: Any, action: Any) -> Any:
    """Return a JSON `action` in the form that `space` holds: lists become arrays of its dtype, or tuples.

    An action that cannot be converted is returned as it is, for `holds` to refuse.
    """
    if type(action) in (int, str) and not getattr(space, "shape", None):
        return action
    spaces = sys.modules.get("gymnasium.spaces")
    if spaces is None:
        return action
    if isinstance(space, spaces.Dict) and isinstance(action, dict):
        return {
            key: to_action(space[key], item) if key in space.spaces else item for key, item in action.items()
        }
    if isinstance(space, spaces.Tuple) and isinstance(action, list) and len(action) == len(space.spaces):
        return tuple(to_action(part, item) for part, item in zip(space.spaces, action, strict=True))
    if isinstance(space, (spaces.Box, spaces.MultiDiscrete, spaces.MultiBinary)):
        return _array(space, action)
    return action


def _array(space: Any, action: Any) -> Any:
    np = numpy()
    try:
        given = np.asarray(action)
        array = given.astype(space.dtype)
    except (TypeError, ValueError, OverflowError):
        return action
    if given.dtype.kind not in "iufb" or (space.dtype.kind != "f" and not np.array_equal(given, array)):
        return action
    return array.reshape(space.shape) if array.size == 1 == np.prod(space.shape) else array


def holds(space: Any, action: Any) -> bool:
    """Tell whether `action` is in `space`."""
    if type(action) is int and type(space).__name__ == "Discrete":
        start = getattr(space, "start", 0)
        return bool(start <= action < start + space.n)
    if getattr(space, "shape", None) and not hasattr(action, "dtype"):
        return False  # a list that `to_action` could not convert; Gymnasium would warn and try again
    contains = getattr(space, "contains", None)
    return contains is None or bool(contains(action))
