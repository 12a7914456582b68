"""The experiment's own files: its Python, the data beside it, its images; read, and checked for syntax."""

from __future__ import annotations

import os
import re
import sys
import warnings
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from igbuild.config import study_files
from igbuild.errors import IgbuildError, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from igbuild.config import Experiment

IMAGES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg"})


class StudyError(IgbuildError):
    """A mistake in the experiment's own files; the message begins with `file:line:column`.

    Attributes:
        path: the file.
        line: 1-based line, where known.
        column: 1-based column, where known.
    """

    def __init__(self, message: str, path: Path, line: int | None = None, column: int | None = None) -> None:
        where = ":".join(str(part) for part in (shown(path), line, column) if part is not None)
        super().__init__(f"{where}: {message}")
        self.path = path
        self.line = line
        self.column = column


def read_study(experiment: Experiment, out: Path) -> dict[str, bytes]:
    """Read the study's Python and the data beside it, by path relative to what modules are imported from.

    Args:
        experiment: where to look.
        out: the folder that the site is built into; it may lie inside the source, and is not read.

    Raises:
        StudyError: a file cannot be read.
    """
    return {name: _read(path) for name, path in study_files(experiment) if not _within(path, out)}


def read_images(experiment: Experiment, out: Path) -> dict[str, bytes]:
    """Read the images of `[assets]` and the files its atlases name, by path relative to the folder.

    Raises:
        StudyError: a file cannot be read.
    """
    folder = experiment.assets_folder
    if folder is None:
        return {}
    images = {name for name in _walk(folder) if Path(name).suffix.lower() in IMAGES}
    atlases = experiment.config.assets.atlases.values()
    named = {PurePosixPath(os.path.normpath(file)).as_posix() for a in atlases for file in (a.image, a.data)}
    return {name: _read(folder / name) for name in sorted(images | named) if not _within(folder / name, out)}


def read_models(experiment: Experiment) -> dict[str, bytes]:
    """Read the ONNX models of the bots, by the path that the TOML gives.

    Raises:
        StudyError: a file cannot be read.
    """
    models = {bot.onnx for bot in experiment.config.players.bots.values() if bot.onnx is not None}
    return {name: _read(experiment.root / name) for name in sorted(models)}


def check_syntax(study: Mapping[str, bytes], source: Path, target: tuple[int, int] | None) -> None:
    """Compile every Python file of the study, so that a typing error costs no download.

    Parsing would not do: a `return` outside a function, or a misplaced `from __future__`, is only found by
    the compiler.

    Args:
        study: what `read_study` returned.
        source: the file or folder that it was read from, for messages.
        target: version of the browser's Python, where known.

    Raises:
        StudyError: a file does not compile.
    """
    folder = source if source.is_dir() else source.parent
    for name, data in study.items():
        if not name.endswith(".py"):
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile(data, name, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise StudyError(
                _explain(error, data, target), folder / name, error.lineno, error.offset
            ) from None
        except ValueError as error:  # a NUL byte, before Python 3.12
            raise StudyError(str(error), folder / name) from None


def browser_python(pyodide: str) -> tuple[int, int] | None:
    """Return the version of Python in a version of Pyodide, where its number tells: 314.0.7 has 3.14."""
    major = int(pyodide.partition(".")[0])
    return divmod(major, 100) if major >= 300 else None


_NEWER = re.compile(
    r"""\s*type\s+\w+\s*[\[=]  # a type alias (3.12)
    | \s*(?:async\s+)?(?:def|class)\s+\w+\s*\[  # type parameters (3.12)
    | .*\b[rR]?[fF][rR]?["']  # quotes within the braces of an f-string (3.12)
    | .*\b[rR]?[tT][rR]?["']  # a template string (3.14)
    | \s*except\s[^(]*,  # several exceptions without parentheses (3.14)
    """,
    re.VERBOSE,
)
"""Lines that may be of a Python newer than 3.11."""


def _explain(error: SyntaxError, data: bytes, target: tuple[int, int] | None) -> str:
    here = sys.version_info[:2]
    lines = data.decode(errors="replace").splitlines()
    line = lines[error.lineno - 1] if error.lineno and error.lineno <= len(lines) else ""
    if target is None or target <= here or not _NEWER.match(line):
        return error.msg
    old, new = (".".join(str(part) for part in version) for version in (here, target))
    return (
        f"{error.msg} (read by Python {old}; the browser has {new}: if this is its newer syntax, "
        f"run igbuild with Python {new})"
    )


def _walk(folder: Path) -> Iterator[str]:
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(current)
        yield from (
            (here / name).relative_to(folder).as_posix() for name in files if not name.startswith(".")
        )


def _within(path: Path, folder: Path) -> bool:
    return path.absolute().is_relative_to(folder.absolute())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StudyError(f"cannot be read ({error.strerror})", path) from error
