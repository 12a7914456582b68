"""States of any environment: the same future after every way back, and nothing lost on the way."""

from __future__ import annotations

import collections
import enum
import json
import random
import threading

import gymnasium
import numpy as np
import pytest
from gymnasium import spaces
from gymnasium.utils import EzPickle
from pettingzoo.utils import BaseParallelWrapper

from igbuild.runtime.adapter import Adapter
from igbuild.runtime.errors import StateError
from igbuild.runtime.graph import layers_of
from igbuild.runtime.randomness import seed_globals
from igbuild.runtime.state import State
from igbuild.runtime.surface import Surface
from tests import hash_answers
from tests.runtime_envs import (
    GYMNASIUM,
    Cycle,
    Hooked,
    Pair,
    Race,
    Solo,
    Turns,
    cogrid_env,
    cogrid_names,
    gymnasium_env,
    play,
)
from tests.test_adapter import BROKEN_IN_ITSELF
from tests.test_typed import through_javascript

KINDS = {kind.__name__: kind for kind in (Race, Turns, Cycle, Solo, Hooked, Pair)}
COGRID = [name for name in cogrid_names() if name != BROKEN_IN_ITSELF]
EVERY_DAY = ("Overcooked-CrampedRoom-V0",)


def make(name):
    """Any environment by name."""
    if name in KINDS:
        return KINDS[name]()
    return gymnasium_env(name) if name in GYMNASIUM else cogrid_env(name)


NAMES = [
    *KINDS,
    *GYMNASIUM,
    *EVERY_DAY,
    # Minutes each on a busy machine: a step of these takes milliseconds.
    *(pytest.param(name, marks=pytest.mark.soak) for name in COGRID if name not in EVERY_DAY),
]


def begin(env, seed=3, warm_up=7):
    """An adapter some random steps into a game, and its state."""
    adapter = Adapter(env)
    state = State(adapter, {})
    seed_globals(seed)
    adapter.reset(seed)
    state.begin()
    list(play(adapter, random.Random(seed), warm_up))
    return adapter, state


def future(adapter, state):
    """500 random steps and some hashes on the way, as comparable text."""
    lines = []
    for number, result in enumerate(play(adapter, random.Random(5), 500)):
        lines.append(repr(result))
        if number % 100 == 99:
            lines.append(state.digest().hex())
    return lines


@pytest.mark.parametrize("name", NAMES)
def test_every_way_back_leads_to_the_same_future(name):
    adapter, state = begin(make(name))
    layers = layers_of(adapter.env)
    before = state.digest()
    saved = state.save()
    sent = through_javascript(state.to_json())
    expected = future(adapter, state)
    state.load(saved)
    assert state.digest() == before
    assert future(adapter, state) == expected
    assert state.digest(state.from_json(sent)) == before, "a state that was sent hashes as it did"
    state.restore(state.from_json(sent))
    assert state.digest() == before
    assert future(adapter, state) == expected
    state.load(saved)
    assert state.digest() == before, "a snapshot can be used again"
    assert all(new is old for new, old in zip(layers_of(adapter.env), layers, strict=True))


def test_the_state_of_another_instance_leads_to_the_same_future():
    """What a peer sends: made by another process's environment, into one that is somewhere else."""
    for name in ("CartPole-v1", "Race", "Turns", "Solo", "Hooked"):
        adapter, state = begin(make(name))
        sent = json.dumps(state.to_json())
        expected = future(adapter, state)
        other, there = begin(make(name), seed=9, warm_up=20)
        there.restore(there.from_json(json.loads(sent)))
        assert future(other, there) == expected, name


def test_the_env_state_alone_leaves_the_rest_as_it_is():
    adapter, state = begin(Solo())
    sent = state.to_json()
    adapter.step({"human": 1})
    random.seed(99)
    drawn = random.getstate()
    state.restore(state.from_json(sent["env_state"]))
    assert adapter.env.t == 7
    assert adapter.steps == 8
    assert random.getstate() == drawn


