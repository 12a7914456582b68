"""The plan of a site, and what goes into it: archives, images, the object the page is told."""

from __future__ import annotations

import io
import json
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from igbuild.config import load_experiment
from igbuild.errors import ConfigError
from igbuild.serve.headers import IMMUTABLE, cache_control
from igbuild.site.archive import pack
from igbuild.site.plan import Content, Inputs, Pinned, SitePlan, hashed_name, plan_site
from igbuild.site.study import StudyError, check_syntax, read_images, read_models, read_study
from igbuild.site.templates import find_templates
from igbuild.site.write import OWN_FOLDERS

TOML = """\
[experiment]
name = "test"
title = "A <b>test</b>"

[environment]
source = "study"
entry_point = "env:make"
kwargs = { size = 3 }
globals = { speed = { type = "int", default = 2 }, mood = "str" }

[game]
render = "draw"
max_steps = 10
seed = 7

[controls]
keys = { ArrowUp = 1, "a+b" = 2 }
agents = { two = { default_action = 9 } }

[players]
humans = ["one", "two"]
bots = { three = "env:Bot", four = { onnx = "net.onnx" } }

[assets]
folder = "images"
atlases = { hero = { image = "hero.png", data = "sub/../hero.json" } }

[pyodide]
init_timeout = 1.5
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files = {
        "experiment.toml": TOML,
        "study/env.py": "class Bot: ...\ndef make(**given): ...\n",
        "study/data/level é.txt": "x",
        "study/__pycache__/env.cpython-311.pyc": "x",
        "images/plain #1.png": "plain",
        "images/sub/deep.SVG": "<svg/>",
        "images/hero.png": "hero",
        "images/hero.json": "{}",
        "images/notes.txt": "not shipped",
        "images/.hidden.png": "not shipped",
        "net.onnx": "net",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def planned(root: Path, **changes: Any) -> SitePlan:
    experiment = load_experiment(root / "experiment.toml")
    out = root / "dist"
    facts: dict[str, Any] = {
        "config": experiment.config,
        "lock_hash": "lock",
        "templates": "templates",
        "study": Content.of(pack(read_study(experiment, out))),
        "runtime": Content.of(b"runtime"),
        "images": {name: Content.of(data) for name, data in read_images(experiment, out).items()},
        "models": {name: Content.of(data) for name, data in read_models(experiment).items()},
    }
    pinned = Pinned(
        lock={"info": {"abi_version": "1"}, "packages": {"toy": {"name": "toy", "file_name": "toy.whl"}}},
        requested=("toy",),
        pyodide={"pyodide.mjs": Content.of(b"mjs"), "pyodide.asm.wasm": Content.of(b"wasm")},
        wheels={"toy": ("toy-1.0-py3-none-any.whl", Content.of(b"wheel"))},
        onnx={"ort.mjs": Content.of(b"onnx")},
    )
    return plan_site(Inputs(**{**facts, **changes}), pinned)


def test_every_file_has_its_place_and_its_hash_in_its_name(root: Path) -> None:
    plan = planned(root)
    shapes = [re.sub(r"[0-9a-f]{12}", "HASH", name) for name in plan.files]
    assert sorted(shapes) == [
        "assets/hero-HASH.json",
        "assets/hero-HASH.png",
        "assets/net-HASH.onnx",
        "assets/plain #1-HASH.png",
        "assets/sub/deep-HASH.SVG",
        "onnx/HASH/ort.mjs",
        "pyodide/HASH/pyodide.asm.wasm",
        "pyodide/HASH/pyodide.mjs",
        "python/runtime-HASH.zip",
        "python/study-HASH.zip",
        "wheels/HASH/toy-1.0-py3-none-any.whl",
    ]
    for name, content in plan.files.items():
        if not name.startswith(("pyodide/", "onnx/")):
            assert content.sha256[:12] in name
    assert hashed_name("a.b/c.tar.gz", "0123456789abcdef") == "a.b/c.tar-0123456789ab.gz"


def test_every_folder_is_swept_by_the_next_build_and_kept_by_browsers(root: Path) -> None:
    files = planned(root).files
    assert {name.partition("/")[0] for name in files} | {"app"} == set(OWN_FOLDERS)
    assert {cache_control(name) for name in files} == {IMMUTABLE}
    assert cache_control("index.html") == cache_control("manifest.json") == "no-cache"


def test_the_page_is_told_everything_in_camel_case(root: Path) -> None:
    plan = planned(root)
    site = json.loads(json.dumps(plan.site))
    assert site["experiment"] == {"name": "test", "title": "A <b>test</b>", "version": "0.1.0"}
    assert (site["game"]["maxSteps"], site["game"]["seed"], site["game"]["whenHidden"]) == (10, 7, "pause")
    keys = {"ArrowUp": 1, "a+b": 2}
    assert site["controls"] == {
        "defaultAction": 0,
        "keys": keys,
        "labels": {},
        "agents": {"two": {"defaultAction": 9, "keys": keys}},
    }
    assert site["players"]["humans"] == ["one", "two"]
    assert site["players"]["bots"]["four"]["onnx"] in plan.files
    assert site["globals"] == {"speed": {"type": "int", "default": 2}, "mood": {"type": "str"}}
    assert site["timeouts"] == {"init": 1500, "request": 10000}
    names = [image["name"] for image in site["assets"]["images"]]
    assert names == ["plain #1", "sub/deep"]
    assert site["assets"]["images"][0]["url"].startswith("assets/plain%20%231-")
    (atlas,) = site["assets"]["atlases"]
    assert (atlas["name"], atlas["size"]) == ("hero", 6)
    assert {atlas["image"], atlas["data"]} <= set(plan.files)
    assert site["siteId"] == plan.site_id


def test_the_worker_is_told_what_to_load_and_its_hashes(root: Path) -> None:
    plan = planned(root)
    worker = plan.site["worker"]
    pyodide = worker["pyodide"]
    assert worker["packages"] == ["toy"]
    assert pyodide["wheelBase"] + pyodide["lock"]["packages"]["toy"]["file_name"] in plan.files
    for name, facts in pyodide["files"].items():
        content = plan.files[pyodide["base"] + name]
        assert facts == {"sha256": content.sha256, "size": content.size}
    assert [archive["target"] for archive in worker["archives"]] == ["runtime", "study"]
    assert all(plan.files[archive["url"]].sha256 == archive["sha256"] for archive in worker["archives"])
    assert worker["environment"]["bots"] == {
        "three": {"policy": "env:Bot", "kwargs": {}},
        "four": {"onnx": "net.onnx", "sample": "softmax"},
    }
    assert worker["environment"]["kwargs"] == {"size": 3}
    assert (worker["environment"]["entryPoint"], worker["environment"]["maxSteps"]) == ("env:make", 10)


def test_flags_say_what_the_templates_include(root: Path) -> None:
    flags = planned(root).flags
    assert (flags.draw, flags.rgb, flags.multiplayer, flags.onnx, flags.dev) == (
        True,
        False,
        True,
        True,
        False,
    )
    assert planned(root, dev=True).flags.dev


def test_the_id_of_a_site_changes_with_each_input_and_with_nothing_else(root: Path) -> None:
    first = planned(root)
    assert planned(root).inputs == first.inputs
    toml = root / "experiment.toml"
    toml.write_text(TOML.replace("[pyodide]", '[bundle]\nout = "elsewhere"\n[pyodide]\nbase = "images"'))
    assert planned(root).inputs == first.inputs, "where it goes and comes from is not in it"
    toml.write_text(TOML.replace("seed = 7", "seed = 8"))
    changed = [planned(root).inputs]
    toml.write_text(TOML)
    changed += [planned(root, **{name: "other"}).inputs for name in ("lock_hash", "templates")]
    changed.append(planned(root, dev=True).inputs)
    for file in ("study/data/level é.txt", "images/hero.json", "net.onnx"):
        before = (root / file).read_bytes()
        (root / file).write_bytes(before + b" ")
        changed.append(planned(root).inputs)
        (root / file).write_bytes(before)
    assert len({first.inputs, *changed}) == len(changed) + 1


def test_a_study_is_shipped_with_its_data_but_not_with_caches(root: Path) -> None:
    experiment = load_experiment(root / "experiment.toml")
    assert sorted(read_study(experiment, root / "dist")) == ["data/level é.txt", "env.py"]
    assert sorted(read_study(experiment, root / "study/data")) == ["env.py"], "the site itself is not shipped"


def test_an_archive_depends_on_names_and_bytes_alone() -> None:
    files = {"b/é.txt": b"b", "a.py": b"a" * 1000}
    data = pack(files)
    assert data == pack(dict(reversed(files.items())))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert [(info.filename, info.date_time[0], info.compress_type) for info in archive.infolist()] == [
            ("a.py", 1980, zipfile.ZIP_STORED),
            ("b/é.txt", 1980, zipfile.ZIP_STORED),
        ]
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_a_syntax_error_in_the_study_names_file_line_and_column(tmp_path: Path) -> None:
    study = {"env.py": b"x = 1\n", "pack/broken.py": b"def f():\n    return = 1\n", "data.txt": b"return = 1"}
    with pytest.raises(StudyError, match=r"pack/broken\.py:2:12: invalid syntax$") as caught:
        check_syntax(study, tmp_path, None)
    assert (caught.value.path, caught.value.line) == (tmp_path / "pack/broken.py", 2)
    check_syntax({"env.py": b"# coding: latin-1\nx = '\xe9'\nassert (1, 2)\n'\\d'\n"}, tmp_path, None)


def test_a_syntax_error_says_when_the_browser_has_a_newer_python(tmp_path: Path) -> None:
    newer = (sys.version_info[0], sys.version_info[1] + 1)
    with pytest.raises(StudyError, match=rf"the browser has 3\.{newer[1]}.*run igbuild with Python"):
        check_syntax({"env.py": b"type X[T] = = 1"}, tmp_path / "env.py", newer)
    with pytest.raises(StudyError, match=r"env\.py:1:\d+: invalid syntax$"):  # no version's syntax
        check_syntax({"env.py": b"match = = 1"}, tmp_path / "env.py", newer)
    with pytest.raises(StudyError, match=r"env\.py:1:\d+: invalid syntax$"):
        check_syntax({"env.py": b"match = = 1"}, tmp_path / "env.py", sys.version_info[:2])


def test_a_nul_byte_in_python_is_an_error_with_its_file(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"env\.py.*null bytes"):
        check_syntax({"env.py": b"x = 1\x00\n"}, tmp_path, None)


def test_another_entry_module_is_staged_with_its_neighbours(tmp_path: Path) -> None:
    own = find_templates()
    assert {"templates/game/main.js", "templates/worker/pyodide_worker.js"} <= set(own.files)
    (tmp_path / "parts").mkdir()
    for name in ("page.js", "parts/other.js", "index.html"):
        (tmp_path / name).write_text("//")
    other = find_templates(tmp_path / "page.js")
    assert other.main == "pages/page.js"
    assert other.files["pages/parts/other.js"] == tmp_path / "parts/other.js"
    assert other.files["templates/game/index.html"] == tmp_path / "index.html"
    assert other.digest() != own.digest()
    checkout = find_templates(Path(__file__).parent / "browser" / "lab" / "worker_page.js")
    assert checkout.main == "tests/browser/lab/worker_page.js", (
        "relative imports mean the same as in the checkout"
    )


def test_a_missing_source_is_a_mistake_in_the_toml(root: Path) -> None:
    (root / "study/env.py").unlink()
    (root / "study").rename(root / "moved")
    with pytest.raises(ConfigError, match=r"experiment\.toml:6:\d+: .*source.*does not exist"):
        load_experiment(root / "experiment.toml")
