"""`build_site`: from an experiment and its lock to a finished site in its folder."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from igbuild.errors import IgbuildError
from igbuild.resources import PACKAGE, runtime_dir
from igbuild.site.archive import pack
from igbuild.site.manifest import Manifest, damaged, manifest_of, read_manifest
from igbuild.site.plan import ID_DIGITS, Content, Inputs, Pinned, plan_site
from igbuild.site.study import browser_python, check_syntax, read_images, read_models, read_study
from igbuild.site.templates import Templates, find_templates
from igbuild.site.write import check_out, write_site

if TYPE_CHECKING:
    from collections.abc import Mapping

    from igbuild.config import Experiment
    from igbuild.console import Console
    from igbuild.packages.cache import Store
    from igbuild.packages.lock import Lock
    from igbuild.packages.wheels import SiteFile


ONNX = "onnxruntime-web"
ONNX_FILES = ("ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm")
"""Its wasm provider alone: what templates/worker/policies.js loads."""


@dataclass(frozen=True)
class BuildOptions:
    """How to build.

    Attributes:
        dev: include the client of `igbuild serve --dev`.
        offline: fetch nothing; what is not in the cache is an error.
        force: build even when nothing has changed.
        esbuild: the executable to use instead of the pinned one.
        entry: a module to load instead of `main.js`, for pages of browser tests (see `find_templates`).
    """

    dev: bool = False
    offline: bool = False
    force: bool = False
    esbuild: Path | None = None
    entry: Path | None = None


@dataclass(frozen=True)
class Sources:
    """The experiment's own files.

    Attributes:
        study: its Python and data by path relative to what modules are imported from.
        images: the files of `[assets]` by path relative to its folder.
        models: ONNX models by the path that the TOML gives.
    """

    study: Mapping[str, bytes]
    images: Mapping[str, bytes]
    models: Mapping[str, bytes]


@dataclass(frozen=True)
class BuildResult:
    """A finished site.

    Attributes:
        out: its folder.
        manifest: what is in it.
        changed: False if it was there already and nothing had to be done.
    """

    out: Path
    manifest: Manifest
    changed: bool


def read_sources(experiment: Experiment, out: Path) -> Sources:
    """Read and check everything that can be wrong before something slow is done.

    Raises:
        ConfigError: `out` holds files that are not igbuild's.
        StudyError: a file cannot be read, or a Python file does not compile.
    """
    check_out(out)
    study = read_study(experiment, out)
    check_syntax(study, experiment.source, browser_python(experiment.config.pyodide.version))
    return Sources(study, read_images(experiment, out), read_models(experiment))


class _About(TypedDict):
    """How whatever is not in the cache may be fetched."""

    cwd: Path
    offline: bool
    console: Console | None


def build_site(
    experiment: Experiment,
    lock: Lock,
    out: Path,
    store: Store,
    *,
    options: BuildOptions | None = None,
    console: Console | None = None,
    sources: Sources | None = None,
) -> BuildResult:
    """Build a site, or find that the one in `out` is what would be built.

    Args:
        experiment: what to build.
        lock: current for it.
        out: folder of the site.
        store: the cache.
        options: how to build.
        console: hears what takes long.
        sources: what `read_sources` returned; read here where it is not given.

    Raises:
        ConfigError, StudyError: as `read_sources`, and as `check_imports`.
        RenderError: a template is broken.
        IntegrityError: a pinned file does not have its hash.
        ToolMissing: esbuild could not be obtained.
        IgbuildError: the site could not be written.

    Whatever is raised, the site that was in `out` before is still there, whole.
    """
    options = options or BuildOptions()
    sources = sources or read_sources(experiment, out)
    templates = find_templates(options.entry)
    inputs = _inputs(experiment, lock, sources, templates, dev=options.dev)
    last = None if options.force else read_manifest(out)
    if last is not None and last.inputs == inputs.digest() and not damaged(out, last):
        return BuildResult(out, last, changed=False)
    return _build(experiment, inputs, lock, out, store, templates=templates, options=options, console=console)


def is_outdated(experiment: Experiment, out: Path) -> bool:
    """Tell whether a build would change the site in `out`; whether its files are whole is not asked."""
    from igbuild.packages.api import lock_path, read_lock  # noqa: PLC0415

    last = read_manifest(out)
    try:
        lock = read_lock(lock_path(experiment))
        sources = read_sources(experiment, out)
    except IgbuildError:
        return True
    if last is None or lock is None:
        return True
    return last.inputs != _inputs(experiment, lock, sources, find_templates(None), dev=False).digest()


def site_ids(experiment: Experiment, lock: Lock) -> tuple[str, str]:
    """Return the ids of the site that would be built, and of the one that `igbuild serve --dev` builds.

    Raises:
        ConfigError, StudyError: as `read_sources`.
    """
    sources, templates = read_sources(experiment, experiment.out), find_templates(None)
    digests = [
        _inputs(experiment, lock, sources, templates, dev=dev).digest()[:ID_DIGITS] for dev in (False, True)
    ]
    return digests[0], digests[1]


def _inputs(
    experiment: Experiment, lock: Lock, sources: Sources, templates: Templates, *, dev: bool
) -> Inputs:
    from igbuild.packages.api import esbuild_version  # noqa: PLC0415  # after the cheap refusals

    return Inputs(
        config=experiment.config,
        lock_hash=lock.sha256,
        esbuild=esbuild_version(),
        templates=templates.digest(),
        study=Content.of(pack(sources.study)),
        runtime=Content.of(pack(_runtime())),
        images=_contents(sources.images),
        models=_contents(sources.models),
        dev=dev,
    )


def _build(
    experiment: Experiment,
    inputs: Inputs,
    lock: Lock,
    out: Path,
    store: Store,
    *,
    templates: Templates,
    options: BuildOptions,
    console: Console | None,
) -> BuildResult:
    from igbuild.packages.api import esbuild_executable  # noqa: PLC0415  # not for an unchanged site
    from igbuild.site.bundling import Bundler  # noqa: PLC0415
    from igbuild.site.imports import check_imports  # noqa: PLC0415

    check_imports(experiment, lock.imports)
    about = _About(cwd=experiment.root, offline=options.offline, console=console)
    executable = esbuild_executable(store, explicit=options.esbuild, **about)
    plan = plan_site(inputs, _pinned(experiment, lock, store, about=about))
    packages = _packages(experiment, lock, store, executable, about=about)
    with tempfile.TemporaryDirectory(prefix="igbuild-") as stage:
        bundler = Bundler(executable, Path(stage).resolve(), packages)
        contents = {**plan.files, **bundler.make(plan, templates, experiment.config)}
    manifest = manifest_of(plan, contents)
    write_site(out, contents, manifest)
    return BuildResult(out, manifest, changed=True)


def _packages(
    experiment: Experiment, lock: Lock, store: Store, executable: Path, *, about: _About
) -> dict[str, Path]:
    """Return the folders of what modules of a site import, by name."""
    from igbuild.packages.api import npm_folder, npm_parts  # noqa: PLC0415
    from igbuild.site.phaser import MADE_OF, canvas_phaser  # noqa: PLC0415

    def fetch(name: str) -> Path:
        return npm_folder(lock, name, store, **about)

    parts = npm_parts(experiment)
    packages = {name: fetch(name) for name in parts if name not in MADE_OF}
    if "phaser" in parts:
        packages["phaser"] = canvas_phaser(lock, store, executable, fetch)
    return packages


def _pinned(experiment: Experiment, lock: Lock, store: Store, *, about: _About) -> Pinned:
    from igbuild.packages.api import npm_folder, npm_parts, runtime_files, site_lock, wheel_files  # noqa: PLC0415

    wheels = wheel_files(lock, store, experiment, offline=about["offline"], console=about["console"])
    onnx: dict[str, Content] = {}
    if ONNX in npm_parts(experiment):
        folder = npm_folder(lock, ONNX, store, **about) / "dist"
        onnx = {name: Content.of((folder / name).read_bytes()) for name in ONNX_FILES}
    return Pinned(
        onnx=onnx,
        lock=site_lock(lock),
        requested=tuple(sorted(wheels)),  # the lock holds what was asked for and what that needs
        pyodide={name: _verified(file) for name, file in runtime_files(lock, store, **about).items()},
        wheels={key: (file.name, _verified(file)) for key, file in wheels.items()},
    )


def _verified(file: SiteFile) -> Content:
    return Content(file.sha256, file.size, file.path)


def _runtime() -> dict[str, bytes]:
    files = {"igbuild/__init__.py": (PACKAGE / "__init__.py").read_bytes()}
    for path in sorted(runtime_dir().rglob("*.py")):
        files[f"igbuild/runtime/{path.relative_to(runtime_dir()).as_posix()}"] = path.read_bytes()
    return files


def _contents(files: Mapping[str, bytes]) -> dict[str, Content]:
    return {name: Content.of(data) for name, data in files.items()}
