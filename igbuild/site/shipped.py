"""What of the experiment's folder everybody can download from its site, said before it is public."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from igbuild.site.report import human

if TYPE_CHECKING:
    from collections.abc import Mapping

    from igbuild.config import Experiment
    from igbuild.console import Console

LARGE: Final = 5_000_000
"""Bytes from which a file is worth a word: every participant waits for it."""

_RESULTS: Final = frozenset(
    {
        ".csv",
        ".db",
        ".feather",
        ".ipynb",
        ".jsonl",
        ".log",
        ".parquet",
        ".rds",
        ".sav",
        ".sqlite",
        ".sqlite3",
        ".tsv",
        ".xlsx",
    }
)
"""Endings of files that hold what was collected rather than what a game is made of."""

_SECRET: Final = frozenset({".key", ".p12", ".pem", ".pfx"})


def tell(experiment: Experiment, study: Mapping[str, bytes], console: Console, *, dev: bool) -> None:
    """Say how much is shipped and what of it looks as if it should not be.

    Args:
        experiment: whose files.
        study: their content by path.
        console: where it is said; the list of files only where it is verbose.
        dev: the site is built again and again, for nobody else: only what is suspicious is said.
    """
    total = human(sum(len(data) for data in study.values()))
    count = f"{len(study)} file{'' if len(study) == 1 else 's'}"
    line = f"shipping {count} of {experiment.config.environment.source!r}, {total}"
    (console.detail if dev else console.step)(line)
    for name, data in study.items():
        console.detail(f"{name}  {human(len(data))}")
    doubtful = suspicious(experiment, study)
    if doubtful:
        shown = ", ".join(doubtful[:3]) + (f" and {len(doubtful) - 3} more" if len(doubtful) > 3 else "")
        console.warn(
            f"everybody can download {shown} from the site; leave behind what is not part of the game with "
            f'environment.exclude = ["{_pattern(doubtful[0])}"], or say exclude = [] if all of it is'
        )


def suspicious(experiment: Experiment, study: Mapping[str, bytes]) -> list[str]:
    """Return the files that are large or look like collected data or keys.

    Data is looked for only where the source is the experiment's whole folder. Whoever wrote
    `environment.exclude` has thought about it, and is not asked again.
    """
    environment = experiment.config.environment
    if "exclude" in environment.model_fields_set:
        return []
    endings = _SECRET | (_RESULTS if experiment.source.resolve() == experiment.root else frozenset())
    return [
        name
        for name, data in study.items()
        if PurePosixPath(name).suffix.lower() in endings or len(data) >= LARGE
    ]


def _pattern(name: str) -> str:
    """Suggest a pattern for a file and those like it."""
    path = PurePosixPath(name)
    return path.parts[0] if len(path.parts) > 1 else f"*{path.suffix}"
