import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from skmi.datasets import (
    make_correlated_gaussians,
    make_discrete_table,
    make_mixed_discrete_continuous,
    make_xor,
)
from skmi.estimation import HistogramMIEstimator
from skmi.information import (
    CORRECTIONS,
    conditional_mutual_information,
    contingency_table,
    discretize,
    mutual_information,
)

BINNINGS = ("frequency", "width", "entropy")


def discrete(n=300, seed=0):
    rng = np.random.default_rng(seed)
    x, z = rng.integers(4, size=n), rng.integers(3, size=n)
    y = np.where(rng.random(n) < 0.5, x, z)
    return x[:, None].astype(float), y, z


@pytest.mark.parametrize("binning", ["frequency", "entropy"])
@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_discrete_variables_are_taken_as_they_are(binning, correction):
    X, y, z = discrete()
    estimator = HistogramMIEstimator(binning, n_bins=8, correction=correction)
    table = contingency_table(X[:, 0], y)
    assert estimator.fit(X, y).mi_ == pytest.approx(
        mutual_information(table, correction=correction), abs=1e-12
    )
    triples = np.zeros((4, 4, 3))
    np.add.at(triples, (X[:, 0].astype(int), y, z), 1)
    assert estimator.fit(X, y, Z=z).mi_ == pytest.approx(
        conditional_mutual_information(triples, correction=correction), abs=1e-12
    )
    assert estimator.n_levels_ == (4, 4, 3)


def test_estimate_is_within_four_standard_errors_of_a_known_table():
    X, y, mi = make_discrete_table(3000, random_state=0, return_mi=True)
    estimator = HistogramMIEstimator(correction="plugin").fit(X, y)
    # The bias of 4 x 3 levels is 6 / 6000.
    assert abs(estimator.mi_ - mi) < 4 * estimator.mi_se_ + 0.001


def test_standard_error_is_the_spread_of_estimates():
    found = []
    for seed in range(200):
        X, y, _ = discrete(seed=seed)
        estimator = HistogramMIEstimator().fit(X, y)
        found.append((estimator.mi_, estimator.mi_se_))
    values, errors = np.array(found).T
    # The standard deviation of 200 values is known to about 5 %.
    assert np.mean(errors) == pytest.approx(values.std(), rel=0.2)


def test_columns_act_together():
    X, y, mi = make_xor(2000, random_state=0, return_mi=True)
    alone = HistogramMIEstimator().fit(X[:, :1], y)
    together = HistogramMIEstimator().fit(X, y)
    assert alone.mi_ < 0.01
    assert together.mi_ == pytest.approx(mi, abs=0.01)


def test_classes_and_numbers():
    X, y, mi = make_mixed_discrete_continuous(
        4000, law="gaussian_classes", random_state=0, return_mi=True
    )
    estimator = HistogramMIEstimator().fit(X, y)
    # A standard error of 0.01; bins lose a little.
    assert abs(estimator.mi_ - mi) < 0.04


@pytest.mark.parametrize("binning", BINNINGS)
def test_units_do_not_matter(binning):
    X, y = make_correlated_gaussians(500, n_features=2, random_state=0)
    one = HistogramMIEstimator(binning).fit(X, y).mi_
    assert HistogramMIEstimator(binning).fit(8 * X, 0.25 * y).mi_ == one


def test_rising_maps_do_not_matter_to_bins_of_equal_shares():
    X, y = make_correlated_gaussians(500, random_state=0)
    one = HistogramMIEstimator().fit(X, y).mi_
    assert HistogramMIEstimator().fit(np.exp(X), y**3).mi_ == one


def test_binning_by_entropy_follows_the_activity_and_fixed_bins_do_not():
    # All words of 12 bits through 3 rectified units, at three scales.
    words = (np.arange(4096)[:, None] >> np.arange(12)) % 2 * 2 - 1
    weights = np.random.default_rng(0).standard_normal((12, 3))
    activity = np.maximum(words @ weights, 0)
    activity /= activity.max()
    rows = np.arange(4096)
    fixed = np.linspace(-1, 1, 31)[1:-1]
    found = {}
    for name, binning in (("fixed", fixed), ("width", "width"), ("entropy", "entropy")):
        estimator = HistogramMIEstimator(
            binning, n_bins=30, correction="plugin", discrete_target=True
        )
        found[name] = [
            estimator.fit(scale * activity, rows).mi_ for scale in (1, 10, 100)
        ]
    assert found["fixed"][0] > found["fixed"][1] > found["fixed"][2]
    for name in ("width", "entropy"):
        assert found[name] == pytest.approx([found[name][0]] * 3, abs=1e-9)
    assert found["entropy"][0] > found["width"][0] > found["fixed"][0]
    assert max(found["entropy"]) <= np.log(4096)


