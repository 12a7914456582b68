"""The page of `igbuild serve --dev --players` in a real browser: real games in its frames, and bad links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.harness import RequestLog
from tests.browser.people import make_duo, serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage

PAGES = "[...document.querySelectorAll('iframe')].map((frame) => frame.contentWindow)"
BOTH = (0, 1)
THERE_AND_BACK = ("1 to 2", "2 to 1")
LUCK = "LUCK = random.SystemRandom().randrange(1, 10**9)\n"
BORROWED = '        if self.steps == 50:\n            self.pearls["blue"] += LUCK\n'
"""What `random.SystemRandom` gives is another number in each page: a difference that no seed takes away."""


class DevPage:
    """The page, and a look into its frames."""

    def __init__(self, browser: Browser, origin: str, query: str = "") -> None:
        self.context = browser.new_context(viewport={"width": 1280, "height": 800})
        self.context.grant_permissions(["microphone"])
        self.page = self.context.new_page()
        self.requests = RequestLog()
        self.requests.watch(self.page)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._hear)
        self.page.goto(f"{origin}/__igbuild/players{query}")

    def _hear(self, said: ConsoleMessage) -> None:
        if "Content Security" in said.text:
            self.errors.append(said.text)

    def frames(self, expression: str) -> list[Any]:
        """Evaluate an expression of `page`, the window in each frame."""
        return self.page.evaluate(f"{PAGES}.map((page) => {expression})")  # type: ignore[no-any-return]

    def wait(self, expression: str, seconds: float = 60) -> None:
        """Wait until an expression of `page` is true in every frame."""
        everywhere = f"() => {PAGES}.length > 0 && {PAGES}.every((page) => {expression})"
        try:
            self.page.wait_for_function(everywhere, timeout=seconds * 1000, polling=100)
        except Exception as error:
            state = self.frames("[page.document.body?.innerText, JSON.stringify(page.igbuild?.peers)]")
            raise AssertionError(f"{expression} did not come true: {state}, {self.errors}") from error

    def wait_phase(self, phase: str) -> None:
        """Wait until every player is in a phase."""
        self.wait(f"page.document.querySelector('html')?.dataset.phase === '{phase}'", 90)

    def wait_trip(self, least: float, below: float) -> None:
        """Wait until both measure a round trip within bounds, in ms; wide, as other tests may run."""
        trip = "page.igbuild.peers.links[0].rtt"
        self.wait(f"{trip} >= {least} && {trip} < {below}")

    def until(self, holds: Callable[[], object]) -> None:
        """Wait until something holds of what the page shows."""
        for _ in range(300):
            if holds():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError(self.page.inner_text("body"))

    def shape(self, what: str, link: str, value: str) -> None:
        """Write a number into the controls of a link."""
        self.page.get_by_label(f"{what}, {link}").and_(self.page.locator("[type=number]")).fill(value)

    def value(self, player: int, graph: str) -> str:
        """Return the newest value of a player's graph, as it stands above it."""
        figure = self.page.locator(".player").nth(player).locator("figure", has_text=graph)
        return figure.locator(".value").inner_text()

    def fact(self, player: int, name: str) -> int:
        """Return what stands below a player's frame."""
        facts = self.page.locator(".player").nth(player).locator(".facts div", has_text=name)
        return int(facts.locator("dd").inner_text())

    def drawn(self) -> list[str]:
        """Return the pictures of all graphs."""
        canvases = "[...document.querySelectorAll('canvas')]"
        return self.page.evaluate(f"{canvases}.map((canvas) => canvas.toDataURL())")  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def duo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_duo(tmp_path_factory.mktemp("dev") / "duo", max_steps=450, episodes=9)


@pytest.fixture(scope="module")
def origin(duo: Path) -> Iterator[str]:
    with serving(duo, "--dev", "--players", "2") as address:
        yield address


@pytest.fixture
def dev(browser: Browser, origin: str) -> Iterator[DevPage]:
    page = DevPage(browser, origin)
    yield page
    page.context.close()


