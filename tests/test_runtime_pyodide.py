"""The runtime in Pyodide itself, under Node: the same hashes as here, and a boundary that keeps nothing."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from igbuild.runtime import bridge

ROOT = Path(__file__).parent.parent
VERSION = "314.0.7"

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def pyodide(tmp_path_factory, request):
    """The unpacked npm package, kept between runs in pytest's cache folder."""
    if shutil.which("npm") is None or shutil.which("node") is None:
        pytest.skip("needs node and npm")
    kept = request.config.cache.mkdir("pyodide") / VERSION / "package"
    if not kept.exists():
        folder = tmp_path_factory.mktemp("pyodide")
        subprocess.run(["npm", "pack", f"pyodide@{VERSION}", "--silent"], cwd=folder, check=True, timeout=240)
        with tarfile.open(next(folder.glob("*.tgz"))) as archive:
            archive.extractall(kept.parent, filter="data")
    return kept


@pytest.fixture(scope="module")
def found(pyodide):
    script = ROOT / "tests/pyodide"
    command = ["node", script / "run.mjs", pyodide, ROOT, script / "runtime.mjs"]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout
    return json.loads(output.splitlines()[-1])


def test_every_known_answer_of_the_hash_is_the_same(found):
    assert found["python"].startswith("3.14")
    assert found["wrong"] == []


NATIVE = """
import json, sys
sys.path.insert(0, "tests/browser/lab/study")
from igbuild.runtime import bridge
bridge.boot(json.dumps({"entryPoint": "toy:make", "globals": {"kind": {"type": "str"}}}))
ops = ("initEnv", {"globals": {"kind": "pair"}}), ("reset", {"seed": 1}), ("step", {"actions": [1, 0]})
request = {"ops": [{"op": op, "params": params} for op, params in (*ops, ("computeHash", {}))]}
print(json.loads(bridge.handle(json.dumps(request)))["results"][3]["hash"])
"""


def test_a_whole_state_hashes_as_it_does_here(found):
    """In a process without numpy, whose generator would be part of the state."""
    command = [sys.executable, "-c", NATIVE]
    native = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert native.stdout.strip() == found["pair"]


def test_frames_cross_as_tight_typed_arrays(found):
    assert found["frame"] == {
        "array": True,
        "pixels": {"$buffer": 0, "dtype": "uint8", "shape": [400, 600, 3]},
        "kind": "Uint8Array",
        "tight": True,
        "head": [1, 2, 3, 4, 5, 6],
    }


def test_failures_name_the_studys_own_lines(found):
    assert found["failure"]["name"] == "RecursionError"
    assert "/code/faulty.py" in found["failure"]["stack"]
    assert "igbuild/runtime" not in found["failure"]["stack"]


def test_requests_leave_nothing_behind(found):
    assert abs(found["growth"]) < 50


def test_the_stand_in_lets_multiprocessing_import(found):
    assert found["stub"] is True
    assert bridge.boot('{"entryPoint": "x:y"}')


def test_scores_are_awaited_without_switching_stacks(found):
    assert found["scored"] == [[1, 0], [1, 1]]
    assert [(agent, buffers) for agent, _, buffers in found["asked"]] == [("1", True)] * 2
    assert found["refused"] == "AsyncNeededError"
