"""The user's own packages: wheels taken as they are, folders built into wheels that are always the same."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from igbuild.errors import ConfigError, IgbuildError
from igbuild.files import sha256_file
from igbuild.packages import wheel
from igbuild.packages.sources import source_hash
from igbuild.packages.tools import uv_command
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from igbuild.packages.cache import Store
    from igbuild.packages.requested import Local
    from igbuild.packages.target import Target

EPOCH = (1980, 1, 1, 0, 0, 0)
ABOUT = re.compile(r"[^/]+\.dist-info/WHEEL")
GENERATOR = re.compile(rb"^Generator:[^\r\n]*", re.MULTILINE)


@dataclass(frozen=True)
class LocalWheel:
    """A wheel of the user's own.

    Attributes:
        wish: what asked for it.
        name: the package's normalised name.
        file_name: the wheel's name.
        sha256: its hash.
        source_hash: hash of what it was made from: the wheel itself, or the folder's files.
        path: where it lies in the cache.
    """

    wish: Local
    name: str
    file_name: str
    sha256: str
    source_hash: str
    path: Path


def take(wish: Local, root: Path, target: Target, store: Store, env: Mapping[str, str]) -> LocalWheel:
    """Bring a local wheel, or the wheel built from a local folder, into the cache.

    Args:
        wish: what was asked for.
        root: the experiment's folder.
        target: the platform it must install on.
        store: keeps the wheel.
        env: the environment for uv, which builds.

    Raises:
        ConfigError: it is no package, or a wheel for another platform.
        IgbuildError: the build failed.
    """
    path = root / wish.path
    fingerprint = source_hash(path)
    with store.temporary() as folder:
        made = path if path.is_file() else build(path, folder, env)
        if not target.accepts(made.name):
            raise ConfigError(
                f"[environment] packages: {made.name} does not run on Pyodide {target.pyodide}: it needs "
                f"a wheel tagged py3-none-any or cp{target.python_minor.replace('.', '')} with "
                f"{target.platforms[0]}."
            )
        digest = sha256_file(made)
        kept = store.add(made, digest)
        about = wheel.read(kept, made.name)
    return LocalWheel(wish, about.name, made.name, digest, fingerprint, kept)


def build(source: Path, folder: Path, env: Mapping[str, str]) -> Path:
    """Build the wheel of a package's folder, the same bytes on every machine.

    The wheel is packed anew, sorted, undated and uncompressed, because compressors differ.
    """
    if not any((source / name).is_file() for name in ("pyproject.toml", "setup.py")):
        raise ConfigError(
            f"[environment] packages: {source} is no package: it has no pyproject.toml. "
            "Files that only this experiment needs belong into its [environment] source."
        )
    built = folder / "built"
    line = [*uv_command(), "build", "--wheel", "--quiet", "--color=never", "--no-progress"]
    line += ["--out-dir", str(built), str(source)]
    stamped = {**env, "SOURCE_DATE_EPOCH": "315532800", "PYTHONHASHSEED": "0"}
    try:
        run(line, cwd=folder, env=stamped)
    except CommandFailed as error:
        raise IgbuildError(f"the package {source} could not be built:\n{error.output.strip()}") from error
    wheels = list(built.glob("*.whl"))
    if len(wheels) != 1:
        raise IgbuildError(f"building {source} gave {len(wheels)} wheels instead of one")
    return repack(wheels[0], folder / wheels[0].name)


def repack(source: Path, target: Path) -> Path:
    """Write a wheel again with the same content, sorted, undated and uncompressed.

    Which version of a build backend made it is left out, and so its RECORD is written anew.
    """
    with zipfile.ZipFile(source) as old:
        files = {name: old.read(name) for name in sorted(old.namelist()) if not name.endswith("/")}
    about = next((name.removesuffix("/WHEEL") for name in files if ABOUT.fullmatch(name)), None)
    if about is not None:
        files[f"{about}/WHEEL"] = GENERATOR.sub(b"Generator: igbuild", files[f"{about}/WHEEL"])
        files[f"{about}/RECORD"] = _record(f"{about}/RECORD", files)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as new:
        for name, data in sorted(files.items()):
            member = zipfile.ZipInfo(name, EPOCH)
            member.external_attr = 0o644 << 16
            member.create_system = 3
            new.writestr(member, data)
    return target


def _record(own: str, files: Mapping[str, bytes]) -> bytes:
    """Return the RECORD of a wheel: every file's hash and size, none of its own."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    for name, data in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        rows.writerow((name, "", "") if name == own else (name, f"sha256={digest}", len(data)))
    return out.getvalue().encode()
