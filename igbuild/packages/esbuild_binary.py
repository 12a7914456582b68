"""The esbuild executable of exactly the pinned version, found or fetched, and verified."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError, ToolMissing
from igbuild.packages import npm, pins
from igbuild.packages.cache import folder_key
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from igbuild.console import Console
    from igbuild.packages.cache import Store

SYSTEMS = {"linux": "linux", "darwin": "darwin", "win32": "win32", "cygwin": "win32", "aix": "aix"}
MACHINES = {
    "x86_64": "x64",
    "amd64": "x64",
    "aarch64": "arm64",
    "arm64": "arm64",
    "i386": "ia32",
    "i686": "ia32",
    "x86": "ia32",
    "armv7l": "arm",
    "armv6l": "arm",
    "ppc64le": "ppc64",
    "ppc64": "ppc64",
    "riscv64": "riscv64",
    "s390x": "s390x",
    "loongarch64": "loong64",
}


def platform_name(system: str = sys.platform, machine: str | None = None) -> str:
    """Return esbuild's name of a platform, for example `linux-x64` (of this one by default).

    Args:
        system: as `sys.platform`.
        machine: as `platform.machine()`.

    Raises:
        ToolMissing: esbuild has no executable for it.
    """
    cpu = (machine or platform.machine()).lower()
    kernel = system.rstrip("0123456789") if system.startswith(("freebsd", "openbsd", "netbsd")) else system
    name = f"{SYSTEMS.get(kernel, kernel)}-{MACHINES.get(cpu, cpu)}"
    table = pins.load()
    if (f"@esbuild/{name}", table.esbuild) not in table.known:
        raise ToolMissing(
            f"esbuild {table.esbuild} has no executable for {name}. "
            "Build one from its source and name it in IGBUILD_ESBUILD."
        )
    return name


def find(
    store: Store,
    *,
    explicit: str | Path | None = None,
    cwd: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Path:
    """Return an esbuild executable of the pinned version.

    Searched in this order: `explicit` or `IGBUILD_ESBUILD`; the cache; PATH, if it has exactly the
    pinned version; npm, or the npm that uv fetches.

    Raises:
        ToolMissing: none of these gives one; the message names the ways out.
        IntegrityError: the fetched tarball has the wrong hash; nothing of it is kept.
    """
    version = pins.load().esbuild
    chosen = explicit or os.environ.get("IGBUILD_ESBUILD")
    if chosen:
        return _explicit(Path(chosen), version)
    name = platform_name()
    pin = pins.load().pin(f"@esbuild/{name}", version)
    key = folder_key(pin.name, pin.version, pin.integrity)
    if (kept := store.folder(key)) is not None:
        return _executable(kept, version, store)
    if (path := _on_path(version)) is not None:
        return path
    try:
        folder = npm.fetch(
            pin.name, pin.version, pin.integrity, store, cwd=cwd, offline=offline, console=console
        )
    except ToolMissing as error:
        raise ToolMissing(f"esbuild {version} was not found, and it could not be fetched.\n{WAYS}") from error
    return _executable(folder, version, store)


WAYS = """Any one of these helps:
  - install Node.js, so that `npm` is on PATH
  - install uv (`pip install uv`), which can fetch an npm
  - put an esbuild of that version on PATH, or name it in IGBUILD_ESBUILD"""


def _explicit(path: Path, version: str) -> Path:
    found = shutil.which(str(path))
    if found is None:
        raise ToolMissing(f"{path}: no executable there. Correct IGBUILD_ESBUILD, or unset it.")
    got = version_of(Path(found))
    if got is None:
        raise ToolMissing(
            f"{path}: this is no esbuild; it answers no version. Name an esbuild {version} in "
            "IGBUILD_ESBUILD, or unset it."
        )
    if got != version:
        raise ToolMissing(
            f"{path}: this is esbuild {got}, and igbuild was tested with {version}. "
            f"Name an esbuild {version} in IGBUILD_ESBUILD, or unset it."
        )
    return Path(found).absolute()


def _on_path(version: str) -> Path | None:
    found = shutil.which("esbuild")
    return Path(found) if found is not None and version_of(Path(found)) == version else None


def version_of(executable: Path) -> str | None:
    """Return the version that an executable answers to `--version`, or None when it gives none."""
    try:
        said = run([str(executable), "--version"], timeout=20).strip()
    except (CommandFailed, ToolMissing, OSError):
        return None
    return said if re.fullmatch(r"\d[\w.+-]*", said) else None


def _executable(folder: Path, version: str, store: Store) -> Path:
    """Return the executable in an unpacked package, made to run.

    Raises:
        ToolMissing: it does not run here.
        IgbuildError: it cannot be made to run, because the cache cannot be written.
    """
    inside = next(
        (folder / part for part in ("bin/esbuild", "esbuild.exe") if (folder / part).exists()), None
    )
    if inside is None:
        raise IgbuildError(f"the esbuild package in {folder} holds no executable")
    if not os.access(inside, os.X_OK):
        with store.explained():
            inside.chmod(0o755)
        got = version_of(inside)
        if got != version:
            inside.chmod(0o644)
            raise ToolMissing(f"{inside} does not run on this machine (it answered {got}).\n{WAYS}")
    return inside
