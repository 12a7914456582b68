"""What every walk over an environment's objects needs to know: names, attributes, constants, paths."""

from __future__ import annotations

import dis
import sys
from functools import cache
from struct import calcsize
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

# Objects that describe an environment and do not change while it runs. They are neither hashed nor saved
# (a space's own random numbers are: see `state`).
_CONSTANTS = frozenset(
    {
        ("gymnasium.spaces.space", "Space"),
        ("gymnasium.envs.registration", "EnvSpec"),
        ("gymnasium.envs.registration", "WrapperSpec"),
    }
)

_POINTER = calcsize("P")

_IMMUTABLE = (type(None), bool, int, float, complex, str, bytes, type, ModuleType, BuiltinFunctionType)

_LINKS = ("env", "aec_env", "par_env", "_env")

_is_constant: dict[type, bool] = {}


def qualified(value: Any) -> str:
    """Return `module:name` of a class or function."""
    return f"{value.__module__}:{value.__qualname__}"


def is_importable(function: Any) -> bool:
    """Tell whether a function is what its module and name lead to, and so no part of a state."""
    found = sys.modules.get(function.__module__ or "")
    for name in function.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is function


def is_harmless(value: Any) -> bool:
    """Tell whether a function that holds `value` has no memory by that: it never changes."""
    if isinstance(value, (tuple, frozenset)):
        return all(map(is_harmless, value))
    return isinstance(value, (*_IMMUTABLE, FunctionType)) or is_constant(value)


def remembered(function: FunctionType, known: Collection[Any] = ()) -> str | None:
    """Return the first name of a function's closure that may change, but for objects in `known`."""
    rebound = _rebound(function.__code__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        content = cell.cell_contents
        if name in rebound or not (is_harmless(content) or any(content is item for item in known)):
            return name
    return None


@cache
def _rebound(code: CodeType) -> frozenset[str]:
    """Return the `nonlocal` names that a function gives new values."""
    if not code.co_freevars:
        return frozenset()
    stores = (item for item in dis.get_instructions(code) if item.opname in ("STORE_DEREF", "DELETE_DEREF"))
    return frozenset(item.argval for item in stores) & frozenset(code.co_freevars)


def numpy() -> Any:
    """Return numpy if something has imported it already: without it there are no arrays to care about."""
    return sys.modules.get("numpy")


def is_constant(value: Any, depth: int = 2) -> bool:
    """Tell whether `value` is a description (a space, a spec), or a collection of nothing else.

    Collections are looked into `depth` levels deep: spaces by agent, and those by kind.
    """
    kind = type(value)
    if kind in (dict, list, tuple):
        members = value.values() if kind is dict else value
        return depth > 0 and len(value) > 0 and all(is_constant(member, depth - 1) for member in members)
    known = _is_constant.get(kind)
    if known is None:
        known = any((base.__module__, base.__name__) in _CONSTANTS for base in kind.__mro__)
        _is_constant[kind] = known
    return known


def layers_of(env: Any) -> list[Any]:
    """Return `env` and every environment it wraps, outermost first."""
    layers = [env]
    while True:
        inside = attributes(layers[-1])
        linked = (inside[name] for name in _LINKS if name in inside)
        inner = next((item for item in linked if hasattr(item, "step") and hasattr(item, "reset")), None)
        if inner is None or any(inner is layer for layer in layers):
            return layers
        layers.append(inner)


def attributes(value: Any) -> dict[str, Any]:
    """Return an object's own attributes by name: its `__dict__`, and the slots that are set."""
    own: dict[str, Any] = dict(getattr(value, "__dict__", None) or {})
    for kind in type(value).__mro__:
        for name in _slots(kind):
            if hasattr(value, name):
                own[name] = getattr(value, name)
    return own


def changing(value: Any) -> dict[str, Any]:
    """Return an object's attributes that are no mere descriptions."""
    return {name: item for name, item in attributes(value).items() if not is_constant(item)}


def _slots(kind: type) -> list[str]:
    names = kind.__dict__.get("__slots__", ())
    return [
        f"_{kind.__name__.lstrip('_')}{name}" if name.startswith("__") and not name.endswith("__") else name
        for name in ((names,) if isinstance(names, str) else names)
        if name not in ("__dict__", "__weakref__")
    ]


def hides_state(kind: type) -> bool:
    """Tell whether instances hold more than their attributes: a state in C, as locks and dates have.

    An instance is as large as an `object`, a pointer to its `__dict__`, one to its weak references, and one
    for each slot; what is larger hides something. This is the test that pickle makes (CPython's
    `object_getstate_default`).
    """
    slots = sum(len(_slots(base)) for base in kind.__mro__)
    pointers = slots + (kind.__dictoffset__ > 0) + (kind.__weakrefoffset__ > 0)
    return kind.__basicsize__ > object.__basicsize__ + pointers * _POINTER


def replace_attributes(value: Any, new: dict[str, Any]) -> None:
    """Give an object exactly the attributes `new`, and leave its constants as they are."""
    for name, old in attributes(value).items():
        if name not in new and not is_constant(old):
            object.__delattr__(value, name)
    for name, item in new.items():
        object.__setattr__(value, name, item)


def step(key: Any) -> str:
    """Return the part of a path that leads to the item `key` of a container."""
    return f"[{key!r}]"
