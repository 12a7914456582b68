"""Reading typed JSON: values made anew from data that may come from another machine, without running it.

The counterpart of `typed`. Classes and functions are taken from `names` only, which are those of the
environment at hand, and from its own packages; objects are made without calling their `__init__`, `__new__`
or `__setstate__`.
"""

from __future__ import annotations

import random
import sys
from base64 import b64decode
from collections import Counter, OrderedDict, defaultdict, deque
from typing import TYPE_CHECKING, Any, Final

from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import numpy, qualified
from igbuild.runtime.randomness import set_state
from igbuild.runtime.typed import BASES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_HARMLESS: Final = {
    qualified(kind): kind
    for kind in (OrderedDict, defaultdict, Counter, deque, bool, int, float, str, list, dict, set, tuple)
}

_BIT_GENERATORS: Final = frozenset({"MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"})


def from_json(
    data: Any,
    roots: Sequence[Any] = (),
    names: Mapping[str, Any] | None = None,
    constants: Mapping[str, Any] | None = None,
) -> Any:
    """Return the value that `typed.to_json` wrote.

    Args:
        data: typed JSON.
        roots: what references to layers mean, in the order that the writer had.
        names: classes and functions that may be used, by `module:name`. Classes of the same top-level
            packages may be used too.
        constants: descriptions such as spaces, by path (`typed.survey` gives both).

    Raises:
        StateError: data that is no typed JSON, or that names what may not be used.
    """
    try:
        return Reader(roots, names or {}, constants or {}).read(data)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise StateError(f"this is not a state that this environment wrote ({error!r})") from None


class Reader:
    """One reading: the objects made so far, by their number."""

    def __init__(self, roots: Sequence[Any], names: Mapping[str, Any], constants: Mapping[str, Any]) -> None:
        self._roots = roots
        self._names = {**_HARMLESS, **names}
        self._packages = {name.partition(":")[0].partition(".")[0] for name in names} - {"builtins"}
        self.constants = constants
        self.made: dict[int, Any] = {}

    def read(self, data: Any) -> Any:
        """Return the value of `data`."""
        if isinstance(data, list):
            return [self.read(item) for item in data]
        if not isinstance(data, dict):
            return data
        if "$" in data:
            return _readers[data["$"]](self, data)
        return {key: self.read(item) for key, item in data.items()}

    def items(self, data: dict[str, Any]) -> list[Any]:
        """Return the items of a container."""
        return [self.read(item) for item in data["v"]]

    def keep(self, data: dict[str, Any], value: Any) -> Any:
        """Remember a value that references may mean, before what is in it is read."""
        if "id" in data:
            self.made[data["id"]] = value
        return value

    def root(self, number: int) -> Any:
        """Return the layer with a number."""
        return self._roots[number]

    def name(self, name: str) -> Any:
        """Return the class or function with a name, if it may be used."""
        if name in self._names:
            return self._names[name]
        module_name, _, path = name.partition(":")
        found: Any = sys.modules.get(module_name)
        if module_name.partition(".")[0] in self._packages:
            for part in path.split("."):
                found = getattr(found, part, None)
            if isinstance(found, type) and qualified(found) == name:
                return found
        raise StateError(f"{name} is not part of this environment, so a state may not name it")


def _list(reader: Reader, data: dict[str, Any]) -> Any:
    made = reader.keep(data, [])
    made.extend(reader.items(data))
    return made


def _dict(reader: Reader, data: dict[str, Any]) -> Any:
    made = reader.keep(data, {})
    for key, item in data["v"]:
        made[reader.read(key)] = reader.read(item)
    return made


def _set(reader: Reader, data: dict[str, Any]) -> Any:
    made: set[Any] = reader.keep(data, set())
    made.update(reader.items(data))
    return made


def _deque(reader: Reader, data: dict[str, Any]) -> Any:
    made: deque[Any] = reader.keep(data, deque(maxlen=data["maxlen"]))
    made.extend(reader.items(data))
    return made


