"""Which templates a site is made of, where they lie, and their common hash."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from igbuild.resources import templates_dir

if TYPE_CHECKING:
    from pathlib import Path

WORKER = "templates/worker/pyodide_worker.js"
TIMER = "templates/game/timer_worker.js"
PREFLIGHT = "templates/game/preflight.js"
MAIN = "templates/game/main.js"
STYLE = "templates/game/style.css"
PAGE = "templates/game/index.html"


@dataclass(frozen=True)
class Templates:
    """The templates of a site.

    Attributes:
        files: each template by the path it is staged under, which mirrors a checkout of igbuild, so that
            a relative import means the same before and after.
        main: the staged path of the module that the page loads.
    """

    files: dict[str, Path]
    main: str = MAIN

    def digest(self) -> str:
        """Return the SHA-256 over all names and contents."""
        digest = hashlib.sha256(f"{self.main}\n".encode())
        for name, path in sorted(self.files.items()):
            data = path.read_bytes()
            digest.update(f"{name} {len(data)}\n".encode())
            digest.update(data)
        return digest.hexdigest()

    def modules(self) -> dict[str, Path]:
        """Return the JavaScript among them."""
        return {name: path for name, path in self.files.items() if path.suffix == ".js"}


def find_templates(entry: Path | None = None) -> Templates:
    """Find igbuild's templates, and another entry module with its neighbours where one is given.

    Args:
        entry: a module to load instead of `main.js`; an `index.html` or `style.css` beside it replaces
            igbuild's own. Its folder is rendered like the templates. Pages of browser tests are built so.
    """
    home = templates_dir()
    files = {
        f"templates/{path.relative_to(home).as_posix()}": path
        for room in ("worker", "game")
        for path in sorted((home / room).rglob("*"))
        if path.suffix in {".js", ".css", ".html"} and path.is_file()
    }
    if entry is None:
        return Templates(files)
    entry = entry.absolute()
    place = _place(entry.parent, home)
    for path in sorted(entry.parent.rglob("*.js")):
        files[f"{place}/{path.relative_to(entry.parent).as_posix()}"] = path
    for staged, name in ((PAGE, "index.html"), (STYLE, "style.css")):
        if (entry.parent / name).is_file():
            files[staged] = entry.parent / name
    return Templates(files, f"{place}/{entry.name}")


def _place(folder: Path, home: Path) -> str:
    checkout = home.absolute().parent
    return folder.relative_to(checkout).as_posix() if folder.is_relative_to(checkout) else "pages"