def test_a_foreign_state_is_refused_and_changes_nothing():
    _, state = begin(Solo())
    before = state.digest()
    for data in (
        {},
        [],
        None,
        {"t": 1},
        {"0:Other": {}},
        {"$": "nonsense"},
        {"0:Solo": {"t": {"$": "object", "type": "os:_Environ", "v": {}}}},
        {"0:Solo": {"t": {"$": "name", "v": "os:system"}}},
        {"0:Solo": {"t": {"$": "ref", "v": 7}}},
    ):
        with pytest.raises(StateError):
            state.from_json(data)
    assert state.digest() == before


def test_wrappers_count_with_their_own_counters():
    env = gymnasium.wrappers.TimeLimit(Bare(), 20)
    adapter, state = begin(env, warm_up=15)
    saved = state.save()
    rest = [adapter.step({"human": 0}).truncateds["human"] for _ in range(5)]
    assert rest == [False] * 4 + [True]
    state.load(saved)
    assert [adapter.step({"human": 0}).truncateds["human"] for _ in range(5)] == rest


class Bare(gymnasium.Env):
    """A Gymnasium environment with hooks, to be wrapped."""

    action_space = spaces.Discrete(3)
    observation_space = spaces.Discrete(100)

    def reset(self, seed=None, options=None):
        super().reset(seed=seed)
        self.total = 0
        return 0, {}

    def step(self, action):
        self.total += action + int(self.np_random.integers(2))
        return self.total, 0.0, False, False, {}

    def get_state(self):
        return {"total": self.total}

    def set_state(self, state):
        self.total = state["total"]


def test_hooks_below_a_wrapper_are_found_and_generators_they_forget_are_added():
    adapter, state = begin(gymnasium.wrappers.TimeLimit(Bare(), 1000))
    assert not state.is_captured
    document = state.document()
    assert document["env_state"] == {"total": adapter.env.unwrapped.total}
    assert set(document["wrappers"]) == {"0:TimeLimit"}
    assert list(document["generators"]) == ["Bare._np_random"]


def test_a_wrapper_that_forwards_everything_does_not_hide_its_own_attributes():
    class Counting(BaseParallelWrapper):
        count = 0

        def step(self, actions):
            self.count += 1
            return super().step(actions)

    class Hooks(Race):
        def get_state(self):
            return dict(self.places)

        def set_state(self, state):
            self.places = dict(state)

    adapter, state = begin(Counting(Hooks()), warm_up=2)
    saved = state.save()
    adapter.step(dict.fromkeys(adapter.acting(), 0))
    assert adapter.env.count == 3
    state.load(saved)
    assert adapter.env.count == 2


class Shape(enum.Enum):
    ROUND = "round"


class Tools(EzPickle):
    """An object inside an environment that would pickle its constructor's arguments only."""

    def __init__(self, start):
        EzPickle.__init__(self, start)
        self.used = start


def module_rule(value):
    return value + 1


class Intricate:
    """Everything that a capture has to get right."""

    def __init__(self):
        self.kept = object()
        self.surface = Surface(10, 10)

    def reset(self, seed=None):
        self.rng = np.random.default_rng(seed)
        self.same_rng = {"again": self.rng}
        self.old = np.random.RandomState(seed)
        self.grid = np.zeros((3, 3), dtype=np.int32)
        self.row = self.grid[1]
        self.list = [0]
        self.alias = self.list
        self.me = [self]
        self.tools = Tools(1)
        self.rule = module_rule
        self.phase = self.first
        self.spaces = {"a": spaces.Discrete(1000)}
        self.spaces["a"].seed(seed)
        self.queue = collections.deque([1, 2], maxlen=2)
        self.counts = collections.defaultdict(int, a=1)
        self.shape = Shape.ROUND
        self.holder = type(self).Slots()
        return 0, {}

    class Slots:
        __slots__ = ("value",)

        def __init__(self):
            self.value = 1

    def first(self):
        self.phase = self.second
        return 1

    def second(self):
        self.phase = self.first
        return 2

    def step(self, action):
        self.row[0] += 1
        self.alias.append(len(self.list))
        self.tools.used += 1
        self.queue.append(action)
        self.counts["a"] += 1
        self.counts["b"] += self.rule(1)
        self.holder.value += self.phase()
        drawn = (self.rng.random(), self.same_rng["again"].random(), self.old.normal(), np.random.random())
        self.surface.circle(1, 2, 3)
        if len(self.surface) > 3:
            self.temporary = 1
        seen = (*drawn, self.grid.tolist(), list(self.list), self.tools.used, list(self.queue))
        more = (dict(self.counts), self.holder.value, int(self.spaces["a"].sample()), self.me[0] is self)
        return repr((*seen, *more)), 0.0, False, False, {}


