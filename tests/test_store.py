"""The store: what is acknowledged is on disk, once; what conflicts is kept beside."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pathlib
import sqlite3
import stat
import threading
import time
import tracemalloc

import httpx
import pytest

from igbuild.errors import IgbuildError
from igbuild.serve.store.chunks import Chunk, Kind, Owner, Status, StoreFailed, StoreFull
from igbuild.serve.store.jsonl import JsonLines
from igbuild.serve.store.schema import FILE_NAME, open_for_reading
from igbuild.serve.store.secret import load_secret
from igbuild.serve.store.tokens import SeatClaims, sign
from igbuild.serve.store.writer import Store, StoreLimits
from tests.hub_server import EXPERIMENT, SITE, HubServer

OWNER = Owner(EXPERIMENT, "session-1", "p1", 0, 2, SITE)


def chunk(content: str, index: int = 0, owner: Owner = OWNER, kind: Kind = Kind.ROWS) -> Chunk:
    return Chunk(owner, 0, kind, index, content)


@pytest.fixture
def store(tmp_path):
    opened = Store(tmp_path, StoreLimits(free_bytes=0))
    yield opened
    opened.close()


def stored(folder) -> list[tuple]:
    with contextlib.closing(open_for_reading(folder)) as connection:
        return [
            tuple(row)
            for row in connection.execute(
                "SELECT session, participant, idx, variant, content FROM chunks ORDER BY id"
            )
        ]


def run(coroutine):
    return asyncio.run(coroutine)


def test_a_receipt_means_that_another_reader_finds_it(store, tmp_path) -> None:
    async def put() -> None:
        receipts = await store.put([chunk("{}\n"), chunk("[]", 1)])
        assert [(r.index, r.status) for r in receipts] == [(0, Status.STORED), (1, Status.STORED)]
        assert [row[2:] for row in stored(tmp_path)] == [(0, 0, b"{}\n"), (1, 0, b"[]")]

    run(put())


@pytest.mark.skipif(os.name != "posix", reason="rights of POSIX")
def test_only_the_owner_reads_what_people_did(store, tmp_path) -> None:
    run(store.put([chunk("{}\n")]))
    found = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.glob(FILE_NAME + "*")}
    assert len(found) == 3
    assert set(found.values()) == {0o600}


def test_who_reads_sees_one_moment_while_more_arrives(store, tmp_path) -> None:
    count = "SELECT count(*) FROM chunks"
    run(store.put([chunk("{}\n")]))
    with contextlib.closing(open_for_reading(tmp_path)) as connection:
        run(store.put([chunk("[]", 1)]))
        assert connection.execute(count).fetchone()[0] == 1
    assert len(stored(tmp_path)) == 2


def test_the_same_again_changes_nothing_and_another_content_is_kept_beside(store, tmp_path) -> None:
    async def put(content: str) -> Status:
        return (await store.put([chunk(content)]))[0].status

    async def sequence():
        return [await put(content) for content in ("a", "a", "b", "b", "a", "c")]

    assert run(sequence()) == ["stored", "duplicate", "conflict", "duplicate", "duplicate", "conflict"]
    assert [(row[3], row[4]) for row in stored(tmp_path)] == [(0, b"a"), (1, b"b"), (2, b"c")]


def test_a_commit_is_synced(store) -> None:
    pragmas = [
        store._connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    ]
    assert pragmas == ["wal", 2]


def test_many_uploads_share_commits(store, tmp_path) -> None:
    commits = 0

    def count(statement: str) -> None:
        nonlocal commits
        commits += statement == "COMMIT"

    store._connection.set_trace_callback(count)

    async def put() -> None:
        await asyncio.gather(*(store.put([chunk(f"{i}", i)]) for i in range(500)))

    run(put())
    print(f"500 uploads in {commits} commits")
    assert commits < 250
    assert len(stored(tmp_path)) == 500


def test_the_event_loop_goes_on_while_the_disk_is_slow(store) -> None:
    locker = sqlite3.connect(store.folder / FILE_NAME, isolation_level=None, check_same_thread=False)
    locker.execute("BEGIN IMMEDIATE")
    threading.Timer(0.5, lambda: locker.execute("ROLLBACK")).start()

    async def put() -> float:
        upload = asyncio.create_task(store.put([chunk("x")]))
        worst, last = 0.0, time.perf_counter()
        while not upload.done():
            await asyncio.sleep(0.01)
            now = time.perf_counter()
            worst, last = max(worst, now - last), now
        assert (await upload)[0].status is Status.STORED
        return worst

    assert run(put()) < 0.3
    locker.close()


def test_a_session_has_its_share_and_the_next_one_its_own(tmp_path) -> None:
    store = Store(tmp_path, StoreLimits(session_bytes=100, free_bytes=0))

    async def put() -> None:
        await store.put([chunk("x" * 60)])
        with pytest.raises(StoreFull, match="session_full"):
            await store.put([chunk("a", 1), chunk("y" * 60, 2)])
        other = Owner(EXPERIMENT, "session-2", "p1", 0, 2, SITE)
        assert (await store.put([chunk("z" * 60, owner=other)]))[0].status is Status.STORED
        assert (await store.put([chunk("w" * 30, 1)]))[0].status is Status.STORED

    run(put())
    store.close()
    assert [row[4][:1] for row in stored(tmp_path)] == [b"x", b"z", b"w"], "a refused upload leaves no part"


def test_a_full_disk_and_a_full_queue_say_so(tmp_path) -> None:
    async def put(store: Store) -> None:
        await store.put([chunk("x")])

    for limits, code in [(StoreLimits(free_bytes=2**62), "disk_full"), (StoreLimits(queued_bytes=0), "busy")]:
        store = Store(tmp_path, limits)
        with pytest.raises(StoreFull, match=code):
            run(put(store))
        store.close()
        with pytest.raises(StoreFull, match="busy"):
            run(put(store))


def test_a_failed_commit_acknowledges_nothing_and_the_store_goes_on(store, tmp_path) -> None:
    async def put() -> None:
        store._connection.execute("PRAGMA query_only=ON")
        with pytest.raises(StoreFailed):
            await store.put([chunk("x")])
        store._connection.execute("PRAGMA query_only=OFF")
        assert (await store.put([chunk("x")]))[0].status is Status.STORED

    run(put())


def test_a_file_that_is_no_store_is_left_alone(tmp_path) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(b"my notes" * 100)
    with pytest.raises(IgbuildError, match="cannot be used as a data store"):
        Store(tmp_path)
    assert path.read_bytes() == b"my notes" * 100
    path.unlink()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(IgbuildError, match="newer igbuild"):
        Store(tmp_path)


@pytest.mark.parametrize(
    ("content", "version", "said"),
    [(b"", 0, "no data here yet"), (b"", 99, "newer igbuild"), (b"my notes" * 100, None, "cannot be used")],
    ids=["empty", "newer", "none"],
)
def test_what_cannot_be_read_is_said_and_let_go(tmp_path, monkeypatch, content, version, said) -> None:
    path = tmp_path / FILE_NAME
    path.write_bytes(content)
    if version is not None:
        with contextlib.closing(sqlite3.connect(path)) as made:
            made.execute(f"PRAGMA user_version={version}")
    opened = []
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *a, **k: opened.append(connect(*a, **k)) or opened[-1])
    with pytest.raises(IgbuildError, match=said):
        open_for_reading(tmp_path)
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        opened[0].execute("SELECT 1")


def test_the_secret_is_made_once_and_for_the_owner_only(tmp_path) -> None:
    secret = load_secret(tmp_path / "new")
    assert load_secret(tmp_path / "new") == secret
    assert load_secret(tmp_path / "other") != secret
    path = tmp_path / "new" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["secret.key"]
    path.write_bytes(b"short")
    with pytest.raises(IgbuildError, match="5 bytes instead of 32"):
        load_secret(tmp_path / "new")


def test_a_torn_line_spoils_no_other(tmp_path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_bytes(b'{"a":1}\n{"b":')
    log = JsonLines(path)
    log.append({"c": "ü"})
    log.close()
    assert path.read_text() == '{"a":1}\n{"b":\n{"c":"ü"}\n'
    JsonLines(path).close()
    assert path.read_text() == '{"a":1}\n{"b":\n{"c":"ü"}\n', "a whole line is left as it is"


def test_a_long_log_is_opened_without_reading_it(tmp_path) -> None:
    path = tmp_path / "log.jsonl"
    with path.open("wb") as file:
        file.truncate(50_000_000)  # a hole: no disk
    tracemalloc.start()
    log = JsonLines(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    log.append({"c": 1})
    log.close()
    assert peak < 1_000_000
    with path.open("rb") as file:
        file.seek(50_000_000)
        assert file.read() == b'\n{"c":1}\n'


# --- the endpoint, on a running server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = HubServer(tmp_path_factory.mktemp("uploads"))
    yield running
    running.stop()
    assert "Traceback" not in running.log, running.log


@pytest.fixture
def http(server):
    with httpx.Client(base_url=server.url, timeout=20) as client:
        yield client


def start(http, participant: str = "p") -> dict:
    message = {"experiment": EXPERIMENT, "participant": participant, "site": SITE}
    return http.post("/data/v1/start", content=json.dumps(message)).json()


def upload(http, token: str, *contents: str, **more):
    chunks = [
        {"episode": 0, "kind": "rows", "index": i, "content": c, **more} for i, c in enumerate(contents)
    ]
    return http.post("/data/v1/chunks", content=json.dumps({"token": token, "chunks": chunks}))


def test_a_lone_player_gets_a_token_and_hands_in_rows(http, server) -> None:
    begun = start(http, "Müller, A. / 12")
    answer = upload(http, begun["token"], '{"t":0}\n', '{"t":1}\n')
    assert answer.status_code == 200
    assert [s["status"] for s in answer.json()["stored"]] == ["stored", "stored"]
    assert [s["status"] for s in upload(http, begun["token"], '{"t":0}\n').json()["stored"]] == ["duplicate"]
    assert ("Müller, A. / 12", b'{"t":0}\n') in [(row[1], row[4]) for row in stored(server.folder)]


def test_every_kind_is_taken_and_acknowledged_by_its_name(http) -> None:
    token = start(http)["token"]
    for kind in Kind:
        chunk = {"episode": 0, "kind": kind.value, "index": 0, "content": "{}\n"}
        answer = http.post("/data/v1/chunks", content=json.dumps({"token": token, "chunks": [chunk]}))
        assert [(one["kind"], one["status"]) for one in answer.json()["stored"]] == [(kind.value, "stored")]


@pytest.mark.parametrize(
    "participant", ["p1\u200b", "a\u00a0b", "a\u00adb", "\ufeffp", "\U0001f469\u200d\U0001f680"]
)
def test_invisible_characters_of_a_pasted_link_cost_no_data(http, server, participant) -> None:
    assert upload(http, start(http, participant)["token"], participant).status_code == 200
    assert (participant, participant.encode()) in [(row[1], row[4]) for row in stored(server.folder)]


def test_path_like_ids_are_only_ids(http, server) -> None:
    before = sorted(path.name for path in server.folder.parent.rglob("*"))
    for participant in ("../../evil", "/etc/passwd", "..", "C:\\x", "a/b", "'; DROP TABLE chunks; --"):
        assert upload(http, start(http, participant)["token"], "x").status_code == 200
    assert sorted(path.name for path in server.folder.parent.rglob("*")) == before


def test_what_the_endpoint_refuses(http, server) -> None:
    token = start(http)["token"]
    good = {"episode": 0, "kind": "rows", "index": 0, "content": "x"}
    wrong = [
        *({"episode": value} for value in (-1, "0", 0.5, True, 10**9)),
        *({"kind": value} for value in ("../rows", None)),
        *({"index": value} for value in (-1, 10**9)),
        *({"content": value} for value in (5, None)),
        *({name: "x"} for name in ("extra", "session", "participant")),
    ]
    bodies = [json.dumps({"token": token, "chunks": [good | change]}) for change in wrong]
    bodies += [
        "",
        "null",
        "[]",
        "{",
        '{"token":1}',
        "[" * 100_000,
        json.dumps({"token": token, "chunks": []}),
    ]
    bodies += [json.dumps({"token": token, "chunks": [good] * 257}), '{"a":"\\ud800"}', b"\xff\xfe"]
    for body in bodies:
        answer = http.post("/data/v1/chunks", content=body)
        assert (answer.status_code, answer.json()) == (400, {"ok": False, "code": "bad_message"}), body[:80]
    assert http.post("/data/v1/chunks", content=b"x" * 600_000).status_code == 413
    for bad in (
        "",
        "x.y",
        token[:-3],
        sign(b"t" * 32, _claims()),
        sign(load_secret(server.folder), _claims(experiment="other")),
    ):
        assert (upload(http, bad, "x").status_code, upload(http, bad, "x").json()["code"]) == (
            401,
            "bad_token",
        )
    start_body = {"experiment": "other", "participant": "p", "site": SITE}
    assert http.post("/data/v1/start", content=json.dumps(start_body)).status_code == 404
    for participant in ("", "x" * 129, "a\nb", "a\x00", "\x9f", "\ud83d"):
        body = json.dumps(start_body | {"experiment": EXPERIMENT, "participant": participant})
        assert http.post("/data/v1/start", content=body).status_code == 400
    assert http.get("/data/v1/chunks").status_code == 405
    assert http.post("/data/v1/../../secret.key").status_code == 404


def _claims(**changed) -> SeatClaims:
    known = {
        "experiment": EXPERIMENT,
        "session": "s",
        "participant": "p",
        "seat": 0,
        "seats": 2,
        "site": SITE,
    }
    return SeatClaims(**(known | {"tag": 1, "seed": 1, "issued": time.time()} | changed))


def test_foreign_pages_may_not_post(http, server) -> None:
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"host": "evil.example"},
        {"host": "evil.example", "origin": "http://evil.example"},
        {"host": f"127.0.0.1:{server.port}", "origin": f"http://127.0.0.1:{server.port}.evil.example"},
    ):
        message = json.dumps({"experiment": EXPERIMENT, "participant": "p", "site": SITE})
        answer = http.post("/data/v1/start", content=message, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        assert "access-control-allow-origin" not in answer.headers
    allowed = http.post("/data/v1/start", content=message, headers={"origin": server.url})
    assert allowed.headers["access-control-allow-origin"] == server.url


def test_killed_in_mid_upload_every_row_arrives_once(tmp_path) -> None:
    """Browsers send again what was not acknowledged before the server died."""
    server = HubServer(tmp_path)
    players, chunks = 4, 150
    with httpx.Client(base_url=server.url) as client:
        tokens = [start(client, f"p{i}")["token"] for i in range(players)]
    acknowledged: list[list[int]] = [[] for _ in range(players)]

    async def send(number: int) -> None:
        async with httpx.AsyncClient(base_url=server.url) as client:
            index = 0
            while index < chunks:
                part = {"episode": 0, "kind": "rows", "index": index, "content": f'{{"t":{index}}}\n'}
                body = json.dumps({"token": tokens[number], "chunks": [part]})
                try:
                    answer = await client.post("/data/v1/chunks", content=body)
                except httpx.TransportError:
                    await asyncio.sleep(0.05)
                    continue
                assert answer.json()["stored"][0]["status"] in {"stored", "duplicate"}
                acknowledged[number].append(index)
                index += 1

    async def play() -> list[int]:
        senders = [asyncio.create_task(send(number)) for number in range(players)]
        seen = []
        for enough in (150, 400):
            while sum(map(len, acknowledged)) < enough:
                await asyncio.sleep(0.001)
            await asyncio.to_thread(server.kill)
            promised = {(f"p{i}", index) for i, done in enumerate(acknowledged) for index in done}
            kept = {(row[1], row[2]) for row in stored(tmp_path)}
            assert promised <= kept, "what was acknowledged survived"
            seen.append(len(promised))
            await asyncio.to_thread(server.start)
        await asyncio.gather(*senders)
        return seen

    seen = run(play())
    server.stop()
    print(f"acknowledged before each of the kills: {seen}")
    assert 0 < seen[0] < seen[-1] < players * chunks, "the kill must fall into the upload"
    rows = [(row[1], row[2], row[3]) for row in stored(tmp_path)]
    assert sorted(rows) == sorted((f"p{i}", index, 0) for i in range(players) for index in range(chunks))


def test_data_that_one_may_not_read_is_called_that(store, tmp_path, monkeypatch):
    """Root may read all of it, so it is the call that refuses."""

    def refuse(*_):
        raise PermissionError

    monkeypatch.setattr(pathlib.Path, "open", refuse)
    with pytest.raises(IgbuildError, match="you may not read it"):
        open_for_reading(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="there rights are inherited from the folder")
def test_the_match_log_is_the_owners_alone(tmp_path):
    JsonLines(tmp_path / "matches.jsonl").close()
    assert stat.S_IMODE((tmp_path / "matches.jsonl").stat().st_mode) == 0o600
