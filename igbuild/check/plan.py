"""What a check will do, decided before anything runs: the request for the probe, as JSON data."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from igbuild.config.multiplayer import multiplayer_settings
from igbuild.site.describe import describe_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from igbuild.config import Experiment, ExperimentConfig

FRAMES: Final = 300
"""Frames of each run: ten seconds at the usual rate."""

SEEDS: Final = (1, 2)

SYNC_SECONDS: Final = 60.0
"""After which the SyncTest stops where it is; a slow environment then covers fewer frames, and it is said."""


@dataclass(frozen=True)
class Job:
    """One request for one fresh Python.

    Attributes:
        hash_seed: its PYTHONHASHSEED; sets are ordered differently for each.
        request: what the probe is asked (`igbuild.check.probe.jobs.answer`).
    """

    hash_seed: int
    request: dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """A check of one experiment.

    Attributes:
        request: what all jobs have in common.
    """

    request: dict[str, Any]

    def checks(self) -> list[Job]:
        """Return the checks in one Python, and the same runs in one whose sets are ordered differently."""
        return [Job(0, {**self.request, "kind": "check"}), Job(1, {**self.request, "kind": "frames"})]

    def states(self, seed: int, frame: int) -> list[Job]:
        """Return requests for the state of one frame, in both Pythons."""
        asked = {**self.request, "kind": "state", "seed": seed, "frame": frame}
        return [Job(0, asked), Job(1, asked)]


def make_plan(experiment: Experiment, *, frames: int, seeds: Sequence[int], installer: str) -> Plan:
    """Decide what to ask the probe.

    Args:
        experiment: to check.
        frames: of each run.
        seeds: one run for each.
        installer: command that installs packages where the check runs; empty where they are locked.
    """
    config = experiment.config
    packages = config.environment.packages
    return Plan(
        {
            "environment": describe_environment(config),
            "controls": _controls(config),
            "players": {"humans": config.players.humans, "named": _named(config)},
            "game": {
                "render": config.game.render,
                "fps": config.game.fps,
                "width": config.game.width,
                "height": config.game.height,
            },
            "seeds": list(dict.fromkeys(seeds)),
            "frames": frames,
            "window": window(config),
            "seconds": SYNC_SECONDS,
            "observations": config.server.observations,
            "pip": f"{installer} {shlex.join(packages)}" if installer and packages else "",
        }
    )


def window(config: ExperimentConfig) -> int:
    """Return how many frames a game predicts, and so goes back at most."""
    predicted: int = multiplayer_settings(config)["prediction_window"]
    return max(1, predicted)


def _controls(config: ExperimentConfig) -> dict[str, Any]:
    common = config.controls
    own = {
        agent: {"defaultAction": controls.default_action, "keys": controls.keys}
        for agent, controls in common.agents.items()
    }
    return {"defaultAction": common.default_action, "keys": common.keys, "agents": own}


def _named(config: ExperimentConfig) -> dict[str, list[str]]:
    players = config.players
    return {
        "controls.agents": list(config.controls.agents),
        "players.names": list(players.names),
        "players.bots": list(players.bots),
    }
