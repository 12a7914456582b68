"""The state hash: its contract, its equalities and inequalities, in every process."""

from __future__ import annotations

import copy
import math
import os
import pickle
import random
import subprocess
import sys
import threading
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from igbuild.runtime.difference import first_difference
from igbuild.runtime.errors import StateError
from igbuild.runtime.hashing import canonical, digest
from tests import hash_answers
from tests.hash_answers import ANSWERS, DIGESTS, NUMPY_ANSWERS, Point

atoms = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.complex_numbers()
)
keys = st.integers() | st.text() | st.tuples(st.integers(), st.text()) | st.booleans()
values = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(keys, inner)
        | st.sets(st.integers() | st.text())
        | st.frozensets(st.integers())
        | st.builds(Point, inner, inner)
    ),
    max_leaves=20,
)


@pytest.mark.parametrize("expression", ANSWERS)
def test_known_answers(expression):
    assert canonical(eval(expression, hash_answers.namespace)) == ANSWERS[expression]


@pytest.mark.parametrize("expression", NUMPY_ANSWERS)
def test_known_answers_of_numpy(expression):
    assert canonical(eval(expression, {"np": np})) == NUMPY_ANSWERS[expression]


@pytest.mark.parametrize("expression", DIGESTS)
def test_known_digests(expression):
    assert digest(eval(expression, hash_answers.namespace)).hex() == DIGESTS[expression]


def test_a_digest_is_the_sha256_of_the_canonical_bytes():
    assert digest([1, None]) == sha256(b"[2:i1;N").digest()


@given(values)
def test_copies_hash_alike(value):
    assert canonical(copy.deepcopy(value)) == canonical(value)
    assert canonical(pickle.loads(pickle.dumps(value))) == canonical(value)
    assert first_difference(value, copy.deepcopy(value)) is None


@given(values, values)
def test_different_values_hash_differently(one, other):
    """Equal bytes mean equal values: nothing is left out, and no two encodings run into each other."""
    if canonical(one) == canonical(other):
        assert same(one, other)
    else:
        assert first_difference(one, other) is not None


def same(one, other):  # noqa: PLR0911 - one line for each kind of value
    """Equality as a state hash means it: types count, and so does the sign of zero; all NaN are one."""
    if type(one) is not type(other):
        return False
    if isinstance(one, float):
        return repr(one) == repr(other)
    if isinstance(one, complex):
        return same(one.real, other.real) and same(one.imag, other.imag)
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        mine = {(type(key), key): item for key, item in one.items()}
        theirs = {(type(key), key): item for key, item in other.items()}
        return mine.keys() == theirs.keys() and all(same(mine[key], theirs[key]) for key in mine)
    if isinstance(one, Point):
        return same(one.x, other.x) and same(one.y, other.y)
    return one == other


@given(st.dictionaries(keys, atoms), st.randoms())
def test_the_order_of_a_dict_does_not_matter(value, order):
    items = list(value.items())
    order.shuffle(items)
    assert canonical(dict(items)) == canonical(value)


@given(st.lists(st.integers(0, 127)), st.sampled_from(["i1", "i2", "i4", "i8", ">i2", "<i8"]))
def test_the_width_of_an_integer_array_does_not_matter(numbers, dtype):
    assert canonical(np.array(numbers, dtype=dtype)) == canonical(np.array(numbers, dtype=np.int64))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (0.0, -0.0),
        (1, 1.0),
        (1, True),
        ((1,), [1]),
        ("1", b"1"),
        (b"1", bytearray(b"1")),
        ({1}, frozenset({1})),
        ({1: 2}, {1.0: 2}),
        (np.zeros(2), np.zeros((2, 1))),
        (np.zeros(2), np.zeros(2, dtype=np.float32)),
        (np.zeros(2), np.zeros(2, dtype=int)),
        (np.zeros(2, dtype=np.int8), np.zeros(2, dtype=np.uint8)),
        (np.array(0.0), np.array(-0.0)),
        (Point(1, 2), {"x": 1, "y": 2}),
        (random.Random(1), random.Random(2)),
        (np.random.default_rng(1), np.random.default_rng(2)),
        (hash_answers.closure(), hash_answers.rng),
    ],
)
def test_what_behaves_differently_hashes_differently(one, other):
    assert canonical(one) != canonical(other)


