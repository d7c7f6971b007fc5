"""Tables of each of some columns with each of others: one target, many versions."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi.information._checks import check_codes
from skmi.information._planes import (
    _plan,
    _sort_partners,
    _write_block,
    as_target,
)
from skmi.information._tables import joint_tables

# Columns of more levels than these are counted row by row.
_MAX_LEVELS = 64


def cross_tables(codes: Any, others: Any) -> np.ndarray:
    """Table of every column of codes with every column of others.

    Parameters
    ----------
    codes : array-like of int of shape (n, d)
        Levels 0, 1, ... of each column. Fortran order and uint8 are read as they
        lie; anything else is copied.
    others : array-like of int of shape (n, k)
        Levels 0, 1, ... of the columns that each of them is counted with.

    Returns
    -------
    ndarray of shape (d, k, n_levels, n_other)
        Counts (uint32). ``n_levels`` and ``n_other`` are the largest numbers of levels
        of any column of codes and of others.

    Raises
    ------
    ValueError
        If codes are not integers of at least 0, or lengths differ.

    See Also
    --------
    joint_tables : Tables of many columns with one or two variables.
    pairwise_entropies : Entropies of the tables of all pairs of one set of columns.

    Notes
    -----
    Made for a permutation test: the others are one target, rearranged in many ways. A
    level of such a column is a bit; rows are read 512 bits at a time, in the order of
    the levels of one column of codes, as :func:`pairwise_entropies` does. Cost
    O(n d k L / 512) for L levels of the others, O(n d k) where columns have more
    than 64 levels. Memory is that of the result.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import cross_tables
    >>> labels = np.array([[0, 1], [0, 0], [1, 1]])
    >>> cross_tables(np.array([[0], [1], [1]]), labels)[0]
    array([[[1, 0],
            [1, 1]],
    <BLANKLINE>
           [[0, 1],
            [1, 1]]], dtype=uint32)
    """
    columns = check_codes(codes, "codes", None)
    partners = check_codes(others, "others", None)
    n_rows = columns.shape[1]
    if partners.shape[1] != n_rows:
        msg = (
            f"others must have as many rows as codes ({n_rows}), found "
            f"{partners.shape[1]}."
        )
        raise ValueError(msg)
    n_levels = columns.max(axis=1).astype(np.int64) + 1
    n_other = int(partners.max()) + 1
    # Level by level, as they are counted; the result is a view.
    shape = len(columns), int(n_levels.max()), len(partners), n_other
    tables: np.ndarray = np.zeros(shape, dtype=np.uint32)
    narrow = n_levels <= _MAX_LEVELS
    if n_other > _MAX_LEVELS or n_other == 1:
        narrow[:] = False
    places = np.flatnonzero(narrow)
    if places.size:
        few = int(n_levels[places].max())
        some = slice(None) if narrow.all() else places
        tables[some, :few] = _by_bits(columns[some], n_levels[some], partners)
    for j in np.flatnonzero(~narrow):
        counted = joint_tables(partners.T, columns[j])
        tables[j, : counted.shape[2]] = counted.transpose(2, 0, 1)
    return tables.transpose(0, 2, 1, 3)


def _by_bits(
    columns: np.ndarray, n_levels: np.ndarray, others: np.ndarray
) -> np.ndarray:
    """Return the tables of columns of few levels, (d, n_levels, k, n_other)."""
    from skmi.information._kernels_cross import cross_counts

    n_others, n_rows = others.shape
    # Levels that a column lacks have bits that are never set.
    n_other = int(others.max()) + 1
    widths = np.full(n_others, n_other, dtype=np.int64)
    nobody = as_target(None, n_rows)
    groups = _sort_partners(
        np.ascontiguousarray(columns, dtype=np.uint8), n_levels, nobody
    )
    lines = np.ascontiguousarray(others, dtype=np.uint8)
    n_bits = n_other - 1
    shape = len(columns), int(n_levels.max()), n_others * n_bits
    counts: np.ndarray = np.zeros(shape, dtype=np.uint32)
    for first, last in _plan(widths):
        block = _write_block(lines, widths, first, last)
        start, width = first * n_bits, (last - first) * n_bits
        cross_counts(block.bits, groups, start, width, counts)
    # The last level has no bit: what is left of the rows of a level.
    tables = np.empty((*shape[:2], n_others, n_other), dtype=np.uint32)
    tables[..., :-1] = counts.reshape(*shape[:2], n_others, n_bits)
    occupied = np.arange(shape[1]) < n_levels[:, None]
    sizes = np.where(occupied, groups.sizes, np.uint32(0))
    tables[..., -1] = sizes[:, :, None]
    for k in range(n_bits):
        tables[..., -1] -= tables[..., k]
    return tables