def test_identities_aliases_views_and_generators_survive():
    env = Intricate()
    adapter, state = begin(env, warm_up=3)
    saved, before, kept = state.save(), state.digest(), env.kept
    expected = future(adapter, state)
    state.load(saved)
    assert state.digest() == before
    assert env.alias is env.list
    assert np.shares_memory(env.row, env.grid)
    assert env.same_rng["again"] is env.rng
    assert env.me[0] is env
    assert env.kept is not kept, "an object of the state is made anew"
    assert not hasattr(env, "temporary"), "an attribute that was not there then is not there now"
    assert future(adapter, state) == expected


def test_drawing_and_looking_change_no_hash():
    env = Intricate()
    _, state = begin(env)
    before = state.digest()
    env.surface.rect(0, 0, 1, 1)
    state.save()
    state.to_json()
    assert state.digest() == before


def test_a_changed_attribute_anywhere_changes_the_hash():
    env = Intricate()
    _, state = begin(env)
    hashes = {state.digest()}
    changes = [
        lambda: setattr(env.tools, "used", 99),
        lambda: env.grid.__setitem__((2, 2), 5),
        env.old.normal,
        env.spaces["a"].sample,
        lambda: setattr(env, "rule", Intricate.step),
        lambda: setattr(env, "alias", list(env.list)),
        lambda: setattr(env.holder, "value", -1),
        random.random,
        np.random.random,
    ]
    for number, change in enumerate(changes, 2):
        change()
        hashes.add(state.digest())
        assert len(hashes) == number


class Holds(Solo):
    def __init__(self, thing):
        super().__init__()
        self.deep = {"things": [1, thing]}


@pytest.mark.parametrize(
    ("thing", "words"),
    [
        (threading.Lock(), "a _thread.lock cannot be saved"),
        ((number for number in ()), "a builtins.generator cannot be saved"),
        (hash_answers.closure(), "remembers 'count', which cannot be saved with it"),
    ],
)
def test_what_cannot_be_kept_is_named_by_its_path(thing, words):
    adapter, state = begin(Holds(thing), warm_up=2)
    with pytest.raises(StateError) as caught:
        state.save()
    assert str(caught.value).startswith("['env_state']['0:Holds']['deep']['things'][1]: ")
    assert words in str(caught.value)
    adapter.step({"human": 1})


def test_a_function_that_remembers_nothing_mutable_can_be_kept():
    step = 3
    adapter, state = begin(Holds(lambda value: value + step), warm_up=2)
    saved = state.save()
    rule = adapter.env.deep["things"][1]
    state.load(saved)
    assert adapter.env.deep["things"][1] is rule


def test_what_has_no_typed_json_is_named_by_its_path():
    _, state = begin(Holds(lambda: 1), warm_up=2)
    with pytest.raises(StateError) as caught:
        state.to_json()
    assert "['deep']['things'][1]: the function" in str(caught.value)


def test_classes_of_the_study_cross_without_running_their_code():
    made = []

    class Watched:
        def __init__(self):
            made.append(self)
            self.x = (1, 2)

    env = Holds(Watched())
    _, state = begin(env, warm_up=2)
    sent = json.loads(json.dumps(state.to_json()))
    state.restore(state.from_json(sent))
    assert env.deep["things"][1].x == (1, 2)
    assert len(made) == 1


def test_a_state_that_is_nested_too_deeply_is_refused():
    deep = []
    for _ in range(50_000):
        deep = [deep]
    env = Solo()
    _, state = begin(env)
    env.trail = deep
    for attempt in (state.save, state.digest, state.to_json):
        with pytest.raises(StateError):
            attempt()
    env.trail = []
    while deep:
        deep = deep[0]
