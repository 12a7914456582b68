"""Two Boats, the environment of the duo template: fair, repeatable, restorable, worth playing together."""

from __future__ import annotations

import json
import random
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from igbuild.config.reader import read_config

FOLDER = Path(__file__).parents[1] / "templates" / "init" / "duo"
STILL = {"red": 0, "blue": 0}
APART = {"red": 3, "blue": 4}


@pytest.fixture(scope="module")
def boats() -> SimpleNamespace:
    """The names of env.py, run without leaving compiled files among the templates."""
    return SimpleNamespace(**runpy.run_path(str(FOLDER / "env.py")))


def at_random(seed: int, count: int = 200) -> list[dict[str, int]]:
    """Random actions, each held for a while, as people would."""
    source = random.Random(seed)
    return [
        actions
        for _ in range(count // 10)
        for actions in [{"red": source.randrange(9), "blue": source.randrange(9)}] * 10
    ]


def play(env: Any, actions: list[dict[str, int]]) -> list[Any]:
    """Everything an episode shows, until it ends or the actions do."""
    shown = []
    for chosen in actions:
        shown.append((env.step(chosen), env.render()))
        if not env.agents:
            break
    return shown


def toward(game: SimpleNamespace, boat: list[float], goal: tuple[float, float]) -> int:
    across, down = goal[0] - boat[0] - 4 * boat[2], goal[1] - boat[1] - 4 * boat[3]
    if across * across + down * down < 30:
        return 0
    return max(range(1, 9), key=lambda move: game.MOVES[move][0] * across + game.MOVES[move][1] * down)


def team(game: SimpleNamespace, env: Any) -> dict[str, int]:
    """Sail side by side at the nearest fish, so that it swims into the net."""
    red, blue = env.boats["red"], env.boats["blue"]
    middle = [(red[0] + blue[0]) / 2, (red[1] + blue[1]) / 2]
    fish = min(env.fish, key=lambda one: game.distance(one, middle))
    away = game.distance(fish, middle) or 1
    along, across = (fish[0] - middle[0]) / away, (fish[1] - middle[1]) / away
    goal = (middle[0] + 40 * along, middle[1] + 40 * across)
    sides = [(goal[0] - 58 * across, goal[1] + 58 * along), (goal[0] + 58 * across, goal[1] - 58 * along)]
    if game.distance(sides[0], red) + game.distance(sides[1], blue) > game.distance(
        sides[1], red
    ) + game.distance(sides[0], blue):
        sides.reverse()
    return {"red": toward(game, red, sides[0]), "blue": toward(game, blue, sides[1])}


def test_one_seed_and_the_same_actions_are_one_game(boats: SimpleNamespace) -> None:
    first, second = boats.make_env(), boats.make_env()
    for seed in range(5):
        assert first.reset(seed=seed) == second.reset(seed=seed)
        assert play(first, at_random(seed)) == play(second, at_random(seed))
    assert len({json.dumps(first.reset(seed=seed)) for seed in range(20)}) == 20


def test_a_state_restores_the_same_future_through_json(boats: SimpleNamespace) -> None:
    env = boats.make_env()
    env.reset(seed=3)
    play(env, at_random(1, 100))
    state = env.get_state()
    text = json.dumps(state)
    future = play(env, at_random(2))
    assert json.dumps(state) == text, "a state must not change when the game goes on"
    stranger = boats.make_env()
    stranger.set_state(json.loads(text))
    assert json.dumps(stranger.get_state()) == text
    assert play(stranger, at_random(2)) == future


def test_drawing_changes_nothing_and_is_plain_data(boats: SimpleNamespace) -> None:
    env = boats.make_env()
    env.reset(seed=5)
    play(env, at_random(5, 100))
    before = env.get_state()
    picture = env.render()
    assert json.loads(json.dumps(picture)) == picture == env.render()
    assert env.get_state() == before
    assert {"red", "blue", "fish 0", "jelly 0", "time"} <= {shape.get("id") for shape in picture}


def test_a_team_catches_more_than_boats_that_sail_at_random(boats: SimpleNamespace) -> None:
    env = boats.make_env(jellies=0)
    together, alone = [], []
    for seed in range(6):
        env.reset(seed=seed)
        for _ in range(400):
            if env.agents:
                env.step(team(boats, env))
        together.append(env.caught)
        env.reset(seed=seed)
        play(env, at_random(seed, 400))
        alone.append(env.caught)
    assert sum(together) > 3 * sum(alone) + 10, (together, alone)


def test_fish_pay_both_and_rewards_add_up_to_the_points(boats: SimpleNamespace) -> None:
    env = boats.make_env()
    env.reset(seed=4)
    totals = {"red": 0.0, "blue": 0.0}
    while env.agents and env.steps < 400:
        rewards = env.step(team(boats, env))[1]
        totals = {agent: totals[agent] + rewards[agent] for agent in totals}
    assert totals == env.points
    assert env.caught >= 3
    for agent in totals:
        assert env.points[agent] == env.caught + 3 * env.pearls[agent]


def test_a_pearl_pays_only_the_boat_that_picks_it_up(boats: SimpleNamespace) -> None:
    env = boats.make_env(jellies=0)
    env.reset(seed=0)
    env.pearl = [*env.boats["blue"][:2], 100]
    env.fish = []
    rewards = env.step(STILL)[1]
    assert rewards == {"red": 0.0, "blue": 3.0}
    assert env.pearl is None


def test_the_net_tears_when_both_pull_apart_and_holds_when_one_does(boats: SimpleNamespace) -> None:
    env = boats.make_env(jellies=0)
    env.reset(seed=0)
    last = [env.step(APART) for _ in range(60) if env.agents][-1]
    assert env.torn
    assert last[2] == {"red": True, "blue": True}
    assert last[3] == {"red": False, "blue": False}
    assert "The net tore!" in [shape.get("text") for shape in env.render()]
    env.reset(seed=0)
    for _ in range(120):
        env.step({"red": 3, "blue": 0})
    assert not env.torn


def test_the_end_hangs_on_the_latest_inputs_of_both(boats: SimpleNamespace) -> None:
    """Were it not so, a game between two screens would never have to take back an end."""
    env = boats.make_env(jellies=0)
    env.reset(seed=0)
    for _ in range(steps_until_torn(boats) - 8):
        env.step(APART)
    state = env.get_state()
    ends = []
    for late in (APART, {"red": 4, "blue": 4}, {"red": 3, "blue": 3}):
        env.set_state(state)
        for _ in range(8):
            if env.agents:
                env.step(late)
        ends.append(env.torn)
    assert ends == [True, False, False], "either boat alone can still prevent it"


def steps_until_torn(boats: SimpleNamespace) -> int:
    env = boats.make_env(jellies=0)
    env.reset(seed=0)
    while env.agents:
        env.step(APART)
    return int(env.steps)


def test_boats_do_not_sail_through_each_other(boats: SimpleNamespace) -> None:
    env = boats.make_env(jellies=0)
    env.reset(seed=0)
    for _ in range(90):
        env.step({"red": 4, "blue": 3})
    assert env.boats["red"][0] < env.boats["blue"][0]
    assert boats.distance(env.boats["red"], env.boats["blue"]) > boats.BOAT_RADIUS


def test_jellyfish_burn_holes_and_the_last_one_ends_it(boats: SimpleNamespace) -> None:
    env = boats.make_env(jellies=1)
    env.reset(seed=0)
    for count in range(1, boats.NET_HOLES + 1):
        red, blue = env.boats["red"], env.boats["blue"]
        env.jellies[0][:2] = [(red[0] + blue[0]) / 2, (red[1] + blue[1]) / 2]
        terminated = env.step(STILL)[2]
        assert env.holes == count
        assert terminated["red"] is (count == boats.NET_HOLES)
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(STILL)


def test_the_episode_ends_when_the_minute_is_over(boats: SimpleNamespace) -> None:
    env = boats.make_env(jellies=0)
    env.reset(seed=0)
    env.set_state({**env.get_state(), "steps": boats.DURATION - 2})
    assert env.step(STILL)[3] == {"red": False, "blue": False}
    assert env.step(STILL)[3] == {"red": True, "blue": True}
    assert "Time is up!" in [shape.get("text") for shape in env.render()]
    env.reset()
    assert env.agents == ["red", "blue"]


def test_everything_stays_on_the_field(boats: SimpleNamespace) -> None:
    env = boats.make_env(jellies=4)
    for seed in range(6):
        env.reset(seed=seed)
        for _ in range(200):
            if env.agents:
                env.step({"red": 1 + seed, "blue": 1 + seed})
            for x, y, *_ in [*env.boats.values(), *env.fish, *env.jellies]:
                assert 0 <= x <= boats.WIDTH
                assert 0 <= y <= boats.HEIGHT


@pytest.mark.parametrize("actions", [{}, {"red": 1}, {"red": 1, "blue": 9}, {"red": "up", "blue": 0}])
def test_an_action_that_does_not_exist_is_refused_and_changes_nothing(
    boats: SimpleNamespace, actions: Any
) -> None:
    env = boats.make_env()
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(ValueError, match="is not one of 0 to 8"):
        env.step(actions)
    assert env.get_state() == before


def test_the_toml_fits_the_environment(boats: SimpleNamespace) -> None:
    path = FOLDER / "experiment.toml"
    config = read_config(path.read_text(encoding="utf-8"), path)
    assert (config.game.width, config.game.height) == (boats.WIDTH, boats.HEIGHT)
    assert (config.game.fps, config.game.max_steps) == (boats.FPS, boats.DURATION)
    assert config.players.humans == boats.make_env().possible_agents
    assert set(config.controls.keys.values()) | {config.controls.default_action} == set(range(9))
    space = boats.make_env().action_space("blue")
    assert [space.contains(action) for action in (0, 8, 9, -1, 1.0, True)] == [True, True, *[False] * 4]
