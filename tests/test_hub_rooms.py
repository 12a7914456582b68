"""The hub without sockets: states, playing, coming back, and what a stranger may not do."""

from __future__ import annotations

import base64
import hashlib
import hmac
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igbuild.serve.hub import session_state
from igbuild.serve.hub.ice import ice_for
from igbuild.serve.hub.messages import MESSAGES
from igbuild.serve.hub.participant_state import ParticipantState
from igbuild.serve.hub.refusals import Refusal, Refused
from igbuild.serve.hub.session_state import SessionState
from igbuild.serve.hub.settings import HubSettings, IceSettings
from igbuild.serve.hub.states import IllegalTransition, advance
from tests.hub_desk import Desk


def test_nobody_learns_who_the_other_participants_are() -> None:
    desk = Desk()
    desk.play("alice", "bob")
    heard_by_bob = [data for event, data in desk.inbox["bob"] if event != "matched"]
    assert "ALICE" not in str(heard_by_bob) + str({**desk.heard("bob", "matched")[0], "token": ""})


def test_states_go_forward_only_by_the_table() -> None:
    desk = Desk()
    desk.join("a")
    desk.join("b")
    session = desk.heard("a", "matched")[0]["session"]
    assert desk.state(session) is SessionState.MATCHED
    assert desk.refused("a", "ready", session=session) is Refusal.WRONG_STATE
    assert desk.say("a", "accept", session=session) == {"state": "matched"}
    assert desk.say("b", "accept", session=session) == {"state": "validating"}
    assert desk.refused("a", "probe_result", session=session, peer=1, median_ms=1.0) is Refusal.WRONG_STATE
    assert desk.say("a", "ready", session=session) == {"state": "validating"}
    assert desk.say("a", "ready", session=session) == {"state": "validating"}
    assert desk.say("b", "ready", session=session) == {"state": "playing"}
    assert desk.refused("a", "fail", session=session, reason="no_path") is Refusal.WRONG_STATE
    with pytest.raises(IllegalTransition):
        advance(session_state.NEXT, SessionState.PLAYING, SessionState.WAITING)


def test_a_player_who_lost_the_hub_comes_back_by_token() -> None:
    desk = Desk()
    session = desk.play("a", "b")
    token = desk.heard("a", "matched")[0]["token"]
    desk.leave("a")
    assert desk.heard("b", "peer_offline") == [{"session": session, "seat": 0}]
    assert desk.refused("b", "signal", session=session, to=0, seq=1, data="x") is Refusal.PEER_AWAY
    desk.wait(30)
    answer = desk.say("a2", "rejoin", token=token, phase="playing")
    assert (answer["session"], answer["seat"], answer["state"], answer["online"]) == (
        session,
        0,
        "playing",
        [0, 1],
    )
    assert desk.heard("b", "peer_online") == [{"session": session, "seat": 0}]
    desk.say("b", "signal", session=session, to=0, seq=1, data="x")
    assert desk.heard("a2", "signal") == [{"session": session, "from": 1, "seq": 1, "data": "x"}]


def test_a_takeover_is_silent_for_the_others() -> None:
    desk = Desk()
    session = desk.play("a", "b")
    token = desk.heard("a", "matched")[0]["token"]
    desk.say("a2", "rejoin", token=token, phase="playing")
    desk.leave("a")
    assert desk.dropped == ["a"]
    assert not desk.heard("b", "peer_offline")
    assert desk.refused("a", "finish", session=session, reason="done") is Refusal.NOT_YOURS


def test_a_session_survives_a_restart_of_the_hub() -> None:
    desk = Desk()
    session = desk.play("a", "b")
    tokens = {sid: desk.heard(sid, "matched")[0]["token"] for sid in "ab"}
    desk.restart()
    desk.now += 3
    first = desk.say("a2", "rejoin", token=tokens["a"], phase="playing")
    assert (first["state"], first["online"]) == ("playing", [0])
    again = desk.say("b2", "rejoin", token=tokens["b"], phase="playing")
    assert (again["state"], again["online"], again["tag"]) == ("playing", [0, 1], first["tag"])
    assert desk.heard("a2", "peer_online") == [{"session": session, "seat": 1}]
    desk.say("a2", "signal", session=session, to=1, seq=9, data="ice")
    assert desk.heard("b2", "signal")[0]["data"] == "ice"
    for sid in ("a2", "b2"):
        desk.say(sid, "finish", session=session, reason="done")
    assert desk.refused("c", "rejoin", token=tokens["a"], phase="playing") is Refusal.SESSION_ENDED
    assert not desk.rooms.registry.sessions


def test_a_restart_while_the_players_connect() -> None:
    desk = Desk()
    desk.join("a")
    desk.join("b")
    tokens = {sid: desk.heard(sid, "matched")[0]["token"] for sid in "ab"}
    session = desk.heard("a", "matched")[0]["session"]
    desk.restart()
    for sid in "ab":
        answer = desk.say(sid + "2", "rejoin", token=tokens[sid], phase="validating")
        assert answer["state"] == "validating"
    desk.say("a2", "ready", session=session)
    desk.say("b2", "ready", session=session)
    assert desk.heard("a2", "playing") == [{"session": session, "via_hub": []}]


