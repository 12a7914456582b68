"""`igbuild serve --dev` as a process: every edit is built and told, a broken one loses nothing."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest
from watchfiles import Change

from igbuild.errors import IgbuildError
from igbuild.scaffold import init_experiment
from igbuild.serve.dev import Relevant, watched_folders
from igbuild.serve.events import News, NewsChannel
from tests.test_serve import Client
from tests.test_site_write import tree

if TYPE_CHECKING:
    from collections.abc import Iterator


SECONDS = 40.0


class Events:
    """A page's stream of news."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port), SECONDS)
        request = "GET /__igbuild/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
        self.connection.sendall(request.encode())
        self.text = ""

    def next(self) -> tuple[str, dict[str, Any]]:
        pattern = re.compile(r"event: (\w+)\ndata: (.*)\n\n")
        while (found := pattern.search(self.text)) is None:
            received = self.connection.recv(65536)
            assert received, "the stream ended"
            self.text += received.decode()
        self.text = self.text[found.end() :]
        return found[1], json.loads(found[2])

    def built(self, other_than: str) -> str:
        """Wait for a build with another id; no failure may come before it."""
        while True:
            kind, news = self.next()
            assert kind == "built", news
            if news["build"] not in {"", other_than}:
                return str(news["build"])

    def failed(self, pattern: str) -> dict[str, Any]:
        """Wait for a build that failed with this error; others may have seen a file half written."""
        while True:
            kind, news = self.next()
            if kind == "failed" and re.search(pattern, news["error"]):
                return news


class Dev:
    """A running `igbuild serve --dev`."""

    def __init__(self, root: Path, port: int = 0) -> None:
        self.root = root
        self.errors = root.parent / "stderr.txt"
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "igbuild", "serve", "--dev", "--port", str(port)],
                cwd=root,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )

    def __enter__(self) -> Self:
        assert self.process.stdout is not None
        address = self.process.stdout.readline()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\n", address)
        assert found is not None, (address, self.errors.read_text())
        self.client = Client(int(found[1]))
        self.events = self._events()
        return self

    def __exit__(self, *_: object) -> None:
        self.events.connection.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def _events(self) -> Events:
        for _ in range(200):
            try:
                return Events(self.client.port)
            except ConnectionError:
                time.sleep(0.05)
        pytest.fail("the server does not answer")

    def page(self) -> str:
        answer = self.client.ask("/")
        return answer.body.decode()

    def edit(self, name: str, old: str, new: str) -> None:
        """Change a file as editors do: write another, then rename it over."""
        path = self.root / name
        text = path.read_text()
        assert old in text
        swap = path.with_name(f".{name}.swp")
        swap.write_text(text.replace(old, new))
        swap.replace(path)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(15)


@pytest.fixture
def dev(tmp_path: Path) -> Iterator[Dev]:
    root = tmp_path / ".hidden parent" / "game"
    init_experiment(root, "solo", force=False)
    with Dev(root) as running:
        yield running


@pytest.mark.network
@pytest.mark.skipif(sys.platform == "win32", reason="ends the server with SIGINT")
def test_edits_are_built_and_told_and_broken_ones_lose_nothing(dev: Dev) -> None:
    first = dev.events.built("")
    assert first in dev.page()
    health = json.loads(dev.client.ask("/__igbuild/health").body)
    assert health["site"] == first
    assert not (dev.root / "dist").exists(), "a development site must not be where one deploys from"
    assert (dev.root / ".igbuild/.gitignore").read_text() == "*\n"

    dev.edit("experiment.toml", 'title = "', 'title = "New ')
    second = dev.events.built(first)
    assert "<title>New " in dev.page()

    good = tree(dev.root / ".igbuild/dev")
    dev.edit("experiment.toml", "[environment]", "[environment")
    news = dev.events.failed(r"experiment\.toml:\d+:\d+: this is not TOML")
    assert news["build"] == second
    assert tree(dev.root / ".igbuild/dev") == good
    assert dev.client.ask("/").status == 200
    latecomer = Events(dev.client.port)
    assert latecomer.next()[1] == news
    latecomer.connection.close()

    dev.edit("experiment.toml", "[environment\n", "[environment]\n")
    kind, news = dev.events.next()
    assert (kind, news) == ("built", {"build": second, "error": None}), "the page need not reload"

    env = (dev.root / "env.py").read_text()
    (dev.root / "env.py").write_text("def broken(:\n")
    dev.events.failed(r"env\.py:1:\d+: ")
    (dev.root / "env.py").unlink()
    dev.events.failed("does not exist")
    (dev.root / "env.py").write_text(env + "\n# changed\n")
    third = dev.events.built(second)
    assert third in dev.page()

    (dev.root / "notes~").write_text("an editor's own")
    (dev.root / ".env.py.swp").write_text("an editor's own")
    dev.edit("env.py", "# changed", "# changed again")
    fourth = dev.events.built(third)
    assert len({first, second, third, fourth}) == 4

    began = time.monotonic()
    assert dev.stop() == 0
    assert time.monotonic() - began < 5, "an open page must not keep the server"
    assert "Traceback" not in dev.errors.read_text()


