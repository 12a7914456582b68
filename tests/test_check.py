"""`igbuild check`, run for real: every project of tests/projects that shows one broken promise."""

from __future__ import annotations

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from igbuild.check import CheckReport, check_experiment
from igbuild.check.plan import make_plan, window
from igbuild.cli import main
from igbuild.config import load_experiment
from igbuild.config.reader import read_config
from igbuild.errors import IgbuildError, ToolMissing
from igbuild.scaffold import init_experiment, template_names

PROJECTS = sorted(file.parent for file in Path(__file__).parent.glob("projects/*/finding.txt"))


def check(folder: Path, **options: object) -> CheckReport:
    options = {"frames": 30, **options}
    return check_experiment(load_experiment(folder / "experiment.toml"), **options)  # type: ignore[arg-type]


def expected(project: Path) -> list[tuple[str, str, str]]:
    lines = (project / "finding.txt").read_text(encoding="utf-8").splitlines()
    parts = [line.split(": ", 2) for line in lines]
    return [(name, verdict, rest[0] if rest else "") for name, verdict, *rest in parts]


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_a_broken_promise_is_found_and_named(project: Path) -> None:
    report = check(project)
    wanted = expected(project)
    for name, verdict, message in wanted:
        found = report.finding(name)
        assert found.verdict == verdict, found
        assert re.search(message, found.message), found.message
        assert found.advice or verdict in ("pass", "skip") or name == "loads"
    failing = {name for name, verdict, _ in wanted if verdict == "fail"}
    assert report.ok is not bool(failing)
    # What is wrong is said where it is wrong; checks before it do not complain.
    if failing:
        order = [finding.name for finding in report.findings]
        first = next(finding.name for finding in report.findings if finding.verdict == "fail")
        assert order.index(first) == min(map(order.index, failing)), report.finding(first)


@pytest.mark.parametrize("template", template_names())
def test_the_templates_keep_every_promise(template: str, tmp_path: Path) -> None:
    init_experiment(tmp_path / "study", template, force=False)
    report = check(tmp_path / "study", frames=60)
    assert {finding.verdict for finding in report.findings} == {"pass"}, report
    assert report.finding("SyncTest").data["covered"] == 60
    assert report.finding("SyncTest").data["replayed"] > 60 * 20
    assert sorted(path.name for path in (tmp_path / "study").rglob("__pycache__")) == []


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="igbuild")


def project(name: str) -> Path:
    return next(folder for folder in PROJECTS if folder.name == name)


def test_the_command_exits_with_1_and_prints_the_failure_with_a_way_out(tmp_path: Path) -> None:
    done = run("check", "-c", str(project("chance-in-a-global") / "experiment.toml"), "--frames", "20")
    assert done.exit_code == 1
    told = " ".join(done.stdout.split())
    assert re.search(r"fail same seed .*differ in state", told)
    assert "-> Draw chance only from generators that reset(seed) seeds" in told
    assert "failed" in done.stderr


def test_quiet_prints_only_what_is_wrong() -> None:
    done = run("check", "-q", "-c", str(project("reward-not-finite") / "experiment.toml"), "--frames", "20")
    assert done.exit_code == 1
    assert "rewards" in done.stdout
    assert "pass" not in done.stdout
    assert done.stderr == ""


def test_json_is_the_whole_report(tmp_path: Path) -> None:
    init_experiment(tmp_path / "study", "duo", force=False)
    done = run(
        "check", "--json", "-c", str(tmp_path / "study/experiment.toml"), "--frames", "30", "--seed", "9"
    )
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["ok"], report["where"]) == (True, "native")
    assert report["runner"].startswith("Python 3.")
    cost = next(finding for finding in report["findings"] if finding["name"] == "cost")["data"]
    assert set(cost["ms"]) == {"step", "hash", "save", "load", "render"}
    assert cost["bytes"] > 1000
    assert cost["window"] >= 1
    assert cost["frame_ms"] == pytest.approx(1000 / 30)


