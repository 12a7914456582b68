"""What the study imports that a browser's Python does not have, found by reading it, never by running it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from igbuild.check.report import Finding
from igbuild.site.imports import entry_modules, reached

if TYPE_CHECKING:
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


def check_imports(experiment: Experiment) -> Finding:
    """Follow the imports from the entry points through the study, and look up what they reach."""
    locked = _locked_imports(experiment)
    found = list(reached(entry_modules(experiment), experiment.source))
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


def _look_up(module: str, table: dict[str, str]) -> str | None:
    parts = module.split(".")
    names = (".".join(parts[: count + 1]) for count in range(len(parts)))
    return next((table[name] for name in names if name in table), None)


def _locked_imports(experiment: Experiment) -> frozenset[str]:
    """Return the names that the lock's packages are imported by; none without a lock that can be read."""
    from igbuild.errors import IgbuildError  # noqa: PLC0415 - beside what may raise it
    from igbuild.packages.api import lock_path, read_lock  # noqa: PLC0415 - loads the lock's model

    try:
        lock = read_lock(lock_path(experiment))
    except IgbuildError:
        return frozenset()
    return lock.imports if lock else frozenset()
