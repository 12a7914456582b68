"""The pure parts of the packages room: targets, wishes, stubs, models, pip's configuration."""

from __future__ import annotations

import ast
import base64
import csv
import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from igbuild.errors import ConfigError, IgbuildError
from igbuild.packages import compat, local, npm, pins, pip_config, spec, stubs, wheel
from igbuild.packages.cache import Store
from igbuild.packages.interpreter import answers, interpreter
from igbuild.packages.pip_config import PipConfig
from igbuild.packages.requested import parse
from igbuild.packages.resolve import Question, command, preferences
from igbuild.packages.target import Target, check_supported
from igbuild.process import run
from tests.stand_ins import distribution
from tests.stand_ins import wheel as make_wheel

NEW = Target("314.0.7", "3.14.2", "2026_0", "5.0.3")
OLD = Target("0.28.3", "3.13.2", "2025_0", "4.0.9")


class TestTarget:
    @pytest.mark.parametrize(
        ("marker", "holds"),
        [
            ("sys_platform == 'emscripten'", True),
            ("sys_platform != 'emscripten'", False),
            ("platform_machine == 'wasm32'", True),
            ("platform_system == 'Emscripten'", True),
            ("python_version >= '3.14'", True),
            ("python_full_version < '3.14.2'", False),
            ("os_name == 'nt'", False),
            ("extra == 'more'", False),
        ],
    )
    def test_markers_are_the_targets(self, marker: str, *, holds: bool) -> None:
        assert NEW.applies(Requirement(f"x; {marker}")) is holds

    def test_extras_make_their_requirements_apply(self) -> None:
        both = Requirement("x; extra == 'more' and sys_platform == 'emscripten'")
        assert NEW.applies(both, frozenset({"more"}))
        assert not NEW.applies(both, frozenset({"other"}))

    @pytest.mark.parametrize(
        ("name", "new", "old"),
        [
            ("a-1-py3-none-any.whl", True, True),
            ("a-1-cp314-cp314-pyemscripten_2026_0_wasm32.whl", True, False),
            ("a-1-cp313-cp313-pyemscripten_2025_0_wasm32.whl", False, True),
            ("a-1-cp313-cp313-pyodide_2025_0_wasm32.whl", False, True),
            ("a-1-cp312-abi3-pyemscripten_2026_0_wasm32.whl", True, False),
            ("a-1-cp312-abi3-manylinux_2_28_x86_64.whl", False, False),
            ("a-1-cp314-cp314-pyodide_2024_0_wasm32.whl", False, False),
            ("a-1.tar.gz", False, False),
        ],
    )
    def test_wheels_are_told_apart_by_their_tags(self, name: str, *, new: bool, old: bool) -> None:
        assert (NEW.accepts(name), OLD.accepts(name)) == (new, old)

    def test_supported_releases(self) -> None:
        for version in ("0.28.0", "0.28.3", "0.29.5", "314.0.7", "315.0.0a2"):
            check_supported(version)


class TestRequested:
    def test_equal_wishes_read_alike(self, tmp_path: Path) -> None:
        one = ["NumPy >=1.2 , <3", "gymnasium[b,a]", "x ; python_version>'3'"]
        other = ["x;python_version > '3'", "numpy<3,>=1.2", "Gymnasium[a,b]", "numpy <3, >=1.2"]
        assert [str(w) for w in parse(one, tmp_path)[0]] == [str(w) for w in parse(other, tmp_path)[0]]

    def test_paths_are_told_from_names(self, tmp_path: Path) -> None:
        for folder in ("mylib", "wheels", "exp"):
            (tmp_path / folder).mkdir()
        (tmp_path / "wheels" / "a-1-py3-none-any.whl").touch()
        root = tmp_path / "exp"
        named, local = parse(
            ["../mylib[x]", "../wheels/a-1-py3-none-any.whl", str(tmp_path / "mylib"), "mylib"], root
        )
        assert [str(w) for w in named] == ["mylib"]
        assert [str(w) for w in local] == ["../mylib", "../mylib[x]", "../wheels/a-1-py3-none-any.whl"]

    @pytest.mark.parametrize(
        ("text", "why"),
        [
            ("numpy=>1", "is not a package"),
            ("", "is not a package"),
            ("./absent", "there is no './absent'"),
            ("a @ https://example.org/a-1-py3-none-any.whl", "names a URL"),
            ("https://example.org/a-1-py3-none-any.whl", "is not a package"),
        ],
    )
    def test_what_is_neither_is_refused(self, text: str, why: str, tmp_path: Path) -> None:
        with pytest.raises(ConfigError, match=why):
            parse([text], tmp_path)