def test_saturation_shows_in_fixed_bins():
    words = (np.arange(4096)[:, None] >> np.arange(12)) % 2 * 2 - 1
    weights = np.random.default_rng(0).standard_normal((12, 3))
    estimator = HistogramMIEstimator(
        np.linspace(-1, 1, 31)[1:-1], correction="plugin", discrete_target=True
    )
    mild, saturated = (
        estimator.fit(np.tanh(scale * words @ weights), np.arange(4096)).mi_
        for scale in (0.3, 30)
    )
    assert saturated < mild / 2


def test_bins_of_numbers_are_those_of_discretize():
    X, y = make_correlated_gaussians(500, random_state=0)
    codes = discretize(np.column_stack([X, y]), 6)[0]
    table = contingency_table(codes[:, 0], codes[:, 1])
    estimator = HistogramMIEstimator(n_bins=6, correction="plugin")
    assert estimator.fit(X, y).mi_ == pytest.approx(mutual_information(table))
    assert estimator.n_levels_ == (6, 6)


@pytest.mark.parametrize("given", [False, True])
def test_automatic_bins_keep_the_bias_small(given):
    values = []
    for seed in range(30):
        x, y, z = np.random.default_rng(seed).standard_normal((3, 500))
        estimator = HistogramMIEstimator(correction="plugin")
        values.append(estimator.fit(x[:, None], y, Z=z if given else None).mi_)
    # The rule allows 0.02 nats; so many values have a standard error of 0.001.
    assert 0 < np.mean(values) < 0.025


def test_automatic_bins_share_the_levels_among_columns():
    X, y = make_correlated_gaussians(5000, n_features=3, random_state=0)
    estimator = HistogramMIEstimator().fit(X, y[:, 0])
    assert estimator.n_levels_ == (8, 15)


@pytest.mark.parametrize("given", [False, True])
def test_counts_of_large_tables_are_those_of_small_ones(given, monkeypatch):
    X, y, z = discrete()
    estimator = HistogramMIEstimator()
    Z = z if given else None
    small = estimator.fit(X, y, Z=Z).mi_
    monkeypatch.setattr("skmi.estimation._histogram._MAX_CELLS", 1)
    assert estimator.fit(X, y, Z=Z).mi_ == pytest.approx(small, abs=1e-12)
    with pytest.raises(ValueError, match="correction='nsb'"):
        HistogramMIEstimator(correction="nsb").fit(X, y, Z=Z)


@pytest.mark.parametrize("argument", ["n_cells", "joint"])
def test_large_tables_are_refused_to_a_function_that_asks_for_all_cells(
    argument, monkeypatch
):
    def with_cells(counts, n_cells=None):
        return float(n_cells)

    def with_joint(counts, joint=None):
        return float(joint[1])

    X, y, _ = discrete()
    correction = {"n_cells": with_cells, "joint": with_joint}[argument]
    estimator = HistogramMIEstimator(correction=correction)
    estimator.fit(X, y)
    monkeypatch.setattr("skmi.estimation._histogram._MAX_CELLS", 1)
    with pytest.raises(ValueError, match=f"asks for {argument}"):
        estimator.fit(X, y)


def test_many_columns_do_not_overflow():
    X = np.random.default_rng(0).standard_normal((200, 100))
    estimator = HistogramMIEstimator(n_bins=4, correction="plugin")
    assert estimator.fit(X, X[:, 0] > 0).n_levels_ == (200, 2)
    # All rows differ: they tell everything, whatever is asked.
    assert estimator.mi_ == pytest.approx(
        mutual_information(contingency_table(X[:, 0] > 0, X[:, 0] > 0))
    )


@pytest.mark.parametrize("binning", BINNINGS)
@pytest.mark.parametrize("given", [False, True])
def test_weights_are_repeated_rows(binning, given):
    X, y = make_correlated_gaussians(100, n_features=2, random_state=0)
    z = np.random.default_rng(1).standard_normal(100) if given else None
    times = np.random.default_rng(0).integers(0, 4, size=100)
    one = HistogramMIEstimator(binning).fit(X, y, Z=z, sample_weight=times)
    other = HistogramMIEstimator(binning).fit(
        np.repeat(X, times, axis=0),
        np.repeat(y, times, axis=0),
        Z=None if z is None else np.repeat(z, times),
    )
    assert one.mi_ == pytest.approx(other.mi_, abs=1e-12)
    assert one.mi_se_ == pytest.approx(other.mi_se_, rel=1e-9)
    assert one.n_levels_ == other.n_levels_