def test_a_player_who_stays_away_is_told_as_gone_and_nothing_is_left_of_the_session() -> None:
    desk = Desk()
    session = desk.play("a", "b")
    desk.leave("a")
    desk.wait(61)
    assert desk.heard("b", "peer_left") == [{"session": session, "seat": 0, "reason": "gone"}]
    desk.leave("b")
    desk.leave("b")
    desk.wait(61)
    registry = desk.rooms.registry
    assert (registry.sessions, registry.people) == ({}, {})
    assert registry.ended == {session: True}
    assert desk.log[-1]["reason"] == "abandoned"


def test_who_was_out_of_reach_for_long_may_come_back() -> None:
    desk = Desk()
    session = desk.play("a", "b")
    tokens = {sid: desk.heard(sid, "matched")[0]["token"] for sid in "ab"}
    desk.leave("a")
    desk.wait(61)
    assert desk.heard("b", "peer_left")[0]["reason"] == "gone"
    assert desk.say("a2", "rejoin", token=tokens["a"], phase="playing")["gone"] == []
    assert desk.heard("b", "peer_online") == [{"session": session, "seat": 0}]
    desk.leave("a2")
    desk.leave("b")
    desk.wait(61)
    assert not desk.rooms.registry.sessions
    assert desk.say("b2", "rejoin", token=tokens["b"], phase="playing")["state"] == "playing"
    desk.say("b2", "finish", session=session, reason="done")
    assert desk.refused("b3", "rejoin", token=tokens["b"], phase="playing") is Refusal.SESSION_ENDED


@pytest.mark.parametrize("reason", ["gone", "abandoned"])
def test_the_words_of_players_are_not_taken_for_the_hubs_own(reason: str) -> None:
    desk = Desk()
    session = desk.play("a", "b")
    token = desk.heard("a", "matched")[0]["token"]
    desk.say("a", "finish", session=session, reason=reason)
    desk.leave("a")
    assert desk.refused("a2", "rejoin", token=token, phase="playing") is Refusal.SESSION_ENDED
    desk.say("b", "finish", session=session, reason=reason)
    assert desk.log[-1]["reason"] == "finished"
    assert desk.refused("a2", "rejoin", token=token, phase="playing") is Refusal.SESSION_ENDED


def test_a_session_that_failed_for_that_reason_is_not_abandoned() -> None:
    desk = Desk()
    desk.join("a")
    desk.join("b")
    matched = desk.heard("a", "matched")[0]
    desk.say("a", "fail", session=matched["session"], reason="abandoned")
    desk.leave("a")
    assert desk.refused("a2", "rejoin", token=matched["token"], phase="playing") is Refusal.SESSION_ENDED


def test_inputs_go_through_the_hub_only_for_a_pair_that_asked_and_only_so_fast() -> None:
    desk = Desk(group_size=3)
    session = desk.play("a", "b", "c")

    def send(sid, to, data=b"x"):
        desk.take(desk.rooms.relay_input(sid, to, data, desk.now))

    send("a", 1)
    assert not desk.heard("b", "input")
    desk.say("b", "relay", session=session, peer=0)
    assert desk.heard("a", "relayed") == [{"session": session, "pair": [0, 1]}]
    assert not desk.heard("c", "relayed")
    send("a", 1, b"frame")
    assert desk.heard("b", "input") == [(0, b"frame")]
    for to, data in [
        (2, b"x"),
        (0, b"x"),
        (7, b"x"),
        (-2, b"x"),
        ("1", b"x"),
        (True, b"x"),
        (1, "x"),
        (1, b""),
        (1, b"x" * 1281),
    ]:
        send("a", to, data)
    assert len(desk.heard("b", "input")) == 1
    assert not desk.heard("c", "input")
    for _ in range(1000):
        send("a", 1)
    assert len(desk.heard("b", "input")) <= 301
    send("stranger", 1)


def test_a_stranger_learns_nothing_about_a_session() -> None:
    desk = Desk()
    session = desk.play("a", "b")
    desk.join("m")
    about = {
        "probe_result": {"peer": 0, "median_ms": 1.0},
        "relay": {"peer": 0},
        "fail": {"reason": "x"},
        "finish": {"reason": "x"},
        "signal": {"to": 0, "seq": 0, "data": "x"},
        "signal_ack": {"to": 0, "seq": 0},
    }
    before = {sid: list(desk.inbox[sid]) for sid in "ab"}
    for event in MESSAGES.keys() - {"join", "leave", "echo", "rejoin"}:
        for named in (session, "0" * 22):
            assert desk.refused("m", event, session=named, **about.get(event, {})) is Refusal.NOT_YOURS
    assert before == {sid: desk.inbox[sid] for sid in "ab"}


