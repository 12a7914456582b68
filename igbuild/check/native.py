"""Runs a check in a Python of this machine: igbuild's own, or the user's, where igbuild is not installed."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from igbuild.check.shipped import shipped
from igbuild.errors import IgbuildError, ToolMissing
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from igbuild.check.plan import Job
    from igbuild.config import Experiment

OLDEST: Final = (3, 11)
"""Python that the runtime is written for."""

TIME_LIMIT: Final = 900.0
"""Seconds for one job; an environment that hangs would hold the check for ever."""


class NativePython:
    """A Python of this machine.

    Args:
        experiment: whose study is on the path, first.
        python: its executable; igbuild's own by default.

    Attributes:
        name: version and executable, for the report.
        installer: command that installs packages into it.

    Raises:
        ToolMissing: it is no Python, or one that is too old.
    """

    def __init__(self, experiment: Experiment, python: Path | None = None) -> None:
        self._python = str(python or sys.executable)
        source = experiment.source
        self._study = source if source.is_dir() else source.parent
        version = _version(self._python)
        self.name = f"Python {version} ({self._python})"
        self.installer = f"{self._python} -m pip install"

    def run(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Answer jobs, each in a process of its own.

        Raises:
            IgbuildError: a process ended without an answer.
        """
        with tempfile.TemporaryDirectory(prefix="igbuild-check-") as folder:
            home = Path(folder)
            for name, data in shipped().items():
                (home / name).parent.mkdir(parents=True, exist_ok=True)
                (home / name).write_bytes(data)
            return [self._one(job, home) for job in jobs]

    def _one(self, job: Job, home: Path) -> dict[str, Any]:
        request, target = home / "request.json", home / "answer.json"
        request.write_text(json.dumps(job.request), encoding="utf-8")
        theirs = os.environ.get("PYTHONPATH", "")
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (str(home), str(self._study), theirs))),
            "PYTHONHASHSEED": str(job.hash_seed),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [self._python, "-m", "igbuild.check.probe", str(request), str(target)]
        try:
            run(command, cwd=self._study, env=environment, timeout=TIME_LIMIT)
        except CommandFailed as error:
            said = error.output.strip() or f"exit code {error.returncode}"
            raise IgbuildError(
                f"the environment ended the Python it was checked in ({self._python}):\n{said}"
            ) from None
        answer: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        target.unlink()
        return answer


def _version(python: str) -> str:
    ask = "import sys; print('.'.join(map(str, sys.version_info[:3])))"
    try:
        said = run([python, "-c", ask], timeout=60).strip()
        version = tuple(map(int, said.split(".")))
    except (CommandFailed, ValueError) as error:
        raise ToolMissing(f"{python} is not a Python that can be run: {error}") from None
    if version < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        raise ToolMissing(f"{python} is Python {said}; a check needs {oldest} or newer, as the browser has")
    return said
