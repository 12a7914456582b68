"""Whether players hold the same rows, and where they first differ. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from igbuild.data.episodes import parse_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ABSENT = "(absent)"


@dataclass(frozen=True)
class Difference:
    """The first place where two exports differ.

    Attributes:
        frame: the row's `t`.
        key: the first differing column; None where a row cannot be read.
        values: what each participant holds there.
    """

    frame: int
    key: str | None
    values: Mapping[str, Any]


def first_difference(lines: Mapping[str, Sequence[str]]) -> Difference | None:
    """Compare, at each frame, the exports that hold it: who left earlier says nothing of the rest.

    Rows are the same if their text is; rows that differ in their text alone (spaces, order of keys) are the
    same too. Numbers are never rounded.

    Args:
        lines: JSON Lines by participant.
    """
    for frame, row in enumerate(zip_longest(*lines.values())):
        texts = {name: text for name, text in zip(lines, row, strict=True) if text is not None}
        if len(set(texts.values())) > 1:
            found = _explain(frame, texts)
            if found:
                return found
    return None


def agreed_length(lines: Mapping[str, Sequence[str]], difference: Difference | None) -> int:
    """Return how many rows are alike in all exports that hold them.

    A page writes a row only once all who still play are known to hold its inputs, so one that a single export
    has is agreed on, too.
    """
    return difference.frame if difference else max((len(rows) for rows in lines.values()), default=0)


def _explain(frame: int, texts: Mapping[str, str]) -> Difference | None:
    rows = {name: parse_line(text) for name, text in texts.items()}
    if any(row is None for row in rows.values()):
        return Difference(frame, None, texts)
    known = {name: row for name, row in rows.items() if row is not None}
    for key in _keys([list(row) for row in known.values()]):
        values = {name: row.get(key, ABSENT) for name, row in known.items()}
        first, *others = values.values()
        if any(not _same(first, other) for other in others):
            return Difference(frame, key, values)
    return None


def _keys(orders: Sequence[Sequence[str]]) -> list[str]:
    """Return all keys, in the order of the columns."""
    return list(dict.fromkeys(key for keys in zip_longest(*orders) for key in keys if key is not None))


def _same(one: Any, other: Any) -> bool:
    """Compare as JSON does: 1 and 1.0 are one number, true is none."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
