"""Compiled counts of the tables of all pairs of columns, kept one behind the other.

``ends`` (d + 1,) are running sums of the columns' levels, and ``begins`` (d,) the
place in ``pairs`` of the tables of each column with all later ones, which follow each
other as (n_levels of the later one, n_levels of the column, n_target).
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_pairs import fixed_term

# Rows counted at a time, so that their codes stay in the cache.
_CHUNK = 8192


@kernel
def add_pair_tables(codes, target, weight, n_target, ends, begins, single, pairs):
    """Add rows to the tables. codes (d, n), single (n_levels of all, n_target)."""
    n_columns, n_rows = codes.shape
    place = np.empty(min(n_rows, _CHUNK), dtype=np.int64)
    for top in range(0, n_rows, _CHUNK):
        size = min(_CHUNK, n_rows - top)
        for i in range(n_columns):
            width = (ends[i + 1] - ends[i]) * n_target
            for r in range(size):
                level, y = np.int64(codes[i, top + r]), np.int64(target[top + r])
                w = 1 if weight is None else weight[top + r]
                single[ends[i] + level, y] += w
                place[r] = begins[i] + level * n_target + y
            j = i + 1
            while weight is None and j + 4 <= n_columns:
                # Four tables at once: an increment need not wait for the one before.
                a, b = (ends[j] - ends[i + 1]), (ends[j + 1] - ends[i + 1])
                c, d = (ends[j + 2] - ends[i + 1]), (ends[j + 3] - ends[i + 1])
                for r in range(size):
                    row, p = top + r, place[r]
                    pairs[(a + np.int64(codes[j, row])) * width + p] += 1
                    pairs[(b + np.int64(codes[j + 1, row])) * width + p] += 1
                    pairs[(c + np.int64(codes[j + 2, row])) * width + p] += 1
                    pairs[(d + np.int64(codes[j + 3, row])) * width + p] += 1
                j += 4
            while j < n_columns:
                a = ends[j] - ends[i + 1]
                for r in range(size):
                    w = 1 if weight is None else weight[top + r]
                    pairs[(a + np.int64(codes[j, top + r])) * width + place[r]] += w
                j += 1


@kernel
def sum_cells(cells, starts, n_cells, n_target, terms, sums):
    """Sum the terms of tables (n_cells, n_target) that begin at ``starts``.

    sums (2, n_tables) gets those of the marginal without the target, and with it.
    """
    for t in range(starts.size):
        outer, inner = np.int64(0), np.int64(0)
        for cell in range(n_cells[t]):
            begin = starts[t] + cell * n_target
            total = cells[begin]
            inner += fixed_term(float(total), terms.offset, terms.scale)
            for y in range(1, n_target):
                c = cells[begin + y]
                total += c
                inner += fixed_term(float(c), terms.offset, terms.scale)
            outer += fixed_term(float(total), terms.offset, terms.scale)
        sums[0, t] = outer
        sums[1, t] = inner
