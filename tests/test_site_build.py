"""Real builds of the solo experiment: the same bytes everywhere, nothing done twice, nothing lost."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from igbuild.config import Experiment, load_experiment
from igbuild.console import Console
from igbuild.packages.api import locked
from igbuild.packages.cache import Store
from igbuild.scaffold import init_experiment
from igbuild.site import build, report
from igbuild.site.build import BuildOptions, BuildResult, build_site, is_outdated
from igbuild.site.flags import Flags
from igbuild.site.manifest import damaged, read_manifest
from igbuild.site.render import RenderError, render_module
from igbuild.site.templates import Templates, find_templates
from tests.test_site_write import tree

pytestmark = pytest.mark.network


def make(folder: Path, **changes: str) -> Experiment:
    init_experiment(folder, "solo", force=False)
    toml = folder / "experiment.toml"
    text = toml.read_text()
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    toml.write_text(text)
    return load_experiment(toml)


def built(experiment: Experiment, store: Store | None = None, **options: Any) -> BuildResult:
    store = store or Store()
    lock = locked(experiment, store, frozen=False)
    return build_site(experiment, lock, experiment.out, store, options=BuildOptions(**options))


@pytest.fixture(scope="module")
def solo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Experiment, BuildResult]:
    experiment = make(tmp_path_factory.mktemp("solo") / "game")
    return experiment, built(experiment)


def test_two_folders_and_two_caches_give_the_same_bytes(
    solo: tuple[Experiment, BuildResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, first = solo
    elsewhere = tmp_path / "a b" / "é" / "deeper" / "game"
    shutil.copytree(experiment.root, elsewhere, ignore=shutil.ignore_patterns("dist"))
    (elsewhere / "__pycache__").mkdir()
    (elsewhere / "__pycache__/env.cpython-311.pyc").write_bytes(b"x")
    for path in elsewhere.rglob("*"):
        os.utime(path, (1, 1))
    kept = Store().root
    cache = tmp_path / "other cache"
    for kind in ("files", "folders"):
        if (kept / kind).is_dir():
            shutil.copytree(kept / kind, cache / kind, copy_function=os.link, symlinks=True)
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    second = built(load_experiment(elsewhere / "experiment.toml"), Store(cache))
    assert tree(second.out) == tree(first.out)
    assert not any(str(tmp_path).encode() in data for data in tree(second.out).values())


def test_the_same_experiment_is_not_built_twice(
    solo: tuple[Experiment, BuildResult], monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, first = solo
    times = {path: path.stat().st_mtime_ns for path in first.out.rglob("*")}
    monkeypatch.setattr(build, "_build", lambda *_, **__: pytest.fail("built again"))
    again = built(experiment)
    assert (again.changed, again.manifest) == (False, first.manifest)
    assert {path: path.stat().st_mtime_ns for path in first.out.rglob("*")} == times


def test_a_site_is_outdated_by_what_it_is_made_of_and_by_nothing_else(tmp_path: Path) -> None:
    experiment = make(tmp_path / "game")
    assert is_outdated(experiment, experiment.out)
    out = built(experiment).out
    (experiment.root / "README.md").write_text("What this is.\n")
    assert not is_outdated(load_experiment(experiment.path), out)
    with (experiment.root / "env.py").open("a") as file:
        file.write("\n# faster\n")
    assert is_outdated(load_experiment(experiment.path), out)
    (experiment.root / "env.py").write_text("def (\n")
    assert is_outdated(experiment, out)


@pytest.mark.parametrize("harm", ["missing", "changed"])
def test_a_damaged_site_is_built_again(
    tmp_path: Path, solo: tuple[Experiment, BuildResult], harm: str
) -> None:
    experiment, first = solo
    copy = tmp_path / "game"
    shutil.copytree(experiment.root, copy)
    victim = next((copy / "dist/pyodide").rglob("*.wasm"))
    if harm == "missing":
        victim.unlink()
    else:
        victim.write_bytes(victim.read_bytes()[:-1] + b"x")
    second = built(load_experiment(copy / "experiment.toml"))
    assert second.changed
    assert second.manifest == first.manifest
    assert tree(second.out) == tree(first.out)


def test_a_site_is_whole_and_asks_no_other_host(solo: tuple[Experiment, BuildResult]) -> None:
    _, result = solo
    manifest = read_manifest(result.out)
    assert manifest == result.manifest
    assert damaged(result.out, result.manifest) == []
    assert set(tree(result.out)) == {*result.manifest.files, "manifest.json"}
    page = (result.out / "index.html").read_text()
    linked = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert linked
    for url in linked:
        assert url == "data:," or url in result.manifest.files, url
    for name in result.manifest.files:
        if name != "index.html":
            assert re.search(r"[-/]([0-9a-f]{12}|[0-9A-Z]{8})[./]", f"/{name}"), name
    main = next(name for name in linked if "/main-" in name)
    text = (result.out / main).read_text()
    for kind in ("pyodide_worker", "timer_worker"):
        (name,) = re.findall(rf"app/{kind}-[0-9A-Z]{{8}}\.js\b", text)
        assert name in result.manifest.files
    assert "IGBUILD_" not in text
    assert "//%" not in text


def test_a_game_of_arrays_carries_no_phaser(tmp_path: Path) -> None:
    experiment = make(tmp_path / "game", **{'render = "draw"': 'render = "rgb_array"'})
    result = built(experiment)
    app = {name: size for name, (_, size) in result.manifest.files.items() if name.startswith("app/")}
    assert sum(size for name, size in app.items() if name.endswith(".js")) < 100_000
    assert not any(b"Phaser" in (result.out / name).read_bytes() for name in app if name.endswith(".js"))


def test_settings_of_the_bundle_are_heeded(tmp_path: Path) -> None:
    experiment = make(tmp_path / "game", **{'render = "draw"': 'render = "rgb_array"'})
    small = built(experiment)
    plain = replace(
        experiment,
        config=experiment.config.model_copy(
            update={
                "bundle": experiment.config.bundle.model_copy(update={"minify": False, "source_maps": False})
            }
        ),
    )
    large = built(plain)
    assert large.changed
    assert not any(name.endswith(".map") for name in large.manifest.files)
    assert any(name.endswith(".map") for name in small.manifest.files)
    assert sum(size for _, size in large.manifest.files.values()) > 0
    (main,) = (name for name in large.manifest.files if "/main-" in name)
    assert str(tmp_path) not in (large.out / main).read_text()


def test_the_development_client_is_in_a_development_site_only(
    solo: tuple[Experiment, BuildResult], tmp_path: Path
) -> None:
    experiment, result = solo
    dev = build_site(
        experiment, locked(experiment, Store()), tmp_path / "dev", Store(), options=BuildOptions(dev=True)
    )
    assert dev.manifest.site_id != result.manifest.site_id

    def scripts(site: BuildResult) -> bytes:
        return b"".join(data for name, data in tree(site.out).items() if name.endswith(".js"))

    assert b"__igbuild/events" in scripts(dev)
    assert b"__igbuild" not in scripts(result)


TEMPLATES = find_templates().modules()


@pytest.mark.parametrize("name", TEMPLATES)
def test_every_template_renders_under_all_options_and_none(name: str) -> None:
    from igbuild.site.syntax import rejected

    for flags in (Flags(), Flags(draw=True, rgb=True, multiplayer=True, onnx=True, dev=True)):
        rendered = render_module(TEMPLATES[name], flags, {"site": {}})
        assert "//%" not in rendered.text
        assert "<%=" not in rendered.text
        assert rejected([rendered]) == []


def test_values_stand_in_config_only() -> None:
    assert [name for name, path in TEMPLATES.items() if "<%=" in path.read_text(encoding="utf-8")] == [
        "templates/game/config.js"
    ]


def altered(tmp_path: Path, name: str, change: tuple[str, str]) -> Templates:
    templates = find_templates()
    copy = tmp_path / PurePosixPath(name).name
    text = templates.files[name].read_text(encoding="utf-8")
    assert change[0] in text
    copy.write_text(text.replace(*change, 1), encoding="utf-8")
    return Templates({**templates.files, name: copy}, templates.main)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("templates/game/main.js", ("import { site }", "import {{ site }"), r"Expected .*"),
        (
            "templates/game/main.js",
            ('"./ticker.js"', '"./tocker.js"'),
            r"Could not resolve \"\./tocker\.js\"",
        ),
        ("templates/game/config.js", ("<%= site %>", "<%= sight %>"), r"'sight' is undefined"),
        ("templates/game/index.html", ("{{ title }}", "{{ titel }}"), r"'titel' is undefined"),
    ],
)
def test_a_broken_template_names_its_file_and_line_and_leaves_the_last_site(
    solo: tuple[Experiment, BuildResult],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    change: tuple[str, str],
    message: str,
) -> None:
    experiment, first = solo
    templates = altered(tmp_path, name, change)
    monkeypatch.setattr(build, "find_templates", lambda _: templates)
    before = tree(first.out)
    with pytest.raises(RenderError, match=message) as caught:
        built(experiment)
    line = templates.files[name].read_text(encoding="utf-8").split("\n")[caught.value.line - 1]
    assert change[1] in line
    assert caught.value.path == templates.files[name]
    assert tree(first.out) == before


def test_the_report_adds_up_and_remembers_compressed_sizes(
    solo: tuple[Experiment, BuildResult], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, result = solo
    sizes = report.measure(result, tmp_path)
    told = json.loads(json.dumps(report.to_json(result, sizes)))
    assert told["total"]["raw"] == sum(size for _, size in result.manifest.files.values())
    assert told["loaded"]["gzip"] < told["loaded"]["raw"] < told["total"]["raw"]
    assert all(size.gzip <= size.raw for size in sizes)
    monkeypatch.setattr(report, "_gzip_size", lambda _: pytest.fail("compressed again"))
    assert report.measure(result, tmp_path) == sizes
    (tmp_path / report.KEPT).write_text("damaged")
    monkeypatch.undo()
    assert report.measure(result, tmp_path) == sizes
    Console(verbosity=-1).table(report.table(sizes))


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (99_949, "99.9 kB"),
        (99_950, "100 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (9_600_000, "9.6 MB"),
    ],
)
def test_sizes_are_written_as_people_read_them(size: int, text: str) -> None:
    assert report.human(size) == text
