"""Crowds: a game for any number of people, and how they come together in it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.browser.people import Player

NAMES = ("ada", "ben", "cleo", "dan", "eve", "fay", "gus", "hal")

AT_ONCE = "input_delay = 0\n"
"""For `[multiplayer]`: every key is a surprise to the other pages, which take steps back for it. With the
default, those on one quiet computer hardly ever do."""

TOML = """\
[experiment]
name = "crowd"
title = "Crowd"

[environment]
source = "env.py"
entry_point = "env:make"
kwargs = {{ players = {names} }}

[game]
fps = {fps}
max_steps = {max_steps}
episodes = {episodes}
width = 300
height = 200

[controls.keys]
ArrowUp = 1
ArrowDown = 2
ArrowLeft = 3
ArrowRight = 4

[players]
humans = {names}

[multiplayer]
"""


def make_crowd(
    folder: Path, players: int, more: str = "", *, max_steps: int = 90, episodes: int = 1, fps: int = 30
) -> Path:
    """Write the game for a number of players, with `more` at the end of its TOML, in `[multiplayer]`."""
    folder.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "crowd" / "env.py", folder)
    names = json.dumps(NAMES[:players])
    text = TOML.format(names=names, fps=fps, max_steps=max_steps, episodes=episodes)
    (folder / "experiment.toml").write_text(text + more, encoding="utf-8")
    return folder


def gather(people: list[Player]) -> None:
    """Let all press start, in the order of their seats, until they play."""
    for seat, player in enumerate(people):
        player.press_start()
        if seat < len(people) - 1:
            count = json.dumps(f"{seat + 1} / {len(people)}")
            player.wait(f"document.querySelector('.count')?.textContent === {count}")
    for player in people:
        player.wait_phase("playing")
