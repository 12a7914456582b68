"""Run a program: silent unless it fails, then everything it said; and who runs this one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING

from igbuild.errors import IgbuildError, ToolMissing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


def in_ci() -> bool:
    """Say whether this runs in continuous integration: `CI` is set, and not to a word for no."""
    return os.environ.get("CI", "").strip().lower() not in ("", "0", "false", "no", "off")


def redact(text: str) -> str:
    """Hide the user names and passwords that stand in URLs."""
    return CREDENTIALS.sub("****@", text)


class CommandFailed(IgbuildError):
    """A program exited with an error; the message holds its output.

    Attributes:
        output: what it wrote to standard output and standard error, in order, credentials hidden.
        returncode: its exit code.
    """

    def __init__(self, command: Sequence[str], output: str, returncode: int) -> None:
        shown = redact(" ".join(command))
        self.output = redact(output)
        self.returncode = returncode
        super().__init__(f"this command failed (exit {returncode}): {shown}\n{self.output.rstrip()}")


def run(
    command: Sequence[str],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    input_text: str | None = None,
    timeout: float | None = None,
) -> str:
    """Run a program to its end and return what it wrote to standard output.

    The program is looked up with `shutil.which`, so `npm` finds `npm.cmd` on Windows.

    Raises:
        ToolMissing: the program is not on PATH.
        CommandFailed: it exited with an error or ran out of time.
    """
    program = shutil.which(command[0], path=env.get("PATH") if env is not None else None)
    if program is None:
        raise ToolMissing(f"{command[0]} was not found on PATH")
    try:
        done = subprocess.run(
            [program, *command[1:]],
            cwd=cwd,
            env=env,
            input=input_text,
            stdin=subprocess.DEVNULL if input_text is None else None,
            timeout=timeout,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(command, f"no answer within {timeout:g} s", -1) from error
    if done.returncode:
        raise CommandFailed(command, done.stdout + done.stderr, done.returncode)
    return done.stdout
