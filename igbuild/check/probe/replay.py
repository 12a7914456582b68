"""Recorded episodes played again: what each step gives now, compared with what its row says.

Both sides are compared as JavaScript holds them (`igbuild.runtime.serialise`): what a page recorded went
through that form, and so what is computed here goes through it too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from igbuild.check.probe.findings import raised
from igbuild.runtime.game import Game
from igbuild.runtime.serialise import dumps, loads, safe_serialize

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from igbuild.runtime.adapter import Step

    Fields = dict[str, Any]

PLAYED = ("rewards", "terminateds", "truncateds", "infos", "observations")
"""Beginnings of the keys that a step gives. What else a row holds is not the environment's to say."""

HASH = "stateHash"


def replay(environment: Mapping[str, Any], episode: Mapping[str, Any], *, drawn: bool = True) -> Fields:
    """Play an episode again, by itself, in a new environment.

    Args:
        environment: as `igbuild.runtime.bridge.boot` takes it.
        episode: `{seed, globals, rows}`, the rows as JSON texts.
        drawn: whether bots with a model drew a random number for each action (`Bot.choose`): they do unless
            their actions come from one of several pages (`Bot.propose`).

    Returns:
        `{rows, hashes, done, difference, problem}`: how many rows and state hashes came out the same; whether
        the game was over then; `{frame, key, recorded, replayed}` of the first difference, if there is one,
        where `key` is null if the step could not be taken; and why nothing could be played, if so.
    """
    made: Fields = {"rows": 0, "hashes": 0, "done": False, "difference": None, "problem": None}
    try:
        game = Game(environment, dict(episode["globals"]))
        game.reset(episode["seed"])
    except (Exception, SystemExit) as error:
        return {**made, "problem": raised(error)}
    for frame, text in enumerate(episode["rows"]):
        found = _compare(game, text, drawn=drawn)
        if found is not None:
            key, recorded, replayed = found
            there = {"key": key, "recorded": safe_serialize(recorded), "replayed": safe_serialize(replayed)}
            return {**made, "difference": {"frame": frame, **there}}
        made["rows"] += 1
        made["hashes"] += f'"{HASH}"' in text
        made["done"] = game.adapter.done
    game.close()
    return made


def _compare(game: Game, text: str, *, drawn: bool) -> tuple[str | None, Any, Any] | None:
    """Take the step of a row; return key and values of the first difference, in the row's order."""
    try:
        row = loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        return None, text, f"the row cannot be read: {error}"
    if not isinstance(row, dict):
        return None, text, "the row is not an object"
    try:
        step, taken = _step(game, row, drawn=drawn)
        expected = loads(dumps(_fields(game, step, taken, row)))
    except (Exception, SystemExit) as error:
        return None, None, raised(error)
    compared = {key: value for key, value in row.items() if key in expected or _is_played(key)}
    for key in dict.fromkeys((*compared, *expected)):
        if not _same(row.get(key), expected.get(key)):
            return key, row.get(key), expected.get(key)
    return None


def _is_played(key: str) -> bool:
    return key == HASH or key.startswith(tuple(f"{part}." for part in PLAYED))


def _step(game: Game, row: Mapping[str, Any], *, drawn: bool) -> tuple[Step, dict[Hashable, Any]]:
    """Take a step with the recorded actions; policies choose anew."""
    given = {agent: row.get(f"actions.{agent}") for agent in game.adapter.agents}
    for agent in game.adapter.acting():
        bot = game.bots.get(agent)
        if bot is not None and bot.waits:
            # Its model is not here, so its choice is taken as recorded; the number drawn for it is drawn.
            if drawn:
                bot.rng.random()
        elif bot is not None:
            given[agent] = None
    stepping = game.step(given)
    try:
        bot, _ = next(stepping)
    except StopIteration as end:
        step, taken = end.value
        return step, taken
    raise ValueError(f"the row has no action of {bot.agent!r}, whose model chose one")


def _fields(game: Game, step: Step, taken: Mapping[Hashable, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the row must hold, by key."""
    fields: dict[str, Any] = {f"actions.{agent}": taken.get(agent) for agent in game.bots}
    for name in ("rewards", "terminateds", "truncateds"):
        fields |= {f"{name}.{agent}": value for agent, value in getattr(step, name).items()}
    for agent, info in step.infos.items():
        fields |= {f"infos.{agent}.{key}": value for key, value in loads(dumps(info)).items()}
    if any(key.startswith("observations.") for key in row):
        fields |= {f"observations.{agent}": value for agent, value in step.obs.items()}
    if row.get(HASH) is not None:
        fields[HASH] = game.hash()
    return fields


def _same(one: Any, other: Any) -> bool:
    """Compare two values bit for bit, as far as JavaScript can tell them apart: 1 is 1.0, but 0 is not -0."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, (int, float)) and isinstance(other, (int, float)):
        return _same_number(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and bool(one == other)


def _same_number(one: float, other: float) -> bool:
    if isinstance(one, int) and isinstance(other, int):
        return one == other
    try:
        # JavaScript writes a float beyond 2^53 as the digits of an integer near it.
        left, right = float(one), float(other)
    except OverflowError:
        return False
    if math.isnan(left) or math.isnan(right):
        return math.isnan(left) and math.isnan(right)
    return left == right and math.copysign(1, left) == math.copysign(1, right)


def replay_all(
    environment: Mapping[str, Any], episodes: Sequence[Mapping[str, Any]], *, drawn: bool
) -> list[Fields]:
    """Play episodes again, one after another."""
    return [replay(environment, episode, drawn=drawn) for episode in episodes]
