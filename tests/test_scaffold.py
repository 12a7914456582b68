"""`igbuild init`: what it writes, and what it refuses to write over."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from igbuild.config import load_experiment, study_files
from igbuild.config.schema import schema_text
from igbuild.errors import ConfigError
from igbuild.scaffold import experiment_name, init_experiment, next_steps, template_names

FILES = {".gitignore", "README.md", "env.py", "experiment.schema.json", "experiment.toml"}


@pytest.mark.parametrize("template", template_names())
def test_a_new_experiment_loads_as_it_is_written(template: str, tmp_path: Path) -> None:
    target = tmp_path / "My Study 2"
    written = init_experiment(target, template, force=False)
    assert {path.relative_to(target).as_posix() for path in written} >= FILES
    assert all(path.is_file() for path in written)
    experiment = load_experiment(target / "experiment.toml")
    assert experiment.config.experiment.name == "my-study-2"
    assert [name for name, _ in study_files(experiment)] == ["env.py"]
    lines = (target / "experiment.toml").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "#:schema ./experiment.schema.json"
    assert (target / "experiment.schema.json").read_text(encoding="utf-8") == schema_text()
    assert (target / "README.md").read_text(encoding="utf-8").startswith("# my-study-2\n")
    assert "my-experiment" not in "".join(path.read_text(encoding="utf-8") for path in written)


def test_a_folder_that_is_not_empty_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(ConfigError, match=r"is not empty \(thesis\.tex\); name a new folder, or .* --force"):
        init_experiment(tmp_path, "solo", force=False)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_folder_with_nothing_but_a_repository_counts_as_empty(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    assert len(init_experiment(tmp_path, "solo", force=False)) == len(FILES)


def test_force_keeps_a_copy_of_what_it_replaces(tmp_path: Path) -> None:
    init_experiment(tmp_path, "solo", force=False)
    for text in ("mine", "mine again"):
        (tmp_path / "env.py").write_text(text)
        written = init_experiment(tmp_path, "solo", force=True)
        assert {path.suffix for path in written} == {".bak", ".py"}
    assert (tmp_path / "env.py.bak").read_text() == "mine"
    assert (tmp_path / "env.py.2.bak").read_text() == "mine again"
    assert "class GemRush" in (tmp_path / "env.py").read_text()
    assert init_experiment(tmp_path, "solo", force=True) == []


def test_an_unknown_template_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"there is no template 'trio'; there are: .*solo"):
        init_experiment(tmp_path / "x", "trio", force=False)
    assert not (tmp_path / "x").exists()


def test_a_target_that_cannot_be_a_folder_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match="is a file; name a folder"):
        init_experiment(tmp_path / "file", "solo", force=True)
    with pytest.raises(ConfigError, match=r"cannot be made, because .*file is a file"):
        init_experiment(tmp_path / "file" / "x", "solo", force=True)
    target = tmp_path / "y"
    (target / "env.py").mkdir(parents=True)
    with pytest.raises(ConfigError, match="is not a file, and the template writes one there"):
        init_experiment(target, "solo", force=True)
    assert [path.name for path in target.iterdir()] == ["env.py"]


@pytest.mark.parametrize(
    ("folder", "name"),
    [("Émile's Étude_3", "emile-s-etude-3"), ("実験", "my-experiment"), ("--x--", "x"), ("a" * 80, "a" * 64)],
)
def test_the_name_is_made_of_the_folder(folder: str, name: str) -> None:
    assert experiment_name(Path(folder)) == name


def test_the_next_steps_can_be_pasted_into_a_shell() -> None:
    assert "  cd 'my study'\n" in next_steps(Path("my study"))
    assert "igbuild serve --dev" in next_steps(Path("x"))
    assert "cd" not in next_steps(Path()).split()


def test_a_template_runs_where_it_lies() -> None:
    for template in template_names():
        file = Path(__file__).parents[1] / "templates" / "init" / template / "env.py"
        assert callable(runpy.run_path(str(file))["make_env"])
