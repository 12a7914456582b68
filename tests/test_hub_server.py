"""The hub on a running server, with real Socket.IO clients."""

from __future__ import annotations

import asyncio
import time

import pytest

from igbuild.serve.hub import edge
from igbuild.serve.hub.edge import create_hub
from igbuild.serve.hub.settings import HubSettings
from tests.hub_clients import Player, play, player
from tests.hub_server import HubServer, wait_until


def make_server(tmp_path_factory, **options) -> HubServer:
    return HubServer(tmp_path_factory.mktemp("hub"), **options)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = make_server(tmp_path_factory)
    yield running
    running.stop()
    assert "Traceback" not in running.log, running.log


def run(coroutine):
    return asyncio.run(coroutine)


def test_the_clock_outlives_a_mistake(monkeypatch, caplog) -> None:
    hub = create_hub(HubSettings(experiment="e", secret=b"s" * 32, allowed_hosts=(), allowed_origins=()))
    ticks = []

    def tick(now: float) -> list:
        ticks.append(now)
        if len(ticks) == 1:
            raise KeyError("a mistake")
        return []

    async def scenario() -> None:
        async with asyncio.timeout(10), hub.lifespan():
            while len(ticks) < 3:
                await asyncio.sleep(0.01)

    monkeypatch.setattr(edge, "TICK_SECONDS", 0.01)
    monkeypatch.setattr(hub.rooms, "tick", tick)
    run(scenario())
    assert "KeyError: 'a mistake'" in caplog.text


def test_two_players_meet_exchange_signals_and_part(server) -> None:
    async def scenario() -> str:
        async with player(server) as a, player(server) as b:
            session = await play(a, b, names=("a1", "b1"))
            assert (await a.say("signal", session=session, to=1, seq=1, data="offer"))["ok"]
            told = await b.wait_for("signal")
            assert told == {"session": session, "from": 0, "seq": 1, "data": "offer"}
            assert (await b.say("signal_ack", session=session, to=0, seq=1))["ok"]
            assert (await a.wait_for("signal_ack"))["seq"] == 1
            assert (await a.say("ice", session=session))["ice"]["iceTransportPolicy"] == "all"
            assert (await a.say("finish", session=session, reason="done"))["ok"]
            assert (await b.wait_for("peer_left"))["reason"] == "done"
            refusal = await b.say("signal", session=session, to=0, seq=2, data="x")
            assert (refusal["ok"], refusal["code"]) == (False, "peer_away")
            await b.say("finish", session=session, reason="done")
        return session

    session = run(scenario())
    wait_until(lambda: any(m["session"] == session and m["event"] == "ended" for m in server.matches()))
    events = [m["event"] for m in server.matches() if m["session"] == session]
    assert events == ["formed", "matched", "playing", "ended"]


def test_inputs_without_a_path_go_through_the_hub(server) -> None:
    async def scenario() -> None:
        async with player(server) as a, player(server) as b:
            session = await play(a, b, names=("a2", "b2"))
            assert (await b.say("relay", session=session, peer=0))["ok"]
            assert (await a.wait_for("relayed"))["pair"] == [0, 1]
            for frame in range(60):
                await a.client.emit("input", (1, bytes([frame])))
                await asyncio.sleep(0.005)
            assert await b.wait_for("input", 60) == (0, bytes([59]))

    run(scenario())


