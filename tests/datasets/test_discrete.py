"""Discrete samples: information by sums over tables."""

from itertools import product

import numpy as np
import pytest
from scipy.stats import chisquare

from skmi.datasets import make_discrete_table, make_parity, make_xor


def information(joint):
    """Return I(X;Y) by the definition, in nats."""
    joint = np.asarray(joint) / np.sum(joint)
    total = 0.0
    for i, j in product(*map(range, joint.shape)):
        if joint[i, j] > 0:
            total += joint[i, j] * np.log(
                joint[i, j] / (joint[i].sum() * joint[:, j].sum())
            )
    return total


@pytest.mark.parametrize(
    "table", [[[3, 0, 1], [2, 2, 2]], [[0.1, 0.9]], [[1, 2], [2, 4]], np.eye(4)]
)
def test_information_of_a_table_is_its_sum(table):
    *_, mi = make_discrete_table(10, table=table, return_mi=True)
    assert mi == pytest.approx(information(table), abs=1e-14)


def test_samples_follow_their_table():
    table = np.array([[3, 0, 1], [2, 2, 2]]) / 10
    X, y = make_discrete_table(10_000, table=table, random_state=0)
    counts = np.zeros((2, 3))
    np.add.at(counts, (X[:, 0], y), 1)
    assert counts[0, 1] == 0
    occupied = table > 0
    assert chisquare(counts[occupied], 10_000 * table[occupied]).pvalue > 1e-4


def test_information_of_a_drawn_table_is_that_of_its_frequencies():
    X, y, mi = make_discrete_table(
        200_000, n_levels=(3, 2), random_state=3, return_mi=True
    )
    counts = np.zeros((3, 2))
    np.add.at(counts, (X[:, 0], y), 1)
    p = counts / counts.sum()
    ratio = np.log(p / (p.sum(axis=1, keepdims=True) * p.sum(axis=0)))
    spread = np.sqrt(np.sum(p * ratio**2) - np.sum(p * ratio) ** 2)
    # The plug-in value's bias, 2 / (2 * 200,000), is far below its standard error.
    assert information(counts) == pytest.approx(mi, abs=4 * spread / np.sqrt(200_000))


def test_a_drawn_table_depends_on_the_seed_and_not_on_the_number_of_rows():
    first, again, other = (
        make_discrete_table(n, random_state=seed, return_mi=True)[2]
        for n, seed in ((10, 0), (500, 0), (10, 1))
    )
    assert first == again != other


def parity_table(n_bits, flip):
    """Return the joint table of all bits with the flipped parity."""
    table = np.zeros((2**n_bits, 2))
    for row in range(2**n_bits):
        parity = row.bit_count() % 2
        table[row, parity] += 1 - flip
        table[row, 1 - parity] += flip
    return table


@pytest.mark.parametrize("flip", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("n_bits", [1, 2, 4])
def test_information_of_a_parity_is_that_of_its_table(n_bits, flip):
    *_, mi = make_parity(10, n_bits=n_bits, flip=flip, return_mi=True)
    assert mi == pytest.approx(information(parity_table(n_bits, flip)), abs=1e-14)


@pytest.mark.parametrize("continuous", [False, True])
def test_without_flips_the_class_is_the_parity_of_the_first_columns(continuous):
    X, y = make_parity(500, n_bits=3, n_features=5, continuous=continuous)
    assert X.shape == (500, 5)
    np.testing.assert_array_equal(y, (X[:, :3] > 0).sum(axis=1) % 2)
    assert X.dtype == (np.float64 if continuous else np.int64)


@pytest.mark.parametrize("continuous", [False, True])
def test_fewer_columns_than_the_bits_say_nothing(continuous):
    X, y = make_parity(20_000, n_bits=3, continuous=continuous, random_state=0)
    codes = (X[:, :2] > 0) @ [1, 2]
    counts = np.zeros((4, 2))
    np.add.at(counts, (codes, y), 1)
    # 2 N I is about chi-square with 3 degrees of freedom: 21 is its 1e-4 quantile.
    assert 2 * 20_000 * information(counts) < 21.1


def test_flips_come_at_their_rate():
    X, y = make_xor(20_000, flip=0.1, random_state=0)
    rate = np.mean(y != X[:, 0] ^ X[:, 1])
    assert rate == pytest.approx(0.1, abs=4 * np.sqrt(0.09 / 20_000))


def test_xor_is_the_parity_of_two_bits():
    first = make_xor(50, n_features=4, flip=0.2, random_state=0, return_mi=True)
    second = make_parity(
        50, n_bits=2, n_features=4, flip=0.2, random_state=0, return_mi=True
    )
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a, b)


# Errors


@pytest.mark.parametrize(
    "table",
    [
        [1, 2],
        [[1, -1], [1, 1]],
        [[0, 0]],
        [[np.nan, 1]],
        [[np.inf, 1]],
        [["a", "b"]],
        np.zeros((0, 2)),
    ],
)
def test_a_bad_table_is_named(table):
    with pytest.raises(ValueError, match="table must"):
        make_discrete_table(10, table=table)


@pytest.mark.parametrize("n_levels", [3, (0, 2), (2, 2, 2), (1.5, 2), "ab"])
def test_bad_levels_are_named(n_levels):
    with pytest.raises(ValueError, match="n_levels must be two positive integers"):
        make_discrete_table(10, n_levels=n_levels)


@pytest.mark.parametrize("concentration", [0, -1, np.inf, "low"])
def test_a_bad_concentration_is_named(concentration):
    with pytest.raises(ValueError, match="concentration must be"):
        make_discrete_table(10, concentration=concentration)


@pytest.mark.parametrize(
    ("argument", "value"),
    [("n_bits", 0), ("n_features", 2), ("flip", -0.1), ("flip", 1.1), ("flip", "a")],
)
def test_bad_options_of_a_parity_are_named(argument, value):
    with pytest.raises(ValueError, match=f"{argument} must be"):
        make_parity(10, **{argument: value})


def test_xor_needs_two_columns():
    with pytest.raises(ValueError, match="n_features must be an integer of at least 2"):
        make_xor(10, n_features=1)
