"""The same worker and the same game in Firefox, where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.test_solo import (
    assert_replays_natively,
    load_env,
    origin,  # noqa: F401  # a fixture
    study,  # noqa: F401  # a fixture
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.firefox import Firefox

ENTER, ARROW_RIGHT = "\ue007", "\ue014"  # WebDriver's code points


def open_lab(firefox: Firefox, lab_origin: str, fault: str = "none") -> None:
    firefox.goto(f"{lab_origin}/fault/{fault}/index.html")
    firefox.wait_for("globalThis.lab !== undefined")


def test_the_worker_runs_in_firefox(firefox: Firefox, lab_origin: str) -> None:
    open_lab(firefox, lab_origin)
    firefox.evaluate("void (globalThis.w = lab.make({timeouts: {request: 4000}}))")
    assert "ok" in firefox.evaluate("lab.outcome(w.init(lab.initFor()))")
    assert firefox.evaluate("lab.outcome(w.initEnv({kind: 'pair'}))")["ok"]["agents"] == [0, 1]
    firefox.evaluate("lab.outcome(w.reset({seed: 1}))")
    answer = firefox.evaluate(
        "lab.outcome(w.batch([{op: 'step', params: {actions: [1, 0]}}, {op: 'computeHash'}]))"
    )
    assert len(answer["ok"]["results"][1]["hash"]) == 64
    firefox.evaluate("lab.outcome(w.initEnv({kind: 'loops'}).then(() => w.reset()))")
    assert firefox.evaluate("lab.outcome(w.step(0))")["error"]["name"] == "WorkerTimeout"


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("wasm-404", "WorkerLoadError"),
        ("wasm-truncated", "IntegrityError"),
        ("wasm-csp", "WorkerLoadError"),
        ("worker-404", "WorkerLoadError"),
        ("worker-syntax", "WorkerLoadError"),
        ("stdlib-404", "WorkerLoadError"),
    ],
)
def test_a_failed_load_is_a_clear_error_in_firefox(
    firefox: Firefox, lab_origin: str, fault: str, name: str
) -> None:
    open_lab(firefox, lab_origin, fault)
    found = firefox.evaluate("lab.outcome(lab.make({timeouts: {init: 8000}}).init(lab.initFor()))")
    assert found["error"]["name"] == name, found
    assert found["ms"] < 7000


def test_the_solo_game_is_played_in_firefox(
    firefox: Firefox,
    study: Path,  # noqa: F811
    origin: str,  # noqa: F811
    tmp_path: Path,
) -> None:
    firefox.goto("about:blank")  # ends what the page before may still be asking for
    firefox.requests.clear()
    firefox.goto(f"{origin}/index.html")
    firefox.wait_for("globalThis.igbuild?.phase === 'start'")
    firefox.press(ENTER)
    for _ in range(2):
        firefox.wait_for("igbuild.phase === 'playing'")
        firefox.press(ARROW_RIGHT, hold=2.5)
        firefox.wait_for("igbuild.score > 0")
        firefox.screenshot(tmp_path / "playing.png")
        firefox.wait_for("['countdown', 'end'].includes(igbuild.phase)")
    firefox.wait_for("igbuild.phase === 'end'")
    session = firefox.evaluate("igbuild.session")
    assert [episode["episode"] for episode in session["episodes"]] == [0, 1]
    for episode in session["episodes"]:
        assert_replays_natively(load_env(study)(), episode, session["sessionSeed"])
    assert [url for url in firefox.requests if not url.startswith((origin, "data:", "blob:"))] == []
