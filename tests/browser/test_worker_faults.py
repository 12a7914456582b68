"""What can go wrong while Python runs: each fault ends in a clear error or in recovery, never in a hang."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.browser import harness
from tests.browser.conftest import Lab
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession

RAISING = {
    "raises_in_init": ("RuntimeError", "no init today"),
    "raises_in_reset": ("RuntimeError", "no reset today"),
    "raises_in_step": ("ZeroDivisionError", "three steps are enough"),
    "raises_in_render": ("RuntimeError", "no render today"),
    "raises_in_get_state": ("RuntimeError", "no state today"),
    "raises_in_set_state": ("RuntimeError", "no restoring today"),
}

DRIVE = """
    await w.initEnv({kind: arg});
    await w.reset({seed: 1});
    for (let i = 0; i < 4; i++) await w.step(0);
    await w.render();
    await w.getState();
    await w.saveState(1);
    await w.loadState(1);
"""


@pytest.mark.parametrize("kind", RAISING)
def test_an_exception_in_a_method_is_that_requests_error_only(lab, kind):
    name, words = RAISING[kind]
    found = lab.outcome(f"{{ {DRIVE} }}", kind)["error"]
    assert found["isWorkerError"]
    assert (found["name"], found["message"]) == (name, words)
    assert "/study/faulty.py" in found["stack"], "the traceback names the study's own file"
    assert "Traceback" in found["stack"]
    lab.env("solo")  # the worker lives on
    assert lab.ask("w.step(1)")["done"] is False


def test_recursion_is_an_error_and_the_worker_survives(lab):
    lab.env("recurses")
    assert lab.refused("w.step(0)")["name"] == "RecursionError"
    lab.env("solo")
    lab.ask("w.step(0)")


def test_a_system_exit_is_an_error_and_the_worker_survives(lab):
    lab.env("system_exits")
    assert lab.refused("w.step(0)")["name"] == "SystemExit"
    lab.env("solo")
    lab.ask("w.step(0)")


def test_threads_are_refused_by_name(lab):
    lab.env("threads")
    found = lab.refused("w.step(0)")
    assert found["name"] == "RuntimeError"
    assert "thread" in found["message"]


def test_an_env_without_step_is_refused(lab):
    found = lab.refused("w.initEnv({kind: 'no_step'})")
    assert "step" in found["message"]


def test_an_env_whose_state_cannot_be_captured_says_where(lab):
    lab.env("unpicklable")
    found = lab.refused("w.saveState(0)")
    assert "source" in found["message"] or "source" in found["stack"]
    lab.ask("w.step(0)")  # it can still be played


def test_an_action_out_of_range_is_the_envs_own_error(lab):
    lab.env("solo")
    found = lab.refused("w.step(7)")
    assert found["name"] == "ValueError"
    assert "no action 7" in found["message"]


def test_an_unknown_op_is_refused_and_names_it(lab):
    lab.env("solo")
    found = lab.refused("w.batch([{op: 'step', params: {actions: 0}}, {op: 'fly'}])")
    assert "fly" in found["message"]
    assert found["opIndex"] == 1
    assert len(found["partialResults"]) == 1


def test_actions_that_fit_no_agent_never_leave_the_page(lab):
    lab.env("pair")
    assert "no agent is called 9" in lab.refused("w.step(new Map([[9, 1]]))")["message"]
    assert "1 actions for 2 agents" in lab.refused("w.step([1])")["message"]
    assert "one action for 2 agents" in lab.refused("w.step(1)")["message"]
    lab.ask("w.step([1, 0])")


def test_what_cannot_be_cloned_is_refused_and_nothing_else(lab):
    lab.env("solo")
    assert lab.refused("w.step(() => 1)")["name"] in {"DataCloneError"}
    lab.ask("w.step(1)")


def test_a_failing_op_in_a_batch_says_which_and_keeps_the_results_before_it(lab):
    lab.env("raises_in_step")
    found = lab.refused(
        "w.batch(Array.from({length: 6}, () => ({op: 'step', params: {actions: 0}})))",
    )
    assert found["name"] == "ZeroDivisionError"
    assert found["opIndex"] == 3
    assert len(found["partialResults"]) == 3
    assert found["partialResults"][0]["rewards"] == {"map": [["human", 0]]}


def test_loading_a_state_that_was_never_saved_names_the_frame(lab):
    lab.env("solo")
    assert "12345" in lab.refused("w.loadState(12345)")["message"]


def test_os_exit_is_an_error_event_and_every_later_request_is_rejected(fresh_lab):
    lab = fresh_lab()
    lab.start()
    lab.env("exits")
    found = lab.run(
        """const first = lab.outcome(w.step(0));
        const second = lab.outcome(w.computeHash());
        const answers = [await first, await second, await lab.outcome(w.reset())];
        return {answers, errors: w.errors}"""
    )
    for answer in found["answers"]:
        assert answer["error"]["name"] == "WorkerDied", answer
        assert "exit(3)" in answer["error"]["message"]
    assert len(found["errors"]) == 1
    assert "ok" in lab.start(), "a new worker goes on"
    lab.env("solo")


def test_an_endless_step_is_terminated_and_everything_pending_rejected(fresh_lab):
    lab = fresh_lab()
    lab.start(request=1000)
    lab.env("loops")
    found = lab.run(
        """const first = lab.outcome(w.step(0));
        const second = lab.outcome(w.computeHash());
        return [await first, await second, w.errors]"""
    )
    for answer in found[:2]:
        assert answer["error"]["name"] == "WorkerTimeout"
        assert "step() did not return within 1 s" in answer["error"]["message"]
        assert 900 < answer["ms"] < 3000
    assert len(found[2]) == 1


def test_an_endless_constructor_is_terminated(fresh_lab):
    lab = fresh_lab()
    lab.start(request=1000)
    found = lab.refused("w.initEnv({kind: 'loops_in_init'})")
    assert found["name"] == "WorkerTimeout"
    assert found["ms"] < 3000


def test_slow_requests_in_a_row_are_no_timeout(lab):
    """The clock of a request starts when the worker comes to it."""
    lab.run("globalThis.before = w")
    lab.start(request=1000)
    lab.env("slow")
    lab.ask("Promise.all(Array.from({length: 5}, () => w.step(0)))")
    lab.run("w.destroy(); globalThis.w = before")


@pytest.mark.soak
def test_a_state_of_200_mb_ends_in_an_error_or_an_answer(fresh_lab):
    lab = fresh_lab()
    lab.start(request=30_000)
    lab.env("huge")
    found = lab.outcome("w.saveState(0).then(() => w.loadState(0))")
    assert "ok" in found or found["error"]["name"] in {"MemoryError", "WorkerDied"}, found
    found = lab.outcome("w.getState().then((state) => state.env_state.text.length)")
    if "ok" in found:
        assert found["ok"] == 200_000_000
    else:
        assert found["error"]["name"] in {"MemoryError", "WorkerDied", "RangeError"}, found


def test_destroy_during_a_batch_rejects_it_at_once(fresh_lab):
    lab = fresh_lab()
    lab.start()
    lab.env("slow")
    found = lab.run(
        """const steps = Array.from({length: 20}, () => ({op: 'step', params: {actions: 0}}));
        const batch = lab.outcome(w.batch(steps));
        const waiting = lab.outcome(w.reset());
        await new Promise((resolve) => setTimeout(resolve, 100));
        w.destroy();
        return {answers: [await batch, await waiting, await lab.outcome(w.reset())], errors: w.errors}"""
    )
    for answer in found["answers"]:
        assert answer["error"]["name"] == "WorkerDestroyed"
        assert answer["ms"] < 1000
    assert found["errors"] == [], "to be destroyed is no failure"


def test_destroy_while_loading_rejects_init(fresh_lab):
    lab = fresh_lab()
    found = lab.run(
        """const w = lab.make();
        const init = lab.outcome(w.init(lab.initFor()));
        await new Promise((resolve) => setTimeout(resolve, 300));
        w.destroy();
        w.destroy();
        return await init"""
    )
    assert found["error"]["name"] == "WorkerDestroyed"


def renderers(session: CDPSession) -> dict[int, float]:
    """Return the seconds of processor time of each renderer process, by process id."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return {process["id"]: process["cpuTime"] for process in processes if process["type"] == "renderer"}