def test_two_players_play_a_round_in_one_window_over_links_that_are_shaped_meanwhile(dev: DevPage) -> None:
    dev.wait_phase("start")
    dev.page.get_by_role("button", name="Start all").click()
    dev.wait_phase("playing")
    assert dev.frames("page.igbuild.peers.me") == ["red", "blue"]
    assert dev.frames("new URL(page.location).searchParams.get('participant')") == ["dev-1", "dev-2"]
    dev.wait_trip(0.1, 150)
    before = dev.drawn()

    dev.page.get_by_role("button", name="Random keys").first.click()
    for link in THERE_AND_BACK:
        dev.shape("Latency", link, "100")
    dev.wait_trip(200, 400)
    dev.until(lambda: all(200 <= int(dev.value(player, "Round trip").split()[0]) < 400 for player in BOTH))
    dev.until(lambda: re.fullmatch(r"[\d.]+ ms, \d+ steps?", dev.value(1, "Replay")))
    assert all(old != new for old, new in zip(before, dev.drawn(), strict=True)), "every graph has moved on"
    assert dev.fact(1, "Rollbacks") > 0
    dev.page.get_by_role("button", name="Reset").click()
    dev.wait_trip(0.1, 150)

    stalls = [dev.fact(player, "Stalls") for player in BOTH]
    for link in THERE_AND_BACK:
        dev.page.get_by_label(f"Freeze, {link}").check()
    dev.wait("/^Waiting for (Red|Blue)/.test(page.document.querySelector('.notice').textContent)")
    dev.until(lambda: all(dev.fact(player, "Stalls") > stalls[player] for player in BOTH))
    for link in THERE_AND_BACK:
        dev.page.get_by_label(f"Freeze, {link}").uncheck()
    dev.wait("page.document.querySelector('.notice').hidden")

    dev.page.locator("iframe").nth(1).click(position={"x": 5, "y": 5})
    dev.page.locator(".player.focused", has_text="Blue").wait_for()
    dev.wait("page.igbuild.session.episodes.length > 0")
    red, blue = dev.frames("JSON.stringify(page.igbuild.session.episodes[0].rows)")
    assert red == blue
    assert dev.frames("page.igbuild.session.episodes[0].sync.status") == ["verified", "verified"]
    assert len([url for url in dev.requests.urls if url.endswith("/__igbuild/events")]) == 1
    assert dev.errors == []


@pytest.mark.soak
def test_an_edit_reloads_the_frames_alone_and_a_desync_is_shown_with_its_key(dev: DevPage, duo: Path) -> None:
    dev.wait_phase("start")
    dev.page.evaluate("window.stillHere = true")
    dev.page.get_by_role("button", name="Mobile").click()
    dev.page.get_by_label("start by itself").check()
    dev.wait_phase("playing")
    source = (duo / "env.py").read_text()
    edited = source.replace("NEXT_JELLY =", f"{LUCK}NEXT_JELLY =", 1)
    edited = edited.replace("        self._sting()\n", f"        self._sting()\n{BORROWED}", 1)
    assert edited.count("LUCK") == 2
    build = dev.frames("page.igbuild.siteId")[0]
    (duo / "env.py").write_text(edited)
    dev.wait(f"page.igbuild?.siteId && page.igbuild.siteId !== '{build}'")
    dev.wait_phase("playing")
    assert dev.page.evaluate("window.stillHere"), "the page itself stays"
    assert dev.frames("page.igbuildLab.links().map((link) => link.quality.latency)") == [[60], [60]]

    dev.wait_phase("error")
    for text in dev.frames("page.document.body.innerText"):
        assert "no longer the same" in text
        assert "GameHalted" not in text, "participants get a sentence, and no name of a class"
    verdict = dev.page.locator(".verdict")
    verdict.wait_for()
    told, key = verdict.inner_text(), "env_state['pearls']['blue']"
    assert told.startswith("Red and Blue were equal before step 49, in which the actions were red ")
    assert re.search(rf"and differ after it: {re.escape(key)} is \d+ / \d+\.$", told)
    rows = dev.page.locator(".values tbody tr")
    assert key in rows.first.inner_text()
    few = rows.count()
    dev.page.get_by_label("only what differs").uncheck()
    assert rows.count() > few + 20
    dev.page.locator(".moment.equal").last.click()
    assert ": 0 of" in dev.page.locator("#states .apart").inner_text()

    (duo / "env.py").write_text(source)
    dev.wait(f"page.igbuild?.siteId === '{build}'")
    assert verdict.is_visible(), "what was found outlives the pages that it came from"
    assert dev.errors == []


@pytest.mark.soak
def test_parameters_of_the_page_are_those_of_all_players(browser: Browser, origin: str) -> None:
    dev = DevPage(browser, origin, "?unknown=1")
    dev.wait("page.document.body?.innerText.includes('This link cannot be used')")
    assert dev.frames("page.location.search") == [f"?unknown=1&participant=dev-{i}" for i in (1, 2)]
    assert dev.errors == []
    dev.context.close()
