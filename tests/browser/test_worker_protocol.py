"""The worker's promises: order, one message per batch, ids and numbers that stay what they are."""

from __future__ import annotations

import math

import pytest

STEP = {"op": "step", "params": {"actions": [1, -1]}}
ROLLBACK = [
    {"op": "loadState", "params": {"frame": 0}},
    *[STEP, {"op": "computeHash"}] * 10,
    {"op": "getState"},
]
NUMBERS = {
    "nan": {"number": "NaN"},
    "inf": {"number": "Infinity"},
    "minus": {"number": "-Infinity"},
    "zero": {"number": "-0"},
    "$float": "own",
}
NON_FINITE = [("NaN", math.nan), ("Infinity", math.inf), ("-Infinity", -math.inf)]


def test_commands_before_ready_wait_and_are_answered_in_order(fresh_lab):
    lab = fresh_lab()
    found = lab.run(
        """const w = lab.make();
        const order = [];
        const note = (name) => (answer) => { order.push(name); return answer; };
        const asked = [
          w.initEnv({kind: 'solo'}).then(note('initEnv')),
          w.reset({seed: 1}).then(note('reset')),
          w.step(1).then(note('step')),
          w.init(lab.initFor()).then(note('init')),
        ];
        const again = w.init({nonsense: true});
        const sentEarly = lab.traffic.sent;
        await Promise.all(asked);
        return {order, sentEarly, same: (await again) === (await asked[3])}"""
    )
    assert found == {"order": ["init", "initEnv", "reset", "step"], "sentEarly": 1, "same": True}


def test_a_batch_is_one_message_each_way_and_one_render_at_most(lab):
    lab.env("pair")
    lab.ask("w.saveState(0)")
    found = lab.run(
        """const before = {...lab.traffic, types: lab.traffic.types.length};
        const answer = await w.batch(arg);
        const sent = lab.traffic.sent - before.sent;
        const received = lab.traffic.received - before.received;
        const types = lab.traffic.types.slice(before.types);
        return {sent, received, types, ran: answer.ran, results: answer.results.length}""",
        ROLLBACK,
    )
    assert found == {"sent": 1, "received": 1, "types": ["batch"], "ran": 22, "results": 22}


def test_a_batch_renders_only_where_an_op_asks(lab):
    lab.env("solo")
    steps = [{"op": "step", "params": {"actions": 1}}] * 10
    last = {"op": "step", "params": {"actions": 1, "render": True}}
    results = lab.ask("w.batch(arg)", [*steps, last, {"op": "step", "params": {"actions": 0}}])["results"]
    assert ["render_state" in result for result in results] == [False] * 10 + [True, False]
    assert results[-1]["infos"]["map"][0][1]["renders"] == 1


def test_a_batch_is_atomic_between_pipelined_requests(lab):
    lab.env("pair")
    found = lab.ask(
        """Promise.all([
          w.saveState(0), w.batch(arg), w.computeHash(), w.loadState(0), w.batch(arg), w.computeHash(),
        ])""",
        ROLLBACK,
    )
    assert found[1]["results"][-2] == found[2]
    assert found[4]["results"] == found[1]["results"], "a replay gives the same rows and hashes"
    assert found[5] == found[2]


def test_answers_tell_how_long_they_waited_and_worked(lab):
    lab.env("slow")
    lab.ask("Promise.all([w.step(0), w.step(0)])")
    timing = lab.run("return w.lastTiming")
    assert 250 < timing["queued"] < 2000
    assert 250 < timing["python"] < 2000


def test_integer_ids_stay_integers(lab):
    made = lab.env("pair")
    assert made["agents"] == [0, 1]
    lists = lab.ask("w.step([1, 0])")
    assert [pair[0] for pair in lists["rewards"]["map"]] == [0, 1]
    assert set(lists) == {"rewards", "terminateds", "truncateds", "infos", "done"}
    assert lab.ask("w.step(new Map([[1, 1], [0, 0]]))")["done"] is False
    assert lab.ask("w.step({0: 1, 1: 1})")["done"] is False


def test_a_lone_agent_is_human_and_takes_a_bare_action(lab):
    assert lab.env("solo")["agents"] == ["human"]
    assert lab.ask("w.step(1)")["rewards"] == {"map": [["human", 1]]}
    assert lab.ask("w.step(new Map([['human', 1]]))")["rewards"] == {"map": [["human", 2]]}
    assert lab.ask("w.step([-1])")["rewards"] == {"map": [["human", 1]]}


def test_observations_cross_only_where_asked_for(lab):
    lab.env("pair")
    assert "obs" not in lab.ask("w.step([0, 0])")
    found = lab.ask("w.step([0, 0], {obs: true})")
    assert [agent for agent, _ in found["obs"]["map"]] == [0, 1]
    assert "obs" in lab.ask("w.reset({seed: 3, obs: true})")


def test_numbers_that_json_loses_arrive(lab):
    lab.env("solo")
    odd = lab.ask("w.step(0)")["infos"]["map"][0][1]["odd"]
    assert {key: odd[key] for key in NUMBERS} == NUMBERS


@pytest.mark.parametrize(
    ("given", "returned"), [("NaN", math.nan), ("Infinity", math.inf), ("-Infinity", -math.inf)]
)
def test_non_finite_actions_reach_python(lab, given, returned):
    lab.env("solo")
    assert repr(returned) in lab.refused(f"w.step({given})")["message"]


