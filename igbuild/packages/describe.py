"""What a lock needs of each resolved package: its entry, what it needs, and where it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packaging.utils import canonicalize_name
from pyodide_lock.spec import PackageSpec

from igbuild.errors import ConfigError
from igbuild.packages import wheel
from igbuild.packages.closure import Node

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from igbuild.packages.base import Base
    from igbuild.packages.resolve import Choice
    from igbuild.packages.target import Target


@dataclass(frozen=True)
class Resolved:
    """A resolved package with what the lock needs of it.

    Attributes:
        package: its entry, dependencies not yet filled in.
        node: what it needs.
        facts: igbuild's own table of it.
    """

    package: PackageSpec
    node: Node
    facts: dict[str, Any]


def of_distribution(base: Base, choices: Mapping[str, Choice]) -> dict[str, Resolved]:
    """Describe the chosen packages of the distribution, and all its libraries, which nothing else brings."""
    found = {}
    for key, package in base.lock.packages.items():
        name = str(canonicalize_name(package.name))
        library = package.package_type == "shared_library"
        chosen = name in choices and choices[name].source == "distribution" and not key.endswith("-tests")
        if library or chosen:
            check_entry(package, base.target)
            found[name] = Resolved(package, Node(depends=tuple(package.depends)), {"source": "distribution"})
    return found


def check_entry(package: PackageSpec, target: Target) -> None:
    """Raise ConfigError for an entry of a base lock that cannot be locked, with the reason."""
    path = package.file_name
    if "://" in path or path.startswith("/") or ".." in path.split("/"):
        raise ConfigError(
            f"[pyodide] base: its lock names {package.name} by an address of its own ({path}), and a lock of "
            "igbuild holds none. Put the file beside that lock and name it relatively."
        )
    name = package.file_name.rpartition("/")[2]
    if name.endswith(".whl") and not target.accepts(name):
        raise ConfigError(
            f"[pyodide] base: {name} is a wheel for another platform than Pyodide {target.pyodide}, which "
            f"takes {target.platforms[0]}. Name the folder of the same release."
        )


def of_wheel(path: Path, file_name: str, sha256: str, source: str) -> Resolved:
    """Describe a wheel from the index or from the user's own files."""
    about = wheel.read(path, file_name)
    package = PackageSpec(
        name=about.name,
        version=about.version,
        file_name=file_name,
        install_dir="site",
        sha256=sha256,
        package_type="package",
        imports=list(about.imports),
        depends=[],
    )
    return Resolved(package, Node(requires=about.requires), {"source": source, "size": path.stat().st_size})
