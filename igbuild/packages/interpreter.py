"""A Python that tells uv it is Pyodide's, so that uv resolves for exactly that platform.

uv takes a platform either from its own list, which lags behind Pyodide, or from the interpreter it is
given: it runs that once and asks for markers and tags. A virtual environment of the Python at hand, with
one module that answers for the target, is all it needs; no package is ever installed into it.
"""

from __future__ import annotations

import os
import shutil
import sys
import venv
from typing import TYPE_CHECKING

from igbuild.files import sha256_bytes

if TYPE_CHECKING:
    from pathlib import Path

    from igbuild.packages.cache import Store
    from igbuild.packages.target import Target

ANSWERS = '''\
"""Answers uv's questions about the platform as Pyodide would."""
import platform, sys, sysconfig
sysconfig.get_paths()
sysconfig.get_config_vars()
real = sysconfig.get_config_var
told = {facts!r}
sys.platform = "emscripten"
sysconfig.get_platform = lambda: "emscripten-{emscripten}-wasm32"
sysconfig.get_config_var = lambda name: told.get(name) or real(name)
platform.machine = lambda: "wasm32"
platform.system = lambda: "Emscripten"
platform.release = lambda: "{emscripten}"
platform.version = lambda: "#1"
'''


def answers(target: Target) -> str:
    """Return the source of the module that answers for a target."""
    facts = {"PYEMSCRIPTEN_PLATFORM_VERSION": target.abi, "PYODIDE_ABI_VERSION": target.abi}
    return ANSWERS.format(facts=facts, emscripten=target.emscripten)


def interpreter(target: Target, store: Store) -> Path:
    """Return the executable of the environment that answers for a target, made where there is none.

    uv remembers what an interpreter answered by its path and time, so it is kept in the cache.
    """
    host = f"{sys.implementation.cache_tag}-{sha256_bytes(sys.base_prefix.encode())[:12]}"
    made = store.root / "folders" / "interpreters" / host / sha256_bytes(answers(target).encode())[:24]
    executable = _executable(made)
    if not executable.exists():  # also where the Python it was made from is gone
        with store.temporary() as folder, store.explained():
            build(folder / "env", target)
            if not executable.exists():
                shutil.rmtree(made, ignore_errors=True)
            made.parent.mkdir(parents=True, exist_ok=True)
            try:
                (folder / "env").rename(made)
            except OSError:  # another run was quicker
                if not executable.exists():
                    raise
    return executable


def build(folder: Path, target: Target) -> None:
    """Make the environment in a folder."""
    venv.EnvBuilder(with_pip=False, symlinks=os.name != "nt").create(folder)
    site = folder / "Lib" / "site-packages"
    if os.name != "nt":
        minor = f"python{sys.version_info.major}.{sys.version_info.minor}"
        site = folder / "lib" / minor / "site-packages"
    (site / "_igbuild_target.py").write_text(answers(target), encoding="utf-8")
    (site / "igbuild_target.pth").write_text("import _igbuild_target\n", encoding="utf-8")


def _executable(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
