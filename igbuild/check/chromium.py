"""Runs a check in Pyodide in an installed Chromium, headless: a loopback page posts its answers back."""

from __future__ import annotations

import json
import os
import queue
import re
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from igbuild.check.native import TIME_LIMIT
from igbuild.errors import IgbuildError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from igbuild.check.plan import Job
    from igbuild.check.stage import Stage

VARIABLE: Final = "IGBUILD_CHROMIUM"
NAMES: Final = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
)
PLACES: Final = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
FLAGS: Final = (
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
)
START_LIMIT: Final = 60.0
"""Seconds until the page must have said that it began."""

TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".mjs": "text/javascript",
    ".js": "text/javascript",
    ".json": "application/json",
    ".wasm": "application/wasm",
    ".zip": "application/zip",
}


class NoChromium(Exception):
    """The browser found did not open the page; Node.js may do."""


def find_chromium() -> str | None:
    """Return the Chromium to use: that of IGBUILD_CHROMIUM, one on PATH, or where systems put it."""
    named = os.environ.get(VARIABLE)
    if named:
        return named
    on_path = next((found for name in NAMES if (found := shutil.which(name))), None)
    return on_path or next((place for place in PLACES if Path(place).is_file()), None)


class ChromiumPyodide:
    """Pyodide in a page's worker, as participants have it.

    Args:
        stage: what it reads.
        executable: of the browser.

    Attributes:
        name: versions, for the report.
        installer: empty: packages come from the lock.
    """

    installer = ""

    def __init__(self, stage: Stage, executable: str) -> None:
        self._stage = stage
        self._executable = executable
        self.name = f"Pyodide {stage.version} (Chromium)"

    def run(self, jobs: Sequence[Job]) -> list[dict[str, Any]]:
        """Answer jobs, each in a worker of its own.

        Raises:
            NoChromium: the browser did not open the page.
            IgbuildError: Python ended without an answer.
        """
        self._stage.write_jobs(jobs)
        reports: queue.Queue[dict[str, Any]] = queue.Queue()
        with (
            _serving(self._stage.folder, reports) as address,
            _browsing(self._executable, address) as browser,
        ):
            began = _next(reports, browser, START_LIMIT)
            version = re.search(r"Chrome/(\d+)", began["began"])
            self.name = f"Pyodide {self._stage.version} (Chromium {version[1] if version else ''})"
            return [self._answer(reports, browser) for _ in jobs]

    def _answer(
        self, reports: queue.Queue[dict[str, Any]], browser: subprocess.Popen[bytes]
    ) -> dict[str, Any]:
        said: list[str] = []
        while True:
            try:
                report = _next(reports, browser, TIME_LIMIT)
            except NoChromium as error:
                raise IgbuildError(f"{self.name} ended without an answer: {error}\n{''.join(said)}") from None
            if "answer" in report:
                answer: dict[str, Any] = json.loads(report["answer"])
                return answer
            if "failure" in report:
                raise IgbuildError(f"{self.name}: {report['failure']}\n" + "\n".join(said[-20:]))
            said.append(str(report.get("said")))


def _next(
    reports: queue.Queue[dict[str, Any]], browser: subprocess.Popen[bytes], seconds: float
) -> dict[str, Any]:
    """Return the page's next report."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            return reports.get(timeout=0.2)
        except queue.Empty:
            if browser.poll() is not None:
                raise NoChromium(f"the browser ended with exit code {browser.returncode}") from None
    raise NoChromium(f"nothing was heard from the browser for {seconds:g} s")


@contextmanager
def _browsing(executable: str, address: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run the browser with a profile of its own as long as the block."""
    with tempfile.TemporaryDirectory(prefix="igbuild-browser-", ignore_cleanup_errors=True) as profile:
        # Chromium's sandbox does not work for root, as in most containers.
        root = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        command = [executable, *FLAGS, *root, f"--user-data-dir={profile}", address]
        try:
            browser = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        except OSError as error:
            raise NoChromium(f"{executable} could not be run: {error}") from None
        try:
            yield browser
        finally:
            browser.terminate()
            try:
                browser.wait(timeout=10)
            except subprocess.TimeoutExpired:
                browser.kill()
                browser.wait()


@contextmanager
def _serving(folder: Path, reports: queue.Queue[dict[str, Any]]) -> Iterator[str]:
    """Serve a stage on loopback as long as the block, below a path that nobody else knows."""
    bound = {"folder": folder.resolve(), "reports": reports, "secret": f"/{secrets.token_urlsafe(16)}/"}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (_Handler,), bound))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{bound['secret']}index.html"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    folder: Path
    reports: queue.Queue[dict[str, Any]]
    secret: str
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self._path()
        file = None if path is None else (self.folder / path).resolve()
        if file is None or not file.is_relative_to(self.folder) or not file.is_file():
            self._send(404, b"", "text/plain")
            return
        self._send(200, file.read_bytes(), TYPES.get(file.suffix, "application/octet-stream"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self._path() != "report":
            self._send(404, b"", "text/plain")
            return
        self.reports.put(json.loads(body))
        self._send(204, b"", "text/plain")

    def _path(self) -> str | None:
        """Return the path below the secret one."""
        return self.path.removeprefix(self.secret) if self.path.startswith(self.secret) else None

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""
