"""What packages expect of CPython and Pyodide does not have."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType
from typing import Any


def install() -> None:
    """Put stand-ins for missing modules in place; does nothing where they exist.

    Gymnasium 1.4 imports its vector environments, and with them `multiprocessing.synchronize`, which needs
    the C module `_multiprocessing`. Nothing can be started with the stand-in; it only lets the import pass.
    """
    name = "_multiprocessing"
    if name not in sys.modules and importlib.util.find_spec(name) is None:
        sys.modules[name] = _multiprocessing(name)


def _multiprocessing(name: str) -> ModuleType:
    class SemLock:
        SEM_VALUE_MAX = 2**31 - 1

        def __init__(self, *_args: Any, **_kwargs: Any) -> None:
            raise OSError("there are no further processes in the browser")

    module = ModuleType(name)
    vars(module).update(SemLock=SemLock, sem_unlink=lambda _name: None, flags={})
    return module
