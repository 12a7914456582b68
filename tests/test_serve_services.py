"""What an experiment's settings mean to the hub, the store and the page's policy."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from igbuild.config.multiplayer import collects
from igbuild.config.reader import read_config
from igbuild.errors import IgbuildError
from igbuild.serve.headers import content_security_policy
from igbuild.serve.server import origins_of
from igbuild.serve.services import Services

TOML = '[experiment]\nname = "e"\n[environment]\nentry_point = "env:make"\n'
DUO = TOML + "[players]\nhumans = [0, 1]\n"
TURN = '[webrtc]\nturn_urls = ["turn:turn.example"]\n'


@pytest.mark.parametrize(
    ("toml", "files"),
    [
        (TOML, set()),
        (TOML + "[server]\ncollect = true\n", {"secret.key", "data.sqlite3"}),
        (DUO, {"secret.key", "data.sqlite3", "matches.jsonl"}),
    ],
)
def test_only_what_an_experiment_needs_is_started(toml: str, files: set[str], tmp_path: Path) -> None:
    async def serve() -> None:
        async with Services(("localhost",), ()) as services:
            await services.use(read_config(toml, Path("experiment.toml")), tmp_path)

    asyncio.run(serve())
    assert {path.name for path in tmp_path.iterdir()} == files
    assert collects(read_config(toml, Path("experiment.toml"))) is bool(files)


def test_turn_servers_without_their_secret_are_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = read_config(DUO + TURN, Path("experiment.toml"))

    async def serve() -> None:
        async with Services(("localhost",), ()) as services:
            await services.use(config, tmp_path)

    monkeypatch.delenv("IGBUILD_TURN_SECRET", raising=False)
    with pytest.raises(IgbuildError, match="IGBUILD_TURN_SECRET"):
        asyncio.run(serve())
    monkeypatch.setenv("IGBUILD_TURN_SECRET", "shared")
    asyncio.run(serve())


def test_pages_served_here_have_the_port_and_behind_a_proxy_the_usual_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as opened:
        port = opened.getsockname()[1]
        origins = origins_of(opened, ("lab.example",))
    assert {f"http://localhost:{port}", f"http://127.0.0.1:{port}", f"http://[::1]:{port}"} <= set(origins)
    assert {"https://lab.example", f"http://lab.example:{port}"} <= set(origins)
    assert not [origin for origin in origins if "*" in origin]


def test_a_page_may_speak_to_the_server_that_it_names_and_to_no_other() -> None:
    assert "connect-src 'self';" in content_security_policy()
    told = content_security_policy(endpoint="https://take.example:8443")
    assert "connect-src 'self' https://take.example:8443;" in told
    told = content_security_policy(server="https://lab.example", endpoint="https://lab.example")
    assert told.count("https://lab.example") == 1
    told = content_security_policy(server="https://lab.example")
    assert "connect-src 'self' https://lab.example wss://lab.example;" in told
