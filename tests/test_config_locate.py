"""Places of keys and values in TOML texts of every shape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import tomli
from hypothesis import given
from hypothesis import strategies as st

from igbuild.config.locate import Locations

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = '''\
title = "x"  # a comment with = and [brackets]
"quoted key" = 1
'single.quoted' = 2
site."example.org".port = 80

[game]
fps = 30
  indented = true

[a.b]
list = [1, "two, ]", [3, 4],   # comment with ]
  5,
]
inline = { x = 1, "y z" = [ { k = 2 } ], deep.key = 3 }
text = """
many = "lines" \\"""
[not.a.table]
"""
raw = \'\'\'
\'\'quotes\'\' = \'\'\'
after = 1979-05-27 07:32:00

[[items]]
name = "first"

[[items]]
name = "second"
[items.detail]
size = 1
[[items.parts]]
n = 1
[[items.parts]]
n = 2
'''

KEYS = {
    ("title",): (1, 1),
    ("quoted key",): (2, 1),
    ("single.quoted",): (3, 1),
    ("site",): (4, 1),
    ("site", "example.org"): (4, 6),
    ("site", "example.org", "port"): (4, 20),
    ("game",): (6, 1),
    ("game", "indented"): (8, 3),
    ("a",): (10, 1),
    ("a", "b"): (10, 1),
    ("a", "b", "inline", "x"): (14, 12),
    ("a", "b", "inline", "y z"): (14, 19),
    ("a", "b", "inline", "y z", 0, "k"): (14, 31),
    ("a", "b", "inline", "deep", "key"): (14, 47),
    ("a", "b", "after"): (21, 1),
    ("items",): (23, 1),
    ("items", 0): (23, 1),
    ("items", 1): (26, 1),
    ("items", 1, "name"): (27, 1),
    ("items", 1, "detail"): (28, 1),
    ("items", 1, "parts", 1): (32, 1),
    ("items", 1, "parts", 1, "n"): (33, 1),
}
VALUES = {
    ("title",): (1, 9),
    ("site", "example.org", "port"): (4, 27),
    ("game", "fps"): (7, 7),
    ("a", "b", "list"): (11, 8),
    ("a", "b", "list", 0): (11, 9),
    ("a", "b", "list", 1): (11, 12),
    ("a", "b", "list", 2, 1): (11, 26),
    ("a", "b", "list", 3): (12, 3),
    ("a", "b", "inline", "y z", 0): (14, 29),
    ("a", "b", "inline", "deep", "key"): (14, 53),
    ("a", "b", "text"): (15, 8),
    ("a", "b", "raw"): (19, 7),
    ("a", "b", "after"): (21, 9),
    ("items", 1, "detail", "size"): (29, 8),
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_keys_and_values_are_found_where_they_stand(newline: str) -> None:
    tomli.loads(TEXT)
    locations = Locations(TEXT.replace("\n", newline))
    assert {path: tuple(locations.key(path)) for path in KEYS} == KEYS
    assert {path: tuple(locations.value(path)) for path in VALUES} == VALUES


def test_what_is_not_there_is_looked_for_at_what_holds_it() -> None:
    locations = Locations(TEXT)
    assert locations.key(("game", "width")) == (6, 1)
    assert locations.value(("items", 1, "detail", "color", "red")) == (28, 1)
    assert locations.key(("nothing",)) == (1, 1)
    assert Locations("").value(("a",)) == (1, 1)


def test_columns_count_characters_not_bytes() -> None:
    assert Locations('x = { "ä€😀" = 1, y = 2 }').key(("x", "y")) == (1, 18)


# TOML in general: whatever tomli reads, the scanner walks to its end and finds every key and value.
_words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=6)
_scalars = st.integers() | st.booleans() | _words.map(lambda text: text + '"#]}') | st.floats(allow_nan=False)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words, inner, max_size=3),
    max_leaves=8,
)


def _write(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case list():
            return "[" + ", # comment ]\n".join(map(_write, value)) + "\n]"
        case dict():
            return "{ " + ", ".join(f"{_write(key)} = {_write(part)}" for key, part in value.items()) + " }"
    return repr(value)


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield (*path, key), part
        yield from _paths(part, (*path, key))


@given(st.dictionaries(_words, _values, max_size=4))
def test_any_document_is_walked_to_its_end(data: dict[str, Any]) -> None:
    text = "".join(f"{_write(key)} = {_write(value)}\n" for key, value in data.items())
    assert tomli.loads(text) == data
    lines = text.split("\n")
    locations = Locations(text)
    for path, value in _paths(data):
        line, column = locations.value(path)
        assert lines[line - 1][column - 1 :].startswith(_write(value).split("\n")[0])
