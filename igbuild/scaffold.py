"""`igbuild init`: a runnable experiment in a new folder."""

from __future__ import annotations

import re
import shlex
import unicodedata
from pathlib import Path
from typing import Final

from igbuild.config.reader import read_config
from igbuild.config.schema import schema_text
from igbuild.config.study import SCHEMA_NAME
from igbuild.errors import ConfigError
from igbuild.files import write_atomic
from igbuild.resources import templates_dir

# The one placeholder: the name in a template's files, in whose place the folder's name is written.
TEMPLATE_NAME: Final = "my-experiment"
# A template's file that must not act where it is kept is kept under another name.
_RENAMED: Final = {"gitignore": ".gitignore"}
_NO_CONTENT: Final = frozenset({".git", ".DS_Store"})


def template_names() -> list[str]:
    """List the templates there are."""
    return sorted(folder.name for folder in (templates_dir() / "init").iterdir() if folder.is_dir())


def init_experiment(target: Path, template: str, *, force: bool) -> list[Path]:
    """Write a template's experiment into a folder, which is made if need be.

    Everything is made ready before the first file is written. With `force`, a file that would change is
    first kept under a further name ending in `.bak`.

    Returns:
        The files written, copies of old ones included.

    Raises:
        ConfigError: no such template, the target is no folder, or it is not empty and not `force`.
    """
    files = _files(template, experiment_name(target))
    _check_target(target, force=force)
    for path in (target / name for name in files):
        if path.exists() and not path.is_file():
            raise ConfigError("is not a file, and the template writes one there; move it", path=path)
    written = []
    for name, content in files.items():
        path = target / name
        if path.is_file():
            if path.read_bytes() == content:
                continue
            copy = _free_name(path)
            write_atomic(copy, path.read_bytes())
            written.append(copy)
        write_atomic(path, content)
        written.append(path)
    return written


def next_steps(target: Path) -> str:
    """Say what to type after `igbuild init`."""
    enter = [] if target.resolve() == Path.cwd() else [f"  cd {shlex.quote(str(target))}"]
    return "\n".join(
        (
            "Next:",
            *enter,
            "  igbuild serve --dev    play it, and see every change at once",
            "  igbuild bundle         build the site into dist/",
        )
    )


def experiment_name(target: Path) -> str:
    """Derive the experiment's name from its folder: lower-case letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", target.resolve().name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:64].rstrip("-") or TEMPLATE_NAME


def _files(template: str, name: str) -> dict[str, bytes]:
    """Make the content of every file, by path relative to the target."""
    if template not in template_names():
        raise ConfigError(f"there is no template {template!r}; there are: {', '.join(template_names())}")
    folder = templates_dir() / "init" / template
    files = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if path.is_file() and "__pycache__" not in relative.parts:
            content = path.read_bytes().replace(TEMPLATE_NAME.encode(), name.encode())
            files[relative.with_name(_RENAMED.get(path.name, path.name)).as_posix()] = content
    read_config(files["experiment.toml"].decode(), folder / "experiment.toml")
    files[SCHEMA_NAME] = schema_text().encode()
    return files


def _check_target(target: Path, *, force: bool) -> None:
    if target.exists() and not target.is_dir():
        raise ConfigError("is a file; name a folder", path=target)
    for parent in target.parents:
        if parent.exists() and not parent.is_dir():
            raise ConfigError(f"cannot be made, because {parent} is a file", path=target)
    if force or not target.is_dir():
        return
    there = sorted(entry.name for entry in target.iterdir() if entry.name not in _NO_CONTENT)
    if there:
        shown = ", ".join(there[:3]) + (", …" if len(there) > 3 else "")
        raise ConfigError(
            f"is not empty ({shown}); name a new folder, or write into this one with --force", path=target
        )


def _free_name(path: Path) -> Path:
    number = 1
    while (copy := path.with_name(f"{path.name}{f'.{number}' if number > 1 else ''}.bak")).exists():
        number += 1
    return copy
