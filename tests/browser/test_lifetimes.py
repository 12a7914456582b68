"""Game after game in one worker, worker after worker in one page: memory stays where it was."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser import harness
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, CDPSession, Page

GAMES = 10
CYCLES = 10

# A game as RemoteGame plays it: one batch for each tick, a picture with each, a hash now and then.
PLAY = """async (games) => {
  const found = [];
  for (let game = 0; game < games; game++) {
    await w.reset({seed: game});
    for (let t = 0, over = false; !over; t++) {
      const ops = [{op: "step", params: {actions: t % 3}}, {op: "render"}];
      if (t % 50 === 0) ops.push({op: "saveState", params: {frame: t}}, {op: "computeHash"});
      const {results, done} = await w.batch(ops, {stopOnDone: true});
      over = done;
      if (over) found.push(results[0].infos.get("human"));
    }
    await w.dropStates({before: Infinity});
  }
  return found;
}"""

START = """async () => {
  globalThis.w = lab.make({timeouts: {init: 60_000, request: 30_000}});
  await w.init(lab.initFor({entryPoint: "ledger:make"}));
  await w.initEnv({});
}"""

PLAY_A_LITTLE = """async () => {
  await w.reset({seed: 1});
  for (let t = 0; t < 50; t++) await w.step(1);
  w.destroy();
}"""


@pytest.fixture
def own_page(browser: Browser, lab_origin: str) -> Iterator[tuple[Page, CDPSession]]:
    """A laboratory page in a browser of its own, so that nothing else is in its processes."""
    own = browser.browser_type.launch(executable_path=chromium(), args=harness.chromium_flags())
    page = own.new_page()
    page.goto(f"{lab_origin}/index.html")
    page.wait_for_function("() => globalThis.lab !== undefined")
    yield page, own.new_browser_cdp_session()
    own.close()


def test_ten_games_in_one_worker_leave_no_object_and_no_byte(own_page: tuple[Page, Any]) -> None:
    page, _ = own_page
    page.evaluate(START)
    found = page.evaluate(PLAY, GAMES)
    assert len(found) == GAMES
    assert {game["bytes"] for game in found[1:]} == {found[0]["bytes"]}, found
    objects = [game["objects"] for game in found]
    assert max(objects[1:]) - min(objects[1:]) <= 20, objects  # a leak of one per tick would be 5,400


OWN_MEMORY = ("Pss_Anon", "Pss_Shmem", "SwapPss")
"""What a process holds itself. The system takes pages of files away and brings them back as it likes."""


def renderer_memory(session: CDPSession) -> int:
    """Return the memory that all renderer processes hold, each one's part of what they share, in KiB."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    rollups = [Path(f"/proc/{p['id']}/smaps_rollup") for p in processes if p["type"] == "renderer"]
    assert rollups
    lines = [line.split() for rollup in rollups for line in rollup.read_text().splitlines()]
    held = [int(size) for name, size, *_ in lines if name.rstrip(":") in OWN_MEMORY]
    assert sum(held) > 0
    return sum(held)


def settled(measure: Callable[[], int]) -> int:
    """Return the least of some measurements a moment apart: a terminated worker's memory goes late."""
    found = []
    for _ in range(8):
        time.sleep(0.25)
        found.append(measure())
    return min(found)


@pytest.mark.soak
@pytest.mark.skipif(sys.platform != "linux", reason="reads memory from /proc")
def test_ten_workers_created_and_destroyed_leave_no_memory(
    own_page: tuple[Page, Any], record_property: Callable[[str, object], None]
) -> None:
    page, session = own_page
    collect = page.context.new_cdp_session(page)
    sizes = []
    for cycle in range(CYCLES):
        page.evaluate(START)
        page.evaluate(PLAY_A_LITTLE)
        if cycle in {1, CYCLES - 1}:
            collect.send("HeapProfiler.collectGarbage")
            sizes.append(settled(lambda: renderer_memory(session)))
    second, tenth = sizes
    record_property("renderer memory after the second worker and the tenth, KiB", (second, tenth))
    assert tenth <= second * 1.10
