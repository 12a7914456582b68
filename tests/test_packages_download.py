"""Files of a distribution: resumed, parallel, verified, and every failure a clear error."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from igbuild.errors import IgbuildError, IntegrityError
from igbuild.packages import download
from igbuild.packages.cache import Store
from igbuild.packages.download import Wanted, get, get_all, opener, read_small
from igbuild.packages.pip_config import PipConfig
from tests.stand_ins import Server, serve, sha256

if TYPE_CHECKING:
    from collections.abc import Iterator

BIG = bytes(range(256)) * 4096
WANTED = Wanted("big.whl", sha256(BIG))
OPENED = opener(PipConfig())


@pytest.fixture
def server() -> Iterator[Server]:
    with serve() as made:
        made.pages["/big.whl"] = BIG
        yield made


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "PAUSE", 0.0)


def kept(store: Store) -> list[Path]:
    return [path for path in (store.root / "files").rglob("*") if path.is_file()]


def test_many_files_at_once_with_progress(server: Server, store: Store) -> None:
    bodies = {f"{number}.whl": bytes([number]) * 1000 for number in range(12)}
    server.pages.update({f"/{name}": body for name, body in bodies.items()})
    heard: dict[str, tuple[int, int | None]] = {}
    got = get_all(
        server.url,
        [Wanted(name, sha256(body)) for name, body in bodies.items()],
        store,
        opened=OPENED,
        report=lambda name, done, total: heard.update({name: (done, total)}),
    )
    assert {name: path.read_bytes() for name, path in got.items()} == bodies
    assert heard == dict.fromkeys(bodies, (1000, 1000))
    server.requests.clear()
    get_all(server.url, [Wanted(name, sha256(body)) for name, body in bodies.items()], store, opened=OPENED)
    assert server.requests == []


def test_a_broken_connection_is_resumed_where_it_broke(server: Server, store: Store) -> None:
    server.cut["/big.whl"] = (300_000, 2)
    assert get(server.url, WANTED, store, OPENED).read_bytes() == BIG
    assert server.ranges == ["bytes=300000-", "bytes=600000-"]


def test_a_connection_that_keeps_breaking_is_given_up_and_resumed_by_the_next_run(
    server: Server, store: Store
) -> None:
    server.cut["/big.whl"] = (100_000, 4)
    with pytest.raises(IgbuildError, match="broke off after 400000 of 1048576 bytes"):
        get(server.url, WANTED, store, OPENED)
    assert kept(store) == []
    assert get(server.url, WANTED, store, OPENED).read_bytes() == BIG
    assert server.ranges[-1] == "bytes=400000-"


def test_a_wrong_hash_names_file_expected_and_got_and_keeps_nothing(server: Server, store: Store) -> None:
    server.pages["/big.whl"] = b"other"
    with pytest.raises(IntegrityError) as caught:
        get(server.url, WANTED, store, OPENED)
    assert caught.value.exit_code == 5
    for part in ("big.whl", WANTED.sha256, sha256(b"other"), "5 bytes", server.url):
        assert part in caught.value.message
    assert kept(store) == []
    server.pages["/big.whl"] = BIG
    assert get(server.url, WANTED, store, OPENED).read_bytes() == BIG


def test_a_missing_file_is_an_error_not_its_404_page(server: Server, store: Store) -> None:
    with pytest.raises(IgbuildError, match=r"nothing\.whl cannot be fetched: it answered 404") as caught:
        get(server.url, Wanted("nothing.whl", sha256(b"x")), store, OPENED)
    assert "IGBUILD_PYODIDE_BASE" in caught.value.message
    assert kept(store) == []


def test_a_404_body_sent_as_a_page_fails_by_its_hash(server: Server, store: Store) -> None:
    server.pages["/big.whl"] = b"<!DOCTYPE html><title>Not found</title>"
    with pytest.raises(IntegrityError):
        get(server.url, WANTED, store, OPENED)
    assert kept(store) == []


def test_a_server_in_trouble_is_asked_again(server: Server, store: Store) -> None:
    server.pages["/big.whl"] = (503, b"later")
    with pytest.raises(IgbuildError, match="503"):
        get(server.url, WANTED, store, OPENED)
    assert server.requests == ["/big.whl"] * download.ATTEMPTS


def test_nobody_there_is_explained(store: Store) -> None:
    with pytest.raises(IgbuildError, match=r"cannot be fetched: .*refused"):
        get("http://127.0.0.1:9", WANTED, store, OPENED)
    with pytest.raises(IgbuildError, match=r"cannot be fetched"):
        read_small("http://127.0.0.1:9", "pyodide-lock.json", OPENED)


def test_a_partial_file_that_is_already_whole_is_taken(server: Server, store: Store) -> None:
    store.partial(WANTED.sha256).write_bytes(BIG)
    assert get(server.url, WANTED, store, OPENED).read_bytes() == BIG


@pytest.mark.parametrize("there", [b"x" * 1000, b"x" * (len(BIG) + 1)], ids=["shorter", "longer"])
def test_a_spoiled_partial_file_is_not_blamed_on_the_server(
    server: Server, store: Store, there: bytes
) -> None:
    store.partial(WANTED.sha256).write_bytes(there)
    assert get(server.url, WANTED, store, OPENED).read_bytes() == BIG
    assert server.requests == ["/big.whl", "/big.whl"]
    assert server.ranges == [f"bytes={len(there)}-"]


def test_a_wrong_file_is_asked_for_once_more_where_it_was_resumed_and_then_blamed(
    server: Server, store: Store
) -> None:
    store.partial(WANTED.sha256).write_bytes(b"x" * 1000)
    server.pages["/big.whl"] = b"other" * 1000
    with pytest.raises(IntegrityError, match=server.url):
        get(server.url, WANTED, store, OPENED)
    assert len(server.requests) == 2
    assert kept(store) == []


CHILD = """
import sys
from pathlib import Path
from igbuild.packages.cache import Store
from igbuild.packages.download import Wanted, get, opener
from igbuild.packages.pip_config import PipConfig
get(sys.argv[1], Wanted("big.whl", sys.argv[2]), Store(Path(sys.argv[3])), opener(PipConfig()))
"""


def child(server: Server, store: Store) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", CHILD, server.url, WANTED.sha256, str(store.root)])


def test_a_kill_in_the_middle_leaves_nothing_half_written(server: Server, store: Store) -> None:
    server.throttle = 0.02
    run = child(server, store)
    partial = store.root / "partial" / WANTED.sha256
    deadline = time.monotonic() + 30
    while not (partial.exists() and partial.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    run.send_signal(signal.SIGKILL if os.name != "nt" else signal.SIGTERM)
    run.wait(10)
    there = partial.stat().st_size
    assert 0 < there < len(BIG)
    assert kept(store) == []
    server.throttle = 0.0
    assert get(server.url, WANTED, store, OPENED).read_bytes() == BIG
    assert server.ranges == [f"bytes={there}-"]


def test_two_runs_at_once_download_once(server: Server, store: Store) -> None:
    server.throttle = 0.002
    runs = [child(server, store) for _ in range(2)]
    assert [run.wait(60) for run in runs] == [0, 0]
    assert server.requests == ["/big.whl"]
    assert store.get(WANTED.sha256) is not None


def test_a_cache_is_cleared_around_a_download(server: Server, store: Store) -> None:
    server.throttle = 0.01
    store.partial("0" * 64).write_bytes(b"left by a run that was killed")
    run = child(server, store)
    partial = store.root / "partial" / WANTED.sha256
    deadline = time.monotonic() + 30
    while not (partial.exists() and partial.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.01)
    with store.temporary() as folder:
        (folder / "half").write_bytes(b"done")
        store.clear()
        assert (folder / "half").exists()
    assert not store.partial("0" * 64).exists()
    assert run.poll() is None, "it was cleared too late"
    assert run.wait(60) == 0
    assert store.get(WANTED.sha256) is not None
    store.clear()
    assert list(store.root.iterdir()) == []


def test_a_full_disk_is_explained(server: Server, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def __init__(self, file: object) -> None:
            self.file = file

        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            self.file.close()  # type: ignore[attr-defined]

        def write(self, data: bytes) -> None:
            raise OSError(28, "No space left on device")

    real = Path.open

    def opens(path: Path, mode: str = "r", *rest: object) -> object:
        file = real(path, mode, *rest)  # type: ignore[call-overload]
        return Full(file) if path.name == WANTED.sha256 and mode in ("ab", "wb") else file

    monkeypatch.setattr(Path, "open", opens)
    with pytest.raises(IgbuildError, match=r"the disk is full(.|\n)*IGBUILD_CACHE"):
        get(server.url, WANTED, store, OPENED)
    assert kept(store) == []
    assert len(server.requests) == 1


@pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0 or shutil.which("mount") is None,
    reason="mounts a file system",
)
class TestMounted:
    @pytest.fixture
    def small(self, tmp_path: Path) -> Iterator[Path]:
        folder = tmp_path / "small"
        folder.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)], check=False)
        if done.returncode:
            pytest.skip("mounting is not allowed here")
        yield folder
        subprocess.run(["umount", "-l", str(folder)], check=True)

    def test_a_really_full_disk(self, small: Path, server: Server) -> None:
        store = Store(small / "cache")
        with pytest.raises(IgbuildError, match="the disk is full"):
            get(server.url, WANTED, store, OPENED)
        assert kept(store) == []

    def test_a_read_only_cache_serves_what_it_has_and_refuses_the_rest(
        self, small: Path, server: Server
    ) -> None:
        store = Store(small / "cache")
        server.pages["/small.whl"] = b"small"
        have = Wanted("small.whl", sha256(b"small"))
        get(server.url, have, store, OPENED)
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        server.requests.clear()
        assert get(server.url, have, store, OPENED).read_bytes() == b"small"
        with pytest.raises(IgbuildError, match=r"cannot be written(.|\n)*IGBUILD_CACHE"):
            get(server.url, WANTED, store, OPENED)
        with pytest.raises(IgbuildError, match="cannot be written"):
            store.add_folder("npm/x-1", lambda _: None)
        with pytest.raises(IgbuildError, match="cannot be written"):
            store.clear()
        assert server.requests == []


def test_a_local_folder_serves_too(store: Store, tmp_path: Path) -> None:
    (tmp_path / "big.whl").write_bytes(BIG)
    assert get(str(tmp_path), WANTED, store, OPENED).read_bytes() == BIG
    with pytest.raises(IgbuildError, match=r"none\.whl does not exist"):
        get(str(tmp_path), Wanted("none.whl", sha256(b"")), store, OPENED)
    (tmp_path / "bad.whl").write_bytes(b"bad")
    with pytest.raises(IntegrityError, match=r"bad\.whl is not the pinned file"):
        get(str(tmp_path), Wanted("bad.whl", sha256(b"good")), store, OPENED)
    assert read_small(str(tmp_path), "pyodide-lock.json", OPENED) is None


def test_a_small_file_that_is_absent_is_none(server: Server) -> None:
    server.pages["/pyodide-lock.json"] = b"{}"
    assert read_small(server.url, "pyodide-lock.json", OPENED) == b"{}"
    assert read_small(server.url, "other.json", OPENED) is None
    server.pages["/broken.json"] = (500, b"")
    with pytest.raises(IgbuildError, match="500"):
        read_small(server.url, "broken.json", OPENED)


def test_a_terminal_sees_bars_and_a_pipe_none() -> None:
    import io

    from rich.console import Console as RichConsole

    from igbuild.console import Console
    from igbuild.packages.progress import bars

    screen = io.StringIO()
    console = Console(err=RichConsole(file=screen, force_terminal=True, width=120))
    with bars(console) as report:
        assert report is not None
        report("wheels/big.whl", 500_000, 1_000_000)
        report("wheels/big.whl", 1_000_000, 1_000_000)
    assert "big.whl" in screen.getvalue()
    for quiet in (None, Console(verbosity=-1, err=console.err), Console(err=RichConsole(file=io.StringIO()))):
        with bars(quiet) as report:
            assert report is None
