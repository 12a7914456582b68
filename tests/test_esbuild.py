"""The syntax gate and the real esbuild: what they refuse, where they point, what they make."""

from __future__ import annotations

import json
import shutil
from pathlib import Path, PurePosixPath

import pytest

from igbuild.site.esbuild import BundleFailed, Finding, bundle, diagnose, parse_findings
from igbuild.site.render import Rendered
from igbuild.site.syntax import load_gate, rejected
from tests.toolchain import esbuild

needs_gate = pytest.mark.skipif(load_gate() is None, reason="esbuild-py has no wheel for this platform")


def module(text: str) -> Rendered:
    return Rendered(Path("module.js"), text, tuple(range(1, text.count("\n") + 2)))


@needs_gate
@pytest.mark.parametrize(
    "source",
    [
        "",
        "\n\n",
        "// only a comment",
        "/* only a comment */",
        "export {};",
        "import a from 'a'; await a; import.meta.url; export { a };",
        "class A { #n = 1; static { A.x = 1; } get n() { return this.#n ?? 0; } }",
        "const s = `${{a: 1}.a}`",
    ],
)
def test_the_gate_lets_valid_modules_through(source: str) -> None:
    assert rejected([module(source)]) == []


@needs_gate
@pytest.mark.parametrize(
    "source", ["const a = = 1;", "/* open", "f(", "const s = `", "await (", "}", "'open\n'"]
)
def test_the_gate_refuses_what_does_not_parse(source: str) -> None:
    good, bad = module("a();"), module(source)
    assert rejected([good, bad]) == [bad]


def test_findings_are_read_with_file_line_and_column() -> None:
    output = (
        '✘ [ERROR] Could not resolve "./nope.js"\n\n    templates/game/a b.js:2:14:\n'
        '      2 │ import x from "./nope.js";\n'
        "        ╵               ~~~~~~~~~~~\n\n"
        "✘ [ERROR] Something without a place\n\n"
        "2 errors\n"
    )
    assert parse_findings(output) == (
        Finding('Could not resolve "./nope.js"', "templates/game/a b.js", 2, 15),
        Finding("Something without a place", None, 1, 1),
    )


def test_esbuild_says_where_a_module_breaks() -> None:
    assert diagnose(esbuild(), "a();\n") == ()
    assert diagnose(esbuild(), "a();\nconst b = = 1;\n") == (Finding('Unexpected "="', "<stdin>", 2, 11),)


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


FILES = {
    "game/main.js": 'import { part } from "toy";\nconst lazy = import("./view.js");\n'
    "console.log(part, lazy, IGBUILD_WORKER_URL);\n",
    "game/view.js": "export const view = 'lazily';\n",
    "node_modules/toy/package.json": '{"name": "toy", "type": "module", "module": "./index.js"}',
    "node_modules/toy/index.js": "export const part = 'toy part';\n",
}


def test_a_bundle_has_hashed_names_maps_and_the_defined_values(tmp_path: Path) -> None:
    made = bundle(
        esbuild(),
        write(tmp_path, FILES),
        ["game/main.js"],
        out="app",
        splitting=True,
        define={"IGBUILD_WORKER_URL": 'app/"worker".js'},
    )
    name = made.entries["game/main.js"]
    text = (tmp_path / "app" / name).read_text(encoding="utf-8")
    assert "toy part" in text
    assert "lazily" not in text
    assert '"worker"' in text
    assert any("lazily" in (tmp_path / "app" / chunk).read_text() for chunk in made.outputs if chunk != name)
    assert {output.suffix for output in made.outputs} == {".js", ".map"}
    assert all(len(output.name.split("-")[-1].split(".")[0]) == 8 for output in made.outputs)
    assert sorted(made.outputs) == sorted(
        PurePosixPath(path.relative_to(tmp_path / "app").as_posix()) for path in (tmp_path / "app").iterdir()
    )


def test_what_is_to_be_compiled_early_says_so_on_its_first_line(tmp_path: Path) -> None:
    made = bundle(esbuild(), write(tmp_path, FILES), ["game/main.js"], out="app", splitting=True, eager=True)
    scripts = [name for name in made.outputs if name.suffix == ".js"]
    assert len(scripts) > 1
    for name in scripts:
        assert (tmp_path / "app" / name).read_text().startswith("//# allFunctionsCalledOnLoad\n")


def test_a_classic_script_leaks_no_names(tmp_path: Path) -> None:
    write(tmp_path, {"preflight.js": "var leaked = document.title; console.log(leaked);\n"})
    made = bundle(esbuild(), tmp_path, ["preflight.js"], out="app", form="iife", source_maps=False)
    assert (tmp_path / "app" / made.entries["preflight.js"]).read_text().startswith("(()=>{")


def test_the_same_files_give_the_same_bytes_wherever_they_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shallow, deep = tmp_path / "a", tmp_path / "b" / "much" / "deeper é"
    cache = write(
        tmp_path / "cache", {name[13:]: text for name, text in FILES.items() if name.startswith("node")}
    )
    results = []
    for stage in (shallow, deep):
        write(stage, {name: text for name, text in FILES.items() if name.startswith("game")})
        (stage / "node_modules").mkdir()
        if stage is shallow:
            shutil.copytree(cache / "toy", stage / "node_modules/toy")
        else:
            (stage / "node_modules/toy").symlink_to(cache / "toy")
            (stage.parent / "tsconfig.json").write_text(
                '{"compilerOptions": {"target": "es5", "alwaysStrict": true}}'
            )
            monkeypatch.setenv("NODE_PATH", str(tmp_path / "nowhere"))
        bundle(
            esbuild(), stage, ["game/main.js"], out="app", define={"IGBUILD_WORKER_URL": "w"}, minify=False
        )
        results.append({path.name: path.read_bytes() for path in (stage / "app").iterdir()})
    assert results[0] == results[1]
    (source_map,) = (json.loads(data) for name, data in results[0].items() if name.endswith(".map"))
    assert sorted(source_map["sources"]) == [
        "../game/main.js",
        "../game/view.js",
        "../node_modules/toy/index.js",
    ]


def test_a_missing_import_is_an_error_with_its_place(tmp_path: Path) -> None:
    write(tmp_path, {"game/main.js": 'a();\nimport x from "./nope.js";\nimport y from "absent";\n'})
    with pytest.raises(BundleFailed) as caught:
        bundle(esbuild(), tmp_path, ["game/main.js"], out="app")
    assert [(found.file, found.line, found.column) for found in caught.value.findings] == [
        ("game/main.js", 2, 15),
        ("game/main.js", 3, 15),
    ]
    assert not (tmp_path / "app").exists()


def test_nothing_is_taken_from_folders_above_the_stage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path,
        {
            "away/stray/index.js": "export const part = 1;\n",
            "stage/main.js": 'import { part } from "stray";\np(part);\n',
        },
    )
    monkeypatch.setenv("NODE_PATH", str(tmp_path / "away"))
    with pytest.raises(BundleFailed, match="stray"):
        bundle(esbuild(), tmp_path / "stage", ["main.js"], out="app")
