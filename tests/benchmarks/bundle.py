"""`igbuild bundle` with nothing to do, the whole process, against esbuild alone on the same rendered files.

`python -m tests.benchmarks.bundle [--json]`. The two take turns; a build from
scratch is measured beside them.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igbuild.config import load_experiment
from igbuild.packages.api import locked
from igbuild.packages.cache import Store
from igbuild.scaffold import init_experiment
from igbuild.site import bundling
from igbuild.site.build import BuildOptions, build_site
from igbuild.site.esbuild import command_line

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 15


def keep_stage(experiment_toml: Path, stage: Path) -> list[list[str]]:
    """Build once; keep the rendered files and return the esbuild commands that were run on them."""
    experiment = load_experiment(experiment_toml)
    store = Store()
    commands: list[list[str]] = []
    original = bundling.bundle

    def recorded(executable: Path, place: Path, entries: list[str], **options: Any) -> Any:
        made = original(executable, place, entries, **options)
        commands.append(command_line(executable, entries, **options))
        if not stage.exists():
            shutil.copytree(place, stage, symlinks=True)
        return made

    bundling.bundle = recorded  # type: ignore[assignment]
    try:
        build_site(
            experiment, locked(experiment, store), experiment.out, store, options=BuildOptions(force=True)
        )
    finally:
        bundling.bundle = original
    return commands


def seconds(action: Callable[[], object]) -> float:
    """Return how long something takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def measure() -> dict[str, Any]:
    """Return medians in ms and their ratio."""
    with tempfile.TemporaryDirectory() as temporary:
        root, stage = Path(temporary) / "game", Path(temporary) / "stage"
        init_experiment(root, "solo", force=False)
        commands = keep_stage(root / "experiment.toml", stage)

        def igbuild(*options: str) -> None:
            subprocess.run([sys.executable, "-m", "igbuild", "bundle", "-q", *options], cwd=root, check=True)

        def esbuild() -> None:
            for command in commands:
                subprocess.run(command, cwd=stage, check=True)

        igbuild()
        times: dict[str, list[float]] = {"unchanged": [], "esbuild": [], "from_scratch": []}
        for _ in range(ROUNDS):
            times["unchanged"].append(seconds(igbuild))
            times["esbuild"].append(seconds(esbuild))
            times["from_scratch"].append(seconds(lambda: igbuild("--force")))
    medians = {f"{name}_ms": statistics.median(values) * 1000 for name, values in times.items()}
    return {**medians, "ratio": medians["unchanged_ms"] / medians["esbuild_ms"]}


def main() -> None:
    """Print the figures."""
    found = measure()
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    print(f"igbuild bundle, solo experiment, median of {ROUNDS}")
    print(f"  unchanged, whole process            {found['unchanged_ms']:7.0f} ms")
    print(f"  esbuild alone on the same files     {found['esbuild_ms']:7.0f} ms")
    print(f"  ratio                               {found['ratio']:7.2f}")
    print(f"  from scratch, whole process         {found['from_scratch_ms']:7.0f} ms")


if __name__ == "__main__":
    main()
