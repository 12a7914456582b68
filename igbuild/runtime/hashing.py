"""The hash of a state: canonical bytes of any value, the same in every Python, and their SHA-256.

docs/state-and-hash.md is the contract. In short: every value is a tag and its content; keys are sorted,
integers are decimal, floats are IEEE-754 with one NaN and a kept -0; integer arrays do not depend on their
width; objects are their type's name and attributes; what was met before is its number. Nothing is rounded,
nothing is left out silently: what cannot be walked is a StateError that names its path.
"""

from __future__ import annotations

import random
from collections import deque
from enum import Enum
from struct import Struct
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

from igbuild.runtime.arrays import flat_numbers
from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import attributes, hides_state, is_constant, is_importable, numpy, qualified, step

try:
    # The hash function alone: `hashlib` with all of them takes longer to import than a game to start.
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Writer: TypeAlias = "Callable[[Walk, Any], None]"

_NAN = b"f\x7f\xf8\x00\x00\x00\x00\x00\x00"
_double = Struct(">cd").pack


def digest(value: Any, *, roots: Iterable[Any] = (), sharing: bool = True) -> bytes:
    """Return the SHA-256 of the canonical bytes of `value`: see `canonical`, which takes the same."""
    hashed: bytes = sha256(canonical(value, roots=roots, sharing=sharing)).digest()
    return hashed


def canonical(value: Any, *, roots: Iterable[Any] = (), sharing: bool = True) -> bytes:
    """Return bytes that are equal exactly for equal states.

    Args:
        value: what to write.
        roots: objects that are only referred to: the first is reference 0, and so on.
        sharing: write a list, dict, set, array or object that is met again as a reference, so that two names
            for one list differ from two equal lists: they behave differently. Without it only cycles are,
            as suits a value that is made to be copied.

    Raises:
        StateError: something that has no canonical bytes, naming its path.
    """
    walk = Walk({id(root): number for number, root in enumerate(roots)}, sharing=sharing)
    try:
        walk.write(value)
    except RecursionError:
        raise StateError("is nested too deeply to be hashed") from None
    return b"".join(walk.parts)


class Walk:
    """One walk over a value: the bytes so far, and the number of each container met.

    Attributes:
        parts: canonical bytes, in order.
        memo: number by id of every container met (without sharing: of those being written).
        alive: temporary objects, kept so that their ids are not used again.
    """

    __slots__ = ("alive", "memo", "parts", "sharing")

    def __init__(self, memo: dict[int, int], *, sharing: bool) -> None:
        self.parts: list[bytes] = []
        self.memo = memo
        self.sharing = sharing
        self.alive: list[Any] = []

    def write(self, value: Any) -> None:
        """Append the canonical bytes of `value`."""
        kind = type(value)
        (_writers.get(kind) or _resolve(kind, value))(self, value)

    def met(self, value: Any) -> bool:
        """Write a reference if `value` was met before; else number it."""
        number = self.memo.get(id(value))
        if number is None:
            self.memo[id(value)] = len(self.memo)
            return False
        self.parts.append(b"@%d;" % number)
        return True

    def done(self, value: Any) -> None:
        """Forget a container that is written whole, unless sharing counts."""
        if not self.sharing:
            del self.memo[id(value)]

    def bytes_of(self, value: Any) -> bytes:
        """Return the canonical bytes of a key or member, whose place in the order is not yet known."""
        writer = _writers.get(type(value))
        if writer in _ATOMS:
            walk = Walk({}, sharing=self.sharing)
        else:
            walk = Walk(dict(self.memo), sharing=self.sharing)
            self.alive.append(walk.alive)
        walk.write(value)
        return b"".join(walk.parts)

    def items(self, values: Iterable[Any]) -> None:
        """Append each of `values`."""
        writers = _writers
        for index, value in enumerate(values):
            kind = type(value)
            try:
                (writers.get(kind) or _resolve(kind, value))(self, value)
            except StateError as error:
                raise error.under(step(index)) from None

    def pairs(self, value: dict[Any, Any], path: Callable[[Any], str] = step) -> None:
        """Append a dict's pairs, sorted by key: by code point if all are strings, else by canonical bytes."""
        writers = _writers
        try:
            keys = [(_text(key), key) for key in sorted(value)] if _all_text(value) else self._sorted(value)
        except StateError as error:
            raise error.under(".keys()") from None
        self.parts.append(b"{%d:" % len(keys))
        for text, key in keys:
            self.parts.append(text)
            item = value[key]
            kind = type(item)
            try:
                (writers.get(kind) or _resolve(kind, item))(self, item)
            except StateError as error:
                raise error.under(path(key)) from None

    def _sorted(self, keys: Iterable[Any]) -> list[tuple[bytes, Any]]:
        return sorted(((self.bytes_of(key), key) for key in keys), key=lambda pair: pair[0])


def _all_text(keys: Iterable[Any]) -> bool:
    return set(map(type, keys)) <= {str}


