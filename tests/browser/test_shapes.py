"""What a Surface draws, as Chromium shows it: every shape against a picture that a person looked at.

With IGBUILD_NEW_REFERENCES=1 the pictures in `references/` are made anew; look at them before you commit.
"""

from __future__ import annotations

import base64
import json
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from igbuild.runtime.surface import SHAPES
from tests.browser.shapes import env

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

REFERENCES = Path(__file__).parent / "references"
NAMES = [case.__name__ for case in env.CASES]
BALLAST = 500_000
FADE = 60  # steps, each with a colour of its own
TOML = """\
[experiment]
name = "shapes"
title = "Shapes"

[environment]
source = "env.py"
entry_point = "env:make"

[game]
width = 120
height = 80
background = "#ffffff"
input_mode = "single_keystroke"

[controls.keys]
ArrowRight = 1

[assets]
folder = "pictures"

[assets.atlases]
tiles = { image = "tiles.png", data = "tiles.json" }
"""
# Every text that stands below the bar while the page loads, and how many canvases the page makes.
WATCH = """
globalThis.canvases = 0;
const make = document.createElement.bind(document);
document.createElement = (name, ...rest) => {
  if (name === "canvas") canvases++;
  return make(name, ...rest);
};
globalThis.loaded = [];
new MutationObserver(() => {
  const text = document.querySelector(".panel")?.textContent.match(/([\\d.]+) of ([\\d.]+) MB/);
  if (text) loaded.push([Number(text[1]), Number(text[2])]);
}).observe(document, {subtree: true, childList: true, characterData: true});
"""
DECODE = """async (text) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const {data} = context.getImageData(0, 0, image.width, image.height);
  return {width: image.width, height: image.height, pixels: [...data]};
}"""


def png(
    width: int, height: int, pixel: Callable[[int, int], tuple[int, int, int, int]], ballast: int
) -> bytes:
    """Encode a picture, with so many bytes in a chunk that means nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"".join(bytes(pixel(x, y)) for x in range(width)) for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"igBd", bytes(ballast))
        + body
        + chunk(b"IEND", b"")
    )


def photo(x: int, y: int) -> tuple[int, int, int, int]:
    """Return a pixel of four fields of different colours."""
    return ((220, 40, 40, 255), (40, 160, 60, 255), (40, 60, 200, 255), (240, 200, 40, 255))[
        x // 12 + 2 * (y // 8)
    ]


def tiles(x: int, y: int) -> tuple[int, int, int, int]:
    """Return a pixel of the atlas: a grey disc, and beside it an arrow to the right, lighter at its tip."""
    if x < 16:
        return (200, 200, 200, 255) if (x - 7.5) ** 2 + (y - 7.5) ** 2 < 60 else (0, 0, 0, 0)
    inside = abs(y - 7.5) * 2 < 32 - x
    return (100 + 5 * (x - 16), 180, 220, 255) if inside else (0, 0, 0, 0)


def write_pictures(folder: Path) -> None:
    """Write the assets."""
    folder.mkdir(parents=True)
    (folder / "photo.png").write_bytes(png(24, 16, photo, BALLAST))
    (folder / "tiles.png").write_bytes(png(32, 16, tiles, BALLAST))
    frames = {
        name: {
            "frame": {"x": x, "y": 0, "w": 16, "h": 16},
            "rotated": False,
            "trimmed": False,
            "spriteSourceSize": {"x": 0, "y": 0, "w": 16, "h": 16},
            "sourceSize": {"w": 16, "h": 16},
        }
        for name, x in (("disc", 0), ("arrow", 16))
    }
    meta = {"image": "tiles.png", "size": {"w": 32, "h": 16}, "scale": "1"}
    (folder / "tiles.json").write_text(json.dumps({"frames": frames, "meta": meta}), encoding="utf-8")


@dataclass
class Shown:
    """What the page showed: pictures by the name of the case, and `(loaded, total)` in MB while it loaded."""

    pictures: dict[str, np.ndarray[Any, np.dtype[np.int64]]]
    references: dict[str, np.ndarray[Any, np.dtype[np.int64]]]
    progress: list[tuple[float, float]]
    canvases: int  # made during the fade


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, build_experiment: Callable[..., str]) -> str:
    """The address of the built experiment."""
    folder = tmp_path_factory.mktemp("shapes") / "study"
    write_pictures(folder / "pictures")
    return build_experiment(folder, Path(env.__file__).read_text(encoding="utf-8"), TOML)


@pytest.fixture(scope="module")
def shown(url: str, browser: Browser) -> Iterator[Shown]:
    """Play through all cases, in one page."""
    page = browser.new_page(device_scale_factor=1)
    page.add_init_script(WATCH)
    page.goto(url)
    page.wait_for_function("() => ['start', 'error'].includes(globalThis.igbuild?.phase)", timeout=90_000)
    assert page.evaluate("igbuild.phase") == "start", page.inner_text("body")
    progress = page.evaluate("loaded")
    page.keyboard.press("Enter")
    page.wait_for_function("() => igbuild.step > 2")
    taken = {name: picture_of(page, index) for index, name in enumerate(NAMES)}
    before, step = page.evaluate("[canvases, igbuild.step]")
    page.keyboard.press("ArrowRight")
    page.wait_for_function("(step) => igbuild.step > step", arg=step + FADE)
    canvases = page.evaluate("canvases") - before
    if os.environ.get("IGBUILD_NEW_REFERENCES"):
        for name, picture in taken.items():
            (REFERENCES / f"{name}.png").write_bytes(picture)
    decoder = browser.new_page()
    pictures = {name: decode(decoder, picture) for name, picture in taken.items()}
    references = {name: decode(decoder, (REFERENCES / f"{name}.png").read_bytes()) for name in NAMES}
    yield Shown(pictures, references, progress, canvases)
    page.close()
    decoder.close()


def picture_of(page: Page, index: int) -> bytes:
    """Go on to a case and return its picture, once it is certainly on the screen."""
    if index:
        page.keyboard.press("ArrowRight")
    page.wait_for_function("(score) => igbuild.score === score", arg=index)
    page.wait_for_function("(step) => igbuild.step > step", arg=page.evaluate("igbuild.step") + 1)
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    return page.locator("#stage canvas").screenshot()


def decode(page: Page, picture: bytes) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return a PNG's pixels, height x width x 3; a browser can read them, so no library need to."""
    found = page.evaluate(DECODE, base64.b64encode(picture).decode())
    return np.array(found["pixels"]).reshape(found["height"], found["width"], 4)[:, :, :3]


