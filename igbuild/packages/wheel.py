"""What a wheel says about itself: name, version, dependencies, what it imports as."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from email.parser import BytesParser
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename

from igbuild.errors import IgbuildError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Wheel:
    """A wheel's own account.

    Attributes:
        name: its normalised name.
        version: its version.
        requires: its requirements, markers included.
        imports: the names its modules are imported by, sorted.
    """

    name: str
    version: str
    requires: tuple[Requirement, ...]
    imports: tuple[str, ...]


def read(path: Path, file_name: str | None = None) -> Wheel:
    """Read a wheel.

    Args:
        path: the file.
        file_name: the wheel's name, where the file is called otherwise (as in the cache).

    Raises:
        IgbuildError: it is not a readable wheel.
    """
    shown = file_name or path.name
    try:
        name, version, _, _ = parse_wheel_filename(shown)
        with zipfile.ZipFile(path) as archive:
            inside = next(
                member
                for member in archive.namelist()
                if member.endswith(".dist-info/METADATA")
                and canonicalize_name(member.split("-")[0]) == name
                and member.count("/") == 1
            )
            metadata = BytesParser().parsebytes(archive.read(inside), headersonly=True)
            requires = tuple(Requirement(text) for text in metadata.get_all("Requires-Dist", []))
            imports = _imports(archive)
    except InvalidWheelFilename as error:
        raise IgbuildError(f"{shown} is not the name of a wheel: {error}") from error
    except (zipfile.BadZipFile, StopIteration, InvalidRequirement, OSError) as error:
        why = str(error) or "it holds no METADATA"
        raise IgbuildError(f"{shown} is not a readable wheel: {why}") from error
    return Wheel(str(name), str(version), requires, imports)


def _imports(archive: zipfile.ZipFile) -> tuple[str, ...]:
    names = set()
    for member in archive.namelist():
        first, *rest = member.split("/")
        if not rest and first.endswith((".py", ".so")):
            names.add(first.split(".")[0])
        elif rest and rest[-1].endswith((".py", ".so")) and first.isidentifier():
            names.add(first)
    return tuple(sorted(names))