def test_six_clients_start_three_games_at_once(server) -> None:
    async def one(number: int) -> Player:
        await asyncio.sleep(0.1 * (number // 2))
        async with player(server) as mine:
            assert (await mine.join(f"six{number}"))["ok"]
            session = (await mine.wait_for("matched"))["session"]
            await mine.say("accept", session=session)
            await mine.wait_for("validating")
            await mine.say("ready", session=session)
            await mine.wait_for("playing")
            await mine.say("finish", session=session, reason="done")
            assert mine.disconnects == 0
        return mine

    async def scenario() -> list[Player]:
        return await asyncio.gather(*(one(number) for number in range(6)))

    sessions = [next(h[1]["session"] for h in p.heard if h[0] == "matched") for p in run(scenario())]
    assert sorted(sessions.count(session) for session in set(sessions)) == [2, 2, 2]


def test_many_join_at_once_and_everyone_is_matched_with_somebody_else(server) -> None:
    async def scenario() -> list[Player]:
        players = [player(server) for _ in range(60)]
        made = [await one.__aenter__() for one in players]
        await asyncio.gather(*(one.join(f"crowd{number}") for number, one in enumerate(made)))
        await asyncio.gather(*(one.wait_for("matched") for one in made))
        for one in players:
            await one.__aexit__(None, None, None)
        return made

    places = [
        next((h[1]["session"], h[1]["seat"]) for h in p.heard if h[0] == "matched") for p in run(scenario())
    ]
    assert len(set(places)) == 60
    assert len({session for session, _ in places}) == 30


def test_a_lost_connection_comes_back_by_token(server) -> None:
    async def scenario() -> None:
        async with player(server) as a, player(server) as b:
            session = await play(a, b, names=("a3", "b3"))
            token = (await a.wait_for("matched"))["token"]
            await a.client.eio.disconnect(abort=True)
            assert (await b.wait_for("peer_offline"))["seat"] == 0
            async with player(server) as again:
                answer = await again.say("rejoin", token=token, phase="playing")
                assert (answer["ok"], answer["session"], answer["online"]) == (True, session, [0, 1])
                await b.wait_for("peer_online")

    run(scenario())


def test_a_killed_server_gets_its_sessions_back(tmp_path_factory) -> None:
    server = make_server(tmp_path_factory)

    async def scenario() -> None:
        async with player(server) as a, player(server) as b:
            session = await play(a, b, names=("a", "b"))
            tokens = [(await one.wait_for("matched"))["token"] for one in (a, b)]
            await asyncio.to_thread(wait_until, lambda: server.matches()[-1]["event"] == "playing")
            await asyncio.to_thread(server.kill)
            await asyncio.to_thread(server.start)
        async with player(server) as a, player(server) as b:
            for one, token in zip((a, b), tokens, strict=True):
                answer = await one.say("rejoin", token=token, phase="playing")
                assert (answer["ok"], answer["session"], answer["state"]) == (True, session, "playing")
            assert (await b.say("signal", session=session, to=0, seq=1, data="still here"))["ok"]
            assert (await a.wait_for("signal"))["data"] == "still here"

    run(scenario())
    server.stop()
    assert "Traceback" not in server.log, server.log
    assert [m["event"] for m in server.matches()] == ["formed", "matched", "playing", "restored"]


def test_turn_credentials_come_with_the_match_and_the_secret_never(tmp_path_factory) -> None:
    ice = {"turn_urls": ["turn:turn.example:3478"], "turn_secret": "north-wind", "turn_ttl": 600}
    server = make_server(tmp_path_factory, ice=ice, max_p2p_rtt_ms=150)

    async def scenario() -> None:
        async with player(server) as a, player(server) as b:
            await a.join("a")
            await b.join("b")
            probe = await a.wait_for("probe")
            username = probe["ice"]["iceServers"][0]["username"]
            assert 0 < int(username.split(":")[0]) - time.time() <= 600
            for seat, one in enumerate((a, b)):
                await one.say("probe_result", session=probe["session"], peer=1 - seat, median_ms=20 + seat)
            matched = await b.wait_for("matched")
            assert matched["session"] == probe["session"]
            assert "north-wind" not in str(a.heard) + str(b.heard)

    run(scenario())
    server.stop()
    assert "north-wind" not in server.log + str(server.matches())


def test_a_silent_client_is_noticed_and_a_leaving_one_at_once(server) -> None:
    async def scenario() -> None:
        async with player(server) as a, player(server) as b:
            await play(a, b, names=("a4", "b4"))
            began = time.monotonic()
            await b.client.disconnect()
            await a.wait_for("peer_offline")
            assert time.monotonic() - began < 1

    run(scenario())
