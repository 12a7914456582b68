"""What is said about the files that a site makes public."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from rich.console import Console as RichConsole

from igbuild.config import Experiment, load_experiment
from igbuild.console import Console
from igbuild.site.shipped import LARGE, suspicious, tell

if TYPE_CHECKING:
    from pathlib import Path

STUDY = {"env.py": b"x", "results/p1.csv": b"1,2", "results/p2.csv": b"", "run.log": b"", "a.pem": b"k"}


def experiment(root: Path, source: str, more: str = "") -> Experiment:
    (root / source).mkdir(exist_ok=True)
    (root / source / "env.py").write_text("def make(): ...\n")
    toml = f'[experiment]\nname = "x"\n[environment]\nsource = "{source}"\nentry_point = "env:make"\n{more}'
    (root / "experiment.toml").write_text(toml)
    return load_experiment(root / "experiment.toml")


def said(about: Experiment, verbosity: int = 0, *, dev: bool = False) -> str:
    heard = io.StringIO()
    tell(about, STUDY, Console(verbosity, err=RichConsole(file=heard, width=1000)), dev=dev)
    return heard.getvalue()


def test_collected_data_in_the_experiments_own_folder_is_warned_of(tmp_path: Path) -> None:
    text = said(experiment(tmp_path, "."))
    assert text.startswith("* shipping 5 files of '.', 5 B\n! everybody can download results/p1.csv, ")
    assert "run.log and 1 more from the site" in text
    assert 'environment.exclude = ["results"]' in text


@pytest.mark.parametrize("more", ["exclude = []", 'exclude = ["*.txt"]'])
def test_who_has_decided_is_not_asked_again(more: str, tmp_path: Path) -> None:
    assert said(experiment(tmp_path, ".", more)) == "* shipping 5 files of '.', 5 B\n"


def test_a_folder_of_its_own_may_hold_data_but_no_keys_and_nothing_large(tmp_path: Path) -> None:
    study = {**STUDY, "maps.bin": bytes(LARGE), "less.bin": bytes(LARGE - 1)}
    assert suspicious(experiment(tmp_path, "study"), study) == ["a.pem", "maps.bin"]


def test_the_files_are_listed_for_the_curious_and_counted_once_while_developing(tmp_path: Path) -> None:
    about = experiment(tmp_path, ".", "exclude = []")
    assert "  results/p1.csv  3 B\n" in said(about, 1)
    assert said(about, dev=True) == ""
