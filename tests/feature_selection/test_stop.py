"""The test that ends a search: its level, its power, and what it lets in."""

import numpy as np
import pytest
from scipy.stats import binom

from skmi.feature_selection import SelectByMutualInfo
from skmi.feature_selection._stop import StopRule
from skmi.feature_selection._stratified import exchanges
from skmi.information import discretize, joint_entropies

KINDS = ("two", "four", "numbers")
ALPHA = 0.05


def target(signal, kind, rng):
    """Return levels of a target that depends on a signal."""
    noise = rng.logistic(size=len(signal))
    if kind == "two":
        return (signal + noise > 0.3).astype(int)
    if kind == "four":
        return np.digitize(signal + noise, [-1, 0.5, 2])
    return discretize((signal + noise)[:, None], 8)[0][:, 0].astype(int)


def most_rejected(n_sets, level=ALPHA):
    """Return how many of n_sets tests may reject: exceeded with probability 1e-3."""
    return binom.isf(1e-3, n_sets, level)


def best(codes, y, is_open):
    """Return the open column of the largest plug-in information."""
    nobody = np.zeros(len(y), dtype=np.uint8)
    alone, with_y = joint_entropies(codes, nobody, y)
    return int(np.argmax(np.where(is_open, alone - with_y, -np.inf)))


def p_of_best(X, y, selected=(), *, seed=0, **options):
    """Return the p-value of the most informative open column."""
    codes, n_levels = discretize(X, 8)
    is_open = np.ones(codes.shape[1], dtype=bool)
    is_open[list(selected)] = False
    rule = StopRule(codes, n_levels, y, random_state=seed, **options)
    return rule.p_value(tuple(selected), best(codes, y, is_open), is_open)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n_rows", [100, 600])
def test_the_first_step_holds_its_level(kind, n_rows):
    # 100 rows are too few for chi-square with 8 levels: y is permuted.
    n_sets, n_rejected = 150, 0
    for seed in range(n_sets):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((n_rows, 30))
        y = target(np.zeros(n_rows), kind, rng)
        n_rejected += p_of_best(X, y, seed=seed) <= ALPHA
    assert n_rejected <= most_rejected(n_sets)


@pytest.mark.parametrize("kind", KINDS)
def test_the_first_step_finds_a_signal(kind):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 40))
    y = target(X[:, 7], kind, rng)
    assert p_of_best(X, y) < 1e-6


def dependent(seed, kind, n_rows=1500):
    """Return selected columns 0 to 2 that depend on each other, copies, and noise."""
    rng = np.random.default_rng(seed)
    common = rng.standard_normal((n_rows, 1))
    numbers = rng.standard_normal((n_rows, 3)) + common
    # Eight values each: their codes are all that y depends on.
    known = discretize(numbers, 8)[0] / 2.0 - 1.75
    signal = known @ [1.0, 0.7, 0.5]
    copies = np.repeat(known, 4, axis=1) + rng.standard_normal((n_rows, 12))
    both = signal[:, None] + rng.standard_normal((n_rows, 2))
    noise = rng.standard_normal((n_rows, 6))
    X = np.hstack([known, copies, both, noise])
    return X, target(signal, kind, rng)


def smallest_p_of_copies(X, y, selected, seed):
    """Return the least p-value of what holds nothing that columns 0 to 2 lack."""
    codes, n_levels = discretize(X, 8)
    is_open = np.arange(codes.shape[1]) > 2
    rule = StopRule(codes, n_levels, y, random_state=seed)
    return min(rule.p_value(selected, j, is_open) for j in np.flatnonzero(is_open)[::4])


@pytest.mark.parametrize("kind", KINDS)
def test_copies_of_selected_columns_are_not_let_in(kind):
    n_sets, everything = 8, (0, 1, 2)
    p_values = [
        smallest_p_of_copies(*dependent(s, kind), everything, s) for s in range(n_sets)
    ]
    assert np.sum(np.array(p_values) <= ALPHA) <= most_rejected(n_sets)


def test_strata_of_the_last_column_alone_would_let_copies_in():
    p_values = [smallest_p_of_copies(*dependent(s, "two"), (2,), s) for s in range(5)]
    assert max(p_values) <= ALPHA


