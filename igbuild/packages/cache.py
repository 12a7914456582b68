"""The cache: files by their SHA-256 and verified folders, safe under parallel runs and kills."""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError, IntegrityError
from igbuild.files import exclusive, sha256_file, write_atomic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KINDS = ("files", "folders", "partial", "tmp")
LOCK = ".lock"
"""Ends the name of the lock of what has otherwise the same name, in `partial` and `tmp`."""
STALE_SECONDS = 24 * 3600
"""Temporary folders older than this were left by a run that was killed."""


@dataclass(frozen=True)
class CacheInfo:
    """What the cache holds.

    Attributes:
        path: where it lies.
        files: number of files.
        bytes: their total size.
        kinds: bytes by kind (`files`, `folders`, `partial`, `tmp`).
    """

    path: Path
    files: int
    bytes: int
    kinds: dict[str, int]


def default_root() -> Path:
    """Return `IGBUILD_CACHE` if set, else the user's cache folder of this platform."""
    if chosen := os.environ.get("IGBUILD_CACHE"):
        return Path(chosen)
    import platformdirs  # noqa: PLC0415  # costs more than all a check does

    return Path(platformdirs.user_cache_path("igbuild", appauthor=False))


class Store:
    """A folder of verified files and folders, shared by all experiments of a user.

    Nothing is ever changed in place: what is added is written under a temporary name and moved, so a
    second run, or a kill in the middle, sees either all of it or nothing.

    Args:
        root: where the cache lies; by default `default_root()`. Made when something is first added.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = (root or default_root()).expanduser().absolute()

    def get(self, sha256: str) -> Path | None:
        """Return the file with this hash, or None. Its bytes are hashed again; damaged ones are forgotten."""
        path = self._file(sha256)
        try:
            if sha256_file(path) == sha256:
                return path
        except FileNotFoundError:
            return None
        with suppress(OSError):
            path.unlink()
        return None

    def add(self, file: Path, sha256: str, *, name: str = "") -> Path:
        """Copy a file into the cache and return where it lies.

        Args:
            file: the file to copy.
            sha256: the hash it must have.
            name: what to call it in an error; by default its own name.

        Raises:
            IntegrityError: it has another hash; nothing is kept.
            IgbuildError: the cache cannot be written.
        """
        if (kept := self.get(sha256)) is not None:
            return kept
        with self.temporary() as folder, self.explained():
            copy = folder / "file"
            shutil.copyfile(file, copy)
            check_sha256(copy, sha256, name or file.name)
            return self._move_in(copy, sha256)

    def _move_in(self, verified: Path, sha256: str) -> Path:
        target = self._file(sha256)
        target.parent.mkdir(parents=True, exist_ok=True)
        verified.chmod(0o644)
        os.replace(verified, target)  # noqa: PTH105
        return target

    def folder(self, key: str) -> Path | None:
        """Return the folder kept under a key, or None; every file is compared with its recorded hash."""
        kept = self.root / "folders" / key
        try:
            files: dict[str, str] = json.loads((kept / "files.json").read_bytes())
            if all(sha256_file(kept / "content" / name) == digest for name, digest in files.items()):
                return kept / "content"
        except FileNotFoundError:
            if not kept.exists():
                return None
        except ValueError:
            pass
        self._discard(kept)
        return None

    def add_folder(self, key: str, fill: Callable[[Path], None]) -> Path:
        """Keep a folder under a key and return it.

        Args:
            key: a relative path that names the content, for example `npm/phaser-4.2.1-0123abcd`.
            fill: writes the content into the empty folder it is given; whatever it raises, nothing is kept.
        """
        if (kept := self.folder(key)) is not None:
            return kept
        with self.temporary() as temporary, self.explained():
            made = temporary / "made"
            content = made / "content"
            content.mkdir(parents=True)
            fill(content)
            files = sorted(path for path in content.rglob("*") if path.is_file())
            record = {path.relative_to(content).as_posix(): sha256_file(path) for path in files}
            write_atomic(made / "files.json", json.dumps(record))
            target = self.root / "folders" / key
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                made.rename(target)
            except OSError:
                # Another run was quicker; what it kept was verified by the same hashes.
                if (kept := self.folder(key)) is None:
                    raise
            return target / "content"

    @contextmanager
    def temporary(self) -> Iterator[Path]:
        """Give an empty folder on the cache's own file system, and remove it afterwards.

        Raises:
            IgbuildError: the cache cannot be written.
        """
        parent = self.root / "tmp"
        folder = parent / secrets.token_hex(8)
        with ExitStack() as held:
            with self.explained():
                held.enter_context(exclusive(folder.with_suffix(LOCK)))
                self._sweep(parent)
                folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)

    def partial(self, sha256: str) -> Path:
        """Return where an unfinished download of this hash is kept, for the next run to resume.

        Who writes to it holds the lock of the same name (`LOCK`).
        """
        with self.explained():
            folder = self.root / "partial"
            folder.mkdir(parents=True, exist_ok=True)
        return folder / sha256

    def take(self, file: Path, sha256: str, name: str) -> Path:
        """Move a finished file of the cache's own file system (`temporary`, `partial`) into its place.

        Raises:
            IntegrityError: it has another hash; it is deleted.
        """
        try:
            check_sha256(file, sha256, name)
        except IntegrityError:
            file.unlink(missing_ok=True)
            raise
        with self.explained():
            return self._move_in(file, sha256)

    def info(self) -> CacheInfo:
        """Count what the cache holds."""
        kinds = dict.fromkeys(KINDS, 0)
        count = 0
        for kind in KINDS:
            for path in (self.root / kind).rglob("*"):
                with suppress(FileNotFoundError):
                    if path.is_file():
                        count += 1
                        kinds[kind] += path.stat().st_size
        return CacheInfo(self.root, count, sum(kinds.values()), kinds)

    def clear(self) -> int:
        """Delete what igbuild put into the cache, and nothing else there; return the bytes freed.

        What other runs are writing just now stays.
        """
        before = self.info().bytes
        if any((self.root / kind).exists() for kind in KINDS):
            self._clear_verified()
        for kind in ("partial", "tmp"):
            with suppress(FileNotFoundError):
                for path in list((self.root / kind).iterdir()):
                    _remove_idle(path)
            with suppress(OSError):  # another run is at work in it
                (self.root / kind).rmdir()
        return max(0, before - self.info().bytes)

    def _clear_verified(self) -> None:
        """Move what is finished out of the way in one step each, then delete it."""
        with self.temporary() as folder, self.explained():
            for kind in ("files", "folders"):
                with suppress(FileNotFoundError):
                    (self.root / kind).rename(folder / kind)

    def _file(self, sha256: str) -> Path:
        return self.root / "files" / sha256[:2] / sha256

    def _discard(self, path: Path) -> None:
        """Move something damaged out of the way in one step, then delete it."""
        with suppress(OSError), self.temporary() as folder:
            path.rename(folder / "damaged")

    @staticmethod
    def _sweep(parent: Path) -> None:
        oldest = time.time() - STALE_SECONDS
        for path in parent.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < oldest:
                    _remove_idle(path)

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Turn what the file system refuses into an error that says what to do."""
        try:
            yield
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                reason, way = "the disk is full", "Free some space (`igbuild cache clear` may help)"
            elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
                reason, way = "it cannot be written", "Make it writable"
            else:
                raise
            raise IgbuildError(
                f"cache {self.root}: {reason} ({error.strerror}), so nothing was added to it. "
                f"{way}, or set IGBUILD_CACHE to another folder."
            ) from error


