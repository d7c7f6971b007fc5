"""Tables of many columns with many versions of a target."""

import numpy as np
import pytest

from skmi.information import contingency_table, cross_tables


@pytest.mark.parametrize(
    ("n_rows", "n_levels", "n_others", "n_other"),
    [
        (50, 4, 5, 2),
        # More bits than one block of lines holds, and more rows than one chunk.
        (9000, 8, 180, 4),
        # Levels that are counted row by row.
        (300, 70, 3, 3),
        (300, 3, 2, 80),
        (30, 3, 2, 1),
    ],
)
def test_every_table_equals_a_count_by_hand(n_rows, n_levels, n_others, n_other):
    rng = np.random.default_rng(0)
    codes = rng.integers(0, n_levels, (n_rows, 3))
    codes[:, 0] = codes[:, 0] > 0
    others = rng.integers(0, n_other, (n_rows, n_others))
    found = cross_tables(codes, others)
    wanted = np.zeros(found.shape, dtype=int)
    for j in range(3):
        for k in range(n_others):
            np.add.at(wanted[j, k], (codes[:, j], others[:, k]), 1)
    np.testing.assert_array_equal(found, wanted)


def test_columns_of_few_and_of_many_levels_stand_in_their_places():
    rng = np.random.default_rng(1)
    codes = np.column_stack([rng.integers(0, 90, 500), rng.integers(0, 3, 500)])
    other = rng.integers(0, 2, (500, 1))
    found = cross_tables(codes, other)
    for j in range(2):
        table = contingency_table(codes[:, j], other[:, 0])
        np.testing.assert_array_equal(found[j, 0, : len(table)], table)
        assert not found[j, 0, len(table) :].any()


@pytest.mark.parametrize(
    ("codes", "others", "match"),
    [
        ([[0], [1]], [[0], [1], [1]], "others must have as many rows"),
        ([[0.5], [1]], [[0], [1]], "codes must be integers"),
        ([[0], [1]], [[-1], [1]], "others must be integers of at least 0"),
        ([[0], [1]], [0, 1], "others must be a 2-D array"),
    ],
)
def test_bad_input_is_named(codes, others, match):
    with pytest.raises(ValueError, match=match):
        cross_tables(codes, others)
