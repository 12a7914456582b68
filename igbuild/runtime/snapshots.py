"""States that stay in this process: pickled, but never by what an object's class would rather pickle.

References to the environment's own layers, to spaces, functions, classes and modules are kept as references,
so a restored state belongs to the same environment. Generators are put back in place, and arrays that share
memory share it again. The bytes never leave the process and are never read from outside.
"""

from __future__ import annotations

from io import BytesIO
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from igbuild.runtime.arrays import is_array
from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import attributes, is_constant, is_importable, numpy, remembered, step
from igbuild.runtime.randomness import get_state, is_generator, set_state

try:
    # The C module alone: the Python one around it is large, and its fallbacks are not needed.
    from _pickle import Pickler, Unpickler
except ImportError:
    from pickle import Pickler, Unpickler

if TYPE_CHECKING:
    from collections.abc import Sequence

_SHARED_UP_TO = 2**20
"""Bytes. A view of a larger array is saved as an array of its own: it is more likely a cut of a big table
than the second name of something that moves."""


class Snapshot:
    """A value as it was when the snapshot was taken.

    Args:
        value: what to keep.
        roots: objects that stay themselves: only references to them are kept.

    Raises:
        StateError: something that cannot be kept, naming its path.
    """

    __slots__ = ("_data", "_kept")

    def __init__(self, value: Any, roots: Sequence[Any] = ()) -> None:
        self._kept: list[Any] = list(roots)
        try:
            self._data = _dump(value, self._kept)
        except Exception as error:
            raise _blame(value, error, list(roots)) from None

    def __len__(self) -> int:
        return len(self._data)

    def value(self) -> Any:
        """Return the value, made anew; generators it holds are put back into their states."""
        return _Unpickler(BytesIO(self._data), self._kept).load()


def _dump(value: Any, kept: list[Any]) -> bytes:
    file = BytesIO()
    _Pickler(file, kept).dump(value)
    return file.getvalue()


class _Pickler(Pickler):
    def __init__(self, file: BytesIO, kept: list[Any]) -> None:
        super().__init__(file, protocol=5)
        self._kept = kept
        self._numbers = {id(item): number for number, item in enumerate(kept)}

    def reducer_override(self, value: Any) -> Any:  # noqa: PLR0911 - one line for each kind of value
        if id(value) in self._numbers or is_constant(value):
            return self._keep(value)
        if isinstance(value, (FunctionType, type)) and is_importable(value):
            return NotImplemented
        if isinstance(value, (FunctionType, ModuleType, type)):
            _refuse_hidden_state(value, self._kept)
            return self._keep(value)
        if is_generator(value):
            number = len(self._kept)
            self._kept.append(get_state(value))
            return (*self._keep(value), number, None, None, _put_back)
        if is_array(value):
            return _shared_memory(value)
        if any(base.__name__ == "EzPickle" for base in type(value).__mro__):
            return _blank, (type(value),), attributes(value), None, None, _fill
        return NotImplemented

    def _keep(self, value: Any) -> tuple[Any, tuple[int]]:
        if id(value) not in self._numbers:
            self._numbers[id(value)] = len(self._kept)
            self._kept.append(value)
        return _fetch, (self._numbers[id(value)],)


class _Unpickler(Unpickler):
    def __init__(self, file: BytesIO, kept: list[Any]) -> None:
        super().__init__(file)
        self._kept = kept

    def find_class(self, module: str, name: str) -> Any:
        if module == __name__ and name == "_fetch":
            return self._kept.__getitem__
        if module == __name__ and name == "_put_back":
            return lambda generator, number: set_state(generator, self._kept[number])
        return super().find_class(module, name)


def _fetch(number: int) -> Any:
    """Stand for `kept[number]` in the pickle; `_Unpickler` puts the list in."""
    raise StateError(f"the reference {number} is of no use outside its snapshot")


def _put_back(_generator: Any, number: int) -> None:
    """Stand for putting a generator back into the state `kept[number]`, as `_fetch` does."""
    _fetch(number)


def _blank(kind: Any) -> Any:
    return kind.__new__(kind)


def _fill(value: Any, own: dict[str, Any]) -> None:
    for name, item in own.items():
        object.__setattr__(value, name, item)


def _shared_memory(array: Any) -> Any:
    """Reduce a view to the array it is a view of, so that both still share memory when restored."""
    base = array.base
    if (
        not is_array(base)
        or type(array) is not type(base)
        or base.nbytes > _SHARED_UP_TO
        or not base.flags.c_contiguous
        or base.dtype.hasobject
    ):
        return NotImplemented
    offset = array.__array_interface__["data"][0] - base.__array_interface__["data"][0]
    return _view, (base, array.dtype, array.shape, array.strides, offset)


def _view(base: Any, dtype: Any, shape: Any, strides: Any, offset: int) -> Any:
    return numpy().ndarray(shape, dtype, buffer=base, offset=offset, strides=strides)


def _refuse_hidden_state(value: Any, kept: list[Any]) -> None:
    """Refuse a function that remembers something that changes: keeping a reference would not keep that."""
    name = remembered(value, kept) if isinstance(value, FunctionType) else None
    if name is not None:
        raise StateError(
            f"the function {value.__qualname__} remembers {name!r}, which cannot be saved with it; "
            "make it an attribute, or give the environment get_state() and set_state()"
        )


def _blame(value: Any, error: Exception, roots: list[Any]) -> StateError:
    """Find the innermost part of `value` that cannot be pickled."""
    seen: set[int] = set()
    path = ""
    while True:
        seen.add(id(value))
        for name, part in _parts(value):
            if id(part) in seen:
                continue
            try:
                _dump(part, list(roots))
            except Exception as deeper:
                value, error, path = part, deeper, path + name
                break
        else:
            break
    if isinstance(error, StateError):
        return error.under(path)
    kind = type(value)
    return StateError(
        f"a {kind.__module__}.{kind.__qualname__} cannot be saved ({error}); keep it out of the "
        "environment's attributes, or give the environment get_state() and set_state()"
    ).under(path)


def _parts(value: Any) -> list[tuple[str, Any]]:
    if isinstance(value, dict):
        return [(step(key), item) for key, item in value.items()]
    if isinstance(value, (list, tuple, set, frozenset)):
        return [(step(index), item) for index, item in enumerate(value)]
    return [(f".{name}", item) for name, item in attributes(value).items()]
