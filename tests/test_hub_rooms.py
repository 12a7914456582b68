"""The hub without sockets: matching, states, coming back, and what a stranger may not do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections import defaultdict
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igbuild.serve.hub import session_state
from igbuild.serve.hub.effects import Drop, Record, Send
from igbuild.serve.hub.ice import ice_for
from igbuild.serve.hub.matchmaker import Candidate, Fifo, Match
from igbuild.serve.hub.messages import MESSAGES, parse
from igbuild.serve.hub.participant_state import ParticipantState
from igbuild.serve.hub.refusals import Refusal, Refused
from igbuild.serve.hub.rooms import Rooms
from igbuild.serve.hub.session_state import SessionState
from igbuild.serve.hub.settings import HubSettings, IceSettings
from igbuild.serve.hub.states import IllegalTransition, advance

SECRET = b"s" * 32


class Desk:
    """Rooms with a clock of its own and an inbox per connection."""

    def __init__(self, rooms: Rooms | None = None, matchmaker=None, **options) -> None:
        self.settings = HubSettings(
            experiment="duo", secret=SECRET, allowed_hosts=("h",), allowed_origins=("o",), **options
        )
        fifo = Fifo(self.settings.group_size, self.settings.max_p2p_rtt_ms)
        ids = itertools.count()
        self.matchmaker = matchmaker or fifo
        self.rooms = rooms or Rooms(self.settings, self.matchmaker, new_id=lambda: f"id{next(ids):020}")
        self.now = 1000.0
        self.inbox: dict[str, list[tuple[str, dict]]] = defaultdict(list)
        self.log: list[dict] = []
        self.dropped: list[str] = []

    def restart(self) -> None:
        """The process dies; only its secret and the browsers' tokens are left."""
        self.rooms = Rooms(self.settings, self.matchmaker)

    def say(self, sid: str, event: str, **data):
        answer, effects = self.rooms.handle(sid, parse(event, (data,)), self.now)
        self.take(effects)
        return answer

    def refused(self, sid: str, event: str, **data) -> Refusal:
        with pytest.raises(Refused) as refused:
            self.say(sid, event, **data)
        return refused.value.refusal

    def join(self, sid: str, participant: str | None = None, **more):
        more.setdefault("site", "site1")
        return self.say(sid, "join", experiment="duo", participant=participant or sid.upper(), **more)

    def take(self, effects) -> None:
        for effect in effects:
            match effect:
                case Send(sid, event, data):
                    self.inbox[sid].append((event, data))
                case Drop(sid):
                    self.dropped.append(sid)
                case Record(entry):
                    self.log.append(entry)

    def leave(self, sid: str) -> None:
        self.take(self.rooms.disconnected(sid, self.now))

    def wait(self, seconds: float) -> None:
        for _ in range(round(seconds / 0.25)):
            self.now += 0.25
            self.take(self.rooms.tick(self.now))

    def heard(self, sid: str, event: str) -> list[dict]:
        return [data for name, data in self.inbox[sid] if name == event]

    def play(self, *sids: str) -> str:
        for sid in sids:
            self.join(sid)
        session = self.heard(sids[0], "matched")[-1]["session"]
        for event in ("accept", "ready"):
            for sid in sids:
                self.say(sid, event, session=session)
        assert self.state(session) is SessionState.PLAYING
        return session

    def state(self, session: str) -> SessionState:
        return self.rooms.registry.sessions[session].state

    def where(self, sid: str) -> ParticipantState:
        return self.rooms.registry.people[sid].state


