"""Run the esbuild executable: bundle modules, and read what it says about their mistakes.

What comes out must depend on what goes in and on nothing around it: esbuild runs inside the staging
folder with relative paths, and is kept from reading `tsconfig.json`, `NODE_PATH` and symbolic links'
targets, any of which would carry the place of the build into the result.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from igbuild.errors import IgbuildError
from igbuild.process import CommandFailed, run

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

TARGET = "es2022"  # every browser with module workers and the WebAssembly that Pyodide needs has it
EAGER = "//# allFunctionsCalledOnLoad"
"""As the first line of a file, tells Chromium to compile all of it while it arrives, on another thread: else
most of a library is compiled where it is first called, and the page stands still meanwhile.
See v8.dev/blog/explicit-compile-hints."""
PLAIN_LOG = ("--color=false", "--log-limit=0", "--log-level=error")
FOUND = re.compile(
    r"^✘ \[ERROR\] (?P<message>.+?)(?: \[[\w-]+\])?\n"
    r"(?:\n {4}(?P<file>.+):(?P<line>\d+):(?P<column>\d+):\n)?",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Finding:
    """One error that esbuild reported.

    Attributes:
        message: esbuild's own words.
        file: the file as esbuild was given it, or None where the error has no place.
        line: 1-based.
        column: 1-based.
    """

    message: str
    file: str | None
    line: int
    column: int


class BundleFailed(IgbuildError):
    """esbuild refused; `findings` says what and where, in the files it was given."""

    def __init__(self, findings: Sequence[Finding], output: str) -> None:
        super().__init__(output.strip() or "esbuild failed and said nothing")
        self.findings = tuple(findings)


@dataclass(frozen=True)
class Bundled:
    """What one run of esbuild made.

    Attributes:
        entries: entry point, as given, to the file made of it.
        outputs: every file made, maps and shared parts included.
    """

    entries: Mapping[str, PurePosixPath]
    outputs: tuple[PurePosixPath, ...]


def parse_findings(output: str) -> tuple[Finding, ...]:
    """Read the errors out of what esbuild wrote with `--color=false`."""
    return tuple(
        Finding(found["message"], found["file"], int(found["line"] or 1), int(found["column"] or 0) + 1)
        for found in FOUND.finditer(output)
    )


def bundle(
    executable: Path,
    stage: Path,
    entries: Sequence[str],
    *,
    out: str,
    form: str = "esm",
    splitting: bool = False,
    eager: bool = False,
    define: Mapping[str, str] | None = None,
    minify: bool = True,
    source_maps: bool = True,
) -> Bundled:
    """Bundle entry points of a staging folder into content-hashed files.

    Args:
        executable: esbuild itself.
        stage: the folder that esbuild runs in.
        entries: paths relative to `stage`, with forward slashes.
        out: folder, relative to `stage`, that receives the files.
        form: `esm` for modules, `iife` for a classic script.
        splitting: put lazily imported modules into chunks of their own.
        eager: ask browsers to compile before anything runs; for what is mostly called at once.
        define: global names to replace by string values.
        minify: shorten names and syntax.
        source_maps: write a `.map` beside each file.

    Returns:
        Paths relative to `out`.

    Raises:
        BundleFailed: a module does not parse or names something that does not exist.
    """
    command = command_line(
        executable,
        entries,
        out=out,
        form=form,
        splitting=splitting,
        eager=eager,
        define=define,
        minify=minify,
        source_maps=source_maps,
    )
    _run(command, stage)
    return read_metafile(json.loads((stage / _metafile(out)).read_text(encoding="utf-8")), out)


def command_line(
    executable: Path,
    entries: Sequence[str],
    *,
    out: str,
    form: str = "esm",
    splitting: bool = False,
    eager: bool = False,
    define: Mapping[str, str] | None = None,
    minify: bool = True,
    source_maps: bool = True,
) -> list[str]:
    """Return the command that `bundle` runs in the staging folder."""
    return [
        str(executable),
        *entries,
        "--bundle",
        f"--format={form}",
        "--charset=utf8",
        f"--target={TARGET}",
        f"--outdir={out}",
        "--entry-names=[name]-[hash]",
        "--chunk-names=[name]-[hash]",
        "--asset-names=[name]-[hash]",
        f"--metafile={_metafile(out)}",
        "--preserve-symlinks",
        "--tsconfig-raw={}",
        *PLAIN_LOG,
        *(["--splitting"] if splitting else []),
        *([f"--banner:js={EAGER}"] if eager else []),
        *(["--minify"] if minify else []),
        *(["--sourcemap"] if source_maps else []),
        *(f"--define:{name}={json.dumps(value)}" for name, value in (define or {}).items()),
    ]


def _metafile(out: str) -> str:
    return f"{out}.meta.json"


def read_metafile(metafile: Mapping[str, Any], out: str) -> Bundled:
    """Read the names of the files made out of esbuild's metafile."""
    outputs = {PurePosixPath(name).relative_to(out): facts for name, facts in metafile["outputs"].items()}
    entries = {facts["entryPoint"]: name for name, facts in outputs.items() if "entryPoint" in facts}
    return Bundled(entries, tuple(sorted(outputs)))


def diagnose(executable: Path, source: str) -> tuple[Finding, ...]:
    """Ask esbuild what is wrong with one module; empty where nothing is."""
    try:
        run([str(executable), "--loader=js", *PLAIN_LOG], env=_environment(), input_text=source)
    except CommandFailed as error:
        return parse_findings(error.output)
    return ()


def _run(command: Sequence[str], stage: Path) -> None:
    try:
        run(command, cwd=stage, env=_environment())
    except CommandFailed as error:
        findings = parse_findings(error.output)
        if not findings:
            raise
        raise BundleFailed(findings, error.output) from error


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "NODE_PATH"}
