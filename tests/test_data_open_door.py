"""The data endpoint as an open door: what strangers post is refused, and harms nobody who plays beside it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import AsyncExitStack, closing, suppress

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from igbuild.serve.store.secret import load_secret
from igbuild.serve.store.tokens import SeatClaims, sign
from tests.hub_bystander import MEMORY_MB
from tests.hub_server import EXPERIMENT, SITE, HubServer

CHUNKS = "/data/v1/chunks"
GOOD = {"episode": 0, "kind": "rows", "index": 0, "content": "x"}
SECONDS = 3


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = HubServer(tmp_path_factory.mktemp("data"))
    yield running
    running.stop()
    assert "Traceback" not in running.log, running.log
    assert "ERROR" not in running.log, running.log


@pytest.fixture
def http(server):
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def head(server: HubServer, *lines: str) -> bytes:
    return "\r\n".join([f"POST {CHUNKS} HTTP/1.1", f"Host: 127.0.0.1:{server.port}", *lines]).encode()


def claims(**changed) -> SeatClaims:
    known = {
        "experiment": EXPERIMENT,
        "session": "s",
        "participant": "p",
        "seat": 0,
        "seats": 2,
        "site": SITE,
    }
    return SeatClaims(**(known | {"tag": 1, "seed": 1, "issued": time.time()} | changed))


def rows(server: HubServer) -> list[tuple]:
    with closing(sqlite3.connect(server.folder / "data.sqlite3")) as connection:
        query = "SELECT session, participant, episode, idx, content FROM chunks ORDER BY session, participant"
        return connection.execute(query).fetchall()


async def status(reader: asyncio.StreamReader, seconds: float = 60) -> int | None:
    """Return the status of an answer: None where the connection was cut, 0 where nothing came in time."""
    try:
        async with asyncio.timeout(seconds):
            return int((await reader.readuntil(b"\r\n")).split()[1])
    except TimeoutError:
        return 0
    except (ConnectionError, asyncio.IncompleteReadError):
        return None


async def cut(writer: asyncio.StreamWriter) -> None:
    """End a connection at once."""
    writer.transport.abort()
    with suppress(ConnectionError):
        await writer.wait_closed()


def test_a_token_hands_in_its_own_episodes_and_nobody_elses(server, http) -> None:
    secret = load_secret(server.folder)
    mine = sign(secret, claims(session="both", participant="red"))
    partners = sign(secret, claims(session="both", participant="blue", seat=1))
    for token, content in ((mine, "mine"), (partners, "theirs")):
        body = {"token": token, "chunks": [GOOD | {"content": content}]}
        (found,) = http.post(CHUNKS, content=json.dumps(body)).json()["stored"]
        assert found["status"] == "stored"
    swapped = partners.split(".")[0] + "." + mine.split(".")[1]
    for body in (
        {"token": swapped, "chunks": [GOOD]},
        {"token": mine, "chunks": [GOOD | {"participant": "blue"}]},
        {"token": mine, "chunks": [GOOD], "session": "both"},
    ):
        assert http.post(CHUNKS, content=json.dumps(body)).status_code in {400, 401}
    kept = [row for row in rows(server) if row[0] == "both"]
    assert kept == [("both", "blue", 0, 0, b"theirs"), ("both", "red", 0, 0, b"mine")]


def test_bodies_that_do_not_end_take_little_memory_and_no_time(server, bystanders) -> None:
    before = server.rss_mb

    async def scenario() -> list[int | None]:
        async with AsyncExitStack() as stack:
            readers = []
            for _ in range(150):
                reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
                stack.push_async_callback(cut, writer)
                writer.write(head(server, "Content-Length: 511000", "", "") + b"x" * 500_000)
                readers.append(reader)
                await asyncio.sleep(0.005)
            await asyncio.sleep(SECONDS)
            assert server.rss_mb - before < MEMORY_MB
            return await asyncio.gather(*(status(one, seconds=1) for one in readers))

    heard = asyncio.run(scenario())
    assert set(heard) <= {503, None, 0}
    assert set(heard) & {503, None}, "nobody was refused"
    assert 0 in heard, "all were refused"


@pytest.mark.soak
def test_a_body_that_takes_too_long_is_given_up(server, bystanders) -> None:
    async def scenario() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(head(server, "Content-Length: 1000", "", "") + b"x")
        began = time.monotonic()
        assert await status(reader) == 408
        assert 25 < time.monotonic() - began < 40
        await cut(writer)

    asyncio.run(scenario())


def test_what_has_no_length_or_no_end_is_not_read(server, bystanders) -> None:
    """Each attacker comes back at once."""

    async def attack(request: bytes) -> set[int | None]:
        heard = set()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
            writer.write(request)
            heard.add(await status(reader))
            writer.transport.abort()
        return heard

    async def scenario() -> list[set[int | None]]:
        chunked = head(server, "Transfer-Encoding: chunked", "", "") + b"1\r\nx\r\n" * 50_000
        return await asyncio.gather(
            attack(chunked),
            attack(chunked),
            attack(head(server, "", "")),
            attack(head(server, "Content-Length: 511000000", "", "") + b"x" * 100_000),
            attack(head(server, "X-Endless: " + "x" * 100_000)),
        )

    chunked, _, no_length, huge, endless = asyncio.run(scenario())
    assert chunked <= {400, None}
    assert no_length == {411}
    assert huge <= {413, None}
    assert endless <= {400, None}


def test_large_nonsense_costs_little(server, bystanders) -> None:
    wrong = json.dumps({"token": "x", "chunks": [{"episode": -1}] * 30_000})[:500_000]
    unfinished = json.dumps({"token": "x", "chunks": [GOOD] * 9_000})[:500_000]
    nested = "[" * 500_000

    async def post(body: str) -> set[int]:
        heard = set()
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                heard.add((await client.post(CHUNKS, content=body)).status_code)
        return heard

    async def scenario() -> list[set[int]]:
        return await asyncio.gather(*map(post, (wrong, unfinished, nested)))

    assert asyncio.run(scenario()) == [{400}] * 3


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**63), 2**63), st.text(max_size=20), st.floats(allow_nan=False)
)
FIELDS = st.sampled_from(
    ["token", "chunks", "episode", "kind", "index", "content", "experiment", "participant"]
)
OBJECTS = st.dictionaries(FIELDS, VALUES | st.lists(st.dictionaries(FIELDS, VALUES, max_size=5), max_size=3))
ODD_CHUNKS = st.builds(
    lambda token, change: {"token": token, "chunks": [GOOD | change]},
    st.sampled_from(["", "a.b", "." * 100, sign(b"t" * 32, claims())]),
    st.dictionaries(FIELDS, VALUES, max_size=2),
)
BODIES = (
    st.one_of(OBJECTS, ODD_CHUNKS, VALUES).map(json.dumps) | st.binary(max_size=60) | st.text(max_size=60)
)


@pytest.mark.parametrize("examples", [300, pytest.param(3000, marks=pytest.mark.soak)])
def test_fuzzed_bodies_are_refused_and_leave_nothing(server, http, bystanders, examples) -> None:
    before = rows(server)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(BODIES, st.sampled_from([CHUNKS, "/data/v1/start"]))
    def send(body: str | bytes, path: str) -> None:
        sent = body if isinstance(body, bytes) else body.encode(errors="surrogatepass")
        answer = http.post(path, content=sent)
        assert answer.status_code in {400, 401, 404, 411}, (body, answer.text)
        assert answer.json()["ok"] is False
        assert set(answer.json()) == {"ok", "code"}

    send()
    assert rows(server) == before
