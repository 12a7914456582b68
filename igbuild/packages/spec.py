"""pyodide-lock's model on real lock files: strips what it cannot hold, and puts it back.

pyodide-lock 0.1.2, the one release that runs on every Python igbuild supports, forbids keys it does
not know (newer locks have `tool` tables) and demands `info.version` (newer locks have none).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pyodide_lock.spec import InfoSpec, PackageSpec, PyodideLockSpec

from igbuild.errors import IgbuildError

NO_VERSION = ""
"""Stands for a missing `info.version` inside the model."""


@dataclass(frozen=True)
class Extras:
    """What stands in a lock file beside the model.

    Attributes:
        top: further keys of the file, `tool` among them.
        info: further keys of `info`.
        packages: further keys of each package that has any, by package key.
    """

    top: dict[str, Any] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    packages: dict[str, dict[str, Any]] = field(default_factory=dict)


def split(data: Any, where: str = "pyodide-lock.json") -> tuple[PyodideLockSpec, Extras]:
    """Part a lock file's JSON into the model and what the model cannot hold.

    Args:
        data: the parsed JSON.
        where: the file's name in an error.

    Raises:
        IgbuildError: it is not a Pyodide lock.
    """
    try:
        info, extra_info = _part(data["info"], InfoSpec)
        info.setdefault("version", NO_VERSION)
        packages, extra_packages = {}, {}
        for key, package in data["packages"].items():
            packages[key], further = _part(package, PackageSpec)
            if further:
                extra_packages[key] = further
        top = {key: value for key, value in data.items() if key not in ("info", "packages")}
        spec = PyodideLockSpec.model_validate({"info": info, "packages": packages})
    except (KeyError, TypeError, AttributeError, ValidationError) as error:
        raise IgbuildError(f"{where} is not a Pyodide lock file: {error}") from error
    return spec, Extras(top, extra_info, extra_packages)


def _part(data: dict[str, Any], model: type[InfoSpec | PackageSpec]) -> tuple[dict[str, Any], dict[str, Any]]:
    known = {key: value for key, value in data.items() if key in model.model_fields}
    return known, {key: value for key, value in data.items() if key not in known}


def join(spec: PyodideLockSpec, extras: Extras) -> dict[str, Any]:
    """Return the JSON of a lock file: the inverse of `split`."""
    data = spec.model_dump()
    if data["info"]["version"] == NO_VERSION:
        del data["info"]["version"]
    data["info"].update(extras.info)
    for key, further in extras.packages.items():
        data["packages"][key].update(further)
    data.update(extras.top)
    return data


def to_text(data: dict[str, Any]) -> str:
    """Return a lock's JSON as igbuild commits it: sorted, indented by two, a final newline."""
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
