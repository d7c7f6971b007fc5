"""What the package's own estimators take y for must not depend on who asks them."""

from typing import ClassVar

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import BaseEstimator

from skmi.estimation import (
    CompressedMIEstimator,
    HistogramMIEstimator,
    KDEMIEstimator,
    KernelMIEstimator,
    KSGEstimator,
    self_consistency,
)
from skmi.model_selection import mi_confidence_interval, mi_permutation_test

OF_CLASSES = {
    "histogram": HistogramMIEstimator(),
    "kde": KDEMIEstimator(),
    "mixed": KSGEstimator(method="mixed"),
    "kernel": KernelMIEstimator(alpha=2),
    "compressed": CompressedMIEstimator(random_state=0),
}


def many_classes(n_classes=40):
    """Return rows whose class tells where they are, in no order of the classes."""
    rng = np.random.default_rng(0)
    y = rng.integers(n_classes, size=240)
    return (y * 7 % n_classes)[:, None] + rng.standard_normal((240, 1)), y


def kinds(y):
    return {
        "category": pd.Series(y, dtype="category"),
        "fractions": pd.Series(y + 0.5, dtype="category"),
        "frame": pd.DataFrame({"y": pd.Series(y, dtype="category")}),
        "strings": np.char.add("c", y.astype(str)),
        "polars": pl.Series(np.char.add("c", y.astype(str)), dtype=pl.Categorical),
        "numbers": y,
    }


@pytest.mark.parametrize("name", OF_CLASSES)
@pytest.mark.parametrize("kind", kinds(np.arange(2)))
def test_statistic_of_the_test_is_the_estimate_of_a_fit(name, kind):
    X, y = many_classes()
    target, estimator = kinds(y)[kind], OF_CLASSES[name]
    expected = estimator.fit(X, target).mi_
    result = mi_permutation_test(estimator, X, target, n_permutations=3, random_state=0)
    assert result.statistic == pytest.approx(expected, abs=1e-12)
    interval = mi_confidence_interval(
        estimator, X, target, n_resamples=2, random_state=0
    )
    assert interval.estimate == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("name", OF_CLASSES)
def test_more_than_20_numbers_declared_categories_are_classes(name):
    X, y = many_classes()
    estimator = OF_CLASSES[name]
    as_classes = estimator.fit(X, y.astype(str)).mi_
    as_category = estimator.fit(X, pd.Series(y, dtype="category")).mi_
    as_frame = estimator.fit(X, kinds(y)["frame"]).mi_
    assert as_category == pytest.approx(as_classes, abs=1e-9)
    assert as_frame == as_category
    assert abs(estimator.fit(X, y).mi_ - as_classes) > 0.05


class KindsSeen(HistogramMIEstimator):
    """Notes what parts of y are taken for."""

    seen: ClassVar[list] = []

    def _estimate(self, variables):
        self.seen.append(variables.has_classes)
        return super()._estimate(variables)


@pytest.mark.filterwarnings("ignore:.*say nothing")
@pytest.mark.parametrize(("n_values", "expected"), [(21, False), (20, True)])
def test_a_part_of_y_is_taken_for_what_the_whole_is(n_values, expected):
    X = np.random.default_rng(0).standard_normal((63, 1))
    y = np.arange(63) % n_values
    KindsSeen.seen.clear()
    mi_confidence_interval(KindsSeen(), X, y, n_resamples=5, random_state=0)
    mi_permutation_test(
        KindsSeen(),
        X,
        y,
        n_permutations=5,
        permutation=lambda y, groups, size, rng: np.arange(63) // 21,
    )
    self_consistency(KindsSeen(), X, y, tests="additivity", random_state=0)
    assert set(KindsSeen.seen) == {expected}


def test_an_estimator_inside_another_is_settled_too():
    y = np.arange(63) % 21
    outer = CompressedMIEstimator(random_state=0).with_target_kind(y)
    assert outer.estimator.discrete_target is False
    assert outer.with_target_kind(y % 3).estimator.discrete_target is False
    assert CompressedMIEstimator().with_target_kind(y % 3).estimator.discrete_target


def test_what_is_given_as_true_or_false_stays():
    y = np.arange(30)
    for given in (True, False):
        estimator = KDEMIEstimator(discrete_target=given)
        assert estimator.with_target_kind(y).discrete_target is given
    assert KSGEstimator().with_target_kind(y % 2).discrete_target == "auto"


@pytest.mark.filterwarnings("ignore:.*say nothing")
def test_self_consistency_takes_categories_for_classes():
    X, y = many_classes()
    names = self_consistency(HistogramMIEstimator(), X, y.astype(str), random_state=0)
    found = self_consistency(
        HistogramMIEstimator(), X, pd.Series(y, dtype="category"), random_state=0
    )
    assert found == pytest.approx(names, abs=1e-9)
    assert found["data_processing"] == pytest.approx(1, abs=0.3)


class Aligned(BaseEstimator):
    """Pairs rows by the index of frames, as pandas does."""

    def fit(self, X, y):
        self.mi_ = X["x"].corr(y) ** 2
        return self


def test_frames_are_rearranged_under_their_old_index():
    x = np.random.default_rng(0).standard_normal(50)
    frame = pd.DataFrame({"x": x}, index=np.arange(50)[::-1])
    result = mi_permutation_test(
        Aligned(), frame, frame["x"], n_permutations=9, random_state=0
    )
    assert result.statistic == pytest.approx(1)
    assert (result.null_distribution < 0.5).all()
