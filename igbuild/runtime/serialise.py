"""JSON for the boundary between Python and JavaScript: one `json.dumps`, and escapes for what JSON loses.

`{"$float": "nan"}` (`inf`, `-inf`, `-0.0`), `{"$int": "12345678901234567890"}` beyond 2**53, `{"$buffer": i,
"dtype", "shape"}` for an array that crosses as memory, and `{"$dict": [[key, value], ...]}` for a dict that
has one of these keys of its own. The same escapes are spoken by templates/worker/wire.js. Dict keys become
text, as in JSON. What needs none of it costs nothing: the text is searched, not the value.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, Final

from igbuild.runtime.arrays import is_array, to_buffer

try:
    from pyodide.ffi import to_js
except ImportError:  # outside the browser

    def to_js(value: Any) -> Any:
        """Stand for Pyodide's conversion: a copy of memory, and everything else as it is."""
        if not isinstance(value, memoryview):
            return value
        code: Any = value.format
        return memoryview(bytes(value)).cast(code)


__all__ = ["MARKS", "Buffer", "Buffers", "dumps", "loads", "safe_serialize", "to_js"]

MARKS: Final = frozenset({"$float", "$int", "$buffer", "$dict"})

_EXACT = 2**53 - 1
_MARKED = re.compile(r'"\$(?:float|int|buffer|dict)"')
_NO_TEXT = re.compile(r'"(?:-?\d[^"]*|true|false|null)":')
"""A key that may have been no string, and so may have become the same text as another."""
_LONG = re.compile(r"(?<![.\d])\d{16}")


class Buffer(dict[str, Any]):
    """The place of an array in the JSON: `{"$buffer": number, "dtype", "shape"}`."""


class Buffers(list[Any]):
    """The arrays of one answer, in the order of their numbers: TypedArrays, natively flat memoryviews.

    Each is a copy, made when it is taken: what an environment does to its arrays later is not seen.
    """

    def take(self, memory: memoryview, dtype: str, shape: Sequence[int]) -> Buffer:
        """Copy flat memory and return its place."""
        self.append(to_js(memory))
        return Buffer({"$buffer": len(self) - 1, "dtype": dtype, "shape": list(shape)})

    def add(self, array: Any) -> Any:
        """Take a numpy array and return its place; nested lists if JavaScript has no such memory."""
        made = to_buffer(array) if array.ndim else None
        if made is None:
            return array.tolist()
        return self.take(*made)

    def pack(self, value: Any) -> Any:
        """Replace every numpy array in nested dicts, lists and tuples by its place."""
        if is_array(value):
            return self.add(value)
        if isinstance(value, dict):
            return {key: self.pack(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.pack(item) for item in value]
        return value


def dumps(value: Any, buffers: Buffers | None = None) -> str:
    """Return `value` as JSON text with the escapes above.

    Args:
        value: dicts, lists, tuples, sets, strings, numbers, numpy arrays (as nested lists) and scalars,
            enums (by value), dataclasses, bytes (as a list of integers), paths.
        buffers: where arrays that `value` holds the places of are kept.

    Raises:
        TypeError: a value of another type.
        ValueError: a dict two of whose keys become the same text.
    """
    try:
        text = _encode(value)
    except (ValueError, TypeError):
        # A float that is not finite, or a key that is no text.
        return _encode(safe_serialize(value))
    if len(_MARKED.findall(text)) != len(buffers or ()) or _LONG.search(text) or _NO_TEXT.search(text):
        return _encode(safe_serialize(value))
    return text


def safe_serialize(value: Any) -> Any:
    """Return `value` as plain JSON data that `json.dumps` writes and every JSON parser reads without loss.

    Takes what `dumps` takes, and raises likewise.
    """
    if value is None or isinstance(value, (bool, Buffer)):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, (int, float)):
        return _number(value)
    if isinstance(value, dict):
        pairs = [[_key(key), safe_serialize(item)] for key, item in value.items()]
        made = dict(pairs)
        if len(made) < len(pairs):
            raise _twice(value)
        return {"$dict": pairs} if made.keys() & MARKS else made
    if isinstance(value, (list, tuple)):
        return [safe_serialize(item) for item in value]
    return safe_serialize(_plain(value))


def _number(value: float) -> Any:
    if isinstance(value, int):
        return int(value) if -_EXACT <= value <= _EXACT else {"$int": str(int(value))}
    return float(value) if math.isfinite(value) else {"$float": str(float(value))}


def loads(text: str) -> Any:
    """Read JSON text that JavaScript wrote with the escapes above."""
    return json.loads(text, object_hook=_revive if '"$' in text else None)


def _revive(value: dict[str, Any]) -> Any:
    if len(value) != 1:
        return value
    [(mark, content)] = value.items()
    if mark == "$float":
        return float(content)
    if mark == "$int":
        return int(content)
    return dict(content) if mark == "$dict" else value


def _key(key: Any) -> str:
    if isinstance(key, Enum):
        key = key.value
    if isinstance(key, bool) or key is None:
        return json.dumps(key)
    return str(key)


def _twice(value: dict[Any, Any]) -> ValueError:
    """Return the error of a dict in which two keys become the same text."""
    first: dict[str, Any] = {}
    for key in value:
        other = first.setdefault(_key(key), key)
        if other is not key:
            break
    return ValueError(
        f"a dict has the keys {other!r} and {key!r}, which are both {_key(key)!r} in JSON; "
        "use keys that differ as text"
    )


def _plain(value: Any) -> Any:  # noqa: PLR0911 - one line for each kind of value
    """Return a value one step nearer to JSON."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, (set, frozenset)):
        return sorted((safe_serialize(item) for item in value), key=json.dumps)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return list(bytes(value))
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Iterable) and hasattr(value, "__len__"):
        return list(value)
    if isinstance(value, complex):
        return [value.real, value.imag]
    kind = type(value)
    raise TypeError(
        f"a {kind.__module__}.{kind.__qualname__} cannot cross to the page; "
        "use numbers, strings, lists, dicts or numpy arrays"
    )


_encode = json.JSONEncoder(allow_nan=False, default=_plain, separators=(",", ":")).encode
