"""Codes of few levels, for tables of few rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Levels of a column in the scan: an even number keeps the median an edge.
_MAX_LEVELS = 4
# Classes; the rarest become one.
_MAX_CLASSES = 16
# Rows a cell of the tables of two columns and y, at least, on average.
_ROWS_A_CELL = 8


class Coarse(NamedTuple):
    """Codes (n, d) of few levels, those of y (n,), and the rows they are worth."""

    codes: np.ndarray
    n_levels: np.ndarray
    y: np.ndarray
    weight: np.ndarray | None
    n_rows: float


def coarsened(
    codes: np.ndarray,
    n_levels: np.ndarray,
    y: np.ndarray,
    *,
    sample_weight: np.ndarray | None = None,
    ordered: np.ndarray | None = None,
    ordered_target: bool = False,
) -> Coarse:
    """Return codes with neighbouring levels merged until tables of pairs are full.

    ``ordered`` (d,) marks columns whose neighbouring levels are alike, all if None.
    The others keep their commonest levels, and the rest become one.
    """
    weight = None
    n_rows = float(len(y))
    if sample_weight is not None:
        weight = np.asarray(sample_weight, dtype=np.float64)
        n_rows = float(weight.sum() ** 2 / (weight**2).sum())
    y = np.unique(y, return_inverse=True)[1]
    if ordered_target:
        y = _merged(y, int(y.max()) + 1, _MAX_LEVELS)
    y = commonest(y, _MAX_CLASSES, weight)
    cells = n_rows / (_ROWS_A_CELL * (int(y.max()) + 1))
    most = _MAX_LEVELS if cells >= _MAX_LEVELS**2 else 2
    result = np.empty(codes.shape, dtype=np.uint8, order="F")
    for j in range(codes.shape[1]):
        column = codes[:, j]
        is_ordered = ordered is None or ordered[j]
        result[:, j] = few_levels(column, int(n_levels[j]), most, is_ordered, weight)
    levels = result.max(axis=0).astype(np.intp) + 1
    return Coarse(result, levels, y.astype(np.uint8), weight, n_rows)


def few_levels(
    codes: np.ndarray,
    n_levels: int,
    most: int,
    is_ordered: bool,
    weight: np.ndarray | None = None,
) -> np.ndarray:
    """Return codes of at most some levels, neighbours or the rarest made one."""
    if is_ordered:
        return _merged(codes, n_levels, most)
    return commonest(codes, most, weight)


def _merged(codes: np.ndarray, n_levels: int, most: int) -> np.ndarray:
    """Return codes whose neighbouring levels are merged until there are ``most``."""
    if n_levels <= most:
        return codes
    return codes.astype(np.intp) * most // n_levels


def commonest(
    codes: np.ndarray, most: int, weight: np.ndarray | None = None
) -> np.ndarray:
    """Return codes of the commonest levels, and of all others as one."""
    counts = np.bincount(codes, weight)
    if counts.size <= most:
        return codes
    place = np.full(counts.size, most - 1)
    place[np.argsort(-counts, kind="stable")[: most - 1]] = np.arange(most - 1)
    return place[codes]
