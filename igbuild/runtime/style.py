"""Checks and normal forms of what a shape is drawn with: numbers, colours, anchors, options.

Every check takes the shape's and the argument's name and raises ValueError naming both.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Color: TypeAlias = "str | tuple[int, int, int]"

COLORS: Final = {
    "black": "#000000",
    "white": "#ffffff",
    "gray": "#808080",
    "grey": "#808080",
    "lightgray": "#d3d3d3",
    "lightgrey": "#d3d3d3",
    "darkgray": "#a9a9a9",
    "darkgrey": "#a9a9a9",
    "silver": "#c0c0c0",
    "red": "#ff0000",
    "darkred": "#8b0000",
    "maroon": "#800000",
    "orange": "#ffa500",
    "gold": "#ffd700",
    "yellow": "#ffff00",
    "olive": "#808000",
    "lime": "#00ff00",
    "green": "#008000",
    "darkgreen": "#006400",
    "lightgreen": "#90ee90",
    "teal": "#008080",
    "cyan": "#00ffff",
    "aqua": "#00ffff",
    "skyblue": "#87ceeb",
    "lightblue": "#add8e6",
    "blue": "#0000ff",
    "navy": "#000080",
    "indigo": "#4b0082",
    "purple": "#800080",
    "magenta": "#ff00ff",
    "violet": "#ee82ee",
    "pink": "#ffc0cb",
    "brown": "#a52a2a",
    "tan": "#d2b48c",
}

ANCHORS: Final[dict[str, list[float]]] = {
    "top-left": [0, 0],
    "top": [0.5, 0],
    "top-right": [1, 0],
    "left": [0, 0.5],
    "center": [0.5, 0.5],
    "right": [1, 0.5],
    "bottom-left": [0, 1],
    "bottom": [0.5, 1],
    "bottom-right": [1, 1],
}

_HEX: Final = frozenset("0123456789abcdefABCDEF")


def number(shape: str, name: str, value: Any) -> float:
    """Return `value` (Python's or numpy's) as a finite int or float."""
    if type(value) is int:
        return value
    if type(value) is not float:
        try:
            if isinstance(value, (bool, str, bytes)):
                raise TypeError
            value = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"{shape}: {name} is a number, not {value!r}.") from None
    if not math.isfinite(value):
        raise ValueError(f"{shape}: {name} is {value!r}; it must be finite.")
    return float(value)


def size(shape: str, name: str, value: Any) -> float:
    """Return `value` as a number of 0 or more."""
    checked = number(shape, name, value)
    if checked < 0:
        raise ValueError(f"{shape}: {name} is {value!r}; it must not be negative.")
    return checked


def positive(shape: str, name: str, value: Any) -> float:
    """Return `value` as a number above 0."""
    checked = number(shape, name, value)
    if checked <= 0:
        raise ValueError(f"{shape}: {name} is {value!r}; it must be more than 0.")
    return checked


def color(shape: str, name: str, value: Any) -> str:
    """Return a colour (a name, `#rgb`, `#rrggbb`, or three integers 0..255) as `#rrggbb`."""
    if isinstance(value, str):
        if value.startswith("#") and _HEX.issuperset(value[1:]):
            if len(value) == 7:
                return value.lower()
            if len(value) == 4:
                return "#" + "".join(digit * 2 for digit in value[1:].lower())
        if value.lower() in COLORS:
            return COLORS[value.lower()]
    else:
        try:
            red, green, blue = (int(part) for part in value if part == int(part) and 0 <= part <= 255)
        except (TypeError, ValueError, OverflowError):
            pass
        else:
            return f"#{red:02x}{green:02x}{blue:02x}"
    raise ValueError(
        f'{shape}: {name} is a colour ("#rrggbb", three integers 0..255, or a name), not {value!r}.'
        + _did_you_mean(value, COLORS)
    )


def _alpha(shape: str, name: str, value: Any) -> float:
    checked = number(shape, name, value)
    if not 0 <= checked <= 1:
        raise ValueError(f"{shape}: {name} is 0 (invisible) to 1 (opaque), not {value!r}.")
    return checked


def _anchor(shape: str, name: str, value: Any) -> list[float]:
    if isinstance(value, str) and value in ANCHORS:
        return ANCHORS[value]
    try:
        if isinstance(value, str):
            raise TypeError
        x, y = value
    except (TypeError, ValueError):
        raise ValueError(
            f"{shape}: {name} is a pair (x, y) or one of {', '.join(ANCHORS)}, not {value!r}."
        ) from None
    return [number(shape, name, x), number(shape, name, y)]


def _id(shape: str, name: str, value: Any) -> str:
    if not isinstance(value, (str, int)) or value == "":
        raise ValueError(f"{shape}: {name} is a string or an integer, not {value!r}.")
    return str(value)


def _flag(shape: str, name: str, value: Any) -> bool:
    if value not in (True, False):
        raise ValueError(f"{shape}: {name} is true or false, not {value!r}.")
    return bool(value)


# Each option: its check, and the default that is left out of the JSON (None: always written).
_OPTIONS: Final[dict[str, tuple[Callable[[str, str, Any], Any], Any]]] = {
    "fill": (color, None),
    "stroke": (color, None),
    "stroke_width": (positive, 1),
    "rotation": (number, 0),
    "anchor": (_anchor, [0, 0]),
    "flip_x": (_flag, False),
    "flip_y": (_flag, False),
    "tint": (color, None),
    "alpha": (_alpha, 1),
    "depth": (number, 0),
    "id": (_id, None),
    "tween": (size, 0),
}


def apply(shape: dict[str, Any], style: dict[str, Any], allowed: Collection[str]) -> None:
    """Put the checked `style` into `shape`, leaving out what is the default."""
    kind = shape["shape"]
    for name, value in style.items():
        if name not in allowed:
            raise ValueError(f"{kind}: there is no option {name!r}.{_did_you_mean(name, allowed)}")
        if value is None:
            continue
        checker, default = _OPTIONS[name]
        checked = checker(kind, name, value)
        if checked != default:
            shape[name] = checked
    if "fill" in allowed and "fill" not in shape and "stroke" not in shape:
        shape["fill"] = "#000000"
    if "tween" in shape and "id" not in shape:
        raise ValueError(f"{kind}: tween needs an id, which says where the thing was before.")


def _did_you_mean(text: Any, known: Collection[str]) -> str:
    if not isinstance(text, str):
        return ""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    near = get_close_matches(text.lower(), list(known), 1)
    return f' Did you mean "{near[0]}"?' if near else f" There are: {', '.join(sorted(known))}."
