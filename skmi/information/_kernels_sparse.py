"""Compiled loops over the entries of sparse columns: their bins, and their tables.

A column is what is off its base level, the level of 0: ``rows`` of one level after the
other, each such run ending where the next begins. ``starts`` (n_runs + 1,) are these
limits, and ``first`` (n_columns + 1,) the first run of each column.
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_pairs import fixed_term


@kernel
def _term(c, terms):
    """Return what a cell of c rows adds, looked up where c is small."""
    if c < terms.lookup.size:
        return terms.lookup[c]
    return fixed_term(float(c), terms.offset, terms.scale)


@kernel
def _take(code, base, counts, terms):
    """Move a cell's rows from the base level, and return what this adds."""
    c = counts[code]
    if c == 0:
        return np.int64(0)
    before, after = base[code], base[code] - c
    base[code] = after
    counts[code] = 0
    return _term(c, terms) + _term(after, terms) - _term(before, terms)


@kernel
def sum_sparse_counts(rows, starts, first, columns, codes, margin, terms, sums):
    """Sum the terms of the table of some columns with each variable's codes.

    codes (n,) with counts ``margin``. The base level of a column starts with all rows;
    each run takes its own away, so only cells with entries are looked at.
    """
    base, counts = margin.copy(), np.zeros_like(margin)
    n_codes = margin.size
    whole = np.int64(0)
    for code in range(n_codes):
        whole += _term(margin[code], terms)
    for k in range(columns.size):
        begin, end = first[columns[k]], first[columns[k] + 1]
        total = whole
        for run in range(begin, end):
            own = rows[starts[run] : starts[run + 1]]
            for row in own:
                counts[codes[row]] += 1
            if own.size < n_codes:
                for row in own:
                    total += _take(codes[row], base, counts, terms)
            else:
                for code in range(n_codes):
                    total += _take(code, base, counts, terms)
        own = rows[starts[begin] : starts[end]]
        if own.size < n_codes:
            for row in own:
                base[codes[row]] = margin[codes[row]]
        else:
            base[:] = margin
        sums[k] = total


@kernel
def sum_sparse_weights(
    rows, starts, first, columns, codes, margin, n_margin, weight, terms, sums
):
    """Do as sum_sparse_counts for weights; n_margin counts rows of weight above 0."""
    base, n_base = margin.copy(), n_margin.copy()
    cells, n_cells = np.zeros_like(margin), np.zeros_like(n_margin)
    whole = np.int64(0)
    for code in range(margin.size):
        whole += fixed_term(margin[code], terms.offset, terms.scale)
    for k in range(columns.size):
        begin, end = first[columns[k]], first[columns[k] + 1]
        total = whole
        for run in range(begin, end):
            own = rows[starts[run] : starts[run + 1]]
            for row in own:
                cells[codes[row]] += weight[row]
                n_cells[codes[row]] += weight[row] > 0.0
            for row in own:
                code = codes[row]
                if n_cells[code] == 0:
                    continue
                n_base[code] -= n_cells[code]
                # Differences of weights are rounded: an empty cell is told by its rows.
                after = base[code] - cells[code] if n_base[code] > 0 else 0.0
                total += fixed_term(cells[code], terms.offset, terms.scale)
                total += fixed_term(after, terms.offset, terms.scale)
                total -= fixed_term(base[code], terms.offset, terms.scale)
                base[code] = after
                cells[code] = 0.0
                n_cells[code] = 0
        for row in rows[starts[begin] : starts[end]]:
            base[codes[row]] = margin[codes[row]]
            n_base[codes[row]] = n_margin[codes[row]]
        sums[k] = total


@kernel
def _weight_of_rest(rows, weight, total):
    """Add the weights of all rows but some to a running sum, in the order of rows."""
    is_other = np.zeros(weight.size, dtype=np.bool_)
    for row in rows:
        is_other[row] = True
    for row in range(weight.size):
        if not is_other[row]:
            total += weight[row]
    return total


@kernel
def _count_distinct(values):
    """Return how many distinct values a sorted array has."""
    count = min(values.size, 1)
    for k in range(1, values.size):
        count += values[k] != values[k - 1]
    return count


