"""What a new lock changes: the table `igbuild lock` prints."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from igbuild.packages.lock import Lock


@dataclass(frozen=True)
class Change:
    """One changed part.

    Attributes:
        name: the package, or an option that the lock records.
        old: its version before, or None where it is new.
        new: its version now, or None where it is gone.
        source: `distribution`, `index`, `path` or `npm`; `option` for `--exclude-newer`.
        note: what changed where the versions are the same.
    """

    name: str
    old: str | None
    new: str | None
    source: str
    note: str = ""

    def __str__(self) -> str:
        """Return the change as a line: `gymnasium 1.3.0 -> 1.4.0 (index)`."""
        if self.old == self.new:
            return f"{self.name} {self.new} {self.note} ({self.source})"
        return f"{self.name} {self.old or '(none)'} -> {self.new or '(none)'} ({self.source})"


Part = tuple[str, str, str]
"""Version, hash, source."""


def parts(lock: Lock | None) -> dict[str, Part]:
    """Return everything a lock pins, by name."""
    if lock is None:
        return {}
    table = {"pyodide": (lock.pyodide_version, lock.pyodide_integrity, "npm")}
    table |= {name: (pin["version"], pin["integrity"], "npm") for name, pin in lock.npm.items()}
    table |= {key: (entry.version, entry.sha256, entry.source) for key, entry in lock.entries.items()}
    if (date := lock.facts.get("exclude_newer")) is not None:
        table["--exclude-newer"] = (date, "", "option")
    return table


def changes(old: Lock | None, new: Lock) -> list[Change]:
    """Return what differs between two locks, by name."""
    before, after = parts(old), parts(new)
    return [
        _change(name, before.get(name), after.get(name))
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]


def _change(name: str, old: Part | None, new: Part | None) -> Change:
    known = new or old
    assert known is not None  # noqa: S101  # the name came from one of the two
    note = ""
    if old is not None and new is not None and old[0] == new[0]:
        note = "other bytes" if old[1] != new[1] else f"from {old[2]} to {new[2]}"
    return Change(name, old[0] if old else None, new[0] if new else None, known[2], note)
