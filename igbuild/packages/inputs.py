"""What a lock answers: its inputs, in one canonical form that is hashed and compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igbuild.files import sha256_bytes
from igbuild.packages.requested import Local, Named, parse
from igbuild.packages.sources import source_hash

if TYPE_CHECKING:
    from igbuild.packages.lock import LockRequest


@dataclass(frozen=True)
class Inputs:
    """The inputs of a lock, sorted and normalised.

    Attributes:
        pyodide: the version of Pyodide.
        named: the packages requested by name.
        local: the packages requested by path.
        sources: hash of each local wheel or folder, by path.
        npm: the npm packages needed besides Pyodide.
    """

    pyodide: str
    named: tuple[Named, ...]
    local: tuple[Local, ...]
    sources: dict[str, str]
    npm: tuple[str, ...]

    @property
    def requested(self) -> list[str]:
        """The requested packages as the lock records them."""
        return [str(item) for item in (*self.local, *self.named)]

    @property
    def sha256(self) -> str:
        """The hash of it all."""
        value: dict[str, Any] = {
            "npm": list(self.npm),
            "pyodide": self.pyodide,
            "requested": self.requested,
            "sources": self.sources,
        }
        return sha256_bytes(json.dumps(value, sort_keys=True).encode())


def inputs_of(request: LockRequest) -> Inputs:
    """Normalise a request; reads local packages to hash them.

    Raises:
        ConfigError: a requested package is malformed or missing.
    """
    named, local = parse(request.packages, request.root)
    sources = {item.path: source_hash(request.root / item.path) for item in local}
    return Inputs(request.pyodide, tuple(named), tuple(local), sources, tuple(sorted(set(request.npm))))
