"""Stub wheels: the metadata of every package of a Pyodide distribution, for uv to resolve against.

The distribution is no package index. A stub carries name, version and dependencies only, so a resolve
needs nothing of the distribution but its lock.
"""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from igbuild.packages.target import is_pure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pyodide_lock.spec import PackageSpec


FORMAT = 1
"""Counts the ways stubs were written, as they are kept in the cache."""


def installable(packages: Mapping[str, PackageSpec]) -> dict[str, PackageSpec]:
    """Return the Python packages of a distribution by normalised name: no C libraries, no test suites."""
    return {
        canonicalize_name(package.name): package
        for key, package in packages.items()
        if package.file_name.endswith(".whl")
        and package.package_type in ("package", "cpython_module")
        and not key.endswith("-tests")
    }


def requires(package: PackageSpec, distribution: Mapping[str, PackageSpec]) -> list[str]:
    """Return what a stub of this package requires.

    A distribution is built as one: where a package needs a binary one of it, it needs that very version.
    """
    lines = []
    for name in sorted({canonicalize_name(name) for name in package.depends}):
        needed = distribution.get(name)
        if needed is not None:
            lines.append(name if is_pure(needed.file_name) else f"{name}=={needed.version}")
    return lines


def metadata(package: PackageSpec, distribution: Mapping[str, PackageSpec]) -> str:
    """Return the METADATA of a stub."""
    lines = ["Metadata-Version: 2.1", f"Name: {package.name}", f"Version: {package.version}"]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires(package, distribution)]
    return "\n".join(lines) + "\n"


def file_name(package: PackageSpec) -> str:
    """Return the name of a package's stub."""
    name = canonicalize_name(package.name).replace("-", "_")
    return f"{name}-{package.version}-py3-none-any.whl"


def write(distribution: Mapping[str, PackageSpec], folder: Path) -> None:
    """Write a stub wheel for each package of a distribution into a folder."""
    for package in distribution.values():
        stub = file_name(package)
        info = "-".join(stub.split("-")[:2]) + ".dist-info"
        with zipfile.ZipFile(folder / stub, "w") as wheel:
            wheel.writestr(f"{info}/METADATA", metadata(package, distribution))
            wheel.writestr(
                f"{info}/WHEEL",
                "Wheel-Version: 1.0\nGenerator: igbuild\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            wheel.writestr(f"{info}/RECORD", "")
