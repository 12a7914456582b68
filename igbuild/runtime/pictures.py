"""From what `env.render()` returns to a `render_state` for the page: pixels, or a list of shapes.

Pixels are `{"kind": "rgb", "width", "height", "pixels"}`, tight uint8 rows of 3 (red, green, blue) or 4 (and
alpha) bytes a pixel, as the last number of the buffer's shape says. They leave Python as they came: making 4
bytes of 3 takes half as long in JavaScript as in numpy.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

from igbuild.runtime.arrays import is_array
from igbuild.runtime.errors import RenderError
from igbuild.runtime.graph import numpy
from igbuild.runtime.surface import SHAPES, Surface

if TYPE_CHECKING:
    from igbuild.runtime.serialise import Buffers


def render_state(picture: Any, buffers: Buffers) -> dict[str, Any]:
    """Return the `render_state` of what an environment drew.

    Args:
        picture: a `Surface`, its list of shapes (`width` and `height` are then null: those of the canvas), or
            an RGB or RGBA frame of height x width x 3 or 4: a numpy array of uint8, of integers 0..255 or of
            floats 0..1, any buffer of three dimensions, or nested lists.
        buffers: where the pixels go.

    Raises:
        RenderError: anything else.
    """
    if isinstance(picture, Surface):
        return _drawing(picture.shapes(), picture.width, picture.height)
    if isinstance(picture, list) and all(isinstance(shape, dict) for shape in picture):
        return _drawing(_checked(picture), None, None)
    if picture is None:
        raise RenderError(
            "render() returned None; it must return a Surface, its list, or an RGB array "
            '(does the environment need render_mode = "rgb_array" in environment.kwargs?).'
        )
    memory, shape = _array_pixels(picture) if is_array(picture) else _other_pixels(picture)
    height, width, channels = shape
    if channels not in (3, 4) or not height or not width:
        raise RenderError(
            f"render() returned a frame of shape {shape}; it must be height x width x 3 (or 4)."
        )
    return {"kind": "rgb", "width": width, "height": height, "pixels": buffers.take(memory, "uint8", shape)}


def _drawing(shapes: list[dict[str, Any]], width: float | None, height: float | None) -> dict[str, Any]:
    return {"kind": "draw", "width": width, "height": height, "shapes": shapes}


def _checked(shapes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for index, shape in enumerate(shapes):
        if shape.get("shape") not in SHAPES:
            raise RenderError(
                f"render() returned a list whose item {index} is no shape: {shape!r}; draw on an "
                "igbuild.runtime.Surface and return it."
            )
    return shapes


def _array_pixels(frame: Any) -> tuple[memoryview, tuple[int, ...]]:
    np = numpy()
    if frame.ndim == 2:
        frame = np.repeat(frame[:, :, None], 3, axis=2)
    if frame.ndim != 3:
        raise RenderError(
            f"render() returned an array of shape {frame.shape}; it must be height x width x 3 (or 4)."
        )
    if frame.dtype != np.uint8:
        frame = _bytes_of(frame)
    return memoryview(np.ascontiguousarray(frame).reshape(-1)), frame.shape


def _bytes_of(frame: Any) -> Any:
    np = numpy()
    kind = frame.dtype.kind
    top = 255 if kind in "iu" else 1
    if kind not in "iufb" or not frame.size or not (frame.min() >= 0 and frame.max() <= top):
        raise RenderError(
            f"render() returned an array of {frame.dtype} with values from {frame.min()} to {frame.max()}; "
            "it must be uint8, integers 0..255 or floats 0..1."
        )
    return frame.astype(np.uint8) if top == 255 else np.rint(frame * 255.0).astype(np.uint8)


def _other_pixels(frame: Any) -> tuple[memoryview, tuple[int, ...]]:
    try:
        view = memoryview(frame)
    except TypeError:
        return _nested_pixels(frame)
    if view.shape is None or view.ndim != 3 or view.itemsize != 1:
        raise RenderError(
            f"render() returned a buffer of shape {view.shape} and {view.itemsize} bytes an item; "
            "it must be height x width x 3 (or 4) of single bytes."
        )
    return view.cast("B") if view.c_contiguous else memoryview(view.tobytes()), view.shape


def _nested_pixels(frame: Any) -> tuple[memoryview, tuple[int, ...]]:
    try:
        shape = (len(frame), len(frame[0]), len(frame[0][0]))
        data = bytes(chain.from_iterable(chain.from_iterable(frame)))
        even = all(len(row) == shape[1] and all(len(pixel) == shape[2] for pixel in row) for row in frame)
    except (TypeError, ValueError, IndexError, KeyError):
        even = False
    if isinstance(frame, str) or not even:
        kind = type(frame)
        raise RenderError(
            f"render() returned a {kind.__module__}.{kind.__qualname__} that is no picture; it must return a "
            "Surface, its list, or height x width x 3 integers 0..255."
        )
    return memoryview(data), shape
