"""Stability selection: frequencies, error bounds that hold, and the index."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectKBest, SelectorMixin, f_regression

from skmi.model_selection import stability_selection
from skmi.model_selection._stability_selection import (
    meinshausen_buhlmann,
    shah_samworth,
    stability_index,
)


class Recorder(SelectorMixin, BaseEstimator):
    """Keep the rows of a fit in the place of a mask of columns."""

    def fit(self, X, y, sample_weight=None):
        self.n_features_in_ = X.shape[1]
        self.mask_ = np.zeros(X.shape[1], dtype=bool)
        self.mask_[np.asarray(X)[:, 0].astype(int)] = True
        if sample_weight is not None:
            np.testing.assert_array_equal(sample_weight, np.asarray(X)[:, 0])
        return self

    def _get_support_mask(self):
        return self.mask_


class Chance(SelectorMixin, BaseEstimator):
    """Select some columns at random, by the values in the rows."""

    def __init__(self, k=5):
        self.k = k

    def fit(self, X, y):
        self.n_features_in_ = X.shape[1]
        self.mask_ = np.zeros(X.shape[1], dtype=bool)
        self.mask_[np.argsort(X.sum(axis=0))[: self.k]] = True
        return self

    def _get_support_mask(self):
        return self.mask_


def rows_of(n, y=None, **options):
    """Return which rows are in each subsample."""
    X = np.tile(np.arange(n, dtype=float)[:, None], (1, n))
    y = np.zeros(n) + 0.5 * np.arange(n) if y is None else y
    return stability_selection(Recorder(), X, y, random_state=0, **options).masks


# Subsamples


@pytest.mark.parametrize("n", [20, 21])
def test_pairs_are_halves_without_a_common_row(n):
    masks = rows_of(n, n_subsamples=40)
    assert (masks.sum(axis=1) == n // 2).all()
    assert not (masks[::2] & masks[1::2]).any()


def test_fraction_decides_the_size():
    masks = rows_of(20, fraction=0.25, n_subsamples=10)
    assert (masks.sum(axis=1) == 5).all()
    assert not (masks[::2] & masks[1::2]).any()
    masks = rows_of(20, fraction=0.75, n_subsamples=9, complementary=False)
    assert (masks.sum(axis=1) == 15).all()


@pytest.mark.parametrize("complementary", [True, False])
@pytest.mark.parametrize("n", [15, 16])
def test_every_row_is_drawn_equally_often(n, complementary):
    n_subsamples = 2000
    masks = rows_of(n, n_subsamples=n_subsamples, complementary=complementary)
    share = n // 2 / n
    # Halves of a pair exclude each other, which makes the error smaller if anything.
    error = np.sqrt(share * (1 - share) / n_subsamples)
    np.testing.assert_allclose(masks.mean(axis=0), share, atol=4.5 * error)


def test_classes_are_balanced():
    y = np.repeat(["a", "b", "c"], [10, 20, 6])
    masks = rows_of(36, y, n_subsamples=20)
    for label, expected in (("a", 5), ("b", 10), ("c", 3)):
        assert (abs(masks[:, y == label].sum(axis=1) - expected) <= 1).all()


def test_groups_are_kept_whole():
    groups = np.repeat(np.arange(8), 3)
    masks = rows_of(24, groups=groups, n_subsamples=20)
    shares = masks.reshape(20, 8, 3).mean(axis=2)
    assert np.isin(shares, [0, 1]).all()
    assert (shares.sum(axis=1) == 4).all()


def test_arguments_of_fit_are_cut_to_the_subsample():
    rows_of(12, fit_params={"sample_weight": np.arange(12.0)}, n_subsamples=4)


# Results


def regression(seed=0):
    """Return 100 rows of 12 columns, of which two matter."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(100, 12))
    return X, X[:, 0] + X[:, 1] + rng.normal(size=100)


def test_columns_that_matter_are_selected():
    X, y = regression()
    selector = SelectKBest(f_regression, k=3)
    result = stability_selection(selector, X, y, threshold=0.8, random_state=0)
    assert np.flatnonzero(result.support).tolist() == [0, 1]
    np.testing.assert_array_equal(result.frequencies, result.masks.mean(axis=0))
    assert result.n_selected == 3.0
    assert result.error_bound == min(result.error_bounds.values())


