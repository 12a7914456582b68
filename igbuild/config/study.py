"""Which files are the study's Python: what a site ships of the source, data files included."""

from __future__ import annotations

import os
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final

from igbuild.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from igbuild.config.reader import Experiment

LOCK_NAME: Final = "pyodide-lock.json"
SCHEMA_NAME: Final = "experiment.schema.json"
_LEFT_OUT: Final = frozenset({"__pycache__", "node_modules", "dist", "build", LOCK_NAME, SCHEMA_NAME})
_LEFT_OUT_ENDS: Final = (".pyc", ".pyo", ".egg-info", ".dist-info", "~", ".bak")


def study_files(experiment: Experiment) -> list[tuple[str, Path]]:
    """List the study's files as (POSIX path relative to where modules are imported from, file), sorted.

    Left out are dot-files, caches, virtual environments, built sites, the assets folder (shipped by
    itself), participants' data, the lock, the schema, the TOML, and what `environment.exclude` names.

    Raises:
        ConfigError: a symbolic link leads out of the experiment's folder or to a folder.
    """
    source = experiment.source
    if source.is_file():
        return [(source.name, source)]
    assets = experiment.assets_folder
    skip = {experiment.path, experiment.out.resolve(), assets.resolve() if assets else None}
    skip.add((experiment.root / experiment.config.server.data).resolve())
    found = [
        (path.relative_to(source).as_posix(), path)
        for path in _walk(source)
        if not any(part in skip for part in (path.resolve(), *path.resolve().parents))
    ]
    patterns = experiment.config.environment.exclude
    found = [(name, path) for name, path in found if not excluded(name, patterns)]
    for name, path in found:
        _refuse_escape(name, path, experiment.root)
    return sorted(found)


def excluded(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether a path or a folder that holds it matches a pattern.

    A pattern without `/` is one of names, wherever they are; with `/` it is one of paths below the source.
    """
    path = PurePosixPath(name)
    below = [path.as_posix(), *(parent.as_posix() for parent in path.parents)][:-1]
    return any(
        fnmatchcase(candidate, pattern.rstrip("/"))
        for pattern in patterns
        for candidate in (below if "/" in pattern.rstrip("/") else path.parts)
    )


def _walk(folder: Path) -> list[Path]:
    paths: list[Path] = []
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        links = [here / name for name in folders if (here / name).is_symlink() and _wanted(name)]
        folders[:] = [
            name for name in folders if _wanted(name) and not (here / name / "pyvenv.cfg").is_file()
        ]
        paths += links
        paths += [here / name for name in files if _wanted(name)]
    return paths


def _wanted(name: str) -> bool:
    return not name.startswith(".") and name not in _LEFT_OUT and not name.endswith(_LEFT_OUT_ENDS)


def _refuse_escape(name: str, path: Path, root: Path) -> None:
    if path.is_dir():
        raise ConfigError(f"{name} is a symbolic link to a folder; put the folder itself there", path=path)
    if not path.resolve().is_relative_to(root):
        raise ConfigError(f"{name} is a link out of the experiment's folder; copy the file there", path=path)
    if not path.is_file():
        raise ConfigError(f"{name} is not a file that can be shipped; remove or repair it", path=path)
