"""What a study imports, found by reading it, never by running it; and what of that no browser will find."""

from __future__ import annotations

import ast
import sys
from collections import deque
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Final

from igbuild.config.entry_point import module_file
from igbuild.packages.compat import ABSENT
from igbuild.site.study import StudyError, browser_python

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from igbuild.config import Experiment

_CONDITIONAL: Final = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.Lambda,
    ast.If,
    ast.Try,
    ast.TryStar,
    ast.Match,
)

_OURS: Final = frozenset({"igbuild", "_pyodide", "js", "pyodide", "pyodide_js"})
_ADDED: Final[dict[str, tuple[int, int]]] = {"annotationlib": (3, 14), "compression": (3, 14)}
_REMOVED: Final[dict[str, tuple[int, int]]] = {
    **dict.fromkeys(("asynchat", "asyncore", "distutils", "imp", "smtpd"), (3, 12)),
    **dict.fromkeys(
        (
            "aifc",
            "audioop",
            "cgi",
            "cgitb",
            "chunk",
            "crypt",
            "imghdr",
            "mailcap",
            "msilib",
            "nis",
            "nntplib",
        ),
        (3, 13),
    ),
    **dict.fromkeys(
        ("ossaudiodev", "pipes", "sndhdr", "spwd", "sunau", "telnetlib", "uu", "xdrlib", "lib2to3"), (3, 13)
    ),
}
"""Standard modules that came or went with a version of Python (the Python documentation, "What's New")."""


@dataclass(frozen=True)
class Import:
    """One import of the study.

    Attributes:
        module: dotted name.
        file: that imports it.
        line: 1-based.
        certain: whether it runs whenever its module is imported.
    """

    module: str
    file: Path
    line: int
    certain: bool

    def __str__(self) -> str:
        return f"{self.module} ({self.file.name}:{self.line})"


def check_imports(experiment: Experiment, locked: frozenset[str]) -> None:
    """Refuse a study of which an import must fail in the browser.

    Only imports are judged that run whenever their module is imported; those of a `try`, an `if` or a
    function may have been thought of. A study that changes the path of imports is not judged.

    Args:
        experiment: whose imports.
        locked: the top-level names that the lock's packages are imported by (`Lock.imports`).

    Raises:
        StudyError: at the first import of what is neither of the study, nor of the browser's Python, nor
            in the lock.
    """
    known = locked | _OURS
    target = browser_python(experiment.config.pyodide.version) or sys.version_info[:2]
    lost = [
        one
        for one in reached(entry_modules(experiment), experiment.source)
        if one.certain and one.module.partition(".")[0] not in known and not _is_standard(one.module, target)
    ]
    if not lost or any(_changes_path(one.file) for one in lost):
        return
    one = min(lost, key=lambda found: (str(found.file), found.line))
    raise StudyError(_explain(one.module.partition(".")[0], experiment, target), one.file, one.line)


def _is_standard(module: str, target: tuple[int, int]) -> bool:
    name = module.partition(".")[0]
    if name in ABSENT or target >= _REMOVED.get(name, (99, 0)):
        return False
    return name in sys.stdlib_module_names or target >= _ADDED.get(name, (99, 0))


def _changes_path(file: Path) -> bool:
    text = file.read_bytes()
    return b"sys.path" in text or b"sys.modules" in text or b"sys.meta_path" in text


def _explain(name: str, experiment: Experiment, target: tuple[int, int]) -> str:
    if name in ABSENT:
        return f"this imports {name}, which needs {ABSENT[name]}; a browser has none. Do without it"
    if name in _REMOVED and name in sys.stdlib_module_names:
        version = ".".join(map(str, target))
        return f"this imports {name}, which Python {version}, the browser's, has no longer. Do without it"
    source = experiment.source
    folder = source.parent if source.is_file() else source
    if source.is_file() and module_file(name, folder):
        return (
            f"this imports {name}, which lies beside {source.name} but is not part of the study; set "
            'environment.source to the folder (source = ".", or one of its own for the study)'
        )
    own = [file.stem for file in folder.glob("*.py")] if source.is_dir() else []
    near = get_close_matches(name, [*own, *sys.stdlib_module_names], 1, 0.8)
    hint = f'; did you mean "{near[0]}"?' if near else ""
    return (
        f"this imports {name}, which is neither part of the study nor of Python nor of a package in the lock"
        f"{hint or '; add the package that holds it to environment.packages'}"
    )


def reached(entries: Iterable[str], source: Path) -> Iterator[Import]:
    """Give every import of a module outside the study, from the modules that the entries lead to.

    Args:
        entries: modules of the study.
        source: file or folder with the study's Python.
    """
    waiting = deque((name, True) for name in entries)
    seen: dict[str, bool] = {}
    while waiting:
        name, certain = waiting.popleft()
        if seen.get(name, False) or (name in seen and not certain):
            continue
        seen[name] = certain
        file = module_file(name, source)
        if file is None:
            continue
        waiting.extend((parent, certain) for parent in _parents(name))
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for one in imports_of(file, package):
            sure = certain and one.certain
            if module_file(one.module, source) is not None:
                waiting.append((one.module, sure))
            elif not _is_study(one.module.partition(".")[0], source):
                yield Import(one.module, one.file, one.line, sure)


def imports_of(file: Path, package: str) -> Iterator[Import]:
    """Give the imports of one file; those that only type checkers see are left out.

    Args:
        file: Python.
        package: that relative imports start from.
    """
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    for node, certain in _walk(tree.body, certain=True):
        for module in _names(node, package):
            yield Import(module, file, node.lineno, certain)


def _walk(body: Iterable[ast.AST], *, certain: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield node, certain
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            yield from _walk(node.orelse, certain=certain)
        elif isinstance(node, _CONDITIONAL) or (isinstance(node, ast.With) and "suppress" in ast.dump(node)):
            yield from _walk(ast.iter_child_nodes(node), certain=False)
        else:
            yield from _walk(ast.iter_child_nodes(node), certain=certain)


def _parents(name: str) -> Iterator[str]:
    """Give the packages that are imported before a module of them is."""
    while name := name.rpartition(".")[0]:
        yield name


def _is_study(name: str, source: Path) -> bool:
    """Tell whether a top-level name is the study's own: a module, or a folder without `__init__.py`."""
    return module_file(name, source) is not None or (source / name).is_dir()


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    base = ".".join(part for part in (*parts, node.module) if part)
    inside = [f"{base}.{alias.name}".lstrip(".") for alias in node.names if alias.name != "*"]
    return [base, *inside] if base else inside


def entry_modules(experiment: Experiment) -> list[str]:
    """List the modules that a page imports by name: of the environment, the hook and the bots."""
    config = experiment.config
    hook = config.environment.on_game_step
    policies = [bot.policy for bot in config.players.bots.values()]
    points = (config.environment.entry_point, hook, *policies)
    return [point.partition(":")[0] for point in points if point]
