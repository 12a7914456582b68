"""Agents that the computer plays: Python policies, and policies whose scores come from JavaScript.

A bot is part of the stepped state: its random numbers and its policy's attributes are saved, hashed and
restored with the environment's, so a replay chooses the same actions.
"""

from __future__ import annotations

import inspect
import math
import random
from functools import partial
from typing import TYPE_CHECKING, Any

from igbuild.runtime.entry import load_object
from igbuild.runtime.errors import EntryPointError, EnvironmentContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping, Sequence


class Bot:
    """One agent with a policy of its own.

    Args:
        agent: who it plays.
        policy: an object with `act(observation)` or `act(observation, rng)`, and perhaps `reset()`; or a
            callable of the same arguments (a function is to remember nothing, see `policies`).

    Attributes:
        rng: a `random.Random` seeded for each episode, which the policy may draw from.
        observation: what the agent saw last.
    """

    waits = False
    """Whether an action has to be waited for."""

    def __init__(self, agent: Hashable, policy: Any) -> None:
        self.agent = agent
        self.policy = policy
        self.rng = random.Random(0)  # noqa: S311 - no secret
        self.observation: Any = None
        act = getattr(policy, "act", policy)
        if not callable(act):
            raise EntryPointError(f"players.bots.{agent}: the policy has no method act() and is no function.")
        self._act = _calling(act, self.rng)

    def reset(self, seed: int) -> None:
        """Begin an episode."""
        self.seed(seed)
        self.observation = None
        reset = getattr(self.policy, "reset", None)
        if callable(reset):
            reset()

    def act(self, observation: Any) -> Any:
        """Return the action for `observation`."""
        action = self._act(observation)
        if action is None:
            raise EnvironmentContractError(
                f"players.bots.{self.agent}: the policy returned no action (None)."
            )
        return action

    def seed(self, seed: int) -> None:
        """Seed the bot's own random numbers."""
        self.rng.seed(f"{seed}/{self.agent}")

    def choose(self, scores: Sequence[float]) -> Any:
        """Return the action that `scores` lead to, for a bot that waits for them."""
        raise NotImplementedError

    def propose(self, scores: Sequence[float], step: int) -> Any:
        """Return an action for `scores` as `choose` does, but draw nothing: the bot stays as it is."""
        raise NotImplementedError


class ScoredBot(Bot):
    """A bot that draws from scores (logits), one per action, which JavaScript computes: an ONNX model's.

    Args:
        agent: who it plays.
        sample: `"softmax"` draws in proportion to `exp(score)`, `"argmax"` takes the first largest.
        start: number of the first action.
    """

    waits = True

    def __init__(self, agent: Hashable, sample: str = "softmax", start: int = 0) -> None:
        super().__init__(agent, _no_policy)
        self._sample = sample
        self._start = start

    def choose(self, scores: Sequence[float]) -> int:
        """Return the action that `scores` lead to; draws one random number."""
        return self._pick(scores, self.rng.random())

    def propose(self, scores: Sequence[float], step: int) -> int:
        """Return the action that `scores` lead to; what is drawn follows from the bot's state and `step`."""
        here = random.Random()  # noqa: S311 - no secret
        here.setstate(self.rng.getstate())
        here.seed(f"{here.getrandbits(64)}/{step}")
        return self._pick(scores, here.random())

    def _pick(self, scores: Sequence[float], draw: float) -> int:
        if len(scores) == 0 or any(math.isnan(score) for score in scores):
            raise EnvironmentContractError(f"players.bots.{self.agent}: the model gave no usable scores.")
        largest = max(scores)
        if self._sample == "argmax":
            return self._start + list(scores).index(largest)
        weights = [math.exp(score - largest) for score in scores]
        left = draw * sum(weights)
        for action, weight in enumerate(weights):
            left -= weight
            if left < 0:
                return self._start + action
        return self._start + len(weights) - 1


def make_bots(
    settings: Mapping[str, Mapping[str, Any]], agents: Sequence[Hashable], start: Callable[[Hashable], int]
) -> dict[Hashable, Bot]:
    """Return the bots that `[players.bots]` names, by agent, in the agents' order.

    Args:
        settings: by `str(agent)`: `{"policy": "module:callable", "kwargs"}` or `{"onnx", "sample"}`.
        agents: the environment's agents.
        start: number of an agent's first action.

    Raises:
        EntryPointError: a policy that cannot be loaded, or an agent that does not exist.
    """
    by_name = {str(agent): agent for agent in agents}
    for name in settings:
        if name not in by_name:
            raise EntryPointError(
                f"players.bots names the agent {name!r}, but the agents are {list(agents)!r}."
            )
    bots: dict[Hashable, Bot] = {}
    for name, agent in by_name.items():
        if name in settings:
            bots[agent] = _make(agent, settings[name], start(agent))
    return bots


def _make(agent: Hashable, settings: Mapping[str, Any], start: int) -> Bot:
    point = settings.get("policy")
    if not point:
        return ScoredBot(agent, settings.get("sample") or "softmax", start)
    policy = load_object(point, f"players.bots.{agent}.policy")
    kwargs = settings.get("kwargs") or {}
    if isinstance(policy, type):
        return Bot(agent, policy(**kwargs))
    return Bot(agent, partial(policy, **kwargs) if kwargs else policy)


def _calling(act: Callable[..., Any], rng: random.Random) -> Callable[[Any], Any]:
    """Return `act` as a function of the observation alone, giving it `rng` if it takes one."""
    try:
        parameters = inspect.signature(act).parameters
    except (TypeError, ValueError):
        return act
    if "rng" in parameters:
        return lambda observation: act(observation, rng=rng)
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [item for item in parameters.values() if item.kind in kinds and item.default is item.empty]
    return act if len(needed) < 2 else lambda observation: act(observation, rng)


def _no_policy(_observation: Any) -> Any:
    raise EnvironmentContractError("this bot's scores come from JavaScript")
