"""An environment that cannot be seeded is noticed before anybody's data depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from igbuild.config import load_experiment
from igbuild.site.seeding import advice, unseeded

if TYPE_CHECKING:
    from pathlib import Path

ENV = "class Env:\n    def step(self, action): ...\n    def reset(self{seed}): ...\n"
MAKE = "def make():\n    return Env()\n"
DEAF = {
    "made by a function": (ENV.format(seed="") + MAKE, "env.py", 3),
    "the entry point itself": (ENV.format(seed=", options=None").replace("Env", "make"), "env.py", 3),
    "from another module": ("from game import Env\n" + MAKE, "game.py", 3),
    "under another name": ("from game import Env as Game\n" + MAKE.replace("Env", "Game"), "game.py", 3),
    "wrapped": (ENV.format(seed="") + MAKE.replace("Env()", "Wrapper(Env())"), "env.py", 3),
}
FINE = {
    "a seed": ENV.format(seed=", seed=None, options=None") + MAKE,
    "a seed by name only": ENV.format(seed=", *, seed=None") + MAKE,
    "any keyword": ENV.format(seed=", **rest") + MAKE,
    "inherited": "class Env(Base):\n    def step(self, action): ...\n" + MAKE,
    "no environment": "class Env:\n    def reset(self): ...\n" + MAKE,
    "one that is not made": ENV.format(seed="") + "def make():\n    return other()\n",
    "of a package": "from elsewhere import Env\n" + MAKE,
}


def write(root: Path, code: str) -> Path:
    (root / "game.py").write_text(ENV.format(seed=""))
    (root / "env.py").write_text(code)
    (root / "experiment.toml").write_text(
        '[experiment]\nname = "x"\n[environment]\nsource = "."\nentry_point = "env:make"\n'
    )
    return root / "experiment.toml"


@pytest.mark.parametrize(("code", "file", "line"), DEAF.values(), ids=DEAF.keys())
def test_a_reset_without_a_seed_is_found(code: str, file: str, line: int, tmp_path: Path) -> None:
    found = unseeded(load_experiment(write(tmp_path, code)))
    assert found is not None
    assert (found[0].name, found[1]) == (file, line)
    assert f"{found[2]}.reset() takes no seed" in advice(found)


@pytest.mark.parametrize("code", FINE.values(), ids=FINE.keys())
def test_what_may_be_seeded_is_let_be(code: str, tmp_path: Path) -> None:
    assert unseeded(load_experiment(write(tmp_path, code))) is None