def test_the_first_two_play_in_order_of_arrival_and_the_third_waits() -> None:
    desk = Desk()
    assert desk.join("a")["waiting"] == 1
    desk.now += 1
    desk.join("b")
    desk.join("c")
    matched = {sid: desk.heard(sid, "matched")[0] for sid in "ab"}
    assert [matched[sid]["seat"] for sid in "ab"] == [0, 1]
    assert matched["a"]["session"] == matched["b"]["session"]
    assert matched["a"]["token"] != matched["b"]["token"]
    assert (matched["a"]["seed"], matched["a"]["tag"]) == (matched["b"]["seed"], matched["b"]["tag"])
    assert desk.where("a") is ParticipantState.IN_GAME
    assert desk.where("c") is ParticipantState.IN_WAITROOM
    formed = next(entry for entry in desk.log if entry["event"] == "formed")
    assert formed["reasons"]["rule"] == "fifo"
    players = next(entry for entry in desk.log if entry["event"] == "matched")["players"]
    assert [(p["participant"], p["waited_s"]) for p in players] == [("A", 1.0), ("B", 0.0)]


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


@pytest.mark.parametrize("size", [2, 3, 8])
def test_groups_of_every_size(size: int) -> None:
    desk = Desk(group_size=size)
    desk.play(*"abcdefgh"[:size])
    assert not desk.rooms.registry.ended


@pytest.mark.parametrize("size", [1, 9])
def test_no_other_sizes(size: int) -> None:
    with pytest.raises(ValueError, match="2 to 8"):
        Desk(group_size=size)


def test_different_builds_of_the_site_are_never_matched() -> None:
    desk = Desk()
    desk.join("a", site="old")
    desk.join("b", site="new")
    desk.join("c", site="new")
    assert not desk.heard("a", "matched")
    assert desk.heard("b", "matched")


def test_attributes_are_declared_and_may_be_demanded_equal() -> None:
    desk = Desk(attributes=("condition", "language"), match_on=("condition",))
    assert desk.refused("x", "join", experiment="duo", participant="X", site="s", attributes={"a": "b"}) is (
        Refusal.BAD_MESSAGE
    )
    desk.join("a", attributes={"condition": "1", "language": "de"})
    desk.join("b", attributes={"condition": "2"})
    desk.join("c", attributes={"condition": "1"})
    assert desk.heard("a", "matched")[0]["session"] == desk.heard("c", "matched")[0]["session"]
    assert not desk.heard("b", "matched")


def test_slow_pairs_are_refused_and_the_next_pair_is_tried() -> None:
    desk = Desk(max_p2p_rtt_ms=100)
    for sid in "ab":
        desk.join(sid)
    session = desk.heard("a", "probe")[0]["session"]
    assert desk.state(session) is SessionState.WAITING
    assert desk.where("a") is ParticipantState.IN_WAITROOM
    desk.say("a", "probe_result", session=session, peer=1, median_ms=180.0)
    assert desk.heard("a", "unmatched")[0]["reason"] == "too_far"
    desk.wait(5)
    assert len(desk.heard("a", "probe")) == 1, "a known pair is not measured again at once"
    desk.join("c")
    second = desk.heard("c", "probe")[0]["session"]
    assert desk.heard("a", "probe")[1]["session"] == second
    desk.say("a", "probe_result", session=second, peer=1, median_ms=40.0)
    assert not desk.heard("a", "matched"), "both sides must have measured"
    desk.say("c", "probe_result", session=second, peer=0, median_ms=60.0)
    assert desk.heard("c", "matched")[0]["session"] == second
    assert next(e for e in desk.log if e["event"] == "matched")["p2p_rtt_ms"] == [
        {"pair": [0, 1], "ms": [40.0, 60.0]}
    ]


def test_an_unknown_round_trip_is_a_refusal() -> None:
    desk = Desk(max_p2p_rtt_ms=100)
    desk.join("a")
    desk.join("b")
    session = desk.heard("a", "probe")[0]["session"]
    desk.say("b", "probe_result", session=session, peer=0, median_ms=None)
    assert desk.heard("b", "unmatched")[0]["reason"] == "too_far"
    silent = Desk(max_p2p_rtt_ms=100)
    silent.join("a")
    silent.join("b")
    silent.wait(16)
    assert silent.heard("a", "unmatched")[0]["reason"] == "probe_timeout"


