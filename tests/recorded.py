"""Episodes as a page records them: played natively through the runtime, and put through JavaScript's JSON."""

from __future__ import annotations

import asyncio
import json
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from igbuild.runtime.game import Game
from igbuild.runtime.serialise import dumps
from igbuild.serve.store.chunks import Chunk, Kind, Owner
from igbuild.serve.store.writer import Store, StoreLimits
from igbuild.site.describe import describe_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from igbuild.config import Experiment

WIRE = Path(__file__).parent.parent / "templates/worker/wire.js"
THROUGH_JAVASCRIPT = f"""
import {{ readFileSync }} from "node:fs";
import {{ escapeWire, parseWire }} from {json.dumps(WIRE.as_uri())};
const rows = readFileSync(0, "utf8").split("\\n");
process.stdout.write(rows.map((row) => JSON.stringify(escapeWire(parseWire(row)))).join("\\n"));
"""

HELD = 15
"""Steps for which an action is held."""

Row = dict[str, Any]


@contextmanager
def importable(study: Path) -> Iterator[None]:
    """Import from a study as long as the block, and forget its modules after it."""
    sys.path.insert(0, str(study))
    # Where numpy is loaded, its generator is part of every state. These studies load none, other tests do.
    numpy = sys.modules.pop("numpy", None)
    known = set(sys.modules)
    try:
        yield
    finally:
        if numpy is not None:
            sys.modules["numpy"] = numpy
        sys.path.remove(str(study))
        for name in set(sys.modules) - known:
            if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(study)):
                del sys.modules[name]


def play(
    experiment: Experiment,
    *,
    seed: int,
    given: dict[str, Any] | None = None,
    steps: int = 60,
    interval: int = 10,
) -> list[Row]:
    """Play an episode with random actions held on, and return its rows as Python's JSON reads them."""
    rng = random.Random(seed)
    actions: dict[Any, Any] = {}
    rows: list[Row] = []
    with importable(experiment.root):
        game = Game(describe_environment(experiment.config), given or {})
        game.reset(seed)
        while len(rows) < steps and not game.adapter.done:
            if len(rows) % HELD == 0:
                actions = {a: rng.randrange(9) for a in game.adapter.agents if a not in game.bots}
            stepping = game.step(actions)
            try:
                next(stepping)
            except StopIteration as end:
                step, taken = end.value
            last = len(rows) == steps - 1 or game.adapter.done
            shown = game.hash() if last or len(rows) % interval == 0 else None
            rows.append(row_of(len(rows), step, taken, shown))
        game.close()
    return through_javascript(rows)


def row_of(t: int, step: Any, taken: dict[Any, Any], state_hash: str | None) -> Row:
    """Return a row in the order of the data format."""
    row: Row = {"episode": 0, "t": t}
    row |= {f"actions.{agent}": action for agent, action in taken.items()}
    for name in ("rewards", "terminateds", "truncateds"):
        row |= {f"{name}.{agent}": value for agent, value in getattr(step, name).items()}
    for agent, info in step.infos.items():
        row |= {f"infos.{agent}.{key}": value for key, value in info.items()}
    row |= {f"isFocused.{agent}": True for agent in taken}
    return row if state_hash is None else {**row, "stateHash": state_hash}


def through_javascript(rows: list[Row]) -> list[Row]:
    """Give rows the numbers that JavaScript makes of them."""
    node = shutil.which("node")
    assert node, "Node.js is needed"
    told = subprocess.run(
        [node, "--input-type=module", "-e", THROUGH_JAVASCRIPT],
        input="\n".join(map(dumps, rows)),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return [json.loads(line) for line in told.split("\n")]


def text_of(rows: list[Row]) -> str:
    """Return rows as JSON Lines without spaces."""
    return "".join(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n" for row in rows)


def changed(rows: list[Row], frame: int, **values: Any) -> list[Row]:
    """Return rows with other values in one."""
    return [row | values if row["t"] == frame else row for row in rows]


class Recording:
    """A data folder that is filled as browsers do.

    Args:
        folder: of the data.
        site, lock: what is said of the build.
    """

    def __init__(self, folder: Path, site: str = "site1", lock: str = "lock1") -> None:
        self.folder = folder
        self._store = Store(folder, StoreLimits(free_bytes=0))
        self._site = site
        self._lock = lock

    def add(self, session: str, *exports: list[Row], bare: int | None = None, **meta: Any) -> None:
        """Hand in an episode: one list of rows for each player, and metadata but for the seat `bare`."""
        for seat, rows in enumerate(exports):
            owner = Owner("study", session, f"p{seat}", seat, len(exports), self._site)
            about = {
                "format": 1,
                "rows": len(rows),
                "status": "verified",
                "termination": {"reason": "ended", "frame": len(rows) - 1, "player": None},
                "globals": {},
                "lockHash": self._lock,
                "siteHash": self._site,
            }
            chunks = [
                Chunk(owner, 0, Kind.ROWS, index // 16, text_of(rows[index : index + 16]))
                for index in range(0, len(rows), 16)
            ]
            if seat != bare:
                chunks.append(Chunk(owner, 0, Kind.META, 0, text_of([about | meta])))
            self.put(*chunks)

    def put(self, *chunks: Chunk) -> None:
        """Hand in chunks as they are."""
        # In a thread of its own: after a browser test, Playwright's event loop still runs in this one.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, self._store.put(chunks)).result()

    def close(self) -> None:
        """Let the store go."""
        self._store.close()
