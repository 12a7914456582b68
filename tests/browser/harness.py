"""What browser tests stand on: built sites, a server on a free port, a browser, and what it asked for."""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import threading
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn

from igbuild.config import load_experiment
from igbuild.files import sha256_bytes
from igbuild.packages import esbuild_binary, npm, pins
from igbuild.packages.cache import Store
from igbuild.resources import runtime_dir
from igbuild.serve.app import ServeSettings, create_app
from igbuild.site.archive import pack
from igbuild.site.bundling import Bundler
from igbuild.site.esbuild import bundle
from igbuild.site.plan import Content, Inputs, Pinned, plan_site
from igbuild.site.templates import find_templates
from tests.browser.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from playwright.sync_api import Page

LAB = Path(__file__).parent / "lab"
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")
OFF = (
    # Pages of Chromium's own, loaded for each window: they cost more than a game's page does.
    "WebUIOmniboxPopup",
    "WebUIOmniboxAimPopup",
    # What Playwright switches off; a second list replaces the first.
    "AimEnabled",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsUpgrades",
    "MediaRouter",
    "OptimizationHints",
    "PaintHolding",
    "Translate",
)
CHROMIUM_FLAGS = (
    f"--disable-features={','.join(OFF)}",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def chromium_flags() -> list[str]:
    """Return Chromium's flags; root has no sandbox to run it in."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*CHROMIUM_FLAGS, *(["--no-sandbox"] if root else [])]


@dataclass(frozen=True)
class Wheel:
    """A small pure wheel and its entry in the lock."""

    name: str
    file_name: str
    data: bytes
    entry: dict[str, Any]


def make_wheel(name: str, source: str, depends: tuple[str, ...] = ()) -> Wheel:
    """Make a wheel of one module."""
    buffer = io.BytesIO()
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(f"{name}.py", source)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    data = buffer.getvalue()
    file_name = f"{name}-1.0-py3-none-any.whl"
    entry = {
        "name": name,
        "version": "1.0",
        "file_name": file_name,
        "sha256": sha256_bytes(data),
        "imports": [name],
        "depends": list(depends),
        "install_dir": "site",
        "package_type": "package",
        "tool": {"igbuild": {"source": "path", "size": len(data)}},
    }
    return Wheel(name, file_name, data, entry)


def pyodide_folder(store: Store) -> Path:
    """Return the unpacked npm package of the default Pyodide."""
    pin = pins.load().pin("pyodide")
    return npm.fetch(pin.name, pin.version, pin.integrity, store)


def runtime_archive() -> bytes:
    """Pack `igbuild.runtime` as a site ships it."""
    home = runtime_dir()
    files = {
        f"igbuild/runtime/{path.relative_to(home).as_posix()}": path.read_bytes()
        for path in home.rglob("*.py")
    }
    return pack({"igbuild/__init__.py": b"", **files})


def lab_wheels() -> list[Wheel]:
    """Make the two wheels that the laboratory's lock holds; none of them is asked for at the start."""
    return [
        make_wheel("labfirst", "ANSWER = 42\n"),
        make_wheel("labsecond", "import labfirst\n", ("labfirst",)),
    ]


def read_folder(folder: Path) -> dict[str, bytes]:
    """Read the files of a folder by their path in it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def build_lab(
    out: Path,
    *,
    entry: Path = LAB / "worker_page.js",
    study: Mapping[str, bytes] | None = None,
    workers: Sequence[str] = (),
    toml: Path = LAB / "experiment.toml",
    dev: bool = False,
) -> Path:
    """Build the laboratory: every part of a real site, with a page for tests and wheels made here.

    Args:
        out: the folder of the site, which does not exist yet.
        entry: the page's module; with its neighbours it is rendered like the templates.
        study: files to ship besides `lab/study`.
        workers: further modules beside `entry`, each bundled as a worker; `extra.json` tells their URLs.
        toml: the experiment.
        dev: whether the templates keep what only development has.
    """
    store = Store()
    pyodide = pyodide_folder(store)
    experiment = load_experiment(toml)
    wheels = lab_wheels()
    info = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
    lock = {"info": info, "packages": {wheel.name: wheel.entry for wheel in wheels}}
    templates = find_templates(entry)
    inputs = Inputs(
        config=experiment.config,
        lock_hash=sha256_bytes(json.dumps(lock).encode()),
        templates=templates.digest(),
        study=Content.of(pack({**read_folder(LAB / "study"), **(study or {})})),
        runtime=Content.of(runtime_archive()),
        images={},
        models={},
        dev=dev,
    )
    pinned = Pinned(
        lock=lock,
        requested=(),
        pyodide={name: Content.of((pyodide / name).read_bytes()) for name in PYODIDE_FILES},
        wheels={wheel.name: (wheel.file_name, Content.of(wheel.data)) for wheel in wheels},
    )
    plan = plan_site(inputs, pinned)
    executable = esbuild_binary.find(store)
    stage = out.with_name(f"{out.name}.stage")
    stage.mkdir(parents=True)
    made = Bundler(executable, stage, {}).make(plan, templates, experiment.config)
    if workers:
        place = PurePosixPath(templates.main).parent
        entries = {name: f"{place}/{name}.js" for name in workers}
        bundled = bundle(executable, stage, list(entries.values()), out="extra", source_maps=False)
        urls = {name: f"extra/{bundled.entries[path]}" for name, path in entries.items()}
        made |= {url: Content.of((stage / url).read_bytes()) for url in urls.values()}
        made["extra.json"] = Content.of(json.dumps(urls).encode())
    for url, content in {**plan.files, **made}.items():
        (out / url).parent.mkdir(parents=True, exist_ok=True)
        (out / url).write_bytes(content.read())
    return out


@contextlib.contextmanager
def serve(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free loopback port, from a thread; give its origin."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(app, log_level="error", lifespan="off", ws="none", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()


def site_app(dist: Path) -> Any:
    """Serve a site as `igbuild serve` does, and broken copies of it under `/fault/NAME/`."""
    return Faults(create_app(ServeSettings(site=dist)))


@dataclass
class RequestLog:
    """Every address a page asked for."""

    urls: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        """Note what this page and its workers ask for from now on."""
        page.on("request", lambda request: self.urls.append(request.url))

    def foreign(self, origin: str) -> list[str]:
        """Return the addresses that are not on this origin (data: and blob: URLs are nobody's)."""
        ours = urlsplit(origin)[:2]
        return [
            url
            for url in self.urls
            if urlsplit(url)[:2] != ours and urlsplit(url).scheme not in {"data", "blob"}
        ]


MINIMAL_TOML = """\
[experiment]
name = "test"
title = "Test"

[environment]
source = "env.py"
entry_point = "env:make"
"""


def build_experiment(
    folder: Path, env_source: str, toml: str = MINIMAL_TOML, *, entry: Path | None = None
) -> Path:
    """Write an experiment into a folder and build it as `igbuild bundle` does; return the site's folder.

    Args:
        folder: of the experiment; further files of it may lie there already.
        env_source: text of `env.py`.
        toml: text of `experiment.toml`.
        entry: a page module to load instead of the game's.
    """
    from igbuild.packages.api import locked
    from igbuild.site.build import BuildOptions, build_site

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "env.py").write_text(env_source, encoding="utf-8")
    (folder / "experiment.toml").write_text(toml, encoding="utf-8")
    experiment = load_experiment(folder / "experiment.toml")
    store = Store()
    lock = locked(experiment, store, frozen=False)
    return build_site(experiment, lock, folder / "dist", store, options=BuildOptions(entry=entry)).out
