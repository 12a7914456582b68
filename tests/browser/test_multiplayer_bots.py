"""Bots among several people: an ONNX model that one page runs for all, a Python policy that all run."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import pytest

from igbuild.runtime import bridge
from tests.browser import harness
from tests.browser.onnx_model import linear_model
from tests.browser.test_multiplayer_loopback import BAD_LINK, episodes_of, session_batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

MAX_STEPS = 120
INPUT_DELAY = 1
AGENTS = [0, 1, "model", "policy"]

ENV = """
import random


class Discrete:
    start = 0
    shape = ()

    def __init__(self, n):
        self.n = n

    def contains(self, action):
        return action in range(self.n)


class Four:
    possible_agents = (0, 1, "model", "policy")
    render_mode = "rgb_array"

    def action_space(self, agent):
        return Discrete(3 if agent in ("model", "policy") else 301)

    def reset(self, seed=None, options=None):
        self.rng = random.Random(seed)
        self.agents = list(self.possible_agents)
        self.cells = dict.fromkeys(self.agents, 0)
        self.t = 0
        return self.observe(), {agent: {} for agent in self.agents}

    def step(self, actions):
        self.t += 1
        for agent in self.agents:
            self.cells[agent] = (3 * self.cells[agent] + actions[agent]) % 1009
        rewards = {agent: self.cells[agent] % 4 + self.rng.random() for agent in self.agents}
        off = dict.fromkeys(self.agents, False)
        infos = {agent: {"cell": self.cells[agent], "did": actions[agent]} for agent in self.agents}
        return self.observe(), rewards, off, off, infos

    def observe(self):
        return {agent: [self.cells[0] / 1009, 1.0] for agent in self.agents}

    def render(self):
        return memoryview(bytes(40 * 60 * 3)).cast("B", (40, 60, 3))


class Drifter:
    def __init__(self):
        self.sum = 0

    def reset(self):
        self.sum = 0

    def act(self, observation, rng):
        self.sum += int(observation[0] * 1009) + rng.randrange(3)
        return self.sum % 3


def make():
    return Four()
"""

TOML = f"""\
[experiment]
name = "four"
title = "Four"

[environment]
source = "env.py"
entry_point = "env:make"

[game]
fps = 30
max_steps = {MAX_STEPS}
episodes = 2
render = "rgb_array"
width = 60
height = 40

[controls.keys]
a = 1
b = 2
c = 3
d = 300

[players]
humans = [0, 1]

[players.bots]
policy = "env:Drifter"

[players.bots.model]
onnx = "policy.onnx"

[multiplayer]
input_delay = {INPUT_DELAY}
"""

# The idle action 0 is never drawn from these scores, 1 and 2 are by turns.
WEIGHTS = [[0.0, 0.3, 0.0], [-60.0, 0.0, 0.0]]
RUN = {"seed": 5, "quality": BAD_LINK, "change": 0.5, "modelsAt": 0}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The experiment's folder."""
    made = tmp_path_factory.mktemp("four")
    (made / "policy.onnx").write_bytes(linear_model(WEIGHTS))
    return made


@pytest.fixture(scope="module")
def played(browser: Browser, folder: Path, serve_site: Callable[[Path], str]) -> dict[str, Any]:
    """Two episodes over a bad link; the second page's worker has no model that it could run."""
    dist = harness.build_experiment(folder, ENV, TOML, entry=harness.LAB / "multiplayer_page.js")
    page = browser.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{serve_site(dist)}/index.html")
    page.wait_for_function("() => globalThis.multiplayer !== undefined")
    found: dict[str, Any] = page.evaluate("(run) => multiplayer.play(run)", RUN)
    page.close()
    for peer in found["peers"]:
        assert peer["errors"] == [], peer
    return found


@pytest.fixture
def game(folder: Path, monkeypatch: pytest.MonkeyPatch, played: dict[str, Any]) -> Iterator[None]:
    """The game in this Python with the same bots, but nobody who could run a model."""
    assert len(played["peers"]) == 2
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "env", raising=False)
    bots = {"model": {"onnx": "policy.onnx", "sample": "softmax"}, "policy": {"policy": "env:Drifter"}}
    bridge.boot(json.dumps({"entryPoint": "env:make", "maxSteps": MAX_STEPS, "bots": bots}))
    ask({"op": "initEnv", "params": {}})
    yield
    sys.modules.pop("env", None)


def ask(*ops: dict[str, Any]) -> list[Any]:
    answer = json.loads(bridge.handle(json.dumps({"ops": list(ops)})))
    assert "results" in answer, answer
    results: list[Any] = answer["results"]
    return results


def columns(rows: str, agent: str) -> list[Any]:
    return [row[1][AGENTS.index(agent)] for row in json.loads(rows)]


def test_both_pages_export_the_same_bytes_although_they_went_back(played: dict[str, Any]) -> None:
    assert all(peer["stats"]["rollbacks"] >= 10 for peer in played["peers"])
    pairs = episodes_of(played)
    assert len(pairs) == 2
    for first, second in pairs:
        assert first["steps"] == MAX_STEPS
        assert first["rows"] == second["rows"]
        assert first["sync"]["chain"] == second["sync"]["chain"]
        assert (first["sync"]["status"], second["sync"]["status"]) == ("verified", "verified")


def test_rows_tell_what_bots_did(played: dict[str, Any]) -> None:
    for exported, _ in episodes_of(played):
        for _, actions, _, _, _, infos, focus in json.loads(exported["rows"]):
            assert actions == [info["did"] for info in infos]
            assert [looked is None for looked in focus] == [False, False, True, True]
        drawn = columns(exported["rows"], "model")
        assert drawn[:INPUT_DELAY] == [0] * INPUT_DELAY
        assert set(drawn[INPUT_DELAY:]) == {1, 2}, "the model chose from the first step that it could"
        assert set(columns(exported["rows"], "policy")) == {0, 1, 2}


def test_only_the_host_asks_for_proposals_once_in_a_batch(played: dict[str, Any]) -> None:
    host, guest = (session_batches(peer) for peer in played["peers"])
    assert len(host) == played["peers"][0]["stats"]["batches"], "no messages but the session's own"
    assert all(batch["proposals"] == 1 for batch in host if "step" in batch["ops"] or "reset" in batch["ops"])
    assert sum(batch["proposals"] for batch in guest) == 0


@pytest.mark.usefixtures("game")
def test_rows_are_what_people_and_model_give_and_the_policy_chooses_anew(played: dict[str, Any]) -> None:
    for exported, _ in episodes_of(played):
        rows = json.loads(exported["rows"])
        ask({"op": "reset", "params": {"seed": exported["seed"]}})
        for _, actions, *told, _ in rows:
            (step,) = ask({"op": "step", "params": {"actions": [*actions[:3], None]}})
            assert step["actions"] == actions
            names = ("rewards", "terminateds", "truncateds", "infos")
            assert [step[name] for name in names] == told
        assert step["done"]
