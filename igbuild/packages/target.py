"""What a Pyodide release is to an installer: its Python, its markers and its wheel tags."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from igbuild.errors import ConfigError

if TYPE_CHECKING:
    from packaging.requirements import Requirement
    from packaging.tags import Tag
    from pyodide_lock.spec import InfoSpec

OLDEST = Version("0.28.0")


@dataclass(frozen=True)
class Target:
    """The platform that the packages of a site run on.

    Attributes:
        pyodide: version of Pyodide, for example `314.0.7`.
        python: full version of its Python, for example `3.14.2`.
        abi: its platform's version, for example `2026_0`.
        emscripten: version of Emscripten it was built with, for example `5.0.3`.
    """

    pyodide: str
    python: str
    abi: str
    emscripten: str

    @classmethod
    def of(cls, pyodide: str, info: InfoSpec) -> Target:
        """Read the target from the `info` of that release's lock.

        Raises:
            ConfigError: the lock does not name its ABI, as those of old releases.
        """
        if info.abi_version is None:
            raise ConfigError(f"the base lock of Pyodide {pyodide} names no ABI version; use a newer release")
        emscripten = info.platform.removeprefix("emscripten_").replace("_", ".")
        return cls(pyodide, info.python, info.abi_version, emscripten)

    @property
    def python_minor(self) -> str:
        """Python's version as `3.14`."""
        return ".".join(self.python.split(".")[:2])

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags that native wheels for this target carry, best first."""
        newest = f"pyemscripten_{self.abi}_wasm32"
        # Before the platform was standardised, the same ABI went by the project's name.
        return (newest, f"pyodide_{self.abi}_wasm32") if self.abi < "2026" else (newest,)

    def markers(self, extra: str = "") -> dict[str, str]:
        """Return the marker environment, for one extra where given."""
        return {
            "implementation_name": "cpython",
            "implementation_version": self.python,
            "os_name": "posix",
            "platform_machine": "wasm32",
            "platform_python_implementation": "CPython",
            "platform_release": self.emscripten,
            "platform_system": "Emscripten",
            "platform_version": "#1",
            "python_full_version": self.python,
            "python_version": self.python_minor,
            "sys_platform": "emscripten",
            "extra": extra,
        }

    def applies(self, requirement: Requirement, extras: frozenset[str] = frozenset()) -> bool:
        """Say whether a requirement's marker holds here, with none or any of the extras active."""
        marker = requirement.marker
        return marker is None or any(marker.evaluate(dict(self.markers(e))) for e in ("", *sorted(extras)))

    def tags(self) -> frozenset[Tag]:
        """Return all wheel tags that install here."""
        from packaging.tags import compatible_tags, cpython_tags  # noqa: PLC0415  # not for pure wheels

        minor = tuple(int(part) for part in self.python.split(".")[:2])
        platforms = list(self.platforms)
        return frozenset(cpython_tags(minor, platforms=platforms)) | frozenset(
            compatible_tags(minor, f"cp{minor[0]}{minor[1]}", platforms)
        )

    def accepts(self, file_name: str) -> bool:
        """Say whether a wheel of this name installs here; a name that is no wheel's does not."""
        if file_name.endswith("-py3-none-any.whl"):
            return True
        try:
            return not self.tags().isdisjoint(parse_wheel_filename(file_name)[3])
        except InvalidWheelFilename:
            return False


def is_pure(file_name: str) -> bool:
    """Say whether a wheel runs on every platform, by its name."""
    return file_name.endswith("-any.whl")


def check_supported(pyodide: str) -> None:
    """Raise ConfigError for a version of Pyodide that igbuild cannot lock, with the reason."""
    try:
        version = Version(pyodide)
    except InvalidVersion:
        raise ConfigError(f"[pyodide] version {pyodide!r} is not a version; write one like 314.0.7") from None
    if version < OLDEST:
        raise ConfigError(
            f"[pyodide] version {pyodide} is too old: its runtime cannot take a lock and the folder of its "
            "wheels apart (`lockFileContents` with `packageBaseUrl`), and it demands a lock of exactly its "
            f"own version. Use {OLDEST} or newer, for example 314.0.7."
        )
