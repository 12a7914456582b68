"""The ops of the worker protocol: their parameters in, their wire results out, one batch after another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igbuild.runtime.errors import ProtocolError
from igbuild.runtime.failure import describe_failure
from igbuild.runtime.game import Game
from igbuild.runtime.pictures import render_state
from igbuild.runtime.serialise import Buffers, safe_serialize
from igbuild.runtime.spaces import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Hashable, Mapping

    from igbuild.runtime.bots import Bot

    Params = Mapping[str, Any]
    Waiting = Generator[tuple[Bot, Any], Any, dict[str, Any]]

CLOSING = frozenset({"saveState", "computeHash", "render"})


class Ops:
    """Carries out ops on the game that `initEnv` makes.

    Args:
        settings: `environment` of the worker's `init`.
    """

    def __init__(self, settings: Params) -> None:
        self._settings = settings
        self._game: Game | None = None

    def run(self, request: Params, buffers: Buffers) -> Waiting:
        """Carry out `{ops: [{op, params}], stopOnDone}`.

        A generator that yields where a bot's scores have to be waited for, and returns
        `{results, ran, done}` or `{error: {name, message, stack, opIndex, partialResults}}`. With
        `stopOnDone`, once a step has ended the episode only the closing ops are carried out: the saves,
        hashes and renders at the end of the list.
        """
        ops = request["ops"]
        stops = bool(request.get("stopOnDone"))
        results: list[Any] = []
        done = False
        closing = _first_closing(ops)
        for index, op in enumerate(ops):
            if stops and done and index < closing:
                continue
            try:
                started = self._start(op, buffers)
                result = started if isinstance(started, dict) else (yield from started)
            except GeneratorExit:
                raise
            except BaseException as error:  # exiting and interrupting are answers too
                failure = describe_failure(error)
                return {"error": {**failure, "opIndex": index, "partialResults": results}}
            results.append(result)
            done = done or bool(result.get("done"))
        return {"results": results, "ran": len(results), "done": done}

    def _start(self, op: Params, buffers: Buffers) -> dict[str, Any] | Waiting:
        name, params = op["op"], op.get("params") or {}
        if name == "initEnv":
            return self._init_env(params)
        known = _OPS.get(name)
        if known is None:
            raise ProtocolError(f"there is no op {name!r}; there are: initEnv, {', '.join(_OPS)}.")
        if self._game is None:
            raise ProtocolError(f"{name} needs an environment; ask for initEnv first.")
        return known(self._game, params, buffers)

    def _init_env(self, params: Params) -> dict[str, Any]:
        before, self._game = self._game, None
        if before is not None:
            before.close()
        game = Game(self._settings, params.get("globals") or {})
        self._game = game
        agents = game.adapter.agents
        return {
            "agents": list(agents),
            "actionSpaces": [describe(game.adapter.action_space(agent)) for agent in agents],
            "metadata": _metadata(game.adapter.env),
        }


def _first_closing(ops: list[Params]) -> int:
    first = len(ops)
    while first and ops[first - 1].get("op") in CLOSING:
        first -= 1
    return first


def _metadata(env: Any) -> dict[str, Any]:
    """Return what of an environment's metadata JSON can hold."""
    metadata = getattr(env, "metadata", None)
    held = {}
    for name, value in (metadata if isinstance(metadata, dict) else {}).items():
        try:
            held[str(name)] = safe_serialize(value)
        except TypeError:
            continue
    return held


def _in_order(game: Game, values: Mapping[Hashable, Any]) -> list[Any]:
    return [values.get(agent) for agent in game.adapter.agents]


def _seen(game: Game, obs: Mapping[Hashable, Any], params: Params, buffers: Buffers) -> dict[str, Any]:
    """Return the parts that cross only where an op asks for them."""
    seen: dict[str, Any] = {}
    if params.get("obs"):
        seen["obs"] = buffers.pack(_in_order(game, obs))
    if params.get("render"):
        seen["render_state"] = render_state(game.adapter.render(), buffers)
    return seen


def _proposed(game: Game, params: Params) -> Waiting:
    """Ask for the bots' next actions, where an op wants them."""
    if not params.get("propose"):
        return {}
    return {"proposed": _in_order(game, (yield from game.propose()))}


def _reset(game: Game, params: Params, buffers: Buffers) -> Waiting:
    seed = params.get("seed")
    obs, infos = game.reset(None if seed is None else int(seed))
    proposed = yield from _proposed(game, params)
    return {"infos": _in_order(game, infos), **proposed, **_seen(game, obs, params, buffers)}


def _step(game: Game, params: Params, buffers: Buffers) -> Waiting:
    agents, actions = game.adapter.agents, params["actions"]
    if not isinstance(actions, list) or len(actions) != len(agents):
        raise ProtocolError(
            f"step takes one action for each of the agents {list(agents)!r}, not {actions!r}."
        )
    step, taken = yield from game.step(dict(zip(agents, actions, strict=True)))
    result = {
        "rewards": _in_order(game, step.rewards),
        "terminateds": _in_order(game, step.terminateds),
        "truncateds": _in_order(game, step.truncateds),
        "infos": _in_order(game, step.infos),
        "done": game.adapter.done,
    }
    if game.bots:
        result["actions"] = _in_order(game, taken)
    proposed = yield from _proposed(game, params)
    return {**result, **proposed, **_seen(game, step.obs, params, buffers)}


def _get_state(game: Game, _params: Params, _buffers: Buffers) -> dict[str, Any]:
    state: dict[str, Any] = game.state_json()
    return state


def _set_state(game: Game, params: Params, _buffers: Buffers) -> dict[str, Any]:
    game.set_state_json(params["state"])
    return {}


def _save_state(game: Game, params: Params, _buffers: Buffers) -> dict[str, Any]:
    frame = int(params["frame"])
    return {"frame": frame, "bytes": game.save(frame)}


def _load_state(game: Game, params: Params, _buffers: Buffers) -> dict[str, Any]:
    game.load(int(params["frame"]))
    return {}


def _drop_states(game: Game, params: Params, _buffers: Buffers) -> dict[str, Any]:
    game.drop(params.get("before"), params.get("after"))
    return {}


def _compute_hash(game: Game, params: Params, _buffers: Buffers) -> dict[str, Any]:
    return {"hash": game.hash(params.get("state"))}


def _seed_rng(game: Game, params: Params, _buffers: Buffers) -> dict[str, Any]:
    game.seed(int(params["seed"]))
    return {}


def _render(game: Game, _params: Params, buffers: Buffers) -> dict[str, Any]:
    return {"render_state": render_state(game.adapter.render(), buffers)}


_OPS: dict[str, Callable[[Game, Params, Buffers], dict[str, Any] | Waiting]] = {
    "reset": _reset,
    "step": _step,
    "getState": _get_state,
    "setState": _set_state,
    "saveState": _save_state,
    "loadState": _load_state,
    "dropStates": _drop_states,
    "computeHash": _compute_hash,
    "seedRng": _seed_rng,
    "render": _render,
}
