"""What is said, where it goes, and how loud."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest
from rich.console import Console as RichConsole
from rich.table import Table

from igbuild.console import Console


def spoken(verbosity: int = 0, *, terminal: bool = False) -> tuple[Console, io.StringIO, io.StringIO]:
    """A console, what it writes to standard error, and what to standard output."""
    err, out = io.StringIO(), io.StringIO()
    drawn = RichConsole(file=err, force_terminal=True, width=80, _environ={}) if terminal else None
    console = Console(verbosity, err=drawn)
    console.out.file = out
    if not terminal:
        console.err.file = err
    return console, err, out


@pytest.mark.parametrize(
    ("verbosity", "said"),
    [(-1, "! careful\n"), (0, "* doing\n! careful\n"), (1, "* doing\n  more\n! careful\n")],
)
def test_steps_go_to_standard_error_as_loud_as_asked(verbosity: int, said: str) -> None:
    console, err, out = spoken(verbosity)
    console.step("doing")
    console.detail("more")
    console.warn("careful")
    console.result("answer")
    assert (err.getvalue(), out.getvalue()) == (said, "answer\n")


def test_text_is_printed_as_it_is() -> None:
    text = "[bold] :smile: [/] http://localhost:8000/ " + "long " * 60 + "end"
    console, _, out = spoken()
    console.result(text)
    assert out.getvalue() == text + "\n"


def test_json_is_read_back_as_it_was() -> None:
    value = {"size": 3, "names": ["[red]", ":key:", "ü"], "none": None, "long": "x" * 500}
    console, _, out = spoken(-1)
    console.json(value)
    assert json.loads(out.getvalue()) == value


def test_a_table_is_left_out_when_quiet() -> None:
    table = Table("file", "bytes")
    table.add_row("main.js", "10")
    for verbosity, shown in ((0, True), (-1, False)):
        console, _, out = spoken(verbosity)
        console.table(table)
        assert ("main.js" in out.getvalue()) is shown


def test_progress_draws_a_bar_for_each_thing_on_a_terminal() -> None:
    console, err, out = spoken(terminal=True)
    with console.progress() as report:
        report("[numpy]", 0, None)
        report("[numpy]", 500, 900)
        report("pandas", 20, 20)
    assert "[numpy]" in err.getvalue()
    assert "pandas" in err.getvalue()
    assert "500/900 bytes" in err.getvalue()
    assert out.getvalue() == ""


@pytest.mark.parametrize(("verbosity", "terminal"), [(0, False), (-1, True)])
def test_progress_is_silent_in_a_pipe_and_when_quiet(verbosity: int, *, terminal: bool) -> None:
    console, err, out = spoken(verbosity, terminal=terminal)
    with console.progress() as report:
        report("numpy", 1, 2)
    assert err.getvalue().strip() == out.getvalue() == ""


def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured, err, _ = spoken()
    coloured.warn("careful")
    assert "\x1b[33m" in err.getvalue()
    monkeypatch.setenv("NO_COLOR", "1")
    plain, err, _ = spoken()
    plain.warn("careful")
    assert "\x1b[33m" not in err.getvalue()


def test_plain_lines_do_without_rich() -> None:
    script = (
        "import sys\nfrom igbuild.console import Console\nconsole = Console()\n"
        "console.step('[b]doing')\nconsole.result('[b]done')\nconsole.json({'ä': 1})\n"
        "assert 'rich' not in sys.modules"
    )
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-c", script], capture_output=True, check=True, encoding="utf-8"
    )
    assert (done.stderr, done.stdout) == ("* [b]doing\n", '[b]done\n{\n  "ä": 1\n}\n')