def test_who_does_not_answer_is_left_behind_and_the_other_waits_on() -> None:
    desk = Desk()
    desk.join("a")
    desk.join("b")
    desk.say("a", "accept", session=desk.heard("a", "matched")[0]["session"])
    desk.wait(11)
    assert desk.heard("a", "unmatched")[0]["reason"] == "no_answer"
    assert desk.heard("b", "ended")[0]["reason"] == "no_answer"
    assert desk.where("a") is ParticipantState.IN_WAITROOM
    assert desk.where("b") is ParticipantState.ENDED
    desk.join("c")
    assert len(desk.heard("a", "matched")) == 2


def test_a_pair_without_a_path_goes_back_to_the_waiting_room_but_not_to_each_other() -> None:
    desk = Desk(hub_relay=False)
    desk.join("a")
    desk.join("b")
    session = desk.heard("a", "matched")[0]["session"]
    desk.say("a", "accept", session=session)
    desk.say("b", "accept", session=session)
    assert desk.refused("a", "relay", session=session, peer=1) is Refusal.RELAY_OFF
    desk.say("a", "fail", session=session, reason="no_path")
    assert [desk.heard(sid, "unmatched")[0]["reason"] for sid in "ab"] == ["no_path", "no_path"]
    desk.wait(30)
    assert len(desk.heard("a", "matched")) == 1
    desk.wait(31)
    assert len(desk.heard("a", "matched")) == 2, "what was known of the pair is forgotten after a while"


def _kept_apart(desk: Desk) -> set[str]:
    """Return the pairs of connections that are remembered as unable to connect."""
    tickets = {person.ticket: sid for sid, person in desk.rooms.registry.people.items()}
    return {
        "".join(sorted((sid, tickets[other])))
        for ticket, sid in tickets.items()
        for other, rtt in desk.rooms.registry.pairs.of(ticket, desk.now).items()
        if rtt is None
    }


@pytest.mark.parametrize(
    ("ready", "expected"),
    [("cd", {"ab"}), ("bcd", {"ab", "ac", "ad"}), ("d", {"ab", "ac", "bc"})],
)
def test_only_those_who_cannot_connect_are_kept_apart(ready: str, expected: set[str]) -> None:
    desk = Desk(group_size=4)
    for sid in "abcd":
        desk.join(sid)
    session = desk.heard("a", "matched")[0]["session"]
    for sid in "abcd":
        desk.say(sid, "accept", session=session)
    for sid in ready:
        desk.say(sid, "ready", session=session)
    desk.wait(46)
    assert desk.heard("a", "unmatched")[0]["reason"] == "no_path"
    assert _kept_apart(desk) == expected


@pytest.mark.parametrize(("more", "expected"), [({"peer": 2}, {"ac"}), ({}, {"ab", "ac"})])
def test_a_player_says_to_whom_it_has_no_path(more: dict, expected: set[str]) -> None:
    desk = Desk(group_size=3, hub_relay=False)
    for sid in "abc":
        desk.join(sid)
    session = desk.heard("a", "matched")[0]["session"]
    assert desk.refused("a", "fail", session=session, reason="no_path", peer=0) is Refusal.BAD_MESSAGE
    assert desk.refused("a", "fail", session=session, reason="no_path", peer=3) is Refusal.BAD_MESSAGE
    desk.say("a", "fail", session=session, reason="no_path", **more)
    assert _kept_apart(desk) == expected


def test_where_the_time_to_measure_runs_out_the_unmeasured_pairs_are_kept_apart() -> None:
    desk = Desk(group_size=3, max_p2p_rtt_ms=100)
    for sid in "abc":
        desk.join(sid)
    session = desk.heard("a", "probe")[0]["session"]
    for sid, peer in (("a", 1), ("b", 0), ("a", 2), ("c", 0), ("b", 2)):
        desk.say(sid, "probe_result", session=session, peer=peer, median_ms=9)
    desk.wait(16)
    assert desk.heard("a", "unmatched")[0]["reason"] == "probe_timeout"
    assert _kept_apart(desk) == {"bc"}


