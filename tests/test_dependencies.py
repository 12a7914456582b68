"""docs/dependencies.md names every run-time dependency, Python's and JavaScript's, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tomli
from packaging.requirements import Requirement

from igbuild.packages import pins

ROOT = Path(__file__).parent.parent


def explained(heading: str) -> set[str]:
    """Return the first column of the table under a heading."""
    page = (ROOT / "docs" / "dependencies.md").read_text()
    section = page.split(f"## {heading}")[1].split("\n## ")[0]
    return set(re.findall(r"^\| ([a-z0-9.-]+) \|", section, re.MULTILINE)) - {"package"}


def test_every_python_dependency_has_its_reason() -> None:
    project = tomli.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert explained("Python, at run time") == {Requirement(text).name for text in project["dependencies"]}


def test_every_javascript_part_has_its_reason() -> None:
    assert explained("JavaScript, shipped in sites") == set(pins.load().default)


def test_every_development_dependency_is_named() -> None:
    group = tomli.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    page = (ROOT / "docs" / "dependencies.md").read_text().split("## Development")[1].lower()
    missing = [name for text in group if (name := Requirement(text).name) not in page]
    if missing:
        pytest.fail(f"not in docs/dependencies.md: {', '.join(missing)}")