def test_globals_reach_the_entry_point(lab):
    lab.env("solo", speed=2.5, length=2)
    assert lab.ask("w.step(1)")["rewards"] == {"map": [["human", 2.5]]}
    assert lab.ask("w.step(1)")["done"] is True


def test_data_files_open_by_relative_path(lab):
    lab.ask("w.initEnv({kind: 'solo'})")
    infos = lab.ask("w.reset({seed: 1})")["infos"]["map"]
    assert infos == [["human", {"note": "a data file, opened by relative path"}]]


def test_frames_arrive_as_rgba_bytes_that_were_moved(lab):
    lab.env("solo")
    lab.ask("w.step(1)")
    frame = lab.ask("w.render()")["render_state"]
    assert (frame["kind"], frame["width"], frame["height"]) == ("rgb", 600, 400)
    assert frame["pixels"] == {
        "array": "Uint8ClampedArray",
        "length": 960_000,
        "head": [1, 2, 3, 255, 4, 5, 6, 255],
    }
    drawn = lab.run(
        """const {width, height, pixels} = (await w.render()).render_state;
        const context = document.querySelector('canvas').getContext('2d');
        context.putImageData(new ImageData(pixels, width, height), 0, 0);
        return [...context.getImageData(0, 0, 2, 1).data]"""
    )
    assert drawn == [1, 2, 3, 255, 4, 5, 6, 255]


def test_with_stop_on_done_nothing_is_stepped_after_the_end(lab):
    lab.env("solo", length=3)
    steps = [{"op": "step", "params": {"actions": 1}}] * 8
    closing = [{"op": "saveState", "params": {"frame": 8}}, {"op": "computeHash"}, {"op": "render"}]
    found = lab.ask("w.batch(arg, {stopOnDone: true})", [*steps, *closing])
    assert found["done"] is True
    assert found["results"][2]["done"] is True
    assert sum("rewards" in result for result in found["results"]) == 3
    tail = found["results"][3:]
    assert [next(iter(set(result) & {"frame", "hash", "render_state"})) for result in tail] == [
        "frame",
        "hash",
        "render_state",
    ]
    assert found["ran"] == 6


def test_states_are_kept_by_frame_and_dropped(lab):
    lab.env("pair")
    for frame in range(4):
        assert lab.ask("w.saveState(arg)", frame)["frame"] == frame
        lab.ask("w.step([1, 0])")
    lab.ask("w.dropStates({before: 2})")
    assert "1" in lab.refused("w.loadState(1)")["message"]
    lab.ask("w.dropStates({after: 2})")
    assert "3" in lab.refused("w.loadState(3)")["message"]
    lab.ask("w.loadState(2)")
    lab.ask("w.dropStates()")
    lab.refused("w.loadState(2)")


def test_a_state_crosses_and_comes_back_as_it_was(lab):
    lab.env("pair")
    found = lab.run(
        """await w.step([1, 0]);
        const state = await w.getState();
        const {hash} = await w.computeHash();
        await w.step([1, 1]);
        const moved = (await w.computeHash()).hash;
        await w.setState(JSON.parse(JSON.stringify(state)));
        return {hash, moved, back: (await w.computeHash()).hash, ofState: (await w.computeHash(state)).hash,
                next: lab.plainValue(await w.step([0, 0])), keys: Object.keys(state)}"""
    )
    assert found["moved"] != found["hash"] == found["back"] == found["ofState"]
    assert len(found["hash"]) == 64
    assert {"env_state", "np_rng_state", "py_rng_state"} <= set(found["keys"])


def test_the_same_seed_gives_the_same_game(lab):
    games = []
    for _ in range(2):
        lab.env("pair")
        lab.ask("w.seedRng(7)")
        games.append(lab.ask("w.batch(arg)", [STEP] * 20)["results"])
    assert games[0] == games[1]


def test_a_small_pure_wheel_is_installed_with_its_dependency(lab):
    assert "labsecond" not in lab.ask("w.installPackages([])")["packages"]
    assert {"labfirst", "labsecond"} <= set(lab.ask("w.installPackages(['labsecond'])")["packages"])
    assert "not in pyodide-lock.json" in lab.refused("w.installPackages(['nowhere'])")["message"]


def test_raw_messages_outside_the_protocol_are_answered(lab):
    """What any other page code might post: the worker itself answers, whatever class spoke to it."""
    found = lab.run(
        """const raw = new Worker(lab.workerUrl, {type: 'module'});
        const heard = {};
        const answers = new Promise((resolve) => {
          raw.onmessage = ({data}) => {
            if (data.id !== undefined) heard[data.id] = data;
            if (Object.keys(heard).length === 3) resolve(heard);
          };
        });
        raw.postMessage({id: 1, type: 'eval', payload: {}, at: 0});
        raw.postMessage({id: 2, type: 'init', payload: {}, at: 0});
        raw.postMessage({id: 3, type: 'init', payload: {}, at: 0});
        const {1: unknown, 2: broken, 3: second} = await answers;
        raw.terminate();
        return {unknown, broken, second}"""
    )
    assert found["unknown"]["ok"] is False
    assert found["unknown"]["error"]["name"] == "ProtocolError"
    assert "eval" in found["unknown"]["error"]["message"]
    assert found["broken"]["ok"] is False
    assert found["second"]["ok"] is False
    assert found["second"]["error"]["name"] == "ProtocolError"
    assert "init was asked for already" in found["second"]["error"]["message"]
