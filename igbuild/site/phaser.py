"""Phaser as far as draw lists need it: built once from its source, without WebGL and sound, and kept.

Phaser's own module holds all of it in one piece, of which no bundler can leave anything out. This one is a
third as large, and a page stands still half as long while it is evaluated, which people see where several
games start on one machine.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from igbuild.files import sha256_bytes, sha256_file
from igbuild.packages.api import esbuild_version
from igbuild.site.esbuild import bundle, command_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from igbuild.packages.cache import Store
    from igbuild.packages.lock import Lock

MADE_OF = ("eventemitter3", "phaser")
"""The npm packages that go into it."""

ENTRY = """\
import constants from "./src/const.js";
import "./src/cameras/2d/CameraManager.js";
import "./src/events/EventEmitter.js";
import "./src/gameobjects/DisplayList.js";
import "./src/gameobjects/GameObjectCreator.js";
import "./src/gameobjects/GameObjectFactory.js";
import "./src/gameobjects/UpdateList.js";
import "./src/gameobjects/graphics/GraphicsFactory.js";
import "./src/gameobjects/image/ImageFactory.js";
import "./src/gameobjects/text/TextFactory.js";
import "./src/scene/ScenePlugin.js";
export { default as Game } from "./src/core/Game.js";
export { default as Scale } from "./src/scale/index.js";
export const { CANVAS } = constants;
"""
"""What `templates/game/render` uses, the plugins without which no scene starts, and the factories of what is
drawn: to import them is to register them."""

SWITCHES = {
    "CANVAS_RENDERER": True,
    "FEATURE_SOUND": False,
    "PLUGIN_CAMERA3D": False,
    "PLUGIN_FBINSTANT": False,
    "WEBGL_DEBUG": False,
    "WEBGL_RENDERER": False,
}
"""What Phaser's source asks as `if (typeof WEBGL_RENDERER)`, for its own build to replace by true or false.
esbuild's `define` cannot: it takes names alone, and `typeof` of anything counts as true."""
ASKED = re.compile(rf"typeof ({'|'.join(SWITCHES)})\b")


def canvas_phaser(lock: Lock, store: Store, executable: Path, fetch: Callable[[str], Path]) -> Path:
    """Return a folder to import as `phaser`, of the versions that a lock pins; made where it is not kept.

    Args:
        lock: pins `MADE_OF`.
        store: the cache.
        executable: esbuild.
        fetch: returns the verified folder of an npm package of the lock; called where it has to be made.

    Raises:
        IgbuildError: a part cannot be had, or it does not bundle.
    """
    recipe = sha256_file(Path(__file__))
    command = command_line(Path("esbuild"), ["index.js"], out="out")
    pins = {name: lock.npm.get(name) for name in MADE_OF}
    facts = json.dumps([recipe, command, esbuild_version(), pins], sort_keys=True)

    def make(content: Path) -> None:
        _make({name: fetch(name) for name in MADE_OF}, executable, content)

    return store.add_folder(f"made/phaser-{sha256_bytes(facts.encode())[:24]}", make)


def _make(parts: dict[str, Path], executable: Path, content: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="igbuild-") as temporary:
        stage = Path(temporary).resolve()
        shutil.copytree(parts["phaser"] / "src", stage / "src", copy_function=_copy)
        shutil.copytree(parts["eventemitter3"], stage / "node_modules" / "eventemitter3")
        (stage / "index.js").write_text(ENTRY, encoding="utf-8", newline="\n")
        made = bundle(executable, stage, ["index.js"], out="out", minify=False, source_maps=False)
        shutil.copyfile(stage / "out" / made.entries["index.js"], content / "index.js")
    (content / "package.json").write_text('{"type": "module"}\n', encoding="utf-8", newline="\n")


def _copy(source: str, target: str) -> None:
    """Copy a file of Phaser's source with its switches set."""
    text = Path(source).read_text(encoding="utf-8")
    text = ASKED.sub(lambda asked: str(SWITCHES[asked[1]]).lower(), text)
    Path(target).write_text(text, encoding="utf-8", newline="\n")
