"""Widths and blocks of Gaussian kernels."""

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from skmi.information import _gram


def rows(n=50, d=3, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


def test_median_bandwidth_is_the_median_distance_of_two_rows():
    x = rows()
    assert _gram.resolve_bandwidth(x, "median") == pytest.approx(np.median(pdist(x)))


def test_scott_bandwidth_is_the_spread_times_a_power_of_n():
    x = 3 * rows(4000, 2)
    expected = 3 * 4000 ** (-1 / 6)
    assert _gram.resolve_bandwidth(x, "scott") == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize("rule", _gram.RULES)
def test_rules_scale_with_the_data_and_ignore_constant_columns(rule):
    x = rows()
    width = _gram.resolve_bandwidth(x, rule)
    for scale in (1e-250, 8.0, 1e250):
        other = _gram.resolve_bandwidth(scale * x, rule)
        assert other == pytest.approx(scale * width)
    padded = np.column_stack([x, np.full(50, 0.1)])
    assert _gram.resolve_bandwidth(padded, rule) == pytest.approx(width)


@pytest.mark.parametrize("rule", _gram.RULES)
def test_rules_give_a_positive_width_for_mostly_equal_rows(rule):
    x = np.zeros((5000, 1))
    x[17] = 4.0
    assert _gram.resolve_bandwidth(x, rule) > 0
    few = np.where(np.arange(100) < 10, np.arange(100), 0.0)[:, None]
    assert 1 <= _gram.resolve_bandwidth(few, "median") <= 9
    assert _gram.resolve_bandwidth(np.ones((20, 2)), rule) == 1


def test_median_of_many_rows_is_near_that_of_all():
    x = rows(4001, 2)
    width = _gram.resolve_bandwidth(x, "median")
    # The median distance of 2,000 rows has a standard error of about 1 %.
    assert width == pytest.approx(np.median(pdist(x)), rel=0.05)


@pytest.mark.parametrize("block_bytes", [1, 1000, 1 << 24])
def test_blocks_make_up_the_gram_matrix(block_bytes, monkeypatch):
    monkeypatch.setattr(_gram, "_BLOCK_BYTES", block_bytes)
    x = rows(40)
    expected = np.exp(-cdist(x, x, "sqeuclidean") / (2 * 0.7**2))
    found = _gram.gram(x, 0.7)
    np.testing.assert_allclose(found, expected, atol=1e-14)
    np.testing.assert_array_equal(found, found.T)
    np.testing.assert_array_equal(np.diag(found), 1)


@pytest.mark.parametrize(
    "bandwidth", [0, -1.0, np.nan, np.inf, "silverman", None, True, [1.0]]
)
def test_a_bad_bandwidth_is_named(bandwidth):
    with pytest.raises(ValueError, match="bandwidth must be one"):
        _gram.resolve_pair(rows(), rows(), bandwidth)


def test_a_pair_of_bandwidths_is_for_x_and_y():
    x, y = rows(), 5 * rows(seed=1)
    found = _gram.resolve_pair(x, y, (2.0, "median"))
    assert found == (2.0, _gram.resolve_bandwidth(y, "median"))
