"""pip's configuration, read once, and handed to uv through its environment.

igbuild has no settings for indexes, certificates and proxies of its own: what pip is told counts, for the
resolve by uv and for igbuild's own downloads too. uv reads none of it, so it is told here. Credentials
stand in the environment only, never on a command line.
"""

from __future__ import annotations

import ast
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from igbuild.packages.tools import pip_command
from igbuild.process import run

if TYPE_CHECKING:
    from collections.abc import Mapping

SECTIONS = ("global", "download", ":env:")
"""Where pip looks, later ones winning."""


@dataclass(frozen=True)
class PipConfig:
    """What pip is told about where packages come from.

    Attributes:
        index: the main index's URL, or None for pip's default.
        extra_indexes: further indexes.
        find_links: further folders or pages with wheels.
        cert: a file of certificate authorities.
        proxy: the proxy's URL.
        trusted_hosts: hosts whose certificate is not checked.
        timeout: seconds to wait for an answer.
        no_index: use `find_links` only.
        keyring: how credentials are asked of the keyring, as pip names it.
    """

    index: str | None = None
    extra_indexes: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    cert: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    timeout: str | None = None
    no_index: bool = False
    keyring: str | None = None


def read(cwd: Path | None = None) -> PipConfig:
    """Ask pip for its configuration: files, environment, and all.

    Args:
        cwd: the folder that relative folders of wheels are relative to; by default the current one.
    """
    config = parse(run([*pip_command(), "config", "list"], cwd=cwd))
    here = cwd or Path.cwd()
    links = (link if urlsplit(link).scheme else str(here / link) for link in config.find_links)
    return replace(config, find_links=tuple(links))


def parse(listing: str) -> PipConfig:
    """Read the output of `pip config list`: lines `section.key='value'`."""
    settings: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listing.splitlines():
        key, found, value = line.partition("=")
        section, dot, name = key.strip().rpartition(".")
        if found and dot and section in settings:
            settings[section][name.replace("_", "-")] = str(ast.literal_eval(value.strip()))
    merged = {name: value for section in SECTIONS for name, value in settings[section].items()}
    return PipConfig(
        index=merged.get("index-url") or None,
        extra_indexes=tuple(merged.get("extra-index-url", "").split()),
        find_links=tuple(merged.get("find-links", "").split()),
        cert=merged.get("cert") or None,
        proxy=merged.get("proxy") or None,
        trusted_hosts=tuple(merged.get("trusted-host", "").split()),
        timeout=merged.get("timeout") or merged.get("default-timeout"),
        no_index=merged.get("no-index", "").lower() in ("1", "true", "yes", "on"),
        keyring=merged.get("keyring-provider"),
    )


def uv_environment(config: PipConfig, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment in which uv asks where pip would ask.

    What uv itself is told of indexes is set aside: pip fetches what uv resolved, so both must agree.
    """
    env = {key: value for key, value in environ.items() if not key.startswith(UV_SOURCES)}
    env["UV_NO_CONFIG"] = "1"
    env["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip: the best version of all indexes
    told = {
        "UV_DEFAULT_INDEX": config.index,
        "UV_INDEX": " ".join(config.extra_indexes),
        "UV_FIND_LINKS": ",".join(config.find_links),
        "SSL_CERT_FILE": config.cert,
        "ALL_PROXY": config.proxy,
        "HTTP_PROXY": config.proxy,
        "HTTPS_PROXY": config.proxy,
        "UV_INSECURE_HOST": " ".join(config.trusted_hosts),
        "UV_HTTP_TIMEOUT": config.timeout,
        "UV_NO_INDEX": "1" if config.no_index else None,
        "UV_KEYRING_PROVIDER": "subprocess" if config.keyring == "subprocess" else None,
    }
    env.update({name: value for name, value in told.items() if value})
    return env


UV_SOURCES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX",
    "UV_EXTRA_INDEX",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_PRERELEASE",
    "UV_RESOLUTION",
    "UV_EXCLUDE_NEWER",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_PYTHON",
)
