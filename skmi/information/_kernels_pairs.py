"""Compiled sums over the tables of one column with others, counted row by row.

Each cell of c rows adds the integer nearest to (c log c - offset) * scale. Sums of
integers do not depend on their order: relabelling, transposing or counting in another
way changes no bit, and what should cancel cancels exactly.
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel

# Side of the squares in which a matrix is mirrored, so that both stay in the cache.
_SIDE = 32


@kernel
def fixed_term(c, offset, scale):
    """Return what a cell of c rows adds."""
    if c <= 0.0:
        return np.int64(0)
    return np.int64(np.rint((c * np.log(c) - offset) * scale))


@kernel
def fill_terms(lookup, offset, scale):
    """Write the terms of c = 0, 1, 2, ..."""
    for c in range(lookup.size):
        lookup[c] = fixed_term(float(c), offset, scale)


@kernel
def _sum_table(table, n_rows, terms):
    """Return the terms of a table (n_cells, n_target), summed over y first and not.

    No count exceeds ``n_rows``; sums of weights pass a number beyond the look-up.
    """
    n_cells, n_target = table.shape
    outer, inner = np.int64(0), np.int64(0)
    # A look-up tested for each cell would make LLVM compute every logarithm.
    if n_rows < terms.lookup.size:
        for cell in range(n_cells):
            total = np.int64(0)
            for y in range(n_target):
                c = np.int64(table[cell, y])
                total += c
                inner += terms.lookup[c]
            outer += terms.lookup[total]
        return outer, inner
    for cell in range(n_cells):
        total = table[cell, 0]
        inner += fixed_term(float(total), terms.offset, terms.scale)
        for y in range(1, n_target):
            c = table[cell, y]
            total += c
            inner += fixed_term(float(c), terms.offset, terms.scale)
        outer += fixed_term(float(total), terms.offset, terms.scale)
    return outer, inner


@kernel
def dense_sums(
    codes, columns, n_levels, partner, n_partner, n_target, weight, terms, tables, sums
):
    """Sum the terms of the tables of a partner with some columns, filled densely.

    codes (d, n) and their n_levels (d,); ``partner`` holds a level of the partner times
    n_target plus one of the target. tables (4, room) is working space, sums
    (2, n_columns) gets the terms without and with the target.
    """
    n_rows = codes.shape[1]
    size = n_partner * n_target
    limit = n_rows if weight is None else terms.lookup.size
    for first in range(0, columns.size, 4):
        # Four tables at once: an increment need not wait for the one before.
        few = columns[first : first + 4]
        for k in range(few.size):
            tables[k, : n_levels[few[k]] * size] = 0
        if few.size == 4:
            i, j, k, m = few
            for row in range(n_rows):
                p = np.intp(partner[row])
                w = 1 if weight is None else weight[row]
                tables[0, np.intp(codes[i, row]) * size + p] += w
                tables[1, np.intp(codes[j, row]) * size + p] += w
                tables[2, np.intp(codes[k, row]) * size + p] += w
                tables[3, np.intp(codes[m, row]) * size + p] += w
        else:
            for k in range(few.size):
                for row in range(n_rows):
                    w = 1 if weight is None else weight[row]
                    cell = np.intp(codes[few[k], row]) * size + np.intp(partner[row])
                    tables[k, cell] += w
        for k in range(few.size):
            table = tables[k, : n_levels[few[k]] * size].reshape((-1, n_target))
            outer, inner = _sum_table(table, limit, terms)
            sums[0, first + k] = outer
            sums[1, first + k] = inner


@kernel
def _take_terms(cells, codes, rows, terms, counted):
    """Return the terms of the cells that some rows touched, and clear these."""
    total = np.int64(0)
    for row in rows:
        c = cells[codes[row]]
        if c > 0:
            if counted and np.intp(c) < terms.lookup.size:
                total += terms.lookup[np.intp(c)]
            else:
                total += fixed_term(float(c), terms.offset, terms.scale)
            cells[codes[row]] = 0
    return total


@kernel
def sparse_sums(
    codes, columns, order, ends, closing, n_target, weight, terms, cells, sums
):
    """Do as dense_sums in time and memory that do not grow with the tables.

    ``order`` holds the rows sorted by the partner and the target, ends (n_groups,)
    where each group ends; closing (n_groups,) marks the last group of a level of the
    partner. cells (2, largest level) are zeros before and after.
    """
    for k in range(columns.size):
        column = codes[columns[k]]
        outer, inner = np.int64(0), np.int64(0)
        start = first = 0
        for g in range(ends.size):
            stop = ends[g]
            for row in order[start:stop]:
                w = 1 if weight is None else weight[row]
                cells[0, column[row]] += w
                if n_target > 1:
                    cells[1, column[row]] += w
            rows = order[start:stop]
            if n_target > 1:
                inner += _take_terms(cells[1], column, rows, terms, weight is None)
            start = stop
            if closing[g]:
                rows = order[first:stop]
                outer += _take_terms(cells[0], column, rows, terms, weight is None)
                first = stop
        sums[0, k] = outer
        sums[1, k] = inner if n_target > 1 else outer


@kernel
def mirror(values):
    """Copy what is right of the diagonal to its left."""
    d = len(values)
    for top in range(0, d, _SIDE):
        for left in range(top, d, _SIDE):
            for i in range(top, min(top + _SIDE, d)):
                for j in range(max(left, i + 1), min(left + _SIDE, d)):
                    values[j, i] = values[i, j]


@kernel
def informations(pair, single):
    """Turn entropies of pairs right of the diagonal into I(Xi;Xj)."""
    d = len(pair)
    for i in range(d):
        for j in range(i + 1, d):
            pair[i, j] = single[i] + single[j] - pair[i, j]


@kernel
def informations_with(pair, triple, single, single_y, only_y, joint):
    """Turn entropies into I(Xi;Xj), I(Xi;Xj|Y), and fill in I(Xi,Xj;Y)."""
    d = len(pair)
    for i in range(d):
        for j in range(i, d):
            both, all_three = pair[i, j], triple[i, j]
            joint[i, j] = both + only_y - all_three
            pair[i, j] = single[i] + single[j] - both
            triple[i, j] = single_y[i] + single_y[j] - only_y - all_three