def test_the_wait_ends_in_time_and_says_so() -> None:
    desk = Desk(wait_timeout=20)
    desk.join("a")
    desk.wait(19)
    assert not desk.heard("a", "wait_ended")
    desk.wait(2)
    assert desk.heard("a", "wait_ended") == [{"reason": "timeout"}]
    desk.join("b")
    assert not desk.heard("b", "matched")
    desk.join("a")
    assert desk.heard("a", "matched"), "a new visit is matched at once"


def test_there_is_room_for_as_many_as_wait_or_play_whoever_else_has_the_page_open() -> None:
    desk = Desk(max_people=2, wait_timeout=20)
    session = desk.play("a", "b")
    assert desk.refused("c", "join", experiment="duo", participant="C", site="site1") is Refusal.FULL
    for sid in "ab":
        desk.say(sid, "finish", session=session, reason="done")
    desk.join("c")
    desk.wait(21)
    assert desk.heard("c", "wait_ended")
    desk.join("d")
    desk.say("d", "leave")
    desk.join("e")
    desk.join("f")
    assert desk.heard("e", "matched")
    assert desk.refused("a", "join", experiment="duo", participant="A", site="site1") is Refusal.FULL


def test_those_who_wait_see_how_many_they_are() -> None:
    desk = Desk(group_size=3)
    desk.join("a")
    desk.wait(1)
    desk.join("b")
    desk.wait(1)
    desk.leave("b")
    desk.wait(1)
    assert [data["waiting"] for data in desk.heard("a", "waiting")] == [1, 2, 1]


def test_who_waits_is_told_only_of_those_with_the_same_attributes() -> None:
    desk = Desk(group_size=3, attributes=("condition", "language"), match_on=("condition",))
    assert desk.join("a", attributes={"condition": "1", "language": "de"})["waiting"] == 1
    assert desk.join("b", attributes={"condition": "2"})["waiting"] == 1
    assert desk.join("c", attributes={"condition": "1"})["waiting"] == 2
    desk.wait(1)
    assert [desk.heard(sid, "waiting")[-1]["waiting"] for sid in "abc"] == [2, 1, 2]


