"""Random number generators: Python's own, numpy's old global one, and those an environment holds."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeAlias

from igbuild.runtime.graph import attributes, is_constant, numpy, step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Steps: TypeAlias = "tuple[Callable[[Any], Any], ...]"

_DEEPEST = 8


def seed_globals(seed: int | None) -> None:
    """Seed `random` and numpy's global generator, which belong to no environment; None: unpredictably."""
    random.seed(seed)
    np = numpy()
    if np is not None:
        np.random.seed(None if seed is None else seed % 2**32)


def is_generator(value: Any) -> bool:
    """Tell whether `value` draws random numbers: a `random.Random` or one of numpy's."""
    if isinstance(value, random.Random):
        return True
    np = numpy()
    return np is not None and isinstance(
        value, (np.random.Generator, np.random.RandomState, np.random.BitGenerator)
    )


def get_state(generator: Any) -> Any:
    """Return a generator's state as plain data that later draws do not change."""
    if isinstance(generator, random.Random):
        return generator.getstate()
    if hasattr(generator, "bit_generator"):
        return generator.bit_generator.state
    if hasattr(generator, "get_state"):
        return generator.get_state(legacy=False)
    return generator.state


def set_state(generator: Any, state: Any) -> None:
    """Put a generator back into a state of `get_state`."""
    if isinstance(generator, random.Random):
        generator.setstate(state)
    elif hasattr(generator, "bit_generator"):
        generator.bit_generator.state = state
    elif hasattr(generator, "set_state"):
        generator.set_state(state)
    else:
        generator.state = state


class Found:
    """The generators that some objects hold, by path.

    They are looked for once and then read where they were found, as a search takes longer than everything
    else that saving a state does: `search` again when an episode begins.

    Args:
        owners: objects by the name that begins their paths.
        spaces_only: names of owners that are saved whole, generators included: only spaces, which are not,
            are looked for in them.
    """

    def __init__(self, owners: dict[str, Any], *, spaces_only: frozenset[str] = frozenset()) -> None:
        self._owners = owners
        self._spaces_only = spaces_only
        self._places: dict[str, tuple[Any, Steps]] = {}

    def search(self) -> None:
        """Look for generators in all owners."""
        self._places = {}
        for name, owner in self._owners.items():
            seen: set[int] = set()
            for path, steps, found in _walk(owner, name, (), seen):
                if name not in self._spaces_only or is_constant(found):
                    self._places[path] = (owner, steps)

    def states(self) -> dict[str, Any]:
        """Return the state of each, by path; a space that has drawn nothing has none."""
        states = {}
        for path, (owner, steps) in self._places.items():
            state = _read(_follow(owner, steps))
            if state is not None:
                states[path] = state
        return states

    def restore(self, states: dict[str, Any]) -> None:
        """Put each back into its state."""
        for path, (owner, steps) in self._places.items():
            _write(_follow(owner, steps), states.get(path))


def _read(found: Any) -> Any:
    if is_constant(found):
        found = found._np_random
    return None if found is None or not is_generator(found) else get_state(found)


def _write(found: Any, state: Any) -> None:
    if is_constant(found):
        if state is None:
            found._np_random = None
        else:
            set_state(found.np_random, state)
    elif state is not None and is_generator(found):
        set_state(found, state)


def _follow(value: Any, steps: Steps) -> Any:
    try:
        for take in steps:
            value = take(value)
    except (AttributeError, KeyError, IndexError, TypeError):
        return None
    return value


def _walk(value: Any, path: str, steps: Steps, seen: set[int]) -> Iterator[tuple[str, Steps, Any]]:
    if is_generator(value):
        yield path, steps, value
        return
    if id(value) in seen or len(steps) > _DEEPEST:
        return
    seen.add(id(value))
    if hasattr(value, "_np_random") and is_constant(value):
        yield path, steps, value
    for name, take, item in _inside(value):
        yield from _walk(item, path + name, (*steps, take), seen)


def _inside(value: Any) -> Iterable[tuple[str, Callable[[Any], Any], Any]]:
    if isinstance(value, dict):
        return [(step(key), _item(key), item) for key, item in value.items()]
    if isinstance(value, (list, tuple)):
        return [(step(index), _item(index), item) for index, item in enumerate(value)]
    if isinstance(value, type) or (callable(value) and hasattr(value, "__code__")):
        return []
    return [(f".{name}", _attribute(name), item) for name, item in attributes(value).items()]


def _item(key: Any) -> Callable[[Any], Any]:
    return lambda value: value[key]


def _attribute(name: str) -> Callable[[Any], Any]:
    return lambda value: getattr(value, name)
