"""The drop-in functions give scikit-learn's values, and do what it cannot."""

import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn.feature_selection as sk
from scipy import sparse
from scipy.special import digamma
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.feature_selection import SelectKBest

from skmi.feature_selection import mutual_info_classif, mutual_info_regression
from skmi.feature_selection._column_scores import (
    COLUMN_ESTIMATORS,
    Problem,
    copula,
)

ROOT = Path(__file__).resolve().parents[2]
every_estimator = pytest.mark.parametrize("estimator", sorted(COLUMN_ESTIMATORS))


def gaussians(n=2000, rho=0.8, seed=0):
    """Return X of a correlated and an independent column, and y."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2))
    y = rho * X[:, 0] + math.sqrt(1 - rho**2) * rng.normal(size=n)
    return X, y


def truth(rho):
    """Return the information of two Gaussians."""
    return -0.5 * math.log(1 - rho**2)


# scikit-learn's values


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
@pytest.mark.parametrize("k", [1, 3, 7])
def test_classif_equals_scikit_learn(load, k):
    X, y = load(return_X_y=True)
    ours = mutual_info_classif(X, y, n_neighbors=k, random_state=3)
    theirs = sk.mutual_info_classif(X, y, n_neighbors=k, random_state=3)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("discrete", ["auto", [1], [False, True] + [False] * 8])
def test_regression_equals_scikit_learn(discrete):
    X, y = load_diabetes(return_X_y=True)
    options = {"discrete_features": discrete, "random_state": 0}
    ours = mutual_info_regression(X, y, **options)
    theirs = sk.mutual_info_regression(X, y, **options)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def ross_by_all_pairs(x, labels, k):
    """Return Ross's estimate from all distances, with nothing squared."""
    labels, sizes = np.unique(labels, return_inverse=True, return_counts=True)[1:]
    kept = sizes[labels] > 1
    x, labels = x[kept], labels[kept]
    n_same, rank = sizes[labels], np.minimum(k, sizes[labels] - 1)
    line = np.abs(x[:, None] - x[None, :])
    same = np.where(labels[:, None] == labels[None, :], line, np.inf)
    # The row itself comes first.
    radius = np.nextafter(np.sort(same, axis=1)[np.arange(x.size), rank], 0)
    counts = (line <= radius[:, None]).sum(axis=1)
    psi = digamma(rank) - digamma(n_same) - digamma(counts)
    return max(0.0, digamma(x.size) + psi.mean())


def test_levels_of_few_rows_are_exact_where_scikit_learn_rounds():
    # Brute force of scikit-learn takes the k-th neighbour into its own radius there.
    X, y = load_diabetes(return_X_y=True)
    ours = mutual_info_regression(X, y, discrete_features=True, random_state=0)
    rng = np.random.RandomState(0)
    scaled = y / y.std()
    noise = 1e-10 * np.maximum(1, scaled.mean()) * rng.standard_normal(y.size)
    exact = [ross_by_all_pairs(scaled + noise, column, 3) for column in X.T]
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-9)
    theirs = sk.mutual_info_regression(X, y, discrete_features=True, random_state=0)
    few = np.array([np.unique(c, return_counts=True)[1].min() <= 7 for c in X.T])
    np.testing.assert_allclose(ours[~few], theirs[~few], rtol=0, atol=1e-9)
    assert np.abs(ours - theirs).max() > 0.01


