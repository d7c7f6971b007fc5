"""The permutation test holds its level, finds dependence, and repeats."""

import warnings

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config
from scipy.signal import lfilter
from scipy.sparse import csr_array
from scipy.stats import binom
from sklearn.base import BaseEstimator
from sklearn.linear_model import LinearRegression

from skmi.datasets import make_correlated_gaussians
from skmi.exceptions import EstimationWarning
from skmi.model_selection import mi_permutation_test
from tests.model_selection.estimators import (
    KSG,
    GaussianMI,
    ManyGaussianMI,
    ManyKSG,
    PartialMI,
)


def pair(n=60, rho=0.6, seed=0):
    return make_correlated_gaussians(n, rho=rho, random_state=seed)


def walks(n, phi, seed, n_series=1):
    """Return stationary autoregressive X and y, independent of each other."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((2, n_series, n + 100))
    X, y = lfilter([1], [1, -phi], noise, axis=2)[:, :, 100:].reshape(2, -1)
    return X[:, None], y


def rejections(sample, n_sets, n_permutations=19, level=0.05, **options):
    """Return how many of independent data sets are rejected."""
    count = 0
    for seed in range(n_sets):
        X, y, more = sample(seed)
        result = mi_permutation_test(
            ManyGaussianMI(),
            X,
            y,
            n_permutations=n_permutations,
            random_state=seed,
            **options,
            **more,
        )
        count += result.p_value <= level + 1e-12
    return count


def accepted(n_sets, level=0.05):
    """Return the range that a test of exact level leaves once in 10,000 times."""
    return binom.ppf([5e-5, 1 - 5e-5], n_sets, level)


# What is computed


def test_p_value_counts_the_data_among_the_arrangements():
    X, y = pair()
    for rho in (0.0, 0.3):
        X, y = pair(rho=rho)
        statistic, p, null = mi_permutation_test(
            GaussianMI(), X, y, n_permutations=29, random_state=0
        )
        assert statistic == GaussianMI().fit(X, y).mi_
        assert null.shape == (29,)
        assert p == (1 + np.sum(null >= statistic)) / 30


def test_strong_dependence_has_the_smallest_p_value():
    for estimator in (GaussianMI(), KSG(), ManyKSG()):
        X, y = pair(rho=0.9)
        result = mi_permutation_test(estimator, X, y, n_permutations=49, random_state=0)
        assert result.p_value == 0.02


def test_dependence_without_correlation_is_found_by_nearest_neighbours():
    X, _ = pair(n=150)
    y = X[:, 0] ** 2
    options = {"n_permutations": 49, "random_state": 0}
    assert mi_permutation_test(ManyKSG(), X, y, **options).p_value == 0.02


def test_a_constant_variable_has_p_value_1():
    X, y = pair()
    assert mi_permutation_test(GaussianMI(), 0 * X, y, random_state=0).p_value == 1
    assert mi_permutation_test(GaussianMI(), X, 0 * y, random_state=0).p_value == 1


def test_estimates_that_differ_by_rounding_count_as_equal():
    class Rounded(BaseEstimator):
        def fit(self, X, y):
            self.mi_ = 0.3 + 1e-15 * (y[0] == 0)
            return self

    X, y = np.zeros((30, 1)), np.arange(30)
    assert mi_permutation_test(Rounded(), X, y, random_state=0).p_value == 1


def test_perfect_dependence_may_be_infinite():
    class Perfect(BaseEstimator):
        def fit(self, X, y):
            self.mi_ = np.inf if (X[:, 0] == y).all() else 0.1
            return self

    X = np.arange(30)[:, None]
    result = mi_permutation_test(
        Perfect(), X, X[:, 0], n_permutations=9, random_state=0
    )
    assert result.statistic == np.inf
    assert result.p_value == 0.1


# Level


def test_level_holds_for_independent_rows():
    def sample(seed):
        return *pair(n=40, rho=0.0, seed=seed), {}

    low, high = accepted(500)
    assert low <= rejections(sample, 500) <= high


def test_level_holds_for_autocorrelated_rows_only_if_order_is_kept():
    def sample(seed):
        return *walks(200, 0.9, seed), {}

    low, high = accepted(300)
    assert low <= rejections(sample, 300, permutation="circular") <= high
    assert rejections(sample, 300, permutation="rows") > 3 * high


def test_level_holds_for_patients_whose_rows_are_alike():
    def sample(seed):
        rng = np.random.default_rng(seed)
        groups = np.repeat(np.arange(12), 6)
        x, y = (rng.standard_normal(12)[groups] for _ in range(2))
        x = x + 0.3 * rng.standard_normal(72)
        return x[:, None], y, {"groups": groups}

    def without_groups(seed):
        return *sample(seed)[:2], {}

    low, high = accepted(300)
    assert low <= rejections(sample, 300, permutation="block") <= high
    assert rejections(without_groups, 300) > 3 * high


def test_level_holds_for_a_common_cause_if_its_groups_are_kept():
    def sample(seed):
        rng = np.random.default_rng(seed)
        cause = rng.integers(3, size=60)
        x, y = cause + rng.standard_normal((2, 60))
        return x[:, None], y, {"groups": cause}

    def without_groups(seed):
        return *sample(seed)[:2], {}

    low, high = accepted(300)
    assert low <= rejections(sample, 300, permutation="within") <= high
    assert rejections(without_groups, 300) > 3 * high


# Repeating


def test_results_repeat_and_follow_the_seed():
    X, y = pair(rho=0.1)
    first, again, other = (
        mi_permutation_test(GaussianMI(), X, y, n_permutations=19, random_state=seed)
        for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.null_distribution, again.null_distribution)
    assert (first.null_distribution != other.null_distribution).any()


def test_workers_change_nothing():
    X, y = pair(rho=0.1)
    options = {"n_permutations": 19, "random_state": 0}
    alone = mi_permutation_test(KSG(), X, y, **options)
    with parallel_config(backend="threading"):
        shared = mi_permutation_test(KSG(), X, y, n_jobs=3, **options)
    np.testing.assert_array_equal(alone.null_distribution, shared.null_distribution)
    assert alone[:2] == shared[:2]


@pytest.mark.slow
def test_processes_change_nothing():
    X, y = pair(rho=0.1)
    options = {"n_permutations": 19, "random_state": 0}
    alone = mi_permutation_test(KSG(), X, y, **options)
    shared = mi_permutation_test(KSG(), X, y, n_jobs=2, **options)
    np.testing.assert_array_equal(alone.null_distribution, shared.null_distribution)


def test_all_targets_are_fitted_at_once_where_the_estimator_can():
    calls = []

    class Counted(ManyGaussianMI):
        def fit(self, X, y):
            calls.append("fit")
            return super().fit(X, y)

        def fit_many(self, X, ys):
            calls.append(np.shape(ys))
            return super().fit_many(X, ys)

    X, y = pair(rho=0.2)
    options = {"n_permutations": 19, "random_state": 0}
    at_once = mi_permutation_test(Counted(), X, y, **options)
    one_by_one = mi_permutation_test(GaussianMI(), X, y, **options)
    assert calls == [(20, 60)]
    np.testing.assert_allclose(
        at_once.null_distribution, one_by_one.null_distribution, atol=1e-14
    )
    assert at_once.statistic == pytest.approx(one_by_one.statistic, abs=1e-14)
    assert at_once.p_value == one_by_one.p_value


@pytest.mark.parametrize(("small", "most", "size"), [(0, 99, 3), (7, 99, 7), (9, 2, 2)])
def test_large_targets_are_fitted_in_parts(monkeypatch, small, most, size):
    sizes = []

    class Counted(ManyGaussianMI):
        def fit_many(self, X, ys):
            sizes.append(len(ys))
            return super().fit_many(X, ys)

    X, y = pair(rho=0.2)
    options = {"n_permutations": 19, "random_state": 0}
    at_once = mi_permutation_test(ManyGaussianMI(), X, y, **options)
    module = "skmi.model_selection._permutation_test"
    monkeypatch.setattr(f"{module}._SMALL_BYTES", small * y.nbytes)
    monkeypatch.setattr(f"{module}._MAX_BYTES", most * y.nbytes)
    in_turns = mi_permutation_test(Counted(), X, y, **options)
    assert max(sizes) == size
    assert sum(sizes) == 20
    with parallel_config(backend="threading"):
        shared = mi_permutation_test(Counted(), X, y, n_jobs=3, **options)
    np.testing.assert_array_equal(in_turns.null_distribution, shared.null_distribution)
    assert in_turns.p_value == at_once.p_value
    np.testing.assert_allclose(
        in_turns.null_distribution, at_once.null_distribution, atol=1e-14
    )


class Seeded(BaseEstimator):
    """Keeps what its random state was."""

    seen: list = []  # noqa: RUF012

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y):
        self.seen.append(self.random_state)
        self.mi_ = 0.0
        return self


def test_statistic_and_null_get_the_same_seed():
    X, y = pair()
    for given in (None, np.random.RandomState(0)):
        Seeded.seen.clear()
        mi_permutation_test(Seeded(given), X, y, n_permutations=9, random_state=0)
        assert len(Seeded.seen) == 10
        assert len(set(Seeded.seen)) == 1
        assert isinstance(Seeded.seen[0], int)
    Seeded.seen.clear()
    mi_permutation_test(Seeded(5), X, y, n_permutations=9, random_state=0)
    assert set(Seeded.seen) == {5}


def test_a_pipeline_seeds_its_steps():
    class Pipe(BaseEstimator):
        def __init__(self, inner=None):
            self.inner = inner

        def fit(self, X, y):
            self.mi_ = self.inner.fit(X, y).mi_
            return self

    X, y = pair()
    Seeded.seen.clear()
    mi_permutation_test(Pipe(Seeded()), X, y, n_permutations=9, random_state=0)
    assert len(set(Seeded.seen)) == 1
    assert Seeded.seen[0] is not None


def test_the_estimator_and_the_data_are_left_alone():
    X, y = pair()
    kept = X.copy(), y.copy()
    estimator = KSG()
    mi_permutation_test(estimator, X, y, n_permutations=9, random_state=0)
    assert not hasattr(estimator, "mi_")
    assert estimator.random_state is None
    np.testing.assert_array_equal(X, kept[0])
    np.testing.assert_array_equal(y, kept[1])


def test_frames_lists_and_words_are_accepted():
    X, y = pair(n=40)
    options = {"n_permutations": 9, "random_state": 0}
    plain = mi_permutation_test(GaussianMI(), X, y, **options)
    for frame, series in [
        (pd.DataFrame(X), pd.Series(y, index=np.arange(40)[::-1])),
        (X.tolist(), y.tolist()),
    ]:
        result = mi_permutation_test(GaussianMI(), frame, series, **options)
        assert result.statistic == plain.statistic
    groups = np.where(X[:, 0] > 0, "up", "down")
    mi_permutation_test(
        GaussianMI(), X, y, permutation="within", groups=groups, **options
    )


# Conditions


def test_a_condition_is_passed_on_and_keeps_y_in_its_strata():
    rng = np.random.default_rng(0)
    Z = rng.integers(4, size=200)
    X = (Z + rng.standard_normal(200))[:, None]
    y = Z + rng.standard_normal(200)
    options = {"n_permutations": 49, "random_state": 0}
    assert mi_permutation_test(PartialMI(), X, y, **options).p_value == 0.02
    result = mi_permutation_test(
        PartialMI(), X, y, Z=Z, permutation="within", **options
    )
    assert result.p_value > 0.05
    assert result.statistic == PartialMI().fit(X, y, Z=Z).mi_
    same = mi_permutation_test(
        PartialMI(), X, y, Z=Z, permutation="within", groups=Z, **options
    )
    np.testing.assert_array_equal(result.null_distribution, same.null_distribution)


def test_a_condition_forbids_arrangements_that_ignore_it():
    X, y = pair()
    with pytest.raises(ValueError, match=r"permutation must be 'within'.*'rows'"):
        mi_permutation_test(PartialMI(), X, y, Z=y)


def test_a_condition_needs_an_estimator_that_takes_it():
    X, y = pair()
    with pytest.raises(TypeError, match=r"Z is given, but estimator .*GaussianMI"):
        mi_permutation_test(GaussianMI(), X, y, Z=y, permutation="within")


# Callables, warnings, errors


def test_a_callable_may_rearrange():
    X, y = pair()
    seen = []

    def backwards(y, groups, block_size, rng):
        seen.append((groups.tolist(), block_size))
        return np.arange(len(y))[::-1]

    result = mi_permutation_test(
        GaussianMI(),
        X,
        y,
        permutation=backwards,
        groups=["a"] * 59 + ["b"],
        n_permutations=4,
    )
    assert seen == [([0] * 59 + [1], None)] * 4
    assert set(result.null_distribution) == {GaussianMI().fit(X, y[::-1]).mi_}


def test_a_callable_that_returns_no_rows_is_named():
    X, y = pair()
    for bad in (np.arange(3), np.zeros(60)):
        with pytest.raises(ValueError, match="permutation must return 60 integer"):
            mi_permutation_test(GaussianMI(), X, y, permutation=lambda *_, b=bad: b)


def test_few_arrangements_are_warned_of():
    X, y = pair(n=12)
    with pytest.warns(EstimationWarning, match=r"24 arrangements.*199"):
        mi_permutation_test(
            GaussianMI(), X, y, permutation="block", block_size=3, random_state=0
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mi_permutation_test(GaussianMI(), X, y, n_permutations=99)


def test_a_single_arrangement_is_refused():
    X, y = pair(n=12)
    with pytest.raises(ValueError, match="'within' has a single arrangement"):
        mi_permutation_test(
            GaussianMI(), X, y, permutation="within", groups=np.arange(12)
        )
    with pytest.raises(ValueError, match="'block' has a single arrangement"):
        mi_permutation_test(GaussianMI(), X, y, permutation="block", block_size=12)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"permutation": "random"}, "permutation must be one of .*'random'"),
        ({"permutation": None}, "permutation must be one of .*None"),
        ({"permutation": "within"}, "'within' needs groups"),
        ({"permutation": "block"}, "'block' needs groups or block_size"),
        ({"permutation": "rows", "groups": [0] * 60}, "groups is not used"),
        ({"permutation": "rows", "block_size": 3}, "block_size is not used"),
        ({"permutation": "circular", "block_size": 3}, "block_size is not used"),
        (
            {"permutation": "block", "block_size": 3, "groups": [0] * 60},
            "only one, found 2",
        ),
        ({"permutation": "block", "block_size": 0}, "block_size must be an integer"),
        ({"permutation": "block", "block_size": 2.5}, "block_size must be an integer"),
        ({"permutation": "within", "groups": [0, 1]}, r"groups must be .*\(60,\)"),
        ({"permutation": "within", "groups": [np.nan] * 60}, "groups must be .*NaN"),
        ({"n_permutations": 0}, "n_permutations must be an integer"),
        ({"n_permutations": 9.5}, "n_permutations must be an integer"),
        ({"random_state": "seed"}, "random_state must be"),
    ],
)
def test_bad_options_are_named(options, found):
    X, y = pair()
    with pytest.raises(ValueError, match=found):
        mi_permutation_test(GaussianMI(), X, y, **options)


def test_groups_of_several_kinds_are_named():
    X, y = pair()
    groups = np.array([1, "a", None] * 20, dtype=object)
    with pytest.raises(TypeError, match="groups must be labels of one kind"):
        mi_permutation_test(GaussianMI(), X, y, permutation="within", groups=groups)


@pytest.mark.parametrize("estimator", [None, "ksg", GaussianMI, object()])
def test_what_is_no_estimator_is_named(estimator):
    X, y = pair()
    with pytest.raises(TypeError, match="estimator must be an object with fit"):
        mi_permutation_test(estimator, X, y)


def test_an_estimator_of_something_else_is_named():
    X, y = pair()
    with pytest.raises(TypeError, match=r"estimator must leave .* LinearRegression"):
        mi_permutation_test(LinearRegression(), X, y)


def test_a_sparse_target_is_named():
    X, y = pair()
    with pytest.raises(TypeError, match=r"y must be a dense array.*csr"):
        mi_permutation_test(GaussianMI(), X, csr_array(y[:, None]))


def test_lengths_that_differ_are_named():
    X, y = pair()
    with pytest.raises(ValueError, match=r"y must have as many rows as X \(60\).*59"):
        mi_permutation_test(GaussianMI(), X, y[:-1])
    with pytest.raises(ValueError, match=r"Z must have as many rows as X \(60\).*59"):
        mi_permutation_test(PartialMI(), X, y, Z=y[:-1], permutation="within")
    with pytest.raises(ValueError, match="X must have at least 2 rows"):
        mi_permutation_test(GaussianMI(), X[:1], y[:1])
    with pytest.raises(ValueError, match="y must be an array or frame of rows"):
        mi_permutation_test(GaussianMI(), X, 3.0)


def test_an_estimate_that_is_no_number_is_refused():
    class Broken(BaseEstimator):
        def fit(self, X, y):
            self.mi_ = np.nan
            return self

    X, y = pair()
    with pytest.raises(ValueError, match="estimator Broken gave NaN for 10 of 10"):
        mi_permutation_test(Broken(), X, y, n_permutations=9)


def test_fit_many_must_return_one_estimate_a_target():
    class Short(GaussianMI):
        def fit_many(self, X, ys):
            return np.zeros(3)

    X, y = pair()
    with pytest.raises(ValueError, match=r"Short: fit_many must return one .*\(3,\)"):
        mi_permutation_test(Short(), X, y, n_permutations=9)