@pytest.mark.parametrize("kind", KINDS)
def test_a_column_that_adds_to_the_selected_ones_is_found(kind):
    rng = np.random.default_rng(3)
    X = rng.standard_normal((1500, 30))
    X[:, 1] += X[:, 0]
    y = target(X[:, 0] + X[:, 1] + 0.8 * X[:, 2], kind, rng)
    codes, n_levels = discretize(X, 8)
    is_open = np.arange(30) > 1
    rule = StopRule(codes, n_levels, y, random_state=0)
    # Twice 0.01: none of 99 permutations reaches it.
    assert rule.p_value((0, 1), 2, is_open) == 0.02
    assert rule.p_value((0, 1), 3, is_open) > ALPHA


def test_the_candidate_is_tested_and_not_the_best_open_column():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((800, 20))
    y = target(X[:, 0] + X[:, 1] + X[:, 2], "two", rng)
    codes, n_levels = discretize(X, 8)
    rule = StopRule(codes, n_levels, y, random_state=0)
    for selected in [(), (0,)]:
        is_open = ~np.isin(np.arange(20), selected)
        assert rule.p_value(selected, 1, is_open) <= ALPHA
        assert rule.p_value(selected, 9, is_open) > ALPHA


def test_columns_of_many_levels_compare_fairly_with_columns_of_few():
    # Without a common scale the 40 levels of noise would hide the coin.
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 1200)
    known = (y + (rng.random(1200) < 0.4)) % 2
    coin = (y + (rng.random(1200) < 0.35)) % 2
    codes = np.column_stack([known, coin, rng.integers(0, 40, (1200, 20))])
    n_levels = codes.max(axis=0) + 1
    rule = StopRule(codes, n_levels, y, random_state=0)
    is_open = np.arange(22) > 0
    assert rule.p_value((0,), 1, is_open) == 0.02


def members(rng, n_groups, low=3, high=12):
    """Return group labels of groups of different sizes."""
    return np.repeat(np.arange(n_groups), rng.integers(low, high, n_groups))


def patients(seed, kind, *, constant):
    """Return null data whose rows of one group are alike, in X and in y."""
    rng = np.random.default_rng(seed)
    groups = members(rng, 60)
    X = rng.standard_normal((60, 20))[groups]
    X += 0.7 * rng.standard_normal(X.shape)
    if constant:
        return X, target(np.zeros(60), kind, rng)[groups], groups
    return X, target(2 * rng.standard_normal(60)[groups], kind, rng), groups


@pytest.mark.parametrize("kind", ["two", "numbers"])
@pytest.mark.parametrize("constant", [True, False])
def test_groups_hold_the_level_where_rows_do_not(kind, constant):
    n_sets = 60
    rejected = {"groups": 0, "rows": 0}
    for seed in range(n_sets):
        X, y, groups = patients(seed, kind, constant=constant)
        rejected["groups"] += p_of_best(X, y, seed=seed, groups=groups) <= ALPHA
        rejected["rows"] += p_of_best(X, y, seed=seed) <= ALPHA
    assert rejected["groups"] <= most_rejected(n_sets)
    assert rejected["rows"] > most_rejected(n_sets)


@pytest.mark.parametrize("constant", [True, False])
def test_groups_find_a_signal(constant):
    rng = np.random.default_rng(0)
    groups = members(rng, 150)
    X = rng.standard_normal((150, 10))[groups] + rng.standard_normal((groups.size, 10))
    if constant:
        means = np.bincount(groups, X[:, 4]) / np.bincount(groups)
        y = target(2 * means, "two", rng)[groups]
    else:
        y = target(X[:, 4] + rng.standard_normal(150)[groups], "two", rng)
    assert p_of_best(X, y, groups=groups) == 0.01


def test_groups_beside_a_selected_column_let_no_copies_in():
    n_sets, n_rejected = 30, 0
    for seed in range(n_sets):
        rng = np.random.default_rng(seed)
        groups = members(rng, 60)
        known = np.round(rng.standard_normal(60)[groups] + rng.normal(size=groups.size))
        copies = known[:, None] + rng.standard_normal((groups.size, 8))
        patient = 1.5 * rng.standard_normal(60)[groups]
        y = target(known + patient, "two", rng)
        X = np.column_stack([known, copies])
        n_rejected += p_of_best(X, y, (0,), seed=seed, groups=groups) <= ALPHA
    assert n_rejected <= most_rejected(n_sets)


