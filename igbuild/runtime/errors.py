"""Mistakes that the runtime explains: each message says what, where, why and one way out."""

from __future__ import annotations


class ExperimentError(Exception):
    """A mistake in the study's Python or in how it is used; the class's name crosses to the page."""


class EntryPointError(ExperimentError):
    """A `module:callable` that is not there, does not import, or does not give what it should."""


class GlobalsError(ExperimentError):
    """A participant's parameter that is not listed or does not fit."""


class EnvironmentContractError(ExperimentError):
    """Something an environment returned that the Gymnasium or PettingZoo interface does not allow."""


class ActionError(ExperimentError):
    """An action that the agent's action space does not hold."""


class EpisodeOverError(ExperimentError):
    """A step asked for before `reset`, or after the episode was over."""


class RenderError(ExperimentError):
    """A picture that cannot be shown."""


class ProtocolError(ExperimentError):
    """A request that is not part of the protocol."""


class AsyncNeededError(ExperimentError):
    """A request that has to wait for JavaScript, made where Python cannot wait."""


class StateError(ExperimentError):
    """A value that cannot be hashed, saved or restored.

    Attributes:
        path: where the value is, such as `MyEnv.players[0].lock`. Built from the inside out: each container
            on the way adds itself with `under`.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.path = ""

    def under(self, step: str) -> StateError:
        """Put `step` (`.name`, `[0]`) before the path so far."""
        self.path = step + self.path
        return self

    def __str__(self) -> str:
        return f"{self.path.removeprefix('.') or 'the state'}: {self.message}"
