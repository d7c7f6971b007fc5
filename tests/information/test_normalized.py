"""Shares of information against scikit-learn and against all permutations."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.metrics import adjusted_mutual_info_score, normalized_mutual_info_score

from skmi.information import (
    CORRECTIONS,
    adjusted_mutual_information,
    contingency_table,
    entropy,
    expected_mutual_information,
    mutual_information,
    normalized_mutual_information,
)

SHARED_AVERAGES = ["arithmetic", "geometric", "min", "max"]
AVERAGES = [*SHARED_AVERAGES, "joint"]


def labels(n_rows, n_x, n_y, seed=0):
    """Return two arrays of labels, half of the second following the first."""
    rng = np.random.default_rng(seed)
    x = rng.integers(0, n_x, size=n_rows)
    y = np.where(rng.random(n_rows) < 0.5, x % n_y, rng.integers(0, n_y, n_rows))
    return x, y


@pytest.mark.parametrize("average", SHARED_AVERAGES)
@pytest.mark.parametrize(
    ("n_rows", "n_x", "n_y"), [(20, 2, 3), (200, 7, 2), (2000, 30, 50), (20_000, 3, 9)]
)
def test_shares_equal_scikit_learn(n_rows, n_x, n_y, average):
    x, y = labels(n_rows, n_x, n_y)
    table = contingency_table(x, y)
    expected = normalized_mutual_info_score(x, y, average_method=average)
    value = normalized_mutual_information(table, average=average)
    assert value == pytest.approx(expected, abs=1e-12)
    expected = adjusted_mutual_info_score(x, y, average_method=average)
    value = adjusted_mutual_information(table, average=average)
    assert value == pytest.approx(expected, abs=1e-10)


def test_the_joint_average_is_information_over_the_joint_entropy():
    table = contingency_table(*labels(100, 4, 3))
    expected = mutual_information(table) / entropy(table)
    value = normalized_mutual_information(table, average="joint")
    assert value == pytest.approx(expected, abs=1e-14)
    chance = expected_mutual_information(table)
    expected = (mutual_information(table) - chance) / (entropy(table) - chance)
    value = adjusted_mutual_information(table, average="joint")
    assert value == pytest.approx(expected, abs=1e-14)


def test_expected_information_is_the_mean_over_all_permutations():
    x = np.array([0, 0, 0, 1, 1, 2, 2])
    y = np.array([0, 1, 1, 1, 1, 0, 2])
    values = [
        mutual_information(contingency_table(x, y[list(order)]))
        for order in permutations(range(7))
    ]
    expected = np.mean(values)
    value = expected_mutual_information(contingency_table(x, y))
    assert value == pytest.approx(expected, abs=1e-12)


def test_expected_information_tends_to_half_the_degrees_of_freedom_over_n():
    # The next term is smaller by the order of 1 / N of a margin.
    for count in (10**5, 10**10):
        table = np.full((4, 6), count)
        limit = 3 * 5 / (2 * table.sum())
        assert expected_mutual_information(table) == pytest.approx(limit, rel=1e-5)


@pytest.mark.parametrize("average", AVERAGES)
def test_equal_partitions_have_share_one(average):
    for table in ([[3, 0], [0, 5]], np.eye(6), np.eye(6)[::-1], [[4]]):
        assert normalized_mutual_information(table, average=average) == (
            pytest.approx(1, abs=1e-14)
        )
        assert adjusted_mutual_information(table, average=average) == 1.0


@pytest.mark.parametrize("average", AVERAGES)
def test_a_constant_has_share_exactly_zero(average):
    for table in ([[3, 4, 1]], [[3], [4], [1]], [[0, 0], [2, 3]]):
        assert normalized_mutual_information(table, average=average) == 0.0
        assert adjusted_mutual_information(table, average=average) == 0.0


@pytest.mark.parametrize("average", AVERAGES)
def test_rows_that_all_differ_agree_by_chance_alone(average):
    # The information is the other's entropy, and so it is under every permutation.
    table = contingency_table(np.arange(10), np.arange(10) // 2)
    assert adjusted_mutual_information(table, average=average) == 0.0


def test_adjusted_information_of_noise_is_zero_on_average_and_normalised_is_not():
    rng = np.random.default_rng(1)
    tables = [
        contingency_table(*rng.integers(0, 20, size=(2, 100))) for _ in range(200)
    ]
    adjusted = np.array([adjusted_mutual_information(t) for t in tables])
    standard_error = adjusted.std() / np.sqrt(len(adjusted))
    assert abs(adjusted.mean()) < 4 * standard_error
    assert np.mean([normalized_mutual_information(t) for t in tables]) > 0.3


@pytest.mark.parametrize("correction", sorted(CORRECTIONS))
def test_a_corrected_share_is_a_ratio_of_corrected_terms(correction):
    table = contingency_table(*labels(60, 4, 3))
    options = {"correction": correction}
    value = normalized_mutual_information(table, average="joint", **options)
    expected = mutual_information(table, **options) / entropy(table, **options)
    assert value == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize(
    "function", [normalized_mutual_information, adjusted_mutual_information]
)
def test_an_unknown_average_is_named(function):
    with pytest.raises(ValueError, match=r"average must be .*geometric.*'mean'"):
        function([[1, 2], [3, 4]], average="mean")


@pytest.mark.parametrize(
    "function", [expected_mutual_information, adjusted_mutual_information]
)
@pytest.mark.parametrize(
    ("table", "found"),
    [
        ([[1.5, 2], [3, 4]], "fractions"),
        ([[1, -2], [3, 4]], "negative"),
        ([[1, np.nan], [3, 4]], "NaN"),
        ([[0, 0]], "sum to 0"),
        ([1, 2], "dimensions, found 1"),
    ],
)
def test_bad_tables_are_named(function, table, found):
    with pytest.raises(ValueError, match=f"table must .*{found}"):
        function(table)
