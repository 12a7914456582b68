"""What `igbuild doctor` finds, on machines that lack one thing or another."""

from __future__ import annotations

import json
import os
import shutil
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from igbuild import doctor
from igbuild.cli import main
from igbuild.doctor import Finding, examine
from igbuild.errors import ToolMissing
from igbuild.packages import tools
from tests.stand_ins import serve

if TYPE_CHECKING:
    from pathlib import Path

TOML = '[experiment]\nname = "x"\n[environment]\nentry_point = "env:make"\n'


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IGBUILD_CACHE", str(tmp_path / "not yet" / "cache"))
    for name in ("IGBUILD_ESBUILD", "IGBUILD_CHROMIUM", "IGBUILD_PYODIDE_BASE"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def look(place: Path, *, offline: bool = True) -> dict[str, Finding]:
    return {one.name: one for one in examine(place / "experiment.toml", offline=offline)}


def write(place: Path, more: str = "") -> None:
    (place / "env.py").write_text("def make(): ...\n")
    (place / "experiment.toml").write_text(TOML + more)


def test_nothing_is_made_by_looking(place: Path) -> None:
    found = look(place)
    assert list(place.iterdir()) == []
    assert {one.verdict for one in found.values()} == {"ok"}
    assert "0 files" in found["cache"].text
    assert sys.executable in found["Python"].text
    assert "igbuild init" in found["experiment"].advice
    assert not {"lock", "registry", "index", "Pyodide"} & set(found)


def test_without_npm_uv_will_fetch_one_and_without_both_nothing_can_be_built(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(place))
    assert "uv will fetch" in look(place)["npm"].text

    def missing() -> list[str]:
        raise ToolMissing("uv was not found.")

    monkeypatch.setattr(tools, "uv_command", missing)
    assert {one.name for one in look(place).values() if one.verdict == "fail"} == {"uv", "npm"}
    done = CliRunner().invoke(main, ["doctor", "--offline"])
    assert done.exit_code == 1
    assert "nothing can be built before this is mended: uv, npm" in done.output


def test_variables_that_name_nothing_are_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGBUILD_ESBUILD", str(place / "absent"))
    monkeypatch.setenv("IGBUILD_CHROMIUM", str(place / "absent"))
    found = look(place)
    assert (found["esbuild"].verdict, found["browser"].verdict) == ("fail", "warn")
    assert "IGBUILD_ESBUILD" in found["esbuild"].advice
    assert "IGBUILD_CHROMIUM" in found["browser"].advice


def test_a_full_disk_is_told(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "ROOM", shutil.disk_usage(place).total * 2)
    assert look(place)["disk"].verdict == "warn"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_cache_that_cannot_be_written_is_told(place: Path) -> None:
    place.chmod(0o500)
    assert look(place)["cache"].verdict == "fail"


def test_the_experiment_and_its_lock_are_looked_at(place: Path) -> None:
    write(place)
    found = look(place)
    assert found["experiment"].text == "experiment.toml has no mistake"
    assert (found["lock"].verdict, found["lock"].advice) == ("warn", "igbuild lock")
    (place / "pyodide-lock.json").write_text("{")
    assert "is not JSON" in look(place)["lock"].text
    write(place, "fps = 3\n")
    assert look(place)["experiment"].text.startswith("experiment.toml:5:1: ")


def test_each_place_is_asked_by_the_program_that_fetches_from_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve() as server:
        monkeypatch.setenv("npm_config_registry", f"{server.url}/npm/")
        monkeypatch.setenv("npm_config_cache", str(place / "npm"))
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple/")
        for name in ("PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX"):
            monkeypatch.delenv(name, raising=False)
        write(place, f'[pyodide]\nbase = "{server.url}/dist"\n')
        found = look(place, offline=False)
        assert [found[name].verdict for name in ("registry", "index", "Pyodide")] == ["warn"] * 3
        assert all(found[name].advice for name in ("registry", "index", "Pyodide"))
        asked = {path.split("?")[0] for path in server.requests}
        assert {"/npm/phaser", "/simple/packaging/", "/dist/pyodide-lock.json"} <= asked
    write(place, f'[pyodide]\nbase = "{place}"\n')
    assert doctor._ask_base(doctor._experiment(place / "experiment.toml")[0]).verdict == "ok"


def test_programs_get_json(place: Path) -> None:
    done = CliRunner().invoke(main, ["doctor", "--offline", "--json"])
    told = json.loads(done.stdout)
    assert [one["name"] for one in told["findings"]] == list(look(place))
    assert all(set(one) == {"name", "verdict", "text", "advice"} for one in told["findings"])
