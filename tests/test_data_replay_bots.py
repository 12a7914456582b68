"""Replaying bots whose model is not there: their choices as recorded, their random numbers as drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from igbuild.check.probe.replay import replay
from igbuild.runtime.game import Game
from igbuild.runtime.serialise import dumps
from tests.recorded import importable, row_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

STUDY = """
class Sums:
    agents = possible_agents = ["person", "bot"]

    def reset(self, seed=None, options=None):
        self.sum = 0
        return dict.fromkeys(self.agents, 0), {}

    def step(self, actions):
        self.sum = 3 * self.sum + actions["person"] + 10 * actions["bot"]
        flags = dict.fromkeys(self.agents, False)
        return dict.fromkeys(self.agents, self.sum), dict.fromkeys(self.agents, 0), flags, flags, {}
"""
ENVIRONMENT = {"entryPoint": "sums:Sums", "bots": {"bot": {"onnx": "model.onnx", "sample": "softmax"}}}


@pytest.fixture(autouse=True)
def study(tmp_path: Path) -> Iterator[None]:
    (tmp_path / "sums.py").write_text(STUDY, encoding="utf-8")
    with importable(tmp_path):
        yield


def finish(stepping: Any) -> Any:
    """Take a step to its end; the model scores all three actions alike."""
    try:
        next(stepping)
        while True:
            stepping.send([0.0, 0.0, 0.0])
    except StopIteration as end:
        return end.value


def recorded(*, hosted: bool) -> dict[str, Any]:
    """An episode in which the bot chooses for itself, or in which one of several pages says what it does."""
    game = Game(ENVIRONMENT, {})
    game.reset(4)
    rows = []
    for t in range(12):
        step, taken = finish(game.step({"person": t % 3, "bot": t % 2 if hosted else None}))
        rows.append(dumps(row_of(t, step, taken, game.hash())))
    return {"seed": 4, "globals": {}, "rows": rows}


@pytest.mark.parametrize("hosted", [False, True])
def test_a_bot_without_its_model_does_what_was_recorded(hosted: bool) -> None:
    episode = recorded(hosted=hosted)
    found = replay(ENVIRONMENT, episode, drawn=not hosted)
    assert (found["rows"], found["hashes"], found["difference"], found["problem"]) == (12, 12, None, None)
    wrong = replay(ENVIRONMENT, episode, drawn=hosted)
    assert wrong["difference"]["key"] == "stateHash", "its random numbers are part of the state"


def test_a_bot_whose_choice_was_not_recorded_cannot_be_replayed() -> None:
    episode = recorded(hosted=False)
    episode["rows"][5] = episode["rows"][5].replace('"actions.bot"', '"actions.bat"')
    found = replay(ENVIRONMENT, episode)
    assert (found["rows"], found["difference"]["frame"], found["difference"]["key"]) == (5, 5, None)
    assert "no action of 'bot'" in found["difference"]["replayed"]


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"entryPoint": "sums:Nothing"}, "sums has no 'Nothing'"),
        ({**ENVIRONMENT, "globals": {"level": {"type": "int"}}}, "level"),
    ],
)
def test_why_nothing_can_be_replayed_is_said(environment: dict[str, Any], said: str) -> None:
    found = replay(environment, {"seed": 1, "globals": {"level": "high"}, "rows": ["{}"]})
    assert found["rows"] == 0
    assert said in found["problem"]


def test_a_study_that_ends_python_ends_its_replay_alone(tmp_path: Path) -> None:
    (tmp_path / "leaver.py").write_text(
        STUDY.replace("self.sum = 3", "raise SystemExit(3)\n        self.sum = 3")
    )
    found = replay(
        {"entryPoint": "leaver:Sums"},
        {"seed": 1, "globals": {}, "rows": ['{"actions.person":1,"actions.bot":1}']},
    )
    assert (found["difference"]["frame"], found["difference"]["key"]) == (0, None)
    assert found["difference"]["replayed"].startswith("SystemExit: 3")


@pytest.mark.parametrize(
    "row", ["[]", "{", "1" * 5000, "[" * 100_000, '{"$int": "x"}', '{"$dict": [[1]]}', "null"]
)
def test_rows_that_are_none_are_differences_whatever_they_hold(row: str) -> None:
    found = replay({"entryPoint": "sums:Sums"}, {"seed": 1, "globals": {}, "rows": [row]})
    assert (found["difference"]["frame"], found["difference"]["key"]) == (0, None)
