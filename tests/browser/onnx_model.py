"""A small ONNX model in protobuf (onnx.proto3), written by hand: scores = observation x weights."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

FLOAT = 1
OPSET = 13
IR_VERSION = 8


def _varint(number: int) -> bytes:
    out = b""
    while number > 0x7F:
        out += bytes([number & 0x7F | 0x80])
        number >>= 7
    return out + bytes([number])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _value(name: str, shape: Sequence[int]) -> bytes:
    dimensions = b"".join(_bytes(1, _number(1, size)) for size in shape)
    tensor = _number(1, FLOAT) + _bytes(2, dimensions)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor))


def linear_model(weights: Sequence[Sequence[float]]) -> bytes:
    """Return a model with input `obs` (1, inputs) and output `scores` (1, actions).

    Args:
        weights: one row per input, one column per action.
    """
    inputs, actions = len(weights), len(weights[0])
    raw = struct.pack(f"<{inputs * actions}f", *(value for row in weights for value in row))
    initializer = (
        _number(1, inputs) + _number(1, actions) + _number(2, FLOAT) + _bytes(8, "weights") + _bytes(9, raw)
    )
    node = _bytes(1, "obs") + _bytes(1, "weights") + _bytes(2, "scores") + _bytes(4, "MatMul")
    graph = (
        _bytes(1, node)
        + _bytes(2, "linear")
        + _bytes(5, initializer)
        + _bytes(11, _value("obs", (1, inputs)))
        + _bytes(12, _value("scores", (1, actions)))
    )
    return _number(1, IR_VERSION) + _bytes(7, graph) + _bytes(8, _bytes(1, "") + _number(2, OPSET))
