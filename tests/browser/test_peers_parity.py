"""Two people over good and bad links: both hand in the same bytes, and a replay gives them again.

The links are shaped between the session and its channels: a browser's own emulation would not touch
connections that are there already. Each test shows that its links were as bad as meant, and what it brought.
"""

from __future__ import annotations

import json
import shutil
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.bad_links import Way, lost, shape, stats, watched_players, ways
from tests.browser.handed_in import exports, sessions, verdicts
from tests.browser.people import HANDED_IN, Player, begin, serving
from tests.browser.turns.env import SAFE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser

    Record = Callable[[str, object], None]

TURN = 0.13
"""Seconds for which a key is held."""
BLACKOUT = 0.8
"""Seconds: longer than anyone may play on without the other, shorter than what counts as a lost path."""
LONG_ENOUGH = SAFE + 60
"""Steps after which both press at once, so that the round is over."""
LOSSY = {"latency": 80, "jitter": 40, "loss": 0.1}
TURNS = range(10)


@dataclass(frozen=True)
class Project:
    """The game `turns` in a folder of its own, and its development server."""

    folder: Path
    origin: str
    episodes: int

    @property
    def data(self) -> Path:
        return self.folder / ".igbuild" / "data"


@contextmanager
def project(folder: Path, episodes: int) -> Iterator[Project]:
    shutil.copytree(Path(__file__).parent / "turns", folder)
    toml = folder / "experiment.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(text.replace("episodes = 3", f"episodes = {episodes}"), encoding="utf-8")
    with serving(folder, "--dev") as origin:
        yield Project(folder, origin, episodes)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A session of three rounds."""
    with project(tmp_path_factory.mktemp("parity") / "three", 3) as made:
        yield made


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A session of one round."""
    with project(tmp_path_factory.mktemp("parity") / "one", 1) as made:
        yield made


def in_round(player: Player, episode: int) -> bool:
    """Tell whether a page still plays an episode."""
    return bool(player.page.evaluate(f"igbuild.episode === {episode} && igbuild.phase === 'playing'"))


