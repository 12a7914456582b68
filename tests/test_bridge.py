"""The bridge: every request an answer, every failure said, as text."""

from __future__ import annotations

import asyncio
import json
import sys

import numpy as np
import pytest

from igbuild.runtime import bridge, compat
from igbuild.runtime.pictures import render_state
from igbuild.runtime.serialise import Buffers
from tests.runtime_envs import Solo

HERE = "tests.test_bridge"


class Draws(Solo):
    """An environment whose picture each test chooses."""

    metadata = {"render_fps": 10, "odd": object()}  # noqa: RUF012
    picture = None
    renders = 0
    closed = 0

    def render(self):
        self.renders += 1
        return self.picture

    def close(self):
        type(self).closed += 1


class Fails(Solo):
    def step(self, action):
        raise {0: ValueError("bad"), 1: SystemExit(3), 2: KeyboardInterrupt(), 3: GrumpyError()}[action]


class GrumpyError(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Leaks(Solo):
    def step(self, action):
        return 0, 0.0, False, False, {"thing": object() if action else 1}


def boot(entry=f"{HERE}:Draws", **settings):
    assert json.loads(bridge.boot(json.dumps({"entryPoint": entry, **settings})))["python"]


def send(*ops, **options):
    """The answer to a batch: its JSON, with buffers in place of what refers to them."""
    request = {"ops": [{"op": op, "params": params} for op, params in ops], **options}
    answer = bridge.handle(json.dumps(request))
    if isinstance(answer, str):
        return json.loads(answer)
    return json.loads(
        answer[0],
        object_hook=lambda item: {**item, "data": answer[1 + item["$buffer"]]} if "$buffer" in item else item,
    )


def results(*ops, **options):
    answer = send(*ops, **options)
    assert "error" not in answer, answer
    return answer["results"]


def failure(*ops, **options):
    return send(*ops, **options)["error"]


@pytest.fixture(autouse=True)
def fresh():
    boot()


BEGIN = ("initEnv", {}), ("reset", {"seed": 1})
STEP = ("step", {"actions": [1]})
HASH = ("computeHash", {})


def env():
    return bridge._bridge._ops._game.adapter.env


def test_an_environment_is_made_and_described():
    assert results(("initEnv", {})) == [
        {"agents": ["human"], "actionSpaces": [None], "metadata": {"render_fps": 10}}
    ]
    boot("gymnasium:make", kwargs={"id": "CartPole-v1"}, agent="pilot")
    [made] = results(("initEnv", {}))
    assert made["agents"] == ["pilot"]
    assert made["actionSpaces"][0]["kind"] == "discrete"
    assert made["actionSpaces"][0]["n"] == 2


def test_a_new_environment_closes_the_one_before():
    before = Draws.closed
    results(("initEnv", {}), ("initEnv", {}))
    assert Draws.closed == before + 1


def test_per_agent_data_is_in_agent_order_with_null_for_who_is_absent():
    boot("tests.runtime_envs:Race")
    made, begun = results(*BEGIN)
    assert made["agents"] == [0, "one", 2]
    assert begun == {"infos": [{}, {}, {}]}
    step = ("step", {"actions": [2, 2, 2], "obs": True})
    while True:
        [row] = results(step)
        if row["terminateds"][1]:
            break
    [row] = results(("step", {"actions": [0, None, 0], "obs": True}))
    assert [row[part][1] for part in ("obs", "rewards", "terminateds", "truncateds", "infos")] == [None] * 5
    assert all(type(reward) is float for reward in (row["rewards"][0], row["rewards"][2]))


def test_observations_and_pictures_cross_only_where_asked_for():
    results(*BEGIN)
    [plain] = results(STEP)
    assert set(plain) == {"rewards", "terminateds", "truncateds", "infos", "done"}
    assert env().renders == 0
    env().picture = []
    [full] = results(("step", {"actions": [1], "obs": True, "render": True}))
    assert full["obs"] == [{"t": 2, "trail": full["obs"][0]["trail"]}]
    assert full["render_state"] == {"kind": "draw", "width": None, "height": None, "shapes": []}
    assert env().renders == 1


def test_a_seed_makes_everything_repeat():
    def play():
        return results(*BEGIN, ("step", {"actions": [1], "obs": True}), HASH)[2:]

    assert play() == play()


def test_what_a_constructor_draws_is_the_same_in_every_game():
    boot("tests.runtime_envs:Built")

    def made():
        [_, _, hashed] = results(("initEnv", {}), ("reset", {"seed": 1}), HASH)
        return hashed, env().level

    assert made() == made()


def test_without_a_seed_games_differ():
    boot("tests.runtime_envs:Solo")

    def drawn():
        results(("initEnv", {}), ("reset", {}), ("step", {"actions": [1]}))
        return env().trail[0][2]

    assert drawn() != drawn()


def test_states_are_kept_by_frame():
    results(*BEGIN)
    kept = {}
    for frame in range(4):
        [saved, hashed, _] = results(("saveState", {"frame": frame}), HASH, STEP)
        assert saved["frame"] == frame
        assert saved["bytes"] > 0
        kept[frame] = hashed
    assert results(("loadState", {"frame": 1}), HASH)[1] == kept[1]
    results(("dropStates", {"before": 1, "after": 2}))
    for frame in (0, 3):
        error = failure(("loadState", {"frame": frame}))
        assert (error["name"], f"frame {frame}" in error["message"]) == ("StateError", True)
        assert "are: 1, 2" in error["message"]
    results(("loadState", {"frame": 2}), ("dropStates", {}))
    assert "are: none" in failure(("loadState", {"frame": 2}))["message"]


def test_a_state_crosses_whole_or_in_part_and_hashes_as_it_did():
    results(*BEGIN, STEP)
    state, hashed = results(("getState", {}), HASH)
    assert {"env_state", "np_rng_state", "py_rng_state"} <= set(state)
    results(STEP)
    assert results(("computeHash", {"state": state})) == [hashed]
    assert results(HASH) != [hashed]
    assert results(("setState", {"state": state}), HASH)[1] == hashed
    results(STEP)
    results(("setState", {"state": state["env_state"]}))
    assert env().t == 1


def test_a_hash_is_computed_once_for_each_frame(monkeypatch):
    results(*BEGIN)
    state = bridge._bridge._ops._game._state
    calls = []
    digest = state.digest
    monkeypatch.setattr(state, "digest", lambda *given: calls.append(given) or digest(*given))
    [one, two, _, three, four] = results(HASH, HASH, STEP, HASH, HASH)
    assert one == two != three == four
    assert len(calls) == 2
    for change in (("seedRng", {"seed": 3}), ("reset", {"seed": 2}), ("saveState", {"frame": 1}), HASH):
        results(change, HASH)
    assert len(calls) == 4


def test_a_seed_of_the_generators_changes_the_hash():
    results(*BEGIN)
    one, _, two, _, three = results(HASH, ("seedRng", {"seed": 5}), HASH, ("seedRng", {"seed": 5}), HASH)
    assert one != two == three


def test_a_batch_stops_at_the_first_failing_op_and_says_which():
    boot(f"{HERE}:Fails")
    error = failure(*BEGIN, ("step", {"actions": [0]}), STEP)
    assert (error["name"], error["message"], error["opIndex"]) == ("ValueError", "bad", 2)
    assert len(error["partialResults"]) == 2
    assert "tests/test_bridge.py" in error["stack"]
    assert "igbuild/runtime" not in error["stack"]
    assert error["stack"].startswith("Traceback (most recent call last):")


@pytest.mark.parametrize(
    ("action", "name"), [(1, "SystemExit"), (2, "KeyboardInterrupt"), (3, "GrumpyError")]
)
def test_exiting_is_an_answer_too(action, name):
    boot(f"{HERE}:Fails")
    assert failure(*BEGIN, ("step", {"actions": [action]}))["name"] == name
    results(("reset", {"seed": 1}))


@pytest.mark.parametrize("request_json", ["", "[]", "3", "{", '{"ops": 3}', '{"ops": [{}]}', '{"ops": [3]}'])
def test_what_is_no_request_is_answered(request_json):
    assert json.loads(bridge.handle(request_json))["error"]["name"]


@pytest.mark.parametrize(
    ("op", "name", "words"),
    [
        (("fly", {}), "ProtocolError", "there is no op 'fly'"),
        (("step", {"actions": [1, 2]}), "ProtocolError", "one action for each of the agents ['human']"),
        (("step", {"actions": 1}), "ProtocolError", "one action for each"),
        (("step", {"actions": [None]}), "ActionError", "there is no action for agent 'human'"),
        (("initEnv", {"globals": {"x": 1}}), "GlobalsError", "'x' is not a parameter"),
        (("setState", {"state": {"x": 1}}), "StateError", "neither a whole state"),
    ],
)
def test_mistakes_are_named(op, name, words):
    results(*BEGIN)
    error = failure(op)
    assert error["name"] == name
    assert words in error["message"]


def test_ops_need_an_environment_and_steps_an_episode():
    assert "initEnv" in failure(STEP)["message"]
    assert failure(("initEnv", {}), STEP)["name"] == "EpisodeOverError"


def test_an_entry_point_that_fails_leaves_no_environment():
    results(*BEGIN)
    boot("tests.test_bridge:missing")
    assert failure(("initEnv", {}))["name"] == "EntryPointError"
    boot("tests.test_bridge:HERE")
    assert "not callable" in failure(("initEnv", {}))["message"]
    assert failure(STEP)["name"] == "ProtocolError"


def test_a_result_without_json_is_its_ops_failure():
    boot(f"{HERE}:Leaks")
    error = failure(*BEGIN, ("step", {"actions": [0]}), STEP)
    assert (error["name"], error["opIndex"]) == ("TypeError", 3)
    assert "a builtins.object cannot cross" in error["message"]
    assert len(error["partialResults"]) == 3


def test_globals_and_the_hook_reach_the_environment():
    boot("tests.runtime_envs:Solo", globals={"length": {"type": "int"}}, onGameStep=f"{HERE}:hook")
    results(("initEnv", {"globals": {"length": 2}}), ("reset", {}), STEP)
    assert results(STEP)[0]["done"] is True
    assert env().hooked == 2


def hook(env):
    env.hooked = getattr(env, "hooked", 0) + 1


CLOSING = (("saveState", {"frame": 9}), HASH, ("render", {}))


def test_nothing_is_stepped_after_the_end_and_the_closing_ops_are_carried_out():
    boot(f"{HERE}:Draws", maxSteps=2)
    results(*BEGIN)
    env().picture = []
    answer = send(*[STEP, HASH] * 5, *CLOSING, stopOnDone=True)
    assert answer["ran"] == len(answer["results"]) == 7
    assert answer["done"] is True
    assert [next(iter(result)) for result in answer["results"]] == [
        "rewards",
        "hash",
        "rewards",
        "hash",
        "frame",
        "hash",
        "render_state",
    ]
    assert env().t == 2
    assert send(STEP, stopOnDone=True)["error"]["name"] == "EpisodeOverError"


def test_without_stop_on_done_a_step_after_the_end_is_an_error():
    boot(f"{HERE}:Draws", maxSteps=2)
    error = failure(*BEGIN, *[STEP] * 5)
    assert (error["name"], error["opIndex"]) == ("EpisodeOverError", 4)


def test_max_steps_truncates():
    boot(f"{HERE}:Draws", maxSteps=2)
    rows = results(*BEGIN, STEP, STEP)[2:]
    assert [(row["truncateds"], row["done"]) for row in rows] == [([False], False), ([True], True)]


def test_what_bots_did_is_told():
    boot("tests.runtime_envs:Race", bots={"one": {"policy": "tests.test_bots:greedy"}})
    row = results(*BEGIN, ("step", {"actions": [1, None, 2]}))[-1]
    assert row["actions"] == [1, 0, 2]


ONNX = {"bots": {"one": {"onnx": "m.onnx", "sample": "argmax"}}}
RACE = ("step", {"actions": [1, None, 1]})


def test_scores_are_asked_for_and_waited_for():
    asked = []

    async def infer(agent, observation, buffers):
        asked.append((agent, json.loads(observation), list(buffers)))
        await asyncio.sleep(0)
        return [0.0, 3.0, 1.0]

    boot("tests.runtime_envs:Race", **ONNX)
    bridge.connect(infer)
    request = {"ops": [{"op": op, "params": params} for op, params in (*BEGIN, RACE, HASH, RACE)]}
    answer = json.loads(asyncio.run(bridge.handle_async(json.dumps(request))))
    assert [answer["results"][index]["actions"] for index in (2, 4)] == [[1, 1, 1]] * 2
    assert [agent for agent, _, _ in asked] == ["one", "one"]
    assert asked[0][1] == 0


def test_scores_that_need_no_waiting_need_no_async_call():
    boot("tests.runtime_envs:Race", **ONNX)
    bridge.connect(lambda agent, observation, buffers: [0.0, 0.0, 5.0])
    assert results(*BEGIN, RACE)[-1]["actions"] == [1, 2, 1]


def test_proposals_are_answered_where_an_op_asks_and_cost_nothing_elsewhere():
    asked = []

    def infer(agent, observation, buffers):
        asked.append(agent)
        return [0.0, 0.0, 5.0]

    boot("tests.runtime_envs:Race", **ONNX)
    bridge.connect(infer)
    given = {"actions": [1, 0, 1]}
    begin = (BEGIN[0], ("reset", {"seed": 1, "propose": True}))
    found = results(*begin, ("step", given), ("step", {**given, "propose": True}))
    assert [row.get("proposed") for row in found] == [None, [None, 2, None], None, [None, 2, None]]
    assert asked == ["one", "one"]


def test_a_model_that_fails_is_the_steps_failure():
    def infer(agent, observation, buffers):
        raise OSError("no model here")

    boot("tests.runtime_envs:Race", **ONNX)
    bridge.connect(infer)
    error = failure(*BEGIN, RACE)
    assert (error["name"], error["message"], error["opIndex"]) == ("OSError", "no model here", 2)


def test_waiting_where_nothing_can_wait_is_said():
    async def infer(agent, observation, buffers):
        return [1.0]

    boot("tests.runtime_envs:Race", **ONNX)
    bridge.connect(infer)
    assert failure(*BEGIN, RACE)["name"] == "AsyncNeededError"
    bridge._bridge.infer = None
    assert "nothing here runs it" in failure(RACE)["message"]


def test_a_frame_is_as_it_was_when_it_was_rendered():
    results(*BEGIN)
    frame = np.zeros((2, 2, 3), np.uint8)
    env().picture = frame
    buffers = Buffers()
    render_state(frame, buffers)
    frame[:] = 9
    assert bytes(buffers[0]) == bytes(12)
    [drawn] = results(("render", {}))
    assert bytes(drawn["render_state"]["pixels"]["data"]) == b"\x09" * 12


def test_the_stand_in_for_multiprocessing_lets_gymnasium_import(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.delitem(sys.modules, "_multiprocessing", raising=False)
    compat.install()
    stand_in = sys.modules["_multiprocessing"]
    assert stand_in.SemLock.SEM_VALUE_MAX > 0
    with pytest.raises(OSError, match="no further processes"):
        stand_in.SemLock(1)
    monkeypatch.delitem(sys.modules, "_multiprocessing")
