"""The hash of a state: canonical bytes of any value, the same in every Python, and their SHA-256.

docs/state-and-hash.md is the contract. In short: every value is a tag and its content; keys are sorted,
integers are decimal, floats are IEEE-754 with one NaN and a kept -0; integer arrays do not depend on their
width; objects are their type's name and attributes; what was met before is its number. Nothing is rounded,
nothing is left out silently: what cannot be walked is a StateError that names its path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igbuild.runtime.errors import StateError
from igbuild.runtime.hash_objects import find_writer
from igbuild.runtime.walk import Walk

try:
    # The hash function alone: `hashlib` with all of them takes longer to import than a game to start.
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:
    from hashlib import sha256

if TYPE_CHECKING:
    from collections.abc import Iterable


def digest(value: Any, *, roots: Iterable[Any] = (), sharing: bool = True) -> bytes:
    """Return the SHA-256 of the canonical bytes of `value`: see `canonical`, which takes the same."""
    hashed: bytes = sha256(canonical(value, roots=roots, sharing=sharing)).digest()
    return hashed


def canonical(value: Any, *, roots: Iterable[Any] = (), sharing: bool = True) -> bytes:
    """Return bytes that are equal exactly for equal states.

    Args:
        value: what to write.
        roots: objects that are only referred to: the first is reference 0, and so on.
        sharing: write a list, dict, set, array or object that is met again as a reference, so that two names
            for one list differ from two equal lists: they behave differently. Without it only cycles are,
            as suits a value that is made to be copied.

    Raises:
        StateError: something that has no canonical bytes, naming its path.
    """
    walk = Walk({id(root): number for number, root in enumerate(roots)}, find_writer, sharing=sharing)
    try:
        walk.write(value)
    except RecursionError:
        raise StateError("is nested too deeply to be hashed") from None
    return b"".join(walk.parts)
