"""Everything that can go wrong while Python is loaded ends in a clear error, and never in a hang."""

from __future__ import annotations

import pytest

FAILURES = {
    "wasm-404": ("WorkerLoadError", "pyodide.asm.wasm could not be fetched: HTTP 404"),
    "wasm-truncated": ("IntegrityError", "pyodide.asm.wasm is not the file this site was built with"),
    "wasm-altered": ("IntegrityError", "pyodide.asm.wasm is not the file"),
    "wasm-csp": ("WorkerLoadError", "'wasm-unsafe-eval'"),
    "pyodide-mime": ("WorkerLoadError", "sends it as application/octet-stream, and browsers take"),
    "pyodide-404": ("WorkerLoadError", "pyodide.mjs could not be fetched: HTTP 404"),
    "asm-404": ("WorkerLoadError", "pyodide.asm.mjs could not be fetched: HTTP 404"),
    "asm-altered": ("IntegrityError", "pyodide.asm.mjs is not the file"),
    "stdlib-404": ("WorkerLoadError", "python_stdlib.zip could not be fetched: HTTP 404"),
    "stdlib-altered": ("IntegrityError", "python_stdlib.zip is not the file"),
    "study-404": ("WorkerLoadError", "study"),
    "runtime-altered": ("IntegrityError", "runtime"),
    "server-error": ("WorkerLoadError", "HTTP 500"),
    "worker-404": ("WorkerLoadError", "the worker script could not be run"),
    "worker-csp": ("WorkerLoadError", "the worker script could not be run"),
    "worker-mime": ("WorkerLoadError", "the worker script could not be run"),
    "worker-syntax": ("WorkerLoadError", "the worker script could not be run"),
}


@pytest.mark.parametrize("fault", FAILURES)
def test_a_failed_load_rejects_init_and_what_waits_for_it(fresh_lab, fault):
    name, words = FAILURES[fault]
    lab = fresh_lab(fault)
    found = lab.run(
        """const w = lab.make({timeouts: {init: 8000}});
        const init = lab.outcome(w.init(lab.initFor()));
        const waiting = lab.outcome(w.initEnv());
        const answers = [await init, await waiting, await lab.outcome(w.reset())];
        return {answers, errors: w.errors, closed: w.closed?.name}"""
    )
    for answer in found["answers"]:
        assert answer["error"]["name"] == name, answer
        assert words in answer["error"]["message"]
        assert answer["error"]["isWorkerError"]
        assert answer["ms"] < 7000
    assert [error["name"] for error in found["errors"]] == [name]
    assert found["closed"] == name


def test_a_server_without_the_wasm_type_only_costs_time(fresh_lab):
    lab = fresh_lab("wasm-mime")
    assert "ok" in lab.start()
    lab.env("solo")


def test_a_download_that_stalls_is_a_timeout(fresh_lab):
    lab = fresh_lab("wasm-stalls")
    found = lab.start(init=1500)
    assert found["error"]["name"] == "WorkerTimeout"
    assert "loading made no progress for 1.5 s" in found["error"]["message"]
    assert found["ms"] < 4000


def test_a_slow_download_is_no_timeout_while_bytes_come(fresh_lab):
    lab = fresh_lab("wasm-drips")
    found = lab.run(
        """const w = lab.make({timeouts: {init: 3000}});
        const started = performance.now();
        const init = lab.outcome(w.init(lab.initFor()));
        const loading = () => !w.closed && !w.progress.some(({stage}) => stage === 'python');
        while (loading()) await new Promise((resolve) => setTimeout(resolve, 20));
        const answer = {closed: w.closed?.message ?? null, ms: performance.now() - started};
        w.destroy();
        await init;
        return answer"""
    )
    assert found["closed"] is None
    assert found["ms"] > 5500, "it took longer than the time without progress that is allowed"


def test_progress_tells_stages_and_bytes(fresh_lab):
    lab = fresh_lab("none")
    lab.start()
    progress = lab.run("return w.progress")
    downloads = [event for event in progress if "loaded" in event]
    sizes = lab.run(
        """const {files} = Object.values(lab.site.worker)[0];
        const all = [...Object.values(files), ...lab.site.worker.archives];
        return all.reduce((sum, file) => sum + file.size, 0)"""
    )
    assert [event["loaded"] for event in downloads] == sorted(event["loaded"] for event in downloads)
    assert downloads[-1]["loaded"] == downloads[-1]["total"] == sizes
    stages = list(dict.fromkeys(event["stage"] for event in progress))
    assert stages == ["download", "python", "packages", "environment"]
    assert all(event["at"] > 1.7e12 and event["message"] for event in progress)


def test_a_study_that_cannot_be_imported_says_so(fresh_lab):
    lab = fresh_lab()
    lab.run("globalThis.w = lab.make()")
    found = lab.outcome("(await w.init(lab.initFor({entryPoint: 'nowhere:make'})), w.initEnv())")
    assert found["error"]["name"] == "EntryPointError"
    assert "nowhere" in found["error"]["message"]


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        ("wheel-404", "WorkerLoadError", "HTTP 404"),
        ("wheel-altered", "IntegrityError", "labfirst-1.0-py3-none-any.whl is not the file"),
    ],
)
def test_a_package_that_does_not_arrive_is_an_error(fresh_lab, fault, name, words):
    lab = fresh_lab(fault)
    lab.start()
    found = lab.refused("w.installPackages(['labfirst'])")
    assert found["name"] == name
    assert words in found["message"]
    lab.env("solo")  # Python itself is well, and can go on without


def test_a_missing_wheel_among_the_first_packages_rejects_init(fresh_lab):
    lab = fresh_lab("wheel-404")
    found = lab.outcome("lab.make().init({...lab.initFor(), packages: ['labsecond']})")
    assert found["error"]["name"] == "WorkerLoadError"


def test_the_first_packages_come_with_what_they_depend_on(fresh_lab):
    lab = fresh_lab()
    lab.run("globalThis.w = lab.make()")
    lab.ask("w.init({...lab.initFor({entryPoint: 'labsecond:labfirst'}), packages: ['labsecond']})")
    installed = lab.ask("w.installPackages([])")
    assert sorted(installed["packages"]) == ["labfirst", "labsecond"]


def test_nothing_leaves_the_sites_own_origin(context, lab_origin, requests):
    page = context.new_page()
    requests.watch(page)
    page.goto(f"{lab_origin}/index.html")
    page.wait_for_function("() => globalThis.lab !== undefined")
    page.evaluate(
        "async () => { const w = lab.make(); await w.init(lab.initFor()); await w.initEnv({kind: 'solo'}) }"
    )
    assert any("pyodide.asm" in url for url in requests.urls)
    assert requests.foreign(lab_origin) == []
