"""Intervals hold the truth as often as they say."""

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy.stats import t as student
from sklearn.base import BaseEstimator

from skmi.datasets import make_correlated_gaussians
from skmi.model_selection import INTERVALS, mi_confidence_interval
from tests.model_selection.estimators import KSG, GaussianMI, ManyKSG, PartialMI

METHODS = sorted(INTERVALS)


class Mean(BaseEstimator):
    """The mean of y: an estimate whose standard error is known."""

    def fit(self, X, y):
        self.mi_ = float(np.mean(y))
        return self


def pair(n=100, rho=0.6, seed=0):
    return make_correlated_gaussians(n, rho=rho, random_state=seed)


def coverage(estimator, n, rho, n_sets, **options):
    """Return how often an interval holds the true information."""
    held = 0
    for seed in range(n_sets):
        X, y, mi = make_correlated_gaussians(
            n, rho=rho, random_state=seed, return_mi=True
        )
        found = mi_confidence_interval(estimator, X, y, random_state=seed, **options)
        held += found.low <= mi <= found.high
    return held / n_sets


# Coverage. 400 data sets: 4 standard errors of a rate of 0.9 are 0.06.


@pytest.mark.parametrize("rho", [0.4, 0.9])
def test_jackknife_intervals_hold_the_gaussian_information_at_their_level(rho):
    options = {"method": "jackknife", "level": 0.9}
    assert 0.84 <= coverage(GaussianMI(), 200, rho, 400, **options) <= 0.96


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.3, 0.6, 0.9])
def test_subsampling_intervals_hold_the_gaussian_information_at_their_level(rho):
    assert 0.84 <= coverage(GaussianMI(), 200, rho, 400, level=0.9) <= 0.96


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.3, 0.9])
@pytest.mark.parametrize("method", METHODS)
def test_intervals_of_nearest_neighbours_hold_at_least_their_level(method, rho):
    held = coverage(ManyKSG(), 150, rho, 150, level=0.9, method=method, n_resamples=50)
    # 3 standard errors below: over-coverage is expected, as local noise counts twice.
    assert held >= 0.9 - 3 * np.sqrt(0.09 / 150)


# What is computed


def test_jackknife_leaving_out_one_row_gives_the_standard_error_of_a_mean():
    X, y = pair(n=50)
    found = mi_confidence_interval(
        Mean(), X, y, method="jackknife", n_resamples=50, level=0.9, random_state=0
    )
    error = y.std(ddof=1) / np.sqrt(50)
    assert found.estimate == pytest.approx(y.mean())
    assert found.standard_error == pytest.approx(error)
    reach = student.ppf(0.95, 49) * error
    assert (found.low, found.high) == pytest.approx(
        (y.mean() - reach, y.mean() + reach)
    )


@pytest.mark.parametrize("size", [0.1, 0.5, 0.9, 30])
def test_subsampling_gives_the_standard_error_of_a_mean_at_any_size(size):
    X, y = pair(n=100)
    found = mi_confidence_interval(
        Mean(), X, y, subsample_size=size, n_resamples=2000, random_state=0
    )
    error = y.std() / np.sqrt(99)
    # A standard deviation from 2000 draws has a relative error of 1 / sqrt(4000).
    assert found.standard_error == pytest.approx(error, rel=4 / np.sqrt(4000))
    assert found.high - found.estimate == pytest.approx(1.96 * error, rel=0.1)
    assert found.estimate - found.low == pytest.approx(found.high - found.estimate)


@pytest.mark.parametrize("method", METHODS)
def test_groups_are_left_out_whole(method):
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), 5)
    y = rng.standard_normal(40)[groups]
    X = np.zeros((200, 1))
    seen = []

    class Spy(Mean):
        def fit(self, X, y):
            seen.append(np.unique(y, return_counts=True)[1])
            return super().fit(X, y)

    found = mi_confidence_interval(
        Spy(), X, y, method=method, groups=groups, random_state=0
    )
    assert all((counts == 5).all() for counts in seen)
    # 200 equal rows of 40 groups are no more than 40 rows; 20 parts or 200 subsamples
    # know the standard error to about a sixth.
    error = y.std() / np.sqrt(39)
    assert found.standard_error == pytest.approx(error, rel=0.6)
    alone = mi_confidence_interval(Mean(), X, y, method=method, random_state=0)
    assert alone.standard_error < 0.7 * found.standard_error


