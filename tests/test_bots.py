"""Bots: part of the stepped state, so that a replay chooses the same actions."""

from __future__ import annotations

import collections
import functools
import random

import pytest

from igbuild.runtime.bots import Bot, ScoredBot, make_bots
from igbuild.runtime.errors import EntryPointError, EnvironmentContractError, StateError
from igbuild.runtime.game import Game

HERE = "tests.test_bots"


class Wanders:
    """A policy with a memory and random numbers."""

    def __init__(self, stay=0):
        self.stay = stay
        self.visited = []
        self.resets = 0

    def reset(self):
        self.visited = []
        self.resets += 1

    def act(self, observation, rng):
        self.visited.append((observation, rng.randrange(3)))
        return self.visited[-1][1] if len(self.visited) > self.stay else 0


class Counts:
    """A policy that is called itself."""

    def __init__(self):
        self.calls = 0

    def __call__(self, observation):
        self.calls += 1
        return self.calls % 3

    def choose(self, observation):
        return self(observation)


def fed(memory, observation, rng):
    memory.append(len(memory) % 3)
    return memory[-1]


called = Counts()
method = Counts().choose
filled = functools.partial(fed, [1])


def greedy(observation):
    return observation % 3


def drawn(observation, rng):
    return rng.randrange(3)


def tuned(observation, *, bonus, rng):
    return bonus + rng.randrange(2)


def silent(observation):
    return None


nothing = 3


def game(bots, entry="tests.runtime_envs:Race"):
    return Game({"entryPoint": entry, "bots": bots}, {})


def step(game, actions=None):
    """One step of a game whose bots need not be waited for."""
    run = game.step(actions or {agent: 1 for agent in game.adapter.agents if agent not in game.bots})
    with pytest.raises(StopIteration) as end:
        next(run)
    return end.value.value


def test_bots_act_for_their_agents():
    played = game(
        {"one": {"policy": f"{HERE}:Wanders", "kwargs": {"stay": 2}}, "2": {"policy": f"{HERE}:greedy"}}
    )
    played.reset(1)
    taken = [step(played)[1] for _ in range(3)]
    assert taken[0]["one"] == taken[1]["one"] == 0
    assert taken[0][2] == 0
    assert played.bots["one"].policy.resets == 1
    assert len(played.bots["one"].policy.visited) == 3


def test_a_replay_chooses_the_same_actions():
    played = game({"one": {"policy": f"{HERE}:Wanders"}, "2": {"policy": f"{HERE}:drawn"}})
    played.reset(5)
    step(played)
    played.save(1)
    before, sent = played.hash(), played.state_json()
    first = [step(played)[1] for _ in range(4)]
    assert played.hash() != before
    played.load(1)
    assert played.hash() == before
    assert [step(played)[1] for _ in range(4)] == first
    played.set_state_json(sent)
    assert played.hash() == before
    assert [step(played)[1] for _ in range(4)] == first


@pytest.mark.parametrize("name", ["Counts", "called", "method", "filled"])
def test_a_policy_of_any_kind_remembers_as_part_of_the_state(name):
    played = game({"2": {"policy": f"{HERE}:{name}"}})
    played.reset(5)
    played.save(0)
    before, sent = played.hash(), played.state_json()
    first = [step(played, {0: 0, "one": 0})[1][2] for _ in range(3)]
    assert len(set(first)) == 3
    for back in (lambda: played.load(0), lambda: played.set_state_json(sent)):
        back()
        assert played.hash() == before
        assert [step(played, {0: 0, "one": 0})[1][2] for _ in range(3)] == first
    played.load(0)
    played.bots[2].act(0)
    assert played.hash(played.state_json()) != before, "the hash sees the memory alone"


def closed_over_a_list():
    seen = []

    def act(observation):
        seen.append(observation)
        return 0

    return act


def closed_over_a_number():
    count = 0

    def act(observation):
        nonlocal count
        count += 1
        return count % 3

    return act


def with_an_attribute(observation):
    with_an_attribute.calls = getattr(with_an_attribute, "calls", 0) + 1
    return 0


def with_a_default(observation, seen=[]):  # noqa: B006 - the mistake to be found
    seen.append(observation)
    return 0


def pure(table):
    @functools.wraps(greedy)
    def act(observation, bonus=(0, 1)):
        return table[bonus[1]]

    return act


listing, counting, constant = closed_over_a_list(), closed_over_a_number(), pure((0, 1))


@pytest.mark.parametrize(
    ("name", "what"),
    [("listing", "seen"), ("counting", "count"), ("with_an_attribute", "calls"), ("with_a_default", r"\[")],
)
def test_a_function_that_remembers_is_refused(name, what):
    played = game({"one": {"policy": f"{HERE}:{name}"}})
    played.reset(1)
    step(played)
    for use in (played.hash, played.state_json, lambda: played.save(0)):
        with pytest.raises(StateError, match=f"remembers {what}.*make the policy a class"):
            use()


def test_a_function_that_holds_what_never_changes_is_saved():
    played = game({"one": {"policy": f"{HERE}:constant"}})
    played.reset(1)
    played.save(0)
    assert len(played.hash()) == 64


