"""What an entry point can be called with, found by reading its source, never by running it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING

from igbuild.config.entry_point import module_file
from igbuild.config.problems import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from igbuild.config.locate import KeyPath
    from igbuild.config.model import ExperimentConfig


@dataclass(frozen=True)
class Parameters:
    """Parameters of a callable.

    Attributes:
        names: those that can be given by name; None where any can.
        required: those that must be given.
    """

    names: tuple[str, ...] | None
    required: tuple[str, ...]


def parameters(point: str, source: Path) -> Parameters | None:
    """Return the parameters of `module:callable`; None where they cannot be told from the source.

    So it is where the name is not bound exactly once, by a function or class without decorators, or the class
    inherits how it is made.
    """
    module, _, name = point.partition(":")
    file = module_file(module, source)
    if file is None or "." in name:
        return None
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return None
    bound = [node for node in ast.walk(tree) if _binds(node, name)]
    found = bound[0] if len(bound) == 1 and bound[0] in tree.body else None
    if isinstance(found, ast.ClassDef) and not found.decorator_list and not found.keywords:
        return _of_class(found)
    if isinstance(found, ast.FunctionDef) and not found.decorator_list:
        return _of_arguments(found.args, bound=False)
    return None


def check_arguments(config: ExperimentConfig, source: Path) -> Iterator[Finding]:
    """Hold the arguments that the TOML gives against what the callables take."""
    environment = config.environment
    taken = parameters(environment.entry_point, source)
    if taken is not None:
        for table, names in (("kwargs", environment.kwargs), ("globals", environment.globals)):
            for name in names:
                yield from _judge(("environment", table, name), environment.entry_point, taken)
        given = {*environment.kwargs, *environment.globals}
        slips = {near for name in given if (near := _near(name, taken))}
        missing = [name for name in taken.required if name not in given | slips]
        if missing:
            listed = " and ".join(repr(name) for name in missing)
            yield Finding(
                ("environment", "entry_point"),
                f"environment.entry_point is {environment.entry_point!r}, which cannot be called without "
                f"{listed}; give it in environment.kwargs or environment.globals, or give it a default",
            )
    for id_, bot in config.players.bots.items():
        takes = parameters(bot.policy, source) if bot.policy and bot.kwargs else None
        for name in bot.kwargs if takes else ():
            assert takes is not None  # noqa: S101 - see above
            yield from _judge(("players", "bots", id_, "kwargs", name), bot.policy or "", takes)


def _judge(path: KeyPath, point: str, taken: Parameters) -> Iterator[Finding]:
    name = str(path[-1])
    if taken.names is None or name in taken.names:
        return
    near = _near(name, taken)
    hint = f"did you mean {near!r}?" if near else f"it takes {', '.join(taken.names) or 'none'}"
    table = ".".join(map(str, path[:-1]))
    yield Finding(path, f"{table} has {name!r}, which {point} has no parameter for; {hint}", on_key=True)


def _near(name: str, taken: Parameters) -> str | None:
    if taken.names is None or name in taken.names:
        return None
    near = get_close_matches(name, taken.names, 1)
    return near[0] if near else None


def _binds(node: ast.AST, name: str) -> bool:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return node.name == name
        case ast.alias():
            return (node.asname or node.name.split(".")[0]) in (name, "*")
        case ast.Name(ctx=ast.Store()):
            return node.id == name
        case _:
            return False


def _of_class(node: ast.ClassDef) -> Parameters | None:
    methods = {item.name: item for item in node.body if isinstance(item, ast.FunctionDef)}
    if "__new__" in methods:
        return None
    made = methods.get("__init__")
    if made is not None:
        return None if made.decorator_list else _of_arguments(made.args, bound=True)
    return None if node.bases else Parameters((), ())


def _of_arguments(arguments: ast.arguments, *, bound: bool) -> Parameters:
    """Read a parameter list; `bound`: its first is the object itself."""
    positional = [item.arg for item in (*arguments.posonlyargs, *arguments.args)]
    required = positional[: len(positional) - len(arguments.defaults)]
    required += [
        item.arg
        for item, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
        if default is None
    ]
    names = [item.arg for item in (*arguments.args, *arguments.kwonlyargs)]
    own = positional[:1] if bound else []
    return Parameters(
        None if arguments.kwarg else tuple(name for name in names if name not in own),
        tuple(name for name in required if name not in own),
    )
