"""JSON for the boundary: what JSON loses survives, and what needs no care costs none."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections import OrderedDict, deque
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from igbuild.runtime import serialise
from igbuild.runtime.serialise import Buffers, dumps, loads, safe_serialize

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["$float", "$dict", "$int"]), inner)
    ),
    max_leaves=12,
)


def same(one, other):
    if isinstance(one, float) and math.isnan(one):
        return isinstance(other, float) and math.isnan(other)
    if isinstance(one, list):
        return isinstance(other, list) and len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return one == other and type(one) is type(other)


@given(plain)
def test_what_was_written_is_read_again(value):
    text = dumps(value)
    json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    assert same(loads(text), value)


class Mode(enum.Enum):
    FAST = "fast"


class Level(enum.IntEnum):
    ONE = 1


@dataclasses.dataclass
class Spot:
    x: float
    y: np.int64


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ((1, [2, (3,)]), "[1,[2,[3]]]"),
        (np.float32(0.5), "0.5"),
        (np.float64(0.1), "0.1"),
        (np.int8(-3), "-3"),
        (np.bool_(1), "true"),
        (np.str_("a"), '"a"'),
        (np.arange(4).reshape(2, 2), "[[0,1],[2,3]]"),
        (np.array(7), "7"),
        ({"b": 1, "a": None}, '{"b":1,"a":null}'),
        ({0: 1, True: 2, None: 3}, '{"0":1,"true":2,"null":3}'),
        ({np.int64(5): 1, Mode.FAST: 2, (1, 2): 3}, '{"5":1,"fast":2,"(1, 2)":3}'),
        ({3, 1, 2}, "[1,2,3]"),
        (frozenset({"b", "a"}), '["a","b"]'),
        (b"\x01\xff", "[1,255]"),
        (Mode.FAST, '"fast"'),
        (Level.ONE, "1"),
        (Spot(0.5, np.int64(2)), '{"x":0.5,"y":2}'),
        (OrderedDict(z=1), '{"z":1}'),
        (deque([1, 2]), "[1,2]"),
        (range(3), "[0,1,2]"),
        (PurePosixPath("a/b"), '"a/b"'),
        (1 + 2j, "[1.0,2.0]"),
        (2**60, '{"$int":"1152921504606846976"}'),
        (-(2**53), '{"$int":"-9007199254740992"}'),
        (2**53 - 1, "9007199254740991"),
        (math.nan, '{"$float":"nan"}'),
        (-math.inf, '{"$float":"-inf"}'),
        (np.float32(math.inf), '{"$float":"inf"}'),
        (np.array([math.nan, 1]), '[{"$float":"nan"},1.0]'),
        ({"$float": 1}, '{"$dict":[["$float",1]]}'),
        ({"$other": "$5"}, '{"$other":"$5"}'),
        (-0.0, "-0.0"),
        (0.1234567890123456789, "0.12345678901234568"),
    ],
)
def test_values_of_every_kind_have_their_json(value, text):
    assert dumps(value) == text
    assert json.loads(text) == safe_serialize(value)


def test_what_cannot_cross_is_named():
    with pytest.raises(TypeError, match=r"a builtins\.object cannot cross to the page"):
        dumps({"deep": [object()]})


@pytest.mark.parametrize("key", [1, -1, 0.5, True, None, np.int64(7)])
def test_two_keys_that_become_one_are_named(key):
    text = "true" if key is True else "null" if key is None else str(key)
    for value in ({key: "a", text: "b"}, {"deep": [{text: 0, "x": 1, key: 2}]}):
        for write in (dumps, safe_serialize):
            with pytest.raises(ValueError, match=f"both '{text}' in JSON") as caught:
                write(value)
            assert repr(key) in str(caught.value)
    assert json.loads(dumps({key: "a", "x": "b"})) == {text: "a", "x": "b"}


def test_a_step_result_is_one_call_of_the_encoder(monkeypatch):
    """No walk over the value in Python: the encoder in C does all of it, once."""
    calls = []
    encode = serialise._encode
    monkeypatch.setattr(serialise, "_encode", lambda value: calls.append(value) or encode(value))
    monkeypatch.setattr(serialise, "safe_serialize", lambda value: pytest.fail("the slow path was taken"))
    buffers = Buffers()
    obs = buffers.pack([np.zeros(4, dtype=np.float32), None])
    dumps(
        {"obs": obs, "rewards": [0.1, 1e-300], "infos": [{"x": 1}, {"y": np.int64(3)}], "done": False},
        buffers,
    )
    assert len(calls) == 1


@pytest.mark.parametrize(
    ("array", "dtype", "values"),
    [
        (np.array([0.5, 1], dtype=np.float32), "float32", [0.5, 1]),
        (np.array([0.5, 1]), "float64", [0.5, 1]),
        (np.array([0.5, 1], dtype=np.float16), "float32", [0.5, 1]),
        (np.array([0.5, 1], dtype=">f8"), "float64", [0.5, 1]),
        (np.array([1, -2], dtype=np.int64), "int32", [1, -2]),
        (np.array([1, 2**40], dtype=np.int64), "float64", [1, 2**40]),
        (np.array([1, 2], dtype=np.uint64), "int32", [1, 2]),
        (np.array([1, 200], dtype=np.uint8), "uint8", [1, 200]),
        (np.array([True, False]), "bool", [1, 0]),
        (np.zeros((2, 0)), "float64", []),
        (np.arange(6, dtype=np.int16).reshape(2, 3).T, "int16", [0, 3, 1, 4, 2, 5]),
    ],
)
def test_arrays_cross_as_memory(array, dtype, values):
    buffers = Buffers()
    place = buffers.pack(array)
    assert place == {"$buffer": 0, "dtype": dtype, "shape": list(array.shape)}
    assert (list(buffers[0]) if array.size else []) == values
    assert buffers[0].ndim == 1


@pytest.mark.parametrize("array", [np.array([2**60]), np.array(["a"]), np.array([None]), np.array([1j])])
def test_arrays_that_javascript_has_no_memory_for_cross_as_lists(array):
    buffers = Buffers()
    assert not isinstance(buffers.pack(array), dict)
    assert not buffers
    assert loads(dumps(buffers.pack(array), buffers)) is not None


def test_arrays_in_nested_observations_are_packed_in_order_and_copied():
    first, second = np.zeros(2, dtype=np.float32), np.ones((1, 2), dtype=np.uint8)
    buffers = Buffers()
    packed = buffers.pack({"a": (first, {"b": second}), "c": 3, 4: [None]})
    first[:] = 9
    assert dumps(packed, buffers) == (
        '{"a":[{"$buffer":0,"dtype":"float32","shape":[2]},{"b":{"$buffer":1,"dtype":"uint8","shape":[1,2]}}],'
        '"c":3,"4":[null]}'
    )
    assert [list(buffer) for buffer in buffers] == [[0.0, 0.0], [1, 1]]


def test_places_survive_beside_values_that_need_escapes():
    buffers = Buffers()
    place = buffers.pack(np.zeros(2))
    text = dumps({"obs": place, "bad": math.nan, "text": "$money"}, buffers)
    assert '"obs":{"$buffer":0,' in text
    assert '"bad":{"$float":"nan"}' in text
