"""Tables of pairs that rows are added to, against bincount and other entropies."""

from itertools import pairwise

import numpy as np
import pytest

from skmi.information import count_pair_tables, entropy, pairwise_entropies

N_LEVELS, N_TARGET, N_ROWS = [3, 1, 5, 2, 4, 2, 6], 3, 307


@pytest.fixture
def codes():
    rng = np.random.default_rng(0)
    return np.column_stack([rng.integers(0, k, N_ROWS) for k in N_LEVELS])


@pytest.fixture
def target(codes):
    return (codes[:, 0] + codes[:, 2] + codes[:, 4]) % N_TARGET


WEIGHTS = {
    "none": None,
    "whole": np.random.default_rng(1).integers(0, 4, N_ROWS),
    "fractions": np.random.default_rng(2).random(N_ROWS),
}


def blocks(codes, target, weight=None, cuts=(0, 10, 11, 200, N_ROWS)):
    """Return the tables of rows that are counted in blocks, the last block first."""
    tables = None
    for begin, end in reversed(list(pairwise(cuts))):
        own = None if weight is None else weight[begin:end]
        rows = slice(begin, end)
        tables = count_pair_tables(
            codes[rows],
            target[rows],
            N_LEVELS,
            N_TARGET,
            sample_weight=own,
            onto=tables,
        )
    return tables


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_tables_equal_bincount(codes, target, weight, dtype):
    weight = WEIGHTS[weight]
    tables = count_pair_tables(
        codes.astype(dtype), target, N_LEVELS, N_TARGET, sample_weight=weight
    )
    for i in range(7):
        for j in range(7):
            if i == j:
                continue
            shape = (N_LEVELS[i], N_LEVELS[j], N_TARGET)
            flat = np.ravel_multi_index((codes[:, i], codes[:, j], target), shape)
            expected = np.bincount(flat, weight, np.prod(shape)).reshape(shape)
            found = tables.table(i, j)
            np.testing.assert_allclose(found, expected, rtol=1e-13)
            assert found.dtype == (np.int64 if weight is None else np.float64)


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
@pytest.mark.parametrize("weight", WEIGHTS)
def test_entropies_are_those_of_all_pairs(codes, target, weight, correction):
    weight = WEIGHTS[weight]
    options = {"sample_weight": weight, "correction": correction}
    tables = count_pair_tables(codes, target, N_LEVELS, N_TARGET, sample_weight=weight)
    pair, triple = pairwise_entropies(codes, target, **options)
    for s in range(7):
        found = tables.entropies_with(s, correction=correction)
        # Sums of fractions come in another order; the rest is the same integers.
        atol = 1e-13 if weight is not None and weight.dtype == float else 0
        np.testing.assert_allclose(found[0], pair[s], rtol=0, atol=atol)
        np.testing.assert_allclose(found[1], triple[s], rtol=0, atol=atol)
    weight = np.ones(N_ROWS) if weight is None else weight
    expected = entropy(np.bincount(target, weight), correction=correction)
    whole = tables.whole_entropy_of_target(correction=correction)
    unit = tables.unit(correction=correction)
    assert whole * unit == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("weight", ["none", "whole"])
def test_blocks_of_rows_equal_the_whole_to_the_last_bit(codes, target, weight):
    weight = WEIGHTS[weight]
    if weight is not None:
        weight = weight + (np.arange(N_ROWS) % 5 == 0)
    whole = count_pair_tables(codes, target, N_LEVELS, N_TARGET, sample_weight=weight)
    found = blocks(codes, target, weight)
    for ours, expected in zip(found, whole, strict=True):
        np.testing.assert_array_equal(ours, expected)


def test_chunks_of_many_rows_lose_none():
    rng = np.random.default_rng(3)
    codes, target = rng.integers(0, 3, (20_001, 3)), rng.integers(0, 2, 20_001)
    tables = count_pair_tables(codes, target, [3, 3, 3], 2)
    flat = np.ravel_multi_index((codes[:, 0], codes[:, 2], target), (3, 3, 2))
    np.testing.assert_array_equal(tables.table(0, 2).ravel(), np.bincount(flat))
    assert tables.n_rows == 20_001


