import warnings

import numpy as np
import pytest
from scipy.stats import chi2

from skmi.datasets import make_correlated_gaussians, make_multivariate_gaussians
from skmi.estimation import GaussianMIEstimator
from skmi.estimation._gaussian_fit import n_standing
from skmi.exceptions import EstimationWarning
from skmi.information import (
    gaussian_copula_mutual_information,
    gaussian_mutual_information,
)
from skmi.model_selection import mi_permutation_test

METHODS = ("cca", "copula", "covariance")


def sample(n=600, seed=0, **options):
    return make_multivariate_gaussians(
        n, n_features=3, n_targets=2, random_state=seed, return_mi=True, **options
    )


@pytest.mark.parametrize("method", METHODS)
def test_estimate_is_within_three_standard_errors(method):
    X, y, mi = sample(2000)
    estimator = GaussianMIEstimator(method).fit(X, y)
    assert abs(estimator.mi_ - mi) < 3 * estimator.mi_se_


@pytest.mark.parametrize("method", METHODS)
def test_standard_error_is_the_spread_of_estimates(method):
    found = []
    for seed in range(200):
        X, y = make_correlated_gaussians(200, rho=0.6, random_state=seed)
        estimator = GaussianMIEstimator(method).fit(X, y)
        found.append((estimator.mi_, estimator.mi_se_))
    values, errors = np.array(found).T
    # The standard deviation of 200 values is known to about 5 %.
    assert np.mean(errors) == pytest.approx(values.std(), rel=0.2)


def test_standard_error_holds_for_other_laws():
    found = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        x = rng.exponential(size=300)
        y = x + rng.exponential(size=300)
        estimator = GaussianMIEstimator().fit(x[:, None], y)
        found.append((estimator.mi_, estimator.mi_se_))
    values, errors = np.array(found).T
    assert np.mean(errors) == pytest.approx(values.std(), rel=0.2)


def test_estimates_are_the_functions():
    X, y, _ = sample(100)
    for bias_correction in (True, False):
        options = {"bias_correction": bias_correction}
        assert GaussianMIEstimator(**options).fit(
            X, y
        ).mi_ == gaussian_mutual_information(X, y, **options)
        assert GaussianMIEstimator("copula", **options).fit(
            X, y
        ).mi_ == gaussian_copula_mutual_information(X, y, **options)


@pytest.mark.parametrize("given", [False, True])
def test_uncorrected_estimate_is_made_of_canonical_correlations(given):
    X, y, _ = sample(100)
    Z = X[:, [0]] + np.random.default_rng(0).standard_normal((100, 1))
    estimator = GaussianMIEstimator(bias_correction=False)
    estimator.fit(X, y, Z=Z if given else None)
    rho = estimator.canonical_correlations_
    assert rho.shape == (2,)
    assert estimator.mi_ == pytest.approx(-np.log1p(-(rho**2)).sum() / 2, abs=1e-10)


def test_rising_maps_change_no_bit_of_the_copula_estimate():
    X, y, _ = sample(200)
    estimator = GaussianMIEstimator("copula")
    one = estimator.fit(X, y)
    mi, local = one.mi_, one.pointwise(X, y)
    other = estimator.fit(np.exp(X), y**3)
    assert other.mi_ == mi
    assert np.array_equal(other.pointwise(np.exp(X), y**3), local)


def test_affine_maps_do_not_change_the_covariance_estimate():
    X, y, _ = sample(200)
    mix = np.random.default_rng(0).standard_normal((3, 3))
    one = GaussianMIEstimator().fit(X, y)
    local = one.pointwise(X, y)
    other = GaussianMIEstimator().fit(1e4 + X @ mix, 1e-6 * y)
    assert other.mi_ == pytest.approx(one.mi_, abs=1e-8)
    assert np.allclose(other.pointwise(1e4 + X @ mix, 1e-6 * y), local, atol=1e-6)


# -------------------------------------------------------------------- pointwise


@pytest.mark.parametrize("method", METHODS)
def test_pointwise_extends_the_function_to_new_rows(method):
    X, y, _ = sample(300)
    function = (
        gaussian_copula_mutual_information
        if method == "copula"
        else gaussian_mutual_information
    )
    estimator = GaussianMIEstimator(method).fit(X, y)
    assert np.allclose(
        estimator.pointwise(X, y), function(X, y, pointwise=True), atol=1e-8
    )
    # A row's value does not depend on the others.
    assert np.allclose(
        estimator.pointwise(X[:5], y[:5]), estimator.pointwise(X, y)[:5], atol=1e-12
    )


