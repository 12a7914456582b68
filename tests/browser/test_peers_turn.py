"""Two people play through a TURN server alone, so that neither learns the other's address."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from tests import setup_turn
from tests.browser.handed_in import exports
from tests.browser.people import HANDED_IN, Player, hold_keys, igbuild, make_duo, players, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PROGRAM = setup_turn.turnserver()
pytestmark = [
    pytest.mark.soak,  # half a minute for each, most of it waiting
    pytest.mark.skipif(PROGRAM is None, reason="no turnserver; run `python -m tests.setup_turn`"),
]

SECRET = "shared with the TURN server"
CONFIGURATION = """\
listening-ip=127.0.0.1
relay-ip=127.0.0.1
allow-loopback-peers
listening-port={port}
min-port=49152
max-port=65535
realm=lab.example
fingerprint
use-auth-secret
static-auth-secret={secret}
no-tls
no-dtls
no-cli
no-rfc5780
no-multicast-peers
no-stdout-log
simple-log
verbose
log-file={folder}/log
pidfile={folder}/pid
userdb={folder}/users
"""

OPEN = "globalThis.opened.find(({ connectionState }) => connectionState !== 'closed')"
"""The page's one connection; `watch_connections` keeps them."""
CANDIDATES = f"""async () => {{
  const stats = [...(await ({OPEN}).getStats()).values()];
  const ofType = (wanted) => stats.filter(({{ type }}) => type === wanted);
  const byId = Object.fromEntries(stats.map((entry) => [entry.id, entry]));
  const {{ selectedCandidatePairId }} = ofType("transport")[0];
  const {{ localCandidateId, remoteCandidateId }} = byId[selectedCandidatePairId];
  return {{
    used: [byId[localCandidateId].candidateType, byId[remoteCandidateId].candidateType],
    protocol: byId[localCandidateId].relayProtocol,
    known: ofType("remote-candidate").map(({{ candidateType }}) => candidateType),
  }};
}}"""


def free_port() -> int:
    """Return a port that is free for UDP and TCP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with suppress(OSError):
                udp.bind(tcp.getsockname())
                return int(tcp.getsockname()[1])


@contextmanager
def turn_server(folder: Path) -> Iterator[int]:
    """Run a TURN server until the block ends; give its port."""
    assert PROGRAM is not None
    folder.mkdir()
    port = free_port()
    (folder / "turn.conf").write_text(CONFIGURATION.format(port=port, secret=SECRET, folder=folder))
    process = subprocess.Popen(
        [PROGRAM, "-c", str(folder / "turn.conf")],
        env=setup_turn.environment(PROGRAM),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 20
        while True:
            with closing(socket.socket()) as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < until, "the TURN server does not answer"
            time.sleep(0.05)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=20)


@pytest.fixture(scope="module")
def turn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a TURN server."""
    with turn_server(tmp_path_factory.mktemp("turn") / "coturn") as port:
        yield port


def make_relayed(folder: Path, turn_url: str, more: str = "", **game: int) -> Path:
    """Make the duo template with this TURN server as the only way between players."""
    return make_duo(folder, f'\n[webrtc]\nrelay_only = true\nturn_urls = ["{turn_url}"]\n{more}', **game)


def watch_connections(player: Player, address: str) -> None:
    """Keep the page's connections where a test can ask them, and begin anew."""
    player.page.add_init_script(
        """globalThis.opened = [];
        globalThis.states = [];
        globalThis.RTCPeerConnection = class extends RTCPeerConnection {
          constructor(...given) {
            super(...given);
            globalThis.opened.push(this);
            this.addEventListener("connectionstatechange", () => states.push(this.connectionState));
          }
        };"""
    )
    player.page.goto(address)


def begin(people: list[Player], address: str) -> None:
    for player in people:
        watch_connections(player, address)
        player.press_start()


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_episodes_are_played_and_verified_through_the_turn_server(
    browser: Browser, tmp_path: Path, turn: int, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGBUILD_TURN_SECRET", SECRET)
    duo = make_relayed(tmp_path / "duo", f"turn:127.0.0.1:{turn}?transport={transport}", episodes=2)
    igbuild("bundle", folder=duo)
    with serving(duo) as origin, players(browser, *[f"{origin}/"] * 2) as people:
        begin(people, f"{origin}/")
        for player in people:
            player.wait_phase("playing")
            found: dict[str, Any] = player.page.evaluate(CANDIDATES)
            assert found["used"] == ["relay", "relay"]
            assert found["protocol"] == transport
            assert set(found["known"]) == {"relay"}, "a page learned more than the TURN server's address"
            assert "through the server" not in player.text()
        hold_keys(people, 40)
        for player in people:
            player.wait_phase("end")
            player.wait(HANDED_IN, seconds=15)
            assert not player.errors
        red, blue = people
        assert red.rows() == blue.rows()
        assert all(len(rows) > 2000 for rows in red.rows())
    rows, about = exports(duo / "data", "rows"), exports(duo / "data", "meta")
    for episode in (0, 1):
        assert rows[0, episode] == rows[1, episode]
        for seat in (0, 1):
            assert json.loads(about[seat, episode])["peers"] == [{"seat": 1 - seat, "path": "relay"}]
    verified = json.loads(igbuild("data", "verify", "--json", folder=duo))
    assert [found["agreement"] for found in verified["episodes"]] == ["verified"] * 2
    assert all(len(found["replays"]) == 1 for found in verified["episodes"])


def test_who_the_turn_server_refuses_plays_through_the_hub_and_is_told(
    browser: Browser, tmp_path: Path, turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGBUILD_TURN_SECRET", "another secret")
    soon = "[multiplayer]\nconnect_timeout = 3.0\n"
    duo = make_relayed(tmp_path / "duo", f"turn:127.0.0.1:{turn}", soon, episodes=1)
    with serving(duo, "--dev") as origin, players(browser, *[f"{origin}/"] * 2) as people:
        begin(people, f"{origin}/")
        for player in people:
            player.wait_phase("playing", seconds=30)
            assert "the game goes through the server" in player.text()
            assert player.page.evaluate("opened.map((each) => each.connectionState)") == ["closed"]
            assert "connected" not in player.page.evaluate("states")
        for player in people:
            player.wait_phase("end")
        red, blue = people
        assert red.rows() == blue.rows()
        assert [sync["status"] for sync in red.sync()] == ["verified"]


def test_who_finds_no_path_at_all_is_told_so_in_a_sentence(
    browser: Browser, tmp_path: Path, turn: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IGBUILD_TURN_SECRET", "another secret")
    soon = "[multiplayer]\nconnect_timeout = 3.0\nwait_timeout = 15.0\nhub_relay = false\n"
    duo = make_relayed(tmp_path / "duo", f"turn:127.0.0.1:{turn}", soon, episodes=1)
    with serving(duo, "--dev") as origin, players(browser, *[f"{origin}/"] * 2) as people:
        begin(people, f"{origin}/")
        for player in people:
            player.wait("document.body.innerText.includes('Another player is here')", seconds=30)
        for player in people:
            player.wait_phase("error", seconds=40)
            assert "Nobody else came" in player.text()
            assert not player.errors
