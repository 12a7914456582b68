"""`igbuild check --in pyodide`: the same checks in the browser's Python, in Chromium and in Node."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from igbuild.check import check_experiment
from igbuild.check.chromium import ChromiumPyodide, find_chromium
from igbuild.check.node import NodePyodide, find_node
from igbuild.check.plan import make_plan
from igbuild.check.stage import make_stage
from igbuild.config import load_experiment
from igbuild.console import Console
from igbuild.errors import IgbuildError, IntegrityError, ToolMissing
from igbuild.packages.cache import Store
from igbuild.scaffold import init_experiment
from tests.setup_browsers import chromium

if TYPE_CHECKING:
    from igbuild.config import Experiment

PROJECTS = Path(__file__).parent / "projects"
pytestmark = pytest.mark.browser


@pytest.fixture(autouse=True)
def _no_frozen_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("IGBUILD_CHROMIUM", chromium() or "")


@pytest.fixture
def duo(tmp_path: Path) -> Experiment:
    init_experiment(tmp_path / "study", "duo", force=False)
    return load_experiment(tmp_path / "study/experiment.toml")


def copied(name: str, target: Path) -> Experiment:
    shutil.copytree(PROJECTS / name, target)
    return load_experiment(target / "experiment.toml")


def test_the_template_for_two_passes_in_chromium(duo: Experiment) -> None:
    report = check_experiment(duo, where="pyodide", frames=20)
    assert {finding.verdict for finding in report.findings} == {"pass"}, report
    assert "Chromium 1" in report.runner
    assert report.finding("SyncTest").data["covered"] == 20
    assert report.finding("cost").data["ms"]["save"] > 0
    assert json.loads(json.dumps(report.to_json()))["where"] == "pyodide"


def test_node_says_what_chromium_says(
    duo: Experiment, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("IGBUILD_CHROMIUM", shutil.which("false") or "nowhere")
    report = check_experiment(duo, where="pyodide", frames=20, console=Console())
    assert {finding.verdict for finding in report.findings} == {"pass"}, report
    assert "Node.js" in report.runner
    assert "trying Node.js" in capsys.readouterr().err


def test_one_run_is_bit_for_bit_the_same_in_chromium_and_in_node(duo: Experiment, tmp_path: Path) -> None:
    """Both are one WebAssembly; what one finds of determinism holds for the other."""
    plan = make_plan(duo, frames=30, seeds=(7,), installer="")
    jobs = plan.checks()[1:]
    found = []
    for runner in ("chromium", "node"):
        folder = tmp_path / runner
        folder.mkdir()
        stage = make_stage(duo, folder, Store(), offline=False, console=None)
        made = ChromiumPyodide(stage, find_chromium() or "") if runner == "chromium" else NodePyodide(stage)
        found.append(made.run(jobs)[0]["frames"])
    assert len(found[0]["7"]) == 31
    assert found[0] == found[1]


def test_a_set_whose_order_decides_is_found_in_the_browsers_python_too(tmp_path: Path) -> None:
    report = check_experiment(copied("order-of-a-set", tmp_path / "study"), where="pyodide", frames=20)
    found = report.finding("two processes")
    assert found.verdict == "fail"
    assert "env_state['0:Game']['x']" in found.message
    assert report.finding("same seed").verdict == "pass"


def test_a_file_that_was_changed_is_refused_in_node(duo: Experiment, tmp_path: Path) -> None:
    stage = make_stage(duo, tmp_path, Store(), offline=False, console=None)
    with (tmp_path / "python/study.zip").open("ab") as file:
        file.write(b"x")
    plan = make_plan(duo, frames=5, seeds=(1,), installer="")
    with pytest.raises(IgbuildError, match=r"python/study\.zip has the SHA-256 \w{64}, not \w{64}"):
        NodePyodide(stage).run(plan.checks()[:1])


def test_a_cached_file_that_was_changed_is_refused_before_anything_runs(
    duo: Experiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from igbuild.check import stage
    from igbuild.packages.wheels import SiteFile

    broken = tmp_path / "pyodide.mjs"
    broken.write_text("altered")
    file = SiteFile(broken, "pyodide.mjs", "0" * 64, 7)
    monkeypatch.setattr(stage, "runtime_files", lambda *_args, **_options: {"pyodide.mjs": file})
    with pytest.raises(IntegrityError, match=r"pyodide\.mjs in the cache changed"):
        check_experiment(duo, where="pyodide", frames=5)


def test_an_environment_that_ends_python_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    experiment = copied("step-raises", tmp_path / "study")
    text = experiment.source.read_text(encoding="utf-8")
    text = text.replace(
        "places = list(range(20))", "print('good bye', flush=True); __import__('os')._exit(3)"
    )
    experiment.source.write_text(text, encoding="utf-8")
    with pytest.raises(IgbuildError, match=r"Chromium(.|\n)*good bye"):
        check_experiment(experiment, where="pyodide", frames=5)


def test_node_is_fetched_through_uv_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    from igbuild.check import node

    monkeypatch.setattr(node.shutil, "which", lambda _name: None)
    command, version = find_node()
    assert command[1:4] == ["tool", "run", "--from"]
    assert command[-1] == "node"
    assert version in command[4]

    def missing() -> list[str]:
        raise ToolMissing("no uv")

    monkeypatch.setattr(node, "uv_command", missing)
    with pytest.raises(ToolMissing, match=r"no Chromium, no Node\.js 20"):
        find_node()
