"""Small servers of a test's own: one that takes what pages post, and one that has only files."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Receiver:
    """Takes posts as docs/data-format.md says, and says thanks to whoever comes by.

    Attributes:
        refusals: statuses for the next posts, each instead of an acknowledgement.
        posts: the bodies that were acknowledged, in order.
        asked: how many posts came, refused ones included.
    """

    def __init__(self) -> None:
        self.refusals: list[int] = []
        self.posts: list[str] = []
        self.asked = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                receiver.asked += 1
                status = receiver.refusals.pop(0) if receiver.refusals else 204
                if status == 204:
                    receiver.posts.append(body)
                self.send_response(status)
                self.send_header("access-control-allow-origin", "*")
                self.send_header("content-length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                body = b"<!doctype html><title>Thanks</title><h1>Thank you</h1>"
                self.send_response(200)
                self.send_header("content-type", "text/html")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.origin = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def lines(self) -> list[dict[str, Any]]:
        """Return all lines that were acknowledged."""
        return [json.loads(line) for post in self.posts for line in post.splitlines()]

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver as long as the block."""
    receiver = Receiver()
    try:
        yield receiver
    finally:
        receiver.close()


class _Files(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def static_host(folder: Path, port: int = 0) -> Iterator[str]:
    """Serve the files of a folder, and nothing else; give the origin."""
    server = ThreadingHTTPServer(("127.0.0.1", port), partial(_Files, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