def test_a_page_that_closes_in_the_middle_of_a_step_takes_its_process_with_it(
    browser: Browser, lab_origin: str
) -> None:
    own = browser.browser_type.launch(executable_path=chromium(), args=harness.chromium_flags())
    own.new_page()  # with the last page, a browser may end as a whole
    page = own.new_page()
    page.goto(f"{lab_origin}/index.html")
    page.wait_for_function("() => globalThis.lab !== undefined")
    lab = Lab(page)
    lab.start()
    lab.env("loops")
    lab.run("void w.step(0)")
    session = own.new_browser_cdp_session()
    before = renderers(session)
    time.sleep(1.5)
    busy = [pid for pid, spent in renderers(session).items() if spent - before.get(pid, 0.0) > 0.3]
    assert len(busy) == 1, "the loop runs"
    page.close(run_before_unload=False)
    until = time.monotonic() + 10
    while (alive := busy[0] in renderers(session)) and time.monotonic() < until:
        time.sleep(0.1)
    own.close()
    assert not alive, "the process of a closed page still runs its loop"


def test_a_page_that_is_left_and_reloaded_starts_anew(fresh_lab):
    lab = fresh_lab()
    lab.start()
    lab.run("void w.initEnv({kind: 'loops_in_init'})")
    lab.page.reload()
    lab.page.wait_for_function("() => globalThis.lab !== undefined")
    lab.start()
    lab.env("solo")
    lab.ask("w.step(1)")
