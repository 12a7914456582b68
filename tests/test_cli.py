"""The command line: help for everything, quick help, and for every mistake a message and an exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from igbuild import __version__, cli
from igbuild.config.reference import reference
from igbuild.config.schema import schema_text
from igbuild.scaffold import template_names
from tests.commands_doc import PAGE, commands, render
from tests.test_site_write import site as make_site
from tests.test_site_write import tree

ROOT = Path(__file__).parent.parent
EVERY_COMMAND = list(commands())
TOML = """\
[experiment]
name = "test"

[environment]
source = "env.py"
entry_point = "env:make"
"""


def run(*arguments: str, **environment: str | None) -> Result:
    return CliRunner().invoke(cli.main, list(arguments), prog_name="igbuild", env=environment)


def python(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize(("name", "command"), EVERY_COMMAND, ids=[name for name, _ in EVERY_COMMAND])
def test_every_command_and_option_has_help(name: str, command: click.Command) -> None:
    assert command.help
    assert command.help.splitlines()[0].endswith(".")
    if not isinstance(command, click.Group):
        assert "Example" in command.help
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
    done = run(*name.split()[1:], "--help")
    assert done.exit_code == 0
    assert done.output.startswith(f"Usage: {name}")


def test_the_documentation_is_what_the_commands_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "run: python -m tests.commands_doc"


def test_every_command_can_be_quiet_and_verbose() -> None:
    for name, command in EVERY_COMMAND:
        if not isinstance(command, click.Group):
            assert {"quiet", "verbose"} <= {option.name for option in command.params}, name


def test_defaults_are_what_the_help_says() -> None:
    serve = cli.serve.make_context("serve", []).params
    assert (serve["host"], serve["port"], serve["dev"]) == ("127.0.0.1", 8000, False)
    wanting = ("igbuild init", "igbuild data export", "igbuild data import")
    for name, command in EVERY_COMMAND:
        if not isinstance(command, click.Group) and name not in wanting:
            given = command.make_context(name, []).params
            flags = {"force", "offline", "quiet", "verbose", "as_json", "check", "upgrade"} & set(given)
            assert not any(given[flag] for flag in flags), name
    said = {None: False, "": False, "0": False, "false": False, "False": False, "no": False}
    for ci, frozen in {**said, "true": True, "1": True, "woodpecker": True}.items():
        with CliRunner(env={"CI": ci}).isolation():
            assert cli.bundle.make_context("bundle", []).params["frozen"] is frozen


def test_help_loads_nothing_heavy() -> None:
    heavy = (
        "pydantic",
        "rich",
        "jinja2",
        "starlette",
        "uvicorn",
        "watchfiles",
        "tomli",
        "pyodide_lock",
        "esbuild_py",
    )
    script = (
        "import sys\nfrom igbuild.cli import main\n"
        "try: main(['bundle', '--help'])\nexcept SystemExit as end: assert not end.code\n"
        f"print([name for name in {heavy} if name in sys.modules], file=sys.stderr)"
    )
    done = python("-c", script)
    assert done.returncode == 0, done.stderr
    assert done.stderr.strip() == "[]"
    own = [
        line
        for line in python("-X", "importtime", "-m", "igbuild", "--help").stderr.splitlines()
        if "igbuild" in line
    ]
    assert {line.rpartition("|")[2].strip() for line in own} <= {"igbuild", "igbuild.cli"}


def test_the_version_and_a_command_that_does_not_exist() -> None:
    assert run("--version").output == f"igbuild, version {__version__}\n"
    done = run("bundel")
    assert done.exit_code == 2
    assert "bundel" in done.output


def test_shells_can_complete_commands_and_options() -> None:
    environment = {
        **os.environ,
        "_IGBUILD_COMPLETE": "bash_complete",
        "COMP_WORDS": "igbuild b",
        "COMP_CWORD": "1",
    }
    script = "from igbuild.cli import main; main(prog_name='igbuild')"
    assert "plain,bundle" in python("-c", script, env=environment).stdout
    environment |= {"COMP_WORDS": "igbuild bundle --fro", "COMP_CWORD": "2"}
    assert "plain,--frozen" in python("-c", script, env=environment).stdout


@pytest.mark.parametrize("width", [80, 100])
def test_no_command_is_cut_off_in_the_list(width: int) -> None:
    listed = cli.main.get_help(click.Context(cli.main, terminal_width=width)).partition("Commands:")[2]
    assert listed.strip()
    assert "..." not in listed


def test_the_templates_are_those_there_are() -> None:
    [option] = [option for option in cli.init.params if option.name == "template"]
    assert isinstance(option.type, click.Choice)
    assert sorted(option.type.choices) == template_names()


def test_every_key_can_be_read_without_a_checkout() -> None:
    assert run("schema", "--markdown").output == reference()


def test_schema_prints_what_init_writes() -> None:
    assert run("schema").stdout == schema_text()


def test_init_says_what_it_wrote_and_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    target = tmp_path / "new"
    done = run("init", str(target))
    assert done.exit_code == 0
    assert re.findall(r"^\* \+ .*?([\w.]+)$", done.stderr, re.MULTILINE) == sorted(
        (path.name for path in target.iterdir()), key=done.stderr.index
    )
    assert "igbuild serve --dev" in done.stderr
    before = tree(target)
    done = run("init", str(target))
    assert done.exit_code == 2
    assert "--force" in done.stderr
    assert tree(target) == before
    assert run("init", str(target), "--template", "no-such").exit_code == 2


def test_an_unexpected_exception_is_a_sentence_and_a_traceback_only_with_v(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> str:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("igbuild.config.schema.schema_text", broken)
    done = run("schema")
    assert done.exit_code == 1
    assert "ZeroDivisionError: inside" in done.stderr
    assert "-v" in done.stderr
    assert "Traceback" not in done.stderr
    assert isinstance(run("schema", "-v").exception, ZeroDivisionError)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    from igbuild.site.write import write_site

    (tmp_path / "experiment.toml").write_text(TOML)
    (tmp_path / "env.py").write_text("def make(): ...\n")
    write_site(tmp_path / "dist", *make_site(app__main="the last good site"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("IGBUILD_CACHE", str(tmp_path / "cache"))
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


BROKEN = {
    "toml syntax error": (('name = "test"', 'name = "test'), 2, r"experiment\.toml:2:\d+: this is not TOML"),
    "unknown key": (("entry_point", "entry_pint"), 2, r"experiment\.toml:6:1: .*did you mean .*entry_point"),
    "unknown section": (
        ("[environment]", "[game]\nfps=1\n[gme]\n[environment]"),
        2,
        r"experiment\.toml:6:\d+: .*gme",
    ),
    "wrong type": (('name = "test"', "name = 3"), 2, r"experiment\.toml:2:8: .*integer"),
    "missing env file": (('"env.py"', '"game.py"'), 2, r"experiment\.toml:5:10: .*does not exist"),
    "entry point that is not there": (
        ("env:make", "env:mak"),
        2,
        r"experiment\.toml:6:15: .*did you mean 'make'",
    ),
    "render mode unknown": (
        ("[environment]", '[game]\nrender = "human"\n[environment]'),
        2,
        r"experiment\.toml:5:10: .*rgb_array",
    ),
    "malformed package": (
        ("[environment]", '[environment]\npackages = ["num py"]'),
        2,
        r"experiment\.toml:5:\d+: .*num py",
    ),
    "out over the experiment": (
        ("[environment]", '[bundle]\nout = "."\n[environment]'),
        2,
        r"experiment\.toml:5:7: ",
    ),
}


@pytest.mark.parametrize("failure", BROKEN)
def test_a_broken_toml_is_explained_and_leaves_the_last_site(project: Path, failure: str) -> None:
    (old, new), code, message = BROKEN[failure]
    before = tree(project / "dist")
    edit(project / "experiment.toml", old, new)
    for command in ("bundle", "lock"):
        done = run(command)
        assert (done.exit_code, done.stdout) == (code, "")
        assert re.search(message, done.stderr), done.stderr
        assert "Traceback" not in done.stderr
    assert tree(project / "dist") == before
    assert not (project / "pyodide-lock.json").exists()


def test_a_missing_toml_is_told_alike_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = (["lock"], ["check"], ["bundle"], ["serve"], ["serve", "--dev"])
    [said] = {run(*command).output for command in commands}
    assert said.startswith("Error: experiment.toml: there is no such file; name yours with -c PATH")


def test_a_missing_toml_names_the_ways_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for command in (["bundle"], ["serve"], ["serve", "--dev"], ["lock"]):
        done = run(*command)
        assert done.exit_code == 2
        assert "experiment.toml" in done.stderr
        assert "-c PATH" in done.stderr
        assert "igbuild init" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_igbuild_did_not_make_is_refused_before_anything_slow(project: Path) -> None:
    (project / "mine").mkdir()
    (project / "mine/thesis.tex").write_text("years of work")
    done = run("bundle", "--out", "mine", "--offline")
    assert done.exit_code == 2
    assert "--out" in done.stderr
    assert tree(project / "mine") == {"thesis.tex": b"years of work"}
    assert not (project / "pyodide-lock.json").exists()


def test_broken_python_is_found_before_anything_slow(project: Path) -> None:
    before = tree(project / "dist")
    (project / "env.py").write_text("def make():\n    return = 1\n")
    done = run("bundle", "--offline")
    assert done.exit_code == 1
    assert re.search(r"env\.py:2:12: invalid syntax", done.stderr), done.stderr
    assert tree(project / "dist") == before
    assert not (project / "pyodide-lock.json").exists()


@pytest.mark.parametrize("way", ["--frozen", "CI"])
def test_frozen_refuses_to_make_a_lock(project: Path, way: str) -> None:
    before = tree(project / "dist")
    done = run("bundle", "--frozen", CI=None) if way == "--frozen" else run("bundle", CI="true")
    assert done.exit_code == 3
    assert "igbuild lock" in done.stderr
    assert tree(project / "dist") == before
    assert not (project / "pyodide-lock.json").exists()


def test_lock_check_exits_with_3_and_says_what_differs(project: Path) -> None:
    done = run("lock", "--check")
    assert done.exit_code == 3
    done = run("lock", "--check", "--json")
    assert done.exit_code == 3
    assert json.loads(done.stdout)["current"] is False


def test_a_damaged_lock_is_explained_and_kept(project: Path) -> None:
    lock = project / "pyodide-lock.json"
    lock.write_text("<<<<<<< HEAD\n")
    done = run("bundle")
    assert done.exit_code == 1
    assert "pyodide-lock.json" in done.stderr
    assert lock.read_text() == "<<<<<<< HEAD\n"


def test_the_cache_says_where_it_is_and_can_be_emptied(project: Path) -> None:
    (project / "cache/files/ab").mkdir(parents=True)
    (project / "cache/files/ab/abc").write_bytes(b"x" * 2_000_000)
    (project / "cache/mine.txt").write_text("kept")
    assert json.loads(run("cache", "info", "--json").stdout)["bytes"] == 2_000_000
    assert "2.0 MB" in run("cache", "info").stdout
    assert "2.0 MB freed" in run("cache", "clear").stderr
    assert tree(project / "cache") == {"mine.txt": b"kept"}
