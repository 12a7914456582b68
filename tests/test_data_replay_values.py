"""Replaying compares every value that JavaScript can hold, and lets policies in Python choose anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

from igbuild.check.native import NativePython
from igbuild.config import load_experiment
from igbuild.data import verify
from igbuild.data.origin import Origin
from igbuild.data.replay import Replayer
from igbuild.data.verdict import Agreement
from tests.recorded import Recording, changed, play

if TYPE_CHECKING:
    from pathlib import Path

ODD = """
import enum, math, random

class Kind(enum.Enum):
    BIG = 2**70

class Odd:
    agents = possible_agents = [0, "bot"]

    def reset(self, seed=None, options=None):
        self.rng = random.Random(seed)
        self.steps = 0
        return {0: [0], "bot": [0]}, {}

    def step(self, actions):
        self.steps += 1
        draw = self.rng.random()
        infos = {
            0: {"zero": -0.0, "none": None, "kind": Kind.BIG, "far": 1e20 * (1 + draw), "tiny": draw * 1e-310,
                "set": {"b", "a"}, 5: (1, 2.0), "mark": {"$float": "nan", "x": [math.inf]},
                "text": "é\\u2028\\"",
                "long": 2**53 + self.steps, "last": actions["bot"]},
        }
        rewards = {0: math.nan if self.steps == 2 else draw, "bot": -math.inf}
        over = dict.fromkeys(self.agents, False)
        return {0: [draw], "bot": [draw]}, rewards, over, over, infos

def guess(observation, rng):
    return rng.randrange(100)
"""
ODD_TOML = """
[experiment]
name = "odd"

[environment]
source = "env.py"
entry_point = "env:Odd"

[players.bots.bot]
policy = "env:guess"
"""


def test_every_value_that_javascript_holds_is_compared_and_bots_play_anew(tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text(ODD, encoding="utf-8")
    (tmp_path / "experiment.toml").write_text(ODD_TOML, encoding="utf-8")
    odd = load_experiment(tmp_path / "experiment.toml")
    rows = play(odd, seed=1, steps=10, interval=1)
    recording = Recording(tmp_path / "data")
    assert rows[1]["rewards.0"] == {"$float": "nan"}
    assert rows[0]["infos.0.zero"] == {"$float": "-0.0"}
    assert len({row["actions.bot"] for row in rows}) > 3
    recording.add("s", rows, seed=1)
    lies = {
        "zero": changed(rows, 3, **{"infos.0.zero": 0}),
        "nan": changed(rows, 1, **{"rewards.0": None}),
        "far": changed(rows, 4, **{"infos.0.far": rows[4]["infos.0.far"] + 2**15}),
        "bot": changed(rows, 5, **{"actions.bot": rows[5]["actions.bot"] + 1}),
        "text": changed(rows, 6, **{"infos.0.text": "é"}),
    }
    for name, lie in lies.items():
        recording.add(name, lie, seed=1)
    recording.close()
    replayer = Replayer(NativePython(odd), odd.config, Origin("lock1", ("site1",)))
    true, *others = verify(recording.folder, judging=replayer.judge).episodes
    assert true.agreement is Agreement.VERIFIED, true
    assert true.replays[0].hashes == 10
    assert {found.session: (found.difference.frame, found.difference.key) for found in others} == {  # type: ignore[union-attr]
        "zero": (3, "infos.0.zero"),
        "nan": (1, "rewards.0"),
        "far": (4, "infos.0.far"),
        "bot": (5, "actions.bot"),
        "text": (6, "infos.0.text"),
    }
