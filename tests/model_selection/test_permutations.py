"""Each way to rearrange y moves what it says, and nothing else."""

from itertools import permutations, product
from math import factorial, log

import numpy as np
import pytest

from skmi.model_selection import PERMUTATIONS

GROUPS = np.array([0, 1, 0, 2, 1, 0, 2])
DISTINCT = np.arange(7)


def draws(name, y=DISTINCT, groups=None, block_size=None, n=300):
    record = PERMUTATIONS[name]
    return [
        tuple(record.draw(y, groups, block_size, np.random.default_rng(seed)))
        for seed in range(n)
    ]


CASES = [
    ("rows", DISTINCT, None, None),
    ("within", DISTINCT, GROUPS, None),
    ("block", DISTINCT, None, 2),
    ("block", DISTINCT, GROUPS, None),
    ("circular", DISTINCT, None, None),
    ("circular", DISTINCT, GROUPS, None),
]


@pytest.mark.parametrize(("name", "y", "groups", "block_size"), CASES)
def test_rearrangements_of_distinct_rows_lose_none(name, y, groups, block_size):
    for index in draws(name, y, groups, block_size, n=20):
        assert sorted(index) == list(range(7))


def test_within_keeps_rows_in_their_group():
    for index in draws("within", groups=GROUPS, n=50):
        np.testing.assert_array_equal(GROUPS[list(index)], GROUPS)


def test_blocks_stay_whole_and_a_short_last_one_stays_where_it_is():
    found = set(draws("block", block_size=2))
    expected = {
        tuple(np.concatenate([*order, [6]]).tolist())
        for order in permutations([[0, 1], [2, 3], [4, 5]])
    }
    assert found == expected


def test_groups_change_places_with_groups_of_their_size():
    found = set(draws("block", groups=GROUPS))
    # Groups 1 (rows 1, 4) and 2 (rows 3, 6) have two rows, group 0 has three.
    assert found == {(0, 1, 2, 3, 4, 5, 6), (0, 3, 2, 1, 6, 5, 4)}


def test_labels_of_groups_change_places_whatever_the_sizes():
    labels = np.array([10, 11, 12])
    y = labels[GROUPS]
    found = {tuple(y[list(index)]) for index in draws("block", y=y, groups=GROUPS)}
    expected = {tuple(np.array(p)[GROUPS]) for p in permutations(labels.tolist())}
    assert found == expected


def test_circular_shifts_all_rows_by_one_offset():
    found = set(draws("circular"))
    assert found == {tuple(np.roll(DISTINCT, k).tolist()) for k in range(7)}


def test_circular_shifts_each_series_by_its_own_offset():
    found = set(draws("circular", groups=GROUPS))
    expected = set()
    for shifts in product(range(3), range(2), range(2)):
        index = np.empty(7, dtype=int)
        for group, shift in enumerate(shifts):
            rows = np.flatnonzero(group == GROUPS)
            index[rows] = np.roll(rows, shift)
        expected.add(tuple(index.tolist()))
    assert found == expected


@pytest.mark.parametrize(("name", "y", "groups", "block_size"), CASES)
def test_the_count_of_arrangements_is_what_is_drawn(name, y, groups, block_size):
    y, groups = y[:5], None if groups is None else groups[:5]
    found = set(draws(name, y, groups, block_size, n=2000))
    count = PERMUTATIONS[name].log_count(y, groups, block_size)
    assert count == pytest.approx(log(len(found)), abs=1e-12)


def test_the_count_of_labels_is_the_factorial_of_the_groups():
    labels = np.array([10, 11, 12])[GROUPS]
    count = PERMUTATIONS["block"].log_count(labels, GROUPS, None)
    assert count == pytest.approx(log(factorial(3)))


def test_two_columns_move_together():
    y = np.column_stack([DISTINCT, -DISTINCT])
    for name, groups, size in [("rows", None, None), ("block", GROUPS, None)]:
        index = PERMUTATIONS[name].draw(y, groups, size, np.random.default_rng(0))
        assert index.shape == (7,)
