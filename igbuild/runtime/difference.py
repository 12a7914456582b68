"""Where two states differ: the path of the first difference, in the order of their canonical bytes."""

from __future__ import annotations

from collections import deque
from typing import Any

from igbuild.runtime.graph import attributes, hides_state, step
from igbuild.runtime.hashing import canonical

_SEQUENCES = (list, tuple, deque)


def first_difference(a: Any, b: Any, *, roots: tuple[Any, ...] = ()) -> str | None:
    """Return the path of the innermost first part in which two values differ; None if they hash alike.

    Args:
        a: a state, such as the document of `State.document`.
        b: another.
        roots: objects that are only referred to, as for `hashing.canonical`.

    Returns:
        Such as `['env_state']['players'][0].x`; the empty string where the values themselves differ. Where
        two values have equal parts but share them differently, it is the path of what holds them.
    """
    if _bytes(a, roots) == _bytes(b, roots):
        return None
    path = ""
    seen: set[int] = set()
    while id(a) not in seen:
        seen.add(id(a))
        found = _first_part(a, b, roots)
        if found is None:
            break
        part, a, b = found
        path += part
    return path


_ABSENT = object()


def _first_part(a: Any, b: Any, roots: tuple[Any, ...]) -> tuple[str, Any, Any] | None:
    """Return the first part in which two unequal values differ, and its two values."""
    if type(a) is not type(b) or a is _ABSENT:
        return None
    ours, theirs = _parts(a), _parts(b)
    for part in {**ours, **theirs}:
        one, other = ours.get(part, _ABSENT), theirs.get(part, _ABSENT)
        if one is _ABSENT or other is _ABSENT or _bytes(one, roots) != _bytes(other, roots):
            return part, one, other
    return None


def _parts(value: Any) -> dict[str, Any]:
    """Return the parts of a value by the step of the path that leads to each."""
    if isinstance(value, dict):
        return {step(key): item for key, item in sorted(value.items(), key=lambda pair: str(pair[0]))}
    if isinstance(value, _SEQUENCES):
        return {step(index): item for index, item in enumerate(value)}
    if isinstance(value, type) or hides_state(type(value)):
        return {}
    return {f".{name}": item for name, item in sorted(attributes(value).items())}


def _bytes(value: Any, roots: tuple[Any, ...]) -> bytes:
    return canonical(value, roots=roots)
