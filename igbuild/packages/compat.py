"""Modules of the standard library that a browser lacks, and the refusal of what imports them."""

from __future__ import annotations

import ast
import zipfile
from typing import TYPE_CHECKING

from igbuild.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

    from pyodide_lock.spec import PackageSpec

ABSENT = {
    "_curses": "a terminal",
    "_tkinter": "a desktop window",
    "_winapi": "Windows",
    "curses": "a terminal",
    "msvcrt": "Windows",
    "tkinter": "a desktop window",
    "turtle": "a desktop window",
    "winreg": "Windows",
}
"""Standard modules that no build of Pyodide has and nothing can stand in for, each with what it needs."""


def check_wheel(path: Path, package: PackageSpec) -> None:
    """Refuse a wheel whose import must fail in a browser.

    Args:
        path: the wheel.
        package: its entry in the lock.

    Raises:
        ConfigError: one of its packages imports, at its top, a module that a browser cannot have.
    """
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
        for imported in package.imports:
            for file in (f"{imported}/__init__.py", f"{imported}.py"):
                if file in names:
                    _check_source(archive.read(file), file, package)


def _check_source(source: bytes, file: str, package: PackageSpec) -> None:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # newer syntax than this Python's is the target's business
        return
    for module, line in top_imports(tree):
        if module in ABSENT:
            raise ConfigError(
                f"[environment] packages: {package.name} {package.version} cannot be imported in a browser: "
                f"{file}:{line} imports {module}, which needs {ABSENT[module]}. Choose another version, or "
                "leave it out."
            )


def top_imports(tree: ast.Module) -> list[tuple[str, int]]:
    """Return the modules a file imports unconditionally, each with its line."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.Import):
            found += [(alias.name.split(".")[0], node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            found.append((node.module.split(".")[0], node.lineno))
    return found
