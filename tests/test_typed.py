"""Typed JSON and snapshots: values come back as they were, also through JavaScript."""

from __future__ import annotations

import collections
import json
import random

import numpy as np
import pytest
from hypothesis import given

from igbuild.runtime import typed
from igbuild.runtime.hashing import canonical
from igbuild.runtime.snapshots import Snapshot
from igbuild.runtime.typed_reader import from_json
from tests.test_hashing import values


def through_javascript(data):
    """What is left of JSON data that JavaScript parsed and wrote again: 1.0 is 1, and digits come first."""

    def reorder(pairs):
        return dict(
            sorted(
                pairs, key=lambda pair: (not pair[0].isdigit(), int(pair[0] or 0) if pair[0].isdigit() else 0)
            )
        )

    def number(text):
        value = float(text)
        return int(value) if value.is_integer() else value

    return json.loads(json.dumps(data, allow_nan=False), object_pairs_hook=reorder, parse_float=number)


@given(values)
def test_typed_json_gives_back_what_it_was_given(value):
    data, names, constants = typed.survey(value)
    again = from_json(through_javascript(data), (), names, constants)
    assert canonical(again) == canonical(value)
    assert type(again) is type(value)


NUMPY = ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16", "?")
NUMPY += ("S3", "U3", "M8[s]", ">i4", ">f8")


@pytest.mark.parametrize("dtype", NUMPY)
def test_typed_json_of_numpy_keeps_dtype_shape_and_value(dtype):
    array = np.array([[1, 0], [3, 2]]).astype(dtype)
    again = from_json(through_javascript(typed.to_json([array, array[0, 0]])))
    assert again[0].dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(again[0], array)
    assert type(again[1]) is type(array[0, 0])
    assert again[1] == array[0, 0]


def test_typed_json_keeps_order_sharing_and_subclasses():
    row = [1.0]
    pair = collections.namedtuple("pair", "a b")
    globals()["pair"] = pair
    pair.__module__ = __name__
    value = {
        "2": row,
        "1": row,
        "$": "own",
        "ordered": collections.OrderedDict(b=1, a=2),
        "default": collections.defaultdict(list, {3: [1]}),
        "deque": collections.deque([1], maxlen=4),
        "pair": pair(1, 2.0),
        "objects": np.array([None, (1,)], dtype=object),
        "counter": collections.Counter("aab"),
    }
    value["self"] = value
    data, names, constants = typed.survey(value)
    again = from_json(through_javascript(data), (), names, constants)
    assert list(again) == list(value)
    assert again["1"] is again["2"]
    assert again["self"] is again
    assert again["default"].default_factory is list
    assert again["deque"].maxlen == 4
    assert again["pair"].b == 2.0
    assert canonical(again) == canonical(value)


@pytest.mark.parametrize("kind", [random.Random, np.random.RandomState, np.random.default_rng])
def test_generators_cross_and_draw_on(kind):
    generator = kind(4)
    generator.random()
    again = from_json(through_javascript(typed.to_json(generator)))
    assert [again.random() for _ in range(3)] == [generator.random() for _ in range(3)]


@given(values)
def test_a_snapshot_gives_back_what_it_was_given(value):
    before = canonical(value)
    snapshot = Snapshot(value)
    assert canonical(snapshot.value()) == canonical(value) == before
    assert canonical(snapshot.value()) == before
