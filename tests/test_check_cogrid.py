"""The check that would have saved a published study: cogrid's Overcooked, before and after its repair."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

import pytest

from igbuild.check import CheckReport, check_experiment
from igbuild.config import load_experiment

PROJECT = Path(__file__).parent / "projects" / "overcooked"
pytestmark = [pytest.mark.network, pytest.mark.soak]


def check_with(version: str, folder: Path, frames: int) -> CheckReport:
    """Check Overcooked in a Python of its own, which has cogrid and no igbuild."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = next((folder / "lib").glob("python*")) / "site-packages"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(site), f"cogrid=={version}"]
    subprocess.run(command, check=True, capture_output=True)
    return check_experiment(
        load_experiment(PROJECT / "experiment.toml"), python=python, frames=frames, seeds=(1,)
    )


def test_overcooked_of_cogrid_0_2_1_is_found_non_deterministic(tmp_path: Path) -> None:
    """Its agents collide in an order that nobody seeds, so how soon two runs part is chance too."""
    report = check_with("0.2.1", tmp_path / "venv", frames=240)
    assert not report.ok
    failed = {finding.name: finding.message for finding in report.findings if finding.verdict == "fail"}
    assert failed.keys() & {"same seed", "two processes"}
    assert any("first difference: env_state['agent_" in message for message in failed.values()), failed


def test_overcooked_of_cogrid_0_3_2_passes(tmp_path: Path) -> None:
    report = check_with("0.3.2", tmp_path / "venv", frames=120)
    assert report.ok, report
    assert report.finding("SyncTest").verdict == "pass"
    assert report.finding("players").data["agents"] == ["0", "1"]
