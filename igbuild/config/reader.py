"""Reading experiment.toml: text to a checked, immutable Experiment, or one error with every mistake found."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tomli
from pydantic import ValidationError

from igbuild.config.checks import check_files
from igbuild.config.locate import Locations
from igbuild.config.model import ExperimentConfig
from igbuild.config.problems import findings
from igbuild.errors import ConfigError, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_SUCH_FILE = (
    "there is no such file; name yours with -c PATH, or make a new experiment with igbuild init DIR"
)
BASE_VARIABLE = "IGBUILD_PYODIDE_BASE"


@dataclass(frozen=True)
class Experiment:
    """A checked experiment.toml and where it lies.

    Attributes:
        config: what it says.
        path: the TOML file, absolute.
        root: its folder; every path in the TOML is relative to it.
    """

    config: ExperimentConfig
    path: Path
    root: Path

    @property
    def source(self) -> Path:
        """File or folder with the study's Python, absolute."""
        return self.root / self.config.environment.source

    @property
    def assets_folder(self) -> Path | None:
        """Folder of images, absolute; None without one."""
        folder = self.config.assets.folder
        return None if folder is None else self.root / folder

    @property
    def out(self) -> Path:
        """Folder of the finished site, absolute."""
        return self.root / self.config.bundle.out

    def pyodide_base(self, environ: Mapping[str, str] = os.environ) -> str | Path:
        """Return where the distribution's own wheels come from: a URL ending in `/`, or a folder.

        The environment variable IGBUILD_PYODIDE_BASE comes first, then `[pyodide] base`, then the Pyodide
        project's own address for the version.
        """
        pyodide = self.config.pyodide
        for given, relative_to in ((environ.get(BASE_VARIABLE), Path.cwd()), (pyodide.base, self.root)):
            if given and re.match(r"https?://", given):
                return given.rstrip("/") + "/"
            if given:
                return (relative_to / Path(given).expanduser()).resolve()
        return f"https://cdn.jsdelivr.net/pyodide/v{pyodide.version}/full/"


def load_experiment(path: Path) -> Experiment:
    """Read and check an experiment.toml with the files it names.

    Raises:
        ConfigError: with every mistake found, each as `file:line:column`.
    """
    text = _read(path)
    data = _parse(text, path)
    config = validate(data, text, path)
    experiment = Experiment(config=config, path=path.resolve(), root=path.resolve().parent)
    found = check_files(config, experiment.root)
    if found:
        locations = Locations(text)
        raise ConfigError.of([finding.at(locations) for finding in found], path)
    return experiment


def read_config(text: str, path: Path) -> ExperimentConfig:
    """Check a TOML text by itself, without the files it names; `path` is for messages.

    Raises:
        ConfigError: with every mistake found.
    """
    return validate(_parse(text, path), text, path)


def validate(data: dict[str, Any], text: str, path: Path) -> ExperimentConfig:
    """Turn parsed TOML into the model."""
    try:
        return ExperimentConfig.model_validate(data)
    except ValidationError as error:
        locations = Locations(text)
        found = findings(error.errors(include_url=False), data)
        raise ConfigError.of([finding.at(locations) for finding in found], path) from None


def _read(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(NO_SUCH_FILE, path=path) from None
    except IsADirectoryError:
        raise ConfigError(f"is a folder; name the file: -c {path / 'experiment.toml'}", path=path) from None
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", path=path) from None
    raw = raw.removeprefix(b"\xef\xbb\xbf")  # Windows editors begin UTF-8 files with a byte order mark
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        raise ConfigError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file with the encoding UTF-8",
            path=path,
            line=before.count("\n") + 1,
            column=len(before) - before.rfind("\n"),
        ) from None


def _parse(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        hint = "; is the closing quote missing?" if error.msg.endswith(r"'\n'") else ""
        message = f"this is not TOML: {error.msg[:1].lower()}{error.msg[1:]}{hint}"
        problem = Problem(message, error.lineno, error.colno)
        raise ConfigError.of([problem], path) from None
