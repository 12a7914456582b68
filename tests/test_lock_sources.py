"""Where things come from: pip's and npm's own configuration, `[pyodide] base`, and the environment."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from igbuild.config import Experiment, load_experiment
from igbuild.errors import ConfigError, IgbuildError, IntegrityError, LockOutOfDate
from igbuild.packages import api, pins
from igbuild.packages.cache import Store, folder_key
from igbuild.packages.lock import LockRequest
from igbuild.packages.make import make_lock
from igbuild.packages.wheels import fetch_all
from tests.stand_ins import INFO, NATIVE, VERSION, distribution, runtime, sha256, sri, wheel
from tests.test_lock_make import Lab, lab, server

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["lab", "server"]  # fixtures

TOML = """\
[experiment]
name = "demo"
title = "Demo"

[environment]
source = "env.py"
entry_point = "env:make"
packages = {packages}

[game]
fps = 10
render = "{render}"

[controls]
default_action = 0
keys = {{ArrowUp = 1}}

[pyodide]
version = "{version}"
"""


def experiment(lab: Lab, packages: list[str], *, render: str = "rgb_array", more: str = "") -> Experiment:
    (lab.root / "env.py").write_text("def make():\n    return None\n")
    text = TOML.format(packages=json.dumps(packages), render=render, version=VERSION)
    (lab.root / "experiment.toml").write_text(text + more)
    return load_experiment(lab.root / "experiment.toml")


class TestUnresolvable:
    @pytest.mark.parametrize(
        ("wish", "message"),
        [
            ("gymnasum>=1", 'the package index knows no gymnasum; did you mean "gymnasium"?'),
            ("Pure_Toool", 'the package index knows no pure-toool; did you mean "puretool"?'),
            ("qqq", "the package index knows no qqq; is its name written as pip takes it?"),
        ],
    )
    @pytest.mark.parametrize("columns", ["200", "40"])
    def test_a_name_that_nobody_knows_is_placed(
        self, wish: str, message: str, columns: str, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", columns)  # uv breaks its lines there
        with pytest.raises(ConfigError) as caught:
            api.lock_experiment(experiment(lab, ["tiny", wish]), lab.store)
        assert (caught.value.line, caught.value.column) == (8, 21)
        assert caught.value.message == f"{lab.root}/experiment.toml:8:21: {message}"

    def test_so_is_a_version_that_there_is_not(self, lab: Lab) -> None:
        with pytest.raises(ConfigError, match=r"experiment\.toml:8:13: .*(?s:.)*Loosen a version") as caught:
            api.lock_experiment(experiment(lab, ["tiny>=77", "stats"]), lab.store)
        assert "tiny>=77" in caught.value.message


class TestMirrors:
    def test_the_mirror_of_pips_own_file_is_asked_by_uv_and_by_pip(
        self, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        settings = tmp_path / "pip.conf"
        settings.write_text(f"[global]\nindex-url = {lab.server.url}/mirror/simple\n")
        monkeypatch.delenv("PIP_INDEX_URL")
        monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
        monkeypatch.setenv("PIP_FIND_LINKS", "")
        lab.server.pages = {f"/mirror{path}": body for path, body in lab.server.pages.items()}
        for path, body in lab.server.pages.items():
            if isinstance(body, bytes) and "/simple/" in path:
                lab.server.pages[path] = body.replace(b'href="/', b'href="/mirror/')
        assert lab.versions("tiny") == {"tiny": ("0.2", "index")}
        assert lab.server.requests.count("/mirror/simple/tiny/") == 2
        assert all(path.startswith("/mirror/") for path in lab.server.requests)

    def test_further_indexes_and_folders_of_wheels_count(
        self, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        name, data = wheel("tiny", "0.9")
        (tmp_path / "links").mkdir()
        (tmp_path / "links" / name).write_bytes(data)
        monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
        lab.server.index(wheel("second", "1.0"))
        lab.server.pages["/more/simple/second/"] = lab.server.pages.pop("/simple/second/")
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"{lab.server.url}/more/simple")
        assert lab.versions("tiny", "second") == {"second": ("1.0", "index"), "tiny": ("0.9", "index")}

    def test_credentials_are_used_and_never_shown(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        place = lab.server.url.replace("http://", "http://me:secret@")
        monkeypatch.setenv("PIP_INDEX_URL", f"{place}/simple/")
        assert "tiny" in lab.versions("tiny")
        with pytest.raises(IgbuildError) as caught:
            lab.lock("no-such-package")
        assert "secret" not in caught.value.message

    def test_the_registry_of_npms_own_file_is_asked(
        self, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
        (lab.root / "package.json").write_text("{}")
        (lab.root / ".npmrc").write_text(f"registry={lab.server.url}/npm/\nfetch-retries=0\n")
        lab.server.npm("pyodide", VERSION, runtime(lab.distribution))
        lab.store.clear()
        assert lab.versions() == {}
        assert "/npm/pyodide" in lab.server.requests

    def test_another_runtime_than_the_pinned_one_is_refused(
        self, lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
        (lab.root / "package.json").write_text("{}")
        (lab.root / ".npmrc").write_text(f"registry={lab.server.url}/npm/\nfetch-retries=0\n")
        other = distribution()
        other.lock["info"]["python"] = "3.14.3"
        lab.server.npm("pyodide", VERSION, runtime(other))
        lab.store.clear()
        with pytest.raises(IntegrityError, match=f"pyodide@{VERSION}") as caught:
            lab.lock()
        assert sri(runtime(other)) in caught.value.message
        assert lab.store.info().files == 0


class TestBase:
    def test_a_mirror_of_the_distribution_serves_its_wheels(self, lab: Lab) -> None:
        made = lab.lock("stats")
        for name, data in lab.distribution.files.items():
            lab.server.pages[f"/dist/{name}"] = data
        lab.server.requests.clear()
        files = fetch_all(made, lab.store, root=lab.root, base=f"{lab.server.url}/dist/")
        assert set(files) == {"stats", "fastmath", "libfast", "puretool"}
        for key, entry in made.entries.items():
            assert sha256(files[key].path.read_bytes()) == entry.sha256 == files[key].sha256
        assert sorted(lab.server.requests) == sorted(f"/dist/{files[key].name}" for key in files)

    def test_a_local_folder_serves_them_without_a_network(self, lab: Lab) -> None:
        made = lab.lock("stats")
        lab.distribution.write(lab.root / "pyodide")
        lab.server.requests.clear()
        assert len(fetch_all(made, lab.store, root=lab.root, base="pyodide", offline=True)) == 4
        assert lab.server.requests == []

    def test_a_wrong_wheel_in_the_distribution_is_refused(self, lab: Lab) -> None:
        made = lab.lock("stats")
        folder = lab.distribution.write(lab.root / "pyodide")
        bad = made.entries["fastmath"].name
        (folder / bad).write_bytes(b"evil")
        with pytest.raises(IntegrityError) as caught:
            fetch_all(made, lab.store, root=lab.root, base="pyodide")
        for part in (bad, made.entries["fastmath"].sha256, sha256(b"evil")):
            assert part in caught.value.message
        assert lab.store.get(sha256(b"evil")) is None

    @pytest.mark.parametrize("kind", ["folder", "address"])
    def test_its_own_lock_is_the_base(self, lab: Lab, kind: str) -> None:
        own = distribution()
        own.add(wheel("private", "7.0", tag=NATIVE), depends=["fastmath"])
        own.write(lab.root / "own")
        for name, data in own.files.items():
            lab.server.pages[f"/own/{name}"] = data
        lab.server.pages["/own/pyodide-lock.json"] = own.raw
        base = "own" if kind == "folder" else f"{lab.server.url}/own"
        request = lab.request("private", base=base)
        made = make_lock(request, lab.store)
        assert made.entries["private"].source == "distribution"
        assert set(fetch_all(made, lab.store, root=lab.root, base=base)) == {"private", "fastmath", "libfast"}
        assert made.facts["base"] == sha256(own.raw)

    def test_a_lock_for_another_abi_is_refused(self, lab: Lab) -> None:
        own = distribution()
        own.lock["info"] = {**INFO, "abi_version": "2025_0"}
        own.write(lab.root / "own")
        with pytest.raises(ConfigError, match="has a lock for ABI 2025_0"):
            make_lock(lab.request("stats", base="own"), lab.store)

    def test_a_wheel_for_another_abi_in_it_is_refused(self, lab: Lab) -> None:
        own = distribution()
        own.add(wheel("private", "7.0", tag="cp313-cp313-pyodide_2025_0_wasm32"))
        own.write(lab.root / "own")
        with pytest.raises(ConfigError, match=r"private-7\.0-.* is a wheel for another platform"):
            make_lock(lab.request("private", base="own"), lab.store)

    def test_a_lock_that_names_addresses_is_refused(self, lab: Lab) -> None:
        own = distribution()
        own.lock["packages"]["puretool"]["file_name"] = "https://example.org/puretool-1.0-py3-none-any.whl"
        own.write(lab.root / "own")
        with pytest.raises(ConfigError, match="an address of its own"):
            make_lock(lab.request("puretool", base="own"), lab.store)

    def test_a_folder_that_is_not_there_is_named(self, lab: Lab) -> None:
        with pytest.raises(ConfigError, match=r"there is no folder .*nowhere"):
            make_lock(lab.request(base="nowhere"), lab.store)

    def test_the_page_of_a_catch_all_server_is_no_lock(self, lab: Lab) -> None:
        lab.server.pages["/own/pyodide-lock.json"] = b"<!DOCTYPE html>"
        with pytest.raises(IgbuildError, match="is not JSON"):
            make_lock(lab.request(base=f"{lab.server.url}/own"), lab.store)


class TestCommands:
    def test_an_experiment_is_locked_checked_and_found_current(self, lab: Lab) -> None:
        demo = experiment(lab, ["game"], render="draw")
        assert api.check_lock(demo).lines == ["+ there is no pyodide-lock.json yet"]
        result = api.lock_experiment(demo, lab.store)
        assert result.written
        assert result.path == lab.root / "pyodide-lock.json"
        assert [change.name for change in result.changes] == [
            "eventemitter3",
            "fastmath",
            "game",
            "libfast",
            "phaser",
            "puretool",
            "pyodide",
        ]
        pinned = {name: pins.load().pin(name).version for name in ("eventemitter3", "phaser")}
        assert result.to_json()["npm"] == pinned
        assert api.check_lock(demo).current
        assert not api.lock_experiment(demo, lab.store).written

    def test_bundle_re_makes_a_stale_lock_unless_frozen(
        self, lab: Lab, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        api.lock_experiment(experiment(lab, ["tiny"]), lab.store)
        before = (lab.root / "pyodide-lock.json").read_bytes()
        changed = experiment(lab, ["packer"])
        with pytest.raises(LockOutOfDate, match=r"- package tiny\n  \+ package packer") as caught:
            api.locked(changed, lab.store, frozen=True)
        assert caught.value.exit_code == 3
        monkeypatch.setenv("CI", "1")
        with pytest.raises(LockOutOfDate):
            api.locked(changed, lab.store)
        assert (lab.root / "pyodide-lock.json").read_bytes() == before
        monkeypatch.setenv("CI", "false")
        assert set(api.locked(changed, lab.store).entries) == {"packer"}
        lab.server.requests.clear()
        assert set(api.locked(changed, lab.store, frozen=True).entries) == {"packer"}
        assert lab.server.requests == []

    def test_a_failed_lock_leaves_the_old_one(self, lab: Lab) -> None:
        api.lock_experiment(experiment(lab, ["tiny"]), lab.store)
        before = (lab.root / "pyodide-lock.json").read_bytes()
        with pytest.raises(ConfigError):
            api.lock_experiment(experiment(lab, ["fastmath>=99"]), lab.store)
        assert (lab.root / "pyodide-lock.json").read_bytes() == before

    def test_another_distribution_is_noticed(self, lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
        api.lock_experiment(experiment(lab, ["tiny"]), lab.store)
        own = distribution()
        own.add(wheel("private", "7.0"))
        own.write(lab.root / "own")
        monkeypatch.setenv("IGBUILD_PYODIDE_BASE", str(lab.root / "own"))
        assert api.check_lock(experiment(lab, ["tiny"])).lines == [
            "+ [pyodide] base has another distribution than the one locked"
        ]
        distribution().write(lab.root / "own")
        (lab.root / "own" / "pyodide-lock.json").write_bytes(lab.distribution.raw)
        assert api.check_lock(experiment(lab, ["tiny"])).current

    def test_the_files_of_a_lock_are_given_verified(self, lab: Lab) -> None:
        lab.distribution.write(lab.root / "dist")
        demo = experiment(lab, ["tiny"], more='base = "dist"\n')
        lock = api.locked(demo, lab.store, frozen=False)
        files = api.runtime_files(lock, lab.store)
        assert set(files) == {"pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"}
        for name, file in files.items():
            assert file.sha256 == sha256(file.path.read_bytes()) == sha256(name.encode())
            assert file.size == len(name)
        assert set(api.wheel_files(lock, lab.store, demo)) == {"tiny"}
        with pytest.raises(IgbuildError, match="does not pin the npm package phaser"):
            api.npm_folder(lock, "phaser", lab.store)


@pytest.mark.network
@pytest.mark.parametrize(
    ("version", "source"), [("0.28.3", "distribution"), ("0.29.5", "distribution"), ("314.0.7", "index")]
)
def test_real_releases_lock_with_a_native_wheel(version: str, source: str, tmp_path: Path) -> None:
    store = Store()
    request = LockRequest(version, ("gymnasium", "pettingzoo", "msgpack"), ("phaser",), tmp_path)
    made = make_lock(request, store)
    assert made.entries["msgpack"].source == source
    assert made.entries["numpy"].source == "distribution"
    assert made.entries["gymnasium"].source == "index"
    for entry in made.entries.values():
        assert set(entry.depends) <= made.entries.keys()
        assert len(entry.sha256) == 64
    again = make_lock(replace(request, packages=request.packages[::-1]), store, previous=made)
    assert again.to_json() == made.to_json()
    files = fetch_all(replace_distribution(made), store, root=tmp_path)
    assert {file.name for file in files.values()} >= {made.entries["gymnasium"].name}
    assert os.sep not in json.dumps(made.facts["requested"])


def replace_distribution(made: api.Lock) -> api.Lock:
    """Return a lock without the files of the Pyodide project's own server, which tests do not ask."""
    kept = {
        key: package
        for key, package in made.spec.packages.items()
        if made.entries[key].source != "distribution"
    }
    return api.Lock(made.spec.model_copy(update={"packages": kept}), made.extras)


@pytest.mark.network
def test_the_real_runtime_and_phaser_are_given(tmp_path: Path) -> None:
    store = Store()
    made = make_lock(LockRequest("314.0.7", (), ("phaser",), tmp_path), store)
    files = api.runtime_files(made, store)
    assert files["pyodide.asm.wasm"].path.read_bytes()[:4] == b"\0asm"
    assert (api.npm_folder(made, "phaser", store) / "src" / "phaser.js").is_file()
    assert store.folder(folder_key("pyodide", "314.0.7", made.pyodide_integrity)) is not None