def differing(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    """Return the part of the pixels that differ more than smoothed edges do between browsers."""
    return float((abs(one - other).max(axis=2) > 48).mean())


def ink(picture: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return how much of each colour is missing from white in each quarter of a picture, 0 to 1."""
    height, width, _ = picture.shape
    quarters = picture.reshape(2, height // 2, 2, width // 2, 3)
    return 1 - quarters.mean(axis=(1, 3)) / 255


def alike(name: str, one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> bool:
    """Whether two pictures of a case show the same; the letters of a text depend on the system's fonts."""
    if name == "text":
        return bool(np.allclose(ink(one), ink(other), rtol=0.3, atol=0.02))
    return differing(one, other) <= 0.002


def test_the_cases_draw_every_shape() -> None:
    game = env.make()
    game.reset()
    drawn = set()
    for _ in NAMES:
        drawn |= {shape["shape"] for shape in game.render().shapes()}
        game.step(1)
    assert drawn == SHAPES


@pytest.mark.parametrize("name", NAMES)
def test_a_shape_looks_as_in_its_reference(shown: Shown, name: str) -> None:
    picture, reference = shown.pictures[name], shown.references[name]
    assert picture.shape == reference.shape == (80, 120, 3)
    assert alike(name, picture, reference), f"{differing(picture, reference):.2%} of the pixels differ"


def test_the_measure_tells_all_references_apart(shown: Shown) -> None:
    """Also a picture from its mirror images, which a wrong sign of an angle would show."""
    for name, reference in shown.references.items():
        others = [other for key, other in shown.references.items() if key != name]
        others.append(reference[:, ::-1])
        if name != "circle":  # which is its own mirror image, upside down
            others.append(reference[::-1])
        assert not any(alike(name, reference, other) for other in others), name


def test_the_bytes_of_assets_are_part_of_the_progress(shown: Shown) -> None:
    loaded, total = shown.progress[-1]
    assert total > 2 * BALLAST / 1e6
    assert loaded == pytest.approx(total, abs=0.11), "the assets alone are 1 MB"
    assert [done for done, _ in shown.progress] == sorted(done for done, _ in shown.progress)


def test_a_tint_that_is_gone_leaves_its_canvas_to_another(shown: Shown) -> None:
    assert 1 < shown.canvases <= 20 < FADE


@pytest.mark.parametrize(("fault", "file"), [("image-404", "photo"), ("atlas-404", "tiles")])
def test_a_missing_asset_is_named(page: Page, url: str, fault: str, file: str) -> None:
    page.goto(url.replace("/index.html", f"/fault/{fault}/index.html"))
    page.wait_for_function("() => ['start', 'error'].includes(globalThis.igbuild?.phase)", timeout=60_000)
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    said = page.inner_text("body")
    assert page.evaluate("igbuild.phase") == "error", said
    assert f"assets/{file}" in said
    assert "404" in said
