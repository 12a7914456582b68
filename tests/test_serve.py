"""The server, asked by raw sockets: types, headers, caching, refusals, and nothing outside the site."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn

from igbuild.errors import IgbuildError
from igbuild.serve.app import ServeSettings, create_app
from igbuild.serve.headers import IMMUTABLE, REVALIDATE, content_security_policy
from igbuild.serve.mime import TYPES, media_type
from igbuild.serve.server import host_names, listen, url_of
from igbuild.site.plan import Content
from igbuild.site.write import write_site
from tests.test_site_write import site as make_site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "app/main-ABCDEFGH.js": "export {};",
    "app/main-ABCDEFGH.js.map": "{}",
    "pyodide/0123/pyodide.mjs": "x",
    "pyodide/0123/pyodide.asm.wasm": "\0asm",
    "wheels/0123/a-1-py3-none-any.whl": "PK",
    "python/study-0123.zip": "PK",
    "assets/plain #1 é-0123.png": "png",
}


class Answer:
    def __init__(self, raw: bytes) -> None:
        head, _, self.body = raw.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        self.headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}


class Client:
    def __init__(self, port: int) -> None:
        self.port = port

    def send(self, raw: bytes) -> Answer:
        with socket.create_connection(("127.0.0.1", self.port), 5) as connection:
            connection.sendall(raw)
            chunks = iter(lambda: connection.recv(65536), b"")
            return Answer(b"".join(chunks))

    def ask(self, target: str, method: str = "GET", **headers: str) -> Answer:
        told = {"Host": f"localhost:{self.port}", "Connection": "close"}
        told |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = "".join(f"{name}: {value}\r\n" for name, value in told.items())
        return self.send(f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode("latin-1"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("served") / "dist"
    contents, empty = make_site()
    contents |= {name: Content.of(text.encode()) for name, text in FILES.items()}
    facts = {name: (content.sha256, content.size) for name, content in contents.items()}
    write_site(out, contents, type(empty)("0", "site-id", "in", "lock", facts))
    (out.parent / "secret.txt").write_text("secret")
    (out / ".env").write_text("secret")
    (out / ".git").mkdir()
    (out / ".git/config").write_text("secret")
    with contextlib.suppress(OSError):
        (out / "link.txt").symlink_to(out.parent / "secret.txt")
        (out / "linked").symlink_to(out.parent)
    return out


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    opened = listen("127.0.0.1", 0)
    app = create_app(ServeSettings(folder, hosts=("lab.example",)))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Client(opened.getsockname()[1])
    server.should_exit = True
    thread.join(10)
    opened.close()


@pytest.mark.parametrize(
    ("target", "kind", "kept"),
    [
        ("/", "text/html; charset=utf-8", REVALIDATE),
        ("/index.html?speed=3", "text/html; charset=utf-8", REVALIDATE),
        ("/manifest.json", "application/json", REVALIDATE),
        ("/app/main-ABCDEFGH.js", "text/javascript; charset=utf-8", IMMUTABLE),
        ("/app/main-ABCDEFGH.js.map", "application/json", IMMUTABLE),
        ("/pyodide/0123/pyodide.mjs", "text/javascript; charset=utf-8", IMMUTABLE),
        ("/pyodide/0123/pyodide.asm.wasm", "application/wasm", IMMUTABLE),
        ("/wheels/0123/a-1-py3-none-any.whl", "application/zip", IMMUTABLE),
        ("/assets/plain%20%231%20%C3%A9-0123.png", "image/png", IMMUTABLE),
    ],
)
def test_each_file_has_its_type_its_policy_and_its_time_to_live(
    client: Client, target: str, kind: str, kept: str
) -> None:
    answer = client.ask(target)
    assert (answer.status, answer.headers["content-type"], answer.headers["cache-control"]) == (
        200,
        kind,
        kept,
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == content_security_policy()
    head = client.ask(target, "HEAD")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(answer.body)))
    again = client.ask(target, If_None_Match=f'"x", W/{answer.headers["etag"]}')
    assert (again.status, again.body, again.headers["cache-control"]) == (304, b"", kept)
    assert client.ask(target, If_None_Match='"other"').status == 200


@pytest.mark.parametrize(
    "target",
    [
        "/nope",
        "/app",
        "/app/",
        "/app/nope.js",
        "/index.html/",
        "//",
        "/.env",
        "/.git/config",
        "/%2eenv",
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/%2e%2e%2fsecret.txt",
        "/..%5csecret.txt",
        "/app/../../secret.txt",
        "/app/..%2f..%2fsecret.txt",
        "/app%2f..%2findex.html",
        "//etc/passwd",
        "/%2fetc/passwd",
        "/link.txt",
        "/linked/secret.txt",
        "/index.html%00.js",
        "/index.html%00",
        "/C:%5csecret.txt",
        "/index.html::$DATA",
        "/" + "a" * 300,
        "/" + "a/" * 300,
        "/%ff%fe",
        "/__igbuild/events",
        "/__igbuild/dev_client.js",
    ],
)
def test_what_is_no_file_of_the_site_is_a_real_404(client: Client, target: str) -> None:
    answer = client.ask(target)
    assert answer.status == 404
    assert b"secret" not in answer.body
    assert b"<html" not in answer.body
    assert answer.headers["cache-control"] == "no-store"
    assert "content-security-policy" in answer.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
def test_only_reading_is_allowed(client: Client, method: str) -> None:
    answer = client.ask("/index.html", method)
    assert answer.status == 405
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def test_a_part_of_a_file_can_be_asked_for(client: Client) -> None:
    answer = client.ask("/app/main-ABCDEFGH.js", Range="bytes=0-5")
    assert (answer.status, answer.body) == (206, b"export")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("127.0.0.1:1234", 200),
        ("[::1]:1234", 200),
        ("x.localhost", 200),
        ("lab.example", 200),
        ("LAB.example.:80", 200),
        ("[::1]:8000", 200),
        ("evil.example", 400),
        ("localhost.evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("", 400),
    ],
)
def test_only_known_names_are_answered(client: Client, host: str, status: int) -> None:
    for target in ("/", "/nope", "/__igbuild/health"):
        answer = client.ask(target, Host=host)
        assert answer.status == (404 if (status, target) == (200, "/nope") else status)
        assert "content-security-policy" in answer.headers


def test_health_names_the_site_and_this_run_of_the_server(client: Client) -> None:
    answer = client.ask("/__igbuild/health")
    told = json.loads(answer.body)
    assert told["site"] == "site-id"
    assert len(told["instance"]) >= 16
    assert told == json.loads(client.ask("/__igbuild/health").body)
    assert answer.headers["cache-control"] == "no-store"


def test_the_policy_opens_what_a_site_needs_and_nothing_else() -> None:
    policy = dict(part.split(" ", 1) for part in content_security_policy("https://a.example").split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert policy["frame-ancestors"] == "https://a.example"
    assert "unsafe-inline" not in str(policy)
    assert "'unsafe-eval'" not in str(policy)


def test_types_do_not_depend_on_the_system() -> None:
    assert media_type("A.WASM") == "application/wasm"
    assert media_type("unknown.xyz") == "application/octet-stream"
    assert all(re.fullmatch(r"[a-z]+/[a-z0-9+.-]+(; charset=utf-8)?", kind) for kind in TYPES.values())


def test_a_taken_port_fails_and_names_the_ways_out() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(IgbuildError, match=rf"port {port} on 127\.0\.0\.1 is in use.*--port") as caught:
            listen("127.0.0.1", port)
        assert caught.value.exit_code == 1
    listen("127.0.0.1", port).close()
    with pytest.raises(IgbuildError, match=r"cannot listen on no\.such\.invalid.*--host"):
        listen("no.such.invalid", 0)


def test_the_address_is_one_that_a_browser_can_open() -> None:
    with listen("0.0.0.0", 0) as opened:
        assert url_of(opened) == f"http://localhost:{opened.getsockname()[1]}/"
    assert host_names("0.0.0.0", ("a",)) == ("a",)
    assert host_names("192.0.2.1", ()) == ("192.0.2.1",)


def igbuild(*command: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "igbuild", *command],
        cwd=cwd,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def test_serve_without_a_site_names_the_command_that_makes_one(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with igbuild("serve", "--out", "mine", cwd=tmp_path) as process:
        _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert "igbuild bundle" in said
    assert "Traceback" not in said


def test_serve_fails_on_a_taken_port_with_exit_code_1(folder: Path) -> None:
    with listen("127.0.0.1", 0) as taken:
        port = str(taken.getsockname()[1])
        with igbuild("serve", "--out", str(folder), "--port", port, cwd=folder) as process:
            _, said = process.communicate(timeout=20)
    assert process.returncode == 1
    assert port in said
    assert "--port" in said


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_serve_says_that_the_site_is_older_than_the_experiment(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text("def make(): ...\n")
    (tmp_path / "experiment.toml").write_text(
        '[experiment]\nname = "x"\n[environment]\nentry_point = "env:make"\n'
    )
    with igbuild("serve", "--out", str(folder), "--port", "0", cwd=tmp_path) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("http://")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert f"has changed since {folder} was built; igbuild bundle" in said.replace("\n", " ")


def test_serve_says_what_it_lacks_instead_of_an_address(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("IGBUILD_TURN_SECRET", raising=False)
    (tmp_path / "env.py").write_text("def make(): ...\n")
    (tmp_path / "experiment.toml").write_text(
        '[experiment]\nname = "x"\n[environment]\nentry_point = "env:make"\n[players]\nhumans = [0, 1]\n'
        '[webrtc]\nturn_urls = ["turn:turn.example"]\n'
    )
    with igbuild("serve", "--out", str(folder), "--port", "0", cwd=tmp_path) as process:
        printed, said = process.communicate(timeout=20)
    assert (process.returncode != 0, printed) == (True, "")
    assert "IGBUILD_TURN_SECRET" in said
    assert "serving" not in said


@pytest.mark.skipif(sys.platform == "win32", reason="sends SIGINT")
def test_serve_prints_its_address_and_ends_at_once_on_ctrl_c(folder: Path) -> None:
    with igbuild("serve", "--out", str(folder), "--port", "0", cwd=folder) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/", address)
        assert found is not None
        client = Client(int(found[1]))
        for _ in range(100):
            with contextlib.suppress(ConnectionError, IndexError):
                assert client.ask("/").status == 200
                break
            time.sleep(0.05)
        with socket.create_connection(("127.0.0.1", client.port)) as idle:
            idle.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert idle.recv(100).startswith(b"HTTP/1.1 200")
            process.send_signal(signal.SIGINT)
            assert process.wait(5) == 0
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()


@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_who_ends_the_server_leaves_the_data_in_one_file(
    sent: signal.Signals, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "env.py").write_text("def make(): ...\n")
    (tmp_path / "experiment.toml").write_text(
        '[experiment]\nname = "x"\n[environment]\nentry_point = "env:make"\n[server]\ncollect = true\n'
    )
    with igbuild("serve", "--out", str(folder), "--port", "0", cwd=tmp_path) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert Client(int(address.rstrip("/").rpartition(":")[2])).ask("/").status == 200
        process.send_signal(sent)
        assert process.wait(10) == 0
    assert {path.name for path in (tmp_path / "data").iterdir()} == {"data.sqlite3", "secret.key"}
