"""Environments of every kind through one interface."""

from __future__ import annotations

import random

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces

from igbuild.runtime.adapter import Adapter
from igbuild.runtime.entry import check_globals, load_object
from igbuild.runtime.errors import (
    ActionError,
    EntryPointError,
    EnvironmentContractError,
    EpisodeOverError,
    GlobalsError,
)
from igbuild.runtime.serialise import Buffers, dumps
from igbuild.runtime.spaces import describe, to_action
from tests.runtime_envs import (
    GYMNASIUM,
    Cycle,
    Pair,
    Race,
    Solo,
    Turns,
    cogrid_env,
    cogrid_names,
    gymnasium_env,
    pick,
    play,
)

BROKEN_IN_ITSELF = "Overcooked-CrampedRoom-SingleAgent-V0"


def check_steps(adapter, steps=60):
    """Play, and hold every result to what the rest of the runtime relies on."""
    rng = random.Random(1)
    obs, infos = adapter.reset(7)
    assert list(obs) == list(adapter.agents)
    assert set(infos) <= set(obs)
    for result in play(adapter, rng, steps):
        parts = result if isinstance(result, tuple) else (result.obs, result.infos)
        for part in parts:
            assert set(part) <= set(adapter.agents)
            buffers = Buffers()
            dumps(buffers.pack(list(part.values())), buffers)
        if not isinstance(result, tuple):
            assert all(type(reward) is float for reward in result.rewards.values())
            flags = [*result.terminateds.values(), *result.truncateds.values()]
            assert all(type(flag) is bool for flag in flags)


@pytest.mark.parametrize("name", GYMNASIUM)
def test_gymnasium_environments(name):
    adapter = Adapter(gymnasium_env(name), max_steps=50)
    assert adapter.agents == ("human",)
    check_steps(adapter)


@pytest.mark.parametrize("name", [name for name in cogrid_names() if name != BROKEN_IN_ITSELF])
def test_overcooked_keeps_its_integer_ids(name):
    adapter = Adapter(cogrid_env(name), max_steps=30)
    assert adapter.agents == (0, 1)
    check_steps(adapter, 35)


def test_an_environment_that_is_broken_in_itself_fails_with_its_own_error():
    with pytest.raises(IndexError) as plain:
        cogrid_env(BROKEN_IN_ITSELF).reset(seed=1)
    adapter = Adapter(cogrid_env(BROKEN_IN_ITSELF))
    with pytest.raises(IndexError) as caught:
        adapter.reset(1)
    assert str(caught.value) == str(plain.value)


@pytest.mark.parametrize("make", [Race, Turns, Cycle, Solo, Pair])
def test_other_environments(make):
    check_steps(Adapter(make(), max_steps=50))


def test_agents_that_drop_out_are_absent_and_not_asked_again():
    adapter = Adapter(Race())
    adapter.reset(1)
    assert adapter.agents == (0, "one", 2)
    while "one" in adapter.alive:
        step = adapter.step(dict.fromkeys(adapter.acting(), 1))
    assert step.terminateds["one"] is True
    assert not adapter.done
    assert adapter.acting() == [0, 2]
    assert "one" not in adapter.step({0: 0, 2: 0}).rewards
    while not adapter.done:
        adapter.step(dict.fromkeys(adapter.acting(), 2))
    assert adapter.alive == []


def test_agents_that_take_turns_are_asked_in_turn():
    adapter = Adapter(Turns())
    adapter.reset(1)
    asked = []
    while not adapter.done:
        asked += adapter.acting()
        step = adapter.step(dict.fromkeys(adapter.acting(), 3))
    assert asked[:4] == ["a", "b", "a", "b"]
    assert set(step.terminateds) == {"a", "b"}


def test_an_aec_environment_that_moves_together_is_stepped_together():
    adapter = Adapter(Cycle())
    adapter.reset(1)
    assert adapter.acting() == ["left", "right"]
    step = adapter.step({"left": 1, "right": 2})
    assert step.obs["left"] == step.obs["right"] >= 3


