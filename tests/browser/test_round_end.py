"""How a round and a session end: the last picture can be seen, and no key takes what was played away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.harness import MINIMAL_TOML

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

STEPS = 40

LIGHT = f"""\
from igbuild.runtime import Surface

class Light:
    def reset(self, seed=None, options=None):
        self.steps = 0
        return 0, {{}}

    def step(self, action):
        self.steps += 1
        return 0, 1.0, self.steps == {STEPS}, False, {{}}

    def render(self):
        surface = Surface(600, 400)
        surface.rect(0, 0, 600, 400, fill="#ff0000" if self.steps == {STEPS} else "#0000ff")
        return surface

def make():
    return Light()
"""
TOML = (
    MINIMAL_TOML
    + """
[game]
episodes = 2
seed = 5

[controls.keys]
" " = 1

[server]
participant = "PROLIFIC_PID"
parameters = ["STUDY_ID"]
"""
)

# Notes every repaint's phase, the colour in the middle of the canvas, and whether a card lies over it.
WATCH = """() => {
  const small = new OffscreenCanvas(1, 1).getContext("2d");
  globalThis.seen = [];
  const look = (at) => {
    const canvas = document.querySelector("canvas");
    small.drawImage(canvas, canvas.width / 2, canvas.height / 2, 1, 1, 0, 0, 1, 1);
    const [red] = small.getImageData(0, 0, 1, 1).data;
    seen.push({at, red: red > 128, phase: igbuild.phase, card: !document.getElementById("panel").hidden});
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


@pytest.fixture(scope="module")
def light(tmp_path_factory: pytest.TempPathFactory, build_experiment: Callable[..., str]) -> str:
    return build_experiment(tmp_path_factory.mktemp("light") / "study", LIGHT, TOML)


def begin(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function("() => globalThis.igbuild?.phase === 'start'", timeout=60_000)
    page.evaluate(WATCH)
    page.keyboard.press("Enter")


def test_the_last_picture_stands_for_a_second_without_a_card(page: Page, light: str) -> None:
    begin(page, light)
    page.wait_for_function("() => igbuild.phase === 'end'", timeout=30_000)
    seen: list[dict[str, Any]] = page.evaluate("seen")
    rounds = runs([now for now in seen if now["red"] and not now["card"]])
    assert len(rounds) == 2
    for stood in rounds:
        assert stood[-1]["at"] - stood[0]["at"] > 900
    assert seen[-1]["red"], "the end card lies over the last picture"


def runs(seen: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Part what was seen wherever nothing was for half a second."""
    parts: list[list[dict[str, Any]]] = []
    for now in seen:
        if not parts or now["at"] - parts[-1][-1]["at"] > 500:
            parts.append([])
        parts[-1].append(now)
    return parts


def test_parameters_of_a_recruiting_platform_are_recorded(page: Page, light: str) -> None:
    page.goto(f"{light}?PROLIFIC_PID=5f3&STUDY_ID=a%2Fb")
    page.wait_for_function("() => globalThis.igbuild?.phase === 'start'", timeout=60_000)
    session = page.evaluate("igbuild.session")
    assert session["parameters"] == {"PROLIFIC_PID": "5f3", "STUDY_ID": "a/b"}
    assert session["globals"] == {}
    page.goto(f"{light}?PROLIFIC_PID=5f3&SESSION_ID=1")
    page.wait_for_function("() => globalThis.igbuild?.phase === 'refused'")
    assert "SESSION_ID" in page.inner_text("body")


def test_a_game_key_tapped_through_the_end_begins_nothing(page: Page, light: str) -> None:
    begin(page, light)
    for _ in range(400):
        page.keyboard.press(" ")
        page.wait_for_timeout(40)
        if page.evaluate("igbuild.phase") == "end":
            break
    finished = page.evaluate("igbuild.session")
    assert len(finished["episodes"]) == 2
    for _ in range(40):
        page.keyboard.press(" ")
        page.wait_for_timeout(40)
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    assert page.evaluate("igbuild.phase") == "end"
    assert page.evaluate("igbuild.session") == finished

    stored = page.evaluate("sessionStorage.getItem(`igbuild/${igbuild.siteId}`)")
    page.click("text=Play again")
    page.wait_for_function("() => globalThis.igbuild?.phase === 'start'", timeout=60_000)
    assert page.evaluate("igbuild.session.episodes") == []
    aside = f"igbuild/{finished['siteId']}/{finished['startedAt']}"
    assert page.evaluate("key => sessionStorage.getItem(key)", aside) == stored
