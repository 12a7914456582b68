"""docs/dependencies.md names every run-time dependency, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import tomli
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent


def test_every_dependency_has_its_reason() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {Requirement(text).name for text in project["dependencies"]}
    section = (ROOT / "docs" / "dependencies.md").read_text().split("## JavaScript")[0]
    explained = set(re.findall(r"^\| ([a-z0-9-]+) \|", section, re.MULTILINE)) - {"package"}
    assert explained == declared
