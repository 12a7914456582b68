"""One walk over a value that becomes canonical bytes: numbers, text, containers, and what was met before."""

from __future__ import annotations

from collections import deque
from struct import Struct
from typing import TYPE_CHECKING, Any, TypeAlias

from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Writer: TypeAlias = "Callable[[Walk, Any], None]"
Find: TypeAlias = "Callable[[type, Any], Writer]"

_NAN = b"f\x7f\xf8\x00\x00\x00\x00\x00\x00"
_double = Struct(">cd").pack


class Walk:
    """One walk over a value: the bytes so far, and the number of each container met.

    Attributes:
        parts: canonical bytes, in order.
        memo: number by id of every container met (without sharing: of those being written).
        find: gives the writer of a type that is met for the first time.
        alive: temporary objects, kept so that their ids are not used again.
    """

    __slots__ = ("alive", "find", "memo", "parts", "sharing")

    def __init__(self, memo: dict[int, int], find: Find, *, sharing: bool) -> None:
        self.parts: list[bytes] = []
        self.find = find
        self.memo = memo
        self.sharing = sharing
        self.alive: list[Any] = []

    def write(self, value: Any) -> None:
        """Append the canonical bytes of `value`."""
        kind = type(value)
        (WRITERS.get(kind) or self.find(kind, value))(self, value)

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
        writer = WRITERS.get(type(value))
        if writer in _ATOMS:
            walk = Walk({}, self.find, sharing=self.sharing)
        else:
            walk = Walk(dict(self.memo), self.find, sharing=self.sharing)
            self.alive.append(walk.alive)
        walk.write(value)
        return b"".join(walk.parts)

    def items(self, values: Iterable[Any]) -> None:
        """Append each of `values`."""
        writers = WRITERS
        for index, value in enumerate(values):
            kind = type(value)
            try:
                (writers.get(kind) or self.find(kind, value))(self, value)
            except StateError as error:
                raise error.under(step(index)) from None

    def pairs(self, value: dict[Any, Any], path: Callable[[Any], str] = step) -> None:
        """Append a dict's pairs, sorted by key: by code point if all are strings, else by canonical bytes."""
        writers = WRITERS
        try:
            keys = [(text(key), key) for key in sorted(value)] if _alltext(value) else self._sorted(value)
        except StateError as error:
            raise error.under(".keys()") from None
        self.parts.append(b"{%d:" % len(keys))
        for written, key in keys:
            self.parts.append(written)
            item = value[key]
            kind = type(item)
            try:
                (writers.get(kind) or self.find(kind, item))(self, item)
            except StateError as error:
                raise error.under(path(key)) from None

    def _sorted(self, keys: Iterable[Any]) -> list[tuple[bytes, Any]]:
        return sorted(((self.bytes_of(key), key) for key in keys), key=lambda pair: pair[0])


def _alltext(keys: Iterable[Any]) -> bool:
    return set(map(type, keys)) <= {str}


def text(value: str) -> bytes:
    """Return the canonical bytes of a string."""
    data = value.encode("utf-8", "surrogatepass")
    return b"s%d:%b" % (len(data), data)


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
    walk.parts.append(text(value))


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


WRITERS: dict[type, Writer] = {
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
}

_ATOMS = frozenset({_none, _bool, _int, _float, _complex, _str, _bytes})