def test_every_nan_is_one():
    strange = np.frombuffer(b"\x01\x00\x00\x00\x00\x00\xf8\xff", dtype=np.float64)[0]
    assert math.isnan(strange)
    assert canonical(float(strange)) == canonical(math.nan)
    assert canonical(np.array([strange])) == canonical(np.array([math.nan]))
    assert canonical(np.array([complex(strange, 1)])) == canonical(np.array([complex(math.nan, 1)]))


def test_a_draw_changes_the_hash_of_a_generator():
    for generator in (
        random.Random(1),
        np.random.default_rng(1),
        np.random.RandomState(1),
        np.random.Generator(np.random.MT19937(1)),
    ):
        before = canonical(generator)
        assert canonical(copy.deepcopy(generator)) == before
        generator.random()
        assert canonical(generator) != before


def test_sharing_counts_unless_it_is_told_not_to():
    row = [1]
    assert canonical([row, row]) != canonical([[1], [1]])
    assert canonical([row, row], sharing=False) == canonical([[1], [1]], sharing=False)
    assert canonical(hash_answers.cycle(), sharing=False) == b"[2:i1;@0;"


def test_roots_are_only_referred_to():
    root = Point(1, 2)
    value = {"owner": root}
    before = canonical(value, roots=[root])
    root.x = 5
    assert canonical(value, roots=[root]) == before == b"{1:s5:owner@0;"


def test_a_set_of_objects_that_know_each_other_is_walked():
    def team(order):
        one, other = Point(1, None), Point(2, None)
        one.y, other.y = other, one
        return {"team": {one, other} if order else {other, one}}

    assert canonical(team(order=True)) == canonical(team(order=False))


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [1, threading.Lock()]}, "['a'][1]"),
        (Point(1, {"source": (n for n in ())}), "y['source']"),
        ([{1, 2}, {threading.Lock().acquire}], "[1]{}"),
        ({"a": np.longdouble(1)}, "['a']"),
    ],
)
def test_what_cannot_be_walked_names_its_path(value, path):
    with pytest.raises(StateError) as caught:
        canonical(value)
    assert str(caught.value).startswith(f"{path}: ")


def test_what_is_nested_too_deeply_is_refused():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(StateError, match="too deeply"):
        canonical(value)
    while value:  # taken apart from outside, as freeing it in one go recurses too
        value = value[0]


SCRIPT = """
from igbuild.runtime.hashing import digest
from tests.hash_answers import ANSWERS, DIGESTS, namespace
import numpy
strings = {f"name {n}" for n in range(50)}
print(*(digest(eval(text, namespace)).hex() for text in [*ANSWERS, *DIGESTS]), digest(strings).hex())
print(list(strings)[:3])
"""


def test_every_process_hashes_alike_whatever_its_hash_seed():
    outputs = [
        subprocess.run(
            [sys.executable, "-c", SCRIPT],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.splitlines()
        for seed in ("0", "1", "4711")
    ]
    assert len({lines[0] for lines in outputs}) == 1
    assert len({lines[1] for lines in outputs}) > 1, "the seeds did reorder the sets"


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        (1, 2, ""),
        ([1, 2], [1, 3], "[1]"),
        ([1], [1, 2], "[1]"),
        ({"a": {"b": 1}}, {"a": {"b": 1.0}}, "['a']['b']"),
        ({"a": 1}, {"b": 1}, "['a']"),
        (Point(1, [0, {"k": 5}]), Point(1, [0, {"k": 6}]), ".y[1]['k']"),
        ({1, 2}, {1, 3}, ""),
        ({"x": np.zeros(3)}, {"x": np.ones(3)}, "['x']"),
        (hash_answers.shared(), [[0], [0]], ""),
    ],
)
def test_the_first_difference_has_a_path(one, other, path):
    assert first_difference(one, other) == path
    assert first_difference(other, one) is not None


@settings(max_examples=30)
@given(st.lists(st.integers(), min_size=1), st.data())
def test_the_first_difference_is_the_first(numbers, data):
    index = data.draw(st.integers(0, len(numbers) - 1))
    changed = [*numbers[:index], numbers[index] + 1, *[0 for _ in numbers[index + 1 :]]]
    assert first_difference({"row": numbers}, {"row": changed}) == f"['row'][{index}]"