def test_the_same_seed_gives_the_same_bots_and_agents_draw_apart():
    def actions(seed):
        played = game({"one": {"policy": f"{HERE}:drawn"}, "0": {"policy": f"{HERE}:drawn"}})
        played.reset(seed)
        rows = [step(played)[1] for _ in range(3)]
        return [(row[0], row.get("one")) for row in rows]

    assert actions(1) == actions(1)
    assert len({str(actions(seed)) for seed in range(6)}) > 3
    assert any(left != right for seed in range(6) for left, right in actions(seed))


def test_an_action_given_for_a_bot_stands_in_for_its_own():
    played = game({"one": {"policy": f"{HERE}:drawn"}})
    played.reset(1)
    before = played.bots["one"].rng.getstate()
    _, taken = step(played, {0: 1, "one": 2, 2: 1})
    assert taken["one"] == 2
    assert played.bots["one"].rng.getstate() == before


def test_keyword_arguments_reach_functions_too():
    played = game({"one": {"policy": f"{HERE}:tuned", "kwargs": {"bonus": 1}}})
    played.reset(1)
    assert step(played)[1]["one"] in (1, 2)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"one": {"policy": f"{HERE}:wander"}}, "players.bots.one.policy"),
        ({"one": {"policy": f"{HERE}:nothing"}}, "has no method act() and is no function"),
        ({"nobody": {"policy": f"{HERE}:greedy"}}, "players.bots names the agent 'nobody'"),
    ],
)
def test_bots_that_cannot_be_made_are_named(settings, words):
    with pytest.raises(EntryPointError) as caught:
        game(settings)
    assert words in str(caught.value)


def test_a_policy_that_returns_nothing_is_named():
    played = game({"one": {"policy": f"{HERE}:silent"}})
    played.reset(1)
    with pytest.raises(EnvironmentContractError, match=r"players\.bots\.one: the policy returned no action"):
        next(played.step({0: 1, 2: 1}))


def test_scores_are_drawn_from_in_proportion():
    bot = ScoredBot("a")
    bot.reset(3)
    counts = collections.Counter(bot.choose([0.0, 1.0, -20.0]) for _ in range(4000))
    assert counts[1] / counts[0] == pytest.approx(2.718, rel=0.15)
    assert counts[2] == 0


def test_scores_start_where_the_action_space_does_and_argmax_takes_the_first_largest():
    assert ScoredBot("a", "argmax", start=5).choose([1, 3, 3]) == 6
    assert ScoredBot("a", start=5).choose([1e9, -1e9]) == 5


@pytest.mark.parametrize("scores", [[], [0.0, float("nan")]])
def test_scores_that_are_none_are_refused(scores):
    with pytest.raises(EnvironmentContractError, match="no usable scores"):
        ScoredBot("a").choose(scores)


def test_a_game_waits_for_scores_and_replays_what_followed():
    played = game({"one": {"onnx": "model.onnx", "sample": "softmax"}})
    played.reset(1)
    played.save(0)
    actions = []
    for _ in range(2):
        played.load(0)
        row = []
        for _ in range(2):
            run = played.step({0: 1, 2: 1})
            bot, observation = next(run)
            assert (bot.agent, bot.observation) == ("one", observation)
            with pytest.raises(StopIteration) as end:
                run.send([0.0, 0.5, 1.0])
            row.append(end.value.value[1]["one"])
        actions.append(row)
    assert actions[0] == actions[1]


def proposed(game, scores):
    run = game.propose()
    bot, _ = next(run)
    assert bot.agent == "one"
    with pytest.raises(StopIteration) as end:
        run.send(scores)
    return end.value.value


def test_a_proposal_leaves_the_state_alone_and_is_drawn_anew_in_each_step():
    played = game({"one": {"onnx": "model.onnx", "sample": "softmax"}, "2": {"policy": f"{HERE}:greedy"}})
    drawn = []
    for seed in range(20):
        played.reset(seed)
        for _ in range(2):
            before = played.hash()
            choice = proposed(played, [0.0, 0.0, 0.0])
            assert proposed(played, [0.0, 0.0, 0.0]) == choice
            played.save(0)
            played.load(0)
            assert played.hash() == before, "hashed anew, the state is the same"
            assert list(choice) == ["one"], "a Python policy chooses in the step"
            drawn.append(choice["one"])
            _, taken = step(played, {0: 1, "one": 0})
            assert taken["one"] == 0, "what was proposed binds nobody"
    assert set(drawn) == {0, 1, 2}
    assert drawn[::2] != drawn[1::2]


def test_nothing_is_proposed_after_the_end():
    played = Game(
        {"entryPoint": "tests.runtime_envs:Race", "bots": {"one": {"onnx": "m.onnx"}}, "maxSteps": 1}, {}
    )
    played.reset(1)
    step(played, {0: 1, "one": 1, 2: 1})
    with pytest.raises(StopIteration) as end:
        next(played.propose())
    assert end.value.value == {}


def test_bots_keep_the_agents_order():
    bots = make_bots({"b": {"onnx": "x"}, "a": {"onnx": "x"}}, ["a", "b", "c"], lambda agent: 0)
    assert list(bots) == ["a", "b"]
    assert all(isinstance(bot, Bot) for bot in bots.values())


def test_a_function_bound_to_nothing_still_draws_from_its_own_numbers():
    bot = Bot("a", drawn)
    random.seed(1)
    state = random.getstate()
    bot.reset(2)
    bot.act(None)
    assert random.getstate() == state