def test_those_who_fit_nobody_keep_no_others_apart() -> None:
    desk = Desk(attributes=("level",), match_on=("level",))
    for number in range(150):
        desk.join(f"s{number}", attributes={"level": str(number)})
    desk.join("a")
    desk.join("b")
    desk.wait(1)
    assert [desk.heard(sid, "matched") != [] for sid in ("a", "b", "s0", "s149")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_reconnect_keeps_the_place_in_the_queue_even_over_a_restart() -> None:
    desk = Desk(group_size=3)
    token = desk.join("a")["token"]
    desk.now += 5
    desk.restart()
    desk.join("b")
    desk.join("a2", "A", token=token)
    desk.join("c")
    assert [desk.heard(sid, "matched")[0]["seat"] for sid in ("a2", "b", "c")] == [0, 1, 2]


def test_a_place_is_kept_whatever_the_participant_is_called_and_came_with() -> None:
    names = tuple("abcd")
    desk = Desk(group_size=3, attributes=names)
    told = {"participant": "\U0001f469" * 128, "attributes": dict.fromkeys(names, "字" * 128)}
    token = desk.join("a", **told)["token"]
    desk.now += 5
    desk.join("b")
    desk.leave("a")
    desk.join("a2", **told, token=token)
    desk.join("c")
    assert [desk.heard(sid, "matched")[0]["seat"] for sid in ("a2", "b", "c")] == [0, 1, 2]


def test_a_token_gives_no_place_to_another_participant() -> None:
    desk = Desk(group_size=3)
    token = desk.join("a")["token"]
    desk.leave("a")
    desk.now += 5
    desk.join("b")
    desk.join("m", "MALLORY", token=token)
    desk.join("c")
    assert desk.heard("b", "matched")[0]["seat"] == 0


def test_a_second_window_is_refused_and_a_reconnect_replaces_the_first() -> None:
    desk = Desk()
    token = desk.join("a")["token"]
    assert desk.refused("a2", "join", experiment="duo", participant="A", site="site1") is Refusal.DUPLICATE
    desk.join("a2", "A", token=token)
    assert desk.heard("a", "replaced") == [{}]
    assert desk.dropped == ["a"]
    desk.leave("a")
    desk.join("b")
    assert desk.heard("a2", "matched")


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


def test_leaving_before_play_sends_the_others_back() -> None:
    desk = Desk()
    desk.join("a")
    desk.join("b")
    desk.say("a", "leave")
    assert desk.heard("b", "unmatched")[0]["reason"] == "partner_left"
    assert desk.where("a") is ParticipantState.ENDED
    desk.say("a", "leave")


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


class _Broken:
    def __init__(self, answer) -> None:
        self.answer = answer

    def find_match(self, waiting):
        if isinstance(self.answer, Exception):
            raise self.answer
        if callable(self.answer):
            return self.answer(waiting) if len(waiting) > 1 else None
        return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        ValueError("mine"),
        Match(("x", "y")),
        Match(("x",)),
        Match(([], {})),
        lambda waiting: Match((waiting[0].id,) * 2),
        lambda waiting: Match((waiting[0].id, waiting[1].id, waiting[1].id)),
        lambda waiting: tuple(one.id for one in waiting),
        lambda waiting: Match(tuple(one.id for one in waiting), {"why": {1, 2}}),
        lambda waiting: Match(tuple(one.id for one in waiting), {"why": float("nan")}),
        lambda waiting: Match(tuple(one.id for one in waiting), {"why": "\ud800"}),
        lambda waiting: Match(tuple(one.id for one in waiting), 5),
    ],
)
def test_a_studys_own_matchmaker_cannot_stop_the_hub(answer) -> None:
    desk = Desk(matchmaker=_Broken(answer))
    desk.join("a")
    desk.join("b")
    desk.wait(1)
    assert desk.log[-1]["event"] == "matchmaker_error"
    assert {entry["event"] for entry in desk.log} == {"matchmaker_error"}
    json.dumps(desk.log, allow_nan=False)
    assert [desk.where(sid) for sid in "ab"] == [ParticipantState.IN_WAITROOM] * 2


def test_a_matchmaker_sees_arrival_round_trip_and_attributes() -> None:
    seen = []

    class Spy:
        def find_match(self, waiting):
            seen.append(list(waiting))

    desk = Desk(matchmaker=Spy(), attributes=("group",))
    desk.join("a", attributes={"group": "x"})
    for _ in range(3):
        nonce = desk.heard("a", "echo")[-1]["nonce"]
        desk.now += 0.03
        desk.say("a", "echo", nonce=nonce)
    assert len(desk.heard("a", "echo")) == 3
    desk.say("a", "echo", nonce="forged")
    desk.join("b")
    oldest = seen[-1][0]
    assert (oldest.arrived, oldest.rtt_ms, oldest.attributes) == (1000.0, pytest.approx(30), {"group": "x"})


def _candidates(count: int, bad: set[frozenset[int]]) -> list[Candidate]:
    return [
        Candidate(str(i), float(i), peers={str(j): None for j in range(count) if frozenset({i, j}) in bad})
        for i in range(count)
    ]


@given(
    st.integers(2, 4),
    st.integers(0, 9),
    st.sets(st.frozensets(st.integers(0, 8), min_size=2, max_size=2), max_size=20),
)
def test_fifo_finds_the_first_group_in_order_of_arrival(size: int, count: int, bad) -> None:
    groups = (
        group
        for group in itertools.combinations(range(count), size)
        if not any(frozenset(pair) in bad for pair in itertools.combinations(group, 2))
    )
    first = next(groups, None)
    match = Fifo(size).find_match(_candidates(count, bad))
    assert (match.members if match else None) == (tuple(map(str, first)) if first else None)


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