@pytest.mark.parametrize("correction", ["plugin", "miller_madow"])
def test_whole_weights_equal_repetition_to_the_last_bit(codes, target, correction):
    weight = WEIGHTS["whole"]
    rows = np.repeat(np.arange(N_ROWS), weight)
    weighted = count_pair_tables(
        codes, target, N_LEVELS, N_TARGET, sample_weight=weight
    )
    repeated = count_pair_tables(codes[rows], target[rows], N_LEVELS, N_TARGET)
    for s in range(7):
        np.testing.assert_array_equal(
            weighted.entropies_with(s, correction=correction),
            repeated.entropies_with(s, correction=correction),
        )


def test_a_block_of_weights_turns_counts_into_sums(codes, target):
    first = count_pair_tables(codes[:9], target[:9], N_LEVELS, N_TARGET)
    both = count_pair_tables(
        codes[9:],
        target[9:],
        N_LEVELS,
        N_TARGET,
        sample_weight=np.full(298, 0.5),
        onto=first,
    )
    assert both.pairs.dtype == np.float64
    assert both.single[:3].sum() == 9 + 149


def test_tables_of_other_rows_are_left_alone(codes, target):
    first = count_pair_tables(codes[:9], target[:9], N_LEVELS, N_TARGET)
    before = first.pairs.copy()
    count_pair_tables(codes, target, N_LEVELS, N_TARGET, onto=first)
    np.testing.assert_array_equal(first.pairs, before)
    assert first.n_rows == 9


def test_a_single_column_has_no_pairs():
    tables = count_pair_tables([[0], [1], [1], [1]], [0, 1, 1, 1], [2], 2)
    assert tables.pairs.size == 0
    expected = entropy([1, 3])
    np.testing.assert_allclose(tables.entropies_with(0), expected, atol=1e-15)


def test_too_large_tables_are_refused_before_they_are_made(codes):
    codes = np.zeros((2, 40_000), dtype=np.uint8)
    with pytest.raises(ValueError, match=r"max_bytes must .*40000 columns.*GiB"):
        count_pair_tables(codes, [0, 1], np.full(40_000, 8), 2)
    with pytest.raises(ValueError, match=r"max_bytes must be at least 96, .*found 95"):
        count_pair_tables([[0, 0]], [0], [2, 3], 2, max_bytes=95)
    assert count_pair_tables([[0, 0]], [0], [2, 3], 2, max_bytes=96).pairs.size == 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"codes": [[0, 3]]},
            r"codes must be below n_levels, found 3 in column 1 of 3",
        ),
        ({"codes": [[0.5, 1]]}, "codes must be integers"),
        ({"target": [2]}, r"target must be below n_target \(2\), found 2"),
        ({"target": [0, 1]}, r"target must be of shape \(1,\), found"),
        ({"n_levels": [2]}, "n_levels must have 2 entries, found 1"),
        ({"n_levels": [2, 0]}, r"n_levels must be .*found \[2, 0\]"),
        ({"n_target": 0}, "n_target must be .*found 0"),
        ({"sample_weight": [-1]}, "sample_weight must"),
        ({"max_bytes": 0}, "max_bytes must be .*found 0"),
        (
            {"onto": count_pair_tables([[0, 0]], [0], [2, 2], 2)},
            r"onto must be .*\[2, 3\].*found \[2, 2\]",
        ),
    ],
)
def test_bad_arguments_are_named(changes, message):
    fields = {"codes": [[0, 1]], "target": [0], "n_levels": [2, 3], "n_target": 2}
    with pytest.raises(ValueError, match=message):
        count_pair_tables(**{**fields, **changes})


def test_bad_corrections_and_tables_of_nothing_are_named(codes, target):
    tables = count_pair_tables(codes, target, N_LEVELS, N_TARGET)
    with pytest.raises(ValueError, match=r"correction must .*found 'nsb'"):
        tables.entropies_with(0, correction="nsb")
    with pytest.raises(ValueError, match=r"tables must .*found none"):
        tables._replace(single=0 * tables.single).entropies_with(0)
