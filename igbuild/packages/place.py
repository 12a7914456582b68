"""Where a Pyodide distribution lies: an address or a folder."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from igbuild.errors import ConfigError

CDN = "https://cdn.jsdelivr.net/pyodide/v{version}/full"
"""The Pyodide project's own folder of each release."""


def is_url(base: str) -> bool:
    """Say whether a base is a web address rather than a folder."""
    return urlsplit(base).scheme in ("http", "https")


def address(base: str | None, version: str, root: Path) -> str:
    """Return where a distribution lies, as an address or an absolute folder.

    Args:
        base: an address, a folder (relative to the experiment), or None for the Pyodide project's own.
        version: of Pyodide.
        root: the experiment's folder.

    Raises:
        ConfigError: it names a folder that does not exist.
    """
    if base is None:
        return CDN.format(version=version)
    if is_url(base):
        return base.rstrip("/")
    folder = (root / Path(base).expanduser()).absolute()
    if not folder.is_dir():
        raise ConfigError(
            f"[pyodide] base (or IGBUILD_PYODIDE_BASE): there is no folder {folder}. "
            "Name the folder of an unpacked Pyodide release, or an address with https://."
        )
    return str(folder)
