"""The two doors between the worker's JavaScript and Python: `boot` once, then `handle` for every request.

Text goes in, text comes out; where there are arrays, a JavaScript array of the text and one TypedArray each.
Nothing that crosses belongs to Python, so nothing has to be given back.
"""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any

from igbuild.runtime import compat
from igbuild.runtime.errors import AsyncNeededError, ProtocolError
from igbuild.runtime.failure import describe_failure
from igbuild.runtime.ops import Ops
from igbuild.runtime.serialise import Buffers, dumps, loads, to_js

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from igbuild.runtime.bots import Bot


class Bridge:
    """The requests of one page.

    Args:
        settings: what `boot` is given.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._ops = Ops(settings)
        self.infer: Callable[..., Any] | None = None

    def answer(self, request_json: str) -> Generator[tuple[Bot, Any], Any, Any]:
        """Carry out a request; yields each bot to wait for with its observation, and returns the answer."""
        buffers = Buffers()
        try:
            answer = yield from self._ops.run(loads(request_json), buffers)
        except GeneratorExit:
            raise
        except BaseException as error:
            answer = _failed(error, 0, [])
        return _crossing(answer, buffers)

    def scores(self, bot: Bot, observation: Any) -> Any:
        """Ask JavaScript for the scores of a bot; returns them, or what to wait for."""
        if self.infer is None:
            raise ProtocolError(f"players.bots.{bot.agent} has an ONNX model, but nothing here runs it.")
        buffers = Buffers()
        text = dumps(buffers.pack(observation), buffers)
        return self.infer(str(bot.agent), text, to_js(list(buffers)))


def _crossing(answer: dict[str, Any], buffers: Buffers) -> Any:
    """Return an answer in the form that crosses: text, or an array of text and buffers."""
    try:
        text = dumps(answer, buffers)
    except (TypeError, ValueError, RecursionError) as error:
        text = _unspeakable(answer, buffers, error)
    return to_js([text, *buffers]) if buffers else text


def _unspeakable(answer: dict[str, Any], buffers: Buffers, error: Exception) -> str:
    """Say which op's result has no JSON."""
    results = answer.get("results") or answer.get("error", {}).get("partialResults", [])
    for index, result in enumerate(results):
        try:
            dumps(result, buffers)
        except (TypeError, ValueError, RecursionError) as own:
            return dumps(_failed(own, index, results[:index]), buffers)
    return dumps(_failed(error, 0, []), buffers)


def _failed(error: BaseException, index: int, results: list[Any]) -> dict[str, Any]:
    return {"error": {**describe_failure(error), "opIndex": index, "partialResults": results}}


_bridge = Bridge({})


def boot(config_json: str) -> str:
    """Take the experiment's `environment` settings; returns JSON `{"python": version}`.

    Nothing of the experiment is imported yet: `initEnv` does that, and reports what goes wrong.
    """
    global _bridge  # noqa: PLW0603 - one worker is one page
    compat.install()
    infer = _bridge.infer
    _bridge = Bridge(loads(config_json))
    _bridge.infer = infer
    return dumps({"python": ".".join(map(str, sys.version_info[:3]))})


def connect(infer: Callable[..., Any]) -> None:
    """Say who computes the scores of ONNX bots.

    Args:
        infer: called as `infer(agent, json, buffers)` with the agent's id as text and its observation as wire
            JSON; returns, or promises, one number per action.
    """
    _bridge.infer = infer


def handle(request_json: str) -> Any:
    """Carry out `{ops: [{op, params}], stopOnDone?}`; never raises.

    Returns:
        JSON of `{results, ran, done}` or `{error: {name, message, stack, opIndex, partialResults}}`; with
        arrays in it `[json, buffer, ...]`, a JavaScript array (natively a list of text and memoryviews).

    Scores of an ONNX bot are waited for by switching stacks; where the browser cannot (no JSPI, or not called
    as a promising function), the op fails with AsyncNeededError: use `handle_async`.
    """
    run = _bridge.answer(request_json)
    outcome: Any = None
    while True:
        try:
            bot, observation = _go_on(run, outcome)
        except StopIteration as end:
            return end.value
        try:
            outcome = _numbers(_wait(_bridge.scores(bot, observation)))
        except Exception as error:
            outcome = error


async def handle_async(request_json: str) -> Any:
    """Carry out a request as `handle` does, in any browser; JavaScript runs while scores are awaited."""
    run = _bridge.answer(request_json)
    outcome: Any = None
    while True:
        try:
            bot, observation = _go_on(run, outcome)
        except StopIteration as end:
            return end.value
        try:
            waited = _bridge.scores(bot, observation)
            outcome = _numbers(await waited if inspect.isawaitable(waited) else waited)
        except Exception as error:
            outcome = error


def _go_on(run: Generator[tuple[Bot, Any], Any, Any], outcome: Any) -> tuple[Bot, Any]:
    """Give a request what it waited for; a failure becomes that of the op."""
    return run.throw(outcome) if isinstance(outcome, Exception) else run.send(outcome)


def _wait(waited: Any) -> Any:
    if not inspect.isawaitable(waited):
        return waited
    try:
        from pyodide.ffi import can_run_sync, run_sync  # noqa: PLC0415 - older Pyodide has neither
    except ImportError:
        can_run_sync = None
    if can_run_sync is None or not can_run_sync():
        if inspect.iscoroutine(waited):
            waited.close()
        raise AsyncNeededError("an ONNX bot has to be waited for, which this browser cannot do in here")
    return run_sync(waited)


def _numbers(scores: Any) -> list[float]:
    """Return scores, from JavaScript or not, as a list."""
    return list(scores.to_py() if hasattr(scores, "to_py") else scores)
