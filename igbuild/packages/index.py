"""Wheels from the user's package index: pip fetches and checks them, the cache keeps them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError, IntegrityError
from igbuild.packages.tools import pip_command
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from igbuild.packages.cache import Store
    from igbuild.packages.resolve import Choice
    from igbuild.packages.target import Target


def fetch(
    choices: Sequence[Choice], target: Target, store: Store, *, cwd: Path | None = None, offline: bool = False
) -> dict[str, Path]:
    """Get wheels from the index into the cache.

    Args:
        choices: what to get; each names version, file and hash.
        target: the platform they are for.
        store: looked in first; keeps what was fetched.
        cwd: where pip runs.
        offline: fail rather than ask the index.

    Returns:
        The wheels in the cache, by package name.

    Raises:
        IntegrityError: a wheel has another hash than the one pinned; nothing is kept.
        IgbuildError: pip could not get one.
    """
    found: dict[str, Path] = {}
    missing = []
    for choice in choices:
        kept = store.get(choice.sha256)
        if kept is None:
            missing.append(choice)
        else:
            found[choice.name] = kept
    if not missing:
        return found
    if offline:
        names = ", ".join(f"{choice.name} {choice.version}" for choice in missing)
        raise IgbuildError(f"not in the cache: {names}. Run this once without --offline.")
    with store.temporary() as folder:
        _download(missing, target, folder, cwd)
        for choice in missing:
            wheel = _of(choice, folder)
            found[choice.name] = store.add(wheel, choice.sha256)
    return found


def command(target: Target, requirements: Path, folder: Path) -> list[str]:
    """Return pip's command line: no resolving, hashes demanded, wheels for the target only."""
    line = [*pip_command(), "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    # uv has judged what each wheel says of Python; it sets their upper bounds aside, pip would not.
    line += [
        "--ignore-requires-python",
        "--implementation",
        "cp",
        "--python-version",
        target.python_minor,
        "--dest",
        str(folder),
    ]
    for platform in target.platforms:
        line += ["--platform", platform]
    return [*line, "--progress-bar", "off", "--requirement", str(requirements)]


def _download(choices: Sequence[Choice], target: Target, folder: Path, cwd: Path | None) -> None:
    requirements = folder / "requirements.txt"
    lines = [f"{choice.name}=={choice.version} --hash=sha256:{choice.sha256}\n" for choice in choices]
    requirements.write_text("".join(lines), encoding="utf-8")
    try:
        run(command(target, requirements, folder), cwd=cwd)
    except CommandFailed as error:
        raise explain(error) from error


def _of(choice: Choice, folder: Path) -> Path:
    wheel = folder / choice.file_name
    if not wheel.is_file():
        have = ", ".join(sorted(path.name for path in folder.glob("*.whl")))
        raise IgbuildError(f"pip fetched {have}, but not {choice.file_name}")
    return wheel


def explain(error: CommandFailed) -> IgbuildError:
    """Turn what pip said into an error; a wrong hash names the file, what was expected and what came."""
    text = error.output.strip()
    expected, got = re.search(r"Expected sha256 (\w+)", text), re.search(r"Got\s+(\w+)", text)
    if expected is not None and got is not None:
        what = re.search(r"^\s{4}(\S+==\S+|\S+).* from", text, re.MULTILINE)
        return IntegrityError(
            f"{what[1] if what else 'a wheel from the index'} is not the pinned file\n"
            f"  expected sha256 {expected[1]}\n  got      sha256 {got[1]}\n"
            "Nothing of it was kept. If the index replaced the file on purpose, run `igbuild lock -U`."
        )
    return IgbuildError(f"pip could not fetch the wheels:\n{text}")