def test_pointwise_value_is_the_log_ratio_of_densities():
    X, y = make_correlated_gaussians(200_000, rho=0.6, random_state=0)
    estimator = GaussianMIEstimator().fit(X, y)
    at, by, rho2 = np.array([1.0, 0.0, -2.0]), np.array([1.0, 1.5, -2.0]), 0.36
    exact = -0.5 * np.log(1 - rho2) - (rho2 * (at**2 + by**2) - 2 * 0.6 * at * by) / (
        2 * (1 - rho2)
    )
    # Correlation and moments are known to about 0.003.
    assert np.allclose(estimator.pointwise(at[:, None], by), exact, atol=0.03)


# ------------------------------------------------------------------------ score


@pytest.mark.parametrize("method", METHODS)
def test_score_is_a_lower_bound_on_average_and_close_to_the_truth(method):
    scores = []
    for seed in range(40):
        X, y, mi = sample(600, seed)
        estimator = GaussianMIEstimator(method).fit(X[:300], y[:300])
        scores.append(estimator.score(X[300:], y[300:]))
    error = np.std(scores) / np.sqrt(len(scores))
    assert np.mean(scores) < mi + 2 * error
    assert np.mean(scores) > mi - 0.1


@pytest.mark.filterwarnings("ignore::skmi.exceptions.EstimationWarning")
def test_score_is_no_bound_of_the_estimate_but_of_the_truth():
    # Independent heavy tails: outliers feign a correlation on the rows of the fit.
    scores, estimates = [], []
    for seed in range(40):
        x, y = np.random.default_rng(seed).standard_t(1.5, size=(2, 400))
        estimator = GaussianMIEstimator(bias_correction=False)
        estimates.append(estimator.fit(x[:200, None], y[:200]).mi_)
        scores.append(estimator.score(x[200:, None], y[200:]))
    assert np.mean(estimates) > 0
    assert np.median(scores) < 0


def test_score_of_training_rows_is_close_to_the_estimate():
    X, y, _ = sample(2000)
    estimator = GaussianMIEstimator().fit(X, y)
    # E_Q[e^T] is 1 on these rows, so what is left is the mean of T, normalised.
    assert estimator.score(X, y) == pytest.approx(estimator.mi_, abs=0.05)


def test_score_of_unrelated_rows_is_not_positive():
    X, y, _ = sample(600)
    estimator = GaussianMIEstimator().fit(X[:300], y[:300])
    order = np.random.default_rng(0).permutation(300)
    assert estimator.score(X[300:], y[300:][order]) < 0


def test_few_rows_of_strong_dependence_are_reported():
    X, y = make_correlated_gaussians(60, rho=[0.999] * 3, n_features=3, random_state=0)
    estimator = GaussianMIEstimator().fit(X, y)
    with pytest.warns(EstimationWarning, match="pairs of rows"):
        estimator.score(X, y)


def test_few_rows_that_normalise_the_log_ratio_are_reported_where_it_counts():
    options = {"rho": [0.99] * 3, "n_features": 3}
    X, y = make_correlated_gaussians(30, random_state=0, **options)
    new_X, new_y = make_correlated_gaussians(2000, random_state=1, **options)
    # The estimate does not need them.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        estimator = GaussianMIEstimator().fit(X, y)
        estimator.pointwise(new_X, new_y)
    with pytest.warns(EstimationWarning, match="pairs of rows of the fit"):
        estimator.score(new_X, new_y)


def test_blocks_of_pairs_change_nothing(monkeypatch):
    X, y, _ = sample(100)
    estimator = GaussianMIEstimator().fit(X, y)
    score = estimator.score(X, y)
    monkeypatch.setattr("skmi.estimation._log_ratio._BLOCK_BYTES", 8 * 100 * 7)
    assert estimator.score(X, y) == pytest.approx(score, abs=1e-12)


# ---------------------------------------------------------------- degenerate data


def test_function_of_a_column_shares_infinitely_much():
    X, _, _ = sample(100)
    estimator = GaussianMIEstimator().fit(X, 2 * X[:, 0] + 1)
    assert estimator.mi_ == np.inf
    assert np.isnan(estimator.mi_se_)
    assert np.isfinite(estimator.pointwise(X, 2 * X[:, 0] + 1)).all()


def test_repeated_and_constant_columns_change_nothing():
    X, y, _ = sample(100)
    more = np.column_stack([X, X[:, 0] + X[:, 1], np.full(100, 0.1)])
    one, other = GaussianMIEstimator().fit(X, y), GaussianMIEstimator().fit(more, y)
    assert other.mi_ == pytest.approx(one.mi_, abs=1e-10)
    assert np.allclose(other.pointwise(more, y), one.pointwise(X, y), atol=1e-8)


