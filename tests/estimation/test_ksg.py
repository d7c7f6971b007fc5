from typing import ClassVar

import numpy as np
import pytest

from skmi.datasets import make_correlated_gaussians, make_mixed_discrete_continuous
from skmi.estimation import KSGEstimator
from skmi.exceptions import EstimationWarning
from skmi.information import ksg_mutual_information, mixed_mutual_information


@pytest.mark.parametrize("method", ["ksg1", "ksg2", "mixed"])
def test_estimates_gaussians(method):
    X, y, mi = make_correlated_gaussians(
        1500, rho=[0.9, 0.3], n_features=2, random_state=0, return_mi=True
    )
    estimator = KSGEstimator(5, method=method).fit(X, y)
    # Its standard deviation is about 0.03, its bias below 0.05.
    assert abs(estimator.mi_ - mi) < 0.15


def test_unscaled_rows_are_the_functions():
    X, y = make_correlated_gaussians(200, random_state=0)
    estimator = KSGEstimator(standardize=False).fit(X, 7 * y)
    assert estimator.mi_ == ksg_mutual_information(X, 7 * y)


def test_units_of_columns_do_not_matter():
    X, y = make_correlated_gaussians(300, n_features=2, random_state=0)
    units = np.array([1e-6, 3e8])
    one, other = KSGEstimator().fit(X, y), KSGEstimator().fit(X * units, y)
    assert one.mi_ == pytest.approx(other.mi_, abs=1e-12)
    blind = KSGEstimator(standardize=False).fit(X * units, y).mi_
    assert abs(blind - one.mi_) > 0.1


def test_columns_of_any_magnitude_are_scaled():
    X, y = make_correlated_gaussians(200, random_state=0)
    for unit in (1e-300, 1e300):
        assert KSGEstimator().fit(X * unit, y).mi_ == pytest.approx(
            KSGEstimator().fit(X, y).mi_, abs=1e-9
        )


def test_scaling_keeps_ties_of_equally_spaced_values():
    rng = np.random.default_rng(0)
    X = rng.integers(5, size=(500, 1)) * 0.1
    y = rng.integers(5, size=500) * 1.0
    levels = np.round(X * 10)
    estimator = KSGEstimator(method="mixed", discrete_target=False)
    expected = estimator.set_params(standardize=False).fit(levels, y).mi_
    assert estimator.set_params(standardize=True).fit(levels, y).mi_ == expected


def test_classes_and_numbers():
    X, y, mi = make_mixed_discrete_continuous(
        1500, law="gaussian_classes", random_state=0, return_mi=True
    )
    names = np.array(["x", "y", "z"])[y.astype(int)]
    for target in (y, names):
        # The standard deviation is about 0.02.
        assert abs(KSGEstimator(method="mixed").fit(X, target).mi_ - mi) < 0.08


def test_classes_are_far_apart_however_x_is_scaled():
    X, y = make_mixed_discrete_continuous(
        300, law="gaussian_classes", n_classes=10, random_state=0
    )
    estimator = KSGEstimator(method="mixed", standardize=False)
    near, far = estimator.fit(X, y).mi_, estimator.fit(1000 * X, y).mi_
    assert near == pytest.approx(far, abs=1e-12)
    # Codes that lie among the rows of X are taken for numbers there.
    as_numbers = mixed_mutual_information(1000 * X, y)
    assert abs(as_numbers - near) > 0.05


def test_rows_of_tiny_classes_add_nothing():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((200, 1))
    y = np.array(["a", "b"] * 98 + ["c", "d", "e", "f"])
    local = KSGEstimator(method="mixed").fit(X, y).pointwise(X, y)
    assert np.allclose(local[-4:], 0, atol=1e-12)


def test_condition_closed_form():
    rng = np.random.default_rng(3)
    x, y, noise = rng.standard_normal((3, 2000))
    z = x + y + noise
    for method in ("ksg1", "mixed"):
        mi = KSGEstimator(method=method).fit(x[:, None], y, Z=z).mi_
        # Four standard deviations of 0.02, and the bias of "mixed", which is 0.03.
        assert abs(mi - np.log(4 / 3) / 2) < 0.11