@pytest.mark.parametrize("what", ["y", "x", "both"])
def test_weights_that_depend_on_a_variable_are_no_evidence(what):
    n_sets, n_rejected = 60, 0
    for seed in range(n_sets):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((400, 15))
        y = rng.integers(0, 2, 400)
        of_x, of_y = np.exp(X[:, 0] / 2), 1.0 + 4 * y
        weight = {"y": of_y, "x": of_x, "both": of_x * of_y}[what]
        n_rejected += p_of_best(X, y, seed=seed, sample_weight=weight) <= ALPHA
    assert n_rejected <= most_rejected(n_sets)


def test_weights_find_a_signal_and_a_unit_of_weight_does_not_matter():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((600, 10))
    y = target(X[:, 3], "two", rng)
    weight = rng.exponential(size=600)
    p_value = p_of_best(X, y, sample_weight=weight)
    assert p_value == 0.01
    assert p_of_best(X, y, sample_weight=weight / 7) == p_value


def test_levels_may_be_called_anything():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((500, 12))
    y = target(X[:, 0] + 0.4 * X[:, 1], "four", rng)
    codes, n_levels = discretize(X, 5)
    renamed = rng.permutation(5)[codes]
    other = rng.permutation(4)[y]
    is_open = np.arange(12) > 0
    for j in range(1, 12):
        here, there = (
            StopRule(c, n_levels, t, random_state=1).p_value((0,), j, is_open)
            for c, t in ((codes, y), (renamed, other))
        )
        assert here == there


def test_the_answer_depends_on_the_question_and_the_seed_alone():
    X, y = dependent(0, "two", 600)
    codes, n_levels = discretize(X, 8)
    is_open = np.arange(codes.shape[1]) > 1
    wanted = [
        StopRule(codes, n_levels, y, random_state=7).p_value((0, 1), j, is_open)
        for j in (2, 5, 19)
    ]
    rule = StopRule(codes, n_levels, y, random_state=7, n_jobs=2)
    rule.p_value((1,), 4, is_open)
    assert [rule.p_value((0, 1), j, is_open) for j in (2, 5, 19)] == wanted


def test_copies_of_a_parity_add_nothing_beside_its_two_columns():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 16, (2000, 10))
    parity = (codes[:, 0] > 7) ^ (codes[:, 1] > 7)
    y = parity ^ (rng.random(2000) < 0.2)
    codes[:, 2] = parity ^ (rng.random(2000) < 0.1)
    n_levels, is_open = codes.max(axis=0) + 1, np.arange(10) > 1
    rule = StopRule(codes, n_levels, y, random_state=0)
    assert rule.p_value((0, 1), 2, is_open) > ALPHA
    assert rule.p_value((0, 3), 2, is_open) == 0.02


def moderated(seed, n_rows=1500):
    """Return columns of which the second acts as the sign of the first says."""
    rng = np.random.default_rng(seed)
    known = rng.integers(0, 8, (n_rows, 2)) / 2.0 - 1.75
    signal = 1.5 * known[:, 0] + known[:, 1] * np.sign(known[:, 0])
    copies = known[:, [1]] + rng.standard_normal((n_rows, 5))
    X = np.hstack([known, copies, rng.standard_normal((n_rows, 13))])
    return X, target(signal, "two", rng)


def test_a_column_whose_effect_depends_on_a_selected_one_is_found():
    X, y = moderated(0)
    codes, n_levels = discretize(X, 8)
    rule = StopRule(codes, n_levels, y, random_state=0)
    is_open = np.arange(20) > 0
    assert rule.p_value((0,), 1, is_open) == 0.02
    assert rule.p_value((0,), 12, is_open) > ALPHA


def test_copies_of_a_column_whose_effect_depends_on_another_are_not_let_in():
    n_sets, n_rejected = 20, 0
    for seed in range(n_sets):
        X, y = moderated(seed)
        codes, n_levels = discretize(X, 8)
        rule = StopRule(codes, n_levels, y, random_state=seed)
        is_open = np.arange(20) > 1
        n_rejected += (
            min(rule.p_value((0, 1), j, is_open) for j in range(2, 7)) <= ALPHA
        )
    assert n_rejected <= most_rejected(n_sets)


