"""Environments of every kind through one interface."""

from __future__ import annotations

import random

import numpy as np
import pytest

from igbuild.runtime.adapter import Adapter
from igbuild.runtime.errors import (
    ActionError,
    EnvironmentContractError,
    EpisodeOverError,
)
from igbuild.runtime.serialise import Buffers, dumps
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
        step = adapter.step({0: 1, 1: 2})
    assert adapter.done
    assert step.terminateds == {0: True, 1: True}
    assert step.truncateds == {0: False, 1: False}


class Ends(Pair):
    """Ends as each test tells it to: with these flags, and perhaps with nobody left."""

    def __init__(self, terminateds, truncateds, agents=(0, 1)):
        self.flags = terminateds, truncateds
        self.agents = list(agents)

    def step(self, actions):
        return {}, 0, *self.flags, {}


@pytest.mark.parametrize(
    ("env", "terminateds", "truncateds"),
    [
        (Ends({0: False, 1: False, "__all__": True}, {}), {0: True, 1: True}, {}),
        (Ends({}, {"__all__": np.True_}), {}, {0: True, 1: True}),
        (Ends({0: True, "__all__": True}, {1: True}), {0: True}, {1: True}),
        (Ends({}, {}, agents=()), {0: True, 1: True}, {}),
        (Ends({}, {0: True, 1: True}, agents=()), {}, {0: True, 1: True}),
    ],
)
def test_each_agent_is_told_how_the_episode_ended(env, terminateds, truncateds):
    adapter = Adapter(env)
    adapter.reset(1)
    step = adapter.step({0: 1, 1: 1})
    assert adapter.done
    assert (step.terminateds, step.truncateds) == (terminateds, truncateds)


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
        ({"step": (0, 0.0, False, {})}, "split its done into terminated and truncated"),
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


def test_a_random_action_is_always_accepted():
    for name in GYMNASIUM:
        adapter = Adapter(gymnasium_env(name))
        adapter.reset(3)
        adapter.step({"human": pick(adapter, "human", random.Random(3))})
