"""The drawing surface: every shape's JSON, every refusal."""

from __future__ import annotations

import json
import math
import pickle

import numpy as np
import pytest

from igbuild.runtime import Surface
from igbuild.runtime.surface import SHAPES


@pytest.fixture
def surface():
    return Surface(400, 300)


def drawn(surface):
    shapes = surface.shapes()
    assert json.loads(json.dumps(shapes)) == shapes
    return shapes


def test_each_shape_is_the_json_that_the_docs_show(surface):
    surface.rect(10, 20, 30, 40)
    surface.circle(10, 20, 5, fill="red")
    surface.ellipse(10, 20, 30, 40, stroke="blue", stroke_width=3, rotation=45)
    surface.line([(0, 0), (10, 20), (30, 0)], stroke="#abc")
    surface.polygon([(0, 0), (10, 20), (30, 0)], fill=(1, 2, 255))
    surface.arc(10, 20, 5, 0, 90, pie=True, fill="#FFFFFF")
    surface.text(10, 20, 7, size=12, font="serif", bold=True, align="center", anchor="center")
    surface.image("tree", 10, 20, width=5, height=6, frame=3, flip_x=True, tint="green", rotation=90)
    assert drawn(surface) == [
        {"shape": "rect", "x": 10, "y": 20, "width": 30, "height": 40, "fill": "#000000"},
        {"shape": "circle", "x": 10, "y": 20, "radius": 5, "fill": "#ff0000"},
        {
            "shape": "ellipse",
            "x": 10,
            "y": 20,
            "width": 30,
            "height": 40,
            "stroke": "#0000ff",
            "stroke_width": 3,
            "rotation": 45,
        },
        {"shape": "line", "points": [[0, 0], [10, 20], [30, 0]], "stroke": "#aabbcc"},
        {"shape": "polygon", "points": [[0, 0], [10, 20], [30, 0]], "fill": "#0102ff"},
        {
            "shape": "arc",
            "x": 10,
            "y": 20,
            "radius": 5,
            "start": 0,
            "end": 90,
            "pie": True,
            "fill": "#ffffff",
        },
        {
            "shape": "text",
            "x": 10,
            "y": 20,
            "text": "7",
            "size": 12,
            "font": "serif",
            "bold": True,
            "align": "center",
            "fill": "#000000",
            "anchor": [0.5, 0.5],
        },
        {
            "shape": "image",
            "x": 10,
            "y": 20,
            "name": "tree",
            "frame": "3",
            "width": 5,
            "height": 6,
            "flip_x": True,
            "tint": "#008000",
            "rotation": 90,
        },
    ]
    assert {shape["shape"] for shape in drawn(surface)} == SHAPES


def test_common_options_are_written_only_where_they_are_not_the_default(surface):
    surface.circle(1, 2, 3, alpha=1, depth=0, tween=0, id=None)
    surface.circle(1, 2, 3, alpha=0.5, depth=-1, tween=80, id=7)
    plain, styled = drawn(surface)
    assert set(plain) == {"shape", "x", "y", "radius", "fill"}
    assert {key: styled[key] for key in ("alpha", "depth", "tween", "id")} == {
        "alpha": 0.5,
        "depth": -1,
        "tween": 80,
        "id": "7",
    }


def test_a_bow_without_style_is_drawn_and_a_pie_is_filled(surface):
    surface.arc(0, 0, 5, 0, 90)
    surface.arc(0, 0, 5, 0, 90, pie=True)
    bow, pie = drawn(surface)
    assert (bow.get("stroke"), bow.get("fill")) == ("#000000", None)
    assert (pie.get("stroke"), pie.get("fill")) == (None, "#000000")


def test_relative_coordinates_become_pixels():
    surface = Surface(400, 200, coordinates="relative")
    surface.rect(0.5, 0.5, 0.25, 0.25, radius=0.1, stroke="red", stroke_width=2)
    surface.text(0, 1, "x", size=0.1)
    surface.line([(0, 0), (1, 1)])
    surface.image("tree", 1, 1, width=0.5, height=0.5)
    rect, text, line, image = drawn(surface)
    assert [rect[key] for key in ("x", "y", "width", "height", "radius", "stroke_width")] == [
        200,
        100,
        100,
        50,
        20,
        2,
    ]
    assert (text["y"], text["size"]) == (200, 20)
    assert line["points"] == [[0, 0], [400, 200]]
    assert (image["width"], image["height"]) == (200, 100)


