"""The lock file: `pyodide-lock.json` beside experiment.toml, read, written and asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from igbuild.errors import IgbuildError
from igbuild.files import sha256_bytes, write_atomic
from igbuild.packages.spec import join, split, to_text

if TYPE_CHECKING:
    from pathlib import Path

    from pyodide_lock.spec import PackageSpec, PyodideLockSpec

    from igbuild.packages.spec import Extras

LOCK_NAME = "pyodide-lock.json"
FORMAT = 1
"""Raised when an older igbuild could not use the file."""


@dataclass(frozen=True)
class LockRequest:
    """Everything a lock depends on, as plain values.

    Attributes:
        pyodide: the version of Pyodide.
        packages: requirements and local paths, as written in experiment.toml.
        npm: the npm packages a site needs besides Pyodide, for example `("phaser",)`.
        root: the experiment's folder, which local paths are relative to.
        base: `[pyodide] base`: where the distribution lies; an address, a folder, or None for the default.
    """

    pyodide: str
    packages: tuple[str, ...]
    npm: tuple[str, ...]
    root: Path
    base: str | None = None


@dataclass(frozen=True)
class Entry:
    """One package of a lock.

    Attributes:
        key: its normalised name.
        version: its version.
        file_name: its wheel (or archive of libraries), relative.
        sha256: the wheel's hash.
        source: `distribution`, `index` or `path`.
        size: of the wheel in bytes; None for files of the distribution, whose lock names none.
        depends: the keys of what it needs.
        imports: the names it is imported by.
    """

    key: str
    version: str
    file_name: str
    sha256: str
    source: str
    size: int | None
    depends: tuple[str, ...]
    imports: tuple[str, ...]

    @property
    def name(self) -> str:
        """The file's bare name."""
        return self.file_name.rpartition("/")[2]


@dataclass(frozen=True)
class Lock:
    """A lock: what Pyodide reads, and what igbuild adds in its `tool` tables.

    Attributes:
        spec: info and packages, as pyodide-lock models them.
        extras: everything else in the file.
    """

    spec: PyodideLockSpec
    extras: Extras

    @property
    def facts(self) -> dict[str, Any]:
        """The table that igbuild adds."""
        table: dict[str, Any] = self.extras.top.get("tool", {}).get("igbuild", {})
        return table

    @property
    def pyodide_version(self) -> str:
        """The version of Pyodide the site runs on."""
        return str(self.facts["pyodide"]["version"])

    @property
    def pyodide_integrity(self) -> str:
        """The npm integrity of the runtime's tarball."""
        return str(self.facts["pyodide"]["integrity"])

    @property
    def npm(self) -> dict[str, dict[str, str]]:
        """The npm parts: name to `{version, integrity}`."""
        table: dict[str, dict[str, str]] = self.facts.get("npm", {})
        return table

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """The packages by key."""
        return {key: self._entry(key, package) for key, package in sorted(self.spec.packages.items())}

    @property
    def imports(self) -> frozenset[str]:
        """The top-level names that the packages are imported by."""
        return frozenset(name.partition(".")[0] for one in self.entries.values() for name in one.imports)

    def _entry(self, key: str, package: PackageSpec) -> Entry:
        facts = self.extras.packages.get(key, {}).get("tool", {}).get("igbuild", {})
        return Entry(
            key,
            package.version,
            package.file_name,
            package.sha256,
            str(facts.get("source", "distribution")),
            facts.get("size"),
            tuple(package.depends),
            tuple(package.imports),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the file's JSON."""
        return join(self.spec, self.extras)

    @cached_property
    def sha256(self) -> str:
        """The hash of the file as igbuild writes it: what identifies a site's parts."""
        return sha256_bytes(to_text(self.to_json()).encode())


def digest(data: dict[str, Any]) -> str:
    """Return the hash of a lock's content, whatever its layout and whichever igbuild wrote it.

    It stands in the file itself, so that an edited or badly merged lock is noticed.
    """
    facts = {key: value for key, value in data["tool"]["igbuild"].items() if key not in ("digest", "igbuild")}
    content = {**data, "tool": {**data["tool"], "igbuild": facts}}
    return sha256_bytes(json.dumps(content, sort_keys=True, ensure_ascii=False).encode())


def parse_lock(text: str, where: str) -> Lock:
    """Read a lock from text. Raises as `read_lock`."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise IgbuildError(
            f"{where} is not JSON: {error}. Take the committed version back, or delete it and run "
            "`igbuild lock`."
        ) from error
    lock = Lock(*split(data, where))
    facts = lock.facts
    if not {"format", "pyodide", "inputs", "digest"} <= facts.keys():
        raise IgbuildError(
            f"{where} was not made by igbuild. Move it away and run `igbuild lock`; to lock against "
            "your own Pyodide distribution, name its folder in [pyodide] base."
        )
    if facts["format"] != FORMAT:
        raise IgbuildError(
            f"{where} was written by igbuild {facts.get('igbuild')} in format {facts['format']}, and this "
            f"igbuild reads format {FORMAT}. Upgrade igbuild, or delete the file and run `igbuild lock`."
        )
    return lock


def read_lock(path: Path) -> Lock | None:
    """Read a lock file; None where there is none.

    Raises:
        IgbuildError: it is no lock that igbuild wrote.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise IgbuildError(f"{path} is not a text file: {error}") from error
    return parse_lock(text, str(path))


def write_lock(lock: Lock, path: Path) -> bool:
    """Write a lock file; return whether its bytes changed.

    Raises:
        IgbuildError: it cannot be written; the old one is still there.
    """
    raw = to_text(lock.to_json()).encode()
    if path.is_file() and path.read_bytes() == raw:
        return False
    try:
        write_atomic(path, raw)
    except OSError as error:
        raise IgbuildError(
            f"{path} cannot be written: {error.strerror}. The old lock is still there."
        ) from error
    return True
