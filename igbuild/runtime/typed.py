"""Typed JSON: any state as JSON data that may pass through JavaScript, and back, with nothing lost.

What JSON has stands for itself; everything else is `{"$": kind, "v": content, ...}`: `float` (one that
JavaScript would take for an integer, or cannot write), `int` (beyond 2**53), `tuple`, `set`, `frozenset`,
`bytes`, `bytearray`, `complex`, `range`, `deque`, `dict` (keys that are not plain text), `list`, `array`,
`scalar`, `enum`, `name` (a function or class), `generator`, `method`, `object`, `derived` (a subclass of a
built-in type), `layer`, `constant`, and `ref` for what was met before.

Reading it runs no code that the text could choose: classes and functions are only taken from the environment
at hand, and objects are made without calling anything of theirs.
"""

from __future__ import annotations

import math
import random
from base64 import b64encode
from collections import deque
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any, TypeAlias

from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import (
    attributes,
    hides_state,
    is_constant,
    is_importable,
    numpy,
    qualified,
    step,
)
from igbuild.runtime.randomness import get_state, is_generator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Write: TypeAlias = "Callable[[Writer, Any, str], Any]"

EXACT = 2**53 - 1
BASES = {base.__name__: base for base in (dict, list, tuple, set, frozenset, deque, int, float, str)}


def to_json(value: Any, roots: Sequence[Any] = ()) -> Any:
    """Return `value` as JSON data.

    Args:
        value: a state.
        roots: objects that are only referred to, by their place in this list.

    Raises:
        StateError: something that has no typed JSON, naming its path.
    """
    return survey(value, roots)[0]


def survey(value: Any, roots: Sequence[Any] = ()) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """Return what `to_json` does, with the classes and functions met by name, and the constants by path."""
    first = Writer(roots, set())
    data = first.write(value, "")
    if first.shared:
        first = Writer(roots, first.shared)
        data = first.write(value, "")
    return data, first.names, first.constants


class Writer:
    """One walk over a value. What turns out to be shared is known after the first walk, for the second."""

    def __init__(self, roots: Sequence[Any], shared: set[int]) -> None:
        self._roots = {id(root): number for number, root in enumerate(roots)}
        self._known_shared = shared
        self._alive: list[Any] = []
        self._met: dict[int, int] = {}
        self.shared: set[int] = set()
        self.names: dict[str, Any] = {}
        self.constants: dict[str, Any] = {}

    def write(self, value: Any, path: str) -> Any:
        """Return `value`, found at `path`, as JSON data."""
        if id(value) in self._roots:
            return {"$": "layer", "v": self._roots[id(value)]}
        kind = type(value)
        try:
            return (_writers.get(kind) or _resolve(kind, value, path))(self, value, path)
        except RecursionError:
            raise StateError("is nested too deeply to be written").under(path) from None

    def once(self, value: Any, make: Callable[[], dict[str, Any] | list[Any]]) -> Any:
        """Return what `make` makes of a mutable value the first time, and then a reference."""
        number = self._met.get(id(value))
        if number is not None:
            self.shared.add(id(value))
            return {"$": "ref", "v": number}
        number = self._met[id(value)] = len(self._met)
        self._alive.append(value)
        made = make()
        if id(value) not in self._known_shared:
            return made
        if isinstance(made, list):
            return {"$": "list", "id": number, "v": made}
        if "$" not in made:
            return {"$": "dict", "id": number, "v": [[key, item] for key, item in made.items()]}
        return {**made, "id": number}

    def name(self, value: Any, path: str) -> str:
        """Return the name of a class or function that its module can find again."""
        name = qualified(value)
        if not (is_importable(value) or isinstance(value, type)):
            raise StateError(f"the function {name} cannot be found by its name; define it in a module").under(
                path
            )
        self.names[name] = value
        return name

    def items(self, values: Any, path: str) -> list[Any]:
        """Return each of `values` as JSON data."""
        plain = type(values) in (list, tuple) and set(map(type, values)) == {int}
        if plain and min(values) >= -EXACT and max(values) <= EXACT:
            return list(values)  # a random number generator holds 625 of them
        return [self.write(item, path + step(index)) for index, item in enumerate(values)]

    def pairs(self, value: dict[Any, Any], path: str) -> Any:
        """Return a dict's items: as an object if its keys and their order survive as one."""
        if all(type(key) is str and _is_plain_key(key) for key in value):
            return {key: self.write(item, path + step(key)) for key, item in value.items()}
        return {
            "$": "dict",
            "v": [[self.write(key, path), self.write(item, path + step(key))] for key, item in value.items()],
        }

    def own(self, value: Any, path: str) -> dict[str, Any]:
        """Return an object's attributes."""
        return {name: self.write(item, f"{path}.{name}") for name, item in attributes(value).items()}


def _is_plain_key(key: str) -> bool:
    """Tell whether JavaScript keeps a key's place: digits move to the front of an object."""
    return key[:1] not in "$0123456789" and key != "__proto__"


def _itself(_writer: Writer, value: Any, _path: str) -> Any:
    return value


def _int(_writer: Writer, value: int, _path: str) -> Any:
    return value if -EXACT <= value <= EXACT else {"$": "int", "v": str(value)}


def _float(_writer: Writer, value: float, _path: str) -> Any:
    plain = math.isfinite(value) and not value.is_integer()
    return value if plain else {"$": "float", "v": repr(value)}


def _complex(writer: Writer, value: complex, path: str) -> Any:
    return {"$": "complex", "v": writer.items((value.real, value.imag), path)}


def _bytes(_writer: Writer, value: bytes, _path: str) -> Any:
    return {"$": "bytes", "v": _base64(value)}


def _bytearray(writer: Writer, value: bytearray, _path: str) -> Any:
    return writer.once(value, lambda: {"$": "bytearray", "v": _base64(value)})


