"""The four facts about factorised total correlation, and its conventions."""

import numpy as np
import pytest

from skmi.information import (
    factorized_total_correlation,
    max_total_correlation,
    total_correlation,
)

LOG_3 = np.log(3)
FAMILIES = ["pairs", "chain", "star"]


def permuted_levels(n_variables, n_levels, seed=0):
    """Return the rows of a uniform distribution on matched permutations."""
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.permutation(n_levels) for _ in range(n_variables)])


def all_rows(*cardinalities):
    """Return every cell of a table as a row."""
    return np.indices(cardinalities).reshape(len(cardinalities), -1).T


@pytest.mark.parametrize("cardinalities", [(3, 3, 3), (2, 3, 4), (2, 2, 2, 5), (4, 4)])
def test_total_correlation_never_exceeds_its_bound(cardinalities):
    rng = np.random.default_rng(0)
    rows = all_rows(*cardinalities)
    bound = max_total_correlation(cardinalities)
    for concentration in (1.0, 0.1, 0.01):
        weight = rng.dirichlet(np.full(len(rows), concentration))
        assert total_correlation(rows, sample_weight=weight) <= bound + 1e-12


@pytest.mark.parametrize(("n_variables", "n_levels"), [(4, 3), (3, 5), (6, 2)])
def test_matched_permutations_reach_both_bounds(n_variables, n_levels):
    rows = permuted_levels(n_variables, n_levels)
    expected = (n_variables - 1) * np.log(n_levels)
    assert total_correlation(rows) == pytest.approx(expected, abs=1e-12)
    cardinalities = [n_levels] * n_variables
    assert max_total_correlation(cardinalities) == pytest.approx(expected)
    for family in FAMILIES:
        value = factorized_total_correlation(rows, margins=family)
        assert value == pytest.approx(np.log(n_levels), abs=1e-12)
        bound = max_total_correlation(cardinalities, margins=family)
        assert bound == pytest.approx(np.log(n_levels))


def test_four_matched_variables_of_three_levels_have_three_times_log_three():
    rows = permuted_levels(4, 3)
    assert total_correlation(rows) == pytest.approx(3.2958, abs=5e-5)
    assert factorized_total_correlation(rows) == pytest.approx(1.0986, abs=5e-5)


def test_a_pair_reaches_log_k_only_as_a_uniform_permutation():
    pair = permuted_levels(2, 3)
    assert total_correlation(pair) == pytest.approx(LOG_3, abs=1e-14)
    uneven = total_correlation(pair, sample_weight=[1, 1, 1.2])
    blurred = total_correlation(
        all_rows(3, 3), sample_weight=np.ravel(np.eye(3) + 0.01)
    )
    assert uneven < LOG_3 - 1e-3
    assert blurred < LOG_3 - 1e-2


def test_a_connected_family_at_its_maximum_means_total_correlation_at_its_own():
    # Every chain of matched pairs determines the joint distribution.
    for seed in range(5):
        rows = permuted_levels(5, 3, seed)
        chain = factorized_total_correlation(rows, margins="chain")
        assert chain == pytest.approx(LOG_3, abs=1e-13)
        assert total_correlation(rows) == pytest.approx(4 * LOG_3, abs=1e-12)
    blurred = np.vstack([np.repeat(rows, 20, axis=0), all_rows(*[3] * 5)])
    assert factorized_total_correlation(blurred, margins="chain") < LOG_3 - 0.1
    assert total_correlation(blurred) < 4 * LOG_3 - 0.1


def test_a_family_that_falls_apart_has_further_maximisers():
    family = [(0, 1), (2, 3)]
    pair = all_rows(3, 3)
    apart = pair[:, [0, 0, 1, 1]]
    together = permuted_levels(4, 3)
    for rows in (apart, together):
        value = factorized_total_correlation(rows, margins=family)
        assert value == pytest.approx(LOG_3, abs=1e-12)
    assert total_correlation(apart) == pytest.approx(2 * LOG_3, abs=1e-12)
    assert total_correlation(together) == pytest.approx(3 * LOG_3, abs=1e-12)