def test_one_result_stands_for_all_agents_and_all_ends_the_episode():
    adapter = Adapter(Pair())
    adapter.reset(1)
    step = adapter.step({0: 1, 1: 2})
    assert step.rewards == {0: 3.0, 1: 3.0}
    assert step.truncateds == {0: False, 1: False}
    assert step.terminateds == {}
    for _ in range(4):
        assert not adapter.done
        adapter.step({0: 1, 1: 2})
    assert adapter.done


def test_max_steps_truncates_those_who_are_left():
    adapter = Adapter(Race(), max_steps=3)
    adapter.reset(1)
    steps = [adapter.step(dict.fromkeys(adapter.acting(), 2)) for _ in range(3)]
    assert [any(step.truncateds.values()) for step in steps] == [False, False, True]
    for agent, ended in steps[-1].terminateds.items():
        assert steps[-1].truncateds[agent] is not ended
    assert adapter.done


def test_nothing_is_stepped_before_or_after_an_episode():
    env = Solo(length=2)
    adapter = Adapter(env)
    with pytest.raises(EpisodeOverError, match="no episode has begun"):
        adapter.step({"human": 1})
    adapter.reset(1)
    adapter.step({"human": 1})
    adapter.step({"human": 1})
    with pytest.raises(EpisodeOverError, match="the episode is over"):
        adapter.step({"human": 1})
    assert env.t == 2
    adapter.reset(1)
    adapter.step({"human": 1})


def test_a_lone_agent_has_the_id_it_is_given():
    adapter = Adapter(Solo(), agent=3)
    obs, _ = adapter.reset(1)
    assert obs == {3: {"t": 0}}
    assert adapter.step({3: 2}).rewards == {3: 2.0}


def test_the_hook_is_called_with_the_environment_before_each_step():
    env = Solo()
    seen = []
    adapter = Adapter(env, on_game_step=lambda given: seen.append((given, given.t)))
    adapter.reset(1)
    for _ in range(3):
        adapter.step({"human": 0})
    assert seen == [(env, 0), (env, 1), (env, 2)]


def test_the_hook_of_an_aec_environment_gets_it_unwrapped():
    env = Turns()
    seen = []
    adapter = Adapter(env, on_game_step=seen.append)
    adapter.reset(1)
    adapter.step({"a": 0})
    assert seen == [env]


class Odd(Solo):
    """Returns what each test tells it to."""

    def __init__(self, **results):
        super().__init__()
        self.results = results

    def reset(self):
        return self.results.get("reset", (0, {}))

    def step(self, action):
        return self.results["step"]


@pytest.mark.parametrize(
    ("results", "words"),
    [
        ({"reset": 5}, "reset() returned a builtins.int; it must return two values"),
        ({"reset": (1, 2, 3)}, "reset() returned a tuple of 3"),
        ({"reset": (0, "info")}, "the info of agent 'human' is a builtins.str, not a dict"),
        ({"step": (0, 0.0, False, {})}, "step() returned a tuple of 4; it must return five"),
        ({"step": (0, "much", False, False, {})}, "the rewards are 'much'"),
        ({"step": (0, None, False, False, {})}, "the rewards are None"),
        ({"step": (0, {"x": 1}, False, False, {})}, "the rewards name 'x', but the agents are ['human']"),
        ({"step": (0, 0, np.zeros(2), False, {})}, "there must be true or false"),
        ({"step": (0, 0, False, False, 3)}, "the info of agent 'human' is a builtins.int"),
    ],
)
def test_results_that_break_the_interface_are_named(results, words):
    adapter = Adapter(Odd(**results))

    def play():
        adapter.reset(1)
        adapter.step({"human": 0})

    with pytest.raises(EnvironmentContractError) as caught:
        play()
    assert words in str(caught.value)


@pytest.mark.parametrize("reward", [np.float32(0.5), np.array(0.5), np.array([0.5]), {"human": 0.5}, 0.5])
def test_rewards_of_any_kind_are_floats(reward):
    adapter = Adapter(Odd(step=(0, reward, np.False_, False, None)))
    adapter.reset(1)
    step = adapter.step({"human": 0})
    assert step.rewards == {"human": 0.5}
    assert step.infos == {"human": {}}


