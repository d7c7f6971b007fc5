import numpy as np
import pytest
from scipy.stats import norm

from skmi.datasets import make_correlated_gaussians, make_mixed_discrete_continuous
from skmi.estimation import KDEMIEstimator
from skmi.exceptions import EstimationWarning


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
    monkeypatch.setattr("skmi.estimation._kde_ratio._BLOCK_BYTES", 8 * 100 * 7)
    after = [KDEMIEstimator().fit(X, target).mi_ for target in (y, names)]
    assert after == pytest.approx(before, abs=1e-12)


def test_outliers_do_not_underflow():
    X, y = make_correlated_gaussians(100, random_state=0)
    X[0], y[0] = 1e6, -1e6
    assert np.isfinite(KDEMIEstimator(bandwidth=0.1).fit(X, y).pointwise(X, y)).all()


def halves(rho, seed, n=400):
    X, y, mi = make_correlated_gaussians(n, rho=rho, random_state=seed, return_mi=True)
    return (X[: n // 2], y[: n // 2]), (X[n // 2 :], y[n // 2 :]), mi


@pytest.mark.filterwarnings("ignore:.*pairs of rows decide")
@pytest.mark.parametrize("bandwidth", ["scott", 0.02, 0.2, 2.0])
@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_score_is_a_lower_bound_on_average_for_any_bandwidth(rho, bandwidth):
    scores = []
    for seed in range(20):
        train, test, mi = halves(rho, seed)
        scores.append(KDEMIEstimator(bandwidth=bandwidth).fit(*train).score(*test))
    assert np.mean(scores) < mi + 3 * np.std(scores) / np.sqrt(20)
    # A poor bandwidth costs the information, and not more.
    assert np.mean(scores) > -0.03


def test_score_is_near_the_truth_for_a_good_bandwidth():
    scores = []
    for seed in range(10):
        train, test, mi = halves(0.8, seed, n=1000)
        scores.append(KDEMIEstimator(bandwidth=0.2).fit(*train).score(*test))
    assert np.mean(scores) == pytest.approx(mi, abs=0.08)


@pytest.mark.filterwarnings("ignore:.*pairs of rows decide")
def test_score_finds_the_bandwidth_where_the_estimate_does_not():
    train, test, _ = halves(0.95, 0)
    fits = [
        KDEMIEstimator(bandwidth=width, leave_one_out=False).fit(*train)
        for width in (0.005, 0.1, 3.0)
    ]
    assert np.argmax([fit.mi_ for fit in fits]) == 0
    assert np.argmax([fit.score(*test) for fit in fits]) == 1


def test_score_of_classes_is_a_lower_bound_near_the_estimate():
    scores, estimates = [], []
    for seed in range(10):
        train, test, _ = halves(0.8, seed)
        names = [np.where(y > 0, "a", "b") for _, y in (train, test)]
        estimator = KDEMIEstimator().fit(train[0], names[0])
        scores.append(estimator.score(test[0], names[1]))
        estimates.append(estimator.mi_)
    # Twice the largest standard error of either.
    assert np.mean(scores) == pytest.approx(np.mean(estimates), abs=0.06)


def test_score_written_out():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, 40))
    y += x
    train, new = slice(0, 25), slice(25, 40)
    estimator = KDEMIEstimator(bandwidth=0.7).fit(x[train, None], y[train])

    def ratios(rows, leave_out):
        table = np.empty((len(x[rows]), len(x[rows])))
        for i, j in np.ndindex(table.shape):
            k = norm.pdf(x[rows][i] - x[train], scale=0.7)
            m = norm.pdf(y[rows][j] - y[train], scale=0.7)
            if leave_out:
                k[i] = m[j] = 0
            table[i, j] = 25 * np.sum(k * m) / (k.sum() * m.sum())
        return table

    known, found = ratios(train, True), ratios(new, False)
    level = known[~np.eye(25, dtype=bool)].mean()
    shares = np.linspace(1 / 26, 1, 20001)
    own = known.diagonal() / level
    mixed = shares[
        np.argmax([np.log((1 - share) * own + share).mean() for share in shares])
    ]
    ratio = (1 - mixed) * found / level + mixed
    others = ratio[~np.eye(15, dtype=bool)].mean()
    expected = np.log(ratio.diagonal()).mean() - others + 1
    assert estimator.score(x[new, None], y[new]) == pytest.approx(expected, abs=1e-3)


def test_new_classes_and_their_order_do_not_matter_to_a_score():
    (X, y), (new_X, new_y), _ = halves(0.8, 0)
    estimator = KDEMIEstimator().fit(X, np.where(y > 0, "b", "c"))
    names = np.where(new_y > 0, "b", "c")
    score = estimator.score(new_X, names)
    names[:3] = "a"
    assert estimator.score(new_X, names) == pytest.approx(score, abs=0.05)
    assert estimator.score(new_X, np.repeat(["x", "y"], 100)) == pytest.approx(
        0, abs=1e-3
    )


@pytest.mark.parametrize("target", ["numbers", "names"])
def test_score_of_a_fit_to_constants_is_exactly_zero(target):
    train, test, _ = halves(0.8, 0)
    kinds = {"numbers": lambda y: y, "names": lambda y: np.where(y > 0, "a", "b")}
    y, new_y = (kinds[target](y) for _, y in (train, test))
    assert KDEMIEstimator().fit(0 * train[0], y).score(test[0], new_y) == 0
    assert KDEMIEstimator().fit(train[0], y[[0] * 200]).score(test[0], new_y) == 0


def test_score_is_repeated_under_noise_and_leaves_the_fit_alone():
    train, test, _ = halves(0.8, 0)
    estimator = KDEMIEstimator(0.3, random_state=0).fit(*train)
    before = estimator.mi_
    assert estimator.score(*test) == estimator.score(*test)
    assert estimator.mi_ == before
    noisy = -0.5 * np.log1p(-0.64 / 1.09)
    # A standard error of 0.04, and smoothing.
    assert estimator.score(*test) == pytest.approx(noisy, abs=0.15)


def test_few_pairs_that_decide_a_score_are_reported():
    train, test, _ = halves(0.999, 0)
    with pytest.warns(EstimationWarning, match="pairs of rows decide"):
        KDEMIEstimator(bandwidth=0.01).fit(*train).score(test[0][:20], test[1][:20])


def test_targets_of_other_columns_are_refused_by_name_in_a_score():
    (X, y), _, _ = halves(0.8, 0)
    with pytest.raises(ValueError, match="y must have"):
        KDEMIEstimator().fit(X, y).score(X, np.column_stack([y, y]))


def test_columns_that_do_not_vary_change_nothing():
    X, y = make_correlated_gaussians(300, rho=0.6, random_state=0)
    alone = KDEMIEstimator().fit(X, y).mi_
    padded = np.column_stack([X, np.ones((300, 5))])
    assert KDEMIEstimator().fit(padded, y).mi_ == pytest.approx(alone, abs=1e-12)
