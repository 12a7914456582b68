"""`igbuild serve --dev --players`: when there is such a page, what it is told, what of it a site contains."""

from __future__ import annotations

import json
import re
import threading
import time
from typing import TYPE_CHECKING

import pytest
import uvicorn
from click.testing import CliRunner

from igbuild.cli import main
from igbuild.config import Experiment, load_experiment
from igbuild.errors import ConfigError
from igbuild.packages.api import locked
from igbuild.packages.cache import Store
from igbuild.resources import templates_dir
from igbuild.scaffold import init_experiment
from igbuild.serve.app import ServeSettings, create_app
from igbuild.serve.players import PlayersPage
from igbuild.serve.server import listen
from igbuild.site.build import BuildOptions, build_site
from tests.test_serve import Client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE = "/__igbuild/players"
LAB = ("igbuildLab", "igbuildRecorder", "igbuildNews", "__igbuild/")
"""Names that only a page under development has; minifying keeps them."""


@pytest.fixture
def duo(tmp_path: Path) -> Experiment:
    init_experiment(tmp_path / "duo", "duo", force=False)
    return load_experiment(tmp_path / "duo/experiment.toml")


@pytest.fixture
def page() -> PlayersPage:
    return PlayersPage(0)


@pytest.fixture
def client(tmp_path: Path, page: PlayersPage) -> Iterator[Client]:
    ancestors = page.ancestors("https://a.example")
    app = create_app(ServeSettings(tmp_path / "site", (), ancestors), more=page.routes(ancestors))
    with listen("127.0.0.1", 0) as opened:
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", ws="none"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        yield Client(opened.getsockname()[1])
        server.should_exit = True
        thread.join(10)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--players", "2"], "give --dev too"),
        (["--players"], "give --dev too"),
        (["--dev", "--players", "1"], "1 is not in the range 2<=x<=8"),
        (["--dev", "--players", "9"], "9 is not in the range"),
        (["--dev", "--players", "two"], "'two' is not a valid integer"),
        (["--dev", "--players", "3"], "players.humans names 2 players.*give --players 2"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_built(
    duo: Experiment, arguments: list[str], said: str
) -> None:
    done = CliRunner().invoke(main, ["serve", "-c", str(duo.path), *arguments])
    assert done.exit_code == 2
    assert re.search(said, done.stderr, re.DOTALL), done.stderr
    assert not (duo.root / ".igbuild").exists()


def test_a_game_of_one_page_has_no_players_side_by_side(tmp_path: Path, page: PlayersPage) -> None:
    init_experiment(tmp_path / "solo", "solo", force=False)
    with pytest.raises(ConfigError, match=r"one page plays this game.*players\.humans"):
        page.use(load_experiment(tmp_path / "solo/experiment.toml"))


@pytest.mark.parametrize("wanted", [0, 2])
def test_as_many_players_as_the_game_has_are_shown(duo: Experiment, wanted: int) -> None:
    PlayersPage(wanted).use(duo)


def test_the_page_is_told_who_plays_and_with_which_keys(
    duo: Experiment, page: PlayersPage, client: Client
) -> None:
    assert json.loads(client.ask(f"{PAGE}/experiment.json").body) is None
    text = duo.path.read_text()
    own = '\n[controls.agents.blue]\nkeys = { j = 3 }\n[server]\nparticipant = "PID"\n'
    duo.path.write_text(text + own)
    page.use(load_experiment(duo.path))
    told = json.loads(client.ask(f"{PAGE}/experiment.json").body)
    assert (told["title"], told["participant"]) == ("Two Boats", "PID")
    red, blue = told["players"]
    assert (red["agent"], red["name"]) == ("red", "Red")
    assert {"ArrowUp", "w"} <= set(red["keys"])
    assert blue["keys"] == ["j"]


def test_the_page_may_show_frames_of_this_server_and_runs_nothing_inline(client: Client) -> None:
    answer = client.ask(PAGE)
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert "frame-src 'self'" in policy
    assert "frame-ancestors https://a.example 'self'" in policy
    assert "unsafe-inline" not in policy
    assert not re.search(rb"<script(?![^>]* src=)|<style|style=|\son\w+=", answer.body)
    site = client.ask("/").headers["content-security-policy"]
    assert "frame-ancestors https://a.example 'self'" in site
    assert "frame-src" not in site


def test_its_files_are_those_of_the_folder_and_no_others(client: Client) -> None:
    for path in (templates_dir() / "dev").iterdir():
        answer = client.ask(f"{PAGE}/{path.name}")
        assert answer.body == path.read_bytes()
        assert answer.headers["cache-control"] == "no-cache"
    for name in ("", "none.js", "../game/main.js", "%2e%2e/game/main.js", "/etc/passwd"):
        assert client.ask(f"{PAGE}/{name}").status == 404, name


def test_a_site_may_be_framed_by_nobody_where_only_the_page_was_asked_for(page: PlayersPage) -> None:
    assert page.ancestors("'none'") == "'self'"


@pytest.mark.network
def test_a_finished_site_has_nothing_of_it(duo: Experiment, tmp_path: Path) -> None:
    store = Store()
    lock = locked(duo, store, frozen=False)

    def texts(*, dev: bool) -> str:
        out = tmp_path / ("dev" if dev else "dist")
        built = build_site(duo, lock, out, store, options=BuildOptions(dev=dev)).out
        kinds = {".js", ".html", ".css", ".map", ".json"}
        files = [path for path in built.rglob("*") if path.suffix in kinds]
        return "\n".join(path.read_text(encoding="utf-8") for path in files)

    finished, developed = texts(dev=False), texts(dev=True)
    for name in LAB:
        assert name in developed, "a name that nothing has proves nothing"
        assert name not in finished
    sources = {path.name for path in (templates_dir() / "dev").glob("*.js")} - {"main.js"}
    assert sources
    assert not any(f"dev/{name}" in finished + developed for name in sources)
