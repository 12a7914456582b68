"""What an experiment's settings mean to the hub, the store and the page's policy."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from click.testing import CliRunner

from igbuild.cli import main
from igbuild.config.addresses import check_host
from igbuild.config.multiplayer import LONGEST_NAME, collects
from igbuild.config.reader import read_config
from igbuild.errors import ConfigError, IgbuildError
from igbuild.serve.app import LOOPBACK, ServeSettings, create_app
from igbuild.serve.headers import content_security_policy
from igbuild.serve.hub.edge import create_hub
from igbuild.serve.hub.messages import parse
from igbuild.serve.hub.refusals import Refused
from igbuild.serve.server import host_names
from igbuild.serve.services import Services
from igbuild.serve.store import advice
from igbuild.serve.store.origin import own_origins, refuse_headers

if TYPE_CHECKING:
    from igbuild.serve.hub.settings import HubSettings

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
        async with Services(("localhost",), 8000) as services:
            await services.use(read_config(toml, Path("experiment.toml")), tmp_path)

    asyncio.run(serve())
    assert {path.name for path in tmp_path.iterdir()} == files
    assert collects(read_config(toml, Path("experiment.toml"))) is bool(files)


def test_turn_servers_without_their_secret_are_refused_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = read_config(DUO + TURN, Path("experiment.toml"))

    async def serve() -> None:
        async with Services(("localhost",), 8000) as services:
            await services.use(config, tmp_path)

    monkeypatch.delenv("IGBUILD_TURN_SECRET", raising=False)
    with pytest.raises(IgbuildError, match="IGBUILD_TURN_SECRET"):
        asyncio.run(serve())
    monkeypatch.setenv("IGBUILD_TURN_SECRET", "shared")
    asyncio.run(serve())


def test_pages_served_here_have_the_port_and_behind_a_proxy_the_usual_one() -> None:
    origins = own_origins((*LOOPBACK, "lab.example"), 8000)
    assert {"http://localhost:8000", "http://127.0.0.1:8000", "http://[::1]:8000"} <= set(origins)
    assert {"https://lab.example", "http://lab.example:8000"} <= set(origins)


@pytest.mark.parametrize(
    ("host", "page", "others"),
    [
        ("*.lab.example", "https://a.lab.example", ["https://lab.example", "https://alab.example", "null"]),
        (
            "*.lab.example",
            "http://a.b.lab.example:8000",
            ["http://a.lab.example:8001", "http://lab.example:8000"],
        ),
        ("Lab.Local", "http://lab.local:8000", ["http://lab.local:3000", "http://a.lab.local:8000"]),
        ("2001:DB8:0::1", "http://[2001:db8::1]:8000", ["http://[2001:db8::2]:8000"]),
        (
            "localhost",
            "http://game.localhost:8000",
            ["http://game.localhost:3000", "http://gamelocalhost:8000"],
        ),
    ],
)
def test_a_page_that_is_served_may_use_the_server(host: str, page: str, others: list[str]) -> None:
    """Whatever name the site answers to, the hub and the data endpoint do too."""
    hosts = (*LOOPBACK, *host_names("0.0.0.0", (check_host(host),)))
    assert hosts == (*LOOPBACK, *host_names(host, ()))

    def refused(origin: str) -> str | None:
        called = page.partition("://")[2].encode()
        return refuse_headers(
            ((b"host", called), (b"origin", origin.encode())), hosts, own_origins(hosts, 8000)
        )

    assert refused(page) is None
    assert [refused(other) for other in others] == ["origin not allowed"] * len(others)


@pytest.mark.parametrize(
    "host", ["*", "*lab.example", "a.*.example", "name:8443", "https://a.example", "", "a b"]
)
def test_what_is_no_host_name_is_said(host: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"must be a name without port"):
        read_config(f'{TOML}[server]\nhosts = ["{host}"]\n', Path("experiment.toml"))
    answer = CliRunner().invoke(main, ["serve", "--allow-host", host, "--out", str(tmp_path)])
    assert answer.exit_code == 2
    assert "must be a name without port" in " ".join(answer.output.split())


def test_the_names_in_the_toml_hold_as_soon_as_it_is_read(tmp_path: Path) -> None:
    """`serve --dev` reads it again and again, and the site, the hub and the data answer to the same names."""

    async def serve() -> list[list[int]]:
        told = []
        async with Services(LOOPBACK, 8000) as services:
            app = create_app(ServeSettings(tmp_path), services=services)
            link = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=link, base_url="https://a.lab.example") as browser:
                for hosts in ('["*.lab.example"]', "[]", '["a.lab.example"]'):
                    toml = f"{TOML}[server]\ncollect = true\nhosts = {hosts}\n"
                    await services.use(read_config(toml, Path("experiment.toml")), tmp_path / "data")
                    start = {"experiment": "e", "participant": "p", "site": "s"}
                    page = {"origin": "https://a.lab.example"}
                    answers = [
                        await browser.get("/__igbuild/health"),
                        await browser.post("/data/v1/start", json=start, headers=page),
                    ]
                    told.append([answer.status_code for answer in answers])
        return told

    assert asyncio.run(serve()) == [[200, 200], [400, 400], [200, 200]]


def test_a_page_may_speak_to_the_server_that_it_names_and_to_no_other() -> None:
    assert "connect-src 'self';" in content_security_policy()
    told = content_security_policy(endpoint="https://take.example:8443")
    assert "connect-src 'self' https://take.example:8443;" in told
    told = content_security_policy(server="https://lab.example", endpoint="https://lab.example")
    assert told.count("https://lab.example") == 1
    told = content_security_policy(server="https://lab.example")
    assert "connect-src 'self' https://lab.example wss://lab.example;" in told


def test_a_second_server_for_one_data_folder_is_refused(tmp_path: Path) -> None:
    """Half of the people would wait for the other half."""
    config = read_config(DUO, Path("experiment.toml"))

    async def serve() -> None:
        async with Services(("localhost",), 8000) as first, Services(("localhost",), 8001) as second:
            await first.use(config, tmp_path)
            with pytest.raises(IgbuildError, match="another igbuild serve is using it"):
                await second.use(config, tmp_path)
            await first.use(read_config(TOML, Path("experiment.toml")), tmp_path)
            await second.use(config, tmp_path)

    asyncio.run(serve())


@pytest.mark.parametrize(
    ("error", "way"),
    [
        (
            PermissionError(errno.EACCES, "Permission denied", "secret.key"),
            r"denied: 'secret.key'\). .* chown",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), r"left on device\). Make room for it"),
    ],
)
def test_why_a_data_folder_cannot_be_used_is_explained(
    error: OSError, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> None:
        raise error

    monkeypatch.setattr("igbuild.serve.services.load_secret", refuse)
    with pytest.raises(IgbuildError, match=f"cannot be used for the data .*{way}"):
        asyncio.run(serve(DUO, tmp_path))


def test_a_data_folder_that_is_no_folder_is_explained(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(IgbuildError, match=r"cannot be used for the data .* name another folder"):
        asyncio.run(serve(DUO, tmp_path / "data" / "more"))


async def serve(toml: str, folder: Path) -> None:
    async with Services(("localhost",), 8000) as services:
        await services.use(read_config(toml, Path("experiment.toml")), folder)


def test_the_hub_hears_of_other_parameters_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[tuple[str, ...]] = []

    def noted(settings: HubSettings, **more: Any) -> Any:
        made.append(settings.match_on)
        return create_hub(settings, **more)

    monkeypatch.setattr("igbuild.serve.services.create_hub", noted)
    level = "[environment.globals]\nlevel = {type = 'int'}\n"
    level += "[multiplayer]\nmatch_attributes = ['condition', 'level']\n"

    async def edit() -> None:
        async with Services(("localhost",), 8000) as services:
            for toml in (DUO, DUO, DUO + level):
                await services.use(read_config(toml, Path("experiment.toml")), tmp_path)

    asyncio.run(edit())
    assert made == [(), ("condition", "level")]


def test_the_hub_takes_every_name_that_a_parameter_may_have() -> None:
    asked = {"experiment": "e", "participant": "p", "site": "s"}
    assert parse("join", ({**asked, "attributes": {"x" * LONGEST_NAME: "1"}},))
    with pytest.raises(Refused):
        parse("join", ({**asked, "attributes": {"x" * (LONGEST_NAME + 1): "1"}},))


def call(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode()) for name, value in headers.items()]


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"host": "games.lab.example"}, "host 'games.lab.example' was refused"),
        ({"host": "localhost", "origin": "https://lab.example:8443"}, "page at 'https://lab.example:8443'"),
        ({"host": "localhost\n! all is well"}, r"host 'localhost\n! all is well' was refused"),
        ({"host": "localhost", "origin": "https://localhost"}, ""),
    ],
)
def test_who_is_refused_stands_in_the_log_once(
    headers: dict[str, str], told: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advice, "_said", set())
    monkeypatch.setattr(advice, "_strangers", set())
    for _ in range(3):
        assert advice.is_refused(call(headers), LOOPBACK, own_origins(LOOPBACK, 8000)) is bool(told)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == bool(told)
    assert told in "".join(said)


def test_strangers_do_not_fill_the_log(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advice, "_said", set())
    monkeypatch.setattr(advice, "_strangers", set())
    for number in range(1000):
        assert advice.is_stranger(call({"host": f"{number}.example" + "x" * 5000}), LOOPBACK)
    advice.tell_once(advice.NO_UPGRADE)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == advice.MOST + 2
    assert said[-2:] == [f"! {advice.NO_MORE}", f"! {advice.NO_UPGRADE}"]
    assert all(len(text) < 400 for text in said)


def test_a_proxy_that_drops_the_upgrade_is_named_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(advice, "_said", set())
    monkeypatch.setattr(advice, "_strangers", set())

    async def serve() -> None:
        async with Services(LOOPBACK, 8000) as services:
            await services.use(read_config(DUO, Path("experiment.toml")), tmp_path)
            app = create_app(ServeSettings(tmp_path), services=services)
            link = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=link, base_url="http://localhost") as browser:
                assert (await browser.get("/hub/socket.io/")).status_code == 400
                assert not caplog.records
                asked = await browser.get("/hub/socket.io/?EIO=4&transport=websocket")
                assert asked.status_code == 400

    asyncio.run(serve())
    assert "Upgrade and Connection" in caplog.text