@pytest.mark.parametrize("name", ["mutual_info_classif", "mutual_info_regression"])
@pytest.mark.parametrize("kind", ["ties", "heavy tails", "integers", "tiny", "huge"])
def test_awkward_columns_equal_scikit_learn(name, kind):
    rng = np.random.default_rng(1)
    X = {
        "ties": rng.normal(size=(300, 4)).round(1),
        "heavy tails": rng.standard_cauchy((300, 4)),
        "integers": rng.integers(0, 5, (300, 4)),
        "tiny": 1e-12 * rng.normal(size=(300, 4)),
        "huge": 1e12 + rng.normal(size=(300, 4)),
    }[kind]
    y = rng.integers(0, 3, 300)
    ours, theirs = (
        getattr(room, name)(X, y, random_state=0)
        for room in (sys.modules["skmi.feature_selection"], sk)
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


@pytest.mark.parametrize("make", [sparse.csr_array, sparse.csc_matrix])
@pytest.mark.parametrize("name", ["mutual_info_classif", "mutual_info_regression"])
def test_sparse_counts_equal_scikit_learn(make, name, monkeypatch):
    monkeypatch.setattr("skmi.feature_selection._mutual_info._BLOCK_NUMBERS", 500)
    rng = np.random.default_rng(0)
    X = make(rng.integers(0, 2, (120, 9)) * rng.integers(0, 2, (120, 1)))
    y = rng.integers(0, 3, 120)
    assert np.unique(y, return_counts=True)[1].min() > 7
    ours, theirs = (
        getattr(room, name)(X, y, random_state=0)
        for room in (sys.modules["skmi.feature_selection"], sk)
    )
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_classes_may_be_words_and_lonely():
    X, _ = gaussians(60)
    y = np.array(["a", "b"] * 29 + ["alone", "few"])
    y[:2] = "few"
    ours = mutual_info_classif(X, y, n_neighbors=5, random_state=0)
    theirs = sk.mutual_info_classif(X, y, n_neighbors=5, random_state=0)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)


def test_tests_of_scikit_learn_pass_with_the_functions_swapped():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tools.swap_mutual_info"]
    command += ["-p", "no:cacheprovider", "-o", "addopts=", "-o", "filterwarnings="]
    command += ["--pyargs", "sklearn.feature_selection.tests.test_mutual_info"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
    assert " passed" in done.stdout


# Counterparts of those tests that call a private function of scikit-learn


def test_two_discrete_variables_have_the_information_of_their_table():
    x, y = np.array([0, 1, 1, 0, 0]), np.array([1, 0, 0, 0, 1])
    h = -(3 / 5) * math.log(3 / 5) - (2 / 5) * math.log(2 / 5)
    h_xy = -1 / 5 * math.log(1 / 5) - 4 / 5 * math.log(2 / 5)
    found = mutual_info_classif(x[:, None], y, discrete_features=True)
    assert found[0] == pytest.approx(2 * h - h_xy, abs=1e-12)


@every_estimator
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_gaussians_have_their_information(estimator, rho):
    X, y = gaussians(4000, rho)
    # Eight bins keep about nine tenths of it.
    options = {"n_bins": 20} if estimator == "binned" else {}
    found = mutual_info_regression(X, y, estimator=estimator, random_state=0, **options)
    bias = 19**2 / 8000 if estimator == "binned" else 0.0
    assert found[0] == pytest.approx(truth(rho) + bias, abs=0.05 + 0.05 * truth(rho))
    assert found[1] == pytest.approx(bias, abs=0.04)


@pytest.mark.parametrize("estimator", ["ksg", "mixed", "binned"])
@pytest.mark.parametrize("p", [0.3, 0.5, 0.7])
def test_overlapping_uniforms_have_their_information(estimator, p):
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=4000) > p).astype(int)
    x = rng.uniform(-1, 1, size=4000) + y
    true = -0.5 * (
        (1 - p) * math.log(0.5 * (1 - p)) + p * math.log(0.5 * p) + math.log(0.5)
    ) - math.log(2)
    options = {"estimator": estimator, "random_state": 0, "n_bins": 30}
    as_feature = mutual_info_regression(
        y[:, None], x, discrete_features=True, **options
    )
    as_target = mutual_info_classif(x[:, None], y, **options)
    assert as_target[0] == pytest.approx(true, abs=0.03)
    assert as_feature[0] == pytest.approx(as_target[0], abs=1e-9)


@pytest.mark.parametrize("estimator", ["ksg", "mixed"])
def test_one_label_more_changes_next_to_nothing(estimator):
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 300)
    x = rng.uniform(size=300) + y
    options = {"estimator": estimator, "random_state": 0}
    before = mutual_info_classif(x[:, None], y, **options)
    after = mutual_info_classif(np.append(x, 5.0)[:, None], np.append(y, 7), **options)
    assert after[0] == pytest.approx(before[0], abs=0.03)


@every_estimator
def test_classes_may_be_words_for_every_estimator(estimator):
    X, y = gaussians(300)
    words = np.array(["no", "yes"])[(y > 0).astype(int)]
    options = {"estimator": estimator, "random_state": 0}
    named = mutual_info_classif(X, words, **options)
    assert np.array_equal(named, mutual_info_classif(X, y > 0, **options))
    assert named[0] > 0.1


