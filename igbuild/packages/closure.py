"""From all that was resolved to exactly what the requested packages need."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from packaging.requirements import Requirement

    from igbuild.packages.target import Target


@dataclass(frozen=True)
class Node:
    """One package and what it needs.

    Attributes:
        depends: what it always needs, by key (packages of the distribution).
        requires: what it needs by its own metadata, markers and extras included (all others).
    """

    depends: tuple[str, ...] = ()
    requires: tuple[Requirement, ...] = ()


@dataclass
class Closure:
    """What is needed, and by whom.

    Attributes:
        depends: for each needed package, the keys it depends on.
        missing: names that are needed but were not resolved, each with the package that needs it.
    """

    depends: dict[str, set[str]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def close(
    requested: Iterable[tuple[str, Iterable[str]]], nodes: Mapping[str, Node], target: Target
) -> Closure:
    """Walk from the requested packages to everything they need.

    Args:
        requested: names with the extras asked for; their markers were already evaluated.
        nodes: everything resolved, by normalised name.
        target: the platform that markers are evaluated for.

    Returns:
        The closure. A package reached again with further extras is walked again for those.
    """
    closure = Closure()
    extras: dict[str, frozenset[str]] = {}
    queue = deque(
        (canonicalize_name(name), frozenset(wanted), "experiment.toml") for name, wanted in requested
    )
    while queue:
        name, wanted, needed_by = queue.popleft()
        node = nodes.get(name)
        if node is None:
            closure.missing.setdefault(name, needed_by)
            continue
        if name in extras and wanted <= extras[name]:
            continue
        extras[name] = extras.get(name, frozenset()) | wanted
        needs = [(canonicalize_name(key), frozenset[str]()) for key in node.depends]
        needs += [
            (canonicalize_name(one.name), frozenset(canonicalize_name(extra) for extra in one.extras))
            for one in node.requires
            if target.applies(one, extras[name])
        ]
        closure.depends[name] = {str(need) for need, _ in needs if need != name}
        queue.extend((need, further, name) for need, further in needs if need != name or further)
    return closure
