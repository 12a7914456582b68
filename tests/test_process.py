"""The subprocess helper: silent unless it fails, then everything, and never a password."""

from __future__ import annotations

import sys

import pytest

from igbuild.errors import ToolMissing
from igbuild.process import CommandFailed, redact, run


def python(source: str) -> list[str]:
    return [sys.executable, "-c", source]


def test_returns_standard_output() -> None:
    assert run(python("print('hello')")) == "hello\n"


def test_passes_text_in_and_otherwise_nothing() -> None:
    echo = python("import sys; print(sys.stdin.read().upper())")
    assert run(echo, input_text="abc") == "ABC\n"
    assert run(echo) == "\n"


def test_a_failure_shows_the_command_and_all_it_said() -> None:
    with pytest.raises(CommandFailed, match=r"exit 3(.|\n)*out(.|\n)*err") as caught:
        run(python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"))
    assert caught.value.returncode == 3
    assert caught.value.exit_code == 1


def test_credentials_in_urls_are_hidden() -> None:
    with pytest.raises(CommandFailed) as caught:
        run(python("import sys; sys.exit('no answer from https://me:secret@example.org/simple')"))
    assert "secret" not in caught.value.message
    assert "secret" not in caught.value.output
    assert redact("http://token@h/x and http://h/@y") == "http://****@h/x and http://h/@y"


def test_a_program_that_hangs_is_stopped() -> None:
    with pytest.raises(CommandFailed, match=r"no answer within 0.2 s"):
        run(python("import time; time.sleep(30)"), timeout=0.2)


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolMissing, match="no-such-program") as caught:
        run(["no-such-program"])
    assert caught.value.exit_code == 4
