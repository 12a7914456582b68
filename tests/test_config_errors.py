"""Every mistake of tests/projects that experiment.toml can hold: exact place, and the way out.

Each of these projects is named by its mistake, and its `error.txt` is what igbuild must say about it.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from igbuild.config import load_experiment
from igbuild.errors import ConfigError

PROJECTS = sorted(file.parent for file in Path(__file__).parent.glob("projects/*/error.txt"))


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_each_mistake_is_named_with_its_place_and_a_way_out(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)
    path = Path("experiment.toml")
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    error = caught.value
    expected = (project / "error.txt").read_text(encoding="utf-8").splitlines()
    assert error.message.splitlines() == expected
    assert all(re.match(r"experiment\.toml:\d+:\d+: \S", line) for line in expected)
    assert [f"{path}:{p.line}:{p.column}: {p.message}" for p in error.problems] == expected
    assert error.exit_code == 2
    assert (error.path, error.line, error.column) == (path, error.problems[0].line, error.problems[0].column)


def test_the_projects_show_all_kinds_of_mistakes() -> None:
    names = {project.name for project in PROJECTS}
    assert names >= {
        "toml-syntax-error",
        "unknown-key",
        "wrong-type",
        "missing-env-file",
        "unknown-render-mode",
        "several-mistakes",
    }
    assert len(names) > 40


def test_a_missing_file_names_both_ways_on(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert caught.value.message == (
        f"{path}: there is no such file; "
        "name yours with -c PATH, or make a new experiment with igbuild init DIR"
    )


def test_a_folder_is_not_the_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"is a folder; name the file: -c .*experiment\.toml"):
        load_experiment(tmp_path)


def test_an_empty_file_lacks_both_required_sections(tmp_path: Path) -> None:
    path = tmp_path / "experiment.toml"
    path.write_text("")
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert [problem.message.split(";")[0] for problem in caught.value.problems] == [
        "the section [experiment] is missing",
        "the section [environment] is missing",
    ]