def test_what_a_condition_knows_is_taken_out_of_all_log_ratios():
    X, y, _ = sample(300)
    Z = X[:, [0]]
    estimator = GaussianMIEstimator().fit(X, y, Z=Z)
    alone = GaussianMIEstimator().fit(X[:, 1:], y, Z=Z)
    assert estimator.mi_ == pytest.approx(alone.mi_, abs=1e-10)
    assert estimator.canonical_correlations_.shape == (2,)
    assert np.allclose(estimator.pointwise(X, y, Z), alone.pointwise(X[:, 1:], y, Z))


def test_more_columns_than_rows_are_refused():
    X, y = np.random.default_rng(0).normal(size=(5, 5)), [1.0, 2.0, 4.0, 1.0, 0.0]
    for call in (
        lambda: GaussianMIEstimator().fit(X, y),
        lambda: GaussianMIEstimator().fit_many(X, [y, y]),
    ):
        with pytest.raises(ValueError, match="rows"):
            call()


def test_another_condition_or_target_than_in_fit_is_refused():
    X, y, _ = sample(100)
    estimator = GaussianMIEstimator().fit(X, y)
    with pytest.raises(ValueError, match="y must have 2 columns"):
        estimator.score(X, y[:, 0])
    with pytest.raises(ValueError, match="Z must have None columns"):
        estimator.pointwise(X, y, Z=y)
    estimator.fit(X, y, Z=X[:, 0])
    with pytest.raises(ValueError, match="Z must have 1 columns"):
        estimator.score(X, y)


# ---------------------------------------------------------------------- weights


@pytest.mark.parametrize("method", METHODS)
def test_weights_are_repeated_rows(method):
    X, y, _ = sample(80)
    times = np.random.default_rng(0).integers(0, 4, size=80)
    one = GaussianMIEstimator(method).fit(X, y, sample_weight=times)
    other = GaussianMIEstimator(method).fit(
        np.repeat(X, times, axis=0), np.repeat(y, times, axis=0)
    )
    assert one.mi_ == pytest.approx(other.mi_, abs=1e-10)
    assert one.mi_se_ == pytest.approx(other.mi_se_, rel=1e-8)
    # Pairs of a repeated row with itself are pairs of rows: normalisations differ.
    assert np.allclose(one.pointwise(X, y), other.pointwise(X, y), atol=1e-8)


@pytest.mark.parametrize("bad", [[-1.0] * 80, [0.0] * 80, [1.0] * 79, [np.nan] * 80])
def test_weights_are_refused_by_name(bad):
    X, y, _ = sample(80)
    with pytest.raises(ValueError, match="sample_weight"):
        GaussianMIEstimator().fit(X, y, sample_weight=bad)


# ----------------------------------------------------------------- many targets


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("given", [False, True])
@pytest.mark.parametrize("n_columns", [1, 2])
def test_many_targets_at_once_get_what_each_would_get(method, given, n_columns):
    X, y, _ = sample(150)
    y = y[:, 0] if n_columns == 1 else y
    Z = np.random.default_rng(0).standard_normal((150, 1)) + X[:, :1] if given else None
    rng = np.random.default_rng(0)
    ys = np.stack([y, *(y[rng.permutation(150)] for _ in range(5)), 0 * y, 0.1 + 0 * y])
    estimator = GaussianMIEstimator(method)
    expected = [estimator.fit(X, target, Z=Z).mi_ for target in ys]
    fresh = GaussianMIEstimator(method)
    assert np.allclose(fresh.fit_many(X, ys, Z=Z), expected, atol=1e-10)
    assert not hasattr(fresh, "mi_")


def test_many_targets_may_be_functions_of_columns():
    X, y, _ = sample(150)
    ys = np.stack([y[:, 0], X[:, 0], X[:, 0] + 1e-6 * y[:, 0]])
    estimator = GaussianMIEstimator()
    expected = [estimator.fit(X, target).mi_ for target in ys]
    assert expected[1] == np.inf
    assert np.allclose(estimator.fit_many(X, ys), expected, atol=1e-6)


def test_targets_of_single_precision_are_compared_in_it():
    X, y, _ = sample(150)
    X, y = X.astype(np.float32), y.astype(np.float32)
    ys = np.stack([y[:, 0], X[:, 0], X[:, 0] * np.float32(3) + np.float32(1)])
    estimator = GaussianMIEstimator()
    expected = [estimator.fit(X, target).mi_ for target in ys]
    found = estimator.fit_many(X, ys)
    assert found[0] == pytest.approx(expected[0], abs=1e-5)
    assert np.array_equal(np.isinf(found), np.isinf(expected))


def test_bad_targets_among_many_are_refused_by_name():
    X, y, _ = sample(50)
    with pytest.raises(ValueError, match="ys must hold finite"):
        GaussianMIEstimator().fit_many(X, [y[:, 0], np.full(50, np.nan)])
    with pytest.raises(ValueError, match="y"):
        GaussianMIEstimator().fit_many(X, [np.full(50, np.nan)])


