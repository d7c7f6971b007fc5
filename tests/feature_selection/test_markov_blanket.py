"""Markov blankets of known networks are found."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import binom

from skmi.feature_selection import MarkovBlanketSelector

# Columns of the networks below: the blanket comes first.
BLANKET = [0, 1, 2, 3]
PARENTS, CHILD, SPOUSE, GRANDPARENT, GRANDCHILD = [0, 1], 2, 3, 4, 5


def numbers(n, seed, n_noise=6):
    """Return a network of Gaussians: parents, child, spouse, shielded ones, noise."""
    rng = np.random.default_rng(seed)
    grandparent, parent, spouse = rng.normal(size=(3, n))
    shielded = 0.8 * grandparent + 0.6 * rng.normal(size=n)
    y = shielded + parent + rng.normal(size=n)
    child = y + 1.5 * spouse + rng.normal(size=n)
    grandchild = child + rng.normal(size=n)
    noise = rng.normal(size=(n, n_noise))
    columns = [shielded, parent, child, spouse, grandparent, grandchild, noise]
    return np.column_stack(columns), y


def categories(n, seed, n_noise=6):
    """Return a network of categories of the same form, with three levels at most."""
    rng = np.random.default_rng(seed)

    def copy(x, share):
        return np.where(rng.random(n) < share, x, rng.integers(0, x.max() + 1, n))

    grandparent, parent, spouse = (rng.integers(0, k, n) for k in (3, 2, 2))
    shielded = copy(grandparent, 0.7)
    log_odds = 1.5 * (shielded - 1) + 2 * (parent - 0.5)
    y = (rng.random(n) < 1 / (1 + np.exp(-log_odds))).astype(int)
    child = copy(y + spouse, 0.8)
    grandchild = copy(child, 0.7)
    noise = rng.integers(0, 3, (n, n_noise))
    columns = [shielded, parent, child, spouse, grandparent, grandchild, noise]
    return np.column_stack(columns), y


def mixed(n, seed):
    """Return a network of words, truth values and numbers, as a table of columns."""
    rng = np.random.default_rng(seed)
    city = rng.choice(["rome", "oslo", "lima"], n)
    grandparent = rng.normal(size=n)
    parent = grandparent + rng.normal(size=n)
    y = np.where(
        parent + 1.5 * (city == "oslo") + 0.5 * rng.normal(size=n) > 0.5, "yes", "no"
    )
    spouse = rng.random(n) < 0.5
    child = (y == "yes") * 2 + 1.5 * spouse + 0.6 * rng.normal(size=n)
    table = {
        "city": city,
        "parent": parent,
        "child": child,
        "spouse": spouse,
        "grandparent": grandparent,
        "word": rng.choice(list("abcde"), n),
        "count": rng.poisson(3.0, n),
    }
    return table, y


def select(X, y, **options):
    """Return a fitted selector."""
    return MarkovBlanketSelector(random_state=0, **options).fit(X, y)


# A column of many samples is lost or let in now and then: the level says so.


def recovered(make, n, n_samples, **options):
    """Return the share of samples in which each column is selected."""
    masks = [select(*make(n, seed), **options).support_ for seed in range(n_samples)]
    return np.mean(masks, axis=0)


@pytest.mark.parametrize("make", [numbers, categories])
def test_parents_children_and_spouses_are_found_and_no_others(make):
    shares = recovered(make, 1500, 4)
    assert shares[BLANKET].min() >= 3 / 4
    assert shares[[GRANDPARENT, GRANDCHILD]].max() <= 1 / 4
    assert shares[6:].mean() <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("make", [numbers, categories])
def test_parents_children_and_spouses_are_found_in_nearly_all_samples(make):
    shares = recovered(make, 2000, 40)
    assert shares[BLANKET].min() >= 0.95
    assert shares[[GRANDPARENT, GRANDCHILD]].max() <= 0.2
    assert shares[6:].mean() <= 0.02


def test_spouse_enters_after_the_common_child_alone():
    X, y = numbers(2000, 0)
    selector = select(X, y)
    order = selector.blanket_.tolist()
    assert order.index(SPOUSE) > order.index(CHILD)
    without = select(np.delete(X, [CHILD, GRANDCHILD], axis=1), y)
    assert 2 not in without.blanket_


def test_chain_shields_its_first_link():
    for seed in range(3):
        a, e, f = np.random.default_rng(seed).normal(size=(3, 1500))
        b = a + 0.5 * e
        found = select(np.column_stack([a, b]), b + 0.5 * f)
        assert found.blanket_.tolist() == [1]


def test_exact_copy_is_taken_once():
    X, y = numbers(500, 0)
    copies = np.column_stack([X[:, 0], X[:, 0], X[:, 1]])
    assert select(copies, y).blanket_.tolist() == [0, 2]


@pytest.mark.parametrize("kind", ["array", "pandas", "polars"])
def test_columns_of_every_kind_are_found_side_by_side(kind):
    table, y = mixed(1500, 0)
    if kind == "array":
        X = np.column_stack(
            [
                np.unique(v, return_inverse=True)[1] if v.dtype.kind == "U" else v
                for v in table.values()
            ]
        )
        options = {"discrete_features": [0, 3, 5]}
    else:
        X = {"pandas": pd, "polars": pl}[kind].DataFrame(table)
        options = {}
    selector = select(X, y, **options)
    assert sorted(selector.blanket_.tolist()) == BLANKET
    if kind != "array":
        names = ["city", "parent", "child", "spouse"]
        assert selector.get_feature_names_out().tolist() == names
        found = selector.transform(X)
        assert isinstance(found, type(X))
        assert list(found.columns) == names


def test_neighbours_find_the_blanket_from_few_rows():
    X, y = numbers(300, 0, n_noise=1)
    selector = select(X, y, estimator="knn", n_permutations=19)
    assert sorted(selector.blanket_.tolist()) == BLANKET


@pytest.mark.parametrize("discrete_target", [True, False])
def test_noise_is_selected_as_often_as_the_level_says(discrete_target):
    hits, n_samples = 0, 100
    for seed in range(n_samples):
        rng = np.random.default_rng(seed)
        y = rng.integers(0, 3, 100) if discrete_target else rng.normal(size=100)
        X = np.column_stack(
            [rng.normal(size=(100, 4)), rng.integers(0, 4, (100, 4)).astype(float)]
        )
        selector = MarkovBlanketSelector(
            n_permutations=19, random_state=seed, discrete_features=[4, 5, 6, 7]
        )
        try:
            hits += selector.fit(X, y).support_.any()
        except UserWarning:
            continue
    assert hits <= binom.ppf(0.999, n_samples, 0.05)


def test_nothing_significant_warns_and_selects_nothing():
    rng = np.random.default_rng(2)
    with pytest.warns(UserWarning, match="No column was selected"):
        selector = select(rng.normal(size=(100, 3)), rng.normal(size=100))
    assert not selector.support_.any()
    assert selector.blanket_.shape == (0,)
    assert (selector.pvalues_ > 0.05).all()


def test_constant_target_and_constant_columns_tell_exactly_nothing():
    X, y = numbers(300, 0)
    with pytest.warns(UserWarning, match="No column was selected"):
        selector = select(X, np.zeros(300))
    assert not selector.scores_.any()
    X[:, 6] = 3.0
    selector = select(X, y)
    assert selector.scores_[6] == 0.0
    assert selector.pvalues_[6] == 1.0


def test_attributes_tell_of_the_search():
    X, y = numbers(1000, 0)
    selector = select(X, y)
    assert np.flatnonzero(selector.support_).tolist() == sorted(selector.blanket_)
    assert (selector.pvalues_[selector.support_] <= 0.05).all()
    history = selector.history_
    kept = [j for j in history["feature"] if selector.support_[j]]
    assert kept == selector.blanket_.tolist()
    assert (history["p_value"][history["action"] == "add"] <= 0.05).all()
    assert (history["p_value"][history["action"] == "drop"] > 0.05).all()


def test_columns_are_dropped_when_others_make_them_worthless():
    # The sum tells most, and nothing beside its two parts.
    a, b, e, f = np.random.default_rng(0).normal(size=(4, 2000))
    mixture = a + b + 0.8 * e
    X = np.column_stack([mixture, a, b])
    y = a + b + 0.5 * f
    selector = select(X, y)
    assert selector.history_["feature"][0] == 0
    assert sorted(selector.blanket_.tolist()) == [1, 2]


def test_size_is_bounded_by_max_features():
    X, y = numbers(1000, 0)
    selector = select(X, y, max_features=2)
    assert selector.support_.sum() == 2


def test_same_seed_gives_the_same_whatever_n_jobs():
    X, y = numbers(300, 0)
    one, two = select(X, y), select(X, y, n_jobs=2)
    np.testing.assert_array_equal(one.scores_, two.scores_)
    np.testing.assert_array_equal(one.pvalues_, two.pvalues_)


def test_several_outputs_are_one_target():
    x, z = np.random.default_rng(0).normal(size=(2, 1000))
    rng = np.random.default_rng(1)
    y = np.column_stack([x, z]) + rng.normal(size=(1000, 2))
    selector = select(np.column_stack([x, z, rng.normal(size=1000)]), y)
    assert sorted(selector.blanket_.tolist()) == [0, 1]


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"alpha": 0.0}, "alpha"),
        ({"alpha": 1.0}, "alpha"),
        ({"max_features": 0}, "max_features"),
        ({"estimator": "fast"}, "estimator"),
        ({"n_permutations": 0}, "n_permutations"),
        ({"n_permutations": 18}, "n_permutations"),
        ({"n_bins": 1}, "n_bins"),
        ({"n_neighbors": 0}, "n_neighbors"),
        ({"discrete_features": [99]}, "discrete_features"),
        ({"discrete_target": "maybe"}, "discrete_target"),
        ({"random_state": "seed"}, "random_state"),
    ],
)
def test_parameters_are_refused_by_name_and_leave_the_fit_as_it_was(options, name):
    X, y = numbers(200, 0)
    selector = select(X, y)
    before = dict(vars(selector))
    selector.set_params(**options)
    with pytest.raises(ValueError, match=name):
        selector.fit(X[:, :4], y)
    for key, value in before.items():
        if key not in options:
            assert getattr(selector, key) is value


@pytest.mark.parametrize(
    ("X", "y", "name"),
    [
        (numbers(50, 0)[0], None, "y"),
        (numbers(50, 0)[0], numbers(49, 0)[1], "y has 49 rows"),
        (np.full((50, 2), np.nan), numbers(50, 0)[1], "X"),
        (numbers(50, 0)[0], np.full(50, np.nan), "y"),
        (pd.DataFrame({"a": ["b", None] * 25}), numbers(50, 0)[1], "X: column 0"),
    ],
)
def test_bad_data_are_refused_by_name_and_leave_the_fit_as_it_was(X, y, name):
    selector = select(*numbers(200, 0))
    before = dict(vars(selector))
    with pytest.raises(ValueError, match=name):
        selector.fit(X, y)
    assert all(getattr(selector, key) is value for key, value in before.items())


def test_too_many_neighbours_are_refused():
    X, y = numbers(50, 0)
    with pytest.raises(ValueError, match="n_neighbors"):
        select(X, y, estimator="knn", n_neighbors=50)
