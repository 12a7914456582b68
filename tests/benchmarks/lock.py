"""`igbuild lock` warm on gymnasium and pettingzoo, the whole process, against `uv pip compile` alone.

`python -m tests.benchmarks.lock [--json]`. The two take turns; aim: a ratio of 2 or less. `igbuild lock
--check` is measured beside them; aim: under 300 ms.
"""

from __future__ import annotations

import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igbuild.packages.tools import uv_command
from igbuild.scaffold import init_experiment

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15
PACKAGES = ["gymnasium", "pettingzoo"]


def seconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure() -> dict[str, Any]:
    """Return medians in ms and their ratio."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary) / "game"
        init_experiment(root, "solo", force=False)
        toml = root / "experiment.toml"
        text, found = re.subn(
            r"^packages = \[\]", f"packages = {json.dumps(PACKAGES)}", toml.read_text(), flags=re.MULTILINE
        )
        assert found == 1, "the solo template has one active, empty list of packages"
        toml.write_text(text)
        (root / "requirements.in").write_text("\n".join(PACKAGES) + "\n")

        def igbuild(*options: str) -> None:
            subprocess.run([sys.executable, "-m", "igbuild", "lock", "-q", *options], cwd=root, check=True)

        def uv() -> None:
            command = [*uv_command(), "pip", "compile", "--quiet", "--no-build", "requirements.in"]
            subprocess.run(command, cwd=root, check=True, stdout=subprocess.DEVNULL)

        igbuild()
        uv()
        times: dict[str, list[float]] = {"lock": [], "uv": [], "check": []}
        for _ in range(ROUNDS):
            times["lock"].append(seconds(igbuild))
            times["uv"].append(seconds(uv))
            times["check"].append(seconds(lambda: igbuild("--check")))
    medians = {f"{name}_ms": statistics.median(values) * 1000 for name, values in times.items()}
    return {**medians, "ratio": medians["lock_ms"] / medians["uv_ms"]}


def main() -> None:
    """Print the figures."""
    found = measure()
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    print(f"igbuild lock, {' and '.join(PACKAGES)}, warm, median of {ROUNDS}")
    print(f"  igbuild lock, whole process         {found['lock_ms']:7.0f} ms")
    print(f"  uv pip compile alone                {found['uv_ms']:7.0f} ms")
    print(f"  ratio                               {found['ratio']:7.2f}")
    print(f"  igbuild lock --check                {found['check_ms']:7.0f} ms")


if __name__ == "__main__":
    main()