def _remove_idle(path: Path) -> None:
    """Delete an unfinished file or a temporary folder, unless a run holds its lock."""
    with suppress(BlockingIOError, FileNotFoundError), exclusive(path.with_suffix(LOCK), wait=False):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        elif path.suffix != LOCK:
            path.unlink()


def folder_key(name: str, version: str, integrity: str) -> str:
    """Return the key of an npm package; it holds the hash, so another tarball is another folder."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "+", name.lstrip("@"))
    digest = re.sub(r"[^A-Za-z0-9]", "", integrity.removeprefix("sha512-"))[:24]
    return f"npm/{plain}-{version}-{digest}"


def check_sha256(path: Path, expected: str, name: str) -> None:
    """Raise IntegrityError unless a file has the expected SHA-256."""
    got = sha256_file(path)
    if got != expected:
        raise mismatch(name, f"sha256 {expected}", f"sha256 {got}", path.stat().st_size)


def mismatch(name: str, expected: str, got: str, size: int) -> IntegrityError:
    """Return the error for bytes that do not have the pinned hash."""
    return IntegrityError(
        f"{name} is not the pinned file ({size} bytes)\n  expected {expected}\n  got      {got}\n"
        "Nothing of it was kept. A proxy, a mirror or a broken download may have changed it; "
        "if the new file is wanted, run `igbuild lock -U`."
    )
