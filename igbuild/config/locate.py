"""Where in a TOML text each key and value stands.

A TOML reader keeps values and forgets places. This scanner keeps places and skips values; it reads texts that
tomli has already accepted, so it never has to judge one.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple, TypeAlias

import tomli

KeyPath: TypeAlias = tuple[str | int, ...]

_BLANK: Final = re.compile(r"(?:[ \t\n]+|#[^\n]*)*")
_SPACE: Final = re.compile(r"[ \t]*")
_BARE_KEY: Final = re.compile(r"[^\s.=\]\"']+")
_BARE_VALUE: Final = re.compile(r"[^,\]}#\n]+")
_STRINGS: Final = (
    re.compile(r'"""(?:[^\\]|\\.)*?"""(?:"{0,2})', re.DOTALL),
    re.compile(r"'''.*?'''(?:'{0,2})", re.DOTALL),
    re.compile(r'"(?:[^"\\\n]|\\.)*"'),
    re.compile(r"'[^'\n]*'"),
)


class Place(NamedTuple):
    """A position in a text: 1-based line, and 1-based column in characters."""

    line: int
    column: int


class Locations:
    """Places of the keys and values of a TOML text, by key path, as `("game", "fps")` or `("items", 0)`."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")
        scanner = _Scanner(self._text)
        scanner.document()
        self._keys = scanner.keys
        self._values = scanner.values

    def key(self, path: KeyPath) -> Place:
        """Return where a key stands (a table: its header), or else the nearest thing that holds it."""
        return self._nearest(path, self._keys)

    def value(self, path: KeyPath) -> Place:
        """Return where the value of a key stands, or else the nearest thing that holds it."""
        if path in self._values:
            return self._place(self._values[path])
        return self.key(path)

    def _nearest(self, path: KeyPath, index: dict[KeyPath, int]) -> Place:
        while path and path not in index:
            path = path[:-1]
        return self._place(index[path]) if path else Place(1, 1)

    def _place(self, offset: int) -> Place:
        before = self._text.rfind("\n", 0, offset)
        return Place(self._text.count("\n", 0, offset) + 1, offset - before)


class _Scanner:
    """One pass over the text, noting the offset of every key and value."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.keys: dict[KeyPath, int] = {}
        self.values: dict[KeyPath, int] = {}
        self._last_of_array: dict[KeyPath, int] = {}

    def document(self) -> None:
        table: KeyPath = ()
        self._skip(_BLANK)
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._key_value(table)
            self._skip(_BLANK)

    def _header(self) -> KeyPath:
        start = self.at
        brackets = 2 if self.text.startswith("[[", start) else 1
        self.at += brackets
        parts = [name for name, _ in self._key()]
        self.at += brackets
        path: KeyPath = ()
        for name in parts[:-1]:
            path = self._enter((*path, name), start)
        path = (*path, parts[-1])
        if brackets == 1:
            self.keys[path] = start
            return path
        self._last_of_array[path] = self._last_of_array.get(path, -1) + 1
        return self._enter(path, start)

    def _enter(self, path: KeyPath, start: int) -> KeyPath:
        """Step into a table, or into the last table of an array of tables."""
        self.keys.setdefault(path, start)
        if path in self._last_of_array:
            path = (*path, self._last_of_array[path])
            self.keys.setdefault(path, start)
        return path

    def _key_value(self, table: KeyPath) -> None:
        path = table
        for name, start in self._key():
            path = (*path, name)
            self.keys.setdefault(path, start)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _key(self) -> list[tuple[str, int]]:
        """Read a dotted key up to what ends it; return its parts and where each starts."""
        parts = []
        while True:
            self._skip(_SPACE)
            start = self.at
            if self.text[start] in "\"'":
                self._skip_string()
                name = tomli.loads(f"x={self.text[start : self.at]}")["x"]
            else:
                self._skip(_BARE_KEY)
                name = self.text[start : self.at]
            parts.append((name, start))
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return parts
            self.at += 1

    def _value(self, path: KeyPath) -> None:
        self.values[path] = self.at
        first = self.text[self.at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._skip_string()
        else:
            self._skip(_BARE_VALUE)

    def _array(self, path: KeyPath) -> None:
        index = 0
        while self._next_item("]"):
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: KeyPath) -> None:
        while self._next_item("}"):
            self._key_value(path)

    def _next_item(self, end: str) -> bool:
        """Step over the opening bracket or a comma; return False behind the closing bracket."""
        if self.text[self.at] in "[{":
            self.at += 1
        self._skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)
        if self.text[self.at] != end:
            return True
        self.at += 1
        return False

    def _skip_string(self) -> None:
        for pattern in _STRINGS:
            if match := pattern.match(self.text, self.at):
                self.at = match.end()
                return

    def _skip(self, pattern: re.Pattern[str]) -> None:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
