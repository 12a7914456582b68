"""One interface for every environment: Gymnasium `Env`, PettingZoo `ParallelEnv` and AEC, and their likes.

Whatever the environment takes and returns, the rest of the runtime sees dicts keyed by the agents' real ids,
and an episode that is over once and for all. Nothing but the interface is asked of an environment: no base
class, no package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igbuild.runtime.discover import agent_ids, describe, parallel, takes
from igbuild.runtime.errors import ActionError, EnvironmentContractError, EpisodeOverError
from igbuild.runtime.spaces import holds, to_action

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    PerAgent = dict[Hashable, Any]

ALL = "__all__"


@dataclass(slots=True)
class Step:
    """What one step gave, by agent; an agent that is absent has no entry."""

    obs: PerAgent
    rewards: PerAgent
    terminateds: PerAgent
    truncateds: PerAgent
    infos: PerAgent


class Adapter:
    """An environment and where its episode stands.

    Args:
        env: what the entry point returned. An AEC environment is made parallel by PettingZoo's own wrappers.
        agent: id of the only agent of an environment that has no agents of its own.
        max_steps: steps after which an episode is truncated; None for no limit.
        on_game_step: called with `env` before each step.

    Attributes:
        env: the environment, made parallel where it was AEC.
        agents: the ids in their fixed order.
        steps: taken in this episode.
        alive: agents that are neither terminated nor truncated.
        done: whether the episode is over.

    Raises:
        EnvironmentContractError: `env` is no environment, or breaks its interface; from any method.
    """

    def __init__(
        self,
        env: Any,
        *,
        agent: Hashable = "human",
        max_steps: int | None = None,
        on_game_step: Callable[[Any], object] | None = None,
    ) -> None:
        for method in ("reset", "step"):
            if not callable(getattr(env, method, None)):
                raise EnvironmentContractError(
                    f"the entry point returned {describe(env)}, which has no method {method}(); "
                    "it must return a Gymnasium or PettingZoo environment."
                )
        self.env, self._turns = parallel(env)
        self._game = env
        ids = agent_ids(self.env)
        self._lone = ids is None
        self.agents: tuple[Hashable, ...] = (agent,) if ids is None else ids
        self._max_steps = max_steps
        self._on_game_step = on_game_step
        self._takes_seed = takes(self.env.reset, "seed")
        self._spaces: PerAgent = {}
        self.steps = 0
        self.alive: list[Hashable] = []
        self.done = False
        self._started = False

    def action_space(self, agent: Hashable) -> Any:
        """Return the agent's action space, or None if the environment has none."""
        if agent not in self._spaces:
            self._spaces[agent] = self._find_space(agent)
        return self._spaces[agent]

    def reset(self, seed: int | None = None) -> tuple[PerAgent, PerAgent]:
        """Begin an episode and return its first observations and infos, by agent."""
        result = self.env.reset(seed=seed) if self._takes_seed else self.env.reset()
        if not (isinstance(result, tuple) and len(result) == 2):
            raise EnvironmentContractError(
                f"reset() returned {describe(result)}; it must return two values, (observation, info)."
            )
        self.steps = 0
        self.alive = list(self.agents)
        self.done = False
        self._started = True
        obs, infos = result
        return self._by_agent("observations", obs), self._infos(infos)

    def step(self, actions: PerAgent) -> Step:
        """Advance by one frame.

        Args:
            actions: by agent, as JSON values. Agents that do not act now need none.

        Raises:
            ActionError: an action that is missing, or that its space does not hold.
            EpisodeOverError: before `reset`, or after the episode's end.
        """
        self.check_running()
        checked = {agent: self._checked(agent, actions.get(agent)) for agent in self.acting()}
        if self._on_game_step is not None:
            self._on_game_step(self._game)
        result = self.env.step(next(iter(checked.values())) if self._lone else checked)
        if not (isinstance(result, tuple) and len(result) == 5):
            old = " Four are those of the old Gym: split its done into terminated and truncated."
            raise EnvironmentContractError(
                f"step() returned {describe(result)}; it must return five values, "
                "(observation, reward, terminated, truncated, info)."
                + (old if isinstance(result, tuple) and len(result) == 4 else "")
            )
        self.steps += 1
        return self._settle(*result)

    def check_running(self) -> None:
        """Raise EpisodeOverError before `reset`, or after the episode's end."""
        if not self._started or self.done:
            why = "the episode is over" if self._started else "no episode has begun"
            raise EpisodeOverError(f"{why}, so there is no next step; reset() begins an episode.")

    def acting(self) -> list[Hashable]:
        """Return the agents whose action the next step needs, in order."""
        if self._lone:
            return list(self.agents)
        if self._turns:
            return [self.env.aec_env.agent_selection]
        present = getattr(self.env, "agents", None)
        return [agent for agent in self.alive if not present or agent in present]

    def render(self) -> Any:
        """Return what the environment draws."""
        render = getattr(self.env, "render", None)
        return None if render is None else render()

    def counters(self) -> dict[str, Any]:
        """Return where the episode stands, as part of a state."""
        return {
            "alive": list(self.alive),
            "done": self.done,
            "started": self._started,
            "steps": self.steps,
        }

    def set_counters(self, counters: dict[str, Any]) -> None:
        """Put the episode where `counters` says it stands."""
        self.alive = list(counters["alive"])
        self.done = bool(counters["done"])
        self._started = bool(counters["started"])
        self.steps = int(counters["steps"])

    def _settle(self, obs: Any, rewards: Any, terminateds: Any, truncateds: Any, infos: Any) -> Step:
        step = Step(
            self._by_agent("observations", obs),
            self._spread("rewards", rewards, _number),
            self._spread("terminateds", terminateds, _flag),
            self._spread("truncateds", truncateds, _flag),
            self._infos(infos),
        )
        for flags in (step.terminateds, step.truncateds):
            if True in flags.values():
                self.alive = [agent for agent in self.alive if not flags.get(agent)]
        nobody = not self._lone and getattr(self.env, "agents", None) == []
        both = ((step.terminateds, terminateds), (step.truncateds, truncateds))
        over = [flags for flags, given in both if _for_all(given)] or [step.terminateds] * nobody
        for flags in over:
            # What ends the game ends it for each agent, so that their own rows say so.
            flags.update(dict.fromkeys(self.alive, True))
        self.done = bool(over) or not self.alive
        if not self.done and self._max_steps is not None and self.steps >= self._max_steps:
            step.truncateds.update(dict.fromkeys(self.alive, True))
            self.done = True
        if self.done:
            self.alive = []
        return step

    def _checked(self, agent: Hashable, action: Any) -> Any:
        space = self.action_space(agent)
        if action is None:
            raise ActionError(f"there is no action for agent {agent!r}, who acts in this step.")
        if space is None:
            return action
        converted = to_action(space, action)
        if not holds(space, converted):
            raise ActionError(f"agent {agent!r}: the action {action!r} is not in the action space {space}.")
        return converted

    def _find_space(self, agent: Hashable) -> Any:
        spaces = vars(self.env).get("action_spaces") if hasattr(self.env, "__dict__") else None
        if isinstance(spaces, dict) and agent in spaces:
            return spaces[agent]
        space = getattr(self.env, "action_space", None)
        if self._lone or not callable(space) or hasattr(space, "contains"):
            return space
        try:
            return space(agent)
        except (NotImplementedError, AttributeError, KeyError):
            return None

    def _by_agent(self, what: str, values: Any) -> PerAgent:
        if self._lone:
            return {self.agents[0]: values}
        if not isinstance(values, dict):
            raise EnvironmentContractError(
                f"the {what} are {describe(values)}; they must be a dict by agent."
            )
        return self._known(what, values)

    def _known(self, what: str, values: dict[Any, Any]) -> PerAgent:
        known = {agent: values[agent] for agent in self.agents if agent in values}
        if len(known) < len(values) - (ALL in values):
            strangers = [agent for agent in values if agent not in known and agent != ALL]
            raise EnvironmentContractError(
                f"the {what} name {strangers[0]!r}, but the agents are {list(self.agents)!r}."
            )
        return known

    def _spread(self, what: str, value: Any, convert: Callable[[Any], Any]) -> PerAgent:
        """Return a dict by agent; one value for all stands for each agent that was alive."""
        given = self._known(what, value) if isinstance(value, dict) else dict.fromkeys(self.alive, value)
        try:
            return {agent: convert(item) for agent, item in given.items()}
        except (TypeError, ValueError):
            raise EnvironmentContractError(
                f"the {what} are {value!r}; for each agent there must be "
                + ("a number." if convert is _number else "true or false.")
            ) from None

    def _infos(self, infos: Any) -> PerAgent:
        given = {self.agents[0]: infos} if self._lone else infos or {}
        if not isinstance(given, dict):
            raise EnvironmentContractError(f"the infos are {describe(infos)}; they must be a dict by agent.")
        known = {agent: given[agent] or {} for agent in self.agents if agent in given}
        for agent, info in known.items():
            if not isinstance(info, dict):
                raise EnvironmentContractError(
                    f"the info of agent {agent!r} is {describe(info)}, not a dict."
                )
        return known


def _number(value: Any) -> float:
    if type(value) is float:
        return value
    return float(value.item() if hasattr(value, "item") else value)


def _flag(value: Any) -> bool:
    return bool(value)


def _for_all(flags: Any) -> bool:
    return isinstance(flags, dict) and bool(flags.get(ALL))
