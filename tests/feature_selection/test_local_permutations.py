"""Permutations within cells, drawn as the law of the target has them."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import chi2

from skmi.feature_selection._local_permutations import (
    LocalPermutations,
    OutcomeLaw,
    terms_of,
)


class Given:
    """A law whose weights are a given matrix over all rows."""

    def __init__(self, weights):
        self.weights = weights

    def log_weights(self, rows):
        return self.weights[rows[:, :, None], rows[:, None, :]]


@pytest.mark.parametrize("weighed", [True, False])
def test_orders_are_permutations_within_cells(weighed):
    rng = np.random.default_rng(0)
    cells = rng.permutation(np.repeat(np.arange(30), rng.integers(1, 9, 30)))
    cells = np.unique(cells, return_inverse=True)[1]
    law = Given(rng.normal(size=(len(cells),) * 2)) if weighed else None
    orders = LocalPermutations(cells, law, 5, rng)
    for k in range(5):
        order = orders.order(k)
        assert np.sort(order).tolist() == list(range(len(cells)))
        np.testing.assert_array_equal(cells[order], cells)
        np.testing.assert_array_equal(order, orders.order(k))
    assert (orders.order(0) != orders.order(1)).any()


def check_shares(orders, n_draws, tables, expected):
    """Assert that orders come with given probabilities, by a chi-square test."""
    counts = dict.fromkeys(tables, 0)
    for k in range(n_draws):
        counts[tuple(orders.order(k).tolist())] += 1
    found = np.array([counts[t] for t in tables])
    statistic = np.sum((found - n_draws * expected) ** 2 / (n_draws * expected))
    assert statistic < chi2.ppf(0.999, len(tables) - 1)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_permutations_are_drawn_in_proportion_to_their_weights(size):
    rng = np.random.default_rng(0)
    weights = rng.normal(size=(size, size))
    tables = list(permutations(range(size)))
    expected = np.exp([weights[np.arange(size), list(t)].sum() for t in tables])
    orders = LocalPermutations(np.zeros(size, int), Given(weights), 4000, rng)
    check_shares(orders, 4000, tables, expected / expected.sum())


def test_permutations_without_a_law_are_equally_likely():
    tables = list(permutations(range(3)))
    orders = LocalPermutations(np.zeros(3, int), None, 4000, np.random.default_rng(0))
    check_shares(orders, 4000, tables, np.full(6, 1 / 6))


def test_weights_of_a_gaussian_target_are_those_of_its_density():
    # y = x + e with variances 1 and 1/4: scores of y are y / sqrt(1.25).
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 1))
    y = x + 0.5 * rng.normal(size=(4000, 1))
    law = OutcomeLaw(terms_of(x, np.array([False])), y, np.array([False]))
    rows = np.array([[0, 1], [2, 3], [4, 5]])
    found = law.log_weights(rows)
    # Log-odds of a swap: (x_i - x_j)(y_j - y_i) / variance.
    swap = found[:, 0, 1] + found[:, 1, 0] - found[:, 0, 0] - found[:, 1, 1]
    (a, b), (u, v) = x[rows, 0].T, y[rows, 0].T
    expected = (a - b) * (v - u) / 0.25
    np.testing.assert_allclose(swap, expected, rtol=0.15, atol=0.3)


def test_weights_of_classes_are_their_log_probabilities():
    rng = np.random.default_rng(0)
    x = rng.normal(size=(4000, 1))
    y = (rng.random((4000, 1)) < 1 / (1 + np.exp(-2 * x))).astype(float)
    law = OutcomeLaw(terms_of(x, np.array([False])), y, np.array([True]))
    one, zero = np.flatnonzero(y == 1)[:20], np.flatnonzero(y == 0)[:20]
    rows = np.column_stack([one, zero])
    found = law.log_weights(rows)
    swap = found[:, 0, 1] + found[:, 1, 0] - found[:, 0, 0] - found[:, 1, 1]
    np.testing.assert_allclose(swap, 2 * (x[zero] - x[one])[:, 0], atol=0.6)


def test_terms_grow_with_the_rows():
    rng = np.random.default_rng(0)
    values = np.column_stack([rng.normal(size=(2000, 2)), rng.integers(0, 3, 2000)])
    discrete = np.array([False, False, True])
    # Scores, levels; squares and product; curves; product of ranks; slopes by level.
    assert terms_of(values, discrete).shape == (2000, 2 + 2 + 3 + 10 + 1 + 4)
    assert terms_of(values[:80], discrete).shape == (80, 2 + 2)


def test_rare_levels_have_no_term():
    levels = np.repeat([0.0, 1.0, 2.0], [20, 20, 5])
    values = np.column_stack([np.arange(45.0), levels])
    # The score and one level against the first; nothing finer for so few rows.
    assert terms_of(values, np.array([False, True])).shape == (45, 2)