def test_a_correction_may_be_a_function():
    X, y, _ = discrete()
    plugin = HistogramMIEstimator(correction="plugin").fit(X, y).mi_
    mine = HistogramMIEstimator(
        correction=lambda counts: (
            -np.sum(counts / counts.sum() * np.log(counts / counts.sum()))
        )
    )
    assert mine.fit(X, y).mi_ == pytest.approx(plugin)


# ------------------------------------------------------------------------ score


@pytest.mark.parametrize("n_bins", [4, 12, 40])
def test_score_is_a_lower_bound_on_average(n_bins):
    scores, estimates = [], []
    for seed in range(40):
        X, y, mi = make_correlated_gaussians(
            600, rho=0.6, random_state=seed, return_mi=True
        )
        estimator = HistogramMIEstimator(n_bins=n_bins, correction="plugin")
        estimates.append(estimator.fit(X[:300], y[:300]).mi_)
        scores.append(estimator.score(X[300:], y[300:]))
    error = np.std(scores) / np.sqrt(len(scores))
    assert np.mean(scores) < mi + 2 * error
    if n_bins == 40:
        # What the bound is there for: the estimate itself exceeds the truth.
        assert np.mean(estimates) > 2 * mi


def test_search_over_the_score_does_not_prefer_many_bins():
    X, y = make_correlated_gaussians(1000, rho=0.8, random_state=0)
    search = GridSearchCV(
        HistogramMIEstimator(correction="plugin"), {"n_bins": [2, 8, 64]}, cv=3
    )
    assert search.fit(X, y).best_params_ == {"n_bins": 8}


def test_score_of_a_full_table_is_close_to_the_truth():
    X, y, mi = make_discrete_table(4000, random_state=0, return_mi=True)
    estimator = HistogramMIEstimator().fit(X[:2000], y[:2000])
    # Two standard errors of about 0.02 nats.
    assert estimator.score(X[2000:], y[2000:]) == pytest.approx(mi, abs=0.05)


def test_score_written_out():
    X, y, _ = discrete(60)
    new_x, new_y, _ = discrete(40, seed=1)
    new_x[0], new_y[1] = 9.0, 7
    names = np.array(list("abcdefgh"))
    estimator = HistogramMIEstimator(n_bins=8).fit(X, names[y])
    table = np.zeros((4, 4))
    np.add.at(table, (X[:, 0].astype(int), y), 1)
    once = max(table[table == 1].sum() / 60, 1 / 61)
    ratio = table * 60 / table.sum(axis=1)[:, None] / table.sum(axis=0)
    # Values beyond the last edge are in the last bin; new labels have a ratio of 1.
    a = np.minimum(new_x[:, 0].astype(int), 3)
    T = np.zeros((40, 40))
    for i in range(40):
        for j in range(40):
            if new_y[j] < 4:
                T[i, j] = np.log((1 - once) * ratio[a[i], new_y[j]] + once)
    joint = np.diag(T)
    apart = (np.exp(T).sum() - np.exp(joint).sum()) / (40 * 39)
    expected = joint.mean() - apart + 1
    assert estimator.score(new_x, names[new_y]) == pytest.approx(expected, abs=1e-10)


def test_score_without_any_known_value_is_zero():
    X, y, _ = discrete()
    estimator = HistogramMIEstimator().fit(X, y)
    assert estimator.score(X, y + 10) == 0
    names = HistogramMIEstimator().fit(X, np.where(y > 1, "a", "b"))
    assert names.score(X, np.full(len(X), "c")) == 0


def test_weights_reach_the_score():
    X, y, _ = discrete(80)
    times = np.random.default_rng(0).integers(0, 4, size=80)
    one = HistogramMIEstimator().fit(X, y, sample_weight=times)
    other = HistogramMIEstimator().fit(np.repeat(X, times, axis=0), np.repeat(y, times))
    new = discrete(50, seed=1)[:2]
    # A row of weight 1 and one of weight 2 are seen once and not.
    assert one.score(*new) == pytest.approx(other.score(*new), abs=1e-12)


def test_another_condition_or_target_than_in_fit_is_refused():
    X, y = make_correlated_gaussians(100, n_features=2, random_state=0)
    estimator = HistogramMIEstimator().fit(X, y)
    with pytest.raises(ValueError, match="Z must be None"):
        estimator.score(X, y, Z=X)
    with pytest.raises(ValueError, match="y must have"):
        estimator.score(X, y[:, 0])
    with pytest.raises(ValueError, match="Z must be given"):
        estimator.fit(X, y, Z=X).score(X, y)


def test_columns_that_do_not_vary_change_nothing():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 1))
    y = X[:, 0] + rng.normal(size=300)
    alone = HistogramMIEstimator().fit(X, y).mi_
    padded = np.column_stack([X, np.ones((300, 5))])
    assert HistogramMIEstimator().fit(padded, y).mi_ == pytest.approx(alone)
