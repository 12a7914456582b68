"""The typed model of experiment.toml: reading it, checking it, describing it to people and to editors.

The names below are imported on first use, so that `import igbuild.config` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from igbuild.config.model import ExperimentConfig
    from igbuild.config.reader import Experiment, load_experiment
    from igbuild.config.study import study_files

__all__ = ["Experiment", "ExperimentConfig", "load_experiment", "study_files"]

_HOMES = {
    "Experiment": "reader",
    "ExperimentConfig": "model",
    "load_experiment": "reader",
    "study_files": "study",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
