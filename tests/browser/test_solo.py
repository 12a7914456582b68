"""The solo template, built by the command line and played in a real browser with the real Pyodide."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from tests.browser.harness import RequestLog

MAX_STEPS = 150
RIGHT = 4  # the action of ArrowRight
FORWARDS = 60  # steps that the key is surely held

# Sampled every 50 ms from before the page's own scripts, until the game can be started.
GAP_SAMPLER = """
(() => {
  let last = performance.now();
  let longest = 0;
  const sample = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    return longest;
  };
  const timer = setInterval(sample, 50);
  globalThis.longestGap = () => (clearInterval(timer), sample());
})();
"""


def mix32(value: int) -> int:
    """MurmurHash3's finaliser, as templates/game/seeds.js documents it."""
    value &= 0xFFFFFFFF
    value = ((value ^ value >> 16) * 0x85EBCA6B) & 0xFFFFFFFF
    value = ((value ^ value >> 13) * 0xC2B2AE35) & 0xFFFFFFFF
    return value ^ value >> 16


def episode_seed(session: int, episode: int) -> int:
    return mix32(mix32(session) + 0x9E3779B9 * (episode + 1)) >> 1


def load_env(study: Path) -> Any:
    """Import the study's env.py natively."""
    namespace: dict[str, Any] = {"__name__": "env"}
    exec(compile((study / "env.py").read_text(), str(study / "env.py"), "exec"), namespace)
    return namespace["make_env"]


def session_seed_with_gems_on_the_right(make_env: Callable[[], Any]) -> int:
    """Find a session in which going right scores in both episodes and is not punished at once."""
    for session in range(10_000):
        if all(scores_by_going_right(make_env(), episode_seed(session, index)) for index in (0, 1)):
            return session
    raise AssertionError("no such session")


def scores_by_going_right(env: Any, seed: int) -> bool:
    env.reset(seed=seed)
    rewards = 0.0
    for _ in range(FORWARDS):
        _, reward, terminated, *_ = env.step(RIGHT)
        rewards += reward
        if terminated:
            return False
    return rewards > 0


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The solo experiment, shortened to two episodes of five seconds with a fixed seed, built by the CLI."""
    folder = tmp_path_factory.mktemp("solo") / "study"
    igbuild("init", str(folder), "--template", "solo")
    toml = folder / "experiment.toml"
    seed = session_seed_with_gems_on_the_right(load_env(folder))
    text = toml.read_text()
    for old, new in (
        ("max_steps = 1800", f"max_steps = {MAX_STEPS}"),
        ("episodes = 3", "episodes = 2"),
        ("# seed = 42 ", f"seed = {seed} "),
    ):
        assert old in text
        text = text.replace(old, new)
    toml.write_text(text)
    igbuild("bundle", "-c", str(toml))
    return folder


def igbuild(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "igbuild", *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def origin(study: Path, serve_site: Callable[[Path], str]) -> str:
    return serve_site(study / "dist")


def phase_is(page: Page, *phases: str, timeout: float = 30_000) -> None:
    page.wait_for_function(
        "phases => phases.includes(globalThis.igbuild?.phase)", arg=list(phases), timeout=timeout
    )


def test_solo_game_is_played_to_its_end(
    page: Page,
    study: Path,
    origin: str,
    requests: RequestLog,
    record_property: Callable[[str, object], None],
    tmp_path: Path,
) -> None:
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.add_init_script(GAP_SAMPLER)
    page.goto(f"{origin}/index.html")
    phase_is(page, "start", timeout=60_000)
    gap = page.evaluate("longestGap()")
    record_property("longest main-thread gap while loading, ms", round(gap, 1))
    still = page.screenshot(path=tmp_path / "start.png")
    card = page.inner_text(".card")
    assert "Do not let a hunter touch you." in card
    assert page.locator("dt", has_text="↑").locator("kbd").all_inner_texts() == ["↑", "W"]

    page.keyboard.press("Enter")
    for _ in range(2):
        phase_is(page, "playing")
        page.keyboard.down("ArrowRight")
        page.wait_for_function("() => igbuild.score > 0")
        page.keyboard.up("ArrowRight")
        assert page.screenshot(path=tmp_path / "playing.png") != still
        phase_is(page, "countdown", "end")
    phase_is(page, "end")
    page.screenshot(path=tmp_path / "end.png")

    session = page.evaluate("igbuild.session")
    assert [episode["episode"] for episode in session["episodes"]] == [0, 1]
    assert all(1 < episode["steps"] <= MAX_STEPS for episode in session["episodes"])
    for episode in session["episodes"]:
        assert_replays_natively(load_env(study)(), episode, session["sessionSeed"])
    assert requests.foreign(origin) == []
    assert errors == []


def assert_replays_natively(env: Any, episode: dict[str, Any], session_seed: int) -> None:
    """The actions that the browser recorded give the same rewards, and move the agent, in CPython."""
    assert episode["seed"] == episode_seed(session_seed, episode["episode"])
    env.reset(seed=episode["seed"])
    start = list(env.player[:2])
    total = 0.0
    moved = False
    for t, (action,), (reward,), (terminated,), *_rest in episode["rows"]:
        assert t == env.steps
        _obs, native_reward, native_terminated, *_more = env.step(action)
        assert (reward, terminated) == (native_reward, native_terminated)
        total += reward
        moved = moved or env.player[0] > start[0] + 20
    assert moved
    assert dict(episode["scores"])["human"] == total > 0


def test_reload_restarts_the_episode_and_is_recorded(page: Page, origin: str) -> None:
    page.goto(f"{origin}/index.html")
    phase_is(page, "start", timeout=60_000)
    page.keyboard.press("Enter")
    page.wait_for_function("() => igbuild.step > 10")
    page.reload()
    phase_is(page, "start", timeout=60_000)
    session = page.evaluate("igbuild.session")
    assert [reload["episode"] for reload in session["reloads"]] == [0]
    assert page.evaluate("igbuild.step") == 0


def test_a_globals_mistake_is_refused_on_the_page(page: Page, origin: str) -> None:
    page.goto(f"{origin}/index.html?difficulty=hard")
    phase_is(page, "refused")
    assert "difficulty" in page.inner_text("body")


def test_a_phone_is_told_that_a_keyboard_is_needed(browser: Browser, origin: str, tmp_path: Path) -> None:
    phone = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = phone.new_page()
    page.goto(f"{origin}/index.html")
    phase_is(page, "start", timeout=60_000)
    assert "This game needs a keyboard." in page.inner_text(".card")
    page.screenshot(path=tmp_path / "phone.png")
    page.tap(".card h1")
    page.tap(".panel", position={"x": 5, "y": 5})
    page.wait_for_timeout(300)
    assert page.evaluate("igbuild.phase") == "start"
    page.keyboard.press("Enter")
    phase_is(page, "playing")
    phone.close()


def test_opened_from_a_file_the_page_says_why_it_cannot_run(page: Page, study: Path) -> None:
    page.goto((study / "dist" / "index.html").as_uri())
    page.wait_for_function("() => document.body.innerText.includes('igbuild serve')", timeout=5_000)