@pytest.mark.skipif(sys.platform == "win32", reason="ends the server with SIGINT")
def test_an_experiment_that_is_broken_from_the_start_is_waited_for(tmp_path: Path) -> None:
    root = tmp_path / "game"
    root.mkdir()
    (root / "experiment.toml").write_text("[experiment]\nname = <b>\n")
    with Dev(root) as running:
        running.events.failed(r"experiment\.toml:2:\d+: ")
        answer = running.client.ask("/")
        assert answer.status == 503
        assert "experiment.toml:2:" in answer.body.decode()
        assert "/__igbuild/dev_client.js" in answer.body.decode()
        script = running.client.ask("/__igbuild/dev_client.js")
        assert script.headers["content-type"].startswith("text/javascript")
        assert b"EventSource" in script.body
        (root / "experiment.toml").write_text('[experiment]\nname = "a"\n')
        running.events.failed("entry_point")
        assert running.stop() == 0


def test_what_editors_and_caches_write_is_not_a_change() -> None:
    root = Path("/home/.hidden/game")
    relevant = Relevant((root,))
    for name in ("env.py", "sub/data.json", "assets/a.png", "experiment.toml"):
        assert relevant(Change.modified, str(root / name)), name
    for name in (
        ".env.py.swp",
        "env.py~",
        "4913",
        "__pycache__/env.cpython-311.pyc",
        ".igbuild/dev/index.html",
        "node_modules/a/b.js",
        "x.tmp",
    ):
        assert not relevant(Change.modified, str(root / name)), name


def test_a_checkout_of_igbuild_is_watched_too() -> None:
    root = Path("/game")
    watched = [path.name for path in watched_folders(root)]
    assert watched == ["game", "worker", "game", "runtime"]


def test_news_reach_every_listener_once_and_end_when_the_channel_closes() -> None:
    import asyncio

    async def scenario() -> list[list[bytes]]:
        channel = NewsChannel()

        async def listen() -> list[bytes]:
            return [event async for event in channel.stream()]

        listeners = [asyncio.create_task(listen()) for _ in range(2)]
        await asyncio.sleep(0.01)
        channel.publish(News("a"))
        channel.publish(News("a"))
        await asyncio.sleep(0.01)
        channel.publish(News("a", "line 1\nline 2"))
        await asyncio.sleep(0.01)
        channel.close()
        return list(await asyncio.gather(*listeners))

    for events in asyncio.run(scenario()):
        assert [event.partition(b"\n")[0] for event in events] == [
            b"retry: 500",
            b"event: built",
            b"event: built",
            b"event: failed",
        ]
        assert json.loads(events[-1].partition(b"data: ")[2]) == {"build": "a", "error": "line 1\nline 2"}


def test_an_unexpected_failure_of_a_build_is_told_and_survived(tmp_path: Path) -> None:
    import asyncio
    import io

    from rich.console import Console as RichConsole

    from igbuild.console import Console
    from igbuild.serve.dev import DevServer

    said = io.StringIO()
    outcomes: list[Any] = ["one", IgbuildError("a mistake"), ZeroDivisionError("inside"), "two"]

    def build(_: Path) -> str:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return str(outcome)

    server = DevServer(tmp_path / "experiment.toml", build, Console(err=RichConsole(file=said)))
    news = NewsChannel()
    told = []
    for _ in range(4):
        asyncio.run(server._build(news))
        told.append((news.latest.build, (news.latest.error or "")[-25:]))
    assert told == [
        ("one", ""),
        ("one", "a mistake"),
        ("one", "ZeroDivisionError: inside\n"[-25:]),
        ("two", ""),
    ]
    assert "ERROR a mistake" in said.getvalue()


@pytest.mark.parametrize("works", [True, False], ids=["polling", "nothing"])
def test_where_the_system_watches_no_more_files_they_are_looked_at_in_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, works: bool
) -> None:
    import asyncio
    import io

    from rich.console import Console as RichConsole

    from igbuild.console import Console
    from igbuild.serve import dev

    real = dev.awatch

    async def limited(*folders: Path, force_polling: bool | None, **options: Any) -> Any:
        if not (works and force_polling):
            raise OSError("OS file watch limit reached.")
        async for changes in real(*folders, force_polling=True, **options):
            yield changes

    monkeypatch.setattr(dev, "awatch", limited)
    monkeypatch.setattr(dev, "watched_folders", lambda experiment: [experiment])
    toml, said = tmp_path / "experiment.toml", io.StringIO()
    toml.write_text("one")
    server = dev.DevServer(toml, lambda _: toml.read_text(), Console(err=RichConsole(file=said, width=200)))
    news = NewsChannel()

    async def told(wanted: News) -> None:
        while news.latest != wanted:
            await asyncio.sleep(0.02)

    async def scenario() -> None:
        stop = asyncio.Event()
        watching = asyncio.create_task(server._watch(news, None, stop))
        async with asyncio.timeout(20):
            if works:
                while "in turn" not in said.getvalue():
                    await asyncio.sleep(0.02)
                await told(News("one"))
                await asyncio.sleep(1.5)  # times of files are compared by the second
                toml.write_text("another")
                await told(News("another"))
            else:
                await asyncio.wait([watching])
                assert news.latest.build == "one"
                assert "limit reached" in (news.latest.error or "")
        stop.set()
        await watching

    asyncio.run(scenario())
    assert "limit reached" in said.getvalue()