@kernel
def _groups(rows, values, n_rows, weight, n_used, total, exact, value, cumulated):
    """Write the distinct values of a column with 0, and running sums of weights.

    rows and values are the column's entries in rising order, NaN written as infinity
    last. Values without weight are left out. ``n_used`` rows have weights, which sum to
    ``total``; without any, each counts 1. Returns how many values there are.
    """
    n_entries = values.size
    n_groups, running = 0, 0.0
    k, zeros_done = 0, False
    while True:
        more = k < n_entries and values[k] < np.inf
        if not zeros_done and not (more and values[k] < 0.0):
            # All rows without an entry, and the entries that are 0.
            zeros_done = True
            begin = k
            while k < n_entries and values[k] == 0.0:
                k += 1
            n_off, n_zeros = n_entries - (k - begin), n_rows - n_entries + k - begin
            if weight.size == 0:
                running += n_zeros
            elif n_zeros > 0:
                off = 0.0
                for i in range(n_entries):
                    if i < begin or i >= k:
                        n_off -= weight[rows[i]] == 0.0
                        off += weight[rows[i]]
                n_zeros = n_used - n_off
                if exact:
                    running += total - off
                else:
                    others = np.concatenate((rows[:begin], rows[k:]))
                    running = _weight_of_rest(others, weight, running)
            if n_zeros > 0:
                value[n_groups], cumulated[n_groups] = 0.0, running
                n_groups += 1
        elif more:
            now, seen = values[k], False
            while k < n_entries and values[k] == now:
                w = weight[rows[k]] if weight.size else 1.0
                running += w
                seen = seen or w > 0.0
                k += 1
            if seen:
                value[n_groups], cumulated[n_groups] = now, running
                n_groups += 1
        else:
            return n_groups


@kernel
def _edges(value, cumulated, n_groups, n_bins, edges):
    """Write the inner edges of the bins of distinct values; return their number."""
    if n_groups == 0:
        return 0
    last = value[n_groups - 1]
    if n_groups <= n_bins:
        edges[: n_groups - 1] = value[: n_groups - 1]
        return n_groups - 1
    n_edges, group = 0, 0
    for step in range(1, n_bins):
        # Products, not quotients: whole weights are then compared exactly.
        while cumulated[group] * n_bins < step * cumulated[n_groups - 1]:
            group += 1
        edge = value[group]
        if edge == last:
            # The largest value fills the last bin: the edge is for the others.
            edge = value[n_groups - 2]
        if n_edges == 0 or edge > edges[n_edges - 1]:
            edges[n_edges] = edge
            n_edges += 1
    return n_edges


@kernel
def code_sparse_columns(
    indptr,
    indices,
    values,
    n_rows,
    weight,
    exact,
    n_bins,
    rows,
    starts,
    levels,
    first,
    base,
    n_levels,
):
    """Write the rows that are off the base level of each column, level by level.

    n_bins (d,) is the largest number of levels of each column. ``exact`` tells that
    sums of weights are the same in any order.
    """
    n_columns = indptr.size - 1
    longest = 0
    for j in range(n_columns):
        longest = max(longest, indptr[j + 1] - indptr[j])
    value, cumulated = np.empty(longest + 1), np.empty(longest + 1)
    edges = np.empty(longest + 1)
    n_runs, n_kept = 0, 0
    starts[0] = first[0] = 0
    n_used, total = n_rows, float(n_rows)
    if weight.size:
        n_used, total = np.count_nonzero(weight), weight.sum()
    for j in range(n_columns):
        own_rows = indices[indptr[j] : indptr[j + 1]]
        own = values[indptr[j] : indptr[j + 1]]
        if own.size and (own != own[0]).any():
            order = np.argsort(own, kind="mergesort")
            own_rows, own = own_rows[order], own[order]
        # Where no column is cut, sums of weights are not looked at.
        cheap = exact or _count_distinct(own) < n_bins[j]
        n_groups = _groups(
            own_rows, own, n_rows, weight, n_used, total, cheap, value, cumulated
        )
        n_edges = _edges(value, cumulated, n_groups, n_bins[j], edges)
        base[j] = np.searchsorted(edges[:n_edges], 0.0)
        level, latest = 0, -1
        for k in range(own.size):
            if own[k] == np.inf:
                # As a level of its own, behind all others that occur.
                level = n_edges + (n_groups > 0)
            else:
                while level < n_edges and edges[level] < own[k]:
                    level += 1
                if level == base[j]:
                    continue
            if level != latest:
                levels[n_runs] = latest = level
                n_runs += 1
            rows[n_kept] = own_rows[k]
            n_kept += 1
            starts[n_runs] = n_kept
        first[j + 1] = n_runs
        n_missing = own.size > 0 and own[-1] == np.inf
        n_levels[j] = n_edges + (n_groups > 0) + n_missing
    return n_runs, n_kept