def test_permutation_test_takes_many_targets_at_once():
    X, y, _ = sample(100)
    for estimator in (GaussianMIEstimator(), GaussianMIEstimator("copula")):
        result = mi_permutation_test(estimator, X, y, n_permutations=99, random_state=0)
        assert result.p_value == 0.01
        assert result.statistic == pytest.approx(estimator.fit(X, y).mi_, abs=1e-12)


def wide(n_shared, rho, seed):
    """Return 300 rows of 20 columns each, as many pairs of which are correlated."""
    X, y = np.random.default_rng(seed).standard_normal((2, 300, 20))
    y[:, :n_shared] = rho * X[:, :n_shared] + np.sqrt(1 - rho**2) * y[:, :n_shared]
    return X, y


def test_tested_correlations_have_little_error_at_independence():
    found = {"cca": [], "corrected": [], "plain": []}
    for seed in range(40):
        X, y = wide(0, 0.0, seed)
        found["cca"].append(GaussianMIEstimator("cca").fit(X, y).mi_)
        found["corrected"].append(GaussianMIEstimator().fit(X, y).mi_)
        plain = GaussianMIEstimator(bias_correction=False)
        found["plain"].append(plain.fit(X, y).mi_)
    error = {name: np.mean(np.abs(values)) for name, values in found.items()}
    # At a level of .05 some two of 40 have a correlation that stands.
    assert np.count_nonzero(found["cca"]) <= 7
    assert error["cca"] < error["corrected"] / 2 < error["plain"] / 20


@pytest.mark.parametrize("n_shared", [1, 3])
def test_tested_correlations_have_the_truth_of_strong_dependence(n_shared):
    truth = -n_shared / 2 * np.log1p(-(0.9**2))
    errors, counts = [], []
    for seed in range(40):
        estimator = GaussianMIEstimator("cca").fit(*wide(n_shared, 0.9, seed))
        errors.append(estimator.mi_ - truth)
        counts.append(len(estimator.canonical_correlations_))
    assert np.median(counts) == n_shared
    assert min(counts) == n_shared
    assert abs(np.mean(errors)) < 3 * np.std(errors) / np.sqrt(40)


def test_tested_correlations_that_all_stand_give_the_covariance_method():
    X, y, _ = sample(2000)
    tested, full = GaussianMIEstimator("cca"), GaussianMIEstimator()
    assert tested.fit(X, y).mi_ == pytest.approx(full.fit(X, y).mi_, abs=1e-12)
    assert tested.mi_se_ == pytest.approx(full.mi_se_, abs=1e-12)
    new_X, new_y, _ = sample(300, seed=1)
    assert tested.score(new_X, new_y) == pytest.approx(full.score(new_X, new_y))


def test_nothing_that_stands_is_exactly_nothing_everywhere():
    X, y = wide(0, 0.0, 0)
    estimator = GaussianMIEstimator("cca").fit(X, y)
    assert estimator.canonical_correlations_.size == 0
    assert estimator.mi_ == estimator.score(*wide(0, 0.0, 1)) == 0
    assert not estimator.pointwise(X, y).any()
    assert estimator.mi_se_ == 0


def test_tested_correlations_score_more_than_all_on_new_rows():
    train, test = wide(2, 0.6, 0), wide(2, 0.6, 1)
    scores = [
        GaussianMIEstimator(method).fit(*train).score(*test)
        for method in ("cca", "covariance")
    ]
    assert scores[0] > scores[1] + 0.3


def test_number_that_stands_is_that_of_the_tests_written_out():
    # n = 100, three columns each: the statistic's factor is 95.5; degrees 9, 4, 1.
    rho = np.array([0.5, 0.3, 0.1])
    logs = np.log1p(-(rho**2))
    statistic = [-95.5 * logs[k:].sum() for k in range(3)]
    p_values = chi2.sf(statistic, [9, 4, 1])
    assert p_values[0] < p_values[1] < 0.05 < p_values[2]
    assert n_standing(logs, 100, 3, 3) == 2


def test_tested_correlations_of_a_shared_dimension_are_infinite():
    X, y, _ = sample(100)
    y = np.column_stack([X[:, 0], y])
    assert GaussianMIEstimator("cca").fit(X, y).mi_ == np.inf


def test_weights_are_repeated_rows_for_tested_correlations():
    X, y = wide(2, 0.6, 0)
    weight = np.random.default_rng(0).integers(0, 3, size=300)
    estimator = GaussianMIEstimator("cca")
    weighted = estimator.fit(X, y, sample_weight=weight).mi_
    repeated = estimator.fit(np.repeat(X, weight, 0), np.repeat(y, weight, 0)).mi_
    assert weighted == pytest.approx(repeated, abs=1e-10)
