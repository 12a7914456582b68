"""The hub as an open door: what strangers send gets no answer it should not, and harms nobody beside them."""

from __future__ import annotations

import asyncio
import json
import socket
import string
import time
from contextlib import AsyncExitStack, suppress
from typing import TYPE_CHECKING

import pytest
import websockets
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed, InvalidStatus

from igbuild.serve.hub.frames import FrameRules, Verdict
from igbuild.serve.hub.messages import EVENTS, MESSAGES
from igbuild.serve.hub.refusals import Refusal
from tests.hub_clients import bare, frame, play, player, raw
from tests.hub_server import EXPERIMENT, PATH, SITE, HubServer, wait_until

if TYPE_CHECKING:
    from tests.hub_bystander import Bystanders

JOIN = {"experiment": EXPERIMENT, "participant": "m", "site": SITE}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = HubServer(tmp_path_factory.mktemp("door"))
    yield running
    running.stop()
    assert "Traceback" not in running.log, running.log
    assert "ERROR" not in running.log, running.log


def run(coroutine):
    return asyncio.run(coroutine)


MALFORMED = [
    *(
        "",
        "0",
        "2",
        "2probe",
        "5",
        "6",
        "7",
        "9",
        "4",
        "44",
        "45",
        "46",
        "4x",
        "b4AAAA",
        " 42[]",
        "\uff14\uff12[]",
    ),
    *("40", "40/admin,", "42[]", "42{}", "42null", "42[{}]", '42[["join"]]', '42["join",{}', '42["join"]'),
    *('42["connect",{}]', '42["disconnect",{}]', '42["connect_error",{}]', '42["unknown",{}]'),
    *('42["join",1,2]', '42["input",1,2]', '42/admin,["join",{}]', "42999999999999[]", '42["join",NaN]'),
    *('42["join",' + "[" * 20_000 + "]" * 20_000 + "]", '42["join",' + "9" * 5000 + "]", '42["\ud7ff",{}]'),
    *("430[]", "431[1]", '43["x"]', "461-0[]", '451-["input",{}]', b"", b"\x00\xff"),
    '451-["input",1,{"_placeholder":true,"num":1}]',
    '452-["input",1,{"_placeholder":true,"num":0}]',
    '451000000-["input",1,{"_placeholder":true,"num":0}]',
    '451-["join",1,{"_placeholder":true,"num":0}]',
]


@pytest.mark.parametrize("sent", MALFORMED, ids=lambda sent: repr(sent)[:40])
def test_a_malformed_frame_closes_the_connection_without_an_answer(server, sent) -> None:
    async def scenario() -> None:
        async with bare(server) as stranger:
            await stranger.socket.send(sent)
            assert await stranger.close_code() == 1008

    run(scenario())


def test_a_promised_attachment_must_follow(server) -> None:
    async def scenario(second: str | bytes) -> None:
        async with bare(server) as stranger:
            await stranger.socket.send('451-["input",1,{"_placeholder":true,"num":0}]')
            await stranger.socket.send(second)
            assert await stranger.close_code() == 1008

    for second in ("3", '42["leave",{}]', b"x" * 1281):
        run(scenario(second))


def test_messages_before_the_connection_is_made(server) -> None:
    async def scenario(frame: str) -> None:
        async with bare(server, connect=False) as stranger:
            await stranger.socket.recv()
            await stranger.socket.send(frame)
            assert await stranger.close_code() == 1008

    for first in (
        f'420["join",{json.dumps(JOIN)}]',
        '451-["input",1,{"_placeholder":true,"num":0}]',
        "40[]",
        "40" + "{" * 2000,
    ):
        run(scenario(first))


def test_what_is_too_large_closes_the_connection(server) -> None:
    async def scenario(frame: str | list[str]) -> int | None:
        async with bare(server) as stranger:
            await stranger.socket.send(frame)
            return await stranger.close_code()

    assert run(scenario("42" + "x" * 70_000)) == 1009
    assert run(scenario(["42", *["x" * 1000] * 70])) == 1009


