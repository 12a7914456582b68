"""A wheel built from this checkout works in a clean environment elsewhere."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False, env=clean_env()
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def clean_env() -> dict[str, str]:
    """Leave out what would let the checkout shine through, and what would freeze the lock."""
    return {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV", "CI"}}


@pytest.mark.network
def test_wheel_runs_init_bundle_and_serve(tmp_path: Path) -> None:
    run(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", tmp_path, ROOT, cwd=tmp_path)
    (wheel,) = tmp_path.glob("igbuild-*.whl")
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    run(scripts / "python", "-m", "pip", "install", "--quiet", wheel, cwd=tmp_path)
    igbuild = scripts / "igbuild"

    run(igbuild, "init", "study", "--template", "solo", cwd=tmp_path)
    study = tmp_path / "study"
    run(igbuild, "bundle", cwd=study)
    assert (study / "dist" / "index.html").is_file()
    assert (study / "dist" / "manifest.json").is_file()

    server = subprocess.Popen(
        [igbuild, "serve", "--port", "0"],
        cwd=study,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**clean_env(), "PYTHONUNBUFFERED": "1"},
    )
    assert server.stdout is not None
    try:
        said = ""
        for line in server.stdout:
            said += line
            if found := re.search(r"http://[^\s]+", line):
                break
        else:
            pytest.fail(f"serve printed no address:\n{said}")
        with urllib.request.urlopen(found.group(), timeout=10) as answer:
            assert answer.status == 200
            assert b"<!doctype html>" in answer.read().lower()
    finally:
        server.terminate()
        server.communicate(timeout=10)