@pytest.mark.parametrize("threshold", [0.5, 0.6, 0.7, 1.0])
def test_support_is_what_reaches_the_threshold_exactly(threshold):
    X, y = regression()
    result = stability_selection(
        SelectKBest(f_regression, k=4),
        X,
        y,
        threshold=threshold,
        n_subsamples=10,
        random_state=0,
    )
    counts = result.masks.sum(axis=0)
    np.testing.assert_array_equal(result.support, counts >= round(10 * threshold))


def test_result_does_not_depend_on_n_jobs_and_frames_are_taken():
    X, y = regression()
    selector = SelectKBest(f_regression, k=3)
    one = stability_selection(selector, X, y, n_subsamples=6, random_state=3)
    two = stability_selection(
        selector, pd.DataFrame(X), y, n_subsamples=6, random_state=3, n_jobs=2
    )
    np.testing.assert_array_equal(one.masks, two.masks)
    other = stability_selection(selector, X, y, n_subsamples=6, random_state=4)
    assert (one.masks != other.masks).any()
    assert not hasattr(selector, "scores_")


# Error bounds


def test_bounds_by_hand():
    # 10 of 100 columns at threshold .75: 100 / (.5 * 100) = 2.
    assert meinshausen_buhlmann(10, 100, 0.75) == pytest.approx(2.0)
    # C = 1 / (2 (.5 - .01)), theta q = 1; at .9: C = 4 * .11 / 1.02.
    assert shah_samworth(10, 100, 0.75, 50) == pytest.approx(1 / 0.98)
    assert shah_samworth(10, 100, 0.9, 50) == pytest.approx(0.44 / 1.02)


def test_bounds_are_none_where_their_theorems_say_nothing():
    assert np.isnan(meinshausen_buhlmann(10, 100, 0.5))
    assert np.isnan(shah_samworth(60, 100, 0.9, 50))
    assert np.isnan(shah_samworth(10, 100, 0.51, 50))
    X, y = regression()
    selector = SelectKBest(f_regression, k=3)
    options = {"n_subsamples": 4, "complementary": False, "random_state": 0}
    result = stability_selection(selector, X, y, **options)
    assert np.isnan(result.error_bounds["shah_samworth"])
    assert result.error_bound == result.error_bounds["meinshausen_buhlmann"]
    result = stability_selection(selector, X, y, fraction=0.8, **options)
    assert np.isnan(result.error_bound)


@pytest.mark.parametrize("n_pairs", [10, 50])
@pytest.mark.parametrize("theta", [0.05, 0.2, 0.5])
def test_bound_covers_the_worst_falling_distribution(theta, n_pairs):
    # Agreements of a pair have mean theta**2. The worst falling distribution on
    # 0, 1, ..., B mixes 0 with a uniform one on 0, ..., b.
    for twice in range(n_pairs + 2, 2 * n_pairs + 1):
        threshold = twice / (2 * n_pairs)
        bound = shah_samworth(theta * 1000, 1000, threshold, n_pairs) / 1000
        if np.isnan(bound):
            continue
        least = np.ceil((2 * threshold - 1) * n_pairs - 1e-9)
        tops = np.arange(max(least, 1), n_pairs + 1)
        weight = np.minimum(2 * theta**2 * n_pairs / tops, 1)
        tail = weight * (tops - least + 1) / (tops + 1)
        assert tail.max() <= bound * (1 + 1e-9)
        # The bound is attained up to the steps of the grid.
        assert tail.max() >= 0.8 * bound


