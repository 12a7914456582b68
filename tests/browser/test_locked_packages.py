"""Sites locked against a distribution install their packages and really import them, on each release."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from igbuild.packages import npm, pins
from igbuild.packages.cache import Store
from igbuild.packages.lock import read_lock
from tests.browser import harness
from tests.stand_ins import Distribution, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

ENV = """\
import fastmath
import mylib
import stats
import {index}

assert fastmath.version == "2.0"
assert stats.version == fastmath.version
assert mylib.version == "0.3"
assert {check}

class Still:
    def reset(self, seed=None, options=None):
        return 0, {{}}

    def step(self, action):
        return 0, 1.0, False, False, {{}}

    def render(self):
        from igbuild.runtime import Surface
        return Surface(600, 400)

def make():
    return Still()
"""

RELEASES = [
    # Pyodide, the tag of native wheels, what is taken from the index, a check that it works
    (
        "0.28.3",
        "cp313-cp313-pyodide_2025_0_wasm32",
        "farama_notifications",
        "farama_notifications.notifications",
    ),
    (
        "0.29.5",
        "cp313-cp313-pyemscripten_2025_0_wasm32",
        "farama_notifications",
        "farama_notifications.notifications",
    ),
    (
        "314.0.7",
        "cp314-cp314-pyemscripten_2026_0_wasm32",
        "msgpack",
        "msgpack.unpackb(msgpack.packb([1])) == [1]",
    ),
]


def distribution(version: str, tag: str) -> Distribution:
    """Cut the release's distribution down to two wheels made here, the one needing the other."""
    pin = pins.load().pin("pyodide", version)
    folder = npm.fetch(pin.name, pin.version, pin.integrity, Store())
    made = Distribution()
    made.lock["info"] = json.loads((folder / "pyodide-lock.json").read_bytes())["info"]
    made.add(wheel("fastmath", "2.0", tag=tag))
    made.add(wheel("stats", "1.5", tag=tag, source="from fastmath import version\n"), depends=["fastmath"])
    return made


@pytest.mark.network
@pytest.mark.parametrize(("version", "tag", "index", "check"), RELEASES, ids=[one[0] for one in RELEASES])
def test_locked_packages_are_installed_and_imported(
    version: str, tag: str, index: str, check: str, tmp_path: Path, page: Page, requests: harness.RequestLog
) -> None:
    root = tmp_path / "study"
    distribution(version, tag).write(root / "dist-pyodide")
    name, data = wheel("mylib", "0.3")
    (root / name).write_bytes(data)
    packages = json.dumps(["stats", index.replace("_", "-"), f"./{name}"])
    toml = (
        harness.MINIMAL_TOML
        + f'packages = {packages}\n\n[pyodide]\nversion = "{version}"\nbase = "dist-pyodide"\n'
    )
    site = harness.build_experiment(root, ENV.format(index=index, check=check), toml)
    lock = read_lock(root / "pyodide-lock.json")
    assert lock is not None
    assert {key: entry.source for key, entry in lock.entries.items()} == {
        "fastmath": "distribution",
        "stats": "distribution",
        "mylib": "path",
        index.replace("_", "-"): "index",
    }
    with harness.serve(harness.site_app(site)) as origin:
        page.goto(f"{origin}/")
        page.wait_for_function("() => ['start', 'error'].includes(globalThis.igbuild?.phase)", timeout=90_000)
        page.keyboard.press("Enter")
        page.wait_for_function("() => globalThis.igbuild.phase === 'error' || globalThis.igbuild.step > 5")
        assert page.evaluate("globalThis.igbuild.phase") != "error", page.inner_text("body")
    assert requests.foreign(origin) == []
