"""Gem Rush, the environment of the solo template: fair, repeatable, restorable, playable."""

from __future__ import annotations

import json
import math
import random
import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from igbuild.config.reader import read_config

FOLDER = Path(__file__).parents[1] / "templates" / "init" / "solo"


@pytest.fixture(scope="module")
def gem_rush() -> SimpleNamespace:
    """The names of env.py, run without leaving compiled files among the templates."""
    return SimpleNamespace(**runpy.run_path(str(FOLDER / "env.py")))


def play(env: Any, actions: list[int]) -> list[Any]:
    """Everything an episode shows, until it ends or the actions do."""
    shown = []
    for action in actions:
        shown.append((env.step(action), env.render()))
        if env.over:
            break
    return shown


def at_random(seed: int, count: int = 400) -> list[int]:
    """Random actions, each held for a while, as a person would."""
    source = random.Random(seed)
    return [action for _ in range(count // 10) for action in [source.randrange(9)] * 10]


def greedy(game: SimpleNamespace, env: Any) -> int:
    """Go to the gem that is most worth it, and around hunters that are near."""
    x, y = env.player[:2]
    stones = [(gem, 1) for gem in env.gems] + ([(env.ruby, 3)] if env.ruby else [])
    goal, _ = max(stones, key=lambda stone: stone[1] / (game.distance(stone[0], env.player) + 40))
    away = game.distance(goal, env.player) or 1
    wish_x, wish_y = (goal[0] - x) / away, (goal[1] - y) / away
    for hunter in env.hunters:
        from_x, from_y = x - hunter[0] - 6 * hunter[2], y - hunter[1] - 6 * hunter[3]
        near = math.sqrt(from_x * from_x + from_y * from_y) or 1
        if near < 110:
            fear = 2.5 * (110 - near) / 110 / near
            wish_x += fear * (from_x - 0.6 * from_y)
            wish_y += fear * (from_y + 0.6 * from_x)
    return max(
        range(1, 9), key=lambda action: game.MOVES[action][0] * wish_x + game.MOVES[action][1] * wish_y
    )


def test_one_seed_and_the_same_actions_are_one_game(gem_rush: SimpleNamespace) -> None:
    first, second = gem_rush.make_env(), gem_rush.make_env()
    for seed in range(5):
        assert first.reset(seed=seed) == second.reset(seed=seed)
        assert play(first, at_random(seed)) == play(second, at_random(seed))


def test_another_seed_is_another_game(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env()
    starts = {json.dumps(env.reset(seed=seed)) for seed in range(20)}
    assert len(starts) == 20


def test_without_a_seed_the_next_episode_follows_from_the_last(gem_rush: SimpleNamespace) -> None:
    one, other = gem_rush.make_env(), gem_rush.make_env()
    one.reset(seed=1)
    other.reset(seed=1)
    first = one.reset()
    assert first == other.reset()
    assert first != one.reset()


def test_a_state_restores_the_same_future_through_json(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env(difficulty=2)
    env.reset(seed=3)
    play(env, at_random(1, 60))
    state = env.get_state()
    text = json.dumps(state)
    future = play(env, at_random(2))
    assert json.dumps(state) == text, "a state must not change when the game goes on"
    stranger = gem_rush.make_env()
    stranger.set_state(json.loads(text))
    assert json.dumps(stranger.get_state()) == text
    assert play(stranger, at_random(2)) == future
    env.set_state(state)
    assert play(env, at_random(2)) == future


def test_drawing_changes_nothing_and_is_plain_data(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env()
    env.reset(seed=5)
    play(env, at_random(5, 100))
    before = env.get_state()
    picture = env.render()
    assert json.loads(json.dumps(picture)) == picture == env.render()
    assert env.get_state() == before
    assert {"player", "hunter 0 body", "time"} <= {shape.get("id") for shape in picture}


def test_a_player_who_does_nothing_is_caught(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env()
    env.reset(seed=0)
    (*_, terminated, truncated, _), picture = play(env, [0] * 1800)[-1]
    assert (terminated, truncated) == (True, False)
    assert 60 < env.steps < 300, "time enough to see what happens, and no more"
    assert "Caught!" in [shape.get("text") for shape in picture]


def test_the_episode_ends_when_the_minute_is_over(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env()
    env.reset(seed=0)
    state = env.get_state()
    env.set_state({**state, "steps": gem_rush.DURATION - 2})
    assert [env.step(0)[2:4], env.step(0)[2:4]] == [(False, False), (False, True)]
    assert "Time is up!" in [shape.get("text") for shape in env.render()]
    with pytest.raises(RuntimeError, match="call reset"):
        env.step(0)
    env.reset()
    assert not env.over


def test_a_simple_player_scores_and_rewards_add_up_to_the_score(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env()
    scores = []
    for seed in range(8):
        env.reset(seed=seed)
        total = 0.0
        while not env.over:
            total += env.step(greedy(gem_rush, env))[1]
        assert total == env.score
        scores.append(env.score)
    assert min(scores) >= 3
    assert max(scores) >= 20
    assert len(set(scores)) > 3


def test_more_hunters_come_and_they_get_faster(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env(difficulty=1)
    env.reset(seed=1)
    for count, hunters in ((9, 1), (10, 2), (24, 2), (25, 3)):
        while env.collected < count:
            env.player[:2] = env.gems[0][:]
            env._collect()
        assert len(env.hunters) == hunters
    assert len(gem_rush.make_env(3).hunters) == 3
    places = {tuple(hunter[:2]) for hunter in gem_rush.make_env(3).hunters}
    assert len(places) == 3


def test_everything_stays_on_the_field(gem_rush: SimpleNamespace) -> None:
    env = gem_rush.make_env(3)
    for seed in range(10):
        env.reset(seed=seed)
        for action in [1 + seed % 8] * 200:
            if env.over:
                break
            env.step(action)
            for x, y, *_ in [env.player, *env.hunters, *env.gems]:
                assert 0 <= x <= gem_rush.WIDTH
                assert 0 <= y <= gem_rush.HEIGHT


@pytest.mark.parametrize("action", [-1, 9, 0.5, "up", None])
def test_an_action_that_does_not_exist_is_refused_and_changes_nothing(
    gem_rush: SimpleNamespace, action: Any
) -> None:
    env = gem_rush.make_env()
    env.reset(seed=0)
    before = env.get_state()
    with pytest.raises(ValueError, match="is not one of 0 to 8"):
        env.step(action)
    assert env.get_state() == before


def test_the_toml_fits_the_environment(gem_rush: SimpleNamespace) -> None:
    path = FOLDER / "experiment.toml"
    config = read_config(path.read_text(encoding="utf-8"), path)
    assert (config.game.width, config.game.height) == (gem_rush.WIDTH, gem_rush.HEIGHT)
    assert (config.game.fps, config.game.max_steps) == (gem_rush.FPS, gem_rush.DURATION)
    assert set(config.controls.keys.values()) | {config.controls.default_action} == set(range(9))
    for value in config.environment.globals["difficulty"].choices or []:
        assert len(gem_rush.make_env(difficulty=value).hunters) == value