def test_a_sprite_is_an_image_with_a_frame(surface):
    surface.sprite("tiles", "wall", 1, 2, depth=3)
    assert drawn(surface) == [
        {"shape": "image", "x": 1, "y": 2, "name": "tiles", "frame": "wall", "depth": 3}
    ]


def test_numpy_numbers_and_arrays_are_numbers(surface):
    surface.rect(np.float32(0.5), np.int64(2), 3, 4, fill=np.array([1, 2, 3]))
    surface.line(np.array([[0, 1], [2, 3]]))
    assert drawn(surface)[0]["fill"] == "#010203"
    assert drawn(surface)[1]["points"] == [[0, 1], [2, 3]]


def test_clear_begins_a_new_picture_and_shapes_are_copies(surface):
    surface.circle(1, 2, 3, id="ball")
    before = surface.shapes()
    surface.clear()
    assert (len(surface), surface.to_list(), len(before)) == (0, [], 1)
    surface.circle(1, 2, 3, id="ball")


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda s: s.rect(math.nan, 0, 1, 1), "rect: x is nan; it must be finite"),
        (lambda s: s.rect(0, math.inf, 1, 1), "rect: y is inf"),
        (lambda s: s.rect("1", 0, 1, 1), "rect: x is a number, not '1'"),
        (lambda s: s.rect(x=True, y=0, width=1, height=1), "rect: x is a number, not True"),
        (lambda s: s.rect(0, 0, -1, 1), "rect: width is -1; it must not be negative"),
        (lambda s: s.circle(0, 0, -1), "circle: radius is -1"),
        (lambda s: s.circle(0, 0, 1, fill="gren"), 'Did you mean "green"'),
        (lambda s: s.circle(0, 0, 1, fill="#12"), "is a colour"),
        (lambda s: s.circle(0, 0, 1, fill=(1, 2)), "is a colour"),
        (lambda s: s.circle(0, 0, 1, fill=(1, 2, 256)), "is a colour"),
        (lambda s: s.circle(0, 0, 1, colour="red"), "there is no option 'colour'"),
        (lambda s: s.circle(0, 0, 1, strok="red"), 'Did you mean "stroke"'),
        (lambda s: s.circle(0, 0, 1, alpha=1.5), "alpha is 0 (invisible) to 1 (opaque)"),
        (lambda s: s.circle(0, 0, 1, tween=100), "tween needs an id"),
        (lambda s: s.circle(0, 0, 1, tween=-1, id=1), "tween is -1"),
        (lambda s: s.circle(0, 0, 1, id=1.5), "id is a string or an integer"),
        (lambda s: s.circle(0, 0, 1, stroke="red", stroke_width=0), "stroke_width is 0; it must be more"),
        (lambda s: s.line([(0, 0)]), "line: points has 1 points; it needs 2 or more"),
        (lambda s: s.line([(0, 0), (1, 1)], fill="red"), "no option 'fill'"),
        (lambda s: s.polygon([(0, 0), (1, 1)]), "polygon: points has 2 points; it needs 3"),
        (lambda s: s.polygon(3), "polygon: points is a list of (x, y) pairs"),
        (lambda s: s.polygon([(0, 0), (1, 1), (1, math.nan)]), "polygon: points is nan"),
        (lambda s: s.text(0, 0, "x", align="middle"), "text: align is"),
        (lambda s: s.text(0, 0, "x", anchor="middle"), "anchor is a pair (x, y) or one of top-left"),
        (lambda s: s.text(0, 0, "x", size=0), "text: size is 0; it must be more than 0"),
        (lambda s: s.image("", 0, 0), "image: name is the name of an asset"),
        (lambda s: s.image("a", 0, 0, flip_x=3), "flip_x is true or false"),
        (lambda s: Surface(0, 10), "Surface: width is 0"),
        (lambda s: Surface(10, 10, "percent"), 'Surface: coordinates is "pixels" or "relative"'),
    ],
)
def test_a_mistake_is_named_and_the_picture_stays(surface, draw, words):
    surface.circle(1, 1, 1, id="before")
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are the check
        draw(surface)
    assert words in str(caught.value)
    assert len(surface) == 1


def test_an_id_is_used_once_in_a_picture(surface):
    surface.circle(1, 2, 3, id="ball")
    with pytest.raises(ValueError, match="id 'ball' is used twice"):
        surface.rect(1, 2, 3, 4, id="ball")


def test_a_picture_is_no_part_of_a_state(surface):
    surface.circle(1, 2, 3, id="ball")
    again = pickle.loads(pickle.dumps(surface))
    assert len(again) == 0
    again.circle(1, 2, 3, id="ball")
