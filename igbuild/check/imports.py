"""What the study imports that a browser's Python does not have, found by reading it, never by running it."""

from __future__ import annotations

import ast
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from igbuild.check.report import Finding
from igbuild.config.entry_point import module_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from igbuild.config import Experiment

_WINDOW = "the page draws, and there is no window; draw on an igbuild.runtime.Surface or return pixels"
_PROCESS = "a browser has no processes; compute in the step itself"
_SERVER = "a browser cannot listen or open sockets; take what is needed from a file of the study"
_ABSENT = "it is not part of the browser's Python"
_NO_WHEEL = "there is no build of it for the browser; export what is needed from it, a policy as ONNX"

LACKING: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("tkinter", "turtle", "curses", "pygame", "pyglet", "arcade", "pynput", "winsound"), _WINDOW
    ),
    **dict.fromkeys(
        ("multiprocessing", "subprocess", "_multiprocessing", "concurrent.futures.process"), _PROCESS
    ),
    **dict.fromkeys(("socketserver", "http.server", "xmlrpc.server", "wsgiref.simple_server"), _SERVER),
    **dict.fromkeys(
        ("dbm", "grp", "msvcrt", "pwd", "readline", "resource", "syslog", "winreg", "venv"), _ABSENT
    ),
    **dict.fromkeys(
        ("torch", "tensorflow", "jax", "mujoco", "ray", "numba", "cv2", "stable_baselines3"), _NO_WHEEL
    ),
}
"""Modules that cannot be used in the browser, with the reason. Packages of the lock are not judged by it."""

USELESS: Final[dict[str, str]] = {
    "threading": "a browser's Python cannot start threads",
    "concurrent.futures": "a browser's Python cannot start threads",
    "socket": "a browser's Python cannot open sockets",
    "ssl": "a browser's Python cannot open sockets",
    "signal": "a browser sends no signals",
}
"""Modules that import, and of which the main thing does not work."""


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


def check_imports(experiment: Experiment) -> Finding:
    """Follow the imports from the entry points through the study, and look up what they reach."""
    locked = _locked_imports(experiment)
    found = list(reached(_entries(experiment), experiment.source))
    outside = [one for one in found if one.module.partition(".")[0] not in locked]
    lacking = [(one, reason) for one in outside if (reason := _look_up(one.module, LACKING))]
    useless = [(one, reason) for one in outside if (reason := _look_up(one.module, USELESS))]
    data = {"lacking": [str(one) for one, _ in lacking], "useless": [str(one) for one, _ in useless]}
    certain = [(one, reason) for one, reason in lacking if one.certain]
    for verdict, several in (("fail", certain), ("warn", lacking), ("warn", useless)):
        if several:
            names = ", ".join(dict.fromkeys(str(one) for one, _ in several))
            one, reason = several[0]
            advice = f"{one.module}: {reason}."
            return Finding("imports", "fail" if verdict == "fail" else "warn", names, advice, data)
    count = len({one.module.partition(".")[0] for one in outside})
    return Finding("imports", "pass", f"nothing that a browser lacks, in {count} modules imported", "", data)


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
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for one in imports_of(file, package):
            sure = certain and one.certain
            if module_file(one.module, source) is not None:
                waiting.append((one.module, sure))
            elif module_file(one.module.partition(".")[0], source) is None:
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
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.If, ast.Try)):
            yield from _walk(ast.iter_child_nodes(node), certain=False)
        else:
            yield from _walk(ast.iter_child_nodes(node), certain=certain)


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    parts = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
    base = ".".join(part for part in (*parts, node.module) if part)
    return [base, *(f"{base}.{alias.name}".lstrip(".") for alias in node.names if alias.name != "*")]


def _look_up(module: str, table: dict[str, str]) -> str | None:
    parts = module.split(".")
    names = (".".join(parts[: count + 1]) for count in range(len(parts)))
    return next((table[name] for name in names if name in table), None)


def _entries(experiment: Experiment) -> list[str]:
    config = experiment.config
    hook = config.environment.on_game_step
    policies = [bot.policy for bot in config.players.bots.values()]
    points = (config.environment.entry_point, hook, *policies)
    return [point.partition(":")[0] for point in points if point]


def _locked_imports(experiment: Experiment) -> frozenset[str]:
    """Return the names that the lock's packages are imported by; none without a lock that can be read."""
    from igbuild.errors import IgbuildError  # noqa: PLC0415 - beside what may raise it
    from igbuild.packages.api import lock_path, read_lock  # noqa: PLC0415 - loads the lock's model

    try:
        lock = read_lock(lock_path(experiment))
    except IgbuildError:
        return frozenset()
    found = (name for entry in lock.entries.values() for name in entry.imports) if lock else ()
    return frozenset(name.partition(".")[0] for name in found)
