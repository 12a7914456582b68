"""Whether the source holds what an entry point names, found by reading it, never by running it."""

from __future__ import annotations

import ast
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def module_file(module: str, source: Path) -> Path | None:
    """Return the file that `import module` would run with the source first on the path."""
    if source.is_file():
        return source if module == source.stem else None
    base = source.joinpath(*module.split("."))
    candidates = (base / "__init__.py", base.with_name(f"{base.name}.py"))
    return next((file for file in candidates if file.is_file()), None)


def missing_module(point: str, source: Path) -> str | None:
    """Say that the module of an entry point is not in the source."""
    module = point.split(":", maxsplit=1)[0]
    if module_file(module, source):
        return None
    if source.is_file():
        return f"the source is {source.name}; write {source.stem}:{point.split(':')[1]}"
    known = sorted({_module_name(file, source) for file in source.rglob("*.py")})
    return f"{source.name or 'the source'} holds no module {module!r}{_did_you_mean(module, known)}"


def missing_name(point: str, source: Path) -> str | None:
    """Say that the module has no such name, as far as can be told without running it."""
    module, _, name = point.partition(":")
    file = module_file(module, source)
    if file is None:
        return None
    known = _names(file)
    first = name.split(".")[0]
    if known is None or first in known:
        return None
    return f"{file.name} has no {first!r}{_did_you_mean(first, known)}"


def _module_name(file: Path, source: Path) -> str:
    parts = file.relative_to(source).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _names(file: Path) -> list[str] | None:
    """List the names that a module binds at its top level; None where that cannot be told.

    A file that does not parse may be written for the newer Python of the browser: not judged here.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return None
    names = list(_bound(tree.body))
    return None if "*" in names or "__getattr__" in names else names


def _bound(body: Iterable[ast.AST]) -> Iterable[str]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        else:
            yield from _bound(ast.iter_child_nodes(node))


def _did_you_mean(text: str, known: list[str]) -> str:
    near = get_close_matches(text, known, 1)
    return f"; did you mean {near[0]!r}?" if near else ""
