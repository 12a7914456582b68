"""How states change: a table of legal transitions, and the error for any other."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping

State = TypeVar("State", bound=StrEnum)


class IllegalTransition(Exception):
    """A change of state that the table does not hold: a mistake in igbuild, never in a message."""


def advance(table: Mapping[State, frozenset[State]], old: State, new: State) -> State:
    """Return the new state.

    Raises:
        IllegalTransition: it cannot follow the old one.
    """
    if new not in table[old]:
        raise IllegalTransition(f"{type(old).__name__}: {old} -> {new}")
    return new
