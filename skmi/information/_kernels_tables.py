"""Compiled loops that count integer codes and sum c log c over tables.

Arrays of codes are (n_columns, n_rows): a column's codes lie side by side.
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel


@kernel
def count_columns(codes: np.ndarray, partner: np.ndarray, tables: np.ndarray) -> None:
    """Add 1 to each row's cell of tables (n_columns, n_levels, n_partner)."""
    n_columns, n_rows = codes.shape
    whole = n_columns - n_columns % 4
    # Four tables at once: an increment need not wait for the one before.
    for j in range(0, whole, 4):
        a, b, c, d = tables[j], tables[j + 1], tables[j + 2], tables[j + 3]
        for i in range(n_rows):
            p = partner[i]
            a[codes[j, i], p] += 1
            b[codes[j + 1, i], p] += 1
            c[codes[j + 2, i], p] += 1
            d[codes[j + 3, i], p] += 1
    for j in range(whole, n_columns):
        for i in range(n_rows):
            tables[j, codes[j, i], partner[i]] += 1


@kernel
def weigh_columns(
    codes: np.ndarray, partner: np.ndarray, weight: np.ndarray, tables: np.ndarray
) -> None:
    """Add each row's weight to its cell of tables (n_columns, n_levels, n_partner)."""
    n_columns, n_rows = codes.shape
    for j in range(n_columns):
        for i in range(n_rows):
            tables[j, codes[j, i], partner[i]] += weight[i]


@kernel
def fill_c_log_c(lookup: np.ndarray) -> None:
    """Write c log c for c = 0, 1, 2, ..."""
    lookup[0] = 0.0
    for c in range(1, lookup.size):
        lookup[c] = c * np.log(float(c))


@kernel
def sum_counts(
    tables: np.ndarray, lookup: np.ndarray, pair: np.ndarray, triple: np.ndarray
) -> None:
    """Sum c log c over tables (n_tables, n_cells, n_target) and their marginals."""
    n_tables, n_cells, n_target = tables.shape
    for t in range(n_tables):
        outer = 0.0
        inner = 0.0
        for cell in range(n_cells):
            total = 0
            for level in range(n_target):
                c = tables[t, cell, level]
                total += c
                inner += lookup[c] if c < lookup.size else c * np.log(float(c))
            outer += (
                lookup[total] if total < lookup.size else total * np.log(float(total))
            )
        pair[t] = outer
        triple[t] = inner


@kernel
def sum_weights(tables: np.ndarray, pair: np.ndarray, triple: np.ndarray) -> None:
    """Do as sum_counts for tables of weights."""
    n_tables, n_cells, n_target = tables.shape
    for t in range(n_tables):
        outer = 0.0
        inner = 0.0
        for cell in range(n_cells):
            total = 0.0
            for level in range(n_target):
                c = tables[t, cell, level]
                total += c
                if c > 0:
                    inner += c * np.log(c)
            if total > 0:
                outer += total * np.log(total)
        pair[t] = outer
        triple[t] = inner
