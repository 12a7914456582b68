"""Where the files that igbuild ships lie."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent


def templates_dir() -> Path:
    """Return the folder of templates: inside the wheel, beside the package in a checkout."""
    packed = PACKAGE / "templates"
    return packed if packed.is_dir() else PACKAGE.parent / "templates"


def runtime_dir() -> Path:
    """Return the folder of `igbuild.runtime`, the Python that is shipped into every site."""
    return PACKAGE / "runtime"