def test_seeds_choose_the_runs_and_frames_their_length(tmp_path: Path) -> None:
    init_experiment(tmp_path / "study", "solo", force=False)
    report = check(tmp_path / "study", frames=25, seeds=(5, 6, 7))
    assert report.finding("steps").message.startswith("75 frames")
    assert report.finding("SyncTest").data["covered"] == 25


def test_all_mismatched_frames_are_listed_in_the_data() -> None:
    found = check(project("state-forgets-a-field")).finding("SyncTest")
    mismatches = {int(frame): far for frame, far in found.data["mismatches"].items()}
    assert len(mismatches) > 15
    assert all(1 <= distance <= found.data["window"] for far in mismatches.values() for distance in far)
    assert found.data["covered"] == 30


@pytest.mark.parametrize(
    ("more", "frames"), [("", 8), ("fps = 10", 4), ("[multiplayer]\nprediction_window = 6", 6)]
)
def test_the_window_is_that_of_a_session(more: str, frames: int) -> None:
    text = '[experiment]\nname = "x"\n[environment]\nentry_point = "env:make"\n'
    text += '[players]\nhumans = ["a", "b"]\n' + ("[game]\n" if more.startswith("fps") else "") + more
    assert window(read_config(text, Path("experiment.toml"))) == frames


def test_a_missing_package_is_named_with_the_line_that_installs_it() -> None:
    found = check(project("package-not-installed")).finding("loads")
    assert found.advice == (
        f"Install what the study needs: {sys.executable} -m pip install 'a-package-that-nobody-has>=2'"
    )


def test_another_python_needs_no_igbuild(tmp_path: Path) -> None:
    import venv

    venv.create(tmp_path / "bare", with_pip=False)
    python = tmp_path / "bare" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    init_experiment(tmp_path / "study", "duo", force=False)
    report = check(tmp_path / "study", python=python, frames=20)
    assert report.ok
    assert str(python) in report.runner


def test_a_program_that_is_no_python_is_refused(tmp_path: Path) -> None:
    init_experiment(tmp_path / "study", "solo", force=False)
    program = tmp_path / "program"
    program.write_text("#!/bin/sh\necho hello\n")
    program.chmod(0o755)
    with pytest.raises(ToolMissing, match="is not a Python that can be run"):
        check(tmp_path / "study", python=program)
    toml = str(tmp_path / "study/experiment.toml")
    assert run("check", "-c", toml, "--python", str(tmp_path / "nowhere")).exit_code == 2
    assert run("check", "-c", toml, "--python", str(program), "--in", "pyodide").exit_code == 2


def test_an_environment_that_ends_python_is_an_error_with_what_it_said(tmp_path: Path) -> None:
    target = tmp_path / "study"
    shutil.copytree(project("step-raises"), target)
    text = (target / "env.py").read_text(encoding="utf-8")
    text = text.replace(
        "places = list(range(20))", "print('good bye', flush=True); __import__('os')._exit(3)"
    )
    (target / "env.py").write_text(text, encoding="utf-8")
    with pytest.raises(IgbuildError, match=r"ended the Python it was checked in(.|\n)*good bye"):
        check(target)


def test_the_plan_holds_what_the_experiment_says(tmp_path: Path) -> None:
    init_experiment(tmp_path / "study", "duo", force=False)
    experiment = load_experiment(tmp_path / "study/experiment.toml")
    plan = make_plan(experiment, frames=10, seeds=(3, 3, 4), installer="pip install")
    first, second = plan.checks()
    assert (first.request["kind"], second.request["kind"]) == ("check", "frames")
    assert first.hash_seed != second.hash_seed
    assert first.request["seeds"] == [3, 4]
    assert first.request["players"]["humans"] == ["red", "blue"]
    assert first.request["controls"]["keys"]["ArrowUp"] == 1
    assert first.request["pip"] == ""
    assert json.loads(json.dumps(first.request)) == first.request
