"""Whether a lock still answers its experiment: offline, from the two files and local packages alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from igbuild.packages.inputs import inputs_of
from igbuild.packages.lock import digest
from igbuild.packages.target import Target

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from igbuild.packages.inputs import Inputs
    from igbuild.packages.lock import Lock, LockRequest


@dataclass(frozen=True)
class Drift:
    """How a lock differs from what the experiment asks for.

    Attributes:
        lines: the differences as a short diff, `-` what the lock has, `+` what is asked for.
    """

    lines: list[str] = field(default_factory=list)

    @property
    def current(self) -> bool:
        """Whether there is no difference."""
        return not self.lines


def compare(lock: Lock | None, request: LockRequest, base_digest: str | None = None) -> Drift:
    """Compare a lock with a request.

    Args:
        lock: the lock, or None where there is none.
        request: what the experiment asks for now.
        base_digest: SHA-256 of the base lock that would be used, where it is known without a network.

    Raises:
        ConfigError: the request itself is malformed.
    """
    if lock is None:
        return Drift(["+ there is no pyodide-lock.json yet"])
    inputs = inputs_of(request)
    lines = [*_inputs(lock, inputs), *_content(lock)]
    if not lines and lock.facts["inputs"] != inputs.sha256:
        lines.append("- the recorded inputs are not those of this experiment")
    if not lines:
        lines += _satisfied(lock, inputs)
    if base_digest is not None and lock.facts.get("base") != base_digest:
        lines.append("+ [pyodide] base has another distribution than the one locked")
    return Drift(lines)


def _inputs(lock: Lock, inputs: Inputs) -> Iterator[str]:
    facts = lock.facts
    yield from _diff("pyodide", [lock.pyodide_version], [inputs.pyodide])
    yield from _diff("package", facts.get("requested", []), inputs.requested)
    yield from _diff("npm", lock.npm, inputs.npm)
    for path, source in inputs.sources.items():
        known = facts.get("local", {}).get(path)
        if known is not None and known.get("source") != source:
            yield f"+ {path} has changed"


def _diff(what: str, old: Iterable[str], new: Iterable[str]) -> Iterator[str]:
    before, after = list(old), list(new)
    yield from (f"- {what} {item}" for item in before if item not in after)
    yield from (f"+ {what} {item}" for item in after if item not in before)


def _content(lock: Lock) -> Iterator[str]:
    if digest(lock.to_json()) != lock.facts["digest"]:
        yield "- pyodide-lock.json was changed by hand or by a merge; igbuild did not write it like this"


def _satisfied(lock: Lock, inputs: Inputs) -> Iterator[str]:
    """Check what igbuild wrote: every wish met, and every dependency there."""
    target = Target.of(lock.pyodide_version, lock.spec.info)
    for wish in inputs.named:
        if target.applies(wish.requirement):
            entry = lock.entries.get(canonicalize_name(wish.requirement.name))
            if entry is None:
                yield f"+ package {wish} is not in the lock"
            elif not wish.requirement.specifier.contains(entry.version, prereleases=True):
                yield f"- {entry.key} {entry.version} does not satisfy {wish}"
    for entry in lock.entries.values():
        yield from (
            f"- {entry.key} needs {need}, which is missing"
            for need in entry.depends
            if need not in lock.entries
        )
        if entry.file_name.endswith(".whl") and not target.accepts(entry.name):
            yield f"- {entry.name} is a wheel for another platform"
