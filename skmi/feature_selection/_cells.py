"""Groups of rows that are alike in several columns, numbers and categories."""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata


def scaled(values: np.ndarray, discrete: np.ndarray) -> np.ndarray:
    """Return columns of equal scale: ranks in (0, 1] of numbers, codes as they are."""
    result = np.array(values, dtype=np.float64)
    for j in np.flatnonzero(~discrete):
        result[:, j] = rankdata(values[:, j]) / len(values)
    return result


def refine(
    cells: np.ndarray,
    values: np.ndarray,
    discrete: np.ndarray,
    weights: np.ndarray,
    min_rows: int,
) -> np.ndarray:
    """Split cells of rows until they are small or their rows are alike.

    Parameters
    ----------
    cells : ndarray of int of shape (n,)
        Number of the cell of each row, from 0 without gaps.
    values : ndarray of shape (n, q)
        Scaled columns.
    discrete : ndarray of bool of shape (q,)
        Which hold codes of categories.
    weights : ndarray of shape (q,)
        How much the rows of a cell should be alike in each column.
    min_rows : int
        A cell of twice as many rows, or more, is split: numbers at their median,
        categories level by level, levels of fewer rows together.

    Returns
    -------
    ndarray of int of shape (n,)
        Numbers of the smaller cells, each inside one of those given.
    """
    while values.shape[1]:
        finer = _split(cells, values, discrete, weights, min_rows)
        if finer is None:
            break
        cells = finer
    return cells


def _split(
    cells: np.ndarray,
    values: np.ndarray,
    discrete: np.ndarray,
    weights: np.ndarray,
    min_rows: int,
) -> np.ndarray | None:
    """Split every cell once by the column it varies in most; None if none can be."""
    sizes = np.bincount(cells)
    spread = _spreads(cells, sizes, values, discrete) * weights
    spread[sizes < 2 * min_rows] = 0.0
    is_open = spread.max(axis=1) > 0
    if not is_open.any():
        return None
    column = spread.argmax(axis=1)[cells]
    value = values[np.arange(len(cells)), column]
    half = _halves(cells, sizes, value)
    level, has_large = _levels(cells, value, min_rows)
    child = np.where(discrete[column] & has_large[cells], level, half)
    child = np.where(is_open[cells], child, 0)
    return np.unique(cells * (len(cells) + 2) + child, return_inverse=True)[1]


def _spreads(
    cells: np.ndarray, sizes: np.ndarray, values: np.ndarray, discrete: np.ndarray
) -> np.ndarray:
    """Return the range of each column in each cell; 1 for codes that differ."""
    order = np.argsort(cells, kind="stable")
    starts = np.cumsum(sizes) - sizes
    rows = values[order]
    reach = np.maximum.reduceat(rows, starts) - np.minimum.reduceat(rows, starts)
    reach[:, discrete] = reach[:, discrete] > 0
    return reach


def _halves(cells: np.ndarray, sizes: np.ndarray, value: np.ndarray) -> np.ndarray:
    """Return 0 in the lower half of each cell's rows and 1 in the upper one."""
    order = np.lexsort((value, cells))
    starts = np.cumsum(sizes) - sizes
    sorted_cells = cells[order]
    rank = np.arange(len(cells)) - starts[sorted_cells]
    half = np.empty(len(cells), dtype=np.int64)
    half[order] = rank >= sizes[sorted_cells] // 2
    return half


def _levels(
    cells: np.ndarray, value: np.ndarray, min_rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return a number for each large level in a cell, 0 for others; who has one."""
    codes = np.unique(value, return_inverse=True)[1]
    level, counts = np.unique(
        cells * (int(codes.max()) + 1) + codes, return_inverse=True, return_counts=True
    )[1:]
    is_large = counts[level] >= min_rows
    has_large = np.zeros(int(cells.max()) + 1, dtype=bool)
    has_large[cells[is_large]] = True
    return np.where(is_large, level + 1, 0), has_large
