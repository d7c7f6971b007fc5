"""Tests of conditional information hold their level and see what there is."""

import numpy as np
import pytest
from scipy.stats import binom

from skmi.feature_selection._conditional_tests import (
    STATISTICS,
    Sample,
    conditional_test,
)
from skmi.information import conditional_mutual_information


def sample_of(X, y, discrete=False, discrete_target=False):
    """Return a sample whose columns are all of a kind."""
    X = np.asarray(X, dtype=float)
    return Sample(
        X,
        np.full(X.shape[1], discrete),
        np.asarray(y, dtype=float).reshape(len(X), -1),
        np.array([discrete_target]),
        n_bins=4,
        n_bins_target=4,
        n_neighbors=5,
    )


def run(sample, columns, given, seed=0, n_permutations=99, kind="binned", n_jobs=None):
    """Return the result of one test."""
    return conditional_test(
        STATISTICS[kind](sample),
        sample,
        np.array(columns),
        np.array(given, dtype=np.intp),
        np.ones(len(given)),
        np.random.default_rng(seed),
        n_permutations,
        n_jobs,
    )


def collider(n, seed):
    """Return two causes, their effect and noise, continuous."""
    x, y, error, noise = np.random.default_rng(seed).normal(size=(4, n))
    return np.column_stack([x, x + y + 0.5 * error, noise]), y


@pytest.mark.parametrize("kind", sorted(STATISTICS))
def test_causes_of_one_effect_depend_given_the_effect_alone(kind):
    X, y = collider(300, 0)
    sample = sample_of(X, y)
    assert run(sample, [0], [], kind=kind).p_values > 0.05
    assert run(sample, [0], [1], kind=kind).p_values == 0.01


@pytest.mark.parametrize("kind", sorted(STATISTICS))
def test_cause_of_a_cause_is_independent_given_the_cause(kind):
    a, e, f = np.random.default_rng(1).normal(size=(3, 300))
    b = a + e
    sample = sample_of(np.column_stack([a, b]), b + f)
    assert run(sample, [0], [], kind=kind).p_values == 0.01
    assert run(sample, [0], [1], kind=kind).p_values > 0.05


@pytest.mark.parametrize("given", [[], [3], [3, 4]])
def test_largest_of_many_noise_columns_is_significant_as_often_as_it_should(given):
    # y depends on the columns given, and those tested depend on nothing.
    hits, n_samples = 0, 120
    for seed in range(n_samples):
        rng = np.random.default_rng(seed)
        X = rng.integers(0, 3, (150, 5))
        y = (X[:, given].sum(axis=1) + rng.integers(0, 2, 150)) % 3
        sample = sample_of(X, y, discrete=True, discrete_target=True)
        p = run(sample, [0, 1, 2], given, seed=seed, n_permutations=19).p_values
        hits += p.min() <= 0.05
    low, high = binom.interval(0.999, n_samples, 0.05)
    assert low <= hits <= high


def test_information_is_the_plug_in_less_its_mean_under_permutation():
    # With one binary condition the cells are its levels, and the null mean is the
    # bias (Kx - 1)(Ky - 1) Kz / 2N of Miller.
    rng = np.random.default_rng(0)
    n = 2000
    z = rng.integers(0, 2, n)
    x = rng.integers(0, 3, n)
    y = np.where(rng.random(n) < 0.3, x, rng.integers(0, 3, n))
    sample = sample_of(np.column_stack([x, z]), y, True, True)
    found = run(sample, [0], [1], n_permutations=199).information
    table = np.zeros((3, 3, 2))
    np.add.at(table, (x, y, z), 1)
    bias = 2 * 2 * 2 / (2 * n)
    # Standard error of the mean of 199 values: sqrt(8 / 2) / n / sqrt(199).
    error = 2 / n / np.sqrt(199)
    expected = conditional_mutual_information(table) - bias
    np.testing.assert_allclose(found, expected, atol=5 * error)


def test_column_determined_by_the_condition_tells_nothing():
    rng = np.random.default_rng(0)
    z = rng.integers(0, 3, 300)
    sample = sample_of(np.column_stack([z, z % 2, np.ones(300)]), z, True, True)
    found = run(sample, [1, 2], [0])
    assert found.p_values.tolist() == [1.0, 1.0]
    np.testing.assert_allclose(found.information, 0, atol=1e-12)


@pytest.mark.parametrize("kind", sorted(STATISTICS))
def test_result_does_not_depend_on_the_number_of_threads(kind):
    X, y = collider(100, 0)
    one, two = (run(sample_of(X, y), [0, 2], [1], kind=kind, n_jobs=k) for k in (1, 2))
    np.testing.assert_array_equal(one.information, two.information)
    np.testing.assert_array_equal(one.p_values, two.p_values)


def test_categories_are_far_apart_for_neighbours_however_they_are_coded():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 4, 200)
    y = (x + (rng.random(200) < 0.3)) % 4
    codes = np.array([2, 0, 3, 1])
    plain = sample_of(x[:, None], y, True, True)
    other = sample_of(codes[x][:, None], codes[y], True, True)
    first, second = (run(s, [0], [], kind="knn") for s in (plain, other))
    np.testing.assert_allclose(first.information, second.information)