class TestModel:
    def test_what_the_model_cannot_hold_comes_back(self) -> None:
        data = {
            "info": {
                "abi_version": "2026_0",
                "arch": "wasm32",
                "platform": "emscripten_5_0_3",
                "python": "3.14.2",
            },
            "packages": {
                "a": {
                    "name": "a",
                    "version": "1",
                    "file_name": "a.whl",
                    "install_dir": "site",
                    "sha256": "0",
                    "package_type": "package",
                    "imports": [],
                    "depends": [],
                    "unvendored_tests": False,
                    "tool": {"other": {"x": 1}},
                }
            },
            "tool": {"b": 2},
        }
        model, extras = spec.split(json.loads(json.dumps(data)))
        assert model.packages["a"].version == "1"
        assert spec.join(model, extras) == data

    def test_a_version_stays_where_there_is_one(self) -> None:
        info = {"abi_version": "1", "arch": "wasm32", "platform": "emscripten_4_0_9", "python": "3.13.2"}
        data = {"info": {**info, "version": "0.28.0.dev0", "new": True}, "packages": {}}
        assert spec.join(*spec.split(data)) == data

    @pytest.mark.parametrize(
        "data", [None, [], {}, {"info": {}}, {"info": {"platform": 1}, "packages": {"a": 1}}]
    )
    def test_what_is_no_lock_is_refused(self, data: object) -> None:
        with pytest.raises(IgbuildError, match="not a Pyodide lock"):
            spec.split(data)

    @pytest.mark.network
    @pytest.mark.parametrize(("version", "count"), [("0.28.3", 343), ("0.29.5", 379), ("314.0.7", 357)])
    def test_real_locks_survive_it(self, version: str, count: int, tmp_path: Path) -> None:
        pin = pins.load().pin("pyodide", version)
        folder = npm.fetch(pin.name, pin.version, pin.integrity, Store())
        data = json.loads((folder / "pyodide-lock.json").read_bytes())
        model, extras = spec.split(data)
        assert len(model.packages) == count
        assert spec.join(model, extras) == data
        stubs.write(stubs.installable(model.packages), tmp_path)


class TestStubs:
    def test_libraries_and_tests_have_none(self) -> None:
        model, _ = spec.split(distribution().lock)
        assert set(stubs.installable(model.packages)) == {"fastmath", "stats", "puretool", "packer"}

    def test_binary_needs_are_exact_and_libraries_left_out(self) -> None:
        model, _ = spec.split(distribution().lock)
        found = stubs.installable(model.packages)
        assert stubs.requires(found["stats"], found) == ["fastmath==2.0", "puretool"]
        assert stubs.requires(found["fastmath"], found) == []

    def test_they_are_readable_wheels(self, tmp_path: Path) -> None:
        model, _ = spec.split(distribution().lock)
        stubs.write(stubs.installable(model.packages), tmp_path)
        about = wheel.read(tmp_path / "stats-1.5-py3-none-any.whl")
        assert (about.name, about.version, len(about.requires)) == ("stats", "1.5", 2)


class TestResolver:
    QUESTION = Question(NEW, {}, ["x"], pins={"x": "1.0"}, exclude_newer="2026-01-01", offline=True)

    def test_the_command_line_holds_options_and_no_place(self) -> None:
        line = command(self.QUESTION, Path("python"))
        assert line[line.index("--exclude-newer") :][:2] == ["--exclude-newer", "2026-01-01"]
        assert "--offline" in line
        assert not [part for part in line if "://" in part or "index" in part]

    def test_pins_are_preferred_over_the_distribution(self) -> None:
        model, _ = spec.split(distribution().lock)
        asked = Question(NEW, stubs.installable(model.packages), [], pins={"puretool": "0.9"})
        text = preferences(asked)
        assert 'name = "puretool"\nversion = "0.9"' in text
        assert "fastmath" not in text

    def test_the_interpreter_answers_for_the_target(self, tmp_path: Path) -> None:
        store = Store(tmp_path)
        python = interpreter(NEW, store)
        asked = (
            "import sys, sysconfig, platform as p; print(sys.platform, p.machine(), sysconfig.get_platform())"
        )
        assert run([str(python), "-I", "-c", asked]).split() == [
            "emscripten",
            "wasm32",
            "emscripten-5.0.3-wasm32",
        ]
        assert interpreter(NEW, store) == python
        python.unlink()
        python.symlink_to("/no/such/python")
        assert interpreter(NEW, store) == python
        assert python.exists()
        assert interpreter(OLD, store) != python
        compile(answers(NEW), "answers", "exec")


