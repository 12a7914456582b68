"""The in-process syntax gate: every rendered module is parsed by esbuild-py before anything slow.

esbuild-py is esbuild's transform as a shared library. It cannot bundle and does not say what is
wrong, so it only decides *whether* a module parses; where the fault lies is asked of the esbuild
executable afterwards. Four things to know about it:

- it answers `''` for a syntax error, but also for a file without code; with a statement appended,
  `''` means an error and nothing else;
- it carries the Go runtime: a process that forks (without exec) after loading it hangs. igbuild
  starts programs through `subprocess` only, which execs;
- it has no wheel for arm64 Linux and Windows. There the gate is absent, and the executable, which
  parses every module it bundles, is the only check;
- its Python half imports distutils, and with it all of setuptools: 250 ms, and a patched process. So
  the library is loaded here, from where the import system finds it.
"""

from __future__ import annotations

import ctypes
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from igbuild.site.render import Rendered

LIBRARY = "_esbuild"
SENTINEL = "\n;0;"


@cache
def load_gate() -> Callable[[str], bool] | None:
    """Return a function that says whether a module parses, or None where esbuild-py does not exist."""
    spec = find_spec(LIBRARY)
    if spec is None or spec.origin is None:
        return None
    library = ctypes.CDLL(spec.origin)
    library.transform.argtypes = [ctypes.c_char_p]
    library.transform.restype = ctypes.c_void_p
    library.free.argtypes = [ctypes.c_void_p]

    def parses(source: str) -> bool:
        answer = library.transform((source + SENTINEL).encode())
        if answer is None:
            return False
        try:
            return bool(ctypes.string_at(answer))
        finally:
            library.free(answer)

    return parses


def rejected(modules: Iterable[Rendered]) -> list[Rendered]:
    """Return the modules that do not parse; none where there is no gate."""
    parses = load_gate()
    return [] if parses is None else [module for module in modules if not parses(module.text)]