@pytest.mark.parametrize("method", METHODS)
def test_a_higher_level_gives_a_wider_interval(method):
    X, y = pair()
    widths = []
    for level in (0.5, 0.9, 0.99):
        found = mi_confidence_interval(
            GaussianMI(), X, y, method=method, level=level, random_state=0
        )
        widths.append(found.high - found.low)
    assert widths == sorted(widths)
    assert found.estimate == GaussianMI().fit(X, y).mi_


@pytest.mark.parametrize("method", METHODS)
def test_a_constant_variable_has_an_interval_of_no_width(method):
    X, y = pair()
    found = mi_confidence_interval(GaussianMI(), 0 * X, y, method=method)
    assert found == (0.0, 0.0, 0.0, 0.0)


# Repeating


@pytest.mark.parametrize("method", METHODS)
def test_results_repeat_and_follow_the_seed(method):
    X, y = pair()
    first, again, other = (
        mi_confidence_interval(KSG(), X, y, method=method, random_state=seed)
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first.low != other.low


@pytest.mark.parametrize("method", METHODS)
def test_workers_change_nothing(method):
    X, y = pair()
    options = {"method": method, "n_resamples": 9, "random_state": 0}
    alone = mi_confidence_interval(KSG(), X, y, **options)
    with parallel_config(backend="threading"):
        shared = mi_confidence_interval(KSG(), X, y, n_jobs=3, **options)
    assert alone == shared


def test_frames_and_lists_are_cut_as_arrays_are():
    X, y = pair()
    plain = mi_confidence_interval(GaussianMI(), X, y, random_state=0)
    frame = mi_confidence_interval(
        GaussianMI(), pd.DataFrame(X), pd.Series(y), random_state=0
    )
    lists = mi_confidence_interval(GaussianMI(), X.tolist(), y.tolist(), random_state=0)
    assert plain == frame == lists


def test_a_condition_is_cut_too():
    X, y = pair()
    Z = X + np.random.default_rng(0).standard_normal(X.shape)
    found = mi_confidence_interval(PartialMI(), X, y, Z=Z, random_state=0)
    assert found.estimate == PartialMI().fit(X, y, Z=Z).mi_
    assert found.low < found.estimate < found.high


# Errors


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"method": "bootstrap"}, "method must be one of .*'bootstrap'"),
        ({"level": 1.0}, "level must be"),
        ({"level": "high"}, "level must be"),
        ({"n_resamples": 1}, "n_resamples must be an integer of at least 2"),
        ({"n_resamples": 2.5}, "n_resamples must be an integer"),
        ({"subsample_size": 100}, r"subsample_size must be below .*\(100\)"),
        ({"subsample_size": 0}, "subsample_size must be an integer of at least 1"),
        ({"subsample_size": 1.0}, "subsample_size must be a number in"),
        ({"subsample_size": "half"}, "subsample_size must be an integer"),
        ({"method": "jackknife", "n_resamples": 101}, r"n_resamples must be at most"),
        ({"method": "jackknife", "n_resamples": 1}, r"n_resamples must be an integer"),
        ({"method": "jackknife", "subsample_size": 3}, "subsample_size is not used"),
        ({"groups": [0] * 100}, "groups must be at least 2 different ones"),
        ({"groups": [0]}, r"groups must be of shape \(100,\)"),
        ({"random_state": "seed"}, "random_state must be"),
    ],
)
def test_bad_options_are_named(options, found):
    X, y = pair()
    with pytest.raises(ValueError, match=found):
        mi_confidence_interval(GaussianMI(), X, y, **options)


def test_bad_estimators_and_data_are_named():
    X, y = pair()
    with pytest.raises(TypeError, match="estimator must be an object"):
        mi_confidence_interval(GaussianMI, X, y)
    with pytest.raises(TypeError, match="Z is given, but estimator"):
        mi_confidence_interval(GaussianMI(), X, y, Z=y)
    with pytest.raises(ValueError, match="y must have as many rows as X"):
        mi_confidence_interval(GaussianMI(), X, y[:-1])