LISTING = """\
:env:.timeout='60'
download.proxy='http://proxy:8080'
global.cert='/etc/certs.pem'
global.extra-index-url='https://me:pw@one/simple\\nhttps://two/simple'
global.find-links='/opt/wheels'
global.index-url='https://user:secret@mirror/simple'
global.timeout='15'
global.trusted-host='mirror'
install.index-url='https://not-this/simple'
"""


class TestPipConfig:
    def test_files_sections_and_environment_are_merged_as_pip_does(self) -> None:
        assert pip_config.parse(LISTING) == PipConfig(
            index="https://user:secret@mirror/simple",
            extra_indexes=("https://me:pw@one/simple", "https://two/simple"),
            find_links=("/opt/wheels",),
            cert="/etc/certs.pem",
            proxy="http://proxy:8080",
            trusted_hosts=("mirror",),
            timeout="60",
        )
        assert pip_config.parse("") == PipConfig()

    def test_uv_is_told_by_its_environment_alone(self) -> None:
        told = pip_config.uv_environment(
            pip_config.parse(LISTING), {"PATH": "/bin", "UV_INDEX_URL": "https://other", "UV_PYTHON": "3.9"}
        )
        assert told == {
            "PATH": "/bin",
            "UV_NO_CONFIG": "1",
            "UV_INDEX_STRATEGY": "unsafe-best-match",
            "UV_DEFAULT_INDEX": "https://user:secret@mirror/simple",
            "UV_INDEX": "https://me:pw@one/simple https://two/simple",
            "UV_FIND_LINKS": "/opt/wheels",
            "SSL_CERT_FILE": "/etc/certs.pem",
            "ALL_PROXY": "http://proxy:8080",
            "HTTP_PROXY": "http://proxy:8080",
            "HTTPS_PROXY": "http://proxy:8080",
            "UV_INSECURE_HOST": "mirror",
            "UV_HTTP_TIMEOUT": "60",
        }


class TestWheel:
    def test_it_says_what_it_needs_and_is_imported_as(self, tmp_path: Path) -> None:
        name, data = make_wheel("my-lib", "1.0", requires=["numpy>=1; python_version > '3'"])
        (tmp_path / "kept").write_bytes(data)
        about = wheel.read(tmp_path / "kept", name)
        assert about.imports == ("my_lib",)
        assert [str(one) for one in about.requires] == ['numpy>=1; python_version > "3"']

    def test_what_is_none_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a-1-py3-none-any.whl").write_bytes(b"<html>")
        with pytest.raises(IgbuildError, match="not a readable wheel"):
            wheel.read(tmp_path / "a-1-py3-none-any.whl")
        with pytest.raises(IgbuildError, match="not the name of a wheel"):
            wheel.read(tmp_path / "a-1-py3-none-any.whl", "a.whl")


def test_a_built_wheel_is_the_same_whichever_version_of_a_backend_made_it(tmp_path: Path) -> None:
    name, data = make_wheel("mine", "1.0")
    made = []
    for version in ("79.0.1", "80.9.0"):
        built, packed = tmp_path / version / name, tmp_path / f"{version}.whl"
        built.parent.mkdir()
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(built, "w") as new:
            for member in old.namelist():
                text = old.read(member).replace(b"Generator: test", f"Generator: tool ({version})".encode())
                new.writestr(member, text + (version.encode() if member.endswith("RECORD") else b""))
        made.append(local.repack(built, packed).read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(packed) as archive:
        rows = list(csv.reader(io.StringIO(archive.read("mine-1.0.dist-info/RECORD").decode())))
        assert [row[0] for row in rows] == archive.namelist()
        for member, digest, size in rows:
            if member.endswith("/RECORD"):
                assert (digest, size) == ("", "")
                continue
            content = archive.read(member)
            raw = base64.urlsafe_b64decode(digest.removeprefix("sha256=") + "=")
            assert (raw, int(size)) == (hashlib.sha256(content).digest(), len(content))
        assert b"\nGenerator: igbuild\n" in archive.read("mine-1.0.dist-info/WHEEL")


def test_only_unconditional_imports_count() -> None:
    guarded = "try:\n    import winreg\nexcept ImportError:\n    pass\n"
    source = "import os, tkinter\nfrom curses import ascii\nfrom . import x\n" + guarded
    assert compat.top_imports(ast.parse(source)) == [("os", 1), ("tkinter", 1), ("curses", 2)]