def test_text_that_is_none_closes_the_connection(server) -> None:
    async def scenario() -> None:
        async with bare(server) as stranger:
            await stranger.socket.send(b"42\xff\xfe", text=True)
            assert await stranger.close_code() == 1007

    run(scenario())


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Origin": "https://evil.example"}, ""),
        ({"Origin": "null"}, ""),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, ""),
        ({"Host": "evil.example"}, ""),
        ({"Host": "127.0.0.1.evil.example"}, ""),
        ({"Host": ""}, ""),
        ({}, "&sid=AAAAAAAAAAAAAAAAAAAA"),
        ({}, "&EIO=3"),
        ({}, "&transport=polling"),
        ({}, "&x" * 9),
        ({}, "&x=1" * 1000),
        ({"Origin": "https://evil.example"}, "&x=1" * 9),
    ],
)
def test_foreign_hosts_origins_and_questions_stay_outside(server, headers, query) -> None:
    async def scenario() -> None:
        origin = headers.get("Origin")
        more = {name: value for name, value in headers.items() if name != "Origin"}
        with pytest.raises(InvalidStatus) as refused:
            async with websockets.connect(server.socket_url + query, origin=origin, additional_headers=more):
                pass
        assert refused.value.response.status_code in {400, 403}

    run(scenario())


def test_the_own_page_comes_in(server) -> None:
    async def scenario() -> None:
        async with bare(server, origin=server.url) as page:
            assert (await page.answer(["leave", {}]))["ok"]

    run(scenario())


def test_plain_http_gets_a_plain_answer(server) -> None:
    import httpx

    for method in ("GET", "POST", "OPTIONS"):
        answer = httpx.request(
            method, f"{server.url}{PATH}/?EIO=4&transport=polling", headers={"origin": "http://x.example"}
        )
        assert answer.status_code == 400
        assert "access-control-allow-origin" not in answer.headers


def test_path_like_ids_are_only_ids(server) -> None:
    names = sorted(path.name for path in server.folder.parent.rglob("*"))

    async def scenario() -> None:
        async with player(server) as a, player(server) as b:
            await play(a, b, names=("../../../tmp/evil", "/etc/passwd\u2028"[:11]))

    run(scenario())
    assert sorted(path.name for path in server.folder.parent.rglob("*")) == names
    wait_until(lambda: "../../../tmp/evil" in json.dumps(server.matches()))


def test_forged_messages_about_a_running_session(server, bystanders) -> None:
    about = {
        "probe_result": {"peer": 0, "median_ms": 1},
        "relay": {"peer": 0},
        "fail": {"reason": "x"},
        "finish": {"reason": "x"},
        "signal": {"to": 0, "seq": 0, "data": "x"},
        "signal_ack": {"to": 0, "seq": 0},
    }

    async def scenario() -> None:
        async with bare(server) as stranger:
            for _ in range(2):
                for event in MESSAGES.keys() - {"join", "leave", "echo", "rejoin"}:
                    answer = await stranger.answer(
                        [event, {"session": bystanders.session, **about.get(event, {})}]
                    )
                    assert (answer["ok"], answer["code"]) == (False, "not_yours")
                await stranger.socket.send('451-["input",0,{"_placeholder":true,"num":0}]')
                await stranger.socket.send(b"forged")
                taken = await stranger.answer(["join", {**JOIN, "participant": "bystander-a"}])
                assert taken["code"] == "duplicate"
                assert (await stranger.answer(["rejoin", {"token": "a.b", "phase": "playing"}]))[
                    "code"
                ] == "bad_token"
                await stranger.answer(["join", JOIN])
                await stranger.answer(["leave", {}])

    run(scenario())


