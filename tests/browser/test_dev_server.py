"""`igbuild serve --dev` in a real browser: an edit reloads the page, a mistake lies over it, then goes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from igbuild.scaffold import init_experiment
from tests.test_serve_dev import Dev

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.browser.harness import RequestLog

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(sys.platform == "win32", reason="ends the server with SIGINT"),
]
OVERLAY = "#igbuild-error"


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    root = tmp_path / "game"
    init_experiment(root, "solo", force=False)
    with Dev(root) as running:
        yield running


@pytest.fixture
def address(dev: Dev) -> str:
    return f"http://localhost:{dev.client.port}/"


def build_of(page: Page) -> str:
    return page.locator('meta[name="igbuild-site"]').get_attribute("content", timeout=30_000) or ""


def test_edits_reload_the_page_and_mistakes_lie_over_it(
    dev: Dev, address: str, page: Page, requests: RequestLog
) -> None:
    refused: list[str] = []
    page.on(
        "console",
        lambda message: refused.append(message.text) if "Content Security" in message.text else None,
    )
    first = dev.events.built("")
    page.goto(address)
    assert build_of(page) == first
    page.evaluate("window.stillHere = true")

    dev.edit("experiment.toml", 'title = "', 'title = "Another ')
    second = dev.events.built(first)
    page.wait_for_function("() => document.title.startsWith('Another ')")
    assert build_of(page) == second
    assert page.evaluate("window.stillHere") is None

    page.evaluate("window.stillHere = true")
    dev.edit("experiment.toml", "[environment]", "[environment <script>alert(1)</script>")
    overlay = page.locator(OVERLAY)
    overlay.wait_for()
    assert "experiment.toml:" in overlay.inner_text()
    assert "this is not TOML" in overlay.inner_text()
    box = overlay.bounding_box()
    assert box is not None
    assert box["y"] > page.evaluate("innerHeight") / 2, "the picture can still be seen"
    overlay.get_by_role("button", name="Close").click()
    overlay.wait_for(state="detached")
    dev.edit("experiment.toml", "[environment <", "\n[environment <")
    overlay.wait_for()

    dev.edit("experiment.toml", "[environment <script>alert(1)</script>", "[environment]")
    overlay.wait_for(state="detached")
    assert page.evaluate("window.stillHere") is True, "a mended mistake needs no reload"
    assert build_of(page) == second
    assert requests.foreign(address) == []
    assert refused == []


def test_a_failed_build_pauses_the_game(dev: Dev, address: str, page: Page, tmp_path: Path) -> None:
    dev.events.built("")
    page.goto(address)
    page.wait_for_function("() => globalThis.igbuild?.phase === 'start'", timeout=60_000)
    page.keyboard.press("Enter")
    page.wait_for_function("() => igbuild.step > 5")
    dev.edit("env.py", "def step(", "def step[")
    page.locator(OVERLAY).wait_for()
    page.wait_for_function("() => igbuild.phase === 'paused'")
    page.screenshot(path=tmp_path / "failed.png")
    steps = page.evaluate("igbuild.step")
    page.get_by_role("button", name="Close").click()
    page.wait_for_timeout(200)
    assert page.evaluate("[igbuild.phase, igbuild.step]") == ["paused", steps]
    page.keyboard.press("Enter")
    page.wait_for_function("steps => igbuild.step > steps", arg=steps)


def test_the_page_says_that_the_server_has_stopped(
    dev: Dev, address: str, page: Page, tmp_path: Path
) -> None:
    first = dev.events.built("")
    page.goto(address)
    assert build_of(page) == first
    page.wait_for_function("() => globalThis.igbuild?.phase === 'start'", timeout=60_000)
    assert dev.stop() == 0
    gone = page.locator("#igbuild-gone")
    gone.wait_for()
    assert "has stopped" in gone.inner_text()
    page.screenshot(path=tmp_path / "gone.png")
    with Dev(dev.root, dev.client.port):
        gone.wait_for(state="detached")


def test_a_failure_lies_open_and_reaches_console_and_terminal(dev: Dev, address: str, page: Page) -> None:
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text) if message.type == "error" else None)
    first = dev.events.built("")
    dev.edit("env.py", "def step(self, action: int)", "def step(self, action: int, broken: int = 1 // 0)")
    dev.events.built(first)
    page.goto(address)
    page.locator("details[open] pre", has_text="ZeroDivisionError").wait_for(timeout=60_000)
    assert "whoever gave you the link" not in page.inner_text("body")
    page.wait_for_timeout(300)
    assert any('env.py", line' in text and "ZeroDivisionError" in text for text in logged)
    said = dev.errors.read_text()
    assert said.count("in the page: Traceback") == 1
    assert 'env.py", line' in said


def test_a_page_without_a_site_becomes_the_game_by_itself(dev: Dev, address: str, page: Page) -> None:
    env = (dev.root / "env.py").read_text()
    dev.events.built("")
    (dev.root / "env.py").write_text("def broken(:\n")
    dev.events.failed(r"env\.py:1:")
    dev.stop()
    (dev.root / ".igbuild/dev").rename(dev.root / ".igbuild/aside")
    with Dev(dev.root) as running:
        page.goto(f"http://localhost:{running.client.port}/")
        page.locator("pre", has_text="env.py:1:").first.wait_for()
        page.wait_for_timeout(500)
        assert page.inner_text("body").count("env.py:1:") == 1
        running.events.failed(r"env\.py:1:")
        (dev.root / "env.py").write_text(env)
        assert build_of(page) == running.events.built("")


def test_a_page_notices_a_build_it_slept_through(dev: Dev, address: str, page: Page) -> None:
    first = dev.events.built("")
    page.goto(address)
    assert build_of(page) == first
    assert dev.stop() == 0
    dev.edit("experiment.toml", 'title = "', 'title = "Another ')
    with Dev(dev.root, dev.client.port) as again:
        second = again.events.built(first)
        page.wait_for_function("() => document.title.startsWith('Another ')")
        assert build_of(page) == second
