"""The scan of pairs, and the seeds that a search takes from it."""

import numpy as np
import pytest
from scipy.stats import binom

from skmi.feature_selection._coarse import coarsened
from skmi.feature_selection._interactions import Seeds, scan_pairs
from skmi.information import discretize, joint_entropies, mutual_information


def parity(n_rows, n_columns, rng, *, flips=0.2):
    """Return columns of which two give the class by their signs, and these two."""
    X = rng.standard_normal((n_rows, n_columns))
    i, j = np.sort(rng.permutation(n_columns)[:2])
    y = (X[:, i] * X[:, j] > 0) ^ (rng.random(n_rows) < flips)
    return X, y.astype(int), (int(i), int(j))


def conditional(codes, y, s):
    """Return I(Xj;Y|Xs), corrected for bias as independent columns have it."""
    nobody = np.zeros(len(y), dtype=np.uint8)
    n_levels = codes.max(axis=0) + 1
    if s is None:
        alone, with_y = joint_entropies(codes, nobody, y)
        value, n_others = alone - with_y, 1
        value = value + joint_entropies(y[:, None], nobody)[0]
    else:
        pair, triple = joint_entropies(codes, codes[:, s], y)
        alone, with_y = joint_entropies(codes[:, [s]], nobody, y)
        value, n_others = pair - triple - alone + with_y, n_levels[s]
    return value - (n_levels - 1) * (y.max()) * n_others / (2 * len(y))


def greedy(codes, y, n_select, seeds=None):
    """Return columns chosen by conditional information (CMIM), with seeds or not."""
    selected, is_open = [], np.ones(codes.shape[1], dtype=bool)
    scores = conditional(codes, y, None)
    while len(selected) < n_select:
        found = None
        if seeds is not None:
            found = seeds.propose(tuple(selected), scores, is_open.copy())
        if found is None or len(found) > n_select - len(selected):
            found = (int(np.argmax(np.where(is_open, scores, -np.inf))),)
        for j in found:
            value = conditional(codes, y, j)
            scores = value if not selected else np.minimum(scores, value)
            selected.append(j)
            is_open[j] = False
    return selected


def with_scan(X, y, n_select):
    """Return the columns chosen with seeds."""
    codes, n_levels = discretize(X, 8)
    found = scan_pairs(codes, n_levels, y)
    seeds = Seeds(found, coarsened(codes, n_levels, y))
    return greedy(codes, y, n_select, seeds)


def test_the_scan_finds_parity_and_its_synergy():
    rng = np.random.default_rng(0)
    X, _, pair = parity(5000, 100, rng)
    above = np.median(X, axis=0) < X
    y = (above[:, pair[0]] ^ above[:, pair[1]]).astype(int)
    codes, n_levels = discretize(X, 8)
    found = scan_pairs(codes, n_levels, y)
    assert tuple(found.pairs[0]) == pair
    assert found.p_value[0] < 1e-10
    # One bit, and 0 bits each alone, up to their bias.
    assert found.synergy[0] == pytest.approx(np.log(2), abs=0.01)
    assert found.joint[0] == pytest.approx(np.log(2), abs=0.01)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_the_scan_holds_its_level(n_classes):
    n_sets, n_found = 100, 0
    for seed in range(n_sets):
        rng = np.random.default_rng(seed)
        codes, n_levels = discretize(rng.standard_normal((1000, 40)), 8)
        y = rng.integers(0, n_classes, 1000)
        n_found += scan_pairs(codes, n_levels, y).p_value.size > 0
    # At most this many with probability .999 if the rate were .05.
    assert n_found <= binom.isf(1e-3, n_sets, 0.05)


@pytest.mark.parametrize("kind", ["one class is rare", "columns depend on each other"])
def test_the_scan_holds_its_level_where_tables_are_uneven(kind):
    n_sets, n_found = 40, 0
    for seed in range(n_sets):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((600, 30))
        y = rng.integers(0, 2, 600)
        if kind == "one class is rare":
            y = (rng.random(600) < 0.06).astype(int)
        else:
            X = X[:, :1] + 0.2 * X
        codes, n_levels = discretize(X, 8)
        n_found += scan_pairs(codes, n_levels, y).p_value.size > 0
    assert n_found <= binom.isf(1e-3, n_sets, 0.05)


