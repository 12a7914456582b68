"""Action spaces at the boundary: JSON actions become what they hold, or are refused."""

from __future__ import annotations

import numpy as np
import pytest
from gymnasium import spaces

from igbuild.runtime.adapter import Adapter
from igbuild.runtime.errors import ActionError
from igbuild.runtime.serialise import Buffers, dumps
from igbuild.runtime.spaces import describe, holds, to_action
from tests.runtime_envs import Solo


@pytest.mark.parametrize(
    ("space", "given", "expected"),
    [
        (spaces.Discrete(3, start=-1), -1, -1),
        (spaces.Box(-2, 2, (1,)), [0.5], np.array([0.5], dtype=np.float32)),
        (spaces.Box(-2, 2, (1,)), 1, np.array([1], dtype=np.float32)),
        (spaces.Box(0, 9, (2, 2), dtype=np.int32), [[1, 2], [3, 4]], np.array([[1, 2], [3, 4]], np.int32)),
        (spaces.MultiDiscrete([2, 3]), [1, 2], np.array([1, 2])),
        (spaces.MultiBinary(2), [1, 0], np.array([1, 0], dtype=np.int8)),
        (spaces.Text(4), "ab", "ab"),
        (spaces.Tuple([spaces.Discrete(2), spaces.MultiDiscrete([3])]), [1, [2]], (1, np.array([2]))),
        (spaces.Dict(go=spaces.Discrete(2), by=spaces.Box(0, 1, (1,))), {"go": 1, "by": [1]}, None),
    ],
)
def test_json_actions_become_what_the_space_holds(space, given, expected):
    converted = to_action(space, given)
    assert space.contains(converted)
    if expected is not None:
        assert repr(converted) == repr(expected)


@pytest.mark.parametrize(
    ("space", "given"),
    [
        (spaces.Box(-2, 2, (2,)), [0.5]),
        (spaces.Box(-2, 2, (1,)), [3]),
        (spaces.Box(-2, 2, (1,)), ["x"]),
        (spaces.Box(-2, 2, (1,)), [float("nan")]),
        (spaces.MultiDiscrete([2, 3]), [1.5, 2]),
        (spaces.MultiDiscrete([2, 3]), [1, 3]),
        (spaces.MultiBinary(2), [1, 2]),
        (spaces.Tuple([spaces.Discrete(2)]), [1, 1]),
        (spaces.Dict(go=spaces.Discrete(2)), {"stop": 1}),
    ],
)
def test_actions_that_do_not_fit_are_still_refused(space, given):
    env = Solo()
    env.action_space = space
    adapter = Adapter(env)
    adapter.reset(1)
    with pytest.raises(ActionError):
        adapter.step({"human": given})


class Discrete:
    """A space that a study wrote itself, with no more than it needs."""

    n = 3


@pytest.mark.parametrize(("action", "held"), [(0, True), (2, True), (3, False), (-1, False)])
def test_a_discrete_space_without_a_start_begins_at_zero(action, held):
    assert holds(Discrete(), action) is held


def test_spaces_are_described_as_json():
    assert describe(None) is None
    assert describe(spaces.Discrete(3, start=1)) == {"kind": "discrete", "n": 3, "start": 1, "dtype": "int64"}
    box = describe(spaces.Box(-np.inf, 1, (2,)))
    assert dumps(box) == (
        '{"kind":"box","low":[{"$float":"-inf"},{"$float":"-inf"}],"high":[1.0,1.0],'
        '"shape":[2],"dtype":"float32"}'
    )
    assert describe(spaces.MultiDiscrete([2, 3]))["n"].tolist() == [2, 3]


@pytest.mark.parametrize(
    "space",
    [
        spaces.Discrete(3),
        spaces.Box(0, 255, (4, 4, 3), np.uint8),
        spaces.MultiBinary(3),
        spaces.MultiDiscrete([2, 3]),
        spaces.Text(5),
        spaces.Tuple([spaces.Discrete(2), spaces.Box(0, 1, (2,))]),
        spaces.Dict(a=spaces.Discrete(2), b=spaces.Dict(c=spaces.Box(0, 1, (2,)))),
        spaces.Sequence(spaces.Discrete(3)),
        spaces.Graph(spaces.Box(0, 1, (2,)), spaces.Discrete(3)),
        spaces.OneOf([spaces.Discrete(2), spaces.Box(0, 1, (2,))]),
    ],
    ids=lambda space: type(space).__name__,
)
def test_observations_of_every_kind_of_space_cross(space):
    space.seed(1)
    buffers = Buffers()
    dumps(buffers.pack([space.sample()]), buffers)
