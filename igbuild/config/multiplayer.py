"""Which games are multiplayer, what their settings default to, and how these must agree."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from igbuild.config.problems import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from igbuild.config.model import ExperimentConfig

MAX_PLAYERS: Final = 8
LONGEST_NAME: Final = 64
"""Characters of a parameter's name: `attributes` of `igbuild.serve.hub.messages.Join` takes no more."""
OF_PEOPLE: Final = frozenset(
    {
        "wait_timeout",
        "max_p2p_rtt_ms",
        "match_attributes",
        "hub_relay",
        "connect_timeout",
        "focus_timeout",
        "partner_left_message",
        "wait_timeout_message",
        "focus_timeout_message",
        "partner_focus_timeout_message",
    }
)
"""Settings of how people meet and part; the rollback session knows nothing of them."""


def is_multiplayer(config: ExperimentConfig) -> bool:
    """Tell whether several people play, each on a page of their own: `players.humans` names two or more."""
    return len(config.players.humans or ()) > 1


def multiplayer_settings(config: ExperimentConfig) -> dict[str, Any]:
    """Return `[multiplayer]` with the defaults that follow from the frame rate.

    Only `snapshot_interval` may still be None: each page measures it. The numbers are those of
    `defaultSettings` in `templates/game/rollback/config.js`.
    """
    fps = config.game.fps
    defaults = {
        "input_delay": _round(fps * 0.05),
        "prediction_window": min(12, max(4, _round(fps * 0.25))),
        "hash_interval": fps,
    }
    given = config.multiplayer.model_dump(mode="json", exclude=set(OF_PEOPLE))
    return {name: defaults.get(name) if value is None else value for name, value in given.items()}


def collects(config: ExperimentConfig) -> bool:
    """Tell whether pages hand their steps in, to the server or to an endpoint."""
    wanted = config.server.collect
    return is_multiplayer(config) or config.server.endpoint is not None if wanted is None else wanted


def check_collecting(config: ExperimentConfig) -> Iterator[Finding]:
    """Check that settings of what is handed in belong to something that is."""
    server = config.server
    if not collects(config):
        asked = (
            ("endpoint", server.endpoint is not None),
            ("observations", server.observations),
            ("hash_interval", server.hash_interval is not None),
        )
        way = "take collect = false away" if server.collect is False else "set server.collect = true"
        for name, given in asked:
            if given:
                yield Finding(("server", name), f"server.{name} is given, but steps are not handed in; {way}")
    elif is_multiplayer(config) and server.hash_interval is not None:
        yield Finding(
            ("server", "hash_interval"),
            "server.hash_interval is for a lone player; where several play it is multiplayer.hash_interval",
        )


def check_multiplayer(config: ExperimentConfig) -> Iterator[Finding]:
    """Check the settings against each other."""
    humans = config.players.humans or []
    if len(humans) > MAX_PLAYERS:
        yield Finding(
            ("players", "humans"),
            f"players.humans names {len(humans)} players; a game has at most {MAX_PLAYERS}",
        )
    yield from _parameters(config)
    if is_multiplayer(config):
        yield from _long_names(config)
    if "multiplayer" not in config.model_fields_set:
        return
    if not is_multiplayer(config):
        yield Finding(
            ("multiplayer",),
            "multiplayer has settings, but one page plays all; name the agents that people play on pages of"
            " their own in players.humans, two or more, or leave [multiplayer] out",
            on_key=True,
        )
        return
    yield from _agreement(config)


def _parameters(config: ExperimentConfig) -> Iterator[Finding]:
    """Check that no URL parameter means two things; one that people are matched by may be a global too."""
    name = config.server.participant
    if name in config.environment.globals or name in config.multiplayer.match_attributes:
        yield Finding(
            ("server", "participant"),
            f"server.participant is {name!r}, which is another parameter of the address already; give it"
            " another name",
        )
    others = {name, *config.environment.globals, *config.multiplayer.match_attributes}
    for index, parameter in enumerate(config.server.parameters):
        if parameter in others:
            yield Finding(
                ("server", "parameters", index),
                f"server.parameters has {parameter!r}, which is another parameter of the address already;"
                " leave it out, those are recorded too",
            )


def _long_names(config: ExperimentConfig) -> Iterator[Finding]:
    """Check the names that pages tell the hub, which knows no longer ones."""
    named: list[tuple[tuple[str, str, str | int], str]] = [
        *((("environment", "globals", name), name) for name in config.environment.globals),
        *(
            (("multiplayer", "match_attributes", index), name)
            for index, name in enumerate(config.multiplayer.match_attributes)
        ),
    ]
    for place, name in named:
        if len(name) > LONGEST_NAME:
            yield Finding(
                place,
                f"{'.'.join(place[:2])} has {name!r}; where several people play, a name has up to"
                f" {LONGEST_NAME} characters, so give it a shorter one",
                on_key=place[0] == "environment",
            )


def _agreement(config: ExperimentConfig) -> Iterator[Finding]:
    settings = multiplayer_settings(config)
    if settings["input_delay"] + settings["prediction_window"] < 1:
        yield Finding(
            ("multiplayer", "prediction_window"),
            "multiplayer.prediction_window and input_delay are both 0, so that no step could ever be taken;"
            " give one of them at least 1",
        )
    order = ("interrupt_timeout", "drop_timeout", "absence_timeout")
    for shorter, longer in pairwise(order):
        if settings[shorter] > settings[longer]:
            given = longer if longer in config.multiplayer.model_fields_set else shorter
            yield Finding(
                ("multiplayer", given),
                f"multiplayer.{shorter} is {settings[shorter]:g} and {longer} is {settings[longer]:g} s;"
                " the first must not be longer",
            )


def _round(value: float) -> int:
    """Round halves up, as JavaScript does."""
    return math.floor(value + 0.5)
