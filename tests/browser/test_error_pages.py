"""What goes wrong in a participant's browser ends on a page that says what happened, never in a blank one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import harness

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page

WORKING = """\
from igbuild.runtime import Surface

class Still:
    def reset(self, seed=None, options=None):
        return 0, {}

    def step(self, action):
        return 0, 1.0, False, False, {}

    def render(self):
        surface = Surface(600, 400)
        surface.circle(300, 200, 40, fill="gold")
        return surface

def make():
    return Still()
"""

BROKEN = {
    "entry-point-raises": (
        WORKING.replace("return Still()", "raise LookupError('no level called nine')"),
        ["LookupError", "no level called nine", "env.py"],
    ),
    "no-reset": (WORKING.replace("def reset", "def restart"), ["reset"]),
    "reset-raises": (
        WORKING.replace("return 0, {}", "return 1 // 0, {}", 1),
        ["ZeroDivisionError", "env.py"],
    ),
    "step-raises": (
        WORKING.replace("return 0, 1.0, False, False, {}", "raise KeyError('gem')"),
        ["KeyError", "gem", "env.py"],
    ),
    "step-returns-four": (WORKING.replace("0, 1.0, False, False, {}", "0, 1.0, False, {}"), ["step"]),
    "render-returns-nothing": (WORKING.replace("return surface", "return None"), ["render"]),
    "import-fails": (
        WORKING.replace("return Still()", "import nothing_like_this\n    return Still()"),
        ["nothing_like_this"],
    ),
}


def open_and_play(page: Page, url: str) -> str:
    """Open a game, start it if that can be done, and return what its error page says."""
    page.goto(url)
    page.wait_for_function("() => ['start', 'error'].includes(globalThis.igbuild?.phase)", timeout=60_000)
    page.keyboard.press("Enter")
    page.wait_for_function("() => globalThis.igbuild.phase === 'error'", timeout=15_000)
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    return page.inner_text("body")


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_environment_is_explained(
    name: str, page: Page, build_experiment: Callable[..., str], tmp_path: Path
) -> None:
    source, words = BROKEN[name]
    said = open_and_play(page, build_experiment(tmp_path / name, source))
    for word in words:
        assert word in said


def test_a_step_that_hangs_is_named_with_its_setting(
    page: Page, build_experiment: Callable[..., str], tmp_path: Path
) -> None:
    source = WORKING.replace("return 0, 1.0, False, False, {}", "while True: pass")
    toml = harness.MINIMAL_TOML + "\n[pyodide]\nrequest_timeout = 3\n"
    said = open_and_play(page, build_experiment(tmp_path / "hangs", source, toml))
    assert "step() or render() did not return within 3 s" in said
    assert "[pyodide] request_timeout" in said
    assert ".js" not in said, "where the page's own code stood says nothing"
    page.screenshot(path=tmp_path / "hangs.png")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, serve_site: Any) -> str:
    """A working site's origin; `/fault/NAME/index.html` is a broken copy of it."""
    return str(serve_site(harness.build_experiment(tmp_path_factory.mktemp("still") / "study", WORKING)))


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("wasm-404", "pyodide.asm.wasm"),
        ("wasm-truncated", "pyodide.asm.wasm"),
        ("stdlib-altered", "python_stdlib.zip"),
        ("worker-404", "pyodide_worker"),
        ("study-404", "study"),
    ],
)
def test_a_file_missing_or_changed_on_the_server_is_named(
    page: Page, still: str, fault: str, word: str
) -> None:
    assert word in open_and_play(page, f"{still}/fault/{fault}/index.html")


def test_an_unbroken_copy_plays(page: Page, still: str) -> None:
    """The fault server itself breaks nothing: without this, the tests above could pass for a wrong reason."""
    page.goto(f"{still}/fault/none/index.html")
    page.wait_for_function("() => globalThis.igbuild?.phase === 'start'", timeout=60_000)
    page.keyboard.press("Enter")
    page.wait_for_function("() => globalThis.igbuild.step > 5 && globalThis.igbuild.score > 5")
