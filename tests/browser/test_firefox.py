"""The solo game in Debian's Firefox, with the real Pyodide."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser import harness
from tests.browser.firefox import open_firefox
from tests.setup_browsers import firefox

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.skipif(firefox() is None, reason="no Firefox is installed")
def test_solo_game_plays_in_firefox(tmp_path: Path, serve_site: Callable[[Path], str]) -> None:
    from igbuild.scaffold import init_experiment

    study = tmp_path / "study"
    init_experiment(study, "solo", force=False)
    toml = (study / "experiment.toml").read_text()
    toml = toml.replace("max_steps = 1800", "max_steps = 60").replace("episodes = 3", "episodes = 2")
    origin = serve_site(harness.build_experiment(study, (study / "env.py").read_text(), toml))
    with open_firefox() as page:
        page.goto(f"{origin}/index.html")
        page.wait_for("globalThis.igbuild?.phase === 'start'")
        still = page.screenshot()
        page.key("Enter", "keyDown")
        page.key("Enter", "keyUp")
        page.wait_for("igbuild.phase === 'playing'")
        page.key("ArrowRight", "keyDown")
        page.wait_for("igbuild.step > 20")
        assert page.screenshot() != still
        page.key("ArrowRight", "keyUp")
        page.wait_for("igbuild.phase === 'end'")
        episodes = page.evaluate("igbuild.session.episodes")
    assert [episode["steps"] for episode in episodes] == [60, 60]
    pressed = [actions for _, actions, *_ in episodes[0]["rows"] if actions == [4]]
    assert len(pressed) > 10
