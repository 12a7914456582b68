"""What the page is told: the parts of the object that `config.js` exports (docs/architecture.md)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from igbuild.config.completion import completes
from igbuild.config.multiplayer import collects, is_multiplayer, multiplayer_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from igbuild.config import ExperimentConfig


@dataclass(frozen=True)
class Placed:
    """A file of the site.

    Attributes:
        url: relative to `index.html`.
        sha256: 64 hex digits.
        size: in bytes.
    """

    url: str
    sha256: str
    size: int


def describe(
    config: ExperimentConfig,
    images: Mapping[str, Placed],
    models: Mapping[str, Placed],
    *,
    dev: bool = False,
) -> dict[str, Any]:
    """Return what the page is told of the experiment itself.

    Args:
        config: the experiment.
        images: the files of `[assets]` by path relative to its folder.
        models: the ONNX models by the path that the TOML gives.
        dev: whether it is a page of `igbuild serve --dev`.
    """
    several = is_multiplayer(config)
    multiplayer = {"multiplayer": _multiplayer(config), "people": _people(config)} if several else {}
    server = {"server": _server(config, dev=dev)} if several or collects(config) else {}
    completion = {"completion": _completion(config)} if completes(config) else {}
    return {
        "experiment": config.experiment.model_dump(mode="json"),
        "game": _camel(config.game.model_dump(mode="json")),
        "controls": _controls(config),
        "players": _players(config, models),
        **multiplayer,
        **server,
        **completion,
        "assets": _assets(config, images),
        "globals": _globals(config),
        "recorded": [config.server.participant, *config.server.parameters],
        "timeouts": {
            "init": round(config.pyodide.init_timeout * 1000),
            "request": round(config.pyodide.request_timeout * 1000),
        },
    }


def describe_environment(config: ExperimentConfig) -> dict[str, Any]:
    """Return what Python in the worker is told (`igbuild.runtime.bridge.boot`)."""
    return {
        "entryPoint": config.environment.entry_point,
        "kwargs": config.environment.kwargs,
        "agent": config.players.agent,
        "maxSteps": config.game.max_steps,
        "onGameStep": config.environment.on_game_step,
        "bots": {
            agent: {"policy": bot.policy, "kwargs": bot.kwargs}
            if bot.policy is not None
            else {"onnx": bot.onnx, "sample": bot.sample}
            for agent, bot in config.players.bots.items()
        },
        "globals": _globals(config),
    }


def plain(path: str) -> str:
    """Return a relative path in its one spelling: `a//./b.png` is `a/b.png`."""
    return PurePosixPath(os.path.normpath(path)).as_posix()


def _controls(config: ExperimentConfig) -> dict[str, Any]:
    common = config.controls
    agents = {
        agent: {
            "defaultAction": common.default_action if own.default_action is None else own.default_action,
            "keys": common.keys if own.keys is None else own.keys,
        }
        for agent, own in common.agents.items()
    }
    return {
        "defaultAction": common.default_action,
        "keys": common.keys,
        "labels": common.labels,
        "agents": agents,
    }


def _players(config: ExperimentConfig, models: Mapping[str, Placed]) -> dict[str, Any]:
    players = config.players
    bots = {}
    for agent, bot in players.bots.items():
        bots[agent] = _camel(bot.model_dump(mode="json", exclude_none=True))
        if bot.onnx is not None:
            bots[agent] |= {"onnx": models[bot.onnx].url, "size": models[bot.onnx].size}
    return {"agent": players.agent, "humans": players.humans, "names": players.names, "bots": bots}


def _multiplayer(config: ExperimentConfig) -> dict[str, Any]:
    """Return the settings with times in milliseconds, under the names that `rollback/config.js` takes."""
    settings = multiplayer_settings(config)
    for name in ("interrupt", "drop", "absence"):
        settings[f"{name}_ms"] = round(1000 * settings.pop(f"{name}_timeout"))
    settings["absent_ms"] = settings.pop("absence_ms")
    return _camel(settings)


def _people(config: ExperimentConfig) -> dict[str, Any]:
    """Return how people meet and part, with times in milliseconds."""
    settings = config.multiplayer
    focus = settings.focus_timeout
    return {
        "probe": settings.max_p2p_rtt_ms is not None,
        "attributes": settings.match_attributes,
        "connectMs": round(1000 * settings.connect_timeout),
        "focusMs": None if focus is None else round(1000 * focus),
        "messages": {
            "partnerLeft": settings.partner_left_message,
            "waitTimeout": settings.wait_timeout_message,
            "focusTimeout": settings.focus_timeout_message,
            "partnerFocusTimeout": settings.partner_focus_timeout_message,
        },
    }


def _server(config: ExperimentConfig, *, dev: bool) -> dict[str, Any]:
    server = config.server
    every = config.game.fps if server.hash_interval is None else server.hash_interval
    return {
        # What one plays while one develops is no data of a study, and meets no participants.
        "url": None if dev else server.url,
        "endpoint": None if dev else server.endpoint,
        "participant": server.participant,
        "hashInterval": 0 if is_multiplayer(config) else every,
        "observations": server.observations,
    }


def _completion(config: ExperimentConfig) -> dict[str, Any]:
    told = _camel(config.completion.model_dump(mode="json"))
    return {**told, "participant": config.server.participant}


def _assets(config: ExperimentConfig, images: Mapping[str, Placed]) -> dict[str, Any]:
    atlases = {
        title: (images[plain(atlas.image)], images[plain(atlas.data)])
        for title, atlas in config.assets.atlases.items()
    }
    taken = {part.url for pair in atlases.values() for part in pair}
    return {
        "images": [
            {"name": str(PurePosixPath(name).with_suffix("")), "url": image.url, "size": image.size}
            for name, image in sorted(images.items())
            if image.url not in taken
        ],
        "atlases": [
            {"name": title, "image": image.url, "data": data.url, "size": image.size + data.size}
            for title, (image, data) in sorted(atlases.items())
        ],
    }


def _globals(config: ExperimentConfig) -> dict[str, Any]:
    specs = config.environment.globals
    return {name: spec.model_dump(mode="json", exclude_none=True) for name, spec in specs.items()}


def _camel(table: Mapping[str, Any]) -> dict[str, Any]:
    return {re.sub(r"_([a-z])", lambda found: found[1].upper(), key): value for key, value in table.items()}