def _text(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    return b"s%d:%b" % (len(data), data)


def _type_name(value: Any) -> bytes:
    return _text(qualified(type(value)))


def _none(walk: Walk, _value: None) -> None:
    walk.parts.append(b"N")


def _bool(walk: Walk, value: Any) -> None:
    walk.parts.append(b"T" if value else b"F")


def _int(walk: Walk, value: int) -> None:
    walk.parts.append(b"i%d;" % value)


def _float(walk: Walk, value: float) -> None:
    walk.parts.append(_double(b"f", value) if value == value else _NAN)  # noqa: PLR0124 - NaN is not itself


def _complex(walk: Walk, value: complex) -> None:
    walk.parts.append(b"c")
    _float(walk, value.real)
    _float(walk, value.imag)


def _str(walk: Walk, value: str) -> None:
    walk.parts.append(_text(value))


def _bytes(walk: Walk, value: bytes) -> None:
    walk.parts.append(b"b%d:%b" % (len(value), value))


def _bytearray(walk: Walk, value: bytearray) -> None:
    if not walk.met(value):
        walk.parts.append(b"B%d:%b" % (len(value), bytes(value)))
        walk.done(value)


def _tuple(walk: Walk, value: tuple[Any, ...]) -> None:
    walk.parts.append(b"(%d:" % len(value))
    _sequence(walk, value)


def _list(walk: Walk, value: list[Any]) -> None:
    if not walk.met(value):
        walk.parts.append(b"[%d:" % len(value))
        _sequence(walk, value)
        walk.done(value)


def _sequence(walk: Walk, value: Sequence[Any]) -> None:
    if len(value) > 16 and set(map(type, value)) == {int}:
        # The bytes that `items` would write, made in one go: generators' states are long rows of integers.
        walk.parts.append(f"i{';i'.join(map(str, value))};".encode())
    else:
        walk.items(value)


def _dict(walk: Walk, value: dict[Any, Any]) -> None:
    if not walk.met(value):
        walk.pairs(value)
        walk.done(value)


def _members(walk: Walk, value: Iterable[Any]) -> None:
    try:
        members = sorted(map(walk.bytes_of, value))
    except StateError as error:
        raise error.under("{}") from None
    walk.parts.append(b"%d:" % len(members))
    walk.parts.extend(members)


def _set(walk: Walk, value: set[Any]) -> None:
    if not walk.met(value):
        walk.parts.append(b"S")
        _members(walk, value)
        walk.done(value)


def _frozenset(walk: Walk, value: frozenset[Any]) -> None:
    walk.parts.append(b"Z")
    _members(walk, value)


def _deque(walk: Walk, value: deque[Any]) -> None:
    if not walk.met(value):
        walk.parts.append(b"D")
        walk.write(value.maxlen)
        walk.parts.append(b"[%d:" % len(value))
        walk.items(value)
        walk.done(value)


def _range(walk: Walk, value: range) -> None:
    walk.parts.append(b"r")
    walk.items((value.start, value.stop, value.step))


def _enum(walk: Walk, value: Enum) -> None:
    walk.parts.append(b"E" + _type_name(value) + _text(value.name))


def _named(walk: Walk, value: Any) -> None:
    walk.parts.append(b"C" + _text(qualified(value)))


def _function(walk: Walk, value: FunctionType) -> None:
    name = qualified(value)
    if value.__name__ == "<lambda>":
        name += f":{value.__code__.co_firstlineno}"
    walk.parts.append(b"C" + _text(name))
    if value.__closure__ and not is_importable(value) and not walk.met(value):
        walk.items(cell.cell_contents for cell in value.__closure__)
        walk.done(value)


def _method(walk: Walk, value: Any) -> None:
    if isinstance(value.__self__, ModuleType) or value.__self__ is None:
        walk.parts.append(b"C" + _text(f"{value.__module__}:{value.__name__}"))
        return
    walk.parts.append(b"M" + _text(value.__name__))
    walk.write(value.__self__)


def _module(walk: Walk, value: ModuleType) -> None:
    walk.parts.append(b"m" + _text(value.__name__))


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
        walk.parts.append(b"C" + _text(f"{type(value).__module__}:{made}"))
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


_writers: dict[type, Writer] = {
    type(None): _none,
    bool: _bool,
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    bytearray: _bytearray,
    tuple: _tuple,
    list: _list,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
    deque: _deque,
    range: _range,
    FunctionType: _function,
    MethodType: _method,
    BuiltinFunctionType: _method,
    ModuleType: _module,
}

_ATOMS = frozenset({_none, _bool, _int, _float, _complex, _str, _bytes})

_BUILT_IN = (bool, int, float, complex, str, bytes, bytearray, tuple, list, dict, set, frozenset, deque)


def _resolve(kind: type, value: Any) -> Writer:
    """Find the writer of a type met for the first time, and remember it."""
    writer = _by_meaning(kind, value) or _by_numpy(kind) or _by_structure(kind, value)
    _writers[kind] = writer
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
            return _derived(_writers[base])
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