def _array(reader: Reader, data: dict[str, Any]) -> Any:
    np = _numpy()
    if data["dtype"] == "O":
        made = reader.keep(data, np.empty(data["shape"], dtype=object))
        flat = made.reshape(-1)
        for index, item in enumerate(data["v"]):
            flat[index] = reader.read(item)
        return made
    dtype = np.dtype(data["dtype"])
    made = np.frombuffer(b64decode(data["v"]), dtype).reshape(data["shape"])
    return reader.keep(data, made.astype(dtype.newbyteorder("=")))


def _scalar(_reader: Reader, data: dict[str, Any]) -> Any:
    np = _numpy()
    return np.frombuffer(b64decode(data["v"]), np.dtype(data["dtype"]))[0]


def _generator(reader: Reader, data: dict[str, Any]) -> Any:
    made = reader.keep(data, _new_generator(data["in"], data["type"]))
    set_state(made, reader.read(data["v"]))
    return made


def _new_generator(holder: str, name: str) -> Any:
    if name == "Random":
        return random.Random()  # noqa: S311 - no secret
    np = _numpy()
    if name == "RandomState":
        return np.random.RandomState()
    if name not in _BIT_GENERATORS:
        raise StateError(f"{name} is no generator of numpy")
    made = getattr(np.random, name)()
    return np.random.Generator(made) if holder else made


def _method(reader: Reader, data: dict[str, Any]) -> Any:
    if data["name"].startswith("__"):
        raise StateError(f"{data['name']} is no method that a state may name")
    return getattr(reader.read(data["v"]), data["name"])


def _enum(reader: Reader, data: dict[str, Any]) -> Any:
    return reader.name(data["type"])[data["v"]]


def _object(reader: Reader, data: dict[str, Any]) -> Any:
    made = reader.keep(data, object.__new__(reader.name(data["type"])))
    _fill(made, {name: reader.read(item) for name, item in data["v"].items()})
    return made


def _derived(reader: Reader, data: dict[str, Any]) -> Any:
    kind: Any = reader.name(data["type"])
    base: Any = OrderedDict if issubclass(kind, OrderedDict) else BASES[data["base"]]
    if not issubclass(kind, base):
        raise StateError(f"{data['type']} is no {data['base']}")
    extra = reader.read(data["extra"])
    if base in (dict, OrderedDict, list, set, deque):
        made = reader.keep(data, _empty(kind, base, extra))
        content = reader.items(data)
        (base.extend if base in (list, deque) else base.update)(made, content)
    else:
        content = reader.items(data) if base in (tuple, frozenset) else reader.read(data["v"])
        made = reader.keep(data, base.__new__(kind, content))
    _fill(made, {name: reader.read(item) for name, item in data["own"].items()})
    return made


def _empty(kind: type, base: Any, extra: Any) -> Any:
    if issubclass(kind, defaultdict):
        made = defaultdict.__new__(kind)
        defaultdict.__init__(made, extra)
        return made
    made = base.__new__(kind)
    if base is deque:
        deque.__init__(made, maxlen=extra)
    return made


def _fill(value: Any, own: dict[str, Any]) -> None:
    for name, item in own.items():
        object.__setattr__(value, name, item)


def _numpy() -> Any:
    np = numpy()
    if np is None:
        raise StateError("this state holds numpy arrays, but numpy is not loaded here")
    return np


_readers: dict[str, Callable[[Reader, dict[str, Any]], Any]] = {
    "float": lambda _reader, data: float(data["v"]),
    "int": lambda _reader, data: int(data["v"]),
    "complex": lambda reader, data: complex(*reader.items(data)),
    "bytes": lambda _reader, data: b64decode(data["v"]),
    "bytearray": lambda reader, data: reader.keep(data, bytearray(b64decode(data["v"]))),
    "tuple": lambda reader, data: tuple(reader.items(data)),
    "frozenset": lambda reader, data: frozenset(reader.items(data)),
    "range": lambda _reader, data: range(*map(int, data["v"])),
    "list": _list,
    "dict": _dict,
    "set": _set,
    "deque": _deque,
    "array": _array,
    "scalar": _scalar,
    "generator": _generator,
    "method": _method,
    "enum": _enum,
    "object": _object,
    "derived": _derived,
    "name": lambda reader, data: reader.name(data["v"]),
    "layer": lambda reader, data: reader.root(data["v"]),
    "constant": lambda reader, data: reader.constants[data["v"]],
    "ref": lambda reader, data: reader.made[data["v"]],
}
