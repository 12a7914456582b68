"""The page of `igbuild serve --dev --players`: all players of a game side by side, in frames of one window.

Its files are those of `templates/dev`, sent as they are: they are no part of any site.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from igbuild.config.multiplayer import is_multiplayer
from igbuild.errors import ConfigError
from igbuild.resources import templates_dir
from igbuild.serve.headers import content_security_policy
from igbuild.serve.mime import media_type
from igbuild.serve.static import locate

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.routing import BaseRoute

    from igbuild.config import Experiment, ExperimentConfig

ROOM = "__igbuild/players"
FRESH = {"cache-control": "no-store"}


class PlayersPage:
    """The page, and what it has to know of the experiment.

    Args:
        wanted: number of players that was asked for; 0: as many as the game has.
    """

    address = ROOM

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._facts: dict[str, Any] | None = None  # None while the TOML has never been read

    def use(self, experiment: Experiment) -> None:
        """Show the players of an experiment from now on.

        Raises:
            ConfigError: it is played on one page, or by another number of players.
        """
        config = experiment.config
        humans = config.players.humans or ()
        if not is_multiplayer(config):
            raise ConfigError(
                "--players shows several pages side by side, but one page plays this game; name the agents"
                " that people play on pages of their own in players.humans, or leave out --players",
                path=experiment.path,
            )
        if self._wanted not in {0, len(humans)}:
            raise ConfigError(
                f"--players {self._wanted}: players.humans names {len(humans)} players, and a game begins"
                f" when so many are there; give --players {len(humans)}, or --players without a number",
                path=experiment.path,
            )
        self._facts = _facts(config)

    def ancestors(self, frame_ancestors: str) -> str:
        """Return which pages may show the site in a frame: those that were named, and this one."""
        return "'self'" if frame_ancestors == "'none'" else f"{frame_ancestors} 'self'"

    def routes(self, frame_ancestors: str) -> list[BaseRoute]:
        """Return the routes of the page, its files, and the facts of the experiment."""
        folder = templates_dir() / "dev"
        policy = content_security_policy(frame_ancestors, frame_src="'self'")

        async def file(request: Request) -> Response:
            found = locate(folder, request.path_params.get("name", "index.html"))
            if found is None:
                return PlainTextResponse("Not found\n", 404, headers=FRESH)
            headers = {"cache-control": "no-cache", "content-security-policy": policy}
            return FileResponse(found[0], headers=headers, media_type=media_type(found[0].name))

        async def facts(_: Request) -> Response:
            return JSONResponse(self._facts, headers=FRESH)

        return [
            Route(f"/{ROOM}", file),
            Route(f"/{ROOM}/experiment.json", facts),
            Route(f"/{ROOM}/{{name:path}}", file),
        ]


def _facts(config: ExperimentConfig) -> dict[str, Any]:
    """Return what the page has to know before any of its frames has loaded."""
    controls, names = config.controls, config.players.names

    def keys(agent: object) -> list[str]:
        own = controls.agents.get(str(agent))
        return list(controls.keys if own is None or own.keys is None else own.keys)

    return {
        "title": config.experiment.title,
        "participant": config.server.participant,
        "players": [
            {"agent": agent, "name": names.get(str(agent), str(agent)), "keys": keys(agent)}
            for agent in config.players.humans or ()
        ],
    }
