"""Firefox as it is installed, driven through WebDriver BiDi: Playwright drives only a Firefox of its own."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import re
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, Any

from websockets.sync.client import connect

from tests.setup_browsers import firefox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from websockets.sync.client import ClientConnection

KEYS = {"Enter": "\ue007", "ArrowRight": "\ue014"}  # WebDriver's code points


class FirefoxPage:
    """One tab: go somewhere, evaluate, press keys, look."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._ask("session.new", capabilities={})
        self._tab = self._ask("browsingContext.create", type="tab")["context"]

    def goto(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        self._ask("browsingContext.navigate", context=self._tab, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Evaluate an expression whose value is plain JSON."""
        answer = self._ask(
            "script.evaluate",
            expression=f"JSON.stringify({expression})",
            target={"context": self._tab},
            awaitPromise=True,
        )
        assert answer["type"] == "success", answer
        return json.loads(answer["result"].get("value", "null"))

    def wait_for(self, expression: str, timeout: float = 60) -> None:
        """Ask until an expression is true."""
        end = time.monotonic() + timeout
        while not self.evaluate(f"Boolean({expression})"):
            assert time.monotonic() < end, f"not within {timeout} s: {expression}"
            time.sleep(0.05)

    def key(self, name: str, what: str) -> None:
        """Send `keyDown` or `keyUp` of a key."""
        action = {"type": what, "value": KEYS[name]}
        self._ask(
            "input.performActions",
            context=self._tab,
            actions=[{"type": "key", "id": "keyboard", "actions": [action]}],
        )

    def screenshot(self) -> bytes:
        """Return a PNG of the tab."""
        return base64.b64decode(self._ask("browsingContext.captureScreenshot", context=self._tab)["data"])

    def _ask(self, method: str, **params: Any) -> Any:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv(timeout=60))
            if answer.get("id") == number:
                assert answer["type"] == "success", answer
                return answer["result"]


@contextlib.contextmanager
def open_firefox() -> Iterator[FirefoxPage]:
    """Start the installed Firefox headless in a profile of its own, and end it afterwards."""
    program = firefox()
    assert program is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [program, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", "0"],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if found := re.search(r"WebDriver BiDi listening on (ws://\S+)", line):
                    break
            else:
                raise AssertionError("Firefox offered no WebDriver BiDi")
            with connect(f"{found.group(1)}/session", max_size=None) as socket:
                yield FirefoxPage(socket)
        finally:
            process.terminate()
            process.communicate(timeout=20)
