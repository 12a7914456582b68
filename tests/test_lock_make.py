"""Making locks against a stand-in index and distribution on loopback, with the real uv and pip."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest

from igbuild.errors import ConfigError, IgbuildError, IntegrityError
from igbuild.packages import npm, pins
from igbuild.packages.cache import Store, folder_key
from igbuild.packages.changes import changes
from igbuild.packages.drift import compare
from igbuild.packages.lock import Lock, LockRequest, parse_lock, read_lock, write_lock
from igbuild.packages.make import Options, make_lock
from igbuild.packages.site_files import site_lock
from igbuild.packages.spec import to_text
from igbuild.packages.wheels import fetch_all
from tests.stand_ins import (
    NATIVE,
    VERSION,
    Distribution,
    Server,
    distribution,
    pinned,
    runtime,
    serve,
    sha256,
    sri,
    wheel,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

INDEX = [
    wheel("game", "1.0", requires=["fastmath>=1", "puretool"]),
    wheel("game", "1.1", requires=["fastmath>=1", "puretool", "tiny; python_version < '3'"]),
    wheel("tiny", "0.1"),
    wheel("tiny", "0.2"),
    wheel(
        "extra",
        "1.0",
        requires=["tiny>=0.2; extra == 'more'", "game; sys_platform == 'win32'"],
        extras=["more"],
    ),
    wheel("puretool", "3.0"),
    wheel("modern", "1.0", requires=["puretool>=2"]),
    wheel("packer", "1.2", tag=NATIVE),
    wheel("packer", "1.3", tag="cp314-cp314-manylinux_2_28_x86_64"),
    wheel("stats", "9.0"),
    wheel("desktop", "1.0", source="import tkinter\n"),
    wheel("circular-a", "1.0", requires=["circular-b"]),
    wheel("circular-b", "1.0", requires=["circular-a"]),
    wheel("linux-only", "1.0", tag="cp314-cp314-manylinux_2_28_x86_64"),
]


@dataclass
class Lab:
    """A user's machine: an experiment's folder, a cache, an index and a distribution."""

    root: Path
    store: Store
    server: Server
    distribution: Distribution

    def request(self, *packages: str, **changed: Any) -> LockRequest:
        return replace(LockRequest(VERSION, packages, (), self.root), **changed)

    def lock(self, *packages: str, previous: Lock | None = None, **options: Any) -> Lock:
        return make_lock(self.request(*packages), self.store, previous=previous, options=Options(**options))

    def versions(self, *packages: str, **options: Any) -> dict[str, tuple[str, str]]:
        made = self.lock(*packages, **options)
        return {key: (entry.version, entry.source) for key, entry in made.entries.items()}


def seed(store: Store, data: bytes, integrity: str) -> None:
    """Put a Pyodide release into the cache, as npm would have."""
    file = store.root.parent / "pyodide.tgz"
    store.root.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    store.add_folder(folder_key("pyodide", VERSION, integrity), lambda folder: npm.unpack(file, folder))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with serve() as made:
        yield made


@pytest.fixture
def lab(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_", "IGBUILD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{server.url}/simple/")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    server.pages.clear()
    server.requests.clear()
    server.index(*INDEX)
    made = distribution()
    data = runtime(made)
    table = pinned(pins.load(), pins.Pin("pyodide", VERSION, sri(data)))
    monkeypatch.setattr(pins, "load", lambda: table)
    store = Store(tmp_path / "cache")
    seed(store, data, sri(data))
    root = tmp_path / "experiment"
    root.mkdir()
    return Lab(root, store, server, made)


class TestResolve:
    def test_the_distribution_and_the_index_take_part(self, lab: Lab) -> None:
        made = lab.lock("game")
        assert lab.server.requests.count("/simple/game/") >= 1
        assert {key: (one.version, one.source) for key, one in made.entries.items()} == {
            "fastmath": ("2.0", "distribution"),
            "game": ("1.1", "index"),
            "libfast": ("1.0", "distribution"),
            "puretool": ("1.0", "distribution"),
        }
        assert made.entries["game"].depends == ("fastmath", "puretool")
        assert made.entries["fastmath"].depends == ("libfast",)
        assert made.entries["game"].imports == ("game",)

    def test_pure_packages_give_way_and_native_ones_of_the_index_are_chosen(self, lab: Lab) -> None:
        assert lab.versions("modern") == {"modern": ("1.0", "index"), "puretool": ("3.0", "index")}
        assert lab.versions("packer") == {"packer": ("1.2", "index")}

    def test_binary_packages_of_the_distribution_are_pinned_against_pure_ones_of_the_index(
        self, lab: Lab
    ) -> None:
        assert lab.versions("stats")["stats"] == ("1.5", "distribution")
        with pytest.raises(ConfigError, match=r"stats"):
            lab.lock("stats>=9")

    def test_markers_are_the_targets_also_on_requested_names(self, lab: Lab) -> None:
        assert lab.versions("tiny; sys_platform == 'linux'", "extra") == {"extra": ("1.0", "index")}
        assert set(lab.versions("tiny; sys_platform == 'emscripten' and python_version >= '3.14'")) == {
            "tiny"
        }

    def test_a_distribution_without_pure_packages_prefers_nothing(self, lab: Lab) -> None:
        own = Distribution()
        own.add(wheel("fastmath", "2.0", tag=NATIVE))
        own.write(lab.root / "own")
        made = make_lock(lab.request("tiny", "fastmath", base="own"), lab.store)
        assert set(made.entries) == {"tiny", "fastmath"}

    def test_extras_and_specifiers_count(self, lab: Lab) -> None:
        assert lab.versions("extra[more]")["tiny"] == ("0.2", "index")
        assert lab.versions("tiny<0.2")["tiny"] == ("0.1", "index")
        assert set(lab.versions("circular-a")) == {"circular-a", "circular-b"}

    @pytest.mark.parametrize("wish", ["fastmath>=99", "linux-only"])
    def test_what_has_no_solution_fails_with_the_reason_of_uv(self, lab: Lab, wish: str) -> None:
        with pytest.raises(ConfigError, match=wish.partition(">")[0]) as caught:
            lab.lock(wish)
        assert "uv says" in caught.value.message
        assert caught.value.exit_code == 2

    def test_what_needs_a_desktop_is_refused_with_the_reason(self, lab: Lab) -> None:
        with pytest.raises(ConfigError, match=r"desktop 1\.0 cannot be imported(.|\n)*:1 imports tkinter"):
            lab.lock("desktop")

    def test_no_packages_ask_nobody(self, lab: Lab) -> None:
        assert lab.versions() == {}
        assert lab.server.requests == []


class TestPins:
    def test_existing_pins_are_kept_until_upgraded(self, lab: Lab) -> None:
        old = lab.lock("game", "tiny<0.2")
        assert lab.lock("game", "tiny", previous=old).entries["tiny"].version == "0.1"
        assert lab.lock("game", "tiny", previous=old, upgrade=True).entries["tiny"].version == "0.2"
        new = lab.lock("game", "tiny", previous=old, upgrade_packages=("Tiny",))
        assert new.entries["tiny"].version == "0.2"
        assert [str(change) for change in changes(old, new)] == ["tiny 0.1 -> 0.2 (index)"]

    def test_pins_that_no_longer_fit_give_way(self, lab: Lab) -> None:
        old = lab.lock("tiny<0.2")
        assert lab.lock("tiny>=0.2", previous=old).entries["tiny"].version == "0.2"

    def test_changes_name_what_came_and_went(self, lab: Lab) -> None:
        lines = [str(change) for change in changes(lab.lock("tiny"), lab.lock("packer"))]
        assert lines == ["packer (none) -> 1.2 (index)", "tiny 0.2 -> (none) (index)"]


class TestFile:
    def test_the_same_request_gives_the_same_bytes_anywhere(self, lab: Lab, tmp_path: Path) -> None:
        (lab.root / "mylib").mkdir()
        build_library(lab.root / "mylib")
        first = to_text(lab.lock("game", "./mylib").to_json())
        elsewhere = tmp_path / "other" / "place"
        build_library(elsewhere / "mylib")
        data = runtime(lab.distribution)
        store = Store(tmp_path / "other" / "cache")
        seed(store, data, sri(data))
        second = make_lock(replace(lab.request("./mylib", "game"), root=elsewhere), store)
        assert to_text(second.to_json()) == first
        assert str(tmp_path) not in first
        assert "127.0.0.1" not in first

    def test_it_round_trips_and_is_rewritten_only_when_it_changed(self, lab: Lab) -> None:
        path = lab.root / "pyodide-lock.json"
        made = lab.lock("game")
        assert write_lock(made, path)
        assert not write_lock(made, path)
        again = read_lock(path)
        assert again is not None
        assert again.to_json() == made.to_json()
        assert again.sha256 == made.sha256
        assert to_text(lab.lock("game", previous=again).to_json()) == path.read_text()
        assert path.read_text().endswith("}\n")

    def test_what_the_page_is_given_names_files_below_wheels(self, lab: Lab) -> None:
        made = lab.lock("game")
        given = site_lock(made)
        game = given["packages"]["game"]
        assert game["file_name"] == f"{game['sha256'][:12]}/game-1.1-py3-none-any.whl"
        assert given["info"] == made.to_json()["info"]
        assert "tool" not in game

    def test_other_files_are_refused(self, lab: Lab) -> None:
        with pytest.raises(IgbuildError, match="not made by igbuild"):
            parse_lock(lab.distribution.raw.decode(), "pyodide-lock.json")
        with pytest.raises(IgbuildError, match="is not JSON"):
            parse_lock("<<<<<<< HEAD", "pyodide-lock.json")
        with pytest.raises(IgbuildError, match="not a Pyodide lock"):
            parse_lock("[]", "pyodide-lock.json")


def build_library(folder: Path, body: str = "answer = 42\n") -> None:
    package = folder / "src" / "mylib"
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").write_text(body)
    (package / "data.txt").write_text("data")
    (folder / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
        '[project]\nname = "mylib"\nversion = "0.3"\n'
    )
    # A backend of one function, because the stand-in index serves none.
    (folder / "backend.py").write_text(
        "import time, zipfile\n"
        "def build_wheel(folder, config_settings=None, metadata_directory=None):\n"
        "    name = 'mylib-0.3-py3-none-any.whl'\n"
        "    info = 'mylib-0.3.dist-info'\n"
        "    with zipfile.ZipFile(folder + '/' + name, 'w', zipfile.ZIP_DEFLATED) as wheel:\n"
        "        for file in ('data.txt', '__init__.py'):\n"
        "            stamp = time.localtime()[:6]\n"
        "            text = open('src/mylib/' + file).read()\n"
        "            wheel.writestr(zipfile.ZipInfo('mylib/' + file, stamp), text)\n"
        "        wheel.writestr(info + '/METADATA', 'Metadata-Version: 2.1\\nName: mylib\\nVersion: 0.3\\n'\n"
        "                       'Requires-Dist: tiny<0.2\\n')\n"
        "        wheel.writestr(info + '/WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n'\n"
        "                       'Tag: py3-none-any\\n')\n"
        "        wheel.writestr(info + '/RECORD', '')\n"
        "    return name\n"
    )


class TestLocal:
    def test_a_folder_is_built_and_a_wheel_taken(self, lab: Lab) -> None:
        build_library(lab.root / "mylib")
        name, data = wheel("own", "2.0", requires=["packer"])
        (lab.root / "wheels").mkdir()
        (lab.root / "wheels" / name).write_bytes(data)
        made = lab.lock("./mylib", f"wheels/{name}")
        assert {key: (one.version, one.source) for key, one in made.entries.items()} == {
            "mylib": ("0.3", "path"),
            "own": ("2.0", "path"),
            "packer": ("1.2", "index"),
            "tiny": ("0.1", "index"),
        }
        assert made.facts["requested"] == ["./mylib", f"./wheels/{name}"]

    def test_a_changed_folder_is_noticed_and_an_emptied_cache_refilled(self, lab: Lab) -> None:
        build_library(lab.root / "mylib")
        made = lab.lock("./mylib")
        assert compare(made, lab.request("./mylib")).current
        digest = made.entries["mylib"].sha256
        lab.store.clear()
        files = fetch_all(made, lab.store, root=lab.root)
        assert files["mylib"].sha256 == digest
        build_library(lab.root / "mylib", "answer = 43\n")
        assert compare(made, lab.request("./mylib")).lines == ["+ ./mylib has changed"]
        lab.store.clear()
        with pytest.raises(IntegrityError, match=r"\./mylib does not give the locked wheel"):
            fetch_all(made, lab.store, root=lab.root)

    def test_a_wheel_for_another_platform_is_refused(self, lab: Lab) -> None:
        name, data = wheel("own", "2.0", tag="cp313-cp313-pyodide_2025_0_wasm32")
        (lab.root / name).write_bytes(data)
        with pytest.raises(ConfigError, match="does not run on Pyodide"):
            lab.lock(f"./{name}")

    def test_a_damaged_wheel_is_refused(self, lab: Lab) -> None:
        name, data = wheel("own", "2.0")
        (lab.root / name).write_bytes(data[: len(data) // 2])
        with pytest.raises(IgbuildError, match="not a readable wheel"):
            lab.lock(f"./{name}")

    def test_a_folder_that_is_no_package_is_refused(self, lab: Lab) -> None:
        (lab.root / "plain").mkdir()
        with pytest.raises(ConfigError, match=r"no pyproject\.toml"):
            lab.lock("./plain")


class TestIntegrity:
    def test_a_wheel_that_is_not_the_one_the_index_states_is_refused(self, lab: Lab) -> None:
        good, bad = wheel("swapped", "1.0"), wheel("swapped", "1.0", source="evil = True\n")
        lab.server.index(good)
        lab.server.pages[f"/files/{good[0]}"] = bad[1]
        with pytest.raises(IntegrityError) as caught:
            lab.lock("swapped")
        for part in ("swapped", "expected sha256", "got"):
            assert part in caught.value.message
        assert caught.value.exit_code == 5
        assert lab.store.info().kinds["files"] == 0

    def test_a_wheel_replaced_after_locking_is_refused(self, lab: Lab) -> None:
        made = lab.lock("tiny")
        bad = wheel("tiny", "0.2", source="evil = True\n")
        lab.server.index(bad)
        assert fetch_all(made, lab.store, root=lab.root, offline=True)["tiny"].size > 0
        lab.store.clear()
        with pytest.raises(IntegrityError, match=made.entries["tiny"].sha256):
            fetch_all(made, lab.store, root=lab.root)

    def test_a_file_the_index_replaced_is_not_locked_again_unless_asked_for(self, lab: Lab) -> None:
        made = lab.lock("tiny")
        bad = wheel("tiny", "0.2", source="other = True\n")
        lab.server.index(bad)
        shutil.rmtree(os.environ["UV_CACHE_DIR"])
        with pytest.raises(IntegrityError, match=r"tiny-0\.2-py3-none-any\.whl on the index"):
            lab.lock("tiny", previous=made)
        again = lab.lock("tiny", previous=made, upgrade_packages=("tiny",))
        assert [str(change) for change in changes(made, again)] == ["tiny 0.2 other bytes (index)"]

    def test_offline_with_a_cold_cache_names_what_is_missing(self, lab: Lab) -> None:
        made = lab.lock("tiny")
        lab.store.clear()
        with pytest.raises(IgbuildError, match=r"not in the cache: tiny 0\.2"):
            fetch_all(made, lab.store, root=lab.root, offline=True)

    def test_offline_with_a_warm_cache_asks_nobody(self, lab: Lab) -> None:
        made = lab.lock("game")
        lab.server.requests.clear()
        assert to_text(lab.lock("game", offline=True).to_json()) == to_text(made.to_json())
        assert lab.server.requests == []


class TestExcludeNewer:
    OLD, NEW = "2026-01-31", "2026-02-28"

    @pytest.fixture(autouse=True)
    def dated(self, lab: Lab) -> None:
        """Let the index say when each release of `tiny` came, as only its JSON pages can."""
        files = []
        for version, date in (("0.1", "2026-01-15"), ("0.2", "2026-02-15"), ("0.3", "2026-03-15")):
            name, data = wheel("tiny", version)
            lab.server.pages[f"/files/{name}"] = data
            about = {"filename": name, "url": f"/files/{name}", "hashes": {"sha256": sha256(data)}}
            files.append({**about, "upload-time": f"{date}T00:00:00Z"})
        page = {"meta": {"api-version": "1.1"}, "name": "tiny", "files": files}
        lab.server.pages["/simple/tiny/"] = json.dumps(page).encode()

    def tiny(self, lock: Lock) -> tuple[str, str | None]:
        return lock.entries["tiny"].version, lock.facts.get("exclude_newer")

    def test_a_date_holds_until_another_is_given_or_all_is_upgraded(self, lab: Lab) -> None:
        first = lab.lock("tiny", exclude_newer=self.OLD)
        assert self.tiny(first) == ("0.1", self.OLD)
        again = lab.lock("tiny", previous=first, upgrade_packages=("tiny",))
        assert self.tiny(again) == ("0.1", self.OLD)
        later = lab.lock("tiny", previous=first, upgrade_packages=("tiny",), exclude_newer=self.NEW)
        assert self.tiny(later) == ("0.2", self.NEW)
        assert [str(change) for change in changes(first, later)] == [
            f"--exclude-newer {self.OLD} -> {self.NEW} (option)",
            "tiny 0.1 -> 0.2 (index)",
        ]
        newest = lab.lock("tiny", previous=later, upgrade=True)
        assert self.tiny(newest) == ("0.3", None)
        assert str(changes(later, newest)[0]) == f"--exclude-newer {self.NEW} -> (none) (option)"


class TestVersions:
    @pytest.mark.parametrize("old", ["0.27.7", "0.25.0"])
    def test_old_releases_are_refused_with_the_reason(self, lab: Lab, old: str) -> None:
        with pytest.raises(ConfigError, match=r"too old(.|\n)*packageBaseUrl"):
            make_lock(lab.request(pyodide=old), lab.store)

    def test_what_is_no_version_is_refused(self, lab: Lab) -> None:
        with pytest.raises(ConfigError, match="not a version"):
            make_lock(lab.request(pyodide="latest"), lab.store)
