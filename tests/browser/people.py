"""People who play together in a browser test: a project, its server, and a page for each of them."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin
from urllib.request import urlopen

from playwright.sync_api import Error

from tests.browser.harness import chromium_flags
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, BrowserContext, Page

SHORT_DUO = {"max_steps": 90, "episodes": 3}
SHORT_SOLO = {"max_steps": 45, "episodes": 1}

PARTS_KEPT = """async () => {
  const answer = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
  const db = await answer(indexedDB.open("igbuild"));
  return answer(db.transaction("chunks").objectStore("chunks").count());
}"""
"""How many parts the browser keeps because nobody has acknowledged them."""

HANDED_IN = "document.body.innerText.includes('What you did was handed in')"


def igbuild(*arguments: str, folder: Path) -> str:
    """Run the command line in a folder; return what it printed."""
    command = [sys.executable, "-m", "igbuild", *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def make_duo(folder: Path, more: str = "", **game: int) -> Path:
    """Scaffold the duo template with short episodes, and `more` at the end of its TOML."""
    return _make(folder, "duo", more, {**SHORT_DUO, **game})


def make_solo(folder: Path, more: str = "", **game: int) -> Path:
    """Do the same with the solo template, whose hunters here catch nobody: its length is known."""
    _make(folder, "solo", more, {**SHORT_SOLO, **game})
    env = folder / "env.py"
    text = env.read_text(encoding="utf-8")
    assert text.count("self.caught = any(") == 1
    env.write_text(text.replace("self.caught = any(", "self.caught = False and any("), encoding="utf-8")
    return folder


def _make(folder: Path, template: str, more: str, game: dict[str, int]) -> Path:
    igbuild("init", folder.name, "--template", template, folder=folder.parent)
    toml = folder / "experiment.toml"
    text = toml.read_text(encoding="utf-8")
    for key, value in game.items():
        text, count = re.subn(rf"(?m)^{key} = \d+", f"{key} = {value}", text)
        assert count == 1, key
    toml.write_text(text + more, encoding="utf-8")
    return folder


@contextmanager
def serving(folder: Path, *arguments: str, port: int = 0) -> Iterator[str]:
    """Run `igbuild serve` in a folder until the block ends; give its origin once the site is there."""
    with server(folder, *arguments, port=port) as (_, origin):
        yield origin


@contextmanager
def server(folder: Path, *arguments: str, port: int = 0) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Do the same, and give the process too; it may be dead at the end of the block."""
    command = [sys.executable, "-m", "igbuild", "serve", "--port", str(port), *arguments]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http"), process.communicate()
        origin = urljoin(address, "/").rstrip("/")
        wait_for_site(origin)
        yield process, origin
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for_site(origin: str, seconds: float = 120) -> None:
    """Wait until the server has built the site."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        with urlopen(f"{origin}/__igbuild/health", timeout=10) as answer:
            if json.load(answer)["site"]:
                return
        time.sleep(0.2)
    raise AssertionError("the site was not built")


class Player:
    """One person with a page in a profile of their own."""

    def __init__(self, browser: Browser, address: str, context: BrowserContext | None = None) -> None:
        self.context = context or browser.new_context()
        # With this permission a browser names its own addresses, and needs no network to meet a neighbour.
        self.context.grant_permissions(["microphone"])
        self.page: Page = self.context.new_page()
        self.errors: list[str] = []
        self.console: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.console.append(f"{said.type}: {said.text}"))
        self.page.goto(address)

    def press_start(self) -> None:
        """Wait for the first screen, and go on."""
        self.wait_phase("start")
        self.page.keyboard.press("Enter")

    def wait_phase(self, *phases: str, seconds: float = 90) -> str:
        """Wait until the page shows one of some phases."""
        check = "(wanted) => wanted.includes(document.documentElement.dataset.phase)"
        try:
            self.page.wait_for_function(check, arg=list(phases), timeout=seconds * 1000, polling=100)
        except Exception as error:
            raise AssertionError(f"{phases} did not come: {self.state()}") from error
        return str(self.page.evaluate("document.documentElement.dataset.phase"))

    def wait(self, expression: str, seconds: float = 60) -> Any:
        """Wait until an expression is true in the page."""
        try:
            return self.page.wait_for_function(
                f"() => {expression}", timeout=seconds * 1000, polling=100
            ).json_value()
        except Exception as error:
            raise AssertionError(f"{expression} did not come true: {self.state()}") from error

    def state(self) -> dict[str, Any]:
        """Return what a failed test wants to know."""
        text = self.page.inner_text("body")
        peers = self.page.evaluate("globalThis.igbuild?.peers && JSON.stringify(igbuild.peers)")
        phase = self.page.evaluate("document.documentElement.dataset.phase")
        return {"phase": phase, "text": text, "peers": peers, "errors": self.errors, "console": self.console}

    def text(self) -> str:
        """Return what the page shows."""
        return self.page.inner_text("body")

    def rows(self) -> list[str]:
        """Return the rows of each finished episode, as text."""
        return self.page.evaluate("igbuild.session.episodes.map(({rows}) => JSON.stringify(rows))")  # type: ignore[no-any-return]

    def sync(self) -> list[dict[str, Any]]:
        """Return what the peers agreed on of each finished episode."""
        return self.page.evaluate("igbuild.session.episodes.map(({sync}) => sync)")  # type: ignore[no-any-return]

    def crash(self) -> None:
        """Let the page's process die: nothing of the page runs any more, nothing is said."""
        with suppress(Error):
            self.page.goto("chrome://crash", timeout=2000)

    def close(self) -> None:
        """Close the profile with its pages."""
        self.context.close()


@contextmanager
def players(browser: Browser, *addresses: str) -> Iterator[list[Player]]:
    """Open a page for each address."""
    opened = [Player(browser, address) for address in addresses]
    try:
        yield opened
    finally:
        for player in opened:
            player.close()


def begin(people: list[Player]) -> None:
    """Let all press start, in this order, until they play."""
    for index, player in enumerate(people):
        player.press_start()
        if index == 0:
            player.wait("document.querySelector('.count')?.textContent === '1 / 2'")
    for player in people:
        player.wait_phase("playing")


def hold_keys(people: list[Player], seconds: float) -> None:
    """Press this and that on all pages while they play."""
    keys = ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown", "w", "d", "s", "a")
    until = time.monotonic() + seconds
    turn = 0
    while time.monotonic() < until:
        for index, player in enumerate(people):
            player.page.keyboard.press(keys[(turn + 3 * index) % len(keys)], delay=40)
        turn += 1
        if all(player.page.evaluate("['end', 'error'].includes(igbuild.phase)") for player in people):
            return


@contextmanager
def bare_chromium(browser: Browser, profile: Path, *more: str) -> Iterator[Browser]:
    """Start a Chromium in which a tab behind another one is hidden, as Playwright's own never lets it be."""
    executable = chromium()
    assert executable is not None
    flags = [*chromium_flags(), "--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        [executable, *flags, *more, "about:blank"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        port_file = profile / "DevToolsActivePort"
        until = time.monotonic() + 30
        while not port_file.is_file() or not port_file.read_text().strip():
            assert time.monotonic() < until, "Chromium did not start"
            time.sleep(0.05)
        port = port_file.read_text().split()[0]
        bare = browser.browser_type.connect_over_cdp(f"http://127.0.0.1:{port}", no_defaults=True)
        yield bare
        bare.close()
    finally:
        process.terminate()
        process.wait(timeout=20)