@pytest.mark.parametrize("selected", [(), (0,)])
def test_constants_say_nothing(selected):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (60, 4))
    codes[:, 2] = 0
    n_levels, is_open = codes.max(axis=0) + 1, np.arange(4) > 0
    y = rng.integers(0, 2, 60)
    assert (
        StopRule(codes, n_levels, y, random_state=0).p_value(selected, 2, is_open) == 1
    )
    rule = StopRule(codes, n_levels, np.zeros(60, dtype=int), random_state=0)
    assert rule.p_value(selected, 1, is_open) == 1


def test_an_exact_copy_says_nothing():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (400, 5))
    codes[:, 1] = codes[:, 0]
    y = (codes[:, 0] + rng.integers(0, 3, 400) > 2).astype(int)
    rule = StopRule(codes, np.full(5, 4), y, random_state=0)
    assert rule.p_value((0,), 1, np.arange(5) > 0) > ALPHA


def test_identifiers_with_a_level_for_each_row_say_nothing():
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 4, (300, 5))
    codes[:, 3] = np.arange(300)
    y = (codes[:, 0] + rng.integers(0, 3, 300) > 2).astype(int)
    rule = StopRule(codes, codes.max(axis=0) + 1, y, random_state=0)
    assert rule.p_value((), 3, np.ones(5, dtype=bool)) > ALPHA
    assert rule.p_value((0,), 3, np.arange(5) > 0) > ALPHA


def test_too_few_permutations_for_the_level_are_refused():
    codes, y = np.zeros((4, 2), dtype=int), np.array([0, 1, 0, 1])
    StopRule(codes, np.ones(2), y, alpha=0.05, n_permutations=39)
    with pytest.raises(ValueError, match="n_permutations must be at least 39"):
        StopRule(codes, np.ones(2), y, alpha=0.05, n_permutations=38)
    with pytest.raises(ValueError, match=r"at least 199 for alpha=0\.01, found 99"):
        StopRule(codes, np.ones(2), y, alpha=0.01)


@pytest.mark.parametrize("most", [0, 1 << 15])
def test_labels_stay_in_their_strata_and_move_anywhere_in_them(most, monkeypatch):
    monkeypatch.setattr("skmi.feature_selection._stratified._MANY", most)
    rng = np.random.default_rng(0)
    y, strata = rng.integers(0, 3, 400), rng.integers(0, 20, 400)
    labels = exchanges(y, strata, np.arange(400), 500, rng).labels
    np.testing.assert_array_equal(labels[0], y)
    for stratum in range(20):
        inside = labels[:, strata == stratum]
        assert (np.sort(inside) == np.sort(y[strata == stratum])).all()
    # Each row gets each label as often as its stratum has it: five standard errors.
    wanted = np.bincount(strata, y == 1) / np.bincount(strata)
    wanted = wanted[strata]
    error = np.sqrt(wanted * (1 - wanted) / 500)
    assert (abs((labels[1:] == 1).mean(axis=0) - wanted) <= 5 * error).all()


@pytest.mark.parametrize("kind", ["two", "numbers"])
def test_rotations_hold_the_level_beside_a_selected_column(kind, monkeypatch):
    monkeypatch.setattr("skmi.feature_selection._stratified._MANY", 0)
    n_sets, n_rejected = 40, 0
    for seed in range(n_sets):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((500, 5))
        codes, n_levels = discretize(X, 8)
        y = target(codes[:, 0] / 2 - 1.75, kind, rng)
        rule = StopRule(codes, n_levels, y, random_state=seed)
        is_open = np.arange(5) > 0
        p_values = [rule.p_value((0,), j, is_open) for j in range(1, 5)]
        n_rejected += min(p_values) <= ALPHA
    assert n_rejected <= most_rejected(n_sets)


def test_noise_stays_out_where_the_selected_columns_nearly_determine_the_target():
    # Strata of several classes are never quite pure; what they leave of a selected
    # column must not be taken for something that its pairs with noise tell.
    n_wrong = 0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        X = rng.normal(size=(400, 6))
        y = 2 * (X[:, 0] + X[:, 1] > 0) + (X[:, 2] > 0)
        found = SelectByMutualInfo("auto", random_state=0).fit(X, y).selected_
        n_wrong += bool(set(found) - {0, 1, 2})
    # At a level of .05 four of twelve have a chance of .002.
    assert n_wrong <= 3