def _base64(value: Any) -> str:
    return b64encode(value).decode("ascii")


def _tuple(writer: Writer, value: tuple[Any, ...], path: str) -> Any:
    return {"$": "tuple", "v": writer.items(value, path)}


def _list(writer: Writer, value: list[Any], path: str) -> Any:
    return writer.once(value, lambda: writer.items(value, path))


def _dict(writer: Writer, value: dict[Any, Any], path: str) -> Any:
    return writer.once(value, lambda: writer.pairs(value, path))


def _set(writer: Writer, value: set[Any], path: str) -> Any:
    return writer.once(value, lambda: {"$": "set", "v": writer.items(value, path)})


def _frozenset(writer: Writer, value: frozenset[Any], path: str) -> Any:
    return {"$": "frozenset", "v": writer.items(value, path)}


def _deque(writer: Writer, value: deque[Any], path: str) -> Any:
    return writer.once(value, lambda: {"$": "deque", "maxlen": value.maxlen, "v": writer.items(value, path)})


def _range(_writer: Writer, value: range, _path: str) -> Any:
    return {"$": "range", "v": [str(part) for part in (value.start, value.stop, value.step)]}


def _named(writer: Writer, value: Any, path: str) -> Any:
    return {"$": "name", "v": writer.name(value, path)}


def _method(writer: Writer, value: Any, path: str) -> Any:
    return {"$": "method", "name": value.__name__, "v": writer.write(value.__self__, path)}


def _enum(writer: Writer, value: Enum, path: str) -> Any:
    return {"$": "enum", "type": writer.name(type(value), path), "v": value.name}


def _constant(writer: Writer, value: Any, path: str) -> Any:
    writer.constants[path] = value
    return {"$": "constant", "v": path}


def _array(writer: Writer, value: Any, path: str) -> Any:
    about = {"$": "array", "dtype": _portable_dtype(value, path), "shape": list(value.shape)}
    if value.dtype.hasobject:
        return writer.once(value, lambda: {**about, "v": writer.items(value.reshape(-1).tolist(), path)})
    return writer.once(value, lambda: {**about, "v": _base64(_little_endian(value).tobytes())})


def _scalar(_writer: Writer, value: Any, path: str) -> Any:
    dtype = _portable_dtype(value, path)
    return {"$": "scalar", "dtype": dtype, "v": _base64(_little_endian(numpy().asarray(value)).tobytes())}


def _little_endian(array: Any) -> Any:
    return array.astype(array.dtype.newbyteorder("<"))


def _portable_dtype(value: Any, path: str) -> str:
    dtype = value.dtype
    if dtype.names or dtype.char in "gG":
        raise StateError(
            f"values of dtype {dtype} have no typed JSON; give the environment get_state() and set_state()"
        ).under(path)
    return "O" if dtype.hasobject else str(dtype.newbyteorder("<").str)


def _generator(writer: Writer, value: Any, path: str) -> Any:
    inner = getattr(value, "bit_generator", value)
    name = "Random" if isinstance(value, random.Random) else type(inner).__name__
    holder = "Generator" if inner is not value else ""
    return writer.once(
        value, lambda: {"$": "generator", "in": holder, "type": name, "v": _state(writer, value, path)}
    )


def _state(writer: Writer, generator: Any, path: str) -> Any:
    state = get_state(generator)
    writer._alive.append(state)
    return writer.write(state, path)


def _object(writer: Writer, value: Any, path: str) -> Any:
    return writer.once(
        value,
        lambda: {"$": "object", "type": writer.name(type(value), path), "v": writer.own(value, path)},
    )


def _derived(base: type) -> Write:
    def write(writer: Writer, value: Any, path: str) -> Any:
        def make() -> dict[str, Any]:
            content = list(value.items()) if base is dict else value
            plain = base(value) if base in (int, float, str) else None
            return {
                "$": "derived",
                "type": writer.name(type(value), path),
                "base": base.__name__,
                "v": writer.write(plain, path) if plain is not None else writer.items(content, path),
                "own": writer.own(value, path),
                "extra": writer.write(_extra(value), path),
            }

        return writer.once(value, make)

    return write


def _extra(value: Any) -> Any:
    """Return what a class of the standard library keeps beside its items."""
    return getattr(value, "default_factory", None) or getattr(value, "maxlen", None)


_writers: dict[type, Write] = {
    type(None): _itself,
    bool: _itself,
    str: _itself,
    int: _int,
    float: _float,
    complex: _complex,
    bytes: _bytes,
    bytearray: _bytearray,
    tuple: _tuple,
    list: _list,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
    deque: _deque,
    range: _range,
    FunctionType: _named,
    BuiltinFunctionType: _named,
    MethodType: _method,
}


def _resolve(kind: type, value: Any, path: str) -> Write:
    """Find the writer of a type met for the first time, and remember it."""
    writer = _by_meaning(kind, value)
    if writer is None:
        base = next((base for base in BASES.values() if issubclass(kind, base)), None)
        if base is not None:
            writer = _derived(base)
        elif hides_state(kind):
            raise StateError(
                f"a {kind.__module__}.{kind.__qualname__} has no typed JSON; "
                "give the environment get_state() and set_state()"
            ).under(path)
        else:
            writer = _object
    _writers[kind] = writer
    return writer


def _by_meaning(kind: type, value: Any) -> Write | None:
    if issubclass(kind, Enum):
        return _enum
    if issubclass(kind, type):
        return _named
    if is_constant(value):
        return _constant
    if is_generator(value):
        return _generator
    np = numpy()
    if np is not None and issubclass(kind, (np.generic, np.ndarray)):
        return _scalar if issubclass(kind, np.generic) else _array
    return None
