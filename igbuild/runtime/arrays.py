"""numpy's values in the forms that JavaScript and the hash need; numpy itself is never imported."""

from __future__ import annotations

from typing import Any

from igbuild.runtime.graph import numpy

_EXACT = 2**53


def is_array(value: Any) -> bool:
    """Tell whether `value` is a numpy array."""
    np = numpy()
    return np is not None and isinstance(value, np.ndarray)


def flat_numbers(array: Any) -> bytes | None:
    """Return the canonical dtype, shape and data of a numeric array; None for one that holds no numbers.

    Integers of any width are 64-bit, as numpy's default integer has 32 bits in the browser and 64 outside
    it. Floats keep their width, with one NaN.
    """
    kind = array.dtype.kind
    if kind in "iub":
        dtype, target = kind, f"<{'u' if kind == 'u' else 'i'}8" if kind != "b" else "|u1"
    elif kind in "fc" and array.dtype.name in ("float16", "float32", "float64", "complex64", "complex128"):
        dtype = target = f"<{kind}{array.dtype.itemsize}"
    elif kind in "mM":
        dtype, target = array.dtype.str[1:], "<i8"
    else:
        return None
    data = array.astype(target, order="C")
    if kind in "fc":
        _one_nan(data)
    shape = ",".join(map(str, array.shape))
    return b"%b(%b)%b" % (dtype.removeprefix("<").encode(), shape.encode(), data.tobytes())


def _one_nan(data: Any) -> None:
    np = numpy()
    parts = data.reshape(-1).view(data.real.dtype) if data.dtype.kind == "c" else data
    missing = np.isnan(parts)
    if missing.any():
        parts[missing] = np.nan


def to_buffer(array: Any) -> tuple[memoryview, str, list[int]] | None:
    """Return flat memory for a JavaScript TypedArray with its dtype and shape; None where there is none.

    Booleans become bytes, and keep the name of their dtype; half floats become float32. 64-bit integers
    become int32 or float64, whichever holds them exactly: JavaScript's own 64-bit integers are not numbers.
    """
    np = numpy()
    kind, size = array.dtype.kind, array.dtype.itemsize
    name = "bool" if kind == "b" else None
    if kind == "b":
        array = array.view(np.uint8)
    elif kind == "f" and size == 2:
        array = array.astype(np.float32)
    elif kind in "iu" and size == 8:
        if array.size and (array.max() > _EXACT or array.min() < -_EXACT):
            return None
        narrow = not array.size or (array.max() < 2**31 and array.min() >= -(2**31))
        array = array.astype(np.int32 if narrow else np.float64)
    elif not (kind in "iu" or (kind == "f" and size in (4, 8))):
        return None
    array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("="))
    memory = memoryview(array.reshape(-1)).cast("B").cast(array.dtype.char if array.size else "B")
    return memory, name or array.dtype.name, list(array.shape)
