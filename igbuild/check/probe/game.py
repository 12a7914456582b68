"""The game under test in a run of frames: episode after episode, with the hashes of everything it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from igbuild.runtime.adapter import Step
from igbuild.runtime.errors import StateError
from igbuild.runtime.game import Game
from igbuild.runtime.hashing import digest

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

    from igbuild.runtime.adapter import Adapter

PARTS = ("state", "observations", "rewards", "terminateds", "truncateds", "infos")
"""What is compared of every frame, in the order in which a difference is named."""

NEXT_EPISODE = 1_000_003
"""Added to a run's seed for each further episode."""

Frame = tuple[str, ...]
"""Hashes of one frame, in the order of `PARTS`; empty for what cannot be hashed."""


class Run:
    """A game of its own, played frame by frame.

    Args:
        environment: as `igbuild.runtime.bridge.boot` takes it.

    Attributes:
        game: as the browser's worker has it.

    Raises:
        ExperimentError: the entry point or a policy is not what it should be.
    """

    def __init__(self, environment: Mapping[str, Any]) -> None:
        self.game = Game(environment, {})
        self._seed = 0
        self._episode = 0
        self._episodes: dict[int, int] = {}

    @property
    def adapter(self) -> Adapter:
        """The environment's adapter."""
        return self.game.adapter

    def begin(self, seed: int) -> Frame:
        """Begin the run's first episode."""
        self._seed = seed
        self._episode = 0
        return self._reset()

    def go_on(self) -> Frame:
        """Begin the run's next episode."""
        self._episode += 1
        return self._reset()

    def step(self, actions: Mapping[Hashable, Any]) -> Step:
        """Advance by one frame; agents with a policy follow it."""
        given = {agent: None if agent in self.game.bots else action for agent, action in actions.items()}
        stepping = self.game.step(given)
        try:
            next(stepping)
        except StopIteration as end:
            step: Step = end.value[0]
            return step
        raise AssertionError("no bot of a check has to be waited for")

    def hashes(self, step: Step) -> Frame:
        """Return the hashes of the frame that `step` made."""
        return (self.hash(), *self.shown(step))

    def shown(self, step: Step) -> Frame:
        """Return the hashes of all parts but the state, which costs most."""
        return tuple(map(_hash, (step.obs, step.rewards, step.terminateds, step.truncateds, step.infos)))

    def hash(self) -> str:
        """Return the hash of the state; empty where it has none."""
        try:
            return self.game.hash()[:16]
        except StateError:
            return ""

    def document(self) -> Any:
        """Return the state as typed JSON; None where it has none."""
        try:
            return self.game.state_json()
        except StateError:
            return None

    def save(self, frame: int) -> int:
        """Keep the state under a number; return its size in bytes."""
        self._episodes[frame] = self._episode
        return self.game.save(frame)

    def load(self, frame: int) -> None:
        """Go back to the state kept under a number."""
        self._episode = self._episodes[frame]
        self.game.load(frame)

    def take_over(self, other: Run, data: Any) -> None:
        """Make typed JSON of another run's state this one's."""
        self._seed, self._episode = other._seed, other._episode
        self.game.set_state_json(data)

    def _reset(self) -> Frame:
        obs, infos = self.game.reset((self._seed + NEXT_EPISODE * self._episode) % 2**32)
        return self.hashes(Step(obs, {}, {}, {}, infos))


def _hash(value: Any) -> str:
    try:
        return digest(value, sharing=False).hex()[:16]
    except StateError:
        return ""
