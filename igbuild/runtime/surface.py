"""The drawing surface: what an environment's `render()` fills and returns, one complete picture at a time.

A picture is a list of plain JSON objects in pixels of the surface, y downwards; docs/drawing.md shows each.
The page draws exactly these keys; an absent key has the default in brackets.

rect     x y width height, radius (0: square corners), anchor ([0, 0]), rotation (0)
circle   x y (its centre) radius
ellipse  x y (its centre) width height (the two diameters), rotation (0)
line     points ([[x, y], ...], two or more) stroke; never filled
polygon  points (three or more; closed)
arc      x y (the centre) radius start end (degrees), pie (false: the bow alone; true: a slice to the centre)
text     x y text, size (16), font ("sans-serif"), bold (false), align ("left"), anchor ([0, 0]), rotation (0)
image    x y name, frame (of an atlas), width height (the picture's own), anchor ([0, 0]), rotation (0),
         flip_x flip_y (false), tint (none)

And each of them:

shape         one of the names above
fill          "#rrggbb" (absent: not filled); the colour of a text, which always has it
stroke        "#rrggbb" (absent: no outline), and stroke_width in pixels (1)
alpha         0 invisible to 1 opaque (1)
depth         higher is nearer the viewer; equal depths in the order of the list (0)
id            a string, unique in the picture: names the same thing in successive pictures
tween         milliseconds in which the thing moves here from where it was (0); only with id

Angles are degrees, clockwise, 0 points right. `anchor` is the point of the shape's box that lies on x y and
about which it turns: [0, 0] its top left, [0.5, 0.5] its centre.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict, cast

from igbuild.runtime import style as check
from igbuild.runtime.style import ANCHORS, Color

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Unpack

Shape: TypeAlias = dict[str, Any]

SHAPES: Final = frozenset({"rect", "circle", "ellipse", "line", "polygon", "arc", "text", "image"})


class Common(TypedDict, total=False):
    """Options of every shape."""

    alpha: float
    depth: float
    id: str | int
    tween: float


class Style(Common, total=False):
    """Options of a shape with an area; with neither `fill` nor `stroke` it is filled black."""

    fill: Color
    stroke: Color
    stroke_width: float


class Outline(Common, total=False):
    """Options of a line."""

    stroke: Color
    stroke_width: float


class Turned(Style, total=False):
    """Options of a shape that can be turned about its centre."""

    rotation: float


class Placed(Turned, total=False):
    """Options of a shape whose box is placed, and turned, by its `anchor`."""

    anchor: str | Sequence[float]


class Picture(Common, total=False):
    """Options of an image."""

    rotation: float
    anchor: str | Sequence[float]
    flip_x: bool
    flip_y: bool
    tint: Color


class Surface:
    """A picture of `width` by `height` pixels, drawn anew for each frame.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        coordinates: `"pixels"`, or `"relative"`: then x and widths are fractions of the surface's width,
            y and heights of its height, radii and text sizes of its smaller side. Stroke widths are pixels
            in both.

    Every method that draws raises ValueError for a number that is not finite, an unknown colour or option,
    or an id used twice; the message names shape and argument, and the picture stays as it was.
    """

    def __init__(
        self, width: float, height: float, coordinates: Literal["pixels", "relative"] = "pixels"
    ) -> None:
        self.width = check.positive("Surface", "width", width)
        self.height = check.positive("Surface", "height", height)
        if coordinates not in ("pixels", "relative"):
            raise ValueError(f'Surface: coordinates is "pixels" or "relative", not {coordinates!r}.')
        self.coordinates = coordinates
        relative = coordinates == "relative"
        self._across: float = self.width if relative else 1
        self._down: float = self.height if relative else 1
        self._unit = min(self._across, self._down)
        self._shapes: list[Shape] = []
        self._ids: set[str] = set()

    def __len__(self) -> int:
        return len(self._shapes)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_shapes": [], "_ids": set()}

    def __canonical__(self) -> tuple[object, ...]:
        """Tell a state hash what to see: a picture is no part of the state, so drawing never changes it."""
        return (self.width, self.height, self.coordinates)

    def clear(self) -> None:
        """Start a new picture."""
        self._shapes = []
        self._ids = set()

    def shapes(self) -> list[Shape]:
        """Return the picture so far as plain JSON data; later drawing does not change the copy."""
        return [dict(shape) for shape in self._shapes]

    to_list = shapes

    def rect(
        self, x: float, y: float, width: float, height: float, *, radius: float = 0, **style: Unpack[Placed]
    ) -> None:
        """Draw a rectangle, its top left (or `anchor`) at x, y; `radius` rounds its corners."""
        shape = self._at("rect", x, y)
        self._measure(shape, width, height)
        if radius != 0:
            shape["radius"] = check.size("rect", "radius", radius) * self._unit
        self._add(shape, style, Placed)

    def circle(self, x: float, y: float, radius: float, **style: Unpack[Style]) -> None:
        """Draw a circle around x, y."""
        shape = self._at("circle", x, y)
        shape["radius"] = check.size("circle", "radius", radius) * self._unit
        self._add(shape, style, Style)

    def ellipse(self, x: float, y: float, width: float, height: float, **style: Unpack[Turned]) -> None:
        """Draw an ellipse around x, y; `width` and `height` are its diameters before it is turned."""
        shape = self._at("ellipse", x, y)
        self._measure(shape, width, height)
        self._add(shape, style, Turned)

    def line(self, points: Iterable[Sequence[float]], **style: Unpack[Outline]) -> None:
        """Draw a line through two or more points `(x, y)`, black unless `stroke` says otherwise."""
        shape: Shape = {"shape": "line", "points": self._through("line", points, 2)}
        self._add(shape, {"stroke": "black", **style}, Outline)

    def polygon(self, points: Iterable[Sequence[float]], **style: Unpack[Style]) -> None:
        """Draw a closed polygon of three or more points `(x, y)`."""
        self._add({"shape": "polygon", "points": self._through("polygon", points, 3)}, style, Style)

    def arc(
        self,
        x: float,
        y: float,
        radius: float,
        start: float,
        end: float,
        *,
        pie: bool = False,
        **style: Unpack[Style],
    ) -> None:
        """Draw the part of a circle around x, y from `start` clockwise to `end` (degrees; 0 right, 90 down).

        With `pie` it is a slice to the centre. With neither `fill` nor `stroke` a pie is filled black, and
        a bow drawn black.
        """
        shape = self._at("arc", x, y)
        shape["radius"] = check.size("arc", "radius", radius) * self._unit
        shape["start"] = check.number("arc", "start", start)
        shape["end"] = check.number("arc", "end", end)
        if pie:
            shape["pie"] = True
        elif "fill" not in style:
            style.setdefault("stroke", "black")
        self._add(shape, style, Style)

    def text(
        self,
        x: float,
        y: float,
        text: object,
        *,
        size: float | None = None,
        font: str = "sans-serif",
        bold: bool = False,
        align: Literal["left", "center", "right"] = "left",
        **style: Unpack[Placed],
    ) -> None:
        r"""Draw `str(text)`, the top left (or `anchor`) of its box at x, y; `\n` breaks lines.

        `size` is the font's height (16 pixels unless given), `align` places the lines of one text to each
        other.
        """
        shape = self._at("text", x, y)
        shape["text"] = str(text)
        if size is not None:
            shape["size"] = check.positive("text", "size", size) * self._unit
        if font != "sans-serif":
            shape["font"] = str(font)
        if bold:
            shape["bold"] = True
        if align not in ("left", "center", "right"):
            raise ValueError(f'text: align is "left", "center" or "right", not {align!r}.')
        if align != "left":
            shape["align"] = align
        self._add(shape, {"fill": "black", **style}, Placed)

    def image(
        self,
        name: str,
        x: float,
        y: float,
        *,
        width: float | None = None,
        height: float | None = None,
        frame: str | int | None = None,
        **style: Unpack[Picture],
    ) -> None:
        """Draw the asset `name` (of an atlas the `frame`), in its own size unless given another."""
        if not isinstance(name, str) or not name:
            raise ValueError(f"image: name is the name of an asset, not {name!r}.")
        shape = self._at("image", x, y)
        shape["name"] = name
        if frame is not None:
            shape["frame"] = str(frame)
        if width is not None:
            shape["width"] = check.size("image", "width", width) * self._across
        if height is not None:
            shape["height"] = check.size("image", "height", height) * self._down
        self._add(shape, style, Picture)

    def sprite(self, atlas: str, frame: str | int, x: float, y: float, **style: Any) -> None:
        """Draw the `frame` of an `atlas`: `image()` with the frame named early."""
        self.image(atlas, x, y, frame=frame, **style)

    def _at(self, kind: str, x: float, y: float) -> Shape:
        x = check.number(kind, "x", x) * self._across
        return {"shape": kind, "x": x, "y": check.number(kind, "y", y) * self._down}

    def _measure(self, shape: Shape, width: float, height: float) -> None:
        shape["width"] = check.size(shape["shape"], "width", width) * self._across
        shape["height"] = check.size(shape["shape"], "height", height) * self._down

    def _through(self, kind: str, points: Iterable[Sequence[float]], least: int) -> list[list[float]]:
        try:
            pairs = [(x, y) for x, y in points]
        except (TypeError, ValueError):
            raise ValueError(f"{kind}: points is a list of (x, y) pairs, not {points!r}.") from None
        if len(pairs) < least:
            raise ValueError(f"{kind}: points has {len(pairs)} points; it needs {least} or more.")
        return [
            [check.number(kind, "points", x) * self._across, check.number(kind, "points", y) * self._down]
            for x, y in pairs
        ]

    def _add(self, shape: Shape, style: Any, options: Any) -> None:
        check.apply(shape, cast("dict[str, Any]", style), options.__optional_keys__)
        name = shape.get("id")
        if name is not None:
            if name in self._ids:
                raise ValueError(
                    f"{shape['shape']}: the id {name!r} is used twice in one picture. Give each thing its "
                    "own id, and call clear() before drawing the next picture."
                )
            self._ids.add(name)
        self._shapes.append(shape)


__all__ = ["ANCHORS", "SHAPES", "Color", "Shape", "Surface"]
