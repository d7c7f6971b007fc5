import numpy as np
import pytest
from sklearn.base import BaseEstimator

from skmi.datasets import make_correlated_gaussians
from skmi.estimation import (
    SELF_CONSISTENCY_TESTS,
    GaussianMIEstimator,
    HistogramMIEstimator,
    KSGEstimator,
    self_consistency,
)
from skmi.exceptions import EstimationWarning


class SquaredCorrelation(BaseEstimator):
    """No information: it does not add up over independent pairs."""

    def fit(self, X, y):
        y = np.reshape(y, (len(X), -1))
        self.mi_ = np.corrcoef(X[:, 0], y[:, 0])[0, 1] ** 2
        return self


class Zero(BaseEstimator):
    def fit(self, X, y):
        self.mi_ = 0.0
        return self


@pytest.mark.parametrize("estimator", [KSGEstimator(), GaussianMIEstimator()])
def test_good_estimators_are_close_to_the_truth(estimator):
    X, y = make_correlated_gaussians(2000, rho=0.9, random_state=0)
    ratios = self_consistency(estimator, X, y, random_state=0)
    assert list(ratios) == list(SELF_CONSISTENCY_TESTS)
    for name, ratio in ratios.items():
        # Standard errors of 0.03 nats of 0.83 each, twice that for a ratio of 2.
        assert abs(ratio - SELF_CONSISTENCY_TESTS[name].truth) < 0.25


def test_what_is_no_information_is_found_out():
    X, y = make_correlated_gaussians(1000, rho=0.9, random_state=0)
    ratios = self_consistency(SquaredCorrelation(), X, y, random_state=0)
    assert ratios["independence"] < 0.05
    assert ratios["data_processing"] == pytest.approx(1)
    assert ratios["additivity"] < 1.3


def test_bins_do_not_add_up_in_several_columns():
    X, y = make_correlated_gaussians(1000, rho=0.9, random_state=0)
    ratios = self_consistency(HistogramMIEstimator(), X, y, random_state=0)
    assert ratios["additivity"] < 1.7


@pytest.mark.parametrize(
    "estimator", [KSGEstimator(method="mixed"), HistogramMIEstimator()]
)
def test_classes_are_paired_as_classes(estimator):
    X, y = make_correlated_gaussians(2000, rho=0.9, random_state=0)
    names = np.where(y > 0, "a", "b")
    ratios = self_consistency(estimator, X, names, random_state=0)
    assert abs(ratios["independence"]) < 0.15
    assert ratios["data_processing"] == pytest.approx(1, abs=0.3)
    assert 1.2 < ratios["additivity"] < 2.3


def test_one_test_gives_what_it_gives_among_all():
    X, y = make_correlated_gaussians(300, rho=0.9, random_state=0)
    everything = self_consistency(KSGEstimator(), X, y, random_state=3)
    for name, ratio in everything.items():
        alone = self_consistency(KSGEstimator(), X, y, tests=name, random_state=3)
        assert alone == {name: ratio}


def test_an_estimator_that_sees_nothing_is_reported():
    X, y = make_correlated_gaussians(100, random_state=0)
    with pytest.warns(EstimationWarning, match="say nothing"):
        ratios = self_consistency(Zero(), X, y, tests="independence")
    assert np.isnan(ratios["independence"])


def test_estimator_is_not_changed():
    X, y = make_correlated_gaussians(100, random_state=0)
    estimator = KSGEstimator()
    self_consistency(estimator, X, y, random_state=0)
    assert not hasattr(estimator, "mi_")


def test_bad_arguments_are_refused_by_name():
    X, y = make_correlated_gaussians(50, random_state=0)
    for tests in ("symmetry", ["independence", "symmetry"], [], 3):
        with pytest.raises(ValueError, match="tests must"):
            self_consistency(KSGEstimator(), X, y, tests=tests)
    for estimator in (KSGEstimator, "ksg"):
        with pytest.raises(TypeError, match="estimator"):
            self_consistency(estimator, X, y)
    with pytest.raises(ValueError, match="X must"):
        self_consistency(KSGEstimator(), X * np.nan, y)
    with pytest.raises(ValueError, match="y must"):
        self_consistency(KSGEstimator(), X, y[:-1])
    with pytest.raises(ValueError, match="y must"):
        self_consistency(KSGEstimator(), X, np.full(49, "a"))
    with pytest.raises(ValueError, match="random_state"):
        self_consistency(KSGEstimator(), X, y, random_state="a")
