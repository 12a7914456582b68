"""Which version of which package: uv's answer for a Pyodide distribution and the user's index.

Policy: pure packages of the distribution are preferred, and give way where a wish demands another
version. Binary ones are pinned, unless the index has a wheel built for the same platform.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

import tomli
from packaging.utils import canonicalize_name

from igbuild.errors import ConfigError, IgbuildError
from igbuild.packages.target import is_pure
from igbuild.packages.tools import uv_command
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyodide_lock.spec import PackageSpec

    from igbuild.packages.local import LocalWheel
    from igbuild.packages.target import Target

PYLOCK = "pylock.toml"
STANDARDISED = "2026_0"
FAMILIAR = ("gymnasium", "minigrid", "pettingzoo")
"""Packages that studies use and no distribution has, suggested where a name is nearly theirs."""


class Unresolvable(ConfigError):
    """No set of packages meets what was asked for.

    Attributes:
        packages: normalised names of the wishes that uv names in its reason.
    """

    def __init__(self, message: str, packages: frozenset[str]) -> None:
        super().__init__(message)
        self.packages = packages


@dataclass(frozen=True)
class Question:
    """What is to be resolved.

    Attributes:
        target: the platform.
        distribution: the Python packages of the base lock, by normalised name.
        requirements: PEP 508 requirements, those that apply to the target.
        local: the wheels taken or built from the user's own files, by name.
        pins: versions of an existing lock, taken where they still fit.
        exclude_newer: ignore what the index got after this date, as uv reads it.
        offline: let uv use its cache only.
    """

    target: Target
    distribution: Mapping[str, PackageSpec]
    requirements: Sequence[str]
    local: Mapping[str, LocalWheel] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    exclude_newer: str | None = None
    offline: bool = False


@dataclass(frozen=True)
class Choice:
    """One resolved package.

    Attributes:
        name: its normalised name.
        version: its version.
        source: `distribution`, `index` or `path`.
        file_name: the wheel's name, where it comes from the index.
        sha256: the wheel's hash as the index states it, where it comes from the index.
    """

    name: str
    version: str
    source: str
    file_name: str = ""
    sha256: str = ""


def resolve(question: Question, interpreter: Path, folder: Path, env: Mapping[str, str]) -> dict[str, Choice]:
    """Ask uv, and return its choices by name.

    Args:
        question: what is to be resolved.
        interpreter: the Python that answers for the target.
        folder: an empty folder to work in.
        env: the environment for uv, which looks for the stubs too (`with_stubs`).

    Raises:
        ConfigError: there is no solution; uv's reason is in the message.
        IgbuildError: uv failed for another reason, for example no network.
    """
    held = {name: spec for name, spec in question.distribution.items() if _is_fixed(spec, question.target)}
    for _ in range(len(question.distribution) + 1):
        choices = _ask(question, held, interpreter, folder, env)
        usurped = {
            name: question.distribution[name]
            for name, choice in choices.items()
            if choice.source == "index" and name not in held and _is_binary(question.distribution.get(name))
            if is_pure(choice.file_name)
        }
        if not usurped:
            return choices
        held |= usurped
    raise AssertionError("each round pins one more package")  # pragma: no cover


def _is_fixed(package: PackageSpec, target: Target) -> bool:
    """Say whether a package of the distribution is pinned whatever the index has.

    So are parts of the standard library, and the binary packages of releases from before wheels for this
    platform were standardised (`pyemscripten_2026_0`): those were tested as one.
    """
    standard_library = package.package_type == "cpython_module"
    return standard_library or (target.abi < STANDARDISED and _is_binary(package))


def _is_binary(package: PackageSpec | None) -> bool:
    return package is not None and not is_pure(package.file_name)


def _ask(
    question: Question,
    held: Mapping[str, PackageSpec],
    interpreter: Path,
    folder: Path,
    env: Mapping[str, str],
) -> dict[str, Choice]:
    wishes = [*question.requirements, *(_offer(wheel, folder) for wheel in question.local.values())]
    (folder / "requirements.in").write_text("\n".join(wishes) + "\n", encoding="utf-8")
    pinned = [f"{name}=={spec.version}" for name, spec in held.items() if name not in question.local]
    (folder / "constraints.txt").write_text("\n".join(pinned) + "\n", encoding="utf-8")
    (folder / PYLOCK).write_text(preferences(question), encoding="utf-8")
    try:
        run(command(question, interpreter), cwd=folder, env=env)
    except CommandFailed as error:
        raise _explain(error, question) from error
    return read_pylock((folder / PYLOCK).read_text(encoding="utf-8"), question)


def _offer(wheel: LocalWheel, folder: Path) -> str:
    """Lay a local wheel out under its real name, and return the requirement that demands it."""
    (folder / "local").mkdir(exist_ok=True)
    copy = Path(shutil.copyfile(wheel.path, folder / "local" / wheel.file_name))
    extras = f"[{','.join(wheel.wish.extras)}]" if wheel.wish.extras else ""
    return f"{wheel.name}{extras} @ {copy.absolute().as_uri()}"


def preferences(question: Question) -> str:
    """Return a pylock.toml that uv reads as versions to prefer."""
    wanted = {
        name: package.version for name, package in question.distribution.items() if is_pure(package.file_name)
    }
    wanted |= question.pins
    head = f'lock-version = "1.0"\ncreated-by = "igbuild"\nrequires-python = ">={question.target.python}"\n'
    blocks = [f'\n[[packages]]\nname = "{name}"\nversion = "{wanted[name]}"\n' for name in sorted(wanted)]
    return head + ("".join(blocks) or "packages = []\n")


def command(question: Question, interpreter: Path) -> list[str]:
    """Return uv's command line; it holds no index and no credentials."""
    line = [*uv_command(), "pip", "compile", "requirements.in", "--constraints", "constraints.txt"]
    line += ["--quiet", "--color=never", "--no-header", "--format", "pylock.toml", "--output-file", PYLOCK]
    line += ["--no-build", "--no-python-downloads", "--no-progress"]
    line += ["--python", str(interpreter), "--python-version", question.target.python]
    if question.exclude_newer is not None:
        line += ["--exclude-newer", question.exclude_newer]
    if question.offline:
        line.append("--offline")
    return line


