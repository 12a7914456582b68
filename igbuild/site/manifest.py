"""`manifest.json`: what a site consists of, byte for byte."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from igbuild import __version__
from igbuild.files import sha256_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from igbuild.site.plan import Content, SitePlan

NAME = "manifest.json"


@dataclass(frozen=True)
class Manifest:
    """A built site. It holds no time and no path, so equal sites have equal manifests.

    Attributes:
        igbuild: version that built it.
        site_id: name of the build.
        inputs: SHA-256 over all that it was made of.
        lock: SHA-256 of the lock.
        files: `(sha256, size)` of every file but this one, by URL.
    """

    igbuild: str
    site_id: str
    inputs: str
    lock: str
    files: Mapping[str, tuple[str, int]]

    def to_json(self) -> dict[str, Any]:
        """Return what the file says."""
        return {
            "igbuild": self.igbuild,
            "siteId": self.site_id,
            "inputs": self.inputs,
            "lock": self.lock,
            "files": {
                name: {"sha256": sha, "size": size} for name, (sha, size) in sorted(self.files.items())
            },
        }

    def encode(self) -> bytes:
        """Return the bytes of the file."""
        return (json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n").encode()


def manifest_of(plan: SitePlan, contents: Mapping[str, Content]) -> Manifest:
    """Describe a site that is about to be written."""
    files = {name: (content.sha256, content.size) for name, content in contents.items()}
    return Manifest(__version__, plan.site_id, plan.inputs, plan.site["lockHash"], files)


def read_manifest(folder: Path) -> Manifest | None:
    """Return the manifest of a site, or None where there is none that igbuild wrote."""
    try:
        told = json.loads((folder / NAME).read_bytes())
        files = {name: (facts["sha256"], facts["size"]) for name, facts in told["files"].items()}
        return Manifest(told["igbuild"], told["siteId"], told["inputs"], told["lock"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def damaged(folder: Path, manifest: Manifest) -> list[str]:
    """Return the files of a site that are missing or are not what the manifest says."""
    return [name for name, (sha, size) in sorted(manifest.files.items()) if not _is(folder / name, sha, size)]


def _is(path: Path, sha256: str, size: int) -> bool:
    try:
        return path.stat().st_size == size and sha256_file(path) == sha256
    except OSError:
        return False
