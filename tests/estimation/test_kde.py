import numpy as np
import pytest
from scipy.stats import norm

from skmi.datasets import make_correlated_gaussians, make_mixed_discrete_continuous
from skmi.estimation import KDEMIEstimator


@pytest.mark.parametrize("bandwidth", ["scott", "silverman", 0.3])
def test_estimates_gaussians(bandwidth):
    X, y, mi = make_correlated_gaussians(1500, rho=0.6, random_state=0, return_mi=True)
    # A standard error of 0.02; smoothing by s takes a part s^2 of the correlation.
    assert abs(KDEMIEstimator(bandwidth=bandwidth).fit(X, y).mi_ - mi) < 0.1


def test_log_ratios_are_those_of_densities_written_out():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 30))
    y += x
    local = KDEMIEstimator(bandwidth=0.5).fit(x[:, None], y).pointwise(x[:, None], y)
    for i in range(30):
        others = np.arange(30) != i
        k, m = (norm.pdf(v[i] - v[others], scale=0.5) for v in (x, y))
        expected = np.log(np.mean(k * m) / (np.mean(k) * np.mean(m)))
        assert local[i] == pytest.approx(expected, abs=1e-10)


def test_log_ratios_of_classes_written_out():
    rng = np.random.default_rng(0)
    y = np.repeat(["a", "b"], 15)
    x = rng.standard_normal(30) + (y == "b")
    local = KDEMIEstimator(bandwidth=0.5).fit(x[:, None], y).pointwise(x[:, None], y)
    for i in range(30):
        others = np.arange(30) != i
        k = norm.pdf(x[i] - x, scale=0.5)
        expected = np.log(np.mean(k[others & (y == y[i])]) / np.mean(k[others]))
        assert local[i] == pytest.approx(expected, abs=1e-10)


def test_classes_and_numbers():
    X, y, mi = make_mixed_discrete_continuous(
        1500, law="gaussian_classes", random_state=0, return_mi=True
    )
    assert abs(KDEMIEstimator().fit(X, y).mi_ - mi) < 0.06


@pytest.mark.parametrize("bandwidth", ["scott", "silverman"])
def test_units_of_columns_do_not_matter_to_rules(bandwidth):
    X, y = make_correlated_gaussians(200, n_features=2, random_state=0)
    one = KDEMIEstimator(bandwidth=bandwidth).fit(X, y)
    other = KDEMIEstimator(bandwidth=bandwidth).fit(X * [1e-5, 1e5], y)
    assert one.mi_ == pytest.approx(other.mi_, abs=1e-10)
    assert one.bandwidth_ == pytest.approx(other.bandwidth_)


def test_scotts_rule_counts_all_columns():
    X, y = make_correlated_gaussians(200, n_features=2, random_state=0)
    assert KDEMIEstimator().fit(X, y).bandwidth_ == pytest.approx(200 ** (-1 / 8))


@pytest.mark.parametrize("d", [1, 2])
def test_information_of_a_noisy_channel_with_its_input(d):
    L = np.random.default_rng(0).standard_normal((2000, d))
    estimator = KDEMIEstimator(
        0.5, leave_one_out=False, discrete_target=True, random_state=0
    )
    mi = estimator.fit(L, np.arange(2000)).mi_
    # The mixture's own bias is up to 2 %, and the standard error about 0.02.
    assert mi == pytest.approx(d / 2 * np.log(5), abs=0.1)
    assert estimator.bandwidth_ == 0.5


def test_information_of_a_noisy_code_with_classes():
    # Two points a distance apart, and noise: the exact value is an integral.
    y = np.repeat(["a", "b"], 1500)
    X = np.where(y == "a", -1.0, 1.0)[:, None]
    grid = np.linspace(-12, 12, 20001)
    one, two = norm.pdf(grid, -1), norm.pdf(grid, 1)
    mean = (one + two) / 2
    exact = np.trapezoid(one * np.log(one / mean), grid)
    mi = KDEMIEstimator(1.0, random_state=0).fit(X, y).mi_
    assert mi == pytest.approx(exact, abs=0.05)


def test_adaptive_noise_follows_the_activity():
    X, y = make_correlated_gaussians(200, n_features=2, random_state=0)
    found = [
        KDEMIEstimator("adaptive", random_state=0).fit(scale * X, y[:, 0] > 0)
        for scale in (1, 100)
    ]
    assert found[0].mi_ == pytest.approx(found[1].mi_, abs=1e-9)
    assert found[0].bandwidth_ == pytest.approx(np.sqrt(1e-3) * np.abs(X).max())


def test_noise_takes_information_away():
    # The correlation of X with noise of variance s^2 is 0.9 / sqrt(1 + s^2).
    X, y = make_correlated_gaussians(500, rho=0.9, random_state=0)
    for noise in (0.3, 1.0, 2.0):
        mi = KDEMIEstimator(noise, random_state=0).fit(X, y).mi_
        # Two standard errors of 0.04 at most, and smoothing of y.
        assert mi == pytest.approx(-np.log1p(-0.81 / (1 + noise**2)) / 2, abs=0.1)


def test_standard_error_is_the_spread_of_estimates():
    found = []
    for seed in range(100):
        X, y = make_correlated_gaussians(150, rho=0.7, random_state=seed)
        estimator = KDEMIEstimator().fit(X, y)
        found.append((estimator.mi_, estimator.mi_se_))
    values, errors = np.array(found).T
    # The standard deviation of 100 values is known to about 7 %.
    assert np.mean(errors) == pytest.approx(values.std(), rel=0.3)


def test_rows_of_classes_of_one_row_add_nothing():
    X, _ = make_correlated_gaussians(50, random_state=0)
    y = np.array(["a", "b"] * 24 + ["c", "d"])
    local = KDEMIEstimator().fit(X, y).pointwise(X, y)
    assert np.array_equal(local[-2:], [0.0, 0.0])


def test_blocks_change_nothing(monkeypatch):
    X, y = make_correlated_gaussians(100, random_state=0)
    names = np.where(y > 0, "a", "b")
    before = [KDEMIEstimator().fit(X, target).mi_ for target in (y, names)]
    monkeypatch.setattr("skmi.estimation._kde._BLOCK_BYTES", 8 * 100 * 7)
    after = [KDEMIEstimator().fit(X, target).mi_ for target in (y, names)]
    assert after == pytest.approx(before, abs=1e-12)


def test_outliers_do_not_underflow():
    X, y = make_correlated_gaussians(100, random_state=0)
    X[0], y[0] = 1e6, -1e6
    assert np.isfinite(KDEMIEstimator(bandwidth=0.1).fit(X, y).pointwise(X, y)).all()
