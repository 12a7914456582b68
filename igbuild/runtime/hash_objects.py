"""How objects become canonical bytes: instances, functions, generators and the values of numpy."""

from __future__ import annotations

import random
from collections import deque
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from igbuild.runtime.arrays import flat_numbers
from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import attributes, hides_state, is_constant, is_importable, numpy, qualified
from igbuild.runtime.walk import WRITERS, text

if TYPE_CHECKING:
    from igbuild.runtime.walk import Walk, Writer


def _type_name(value: Any) -> bytes:
    return text(qualified(type(value)))


def _enum(walk: Walk, value: Enum) -> None:
    walk.parts.append(b"E" + _type_name(value) + text(value.name))


def _named(walk: Walk, value: Any) -> None:
    walk.parts.append(b"C" + text(qualified(value)))


def _function(walk: Walk, value: FunctionType) -> None:
    name = qualified(value)
    if value.__name__ == "<lambda>":
        name += f":{value.__code__.co_firstlineno}"
    walk.parts.append(b"C" + text(name))
    if value.__closure__ and not is_importable(value) and not walk.met(value):
        walk.items(cell.cell_contents for cell in value.__closure__)
        walk.done(value)


def _method(walk: Walk, value: Any) -> None:
    if isinstance(value.__self__, ModuleType) or value.__self__ is None:
        walk.parts.append(b"C" + text(f"{value.__module__}:{value.__name__}"))
        return
    walk.parts.append(b"M" + text(value.__name__))
    walk.write(value.__self__)


def _module(walk: Walk, value: ModuleType) -> None:
    walk.parts.append(b"m" + text(value.__name__))


def _constant(walk: Walk, value: Any) -> None:
    walk.parts.append(b"K" + _type_name(value))


def _object(walk: Walk, value: Any) -> None:
    if not walk.met(value):
        walk.parts.append(b"O" + _type_name(value))
        walk.pairs(attributes(value), ".{}".format)
        walk.done(value)


def _custom(walk: Walk, value: Any) -> None:
    _made(walk, value, value.__canonical__())


def _random(walk: Walk, value: random.Random) -> None:
    _made(walk, value, value.getstate())


def _generator(walk: Walk, value: Any) -> None:
    _made(walk, value, value.bit_generator.state)


def _bit_generator(walk: Walk, value: Any) -> None:
    _made(walk, value, value.state)


def _random_state(walk: Walk, value: Any) -> None:
    _made(walk, value, value.get_state(legacy=False))


def _reduced(walk: Walk, value: Any) -> None:
    made = value.__reduce_ex__(4)
    if isinstance(made, str):
        walk.parts.append(b"C" + text(f"{type(value).__module__}:{made}"))
        return
    function, arguments, state, members, pairs = (*made, None, None, None)[:5]
    _made(walk, value, (function, arguments, state, list(members or ()), list(pairs or ())))


def _made(walk: Walk, value: Any, content: Any) -> None:
    """Write an object as its type and a `content` made for the purpose."""
    if not walk.met(value):
        walk.alive.append(content)
        walk.parts.append(b"O" + _type_name(value))
        walk.write(content)
        walk.done(value)


def _array(walk: Walk, value: Any) -> None:
    if walk.met(value):
        return
    numbers = flat_numbers(value)
    if numbers is not None:
        walk.parts.append(b"a" + numbers)
    else:
        _array_of_items(walk, value)
    walk.done(value)


def _array_of_items(walk: Walk, value: Any) -> None:
    kind = value.dtype.kind
    shape = ",".join(map(str, value.shape))
    if kind in "OSU":
        walk.parts.append(f"a{kind}({shape})".encode())
        items = value.reshape(-1).tolist()
        walk.alive.append(items)
        walk.items(items)
    elif value.dtype.names:
        walk.parts.append(f"aV({shape})".encode())
        fields = {name: value[name] for name in value.dtype.names}
        walk.alive.append(fields)
        walk.pairs(fields)
    else:
        raise StateError(f"is an array of {value.dtype}, which is not the same on every machine; use float64")


def _scalar(walk: Walk, value: Any) -> None:
    """Write a numpy scalar: integers, booleans and doubles as Python's own, of which they are equals."""
    item = value.item()
    if value.dtype.kind in "iubSU" or type(value).__name__ in ("float64", "complex128"):
        walk.write(item)
        return
    numbers = flat_numbers(numpy().asarray(value))
    if numbers is None:
        raise StateError(f"is a numpy {type(value).__name__}, which is not the same on every machine")
    walk.parts.append(b"n" + numbers)


def _derived(base: Writer) -> Writer:
    """Write a subclass of a built-in type: its name, the built-in content, its own attributes."""

    def write(walk: Walk, value: Any) -> None:
        if id(value) in walk.memo:
            walk.met(value)
            return
        walk.parts.append(b"X" + _type_name(value))
        base(walk, value)
        walk.pairs(attributes(value), ".{}".format)

    return write


WRITERS.update(
    {
        FunctionType: _function,
        MethodType: _method,
        BuiltinFunctionType: _method,
        ModuleType: _module,
    }
)

_BUILT_IN = (bool, int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset, deque)


def find_writer(kind: type, value: Any) -> Writer:
    """Find the writer of a type met for the first time, and remember it."""
    writer = _by_meaning(kind, value) or _by_numpy(kind) or _by_structure(kind, value)
    WRITERS[kind] = writer
    return writer


def _by_meaning(kind: type, value: Any) -> Writer | None:
    if issubclass(kind, Enum):
        return _enum
    if hasattr(kind, "__canonical__"):
        return _custom
    if is_constant(value):
        return _constant
    if issubclass(kind, type):
        return _named
    return _random if issubclass(kind, random.Random) else None


def _by_numpy(kind: type) -> Writer | None:
    np = numpy()
    if np is None:
        return None
    writers: list[tuple[type, Writer]] = [
        (np.ndarray, _array),
        (np.generic, _scalar),
        (np.random.Generator, _generator),
        (np.random.BitGenerator, _bit_generator),
        (np.random.RandomState, _random_state),
    ]
    for base, writer in writers:
        if kind is base or (base is np.generic and issubclass(kind, base)):
            return writer
        if issubclass(kind, base):
            return _derived(writer)
    return None


def _by_structure(kind: type, value: Any) -> Writer:
    for base in _BUILT_IN:
        if issubclass(kind, base):
            return _derived(WRITERS[base])
    if not hides_state(kind):
        return _object
    try:
        value.__reduce_ex__(4)
    except Exception:
        raise StateError(
            f"a {kind.__module__}.{kind.__qualname__} cannot be hashed; keep it out of the environment's "
            "attributes, or give the environment get_state() and set_state()"
        ) from None
    return _reduced