def test_forged_and_foreign_tokens_are_refused() -> None:
    desk = Desk()
    desk.play("a", "b")
    seat = desk.heard("a", "matched")[0]["token"]
    wait = desk.join("c")["token"]
    payload, mac = seat.split(".")
    decoded = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
    forged = base64.urlsafe_b64encode(decoded.replace(b'"seat":0', b'"seat":1')).decode().rstrip("=")
    other = Desk()
    other.settings = HubSettings(experiment="duo", secret=b"t" * 32, allowed_hosts=(), allowed_origins=())
    other.restart()
    other.play("x", "y")
    foreign = other.heard("x", "matched")[0]["token"]
    for token in [f"{forged}.{mac}", wait, foreign, "", ".", "a.b", "é.x", "a" * 4096, seat + "A", seat[:-4]]:
        assert desk.refused("m", "rejoin", token=token, phase="playing") is Refusal.BAD_TOKEN
    desk.now += 6 * 3600 + 1
    assert desk.refused("m", "rejoin", token=seat, phase="playing") is Refusal.BAD_TOKEN


def test_turn_credentials_are_those_coturn_expects() -> None:
    ice = IceSettings(turn_urls=("turn:t.example:3478",), turn_secret="north", turn_ttl=60, relay_only=True)
    given_out = ice_for(ice, "seat", 1_700_000_000.9)
    server = given_out["iceServers"][0]
    assert server["username"] == "1700000060:seat"
    expected = hmac.new(b"north", b"1700000060:seat", hashlib.sha1).digest()
    assert base64.b64decode(server["credential"]) == expected
    assert given_out["iceTransportPolicy"] == "relay"
    assert "north" not in repr(ice) + str(given_out)
    with pytest.raises(ValueError, match="turn_secret"):
        IceSettings(turn_urls=("turn:t.example",))


SIDS = st.sampled_from("abcdef")


VALUES = st.sampled_from([None, -1, 0, 1, 2, 7, 8, 0.5, "", "x", "A", "B", [], {}, "../../etc", True])


PHASES = st.sampled_from(["playing", "validating"])


ROUND_TRIPS = st.sampled_from([None, 5.0, 500.0])


KEYS = ["experiment", "participant", "site", "attributes", "token", "phase", "session", "peer", "median_ms",
        "reason", "to", "seq", "data", "nonce"]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_order_of_messages_leaves_the_rooms_consistent(data) -> None:
    """Legal and illegal messages, lost connections, restarts and time, in any order."""
    desk = Desk(group_size=2, max_p2p_rtt_ms=data.draw(st.sampled_from([None, 50])), max_people=5)
    for _ in range(data.draw(st.integers(1, 40))):
        sid = data.draw(SIDS)
        sessions = [d["session"] for _, d in desk.inbox[sid] if isinstance(d, dict) and "session" in d]
        tokens = [
            d["token"]
            for other in desk.inbox.values()
            for _, d in other
            if isinstance(d, dict) and "token" in d
        ]
        session = data.draw(st.sampled_from([*sessions, "0" * 22]))
        event = data.draw(st.sampled_from([*MESSAGES, *MESSAGES, "gone", "wait", "restart", "junk", "input"]))
        right = {
            "join": {"experiment": "duo", "participant": sid.upper(), "site": "s"},
            "rejoin": {"token": data.draw(st.sampled_from([*tokens, "x"])), "phase": data.draw(PHASES)},
            "echo": {"nonce": "x"},
            "leave": {},
            "probe_result": {"session": session, "peer": 1, "median_ms": data.draw(ROUND_TRIPS)},
            "fail": {"session": session, "reason": "no_path"},
            "finish": {"session": session, "reason": "done"},
            "relay": {"session": session, "peer": data.draw(st.integers(0, 2))},
            "signal": {"session": session, "to": data.draw(st.integers(0, 2)), "seq": 1, "data": "x"},
            "signal_ack": {"session": session, "to": 1, "seq": 1},
        }  # fmt: skip
        if event == "gone":
            desk.leave(sid)
        elif event == "wait":
            desk.wait(data.draw(st.sampled_from([1, 20, 70])))
        elif event == "restart":
            desk.restart()
        elif event == "input":
            to, packet = data.draw(VALUES), data.draw(st.sampled_from([b"x", "x"]))
            desk.take(desk.rooms.relay_input(sid, to, packet, desk.now))
        else:
            junk = data.draw(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
            name = data.draw(st.sampled_from([*MESSAGES])) if event == "junk" else event
            body = junk if event == "junk" else right.get(event, {"session": session})
            with suppress(Refused):
                desk.say(sid, name, **body)
        _check(desk)


def _check(desk: Desk) -> None:
    registry = desk.rooms.registry
    here = [p.participant for p in registry.people.values() if p.is_here]
    assert len(here) == len(set(here)), "a participant is here once"
    assert registry.present == len(here)
    for session in registry.sessions.values():
        assert session.state is not SessionState.ENDED
        for seat in session.seats:
            if seat.sid is not None:
                person = registry.people[seat.sid]
                assert (person.session, person.seat) == (session, seat.index)
    for person in registry.people.values():
        if person.session is not None:
            assert registry.sessions[person.session.id] is person.session
            assert person.session.seats[person.seat].sid == person.sid
        assert (person.state is ParticipantState.IN_GAME) <= (person.session is not None)
