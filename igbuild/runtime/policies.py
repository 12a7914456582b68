"""What a bot's policy remembers from one step to the next, whatever kind of callable it is.

An object remembers in its attributes, a bound method in its object's, a `functools.partial` in its arguments.
A function is to remember nothing: nobody could put it back.
"""

from __future__ import annotations

from functools import partial
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import changing, is_harmless, remembered, replace_attributes


def owner_of(policy: Any) -> Any:
    """Return the object whose attributes are the policy's memory; None for a function."""
    if isinstance(policy, partial):
        return owner_of(policy.func)
    if isinstance(policy, MethodType):
        return owner_of(policy.__self__)
    return None if isinstance(policy, (FunctionType, BuiltinFunctionType, type)) else policy


def memory_of(policy: Any) -> dict[str, Any]:
    """Return what a policy remembers. It refers to live objects: use it before the next step.

    Raises:
        StateError: a function that remembers something.
    """
    if isinstance(policy, partial):
        given = {"args": policy.args, "keywords": policy.keywords, "attributes": changing(policy)}
        return {**given, "func": memory_of(policy.func)}
    if isinstance(policy, FunctionType):
        _refuse_memory(policy)
    owner = owner_of(policy)
    return {} if owner is None else changing(owner)


def recall(policy: Any, memory: dict[str, Any]) -> None:
    """Make `memory` what a policy remembers."""
    if isinstance(policy, partial):
        recall(policy.func, memory["func"])
        given: Any = policy
        own = memory["attributes"] or None
        given.__setstate__((policy.func, tuple(memory["args"]), dict(memory["keywords"]), own))
        return
    owner = owner_of(policy)
    if owner is not None:
        replace_attributes(owner, memory)


def _refuse_memory(function: FunctionType) -> None:
    defaults = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
    attributes = vars(function).keys() - {"__wrapped__"}
    name = remembered(function) or next(iter(sorted(attributes)), None)
    if name is None:
        name = next((repr(value) for value in defaults if not is_harmless(value)), None)
    if name is not None:
        raise StateError(
            f"the function {function.__qualname__} remembers {name}, which cannot be saved with it; make the "
            "policy a class with act() and keep that in an attribute"
        )
