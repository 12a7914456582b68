"""Which files are shipped as the study's Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from igbuild.config import Experiment, load_experiment, study_files
from igbuild.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def make(root: Path, source: str, more: str = "", *files: str) -> Experiment:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("def make(): ...\n")
    toml = f'[experiment]\nname = "x"\n[environment]\nsource = "{source}"\nentry_point = "env:make"\n{more}'
    (root / "experiment.toml").write_text(toml)
    return load_experiment(root / "experiment.toml")


def names(experiment: Experiment) -> list[str]:
    files = study_files(experiment)
    assert all(path == experiment.source / name or path.name == name for name, path in files)
    assert all(path.is_file() for _, path in files)
    return [name for name, _ in files]


def test_a_single_file_is_shipped_alone(tmp_path: Path) -> None:
    assert names(make(tmp_path, "env.py", "", "env.py", "other.py")) == ["env.py"]
    assert names(make(tmp_path, "sub/env.py", "", "sub/env.py")) == ["env.py"]


def test_a_folder_is_shipped_with_packages_and_data_in_order(tmp_path: Path) -> None:
    files = ("study/env.py", "study/b/__init__.py", "study/b/maps/one.json", "study/a.txt", "notes.md")
    assert names(make(tmp_path, "study", "", *files)) == [
        "a.txt",
        "b/__init__.py",
        "b/maps/one.json",
        "env.py",
    ]


def test_what_is_excluded_stays_behind(tmp_path: Path) -> None:
    files = (
        "env.py",
        "results/a/p1.csv",
        "maps/results.txt",
        "maps/x.csv",
        "maps/old-1/x.txt",
        "b/maps/old-2",
    )
    more = 'exclude = ["results/", "*.csv", "maps/old-*"]\n'
    assert names(make(tmp_path, ".", more, *files)) == ["b/maps/old-2", "env.py", "maps/results.txt"]
    for wrong in ("", "/", "../x", "/etc", "~/x", "./x", "a\\\\b"):
        with pytest.raises(ConfigError, match=r"experiment\.toml:6:12: environment\.exclude\[0\] is '"):
            make(tmp_path, ".", f'exclude = ["{wrong}"]\n', "env.py")


def test_what_is_built_cached_or_hidden_stays_behind(tmp_path: Path) -> None:
    left_out = (
        "__pycache__/env.pyc",
        "lib/__pycache__/x.pyc",
        ".git/config",
        ".env",
        "old.pyc",
        "dist/index.html",
        "build/x",
        "node_modules/p/x.js",
        "venv/pyvenv.cfg",
        "venv/lib/x.py",
        "study.egg-info/PKG-INFO",
        "env.py~",
        "env.py.bak",
        "pyodide-lock.json",
        "experiment.schema.json",
        "site/index.html",
        "images/a.png",
    )
    more = '[assets]\nfolder = "images"\n[bundle]\nout = "site"\n'
    assert names(make(tmp_path, ".", more, "env.py", "lib/x.py", *left_out)) == ["env.py", "lib/x.py"]


def test_a_link_inside_the_experiment_is_shipped_as_a_file(tmp_path: Path) -> None:
    experiment = make(tmp_path, "study", "", "study/env.py", "shared.py")
    (tmp_path / "study" / "shared.py").symlink_to(tmp_path / "shared.py")
    assert names(experiment) == ["env.py", "shared.py"]


def test_a_link_out_of_the_experiment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").touch()
    root = tmp_path / "x"
    root.mkdir()
    experiment = make(root, "study", "", "study/env.py")
    (root / "study" / "secret.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(ConfigError, match=r"secret\.txt is a link out of the experiment's folder"):
        study_files(experiment)


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    experiment = make(tmp_path, "study", "", "study/env.py", "lib/x.py")
    (tmp_path / "study" / "lib").symlink_to(tmp_path / "lib")
    with pytest.raises(ConfigError, match="lib is a symbolic link to a folder"):
        study_files(experiment)


def test_a_dead_link_is_refused(tmp_path: Path) -> None:
    experiment = make(tmp_path, "study", "", "study/env.py")
    (tmp_path / "study" / "gone.py").symlink_to(tmp_path / "gone.py")
    with pytest.raises(ConfigError, match=r"gone\.py is not a file that can be shipped"):
        study_files(experiment)


def test_a_source_that_is_a_link_out_of_the_experiment_is_refused(tmp_path: Path) -> None:
    (tmp_path / "env.py").write_text("def make(): ...\n")
    root = tmp_path / "x"
    root.mkdir()
    (root / "env.py").symlink_to(tmp_path / "env.py")
    with pytest.raises(ConfigError, match="leads out of the experiment's folder"):
        make(root, "env.py")


@pytest.mark.parametrize("out", ["..", "study", "study/../study", ".", "images/site"])
def test_a_site_is_never_written_over_what_it_is_made_of(out: str, tmp_path: Path) -> None:
    more = f'[assets]\nfolder = "images"\n[bundle]\nout = "{out}"\n'
    with pytest.raises(ConfigError, match=r"bundle\.out is"):
        make(tmp_path, "study", more, "study/env.py", "images/a.png")


@pytest.mark.parametrize("out", ["dist", "../site", "study/dist", "a/b"])
def test_a_site_may_be_written_anywhere_else(out: str, tmp_path: Path) -> None:
    experiment = make(tmp_path, "study", f'[bundle]\nout = "{out}"\n', "study/env.py", "study/dist/x.js")
    assert experiment.out == tmp_path / out
    assert names(experiment) == ["env.py"]
