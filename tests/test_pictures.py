"""What environments draw: frames of every kind as tight bytes, drawings as lists, the rest refused."""

from __future__ import annotations

import array

import numpy as np
import pytest

from igbuild.runtime import Surface
from igbuild.runtime.errors import RenderError
from igbuild.runtime.pictures import render_state
from igbuild.runtime.serialise import Buffers

FRAME = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)


@pytest.mark.parametrize(
    "picture",
    [
        FRAME,
        FRAME.astype(np.int64),
        FRAME.astype(np.float64) / 255,
        np.asfortranarray(FRAME),
        FRAME[:, ::-1][:, ::-1],
        memoryview(FRAME),
        memoryview(bytearray(FRAME.tobytes())).cast("B", (2, 4, 3)),
        FRAME.tolist(),
        tuple(map(tuple, FRAME.tolist())),
        [*FRAME.tolist()[:1], [bytes(pixel) for pixel in FRAME[1]]],
    ],
    ids=lambda picture: type(picture).__name__,
)
def test_frames_of_every_kind_are_tight_bytes(picture):
    buffers = Buffers()
    state = render_state(picture, buffers)
    assert state == {
        "kind": "rgb",
        "width": 4,
        "height": 2,
        "pixels": {"$buffer": 0, "dtype": "uint8", "shape": [2, 4, 3]},
    }
    assert bytes(buffers[0]) == bytes(range(24))
    assert buffers[0].ndim == 1


def test_frames_with_alpha_and_grey_frames_are_pictures_too():
    buffers = Buffers()
    assert render_state(np.zeros((1, 2, 4), np.uint8), buffers)["pixels"]["shape"] == [1, 2, 4]
    assert render_state(np.array([[7, 8]], np.uint8), buffers)["pixels"]["shape"] == [1, 2, 3]
    assert bytes(buffers[1]) == b"\x07\x07\x07\x08\x08\x08"


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (None, "render() returned None"),
        ("ansi", "a builtins.str that is no picture"),
        (3, "a builtins.int that is no picture"),
        (np.zeros((2, 2, 2), np.uint8), "shape (2, 2, 2); it must be height x width x 3"),
        (np.zeros((0, 2, 3), np.uint8), "shape (0, 2, 3)"),
        (np.zeros(4, np.uint8), "array of shape (4,)"),
        (np.full((1, 1, 3), 300), "values from 300 to 300; it must be uint8"),
        (np.full((1, 1, 3), 1.5), "float64 with values from 1.5"),
        (np.full((1, 1, 3), np.nan), "values from nan"),
        (memoryview(array.array("d", [1, 2, 3])), "buffer of shape (3,) and 8 bytes"),
        ([[[1, 2, 3], [1, 2]]], "no picture"),
        ([[[1, 2, 300]]], "no picture"),
        ([{"shape": "blob"}], "item 0 is no shape"),
        ([{"x": 1}], "item 0 is no shape"),
    ],
)
def test_what_is_no_picture_is_named(picture, words):
    with pytest.raises(RenderError) as caught:
        render_state(picture, Buffers())
    assert words in str(caught.value)


def test_a_surface_and_its_list_are_drawings():
    surface = Surface(30, 20)
    surface.circle(1, 2, 3)
    shapes = [{"shape": "circle", "x": 1, "y": 2, "radius": 3, "fill": "#000000"}]
    assert render_state(surface, Buffers()) == {"kind": "draw", "width": 30, "height": 20, "shapes": shapes}
    assert render_state(surface.to_list(), Buffers())["shapes"] == shapes