@pytest.mark.parametrize("estimator", ["ksg", "mixed", "binned"])
def test_names_of_categories_do_not_matter(estimator):
    rng = np.random.default_rng(0)
    # Cells of few rows, where an order of the categories would be borrowed from.
    X = np.column_stack([rng.integers(0, 30, 300), rng.normal(size=300)])
    y = (X[:, 0] + rng.integers(0, 6, 300)).astype(int) % 12
    options = {"estimator": estimator, "discrete_features": [0], "random_state": 0}
    relabelled = X.copy()
    relabelled[:, 0] = rng.permutation(30)[X[:, 0].astype(int)]
    for function in (mutual_info_classif, mutual_info_regression):
        np.testing.assert_allclose(
            function(relabelled, y, **options), function(X, y, **options), atol=1e-12
        )
    other = rng.permutation(12)[y]
    np.testing.assert_allclose(
        mutual_info_classif(X, other, **options),
        mutual_info_classif(X, y, **options),
        atol=1e-12,
    )


def test_copula_of_independent_classes_is_not_biased():
    rng = np.random.default_rng(0)
    problem_sizes = 200, 400
    X, y = rng.normal(size=problem_sizes), np.arange(200) % 10
    problem = Problem(
        X, y, np.zeros(400, bool), True, None, np.zeros(0, bool), 3, 8, None, None, 1
    )
    scores = copula(problem)
    assert abs(scores.mean()) < 3 * scores.std() / 20


# Where scikit-learn errs


@pytest.mark.parametrize("estimator", ["mixed", "binned", "copula"])
@pytest.mark.parametrize("function", [mutual_info_classif, mutual_info_regression])
def test_constant_columns_have_exactly_nothing(estimator, function):
    X = np.column_stack([np.full(200, 3.0), np.zeros(200)])
    y = (np.arange(200) >= 190).astype(int)
    assert function(X, y, estimator=estimator).tolist() == [0.0, 0.0]


def test_column_of_many_zeros_tells_its_indicator_and_no_more():
    rng = np.random.default_rng(0)
    x = np.where(rng.random(1000) < 0.6, 0.0, rng.normal(size=1000))
    share = np.mean(x != 0)
    entropy = -share * math.log(share) - (1 - share) * math.log(1 - share)
    options = {"estimator": "mixed"}
    found = mutual_info_classif(x[:, None], x != 0, **options)[0]
    assert entropy - 0.05 < found <= entropy + 0.05
    assert mutual_info_classif(x[:, None], rng.permutation(x != 0), **options) < 0.05


def test_mixed_needs_no_seed():
    X, y = gaussians(200)
    first, again = (
        mutual_info_regression(X, y, estimator="mixed", random_state=seed)
        for seed in (0, 1)
    )
    assert np.array_equal(first, again)


# Frames