def take_turns(people: list[Player], episode: int, until: int) -> None:
    """Press a key in turns, one while the other does not, up to a step or to the end of the round."""
    turn = 0
    while all(in_round(player, episode) for player in people):
        if people[0].page.evaluate("igbuild.step") >= until:
            return
        keyboard = people[turn % 2].page.keyboard
        key = "ab"[turn // 2 % 2]
        keyboard.down(key)
        time.sleep(TURN)
        keyboard.up(key)
        turn += 1


def black_out(people: list[Player], episode: int, loss: float) -> None:
    """Let nothing through for a while in which the turn changes: who presses now expects the round's end."""
    left, right = people
    left.page.keyboard.down("a")
    left.page.wait_for_function(f"() => igbuild.step >= {SAFE}", polling="raf", timeout=10_000)
    before = [lost(player) for player in people]
    for player in people:
        shape(player, loss=1)
    left.page.keyboard.up("a")
    right.page.keyboard.down("b")
    time.sleep(BLACKOUT)
    assert all(in_round(player, episode) for player in people), "the blackout did not fall into play"
    assert all(lost(player) >= was + 10 for player, was in zip(people, before, strict=True))
    for player in people:
        shape(player, loss=loss)
    right.page.keyboard.up("b")


def play(people: list[Player], episodes: int, blackout: Callable[[int], None] | None = None) -> None:
    """Play all rounds, each until both press at once."""
    for episode in range(episodes):
        for player in people:
            player.wait(f"igbuild.phase === 'playing' && igbuild.episode === {episode}")
        take_turns(people, episode, SAFE - 15)
        if blackout:
            blackout(episode)
        take_turns(people, episode, LONG_ENOUGH)
        for player in people:
            player.page.keyboard.down("a")
        for player in people:
            player.wait(f"igbuild.session.episodes.length > {episode}", seconds=20)
        for player in people:
            player.page.keyboard.up("a")
    for player in people:
        player.wait_phase("end")
        player.wait(HANDED_IN, seconds=20)
        assert not player.errors, player.errors


def assert_parity(people: list[Player], made: Project, before: set[str], where: str = "pyodide") -> None:
    """Both pages hold, and have handed in, the same rows; the server's replay gives them again."""
    left, right = people
    assert left.rows() == right.rows()
    assert [sync["status"] for sync in left.sync() + right.sync()] == ["verified"] * (2 * made.episodes)
    assert [sync["chain"] for sync in left.sync()] == [sync["chain"] for sync in right.sync()]

    (session,) = sessions(made.data) - before
    rows, about = exports(made.data, "rows", session), exports(made.data, "meta", session)
    assert set(rows) == set(about) == {(seat, episode) for seat in (0, 1) for episode in range(made.episodes)}
    steps = left.page.evaluate("igbuild.session.episodes.map(({steps}) => steps)")
    assert all(count > SAFE for count in steps)
    for episode, count in enumerate(steps):
        assert rows[0, episode] == rows[1, episode]
        assert len(rows[0, episode].splitlines()) == count
        for seat in (0, 1):
            meta = json.loads(about[seat, episode])
            assert (meta["status"], meta["rows"]) == ("verified", count)
            assert meta["peers"] == [{"seat": 1 - seat, "path": "direct"}]

    judged = verdicts(made.folder, made.data, session, where)
    assert [(found["episode"], found["agreement"]) for found in judged] == [
        (episode, "verified") for episode in range(made.episodes)
    ], judged
    for found, count in zip(judged, steps, strict=True):
        (replay,) = found["replays"]
        assert (replay["rows"], replay["problem"]) == (count, None)
        assert replay["hashes"] >= count // 30
        assert len(replay["participants"]) == 2


def told(record: Record, people: list[Player]) -> tuple[list[dict[str, Any]], tuple[Way, Way]]:
    """Return what the sessions counted and what the links were, and keep it with the test's result."""
    counted, measured = stats(people), ways(people)
    for name, own, way in zip(("left", "right"), counted, measured, strict=True):
        kept = ("rollbacks", "maxDepth", "stalls", "holds", "undoneEnds", "replayed", "advanced")
        record(f"{name}: its way", str(way))
        record(f"{name}: counted", {key: own[key] for key in kept})
    return counted, measured


@pytest.mark.soak
@pytest.mark.parametrize("turn", TURNS)
def test_over_a_good_link(browser: Browser, three: Project, turn: int, record_property: Record) -> None:
    before = sessions(three.data)
    with watched_players(browser, three.origin, three.origin) as people:
        begin(people)
        play(people, three.episodes)
        _, measured = told(record_property, people)
        assert all(median(way.round_trips) < 40 for way in measured), [str(way) for way in measured]
        assert_parity(people, three, before)


def play_over_lossy_links(browser: Browser, made: Project, record: Record, where: str) -> None:
    """Play with loss, jitter and a blackout in each round."""
    before = sessions(made.data)
    with watched_players(browser, made.origin, made.origin) as people:
        for player in people:
            shape(player, **LOSSY)
        begin(people)
        play(people, made.episodes, lambda episode: black_out(people, episode, LOSSY["loss"]))
        counted, measured = told(record, people)
        for way in measured:
            assert median(way.round_trips) >= 140, str(way)
            assert median(way.there) >= 65, str(way)
            assert max(way.there) - min(way.there) >= 40, str(way)
        for player in people:
            assert lost(player) >= 30 * made.episodes
        assert_parity(people, made, before, where)
    # Together: whoever is a little behind the other predicts less than it waits.
    assert sum(own["rollbacks"] for own in counted) >= 10 * made.episodes, counted
    assert max(own["maxDepth"] for own in counted) >= 3, counted
    assert sum(own["stalls"] for own in counted) >= 1, counted
    assert sum(own["undoneEnds"] for own in counted) >= 1, counted


@pytest.mark.soak
@pytest.mark.parametrize("turn", TURNS)
def test_over_lossy_links_with_blackouts(
    browser: Browser, three: Project, turn: int, record_property: Record
) -> None:
    play_over_lossy_links(browser, three, record_property, "pyodide")


def test_one_round_over_lossy_links(browser: Browser, one: Project, record_property: Record) -> None:
    play_over_lossy_links(browser, one, record_property, "native")


@pytest.mark.soak
@pytest.mark.parametrize("turn", TURNS)
def test_over_a_link_that_is_slower_one_way(
    browser: Browser, three: Project, turn: int, record_property: Record
) -> None:
    before = sessions(three.data)
    with watched_players(browser, three.origin, three.origin) as people:
        left, right = people
        shape(left, latency=50)
        shape(right, latency=200)
        begin(people)
        play(people, three.episodes)
        counted, (onward, back) = told(record_property, people)
        assert 50 <= median(onward.there) < 150, str(onward)
        assert 200 <= median(back.there) < 300, str(back)
        assert all(median(way.round_trips) >= 250 for way in (onward, back))
        assert_parity(people, three, before)
    assert all(own["rollbacks"] >= 15 for own in counted), counted
    assert max(own["maxDepth"] for own in counted) >= 3, counted
    assert sum(own["undoneEnds"] for own in counted) >= 1, counted
