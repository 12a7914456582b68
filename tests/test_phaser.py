"""Phaser of a site: made once, of the pinned parts, without what draw lists do not use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from igbuild.packages import api
from igbuild.packages.cache import Store
from igbuild.packages.lock import LockRequest
from igbuild.packages.make import make_lock
from igbuild.site.phaser import MADE_OF, canvas_phaser
from tests.toolchain import esbuild

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.network


@pytest.fixture(scope="module")
def lock(tmp_path_factory: pytest.TempPathFactory) -> api.Lock:
    return make_lock(LockRequest("314.0.7", (), MADE_OF, tmp_path_factory.mktemp("lock")), Store())


def test_it_is_made_once_of_the_pinned_parts(
    lock: api.Lock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    folders = {name: api.npm_folder(lock, name, Store()) for name in MADE_OF}

    def fetch(name: str) -> Path:
        asked.append(name)
        return folders[name]

    store = Store(tmp_path)
    made = canvas_phaser(lock, store, esbuild(), fetch)
    assert asked == list(MADE_OF)
    assert canvas_phaser(lock, store, esbuild(), fetch) == made
    assert asked == list(MADE_OF)
    monkeypatch.setitem(lock.npm, "eventemitter3", {**lock.npm["eventemitter3"], "version": "another"})
    assert canvas_phaser(lock, store, esbuild(), fetch) != made
    assert asked == [*MADE_OF, *MADE_OF]


def test_it_holds_the_canvas_and_neither_webgl_nor_sound(lock: api.Lock, tmp_path: Path) -> None:
    def fetch(name: str) -> Path:
        return api.npm_folder(lock, name, Store())

    text = (canvas_phaser(lock, Store(tmp_path), esbuild(), fetch) / "index.js").read_text("utf-8")
    modules = set(re.findall(r'"(src/[\w/]+\.js)"\(exports', text))
    assert {"src/renderer/canvas/CanvasRenderer.js", "src/gameobjects/text/Text.js"} <= modules
    left_out = {"src/renderer/webgl/WebGLRenderer.js", "src/sound/SoundManagerCreator.js"}
    assert all((fetch("phaser") / name).is_file() for name in left_out)
    assert not left_out & modules
    assert not re.search(r"typeof [A-Z]+_[A-Z]", text)
    (exported,) = re.findall(r"^export \{\n(.*?)\n\};", text, re.MULTILINE | re.DOTALL)
    assert [name.split(" as ")[-1].strip() for name in exported.split(",")] == ["CANVAS", "Game", "Scale"]