def test_columns_that_add_up_are_no_interaction():
    # Each pair has synergy: knowing y makes its columns dependent.
    rng = np.random.default_rng(0)
    X = rng.standard_normal((5000, 6))
    y = (2 * X[:, :3].sum(axis=1) + rng.logistic(size=5000) > 0).astype(int)
    codes, n_levels = discretize(X, 4)
    first, second = codes[:, 0], codes[:, 1]
    singles = [mutual_information(table_of(c, y)) for c in (first, second)]
    both = mutual_information(table_of(first * 4 + second, y))
    # Far beyond chance: twice N times it has 9 degrees of freedom.
    assert 2 * 5000 * (both - sum(singles)) > 50
    assert scan_pairs(codes, n_levels, y).p_value.size == 0


def table_of(codes, y):
    """Return the table of codes and y."""
    table = np.zeros((codes.max() + 1, y.max() + 1))
    np.add.at(table, (codes, y), 1)
    return table


@pytest.mark.parametrize("seed", range(5))
def test_parity_is_selected_with_the_scan(seed):
    X, y, pair = parity(5000, 50, np.random.default_rng(seed))
    assert set(with_scan(X, y, 2)) == set(pair)


def test_parity_is_not_selected_without_the_scan():
    n_found = 0
    for seed in range(5):
        X, y, pair = parity(5000, 50, np.random.default_rng(seed))
        n_found += set(greedy(discretize(X, 8)[0], y, 2)) == set(pair)
    assert n_found == 0


