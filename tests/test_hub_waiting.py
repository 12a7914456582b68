"""The hub's waiting room without sockets: who is matched with whom, who is kept apart, who keeps a place."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from igbuild.serve.hub.matchmaker import Candidate, Fifo, Match
from igbuild.serve.hub.participant_state import ParticipantState
from igbuild.serve.hub.refusals import Refusal
from igbuild.serve.hub.session_state import SessionState
from tests.hub_desk import Desk


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


def test_leaving_before_play_sends_the_others_back() -> None:
    desk = Desk()
    desk.join("a")
    desk.join("b")
    desk.say("a", "leave")
    assert desk.heard("b", "unmatched")[0]["reason"] == "partner_left"
    assert desk.where("a") is ParticipantState.ENDED
    desk.say("a", "leave")


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
