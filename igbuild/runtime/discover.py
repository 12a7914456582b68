"""What kind of environment an object is: whether it has agents, which, and whether they take turns."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from igbuild.runtime.errors import EnvironmentContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable


def parallel(env: Any) -> tuple[Any, bool]:
    """Return `env` with parallel steps, and whether agents take turns in it."""
    if not (hasattr(env, "agent_iter") and hasattr(env, "last")):
        return env, False
    try:
        from pettingzoo.utils import conversions  # noqa: PLC0415 - only AEC environments need the package
    except ImportError as error:
        raise EnvironmentContractError(
            f"{describe(env)} has the AEC interface, which needs the package pettingzoo; "
            "add it to environment.packages."
        ) from error
    if env.metadata.get("is_parallelizable", False):
        return conversions.aec_to_parallel(env), False
    return conversions.turn_based_aec_to_parallel(env), True


def agent_ids(env: Any) -> tuple[Hashable, ...] | None:
    """Return the ids of a multi-agent environment in order; None for one without agents."""
    given = getattr(env, "possible_agents", None)
    if given is None:
        given = getattr(env, "agents", None)
        if not _are_ids(given):
            return None
    ids: tuple[Hashable, ...] = () if isinstance(given, str) else tuple(given or ())
    if not ids or not _are_ids(ids):
        raise EnvironmentContractError(
            f"possible_agents of {describe(env)} is {given!r}; "
            "it must list the agents' ids, strings or integers."
        )
    if len({str(agent) for agent in ids}) < len(ids):
        raise EnvironmentContractError(f"possible_agents of {describe(env)} names an agent twice: {given!r}.")
    return ids


def _are_ids(given: Any) -> bool:
    if not isinstance(given, (list, tuple)):
        return False
    return all(isinstance(agent, (str, int)) or hasattr(agent, "__index__") for agent in given)


def takes(function: Callable[..., Any], name: str) -> bool:
    """Tell whether a function can be called with the keyword argument `name`."""
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return True
    return name in parameters or any(item.kind is item.VAR_KEYWORD for item in parameters.values())


def describe(value: Any) -> str:
    """Return a few words for what `value` is, for errors."""
    if isinstance(value, tuple):
        return f"a tuple of {len(value)}"
    return f"a {type(value).__module__}.{type(value).__qualname__}" if value is not None else "None"