def test_random_selector_has_no_more_errors_than_the_bounds_say():
    # No column is better than another, so each one in the support is false.
    n_data, k, d = 150, 10, 40
    errors, bounds = [], []
    for seed in range(n_data):
        X = np.random.default_rng(seed).normal(size=(40, d))
        result = stability_selection(
            Chance(k), X, X[:, 0], n_subsamples=40, threshold=0.7, random_state=seed
        )
        errors.append(result.support.sum())
        bounds.append(list(result.error_bounds.values()))
    buhlmann, samworth = np.mean(bounds, axis=0)
    error = np.std(errors) / np.sqrt(n_data)
    assert samworth < buhlmann
    assert np.mean(errors) + 3 * error <= samworth
    # The selector makes errors at all: the claim is no empty one.
    assert np.sum(errors) > 0


# The index


def test_index_by_hand():
    # Frequencies 1, .5, .5, variances 0, .5, .5; sizes 2 of 3:
    # 1 - (1 / 3) / (2 / 9) = -1 / 2.
    masks = np.array([[1, 1, 0], [1, 0, 1]], dtype=bool)
    assert stability_index(masks, 0.95)[0] == pytest.approx(-0.5)


def test_index_of_equal_sets_is_one_without_doubt():
    masks = np.tile([True, False, True, False], (7, 1))
    index, interval = stability_index(masks, 0.95)
    assert index == pytest.approx(1.0)
    np.testing.assert_allclose(interval, 1.0)


@pytest.mark.parametrize("value", [True, False])
def test_index_of_everything_or_nothing_is_not_a_number(value):
    index, interval = stability_index(np.full((5, 4), value), 0.95)
    assert np.isnan([index, *interval]).all()


def random_sets(rng, n_sets, probabilities):
    """Return independent masks."""
    return rng.random((n_sets, len(probabilities))) < probabilities


def test_index_of_random_sets_of_one_size_is_zero_on_average():
    rng = np.random.default_rng(0)
    values = []
    for _ in range(400):
        masks = np.zeros((10, 20), dtype=bool)
        for mask in masks:
            mask[rng.choice(20, 5, replace=False)] = True
        values.append(stability_index(masks, 0.95)[0])
    error = np.std(values) / np.sqrt(len(values))
    assert abs(np.mean(values)) < 4 * error


def test_interval_covers_the_true_index_and_its_width_is_the_spread():
    rng = np.random.default_rng(0)
    probabilities = np.repeat([0.9, 0.6, 0.1], [4, 4, 12])
    share = probabilities.mean()
    truth = 1 - (probabilities * (1 - probabilities)).mean() / (share * (1 - share))
    found = [
        stability_index(random_sets(rng, 100, probabilities), 0.95) for _ in range(600)
    ]
    values = np.array([index for index, _ in found])
    low, high = np.array([interval for _, interval in found]).T
    coverage = ((low <= truth) & (truth <= high)).mean()
    # Standard error of a share of .95 of 600: .009.
    assert abs(coverage - 0.95) < 0.03
    errors = (high - low) / 2 / 1.959964
    # The deviation of 600 values is known to 1 / sqrt(1200), three in a hundred.
    assert errors.mean() == pytest.approx(values.std(), rel=0.1)


# Bad input


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"n_subsamples": 1}, "n_subsamples"),
        ({"n_subsamples": 7}, "n_subsamples"),
        ({"fraction": 0.0}, "fraction"),
        ({"fraction": 0.6}, "fraction"),
        ({"fraction": 0.001}, "fraction"),
        ({"threshold": 0.0}, "threshold"),
        ({"threshold": 1.1}, "threshold"),
        ({"level": 1.0}, "level"),
        ({"groups": [1, 2]}, "groups"),
        ({"random_state": "seed"}, "random_state"),
    ],
)
def test_options_are_refused_by_name(options, name):
    X, y = regression()
    with pytest.raises(ValueError, match=name):
        stability_selection(SelectKBest(k=3), X, y, **options)


def test_data_of_other_length_are_refused():
    X, y = regression()
    with pytest.raises(ValueError, match="y must have as many rows"):
        stability_selection(SelectKBest(k=3), X, y[:-1])


@pytest.mark.parametrize("selector", [SelectKBest, "kbest", BaseEstimator()])
def test_what_is_no_selector_is_refused(selector):
    X, y = regression()
    with pytest.raises(TypeError, match="selector must be"):
        stability_selection(selector, X, y)