def test_too_many_messages_are_refused_and_the_sender_slowed_down(server, bystanders) -> None:
    async def scenario() -> None:
        async with raw(server) as (reader, writer):
            flood = frame('421["leave",{}]') * 1000
            sent = 0
            got = b""
            until = time.monotonic() + 4
            while time.monotonic() < until:
                if writer.transport.get_write_buffer_size() == 0:
                    writer.write(flood)
                    sent += 1000
                with suppress(TimeoutError):
                    got += await asyncio.wait_for(reader.read(100_000), 0.02)
        answered, refused = got.count(b"431["), got.count(b"too_fast")
        print(f"\nflood: {sent} sent, {answered} answered, {refused} of them too fast")
        assert sent > 20_000
        assert 400 <= answered - refused < 800
        assert answered < 2500

    run(scenario())


@pytest.mark.parametrize("pongs", [False, pytest.param(True, marks=pytest.mark.soak)])
def test_a_client_that_never_reads_is_shown_out(server, bystanders, pongs) -> None:
    """Even if it goes on answering the pings that it cannot have seen."""

    async def scenario() -> None:
        ear = socket.socket()
        ear.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # so that its system takes little for it
        ear.connect(("127.0.0.1", server.port))
        async with player(server) as talker, bare(server, sock=ear) as deaf:
            await deaf.socket.send(f'420["join",{json.dumps(JOIN)}]')
            await talker.join("talker")
            matched = await talker.wait_for("matched")
            signal = {
                "session": matched["session"],
                "to": 1 - matched["seat"],
                "seq": 1,
                "data": "x" * 20_000,
            }
            for event in ("accept", "ready"):
                assert (await deaf.answer([event, {"session": matched["session"]}]))["ok"]
                assert (await talker.say(event, session=matched["session"]))["ok"]
            assert (await talker.say("signal", **signal))["ok"]
            deaf.socket.transport.pause_reading()
            before = server.rss_mb
            began = time.monotonic()
            while not any(heard[0] == "peer_offline" for heard in talker.heard):
                assert time.monotonic() - began < 90, "still there"
                await talker.client.emit("signal", signal)
                if pongs:
                    await deaf.socket.send("3")
                await asyncio.sleep(0.1)
            print(
                f"\nshown out after {time.monotonic() - began:.1f} s, memory +{server.rss_mb - before:.1f} MB"
            )
            assert talker.disconnects == 0
            await talker.say("leave")
            deaf.socket.transport.abort()

    run(scenario())


def test_who_was_replaced_and_talks_on_is_not_heard(server, bystanders) -> None:
    """The library has forgotten it by then; what it says may neither fill the log nor keep it connected."""

    async def scenario() -> None:
        async with bare(server) as older, bare(server) as newer:
            token = (await older.answer(["join", JOIN]))["token"]
            assert (await newer.answer(["join", {**JOIN, "token": token}]))["ok"]
            began = time.monotonic()
            with suppress(ConnectionClosed):
                while time.monotonic() - began < 10:
                    await older.socket.send('451-["input",0,{"_placeholder":true,"num":0}]')
                    await older.socket.send(b"late")
                    await asyncio.sleep(0.01)
            assert time.monotonic() - began < 5, "still there"
            assert (await newer.answer(["leave", {}]))["ok"]

    run(scenario())


@pytest.mark.soak
def test_a_flood_of_inputs_behind_which_no_pong_comes_is_cut_off(server, bystanders) -> None:
    async def scenario() -> None:
        async with raw(server) as (reader, writer):
            flood = 500 * (frame('451-["input",0,{"_placeholder":true,"num":0}]') + frame(b"packet"))
            began = time.monotonic()
            with suppress(ConnectionError):
                while time.monotonic() - began < 30:
                    if writer.transport.get_write_buffer_size() == 0:
                        writer.write(flood)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(100_000), 0.02)
            taken = time.monotonic() - began
            print(f"\ncut off after {taken:.1f} s")
            assert taken < 20, "still there"

    run(scenario())


@pytest.mark.parametrize("count", [300, pytest.param(1000, marks=pytest.mark.soak)])
def test_idle_sockets(server, bystanders, count) -> None:
    async def scenario() -> None:
        before = server.rss_mb
        gate = asyncio.Semaphore(50)
        stacks = [AsyncExitStack() for _ in range(count)]

        async def enter(stack: AsyncExitStack) -> None:
            async with gate:
                await stack.enter_async_context(raw(server))

        began = time.monotonic()
        await asyncio.gather(*map(enter, stacks))
        grown = server.rss_mb - before
        print(f"\n{count} sockets in {time.monotonic() - began:.1f} s, {grown:.1f} MB")
        await asyncio.sleep(4)
        for number, stack in enumerate(stacks):
            await stack.aclose()
            if number % 20 == 0:
                await asyncio.sleep(0.02)

    run(scenario())