def frames():
    """Return a pandas and a polars frame of numbers and categories, and y."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, 3, 400)
    noise = rng.random(400) < 0.3
    word = np.array(["x", "y", "z"])[np.where(noise, rng.integers(0, 3, 400), y)]
    number = y + rng.normal(size=400)
    pandas = pd.DataFrame(
        {"word": word, "number": number, "category": pd.Categorical(word)}
    )
    polar = pl.DataFrame({"word": word, "number": number}).with_columns(
        category=pl.col("word").cast(pl.Categorical)
    )
    codes = np.unique(word, return_inverse=True)[1]
    return pandas, polar, np.column_stack([codes, number, codes]), y


@every_estimator
def test_columns_of_frames_that_are_categories_are_discrete(estimator):
    pandas, polar, array, y = frames()
    options = {"estimator": estimator, "random_state": 0}
    expected = mutual_info_classif(array, y, discrete_features=[0, 2], **options)
    assert expected[0] > 0.3
    for frame in (pandas, polar):
        assert np.array_equal(mutual_info_classif(frame, y, **options), expected)


def test_missing_category_is_named():
    pandas, polar, _, y = frames()
    pandas.loc[7, "category"] = np.nan
    polar[7, "word"] = None
    for frame in (pandas, polar):
        with pytest.raises(ValueError, match="first in row 7"):
            mutual_info_classif(frame, y)


# Weights, conditions, lags


def test_weights_equal_repetition():
    X, y = gaussians(200)
    weight = np.random.default_rng(1).integers(0, 4, 200)
    options = {"estimator": "binned"}
    weighted = mutual_info_regression(X, y, sample_weight=weight, **options)
    repeated = mutual_info_regression(
        np.repeat(X, weight, axis=0), np.repeat(y, weight), **options
    )
    np.testing.assert_allclose(weighted, repeated, atol=1e-12)


@pytest.mark.parametrize("estimator", ["ksg", "mixed", "copula"])
def test_weights_are_refused_where_they_mean_nothing(estimator):
    X, y = gaussians(50)
    with pytest.raises(ValueError, match=r"sample_weight .* accepted with \['binned'"):
        mutual_info_regression(X, y, estimator=estimator, sample_weight=np.ones(50))


@every_estimator
def test_condition_takes_away_what_it_explains(estimator):
    rng = np.random.default_rng(0)
    z = rng.normal(size=3000)
    x, y = (z + 0.5 * rng.normal(size=3000) for _ in range(2))
    options = {"estimator": estimator, "random_state": 0, "n_bins": 6}
    without = mutual_info_regression(x[:, None], y, **options)[0]
    given = mutual_info_regression(x[:, None], y, condition=z, **options)[0]
    assert without > 0.35
    assert given < 0.12


@pytest.mark.parametrize("estimator", ["ksg", "mixed", "copula"])
def test_condition_may_reveal_what_was_hidden(estimator):
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(2, 4000))
    y = x + z + rng.normal(size=4000)
    found = mutual_info_regression(
        x[:, None], y, condition=z, estimator=estimator, random_state=0
    )
    # I(X;Y|Z) of X + N(0,1): half a log 2.
    assert found[0] == pytest.approx(0.5 * math.log(2), abs=0.05)


@pytest.mark.parametrize("estimator", ["mixed", "binned"])
def test_parity_needs_its_partner(estimator):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 2, (1000, 2))
    y = X[:, 0] ^ X[:, 1]
    options = {"estimator": estimator, "discrete_features": True}
    alone = mutual_info_classif(X, y, **options)
    given = mutual_info_classif(X[:, :1], y, condition=X[:, 1], **options)
    assert max(alone) < 0.01
    assert given[0] == pytest.approx(math.log(2), abs=0.02)


@pytest.mark.parametrize("estimator", ["ksg", "copula"])
def test_condition_on_classes_points_to_what_takes_it(estimator):
    X, y = gaussians(60)
    pattern = f"estimator='{estimator}' .* use estimator='mixed'"
    with pytest.raises(ValueError, match=pattern):
        mutual_info_classif(X, y > 0, condition=X[:, 1], estimator=estimator)


@pytest.mark.parametrize("estimator", ["mixed", "binned"])
@pytest.mark.parametrize("form", ["array", "pandas", "polars", "frame"])
def test_condition_may_be_categories_in_every_form(estimator, form):
    rng = np.random.default_rng(0)
    word = np.array(["a", "b"])[rng.integers(0, 2, 500)]
    x = rng.integers(0, 2, 500)
    y = x ^ (word == "a")
    condition = {
        "array": word,
        "pandas": pd.Series(word, dtype="category"),
        "polars": pl.Series(word),
        "frame": pd.DataFrame({"z": word}),
    }[form]
    options = {"estimator": estimator, "discrete_features": True}
    found = mutual_info_classif(x[:, None], y, condition=condition, **options)
    assert found[0] == pytest.approx(math.log(2), abs=0.03)


def test_discrete_features_may_be_names():
    pandas, _, array, y = frames()
    frame = pandas[["number"]].assign(codes=array[:, 0])
    by_name = mutual_info_classif(frame, y, discrete_features=["codes"], random_state=0)
    by_index = mutual_info_classif(frame, y, discrete_features=[1], random_state=0)
    assert np.array_equal(by_name, by_index)
    with pytest.raises(ValueError, match="discrete_features: X has no columns"):
        mutual_info_classif(frame, y, discrete_features=["other"])


@pytest.mark.parametrize("lag", [3, -3])
@every_estimator
def test_lag_finds_what_lies_in_the_past(estimator, lag):
    X, y = gaussians(1500)
    options = {"estimator": estimator, "random_state": 0}
    shifted = np.roll(y, lag)
    found = mutual_info_regression(X, shifted, lag=lag, **options)[0]
    assert found > 0.4
    assert mutual_info_regression(X, shifted, **options)[0] < 0.1
    if lag > 0:
        same = mutual_info_regression(X[:-lag], shifted[lag:], **options)[0]
        assert found == same


def test_condition_lies_beside_the_target_whatever_the_lag():
    rng = np.random.default_rng(0)
    z = rng.normal(size=2000)
    x = np.roll(z, -2) + 0.3 * rng.normal(size=2000)
    y = z + 0.3 * rng.normal(size=2000)
    options = {"estimator": "copula", "lag": 2}
    assert mutual_info_regression(x[:, None], y, **options)[0] > 0.5
    assert mutual_info_regression(x[:, None], y, condition=z, **options)[0] < 0.05


# Manners


@every_estimator
def test_result_does_not_depend_on_the_number_of_jobs(estimator):
    X, y = gaussians(300)
    first, other = (
        mutual_info_regression(X, y, estimator=estimator, random_state=0, n_jobs=n)
        for n in (1, 2)
    )
    assert np.array_equal(first, other)


def test_rows_are_never_changed():
    X, y = gaussians(100)
    before = X.copy(), y.copy()
    for copy in (True, False):
        mutual_info_regression(X, y, copy=copy)
    assert np.array_equal(X, before[0])
    assert np.array_equal(y, before[1])


def test_global_generator_is_not_moved_where_a_seed_is_given():
    X, y = gaussians(50)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    mutual_info_regression(X, y, random_state=0)
    assert np.array_equal(np.random.get_state()[1], before)  # noqa: NPY002


def test_select_k_best_takes_them():
    X, y = load_wine(return_X_y=True)
    chosen = SelectKBest(mutual_info_classif, k=3).fit(X, y).get_support()
    assert chosen[6]
    assert chosen.sum() == 3


BAD = {
    "n_neighbors of 0": ({"n_neighbors": 0}, ValueError, "n_neighbors"),
    "negative n_neighbors": ({"n_neighbors": -1}, ValueError, "n_neighbors"),
    "n_neighbors of n": ({"n_neighbors": 50}, ValueError, "n_neighbors .* 50"),
    "unknown estimator": ({"estimator": "guess"}, ValueError, "estimator"),
    "unknown word": ({"discrete_features": "manual"}, ValueError, "discrete_features"),
    "mask too long": ({"discrete_features": [True] * 3}, IndexError, "mask of 2"),
    "column not there": ({"discrete_features": [4]}, IndexError, r"found \[4\]"),
    "one bin": ({"n_bins": 1}, ValueError, "n_bins"),
    "lag of n": ({"lag": 50}, ValueError, "lag"),
    "half a lag": ({"lag": 0.5}, ValueError, "lag"),
    "condition of others": ({"condition": np.ones(49)}, ValueError, "condition"),
    "condition missing": ({"condition": np.full(50, np.nan)}, ValueError, "condition"),
}


@pytest.mark.parametrize("case", sorted(BAD))
def test_options_are_refused_by_name(case):
    options, error, pattern = BAD[case]
    X, y = gaussians(50)
    with pytest.raises(error, match=pattern):
        mutual_info_regression(X, y, **options)


WEIGHTS = {
    "negative": (-np.ones(50), "sample_weight .* minimum of -1"),
    "all zero": (np.zeros(50), "sample_weight"),
    "too few": (np.ones(49), "sample_weight"),
    "missing": (np.full(50, np.nan), "sample_weight"),
}


@pytest.mark.parametrize("case", sorted(WEIGHTS))
def test_weights_are_refused_by_name(case):
    weight, pattern = WEIGHTS[case]
    X, y = gaussians(50)
    with pytest.raises(ValueError, match=pattern):
        mutual_info_regression(X, y, estimator="binned", sample_weight=weight)


@pytest.mark.parametrize("function", [mutual_info_classif, mutual_info_regression])
def test_rows_without_target_are_named(function):
    X, y = gaussians(50)
    y = (y > 0).astype(float)
    y[[4, 9]] = np.nan
    with pytest.raises(ValueError, match=r"found 2 missing .* the first in row 4"):
        function(X, y)


def test_continuous_y_is_no_class():
    X, y = gaussians(50)
    with pytest.raises(ValueError, match="y is not acceptable"):
        mutual_info_classif(X, y)


def test_negative_estimates_are_clipped_as_scikit_learn_does():
    X, y = gaussians(200, rho=0.0)
    found = [mutual_info_regression(X, y, estimator=e) for e in ("ksg", "mixed")]
    assert np.min(found) == 0.0