def test_condition_with_classes_as_target():
    rng = np.random.default_rng(0)
    z = rng.standard_normal(600)
    x = z + 0.5 * rng.standard_normal(600)
    y = np.where(z + 0.5 * rng.standard_normal(600) > 0, "up", "down")
    estimator = KSGEstimator(method="mixed")
    assert estimator.fit(x[:, None], y).mi_ > 0.2
    # Independent given z; three standard deviations and the bias.
    assert abs(estimator.fit(x[:, None], y, Z=z).mi_) < 0.1


def test_threads_change_no_bit():
    X, y = make_correlated_gaussians(3000, n_features=2, random_state=0)
    assert KSGEstimator(n_jobs=2).fit(X, y).mi_ == KSGEstimator().fit(X, y).mi_


def test_repeated_values_are_reported():
    X, y = make_correlated_gaussians(300, random_state=0)
    with pytest.warns(EstimationWarning, match="mixed"):
        KSGEstimator().fit(np.round(X), y)


def test_too_many_neighbors_are_refused_by_name():
    X, y = make_correlated_gaussians(10, random_state=0)
    with pytest.raises(ValueError, match="n_neighbors"):
        KSGEstimator(10).fit(X, y)


@pytest.mark.parametrize("method", ["ksg1", "ksg2", "mixed"])
@pytest.mark.parametrize("n_columns", [1, 2])
def test_many_targets_at_once_get_what_each_would_get(method, n_columns):
    X, y = make_correlated_gaussians(150, n_features=n_columns, random_state=0)
    rng = np.random.default_rng(0)
    ys = np.stack([y, *(y[rng.permutation(150)] for _ in range(4))])
    estimator = KSGEstimator(method=method)
    expected = [estimator.fit(X, target).mi_ for target in ys]
    fresh = KSGEstimator(method=method)
    assert np.allclose(fresh.fit_many(X, ys), expected, atol=1e-12)
    assert not hasattr(fresh, "mi_")


def test_many_targets_with_classes_and_a_condition():
    X, y = make_correlated_gaussians(150, random_state=0)
    z = np.random.default_rng(0).standard_normal(150)
    names = np.where(y > 0, "a", "b")
    estimator = KSGEstimator(method="mixed")
    values = estimator.fit_many(X, [names, names[::-1]], Z=z)
    expected = [estimator.fit(X, t, Z=z).mi_ for t in (names, names[::-1])]
    assert np.allclose(values, expected, atol=1e-12)


class Counting(KSGEstimator):
    """Counts how often the rows of X are read and scaled."""

    calls: ClassVar[list] = []

    def _read(self, *args, **options):
        self.calls.append("read")
        return super()._read(*args, **options)

    def _scaled(self, values):
        if values is not None and len(values.T) == 3:
            self.calls.append("scaled")
        return super()._scaled(values)


@pytest.mark.parametrize("method", ["ksg1", "ksg2", "mixed"])
def test_many_targets_read_and_scale_the_other_variable_once(method):
    X, y = make_correlated_gaussians(60, n_features=3, random_state=0)
    ys = np.stack([y[:, :2], y[::-1, :2], y[:, 1:]])
    Counting.calls.clear()
    values = Counting(method=method).fit_many(X, ys)
    assert Counting.calls == ["read", "scaled"]
    assert values[2] == KSGEstimator(method=method).fit(X, ys[2]).mi_


def test_many_targets_of_whole_numbers_are_classes_where_the_first_is():
    X, y = make_correlated_gaussians(150, random_state=0)
    ys = np.stack([np.digitize(y, [-0.5, 0.5]), np.digitize(y, [0.0, 1.0])])
    estimator = KSGEstimator(method="mixed")
    expected = [estimator.fit(X, target).mi_ for target in ys]
    assert np.allclose(estimator.fit_many(X, ys), expected, atol=1e-12)


@pytest.mark.parametrize("method", ["ksg1", "mixed"])
def test_bad_targets_among_many_are_refused_by_name(method):
    X, y = make_correlated_gaussians(30, random_state=0)
    with pytest.raises(ValueError, match="ys must hold finite"):
        KSGEstimator(method=method).fit_many(X, [y, np.full(30, np.nan)])
