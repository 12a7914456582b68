"""Put a finished site into its folder so that nobody ever sees half of one.

Every file but `index.html` and `manifest.json` is named after its content. So a new site is first
written beside the old one, under a name of its own. Where there is no old one, that folder is renamed,
and all is done. Else its files are moved in, which changes nothing for anybody; then `index.html` is
replaced, in one step, and is the new site; then what nothing names any more is deleted. A build that
fails or is killed on the way leaves the last site whole. Of two builds at once the second waits, for what
the first deletes may be what the second has just moved in.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from igbuild.errors import ConfigError, IgbuildError
from igbuild.files import exclusive
from igbuild.site import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Mapping

    from igbuild.site.manifest import Manifest
    from igbuild.site.plan import Content

OWN_FOLDERS = ("app", "pyodide", "wheels", "python", "onnx", "assets")
LAST = ("index.html", manifests.NAME)
STALE_SECONDS = 3600


def check_out(out: Path) -> None:
    """Refuse a folder whose content is not igbuild's.

    Raises:
        ConfigError: `out` is a file, or holds files and no manifest of igbuild.
    """
    if out.exists() and not out.is_dir():
        raise ConfigError(f"{out} is a file; the site needs a folder: choose another with --out")
    if out.is_dir() and any(out.iterdir()) and manifests.read_manifest(out) is None:
        raise ConfigError(
            f"{out} holds files that igbuild did not make, and nothing in it was touched; "
            "empty it, or choose another folder with --out"
        )


def write_site(out: Path, contents: Mapping[str, Content], manifest: Manifest) -> None:
    """Write a site into its folder, replacing the one that is there.

    Args:
        out: the folder, checked with `check_out`.
        contents: every file of the site but the manifest, by URL.
        manifest: describes them.

    Raises:
        IgbuildError: the disk is full or cannot be written; the last site is whole.
    """
    try:
        with exclusive(out.parent / f".{out.name}.lock"):
            _write(out, contents, manifest)
    except OSError as error:
        raise IgbuildError(
            f"the site could not be written to {out} ({error.strerror or error}); the last one there is "
            "whole. Free some space or choose another folder with --out"
        ) from error


def _write(out: Path, contents: Mapping[str, Content], manifest: Manifest) -> None:
    _sweep(out)
    with tempfile.TemporaryDirectory(prefix=_prefix(out), dir=out.parent, ignore_cleanup_errors=True) as name:
        fresh = Path(name)
        _fill(fresh, contents, manifest)
        if not out.exists() or not any(out.iterdir()):
            _move_whole(fresh, out)
            return
        _move_in(fresh, out, [*sorted(set(contents) - set(LAST)), *LAST])
    _remove_others(out, manifest)


def _fill(folder: Path, contents: Mapping[str, Content], manifest: Manifest) -> None:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content.data, bytes):
            path.write_bytes(content.data)
        else:
            shutil.copyfile(content.data, path)
        path.chmod(0o644)
    (folder / manifests.NAME).write_bytes(manifest.encode())
    wrong = manifests.damaged(folder, manifest)
    if wrong:
        raise IgbuildError(f"{wrong[0]} changed while the site was being written; build again")


def _move_whole(fresh: Path, out: Path) -> None:
    fresh.chmod(0o755)  # temporary folders are private
    if out.exists():
        out.rmdir()
    fresh.rename(out)


def _move_in(fresh: Path, out: Path, names: list[str]) -> None:
    for name in names:
        target = out / name
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(fresh / name, target)  # noqa: PTH105  # over an existing file, on every system


def _remove_others(out: Path, manifest: Manifest) -> None:
    keep = {out / name for name in manifest.files}
    for folder in OWN_FOLDERS:
        for path in sorted((out / folder).rglob("*"), reverse=True):
            with suppress(OSError):  # a folder that is not empty; a file that a reader on Windows holds open
                if path.is_dir() and not path.is_symlink():
                    path.rmdir()
                elif path not in keep:
                    path.unlink()


def _sweep(out: Path) -> None:
    """Delete what builds that were killed have left beside the site."""
    oldest = time.time() - STALE_SECONDS
    for folder in out.parent.glob(_prefix(out) + "*"):
        with suppress(OSError):
            if folder.stat().st_mtime < oldest:
                shutil.rmtree(folder, ignore_errors=True)


def _prefix(out: Path) -> str:
    return f".{out.name}-building-"
