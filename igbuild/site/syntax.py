"""The in-process syntax gate: every rendered module is parsed by esbuild-py before anything slow.

esbuild-py is esbuild's transform as a shared library. It cannot bundle and does not say what is
wrong, so it only decides *whether* a module parses; where the fault lies is asked of the esbuild
executable afterwards. Three things to know about it:

- it answers `''` for a syntax error, but also for a file without code; with a statement appended,
  `''` means an error and nothing else;
- it carries the Go runtime: a process that forks (without exec) after loading it hangs. igbuild
  starts programs through `subprocess` only, which execs;
- it has no wheel for arm64 Linux and Windows. There the gate is absent, and the executable, which
  parses every module it bundles, is the only check.
"""

from __future__ import annotations

import warnings
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from igbuild.site.render import Rendered

SENTINEL = "\n;0;"


@cache
def load_gate() -> Callable[[str], bool] | None:
    """Return a function that says whether a module parses, or None where esbuild-py does not exist."""
    try:
        with warnings.catch_warnings():
            # It imports distutils, which Python 3.11 deprecates; setuptools provides it afterwards.
            warnings.simplefilter("ignore", DeprecationWarning)
            from esbuild_py import transform  # noqa: PLC0415
    except ImportError:
        return None

    def parses(source: str) -> bool:
        return bool(transform(source + SENTINEL))

    return parses


def rejected(modules: Iterable[Rendered]) -> list[Rendered]:
    """Return the modules that do not parse; none where there is no gate."""
    parses = load_gate()
    return [] if parses is None else [module for module in modules if not parses(module.text)]