def test_unequal_cardinalities_part_the_two_maxima():
    # X0 is half of X1 and of X2, which are independent otherwise: the star is at its
    # maximum, the total correlation is not.
    x0, low, high = all_rows(2, 2, 2).T
    rows = np.column_stack([x0, 2 * x0 + low, 2 * x0 + high])
    star = factorized_total_correlation(rows, margins="star")
    assert star == pytest.approx(
        max_total_correlation([2, 4, 4], margins="star"), abs=1e-12
    )
    bound = max_total_correlation([2, 4, 4])
    assert total_correlation(rows) == pytest.approx(2 * np.log(2), abs=1e-12)
    assert bound == pytest.approx(3 * np.log(2), abs=1e-12)
    matched = np.column_stack([np.arange(4) // 2, np.arange(4), np.arange(4)])
    assert total_correlation(matched) == pytest.approx(bound, abs=1e-12)


def test_the_mean_over_margins_is_that_of_their_total_correlations():
    X = np.random.default_rng(1).integers(0, 3, size=(100, 4))
    margins = [(0, 1, 2), (3, 1)]
    value, by_margin = factorized_total_correlation(
        X, margins=margins, return_margins=True, correction="miller_madow"
    )
    expected = {
        margin: total_correlation(X[:, list(margin)], correction="miller_madow")
        for margin in margins
    }
    assert by_margin == pytest.approx(expected, abs=1e-13)
    assert value == pytest.approx(np.mean(list(expected.values())), abs=1e-13)


def test_named_families_are_what_their_names_say():
    X = np.random.default_rng(2).integers(0, 2, size=(20, 4))
    expected = {
        "pairs": [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)],
        "chain": [(0, 1), (1, 2), (2, 3)],
        "star": [(0, 1), (0, 2), (0, 3)],
    }
    for family, sets in expected.items():
        _, by_margin = factorized_total_correlation(
            X, margins=family, return_margins=True
        )
        assert list(by_margin) == sets


def test_margins_number_the_groups():
    X = np.random.default_rng(3).integers(0, 2, size=(50, 4))
    value = factorized_total_correlation(X, groups=[[0, 1], [2], [3]], margins=[(0, 2)])
    expected = total_correlation(X, groups=[[0, 1], [3]])
    assert value == pytest.approx(expected, abs=1e-14)


def test_gaussian_margins_are_pairs_of_correlations():
    X = np.random.default_rng(4).standard_normal((60, 3)) @ [
        [1, 0.5, 0],
        [0, 1, 0.5],
        [0, 0, 1],
    ]
    squares = np.corrcoef(X.T)[[0, 0, 1], [1, 2, 2]] ** 2
    value = factorized_total_correlation(X, estimator="gaussian", bias_correction=False)
    assert value == pytest.approx(np.mean(-np.log1p(-squares) / 2), abs=1e-12)


def test_twenty_columns_are_no_obstacle():
    rows = permuted_levels(20, 4)
    assert total_correlation(rows) == pytest.approx(19 * np.log(4), abs=1e-11)
    assert factorized_total_correlation(rows) == pytest.approx(np.log(4), abs=1e-12)


@pytest.mark.parametrize(
    ("margins", "found"),
    [
        ("triples", "'triples'"),
        ([(0, 2)], "at most 1, found 2"),
        ([(0, 0)], "different numbers"),
        ([], "at least 1 set"),
        ([()], "different numbers"),
    ],
)
def test_bad_margins_are_named(margins, found):
    X = np.array([[0, 1], [1, 0]])
    with pytest.raises(ValueError, match=f"^margins must .*{found}"):
        factorized_total_correlation(X, margins=margins)
    with pytest.raises(ValueError, match=f"^margins must .*{found}"):
        max_total_correlation([2, 2], margins=margins)


def test_one_variable_has_no_pairs():
    with pytest.raises(ValueError, match=r"^margins must hold at least 1 set"):
        factorized_total_correlation(np.array([[0], [1]]))


@pytest.mark.parametrize("cardinalities", [[], [2, 0], [2, 2.5]])
def test_bad_cardinalities_are_named(cardinalities):
    with pytest.raises(ValueError, match=r"^cardinalities must"):
        max_total_correlation(cardinalities)
