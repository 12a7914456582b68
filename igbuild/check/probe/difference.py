"""Where two states first differ, found in their typed JSON (`State.to_json`), which crosses processes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from igbuild.runtime.graph import step

if TYPE_CHECKING:
    from collections.abc import Iterator

    Pair = tuple[str, Any, Any]

ABSENT = object()
_UNORDERED = ("set", "frozenset")


def first_difference(one: Any, other: Any) -> str:
    """Return the key path of the first difference with both values; empty if there is none.

    Args:
        one: typed JSON.
        other: typed JSON.
    """
    found = next(_differences("", one, other), None)
    if found is None:
        return ""
    path, left, right = found
    return f"{path.removeprefix('.') or 'the state'}: {_show(left)} / {_show(right)}"


def _differences(path: str, one: Any, other: Any) -> Iterator[Pair]:
    if _plain(one) == _plain(other):
        return
    if _marked(one) and _marked(other):
        if one["$"] != other["$"] or not _is_container(one):
            yield path, one, other
            return
        yield from _inside(path, one, other)
    elif isinstance(one, list) and isinstance(other, list):
        yield from _items(path, one, other)
    elif isinstance(one, dict) and isinstance(other, dict):
        yield from _pairs(path, one, other)
    else:
        yield path, one, other


def _inside(path: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[Pair]:
    kind, left, right = one["$"], one["v"], other["v"]
    if kind == "dict":
        yield from _pairs(path, *({_key(key): item for key, item in side} for side in (left, right)))
    elif kind == "object":
        for name in sorted(left.keys() | right.keys()):
            yield from _differences(f"{path}.{name}", left.get(name, ABSENT), right.get(name, ABSENT))
    elif kind in _UNORDERED:
        mine, theirs = ({json.dumps(item, sort_keys=True) for item in side} for side in (left, right))
        if mine != theirs:
            yield path, sorted(mine - theirs), sorted(theirs - mine)
    else:
        yield from _differences(path, left, right)
        yield from _differences(path, one.get("own", {}), other.get("own", {}))


def _items(path: str, one: list[Any], other: list[Any]) -> Iterator[Pair]:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        yield from _differences(path + step(index), left, right)
    if len(one) != len(other):
        yield f"{path}, its length", len(one), len(other)


def _pairs(path: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[Pair]:
    for key in [*one, *(key for key in other if key not in one)]:
        yield from _differences(_join(path, key), one.get(key, ABSENT), other.get(key, ABSENT))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if not path else path + (key if key.startswith("[") else step(key))


def _key(key: Any) -> str:
    """Return a key of a typed dict as it is written in a path."""
    if _marked(key) and isinstance(key["v"], str):
        return f"[{key['v']}]"
    return key if isinstance(key, str) else f"[{json.dumps(key)}]"


def _marked(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("$"), str)


def _is_container(value: dict[str, Any]) -> bool:
    return isinstance(value.get("v"), (dict, list))


def _plain(value: Any) -> Any:
    """Return what decides whether two values differ: the numbers of shared parts do not."""
    if isinstance(value, dict):
        made = {key: _plain(item) for key, item in value.items() if not (key == "id" and "$" in value)}
        if value.get("$") in _UNORDERED:
            made["v"] = sorted(json.dumps(item, sort_keys=True) for item in value["v"])
        return made
    return [_plain(item) for item in value] if isinstance(value, list) else value


def _show(value: Any) -> str:
    if value is ABSENT:
        return "absent"
    if _marked(value) and not _is_container(value):
        value = value["v"]
        return value if isinstance(value, str) else json.dumps(value)
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "…"