# --- fuzz

TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", EXPERIMENT, SITE, "m", "../../etc/passwd", "playing", "0" * 22, "\u202e", "x" * 5000, "no_path"]
    ),
)
JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**63), 2**63),
        st.floats(allow_nan=False, allow_infinity=False),
        TEXTS,
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
FIELDS = {name for shape in MESSAGES.values() for name in shape.model_fields}
BODIES = st.one_of(JSON, st.dictionaries(st.sampled_from(sorted(FIELDS)), JSON, max_size=6))
RIGHT = st.sampled_from(
    [
        ("join", JOIN),
        ("join", JOIN | {"participant": "n"}),
        ("leave", {}),
        ("echo", {"nonce": "x"}),
        ("signal", {"session": "0" * 22, "to": 0, "seq": 0, "data": ""}),
    ]
)
MESSAGE = st.one_of(st.tuples(st.sampled_from(sorted(MESSAGES)), BODIES), RIGHT)


def fuzz(server: HubServer, bystanders: Bystanders, messages: list, last: str | bytes) -> int:
    """Send messages over one connection, then a last frame; return how many were answered."""

    async def scenario() -> int:
        answered = 0
        async with bare(server) as stranger:
            for number, (event, drawn) in enumerate(messages):
                aims = isinstance(drawn, dict) and "session" in drawn and number % 2
                body = drawn | {"session": bystanders.session} if aims else drawn
                answer = await stranger.answer([event, body], number)
                answered += 1
                if answer["ok"]:
                    assert event in {"join", "leave", "echo"}, (event, body, answer)
                else:
                    assert answer.keys() == {"ok", "code", "message"}
                    assert answer["code"] in set(Refusal)
                assert bystanders.session not in str(answer)
            await stranger.socket.send(last)
            with suppress(ConnectionClosed, TimeoutError):
                async with asyncio.timeout(0.05):
                    while True:
                        await stranger.socket.recv()
        return answered

    return run(scenario())


@pytest.mark.parametrize(("examples", "length"), [(25, 80), pytest.param(125, 80, marks=pytest.mark.soak)])
def test_fuzzed_messages_get_no_answer_they_should_not(server, bystanders, examples, length) -> None:
    total = 0

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(st.lists(MESSAGE, min_size=length, max_size=length), st.one_of(TEXTS, st.binary(max_size=20)))
    def send(messages: list, last: str | bytes) -> None:
        nonlocal total
        total += fuzz(server, bystanders, messages, last)

    send()
    print(f"\n{total} fuzzed messages answered")
    assert total >= examples * length


@settings(max_examples=300)
@given(st.lists(st.one_of(st.text(string.printable + "４é\ud7ff"), st.binary(max_size=8)), max_size=8))
def test_judging_a_frame_never_raises(frames) -> None:
    rules = FrameRules()
    for sent in ["40", *frames]:
        assert rules.judge(sent) in Verdict


def test_every_event_of_ours_passes_and_no_word_of_the_library() -> None:
    rules = FrameRules()
    assert rules.judge('40{"token":"x"}') is Verdict.LET_IN
    for event in EVENTS - {"input"}:
        assert rules.judge(f'4212["{event}",{{"a":[1,2.5,null]}}]') is Verdict.LET_IN
    assert rules.judge('451-["input",1,{"_placeholder":true,"num":0}]') is Verdict.LET_IN
    assert rules.judge(b"packet") is Verdict.LET_IN
    assert rules.judge("3") is Verdict.LET_IN
    assert rules.judge("41") is Verdict.GOODBYE
    assert rules.judge(b"packet") is Verdict.REFUSE
