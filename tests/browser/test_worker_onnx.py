"""ONNX bots: scored in the worker, drawn from a seeded generator, in one message, with and without JSPI."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import harness
from tests.browser.conftest import Lab
from tests.browser.onnx_model import linear_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser

ENV = """
class Pair:
    possible_agents = ("hand", "bot")

    def reset(self, seed=None, options=None):
        self.t = 0
        self.agents = list(self.possible_agents)
        self.taken = []
        return self.observe(), {agent: {} for agent in self.agents}

    def step(self, actions):
        self.t += 1
        self.taken.append(int(actions["bot"]))
        off = dict.fromkeys(self.agents, False)
        rewards = {"hand": 0.0, "bot": float(actions["bot"])}
        return self.observe(), rewards, off, off, {agent: {} for agent in self.agents}

    def observe(self):
        return {agent: [float(self.t % 3), 1.0] for agent in self.agents}

    def get_state(self):
        return {"t": self.t, "taken": self.taken}

    def set_state(self, state):
        self.t, self.taken = state["t"], list(state["taken"])


def make():
    return Pair()
"""

TOML = """\
[experiment]
name = "onnx"
title = "ONNX"

[environment]
source = "env.py"
entry_point = "env:make"

[game]
render = "rgb_array"
max_steps = 100000

[players.bots.bot]
onnx = "policy.onnx"
sample = "{sample}"
"""

# Column t of t % 3 == 0 favours action 2; otherwise action 0 wins.
WEIGHTS = [[2.0, 0.0, -2.0], [0.0, 0.5, 1.0]]
STEP = {"op": "step", "params": {"actions": [0, None]}}


@pytest.fixture(scope="module")
def build(
    tmp_path_factory: pytest.TempPathFactory, serve_site: Callable[[Path], str]
) -> Callable[[str], str]:
    """Build and serve a site whose bot draws its actions in one of the two ways."""

    @cache
    def made(sample: str) -> str:
        folder = tmp_path_factory.mktemp("onnx")
        (folder / "policy.onnx").write_bytes(linear_model(WEIGHTS))
        toml = TOML.replace("{sample}", sample)
        entry = harness.LAB / "worker_page.js"
        return serve_site(harness.build_experiment(folder, ENV, toml, entry=entry))

    return made


def open_lab(browser: Browser, origin: str) -> Lab:
    page = browser.new_page()
    page.goto(f"{origin}/index.html")
    page.wait_for_function("() => globalThis.lab !== undefined")
    lab = Lab(page)
    found = lab.start()
    assert "ok" in found, found
    lab.ask("w.initEnv()")
    lab.ask("w.reset({seed: 1})")
    return lab


def bots_actions(answer: dict[str, Any]) -> list[int]:
    """The environment pays the bot its action."""
    return [dict(result["rewards"]["map"])["bot"] for result in answer["results"]]


def plays_and_replays(lab: Lab) -> list[int]:
    lab.ask("w.saveState(0)")
    found = lab.run(
        """const before = lab.traffic.sent;
        const first = lab.plainValue(await w.batch(arg));
        const sent = lab.traffic.sent - before;
        await w.loadState(0);
        const second = lab.plainValue(await w.batch(arg));
        return {first, second, sent}""",
        [STEP] * 60,
    )
    assert found["sent"] == 1, "a batch with an ONNX bot is one message"
    assert found["second"] == found["first"], "a replay chooses the same actions"
    return bots_actions(found["first"])


def test_the_largest_score_is_taken(browser, build):
    lab = open_lab(browser, build("argmax"))
    assert lab.run("return 'Suspending' in WebAssembly"), "this Chromium switches stacks"
    assert plays_and_replays(lab) == [2, 0, 0] * 20
    lab.page.close()


def test_actions_are_drawn_in_proportion_the_same_with_and_without_jspi(browser, build):
    played = []
    for fault in ("none", "no-jspi"):
        lab = open_lab(browser, f"{build('softmax')}/fault/{fault}")
        played.append(plays_and_replays(lab))
        lab.page.close()
    assert played[0] == played[1]
    assert set(played[0]) == {0, 1, 2}


def test_an_altered_model_is_refused(browser, build):
    page = browser.new_page()
    page.goto(f"{build('argmax')}/fault/onnx-altered/index.html")
    page.wait_for_function("() => globalThis.lab !== undefined")
    found = Lab(page).start()
    assert found["error"]["name"] == "IntegrityError"
    assert "policy" in found["error"]["message"]
    page.close()
