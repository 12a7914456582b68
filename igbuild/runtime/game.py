"""An environment with its bots: what each op of the protocol does to it, in Python's own terms."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, TypeAlias

from igbuild.runtime.adapter import Adapter, Step
from igbuild.runtime.bots import make_bots
from igbuild.runtime.entry import check_globals, load_object
from igbuild.runtime.errors import EntryPointError, StateError
from igbuild.runtime.randomness import seed_globals
from igbuild.runtime.state import Saved, State

if TYPE_CHECKING:
    from collections.abc import Generator, Hashable, Mapping

    from igbuild.runtime.bots import Bot

    Scored: TypeAlias = Generator[tuple[Bot, Any], Any, tuple[Step, dict[Hashable, Any]]]
    Proposed: TypeAlias = Generator[tuple[Bot, Any], Any, dict[Hashable, Any]]


class Game:
    """One environment, its bots, and the states saved of them.

    Args:
        settings: `environment` of the worker's `init`: `entryPoint`, and where they differ from nothing
            `kwargs`, `agent`, `maxSteps`, `onGameStep`, `bots`, `globals`.
        given: the participant's parameters.

    Raises:
        ExperimentError: settings, parameters or code that do not fit; exceptions of the study's own code are
            let through, from every method.
    """

    def __init__(self, settings: Mapping[str, Any], given: dict[str, Any]) -> None:
        make = load_object(settings["entryPoint"], "environment.entry_point")
        if not callable(make):
            raise EntryPointError(
                f'environment.entry_point is "{settings["entryPoint"]}", which is not callable; '
                "name a class or a function that returns the environment."
            )
        parameters = check_globals(given, settings.get("globals") or {})
        hook = settings.get("onGameStep")
        # No reset has brought a seed yet, and what a constructor draws is to be the same for all.
        seed_globals(0)
        self.adapter = Adapter(
            make(**(settings.get("kwargs") or {}), **parameters),
            agent=settings.get("agent") or "human",
            max_steps=settings.get("maxSteps"),
            on_game_step=load_object(hook, "environment.on_game_step") if hook else None,
        )
        self.bots = make_bots(settings.get("bots") or {}, self.adapter.agents, self._first_action)
        seed_globals(None)
        self._state = State(self.adapter, self.bots)
        self._saved: dict[int, Saved] = {}
        self._hash: str | None = None

    def reset(self, seed: int | None = None) -> tuple[dict[Hashable, Any], dict[Hashable, Any]]:
        """Begin an episode, with a seed for everything that draws random numbers; return (obs, infos)."""
        self._hash = None
        if seed is not None:
            seed_globals(seed)
        obs, infos = self.adapter.reset(seed)
        for bot in self.bots.values():
            bot.reset(random.getrandbits(64) if seed is None else seed)
        self._observe(obs)
        self._state.begin()
        return obs, infos

    def step(self, actions: Mapping[Hashable, Any]) -> Scored:
        """Advance by one frame; return what the step gave, and every agent's action.

        A generator: it yields a bot and its observation where scores have to be waited for, and takes them
        by `send`. An action given for a bot stands in for its own.
        """
        self.adapter.check_running()
        taken = dict(actions)
        self._hash = None
        for agent in self.adapter.acting():
            bot = self.bots.get(agent)
            if bot is not None and taken.get(agent) is None:
                if bot.waits:
                    taken[agent] = bot.choose((yield bot, bot.observation))
                else:
                    taken[agent] = bot.act(bot.observation)
        step = self.adapter.step(taken)
        self._observe(step.obs)
        return step, taken

    def propose(self) -> Proposed:
        """Return what each bot that has to be waited for would do next, and leave the state as it is.

        A generator like `step`. Whoever gives these actions to `step` as a person's needs no scores there.
        """
        proposed = {}
        for agent in () if self.adapter.done else self.adapter.acting():
            bot = self.bots.get(agent)
            if bot is not None and bot.waits:
                proposed[agent] = bot.propose((yield bot, bot.observation), self.adapter.steps)
        return proposed

    def seed(self, seed: int) -> None:
        """Seed the global generators and the bots'."""
        self._hash = None
        seed_globals(seed)
        for bot in self.bots.values():
            bot.seed(seed)

    def hash(self, state: Any = None) -> str:
        """Return the hash of the state, or of one that `state_json` gave: 64 hex digits."""
        if state is not None:
            return self._state.digest(self._state.from_json(state)).hex()
        if self._hash is None:
            self._hash = self._state.digest().hex()
        return self._hash

    def state_json(self) -> Any:
        """Return the state as typed JSON."""
        return self._state.to_json()

    def set_state_json(self, data: Any) -> None:
        """Go to a state of `state_json`, whole or its `env_state` alone."""
        self._hash = None
        self._state.restore(self._state.from_json(data))

    def save(self, frame: int) -> int:
        """Keep the state under the number of a frame; return its size in bytes."""
        self._saved[frame] = self._state.save()
        return len(self._saved[frame])

    def load(self, frame: int) -> None:
        """Go back to the state that was kept under a number."""
        if frame not in self._saved:
            known = ", ".join(map(str, sorted(self._saved))) or "none"
            raise StateError(f"no state of frame {frame} is saved; those of these frames are: {known}")
        self._hash = None
        self._state.load(self._saved[frame])

    def drop(self, before: int | None = None, after: int | None = None) -> None:
        """Forget the states of frames before one, after one, or both; without either, all."""
        self._saved = {
            frame: saved
            for frame, saved in self._saved.items()
            if (before is not None or after is not None)
            and (before is None or frame >= before)
            and (after is None or frame <= after)
        }

    def close(self) -> None:
        """Let the environment release what it holds."""
        close = getattr(self.adapter.env, "close", None)
        if callable(close):
            close()

    def _observe(self, obs: Mapping[Hashable, Any]) -> None:
        for agent, bot in self.bots.items():
            bot.observation = obs.get(agent, bot.observation)

    def _first_action(self, agent: Hashable) -> int:
        return int(getattr(self.adapter.action_space(agent), "start", 0))
