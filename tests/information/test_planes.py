"""Prepared columns of codes against joint_entropies."""

import numpy as np
import pytest

from skmi.information import CodePlanes, joint_entropies


@pytest.fixture(params=[(2, 8), (1, 3, 16, 40), (3, 8, 200), (90, 200)])
def codes(request):
    rng = np.random.default_rng(0)
    return (rng.random((9000, 20)) * rng.choice(request.param, size=20)).astype(int)


@pytest.mark.parametrize("n_rows", [1, 64, 777, 9000])
@pytest.mark.parametrize("n_target", [None, 1, 3])
@pytest.mark.parametrize("n_other", [1, 7, 2000])
def test_entropies_equal_joint_entropies(codes, n_rows, n_target, n_other):
    rng = np.random.default_rng(1)
    codes, other = codes[:n_rows], rng.integers(0, n_other, size=n_rows)
    target = None if n_target is None else rng.integers(0, n_target, size=n_rows)
    planes = CodePlanes(codes, target)
    for column in (other, codes[:, 3]):
        found = planes.entropies_with(column)
        expected = joint_entropies(codes, column, target)
        assert found.shape == expected.shape
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="codes must be integers of at least 0"):
        CodePlanes([[0.5]])
    with pytest.raises(ValueError, match=r"target must be of shape \(2,\)"):
        CodePlanes([[0], [1]], [0])
    planes = CodePlanes([[0], [1]])
    with pytest.raises(ValueError, match=r"other must be of shape \(2,\)"):
        planes.entropies_with([0, 1, 1])
    with pytest.raises(ValueError, match="other must be integers of at least 0"):
        planes.entropies_with([0, -1])