def parity_and_lines(seed):
    """Return a task of one parity and four columns that add up, and these six."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((5000, 40))
    truth = rng.permutation(40)[:6]
    signal = 2 * np.sign(X[:, truth[0]] * X[:, truth[1]]) + X[:, truth[2:]].sum(axis=1)
    return X, (rng.random(5000) < 1 / (1 + np.exp(-signal))).astype(int), truth


def redundant_groups(seed):
    """Return five factors in six versions each, and the groups of columns."""
    rng = np.random.default_rng(seed)
    factors = rng.standard_normal((2000, 5))
    X = np.repeat(factors, 6, axis=1) + 0.3 * rng.standard_normal((2000, 30))
    order = rng.permutation(50)
    X = np.hstack([X, rng.standard_normal((2000, 20))])[:, order]
    groups = [np.flatnonzero(order // 6 == g) for g in range(5)]
    signal = factors @ [2, 1.5, 1, 0.8, 0.6]
    return X, (rng.random(2000) < 1 / (1 + np.exp(-signal))).astype(int), groups


@pytest.mark.parametrize("n_seeds", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_parity_and_lines_are_recovered(n_seeds):
    found = [
        len(set(with_scan(X, y, 6)) & set(truth)) / 6
        for X, y, truth in map(parity_and_lines, range(n_seeds))
    ]
    assert np.mean(found) >= 0.95


@pytest.mark.parametrize("n_seeds", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_each_redundant_group_is_recovered_once(n_seeds):
    found = []
    for seed in range(n_seeds):
        X, y, groups = redundant_groups(seed)
        selected = with_scan(X, y, 5)
        found.append(np.mean([np.isin(group, selected).any() for group in groups]))
    assert np.mean(found) >= 0.95


def test_copies_of_a_pair_are_not_taken_beside_it():
    n_extra = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        X, y, (i, j) = parity(3000, 20, rng)
        copies = np.repeat(X[:, [i, j]], 3, axis=1) + 0.3 * rng.standard_normal(
            (3000, 6)
        )
        X = np.hstack([X, copies])
        y = y ^ (X[:, (max(i, j) + 1) % 20] + rng.standard_normal(3000) > 1.5)
        selected = with_scan(X, y, 4)
        pairs = {i, j, *range(20, 26)}
        n_extra.append(len(set(selected) & pairs) - 2)
    # The pair itself or one of its versions, at most once more in five.
    assert sum(n_extra) <= 1


def test_the_missing_half_is_proposed_beside_the_selected_one():
    X, y, (i, j) = parity(3000, 20, np.random.default_rng(0))
    codes, n_levels = discretize(X, 8)
    found = scan_pairs(codes, n_levels, y)
    seeds = Seeds(found, coarsened(codes, n_levels, y))
    is_open = np.arange(20) != i
    assert seeds.propose((i,), np.zeros(20), is_open) == (j,)
    is_open[j] = False
    assert seeds.propose((i, j), np.zeros(20), is_open) is None
    # Not selected and not to be had: nothing can be taken.
    assert seeds.propose((), np.zeros(20), is_open) is None


def test_the_criterions_own_best_goes_first_where_it_is_worth_more():
    rng = np.random.default_rng(0)
    X, y, pair = parity(3000, 20, rng, flips=0.4)
    strong = next(k for k in range(20) if k not in pair)
    X[:, strong] = (rng.random(3000) < 0.9) == y
    codes, n_levels = discretize(X, 8)
    seeds = Seeds(scan_pairs(codes, n_levels, y), coarsened(codes, n_levels, y))
    scores = conditional(codes, y, None)
    is_open = np.ones(20, dtype=bool)
    assert seeds.propose((), scores, is_open) is None
    is_open[strong] = False
    assert sorted(seeds.propose((strong,), scores, is_open)) == sorted(pair)


def test_categories_and_classes_may_be_called_anything():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 7, (3000, 12))
    y = (codes[:, 2] % 2) ^ (codes[:, 5] % 3 == 0) ^ (rng.random(3000) < 0.1)
    n_levels = np.full(12, 7)
    unordered = np.zeros(12, dtype=bool)
    here = scan_pairs(codes, n_levels, y, ordered=unordered)
    names = rng.permutation(7)
    there = scan_pairs(names[codes], n_levels, 1 - y, ordered=unordered)
    assert here.pairs.tolist() == there.pairs.tolist() == [[2, 5]]
    np.testing.assert_allclose(here.synergy, there.synergy, rtol=0, atol=1e-12)


def test_weights_are_shares_and_uneven_ones_count_for_less():
    X, y, pair = parity(2000, 15, np.random.default_rng(0), flips=0.3)
    codes, n_levels = discretize(X, 8)
    plain = scan_pairs(codes, n_levels, y)
    even = scan_pairs(codes, n_levels, y, sample_weight=np.full(2000, 3.0))
    assert plain.pairs.tolist() == even.pairs.tolist() == [list(pair)]
    np.testing.assert_allclose(even.synergy, plain.synergy, rtol=0, atol=1e-12)
    np.testing.assert_allclose(even.p_value, plain.p_value, rtol=1e-6)
    uneven = np.random.default_rng(1).exponential(size=2000)
    found = scan_pairs(codes, n_levels, y, sample_weight=uneven)
    assert tuple(found.pairs[0]) == pair
    assert found.p_value[0] > plain.p_value[0]


def test_pairs_of_many_columns_are_scanned_in_squares(monkeypatch):
    X, y, _ = parity(1500, 37, np.random.default_rng(0))
    codes, n_levels = discretize(X, 8)
    whole = scan_pairs(codes, n_levels, y, alpha=0.9)
    monkeypatch.setattr("skmi.feature_selection._interactions._TOGETHER", 10)
    parts = scan_pairs(codes, n_levels, y, alpha=0.9)
    assert whole.pairs.tolist() == parts.pairs.tolist()
    np.testing.assert_array_equal(whole.synergy, parts.synergy)
    assert len(scan_pairs(codes, n_levels, y, alpha=0.9, max_pairs=1).pairs) == 1


@pytest.mark.parametrize("what", ["one column", "one class", "constants"])
def test_nothing_is_found_where_nothing_can_be(what):
    rng = np.random.default_rng(0)
    codes, y = rng.integers(0, 3, (50, 4)), rng.integers(0, 2, 50)
    if what == "one column":
        codes = codes[:, :1]
    elif what == "one class":
        y[:] = 1
    else:
        codes[:] = 0
    found = scan_pairs(codes, codes.max(axis=0) + 1, y)
    assert found.pairs.shape == (0, 2)
    assert found.p_value.size == 0
    seeds = Seeds(found, coarsened(codes, codes.max(axis=0) + 1, y))
    assert (
        seeds.propose((), np.zeros(codes.shape[1]), np.ones(codes.shape[1], bool))
        is None
    )