def with_stubs(env: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Add the stubs to the places uv looks in; an option on its command line would replace the user's."""
    places = [str(folder), *filter(None, [env.get("UV_FIND_LINKS")])]
    return {**env, "UV_FIND_LINKS": ",".join(places)}


def read_pylock(text: str, question: Question) -> dict[str, Choice]:
    """Read uv's answer."""
    choices: dict[str, Choice] = {}
    for package in tomli.loads(text).get("packages", []):
        name = canonicalize_name(package["name"])
        choices[name] = _choice(name, package, question)
    return choices


def _choice(name: str, package: dict[str, Any], question: Question) -> Choice:
    ours = question.distribution.get(name)
    if name in question.local:
        return Choice(name, package.get("version", ""), "path")
    if ours is not None and ours.version == package["version"]:
        return Choice(name, ours.version, "distribution")
    wheels = [(_file_name(wheel), wheel) for wheel in package.get("wheels", [])]
    for file_name, wheel in wheels:
        if question.target.accepts(file_name):
            return Choice(
                name, package["version"], "index", file_name, wheel.get("hashes", {}).get("sha256", "")
            )
    raise IgbuildError(f"uv chose {name} {package['version']}, which has no wheel for Pyodide")


def _file_name(wheel: dict[str, Any]) -> str:
    if "name" in wheel:
        return str(wheel["name"])
    return PurePosixPath(unquote(urlsplit(wheel["url"]).path) if "url" in wheel else wheel["path"]).name


def _explain(error: CommandFailed, question: Question) -> IgbuildError:
    output = error.output.strip()
    reason = " ".join(output.split())  # uv breaks lines where the terminal ends
    asked = {canonicalize_name(name) for name in re.findall(r"you require ([\w.-]*\w)", reason)}
    unknown = re.search(r"ecause ([\w.-]*\w) was not found in the package registry", reason)
    if unknown and canonicalize_name(unknown[1]) in asked:
        near = get_close_matches(canonicalize_name(unknown[1]), [*FAMILIAR, *question.distribution], 1, 0.8)
        hint = f'did you mean "{near[0]}"?' if near else "is its name written as pip takes it?"
        return Unresolvable(
            f"the package index knows no {unknown[1]}; {hint}", frozenset({canonicalize_name(unknown[1])})
        )
    if "No solution found" in reason or "was not found in the package registry" in reason:
        target = question.target
        return Unresolvable(
            f"[environment] packages cannot be resolved for Pyodide {target.pyodide} "
            f"(Python {target.python}). uv says:\n{output}\n"
            "Loosen a version, or leave the package out. Packages with compiled parts must be in the "
            f"Pyodide distribution or have a wheel for {target.platforms[0]}.",
            frozenset(asked),
        )
    if "invalid value" in reason and question.exclude_newer is not None:
        return ConfigError(
            f"--exclude-newer {question.exclude_newer!r} is not a date; write one like 2026-01-31 "
            "or 2026-01-31T12:00:00Z."
        )
    hint = " Run this once without --offline." if question.offline else ""
    return IgbuildError(f"uv could not resolve [environment] packages:\n{output}{hint}")
