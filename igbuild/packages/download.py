"""Files of a Pyodide distribution: from its web folder or a local one, resumed, in parallel, verified."""

from __future__ import annotations

import errno
import http.client
import ssl
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.parse import quote

from igbuild import __version__
from igbuild.errors import IgbuildError, IntegrityError
from igbuild.files import exclusive
from igbuild.packages.cache import LOCK
from igbuild.packages.place import is_url
from igbuild.process import redact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from igbuild.packages.cache import Store
    from igbuild.packages.pip_config import PipConfig

    Report = Callable[[str, int, int | None], None]
    """Hears a file's name, the bytes that are there, and their total where known."""

CHUNK = 1 << 18
CACHE_REFUSES = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)
"""Errors of writing, which no new attempt cures."""
PARALLEL = 4
ATTEMPTS = 4
PAUSE = 0.2
"""Seconds before the second attempt; later ones wait longer."""
TIMEOUT = 30.0
"""Seconds without a byte after which an attempt is given up."""


@dataclass(frozen=True)
class Wanted:
    """A file to get.

    Attributes:
        name: its path relative to the base.
        sha256: what it must hash to.
    """

    name: str
    sha256: str


class Opener(Protocol):
    """What opens a request, as `urllib.request.OpenerDirector`."""

    def open(self, fullurl: urllib.request.Request, *, timeout: float) -> IO[bytes]:
        """Open it."""


def opener(config: PipConfig) -> urllib.request.OpenerDirector:
    """Return an opener that uses pip's proxy and certificates, where pip is told any."""
    handlers: list[urllib.request.BaseHandler] = []
    if config.proxy:
        handlers.append(urllib.request.ProxyHandler({"http": config.proxy, "https": config.proxy}))
    context = ssl.create_default_context(cafile=config.cert)
    handlers.append(urllib.request.HTTPSHandler(context=context))
    return urllib.request.build_opener(*handlers)


def get_all(
    base: str,
    files: Sequence[Wanted],
    store: Store,
    *,
    opened: Opener,
    report: Report | None = None,
) -> dict[str, Path]:
    """Get files of a distribution into the cache, several at once.

    Args:
        base: the distribution's address, or a local folder.
        files: what to get.
        store: where they are kept.
        opened: opens requests.
        report: hears progress.

    Returns:
        The files in the cache, by name.

    Raises:
        IntegrityError: a file has another hash; it is not kept.
        IgbuildError: one cannot be had.
    """
    with ThreadPoolExecutor(max_workers=PARALLEL) as pool:
        tasks = {file.name: pool.submit(get, base, file, store, opened, report) for file in files}
        try:
            return {name: task.result() for name, task in tasks.items()}
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def get(base: str, file: Wanted, store: Store, opened: Opener, report: Report | None = None) -> Path:
    """Get one file into the cache. Raises as `get_all`."""
    if (kept := store.get(file.sha256)) is not None:
        return kept
    if not is_url(base):
        return _take_local(Path(base), file, store)
    partial = store.partial(file.sha256)
    with store.explained(), exclusive(partial.with_suffix(LOCK)):
        if (kept := store.get(file.sha256)) is not None:  # another run was quicker
            return kept
        resumed = partial.exists()
        while True:
            _fetch(f"{base.rstrip('/')}/{quote(file.name)}", file, partial, opened, report)
            try:
                return store.take(partial, file.sha256, file.name)
            except IntegrityError as error:
                if not resumed:
                    raise IntegrityError(f"from {redact(base)}: {error.message}") from error
                resumed = False  # what lay there may have been spoiled, and `take` has deleted it


def read_small(base: str, name: str, opened: Opener) -> bytes | None:
    """Return a small file of a distribution, or None where it has none of this name.

    Raises:
        IgbuildError: the base cannot be reached.
    """
    if not is_url(base):
        path = Path(base) / name
        return path.read_bytes() if path.is_file() else None
    url = f"{base.rstrip('/')}/{name}"
    try:
        with opened.open(_request(url), timeout=TIMEOUT) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        error.close()
        if error.code in (403, 404, 410):
            return None
        raise _unreachable(url, f"it answered {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, _reason(error)) from error


def _take_local(folder: Path, file: Wanted, store: Store) -> Path:
    path = folder / file.name
    if not path.is_file():
        raise IgbuildError(
            f"{path} does not exist. [pyodide] base must be the folder of a whole Pyodide release, "
            "the one with all wheels in it."
        )
    return store.add(path, file.sha256, name=str(path))


def _fetch(url: str, file: Wanted, partial: Path, opened: Opener, report: Report | None) -> None:
    """Bring a partial file to its full length, resuming where it breaks off."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _append(url, file.name, partial, opened, report)
        except urllib.error.HTTPError as error:
            error.close()
            if error.code == 416:  # what is there is as long as the file or longer: the hash will tell
                return
            if error.code < 500 or attempt == ATTEMPTS:
                raise _unreachable(url, f"it answered {error.code} {error.reason}") from error
        except (OSError, http.client.HTTPException) as error:
            if getattr(error, "errno", None) in CACHE_REFUSES:
                raise
            if attempt == ATTEMPTS:
                raise _unreachable(url, _reason(error)) from error
        else:
            return
        time.sleep(PAUSE * attempt)


def _append(url: str, name: str, partial: Path, opened: Opener, report: Report | None) -> None:
    start = partial.stat().st_size if partial.exists() else 0
    request = _request(url)
    if start:
        request.add_header("Range", f"bytes={start}-")
    with opened.open(request, timeout=TIMEOUT) as answer:
        resumed = start > 0 and getattr(answer, "status", 200) == 206
        done = start if resumed else 0
        length = getattr(answer, "headers", {}).get("Content-Length")
        total = done + int(length) if length is not None else None
        with partial.open("ab" if resumed else "wb") as out:
            while chunk := answer.read(CHUNK):
                out.write(chunk)
                done += len(chunk)
                if report is not None:
                    report(name, done, total)
    if total is not None and done < total:
        raise ConnectionError(f"the connection broke off after {done} of {total} bytes")


def _request(url: str) -> urllib.request.Request:
    return urllib.request.Request(url, headers={"User-Agent": f"igbuild/{__version__}"})  # noqa: S310  # is_url


def _reason(error: Exception) -> str:
    return str(getattr(error, "reason", None) or error or type(error).__name__)


def _unreachable(url: str, why: str) -> IgbuildError:
    return IgbuildError(
        f"{redact(url)} cannot be fetched: {why}. Name a mirror or the folder of an unpacked Pyodide release "
        "in [pyodide] base or IGBUILD_PYODIDE_BASE; packages already in the cache need neither."
    )