@pytest.mark.parametrize("env", [object(), None, 3, type("NoStep", (), {"reset": print})()])
def test_what_is_no_environment_is_refused(env):
    with pytest.raises(EnvironmentContractError, match=r"the entry point returned .* no method"):
        Adapter(env)


@pytest.mark.parametrize("agents", [[], "ab", [("a",)], ["a", "a"], [1, "1"]])
def test_agents_that_are_no_ids_are_refused(agents):
    env = Pair()
    env.possible_agents = agents
    with pytest.raises(EnvironmentContractError, match="possible_agents"):
        Adapter(env)


def test_an_attribute_agents_that_lists_no_ids_makes_no_multi_agent_environment():
    env = Solo()
    env.agents = [object()]
    assert Adapter(env).agents == ("human",)


@pytest.mark.parametrize("action", [4, -1, 1.5, "left", [1], None])
def test_an_action_that_the_space_does_not_hold_is_named(action):
    adapter = Adapter(gymnasium_env("FrozenLake-v1"))
    adapter.reset(1)
    with pytest.raises(ActionError) as caught:
        adapter.step({"human": action})
    assert "'human'" in str(caught.value)
    if action is not None:
        assert repr(action) in str(caught.value)
        assert "Discrete(4)" in str(caught.value)


@pytest.mark.parametrize(
    ("space", "given", "expected"),
    [
        (spaces.Discrete(3, start=-1), -1, -1),
        (spaces.Box(-2, 2, (1,)), [0.5], np.array([0.5], dtype=np.float32)),
        (spaces.Box(-2, 2, (1,)), 1, np.array([1], dtype=np.float32)),
        (spaces.Box(0, 9, (2, 2), dtype=np.int32), [[1, 2], [3, 4]], np.array([[1, 2], [3, 4]], np.int32)),
        (spaces.MultiDiscrete([2, 3]), [1, 2], np.array([1, 2])),
        (spaces.MultiBinary(2), [1, 0], np.array([1, 0], dtype=np.int8)),
        (spaces.Text(4), "ab", "ab"),
        (spaces.Tuple([spaces.Discrete(2), spaces.MultiDiscrete([3])]), [1, [2]], (1, np.array([2]))),
        (spaces.Dict(go=spaces.Discrete(2), by=spaces.Box(0, 1, (1,))), {"go": 1, "by": [1]}, None),
    ],
)
def test_json_actions_become_what_the_space_holds(space, given, expected):
    converted = to_action(space, given)
    assert space.contains(converted)
    if expected is not None:
        assert repr(converted) == repr(expected)


@pytest.mark.parametrize(
    ("space", "given"),
    [
        (spaces.Box(-2, 2, (2,)), [0.5]),
        (spaces.Box(-2, 2, (1,)), [3]),
        (spaces.Box(-2, 2, (1,)), ["x"]),
        (spaces.Box(-2, 2, (1,)), [float("nan")]),
        (spaces.MultiDiscrete([2, 3]), [1.5, 2]),
        (spaces.MultiDiscrete([2, 3]), [1, 3]),
        (spaces.MultiBinary(2), [1, 2]),
        (spaces.Tuple([spaces.Discrete(2)]), [1, 1]),
        (spaces.Dict(go=spaces.Discrete(2)), {"stop": 1}),
    ],
)
def test_actions_that_do_not_fit_are_still_refused(space, given):
    env = Solo()
    env.action_space = space
    adapter = Adapter(env)
    adapter.reset(1)
    with pytest.raises(ActionError):
        adapter.step({"human": given})


