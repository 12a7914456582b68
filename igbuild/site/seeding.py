"""Whether the environment can be seeded, found by reading its source: `reset` must take a `seed`."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from igbuild.config.entry_point import module_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from igbuild.config import Experiment


def unseeded(experiment: Experiment) -> tuple[Path, int, str] | None:
    """Return file, line and name of an environment's class whose `reset` takes no seed; None: none is known.

    Looked at are the class that the entry point is, or those of the study that it calls. Classes that inherit
    `reset`, or take any keyword, are not judged.
    """
    module, _, name = experiment.config.environment.entry_point.partition(":")
    file = module_file(module, experiment.source)
    tree = _parse(file)
    if file is None or tree is None:
        return None
    entry = _defined(tree, name)
    if isinstance(entry, ast.FunctionDef):
        called = {made for node in ast.walk(entry) if (made := _called(node))}
        classes = [found for wanted in sorted(called) for found in _classes(tree, wanted, file, experiment)]
    else:
        classes = [(file, entry)] if isinstance(entry, ast.ClassDef) else []
    return next(
        ((home, reset.lineno, kind.name) for home, kind in classes if (reset := _deaf_reset(kind))), None
    )


def advice(found: tuple[Path, int, str]) -> str:
    """Say what an environment without seeds means, and what to do."""
    _, _, name = found
    return (
        f"{name}.reset() takes no seed, so random numbers of its own (a random.Random(), a Generator) "
        "differ in every session and cannot be replayed; write reset(self, *, seed=None, options=None) and "
        "seed them there"
    )


def _parse(file: Path | None) -> ast.Module | None:
    try:
        return None if file is None else ast.parse(file.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return None


def _defined(tree: ast.Module, name: str) -> ast.FunctionDef | ast.ClassDef | None:
    found = [
        node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == name
    ]
    return found[0] if len(found) == 1 else None


def _called(node: ast.AST) -> str | None:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else None


def _classes(
    tree: ast.Module, name: str, file: Path, experiment: Experiment
) -> Iterator[tuple[Path, ast.ClassDef]]:
    """Find a class by the name it has in a module, there or where it is imported from."""
    here = _defined(tree, name)
    if isinstance(here, ast.ClassDef):
        yield file, here
        return
    for node in tree.body:
        if not isinstance(node, ast.ImportFrom) or node.level or node.module is None:
            continue
        for alias in node.names:
            home = module_file(node.module, experiment.source)
            other = _parse(home) if (alias.asname or alias.name) == name else None
            there = _defined(other, alias.name) if other is not None else None
            if home is not None and isinstance(there, ast.ClassDef):
                yield home, there


def _deaf_reset(kind: ast.ClassDef) -> ast.FunctionDef | None:
    methods = {item.name: item for item in kind.body if isinstance(item, ast.FunctionDef)}
    reset = methods.get("reset")
    if reset is None or "step" not in methods or reset.decorator_list or reset.args.kwarg:
        return None
    names = {item.arg for item in (*reset.args.args, *reset.args.kwonlyargs)}
    return None if "seed" in names else reset
