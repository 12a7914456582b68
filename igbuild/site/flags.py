"""The switches that decide which parts of the templates a site contains."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Flags:
    """What a site contains; statements in templates include or leave out whole imports on these.

    Attributes:
        draw: draw lists, through Phaser.
        rgb: RGB frames, on a canvas.
        multiplayer: peer-to-peer play with rollback.
        collect: steps are handed in.
        completion: participants get a code, or a way on, at the end.
        onnx: bots that are ONNX policies.
        dev: the client of `igbuild serve --dev` (reload, error overlay).
    """

    draw: bool = False
    rgb: bool = False
    multiplayer: bool = False
    collect: bool = False
    completion: bool = False
    onnx: bool = False
    dev: bool = False
