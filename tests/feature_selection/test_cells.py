"""Cells of rows that are alike."""

import numpy as np

from skmi.feature_selection._cells import refine, scaled


def cells_of(values, discrete, weights=None, min_rows=3):
    """Return cells of raw columns."""
    discrete = np.array(discrete)
    weights = np.ones(len(discrete)) if weights is None else np.array(weights)
    start = np.zeros(len(values), dtype=np.int64)
    return refine(start, scaled(values, discrete), discrete, weights, min_rows)


def is_nested(inner, outer):
    """Tell whether each inner cell lies in one outer cell."""
    return all(np.unique(outer[inner == c]).size == 1 for c in np.unique(inner))


def test_cells_of_numbers_are_small_and_none_is_too_small():
    x = np.random.default_rng(0).normal(size=(1000, 2))
    sizes = np.bincount(cells_of(x, [False, False]))
    assert sizes.min() >= 3
    assert sizes.max() <= 5


def test_rows_of_a_cell_of_one_number_are_neighbours():
    x = np.random.default_rng(0).normal(size=(500, 1))
    cells = cells_of(x, [False])
    changes = np.diff(cells[np.argsort(x[:, 0])]) != 0
    assert changes.sum() == cells.max()


def test_large_levels_of_categories_are_told_apart_exactly():
    x = np.random.default_rng(0).integers(0, 4, (600, 2)).astype(float)
    cells = cells_of(x, [True, True])
    joint = x[:, 0] * 4 + x[:, 1]
    assert is_nested(cells, joint)
    assert is_nested(joint, cells)


def test_rare_levels_share_a_cell():
    x = np.repeat([0.0, 1.0, 2.0, 3.0], [20, 20, 2, 1])[:, None]
    cells = cells_of(x, [True])
    assert np.bincount(cells).tolist() == [3, 20, 20]
    assert np.unique(cells[x[:, 0] >= 2]).size == 1


def test_levels_that_are_all_rare_are_split_in_their_order():
    x = np.arange(40.0)[:, None]
    sizes = np.bincount(cells_of(x, [True]))
    assert sizes.min() >= 3
    assert sizes.max() <= 5


def test_small_cells_lie_within_the_large_ones_given():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.normal(size=800), rng.integers(0, 3, 800)])
    discrete = np.array([False, True])
    values = scaled(x, discrete)
    start = np.zeros(800, dtype=np.int64)
    coarse = refine(start, values, discrete, np.ones(2), 100)
    fine = refine(coarse, values, discrete, np.ones(2), 3)
    assert np.bincount(coarse).min() >= 100
    assert fine.max() > coarse.max()
    assert is_nested(fine, coarse)


def test_heavier_columns_are_split_more_finely():
    x = np.random.default_rng(0).uniform(size=(2000, 2))
    cells = cells_of(x, [False, False], weights=[4.0, 1.0])
    order = np.argsort(cells)
    starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
    rows = x[order]
    reach = np.maximum.reduceat(rows, starts) - np.minimum.reduceat(rows, starts)
    # Ranges times weights are about equal, so the first range is a quarter.
    assert 2.5 < reach[:, 1].mean() / reach[:, 0].mean() < 6


def test_equal_rows_and_no_columns_are_one_cell():
    assert not cells_of(np.ones((50, 2)), [False, True]).any()
    assert not cells_of(np.empty((50, 0)), np.empty(0, dtype=bool)).any()