def test_spaces_are_described_as_json():
    assert describe(None) is None
    assert describe(spaces.Discrete(3, start=1)) == {"kind": "discrete", "n": 3, "start": 1, "dtype": "int64"}
    box = describe(spaces.Box(-np.inf, 1, (2,)))
    assert dumps(box) == (
        '{"kind":"box","low":[{"$float":"-inf"},{"$float":"-inf"}],"high":[1.0,1.0],'
        '"shape":[2],"dtype":"float32"}'
    )
    assert describe(spaces.MultiDiscrete([2, 3]))["n"].tolist() == [2, 3]


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(3),
        spaces.Box(0, 255, (4, 4, 3), np.uint8),
        spaces.MultiBinary(3),
        spaces.MultiDiscrete([2, 3]),
        spaces.Text(5),
        spaces.Tuple([spaces.Discrete(2), spaces.Box(0, 1, (2,))]),
        spaces.Dict(a=spaces.Discrete(2), b=spaces.Dict(c=spaces.Box(0, 1, (2,)))),
        spaces.Sequence(spaces.Discrete(3)),
        spaces.Graph(spaces.Box(0, 1, (2,)), spaces.Discrete(3)),
        spaces.OneOf([spaces.Discrete(2), spaces.Box(0, 1, (2,))]),
    ],
    ids=lambda space: type(space).__name__,
)
def test_observations_of_every_kind_of_space_cross(space):
    space.seed(1)
    buffers = Buffers()
    dumps(buffers.pack([space.sample()]), buffers)


def test_an_entry_point_is_imported():
    assert load_object("gymnasium:make", "x") is gymnasium.make
    assert load_object("gymnasium.spaces:Discrete.contains", "x") is spaces.Discrete.contains


@pytest.mark.parametrize(
    ("point", "words"),
    [
        ("nowhere:make", "there is no module 'nowhere'"),
        ("gymnasium.nowhere:make", "there is no module 'gymnasium.nowhere'"),
        ("gymnasium:mak", "has no 'mak'. Did you mean \"make\""),
        ("gymnasium", 'write it as "module:callable"'),
        ("needs_scipy:make", "needs the module 'scipy_of_the_future'"),
    ],
)
def test_an_entry_point_that_does_not_import_says_why(point, words, tmp_path, monkeypatch):
    (tmp_path / "needs_scipy.py").write_text("import scipy_of_the_future\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(EntryPointError) as caught:
        load_object(point, "environment.entry_point")
    assert words in str(caught.value)
    assert str(caught.value).startswith(f'environment.entry_point is "{point}"')


def test_an_exception_of_the_module_itself_is_let_through(tmp_path, monkeypatch):
    (tmp_path / "raises_at_import.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ZeroDivisionError):
        load_object("raises_at_import:make", "x")


DECLARED = {
    "speed": {"type": "float", "default": 1.0},
    "level": {"type": "int", "choices": [1, 2]},
    "name": {"type": "str"},
    "easy": {"type": "bool"},
}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {"speed": 1.0}),
        ({"speed": 3}, {"speed": 3.0}),
        ({"speed": "2.5", "level": "2"}, {"speed": 2.5, "level": 2}),
        ({"name": "7", "easy": True}, {"speed": 1.0, "name": "7", "easy": True}),
        ({"easy": "0"}, {"speed": 1.0, "easy": False}),
    ],
)
def test_globals_are_typed(given, expected):
    values = check_globals(given, DECLARED)
    assert values == expected
    assert [type(value) for value in values.values()] == [type(value) for value in expected.values()]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"colour": 1}, "'colour' is not a parameter of this experiment; it has: speed, level, name, easy"),
        ({"level": 3}, "'level' is one of 1, 2, not 3"),
        ({"level": 1.5}, "'level' is of type int, not 1.5"),
        ({"level": True}, "'level' is of type int, not True"),
        ({"speed": "fast"}, "'speed' is of type float, not 'fast'"),
        ({"name": 7}, "'name' is of type str, not 7"),
        ({"easy": "maybe"}, "'easy' is of type bool"),
    ],
)
def test_globals_that_do_not_fit_are_refused(given, words):
    with pytest.raises(GlobalsError) as caught:
        check_globals(given, DECLARED)
    assert words in str(caught.value)


def test_a_random_action_is_always_accepted():
    for name in GYMNASIUM:
        adapter = Adapter(gymnasium_env(name))
        adapter.reset(3)
        adapter.step({"human": pick(adapter, "human", random.Random(3))})
