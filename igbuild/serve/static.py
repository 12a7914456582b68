"""The files of a site over HTTP: only files, only inside the folder, only what a site consists of."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse, Response

from igbuild.serve.headers import cache_control
from igbuild.serve.mime import media_type

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request

FORBIDDEN = frozenset('\\:*?"<>|\x00')
"""Characters of file names that mean something else on some system."""


class SiteFiles:
    """Answers requests for the files of a site.

    Args:
        folder: the site.
        missing: makes the answer for the page itself while there is no site.
    """

    def __init__(self, folder: Path, missing: Callable[[], Response] | None = None) -> None:
        self.folder = folder
        self.missing = missing

    async def respond(self, request: Request) -> Response:
        """Answer one request: the file, 304 where the browser has it, or 404."""
        name = request.scope["path"].removeprefix("/") or "index.html"
        found = locate(self.folder, name)
        if found is None:
            if name == "index.html" and self.missing is not None:
                return self.missing()
            return PlainTextResponse("Not found\n", 404, headers={"cache-control": "no-store"})
        file, facts = found
        etag = f'"{facts.st_mtime_ns:x}-{facts.st_size:x}"'
        headers = {"etag": etag, "cache-control": cache_control(name)}
        if _has(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        return FileResponse(file, headers=headers, media_type=media_type(name), stat_result=facts)


def locate(folder: Path, name: str) -> tuple[Path, os.stat_result] | None:
    """Return a regular file inside a folder, or None for anything else.

    No part of the name may be empty, begin with a dot or hold a character that is special on any system;
    and what is reached through symbolic links must lie inside the folder too.
    """
    parts = name.split("/")
    if any(not part or part.startswith(".") or FORBIDDEN & set(part) for part in parts):
        return None
    try:
        root = folder.resolve(strict=True)
        file = root.joinpath(*parts).resolve(strict=True)
        facts = file.stat()
    except (OSError, ValueError):
        return None
    if not file.is_relative_to(root) or not stat.S_ISREG(facts.st_mode):
        return None
    return file, facts


def _has(header: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or "*" in tags
