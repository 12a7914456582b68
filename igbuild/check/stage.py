"""Everything that a check in Pyodide reads, in one folder, each file verified on its way there."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from igbuild.check.shipped import shipped
from igbuild.config import study_files
from igbuild.errors import IntegrityError
from igbuild.files import sha256_bytes
from igbuild.packages.api import locked, runtime_files, site_lock, site_path, wheel_files
from igbuild.site.archive import pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from igbuild.check.plan import Job
    from igbuild.config import Experiment
    from igbuild.console import Console
    from igbuild.packages.cache import Store
    from igbuild.packages.wheels import SiteFile

PAGE: Final = Path(__file__).with_name("pyodide")


@dataclass(frozen=True)
class Stage:
    """The folder of a check.

    Attributes:
        folder: with `pyodide/`, `wheels/`, `python/` and the scripts.
        version: of Pyodide.
        files: SHA-256 of every file that Python is made of, by path.
        lock: as `loadPyodide` takes it.
    """

    folder: Path
    version: str
    files: dict[str, str]
    lock: dict[str, Any]

    def job(self, job: Job) -> dict[str, Any]:
        """Return a job as `start.mjs` takes it."""
        return {
            "files": self.files,
            "lock": self.lock,
            "packages": sorted(self.lock["packages"]),
            "hashSeed": str(job.hash_seed),
            "request": job.request,
        }

    def write_jobs(self, jobs: Sequence[Job]) -> None:
        """Put jobs where the page of a check looks for them."""
        (self.folder / "jobs.json").write_text(json.dumps([self.job(job) for job in jobs]), encoding="utf-8")


def make_stage(
    experiment: Experiment, folder: Path, store: Store, *, offline: bool, console: Console | None
) -> Stage:
    """Put everything into a folder; the lock is made or renewed if it has to be.

    Raises:
        LockOutOfDate: it has to be, and this is continuous integration.
        IntegrityError: a file does not have its hash.
        IgbuildError: one cannot be had.
    """
    lock = locked(experiment, store, offline=offline, console=console)
    runtime = runtime_files(lock, store, cwd=experiment.root, offline=offline, console=console)
    wheels = wheel_files(lock, store, experiment, offline=offline, console=console)
    files = {f"pyodide/{name}": _verified(file) for name, file in runtime.items()}
    files |= {f"wheels/{site_path(lock.entries[key])}": _verified(file) for key, file in wheels.items()}
    files["python/runtime.zip"] = pack(shipped())
    files["python/study.zip"] = pack({name: path.read_bytes() for name, path in study_files(experiment)})
    scripts = {path.name: path.read_bytes() for path in PAGE.iterdir() if path.is_file()}
    for name, data in {**files, **scripts}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    (folder / "wheels").mkdir(exist_ok=True)
    hashes = {name: sha256_bytes(data) for name, data in files.items()}
    return Stage(folder, lock.pyodide_version, hashes, site_lock(lock))


def _verified(file: SiteFile) -> bytes:
    data = file.path.read_bytes()
    if (got := sha256_bytes(data)) != file.sha256:
        raise IntegrityError(
            f"{file.name} in the cache changed: expected sha256 {file.sha256}, got {got}. Run "
            "`igbuild cache clear`, and try again."
        )
    return data
