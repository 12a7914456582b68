"""What `[environment] packages` asks for: requirements by name, and wheels or folders by path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from igbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

LOCAL = re.compile(
    r"^(?P<path>(?:\.{1,2}|~)?(?:[/\\][^\[\]]*)?|[^@;<>=\[\]]*\.whl)(?:\[(?P<extras>[^\]]*)\])?$"
)


@dataclass(frozen=True)
class Named:
    """A requirement by name, as PEP 508 writes it."""

    requirement: Requirement

    def __str__(self) -> str:
        """Return the requirement with its name normalised, so that equal wishes read alike."""
        same = Requirement(str(self.requirement))
        same.name = canonicalize_name(same.name)
        return str(same)


@dataclass(frozen=True)
class Local:
    """A wheel, or a folder to build one from.

    Attributes:
        path: where it lies, relative to the experiment, with `/`.
        extras: the extras asked for, sorted.
    """

    path: str
    extras: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the path, and the extras in brackets."""
        return self.path + (f"[{','.join(self.extras)}]" if self.extras else "")


def parse(packages: Iterable[str], root: Path) -> tuple[list[Named], list[Local]]:
    """Sort the requested packages into names and paths, each sorted and without repetition.

    Args:
        packages: as written in experiment.toml.
        root: the experiment's folder, which paths are relative to.

    Raises:
        ConfigError: one is neither, or names a URL (a lock holds no host names).
    """
    named, local = {}, {}
    for text in packages:
        match = LOCAL.match(text.strip())
        if text.strip() and match is not None and "://" not in text:
            item = _local(match["path"], match["extras"] or "", root)
            local[str(item)] = item
        else:
            wish = Named(_requirement(text))
            named[str(wish)] = wish
    return [named[key] for key in sorted(named)], [local[key] for key in sorted(local)]


def _local(path: str, extras: str, root: Path) -> Local:
    full = Path(os.path.normpath(root / Path(path).expanduser()))
    if not full.exists():
        raise ConfigError(f"[environment] packages: there is no {path!r} beside the experiment ({full})")
    try:
        relative = os.path.relpath(full, root).replace(os.sep, "/")
    except ValueError as error:  # another drive on Windows
        raise ConfigError(f"[environment] packages: {path!r} lies on another drive; copy it here") from error
    names = sorted(canonicalize_name(extra) for extra in extras.split(",") if extra.strip())
    return Local(relative if relative.startswith(".") else f"./{relative}", tuple(names))


def _requirement(text: str) -> Requirement:
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise ConfigError(
            f"[environment] packages: {text!r} is not a package: {error}\n"
            'Write a name with an optional version ("gymnasium>=1.0") or a path ("./mylib").'
        ) from error
    if requirement.url is not None:
        raise ConfigError(
            f"[environment] packages: {text!r} names a URL, and a lock holds none. "
            'Download the wheel beside the experiment and name its path ("./wheels/NAME.whl").'
        )
    return requirement
