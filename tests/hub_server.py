"""A real server for the tests of hub and store: uvicorn in a process of its own, on a free loopback port."""

from __future__ import annotations

import argparse
import json
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from igbuild.serve.hub.edge import create_hub
from igbuild.serve.hub.settings import HubSettings, IceSettings
from igbuild.serve.hub.wire import SERVER_OPTIONS
from igbuild.serve.store.jsonl import JsonLines
from igbuild.serve.store.secret import load_secret
from igbuild.serve.store.uploads import UploadSettings, create_upload_app
from igbuild.serve.store.writer import Store

EXPERIMENT = "duo"
SITE = "site1"
HOSTS = ("127.0.0.1", "localhost")
PATH = "/hub/socket.io"


def make_app(folder: Path, origin: str, **hub: Any) -> Starlette:
    secret = load_secret(folder)
    who = {"experiment": EXPERIMENT, "secret": secret, "allowed_hosts": HOSTS, "allowed_origins": (origin,)}
    if "ice" in hub:
        hub["ice"] = IceSettings(**hub["ice"])
    store = Store(folder)
    matches = JsonLines(folder / "matches.jsonl")
    server = create_hub(HubSettings(**who, **hub), record=matches.append)
    uploads = create_upload_app(UploadSettings(**who), store)

    @asynccontextmanager
    async def lifespan(_: Starlette):
        async with server.lifespan():
            yield
        store.close()
        matches.close()

    routes = [Mount(PATH, server.app), Mount("/data/v1", uploads)]
    return Starlette(routes=routes, lifespan=lifespan)


class HubServer:
    """The server in a process of its own; `log` is all it wrote."""

    def __init__(self, folder: Path, port: int = 0, **hub: Any) -> None:
        self.folder = folder
        self.hub = hub
        self.port = port or free_port()
        self._log_file = folder.with_suffix(".log")
        self.starts = 0
        self.start()

    def start(self) -> None:
        command = [sys.executable, "-W", "error", "-m", "tests.hub_server", str(self.folder), str(self.port)]
        with self._log_file.open("a") as log:
            self.process = subprocess.Popen(
                [*command, json.dumps(self.hub)],
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=Path(__file__).parent.parent,
            )
        self.starts += 1
        wait_until(lambda: self.log.count("Application startup complete") == self.starts, 20)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)

    @property
    def log(self) -> str:
        return self._log_file.read_text()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}{PATH}/?EIO=4&transport=websocket"

    @property
    def rss_mb(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def matches(self) -> list[dict[str, Any]]:
        """Return the whole lines of the match log."""
        lines = (self.folder / "matches.jsonl").read_text().split("\n")
        return [json.loads(line) for line in lines[:-1]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Any, seconds: float = 10) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "not in time"
        time.sleep(0.02)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int)
    parser.add_argument("hub", type=json.loads)
    arguments = parser.parse_args()
    origin = f"http://127.0.0.1:{arguments.port}"
    app = make_app(arguments.folder, origin, **arguments.hub)
    options = {**SERVER_OPTIONS, "host": "127.0.0.1", "port": arguments.port, "access_log": False}
    uvicorn.run(app, **options)


if __name__ == "__main__":
    main()
