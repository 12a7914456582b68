"""Time to the first frame: a built site against stock Pyodide in a plain worker, with the same env.

`python -m tests.benchmarks.first_frame [--json]`. Each load has an empty cache; the two pages take turns.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from igbuild.packages.cache import Store
from igbuild.scaffold import init_experiment
from igbuild.serve.app import ServeSettings, create_app
from igbuild.site.archive import pack
from tests.browser import harness
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PAGE = Path(__file__).parent / "first_frame_page"
ROUNDS = 7


def plain_page(folder: Path, env: Path) -> Path:
    """Lay out the baseline: Pyodide, the study, and twenty lines of JavaScript."""
    folder.mkdir()
    pyodide = harness.pyodide_folder(Store())
    for name in (*harness.PYODIDE_FILES, "pyodide-lock.json"):
        shutil.copy(pyodide / name, folder)
    for name in ("index.html", "page.js", "worker.js"):
        shutil.copy(PAGE / name, folder)
    runtime = {
        f"igbuild/runtime/{path.relative_to(harness.runtime_dir()).as_posix()}": path.read_bytes()
        for path in harness.runtime_dir().rglob("*.py")
    }
    study = {"env.py": env.read_bytes(), "first_frame.py": (PAGE / "first_frame.py").read_bytes()}
    (folder / "study.zip").write_bytes(pack({"igbuild/__init__.py": b"", **runtime, **study}))
    return folder


def time_page(browser: Browser, url: str, ready: str) -> float:
    """Open a page in a fresh profile; return ms from navigation until `ready` is true."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(url)
    taken = page.wait_for_function(
        f"() => ({ready}) && performance.now()", polling=10, timeout=60_000
    ).json_value()
    context.close()
    return float(taken)


def measure() -> dict[str, Any]:
    """Return medians in ms and their ratio."""
    with tempfile.TemporaryDirectory() as temporary:
        root = Path(temporary)
        init_experiment(root / "solo", "solo", force=False)
        env = root / "solo" / "env.py"
        site = harness.build_experiment(
            root / "solo", env.read_text(), (root / "solo" / "experiment.toml").read_text()
        )
        apps = [create_app(ServeSettings(site=folder)) for folder in (site, plain_page(root / "plain", env))]
        igbuild_times, plain_times = [], []
        with (
            harness.serve(apps[0]) as built,
            harness.serve(apps[1]) as plain,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=chromium(), args=harness.chromium_flags())
            for _ in range(ROUNDS):
                igbuild_times.append(
                    time_page(browser, f"{built}/index.html", "globalThis.igbuild?.phase === 'start'")
                )
                plain_times.append(time_page(browser, f"{plain}/index.html", "globalThis.firstFrame"))
            browser.close()
    ours, theirs = statistics.median(igbuild_times), statistics.median(plain_times)
    return {"igbuild_ms": ours, "plain_ms": theirs, "ratio": ours / theirs}


def main() -> None:
    """Print the figures."""
    found = measure()
    if "--json" in sys.argv:
        print(json.dumps(found))
        return
    print(f"time to first frame, median of {ROUNDS} loads with an empty cache")
    print(f"  igbuild site                        {found['igbuild_ms']:7.0f} ms")
    print(f"  stock Pyodide in a plain worker     {found['plain_ms']:7.0f} ms")
    print(f"  ratio                               {found['ratio']:7.2f}")


if __name__ == "__main__":
    main()
