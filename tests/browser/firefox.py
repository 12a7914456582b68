"""The system's Firefox, driven through its own WebDriver BiDi socket: no geckodriver, no patched build."""

from __future__ import annotations

import base64
import itertools
import json
import re
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

READY = re.compile(r"WebDriver BiDi listening on (ws://\S+)")
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore",
    "datareporting.policy.dataSubmissionEnabled": False,
    # As Chromium's pages do with the right to a microphone, it names its own addresses, and meets a neighbour
    # without a network.
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False,
}


class FirefoxError(AssertionError):
    """Firefox refused a command, or the page threw."""


class Firefox:
    """One headless Firefox with one page, in a profile of its own.

    Args:
        executable: `firefox-esr` or `firefox`.
        timeout: seconds that it may take to start, and that a command may take.
    """

    def __init__(self, executable: str, timeout: float = 60) -> None:
        self._timeout = timeout
        self._ids = itertools.count(1)
        self.requests: list[str] = []
        """Every address that was asked for."""
        self._stack = ExitStack()
        with ExitStack() as stack:
            profile = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="igbuild-firefox-")))
            address = self._start(executable, profile, stack)
            self._socket = stack.enter_context(
                connect(f"{address}/session", open_timeout=timeout, max_size=None)
            )
            self.command("session.new", capabilities={})
            self.command("session.subscribe", events=["network.beforeRequestSent"])
            self._context = self.command("browsingContext.getTree")["contexts"][0]["context"]
            self._stack = stack.pop_all()

    def __enter__(self) -> Firefox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def command(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a BiDi command and return its result.

        Raises:
            FirefoxError: it failed.
        """
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        deadline = time.monotonic() + self._timeout
        while True:
            message = json.loads(self._socket.recv(timeout=deadline - time.monotonic()))
            if message.get("method") == "network.beforeRequestSent":
                self.requests.append(message["params"]["request"]["url"])
            if message.get("id") != number:
                continue
            if message["type"] == "error":
                raise FirefoxError(f"{method}: {message['error']}: {message['message']}")
            result: dict[str, Any] = message["result"]
            return result

    def goto(self, url: str) -> None:
        """Load a page and wait until it has."""
        self.command("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def evaluate(self, expression: str) -> Any:
        """Evaluate an expression in the page, await it, and return its JSON value.

        Raises:
            FirefoxError: it threw.
        """
        done = self.command(
            "script.evaluate",
            expression=f"(async () => JSON.stringify((await ({expression})) ?? null))()",
            target={"context": self._context},
            awaitPromise=True,
            userActivation=True,
        )
        if done["type"] == "exception":
            raise FirefoxError(done["exceptionDetails"]["text"])
        return json.loads(done["result"]["value"])

    def wait_for(self, expression: str, timeout: float = 60) -> Any:
        """Evaluate until the value is truthy, and return it.

        Raises:
            FirefoxError: it never was.
        """
        deadline = time.monotonic() + timeout
        while not (value := self.evaluate(expression)):
            if time.monotonic() > deadline:
                raise FirefoxError(f"not within {timeout:g} s: {expression}")
            time.sleep(0.05)
        return value

    def press(self, key: str, hold: float = 0.05) -> None:
        """Press a key for some seconds, then let go; arrows and the like by their WebDriver code point."""
        keys = [
            {"type": "keyDown", "value": key},
            {"type": "pause", "duration": round(hold * 1000)},
            {"type": "keyUp", "value": key},
        ]
        actions = [{"type": "key", "id": "keyboard", "actions": keys}]
        self.command("input.performActions", context=self._context, actions=actions)

    def screenshot(self, path: Path) -> None:
        """Write a picture of the page."""
        data = self.command("browsingContext.captureScreenshot", context=self._context)["data"]
        path.write_bytes(base64.b64decode(data))

    def close(self) -> None:
        """End the browser and remove its profile."""
        self._stack.close()

    def _start(self, executable: str, profile: Path, stack: ExitStack) -> str:
        """Start the browser and return the address of its socket; the stack ends it."""
        lines = [
            f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()
        ]
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        log = profile / "stderr.log"
        with log.open("wb") as errors:
            process = subprocess.Popen(
                [executable, "--headless", "--no-remote", "--profile", profile, "--remote-debugging-port=0"],
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        stack.callback(_end, process)
        deadline = time.monotonic() + self._timeout
        while time.monotonic() < deadline and process.poll() is None:
            if found := READY.search(log.read_text(encoding="utf-8", errors="replace")):
                return found[1]
            time.sleep(0.05)
        raise FirefoxError(
            f"Firefox did not start: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}"
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
