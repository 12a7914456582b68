"""Fixtures of the browser tests: one Chromium, built sites, pages that note every request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import sync_playwright

from tests.browser import harness
from tests.browser.firefox import Firefox
from tests.setup_browsers import chromium
from tests.setup_browsers import firefox as system_firefox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything in this folder."""
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker("browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    executable = chromium()
    if executable is None:
        pytest.fail("no Chromium: run `python -m tests.setup_browsers`, or name one in IGBUILD_CHROMIUM")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=executable, args=harness.chromium_flags())
        yield running
        running.close()


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    """The system's Firefox; tests that want it are skipped where there is none."""
    executable = system_firefox()
    if executable is None:
        pytest.skip("no Firefox; name one in IGBUILD_FIREFOX")
    with Firefox(executable) as running:
        yield running


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A fresh profile for one test."""
    fresh = browser.new_context()
    yield fresh
    fresh.close()


@pytest.fixture
def requests() -> harness.RequestLog:
    """What the test's pages asked for; `requests.foreign(origin)` should be empty."""
    return harness.RequestLog()


@pytest.fixture
def page(context: BrowserContext, requests: harness.RequestLog) -> Page:
    """A fresh page in a fresh profile, whose requests are noted."""
    fresh = context.new_page()
    requests.watch(fresh)
    return fresh


@pytest.fixture(scope="session")
def serve_site() -> Iterator[Callable[[Path], str]]:
    """Serve the site in a folder, as `igbuild serve` does, until the session ends; gives its origin."""
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda dist: stack.enter_context(harness.serve(harness.site_app(dist)))


@pytest.fixture(scope="session")
def build_experiment(serve_site: Callable[[Path], str]) -> Callable[..., str]:
    """Build an experiment and serve it.

    Call with a folder, the source of `env.py` and the text of `experiment.toml` (or a function that changes
    the default text); gives the address of the page.
    """

    def build(folder: Path, env_source: str, toml: str = harness.MINIMAL_TOML) -> str:
        return serve_site(harness.build_experiment(folder, env_source, toml)) + "/index.html"

    return build


@pytest.fixture(scope="session")
def lab_origin(tmp_path_factory: pytest.TempPathFactory, serve_site: Callable[[Path], str]) -> str:
    """The laboratory's origin; `/index.html` is whole, `/fault/NAME/index.html` is broken."""
    return serve_site(harness.build_lab(tmp_path_factory.mktemp("lab") / "dist"))


@pytest.fixture(scope="session")
def lab_context(browser: Browser) -> Iterator[BrowserContext]:
    """A profile that all laboratory pages share, so that Pyodide is downloaded and compiled once."""
    shared = browser.new_context()
    yield shared
    shared.close()


@pytest.fixture
def open_lab(lab_context: BrowserContext, lab_origin: str) -> Iterator[Callable[..., Page]]:
    """Open the laboratory's page, whole or with a fault; closed after the test."""
    pages: list[Page] = []

    def open_page(fault: str | None = None) -> Page:
        fresh = lab_context.new_page()
        pages.append(fresh)
        fresh.goto(f"{lab_origin}/fault/{fault}/index.html" if fault else f"{lab_origin}/index.html")
        fresh.wait_for_function("() => globalThis.lab !== undefined")
        return fresh

    yield open_page
    for fresh in pages:
        fresh.close()


@pytest.fixture(scope="module")
def lab(lab_context: BrowserContext, lab_origin: str) -> Iterator[Lab]:
    """A laboratory page whose worker stays alive for all tests of a module that do not kill it."""
    fresh = lab_context.new_page()
    fresh.goto(f"{lab_origin}/index.html")
    fresh.wait_for_function("() => globalThis.lab !== undefined")
    running = Lab(fresh)
    running.start()
    yield running
    fresh.close()


class Lab:
    """A laboratory page with a worker called `w`."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def start(self, **timeouts: int) -> dict[str, Any]:
        """Make a worker and start its Python."""
        self.run("globalThis.w = lab.make({timeouts: arg})", timeouts)
        return self.outcome("w.init(lab.initFor())")

    def env(self, kind: str, **globals_: Any) -> dict[str, Any]:
        """Make an environment in the worker and reset it with seed 1."""
        made = self.ask("w.initEnv(arg)", {"kind": kind, **globals_})
        self.ask("w.reset({seed: 1})")
        return made

    def run(self, body: str, arg: Any = None) -> Any:
        """Run the body of an async function of `arg` in the page."""
        return self.page.evaluate(f"async (arg) => {{ {body} }}", arg)

    def ask(self, expression: str, arg: Any = None) -> dict[str, Any]:
        """Evaluate a promise, and return what it gave.

        Raises:
            AssertionError: it was rejected.
        """
        found = self.outcome(expression, arg)
        assert "ok" in found, found
        return found["ok"]

    def refused(self, expression: str, arg: Any = None) -> dict[str, Any]:
        """Evaluate a promise that must be rejected, and return the error with `ms`, the time it took."""
        found = self.outcome(expression, arg)
        assert "error" in found, found
        assert found["error"]["message"]
        return {**found["error"], "ms": found["ms"]}

    def outcome(self, expression: str, arg: Any = None) -> dict[str, Any]:
        """Evaluate a promise, and return how it ended."""
        return self.page.evaluate(f"(arg) => lab.outcome((async () => {expression})())", arg)


@pytest.fixture
def fresh_lab(open_lab: Callable[..., Page]) -> Callable[..., Lab]:
    """Open a laboratory page of one's own, for tests that kill the worker."""
    return lambda fault=None: Lab(open_lab(fault))
