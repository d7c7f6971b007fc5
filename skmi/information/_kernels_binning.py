"""Compiled loops that cut columns of numbers into bins of equal frequency.

Edges are order statistics. A column is not sorted for them: its values are counted in
many narrow buckets, and only the buckets that edges fall into are looked at closely.
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel

# Columns that are read together, so that their rows are read once; rows at a time.
_TOGETHER = 8
_FEW_ROWS = 32
# Most buckets: their numbers fit 16 bits with room for a flag and for NaN.
_MOST_BUCKETS = 4096
_MANY_BUCKETS = 256
_FLAG = 1 << 15
# Rows that tell whether a column may have few values.
_FIRST_ROWS = 1024
# Shortest part that is sorted by numpy's algorithm rather than by insertion.
_SHORT = 32
# Distinct values are searched one after the other up to this many.
_LINEAR = 16


@kernel
def code_columns(
    X: np.ndarray, edges: np.ndarray, n_edges: np.ndarray, codes: np.ndarray
) -> None:
    """Write how many edges of its column lie below each value.

    X and codes are (n_columns, n_rows), edges (n_columns, largest n_edges).
    """
    for j in range(X.shape[0]):
        _code(X[j], edges[j, : n_edges[j]], codes[j])


@kernel
def bin_columns(X, n_bins, keeps_nan, codes, edges, n_edges, n_levels):
    """Cut the columns of X (n_rows, n_columns) and write their codes.

    codes are (n_columns, n_rows), edges (n_columns, n_bins - 1). Where NaN is kept it
    is the last level of its column.
    """
    n_rows, n_columns = X.shape
    together = min(_TOGETHER, n_columns)
    # As many buckets as leave a few values in each. More than some hundred must pay for
    # going through them once a column.
    n_buckets = 64
    while n_buckets < _MOST_BUCKETS:
        if (2 if n_buckets < _MANY_BUCKETS else 8) * n_buckets > n_rows:
            break
        n_buckets *= 2
    buckets = np.empty((together, n_rows), dtype=np.uint16)
    # The last count is that of NaN.
    counts = np.empty((together, n_buckets + 1), dtype=np.int32)
    scales = np.empty((together, 2), dtype=np.float64)
    wanted = np.empty(together, dtype=np.bool_)
    column = np.empty(n_rows, dtype=X.dtype)
    found = np.empty(n_bins + 1, dtype=X.dtype)
    rows = np.empty(n_rows, dtype=np.int64)
    for first in range(0, n_columns, _TOGETHER):
        width = min(_TOGETHER, n_columns - first)
        for k in range(width):
            j = first + k
            n_edges[j] = _try_few(X, j, n_bins, column, found, edges[j])
            wanted[k] = n_edges[j] < 0
            if wanted[k]:
                scales[k, 0], scales[k, 1] = _scale(X, j, n_bins, n_buckets)
                continue
            _code(column, edges[j, : n_edges[j]], codes[j])
            n_known = n_rows
            if keeps_nan:
                n_known = _mark_nan(column, codes[j], n_edges[j])
            n_levels[j] = (n_edges[j] + 1 if n_known else 0) + (n_known < n_rows)
        counts[:] = 0
        _fill_buckets(
            X, first, width, wanted, scales, n_buckets, keeps_nan, counts, buckets
        )
        for k in range(width):
            if wanted[k]:
                j = first + k
                n_edges[j] = _cut(
                    X[:, j], n_bins, counts[k], buckets[k], rows, column, edges[j],
                    codes[j],
                )  # fmt: skip
                n_levels[j] = n_edges[j] + 1
                if counts[k, n_buckets] > 0:
                    n_levels[j] += 1


@kernel
def _fill_buckets(
    X, first, width, wanted, scales, n_buckets, keeps_nan, counts, buckets
):
    """Write the bucket of each value of some columns, and count them."""
    n_rows = X.shape[0]
    top = float(n_buckets - 1)
    for row in range(0, n_rows, _FEW_ROWS):
        after = min(row + _FEW_ROWS, n_rows)
        for k in range(width):
            if not wanted[k]:
                continue
            low, scale = scales[k, 0], scales[k, 1]
            count, bucket = counts[k], buckets[k]
            for i in range(row, after):
                value = X[i, first + k]
                place = (value - low) * scale
                # Not min and max of the language, whose NaN rules would be kept.
                place = place if place > 0.0 else 0.0
                place = place if place < top else top
                b = np.uintp(np.int64(place))
                if keeps_nan and value != value:
                    b = np.uintp(n_buckets)
                count[b] += 1
                bucket[i] = b


@kernel
def _cut(x, n_bins, counts, buckets, rows, room, edges, codes):
    """Write the edges and the codes of a column; return how many edges it has.

    Values are in rising buckets, the last of which holds NaN.
    """
    n_buckets = counts.size - 1
    n_known = x.size - counts[n_buckets]
    # Codes of buckets that no edge lies in, flagged where one does.
    table = np.empty(n_buckets + 1, dtype=np.uint16)
    starts = np.empty(n_bins, dtype=np.int64)
    owner = np.empty(n_bins - 1, dtype=np.int64)
    within = np.empty(n_bins - 1, dtype=np.int64)
    before, n_passed, n_slots = 0, 0, 0
    starts[0] = 0
    for b in range(n_buckets):
        n_here = 0
        code = n_passed
        while n_passed < n_bins - 1:
            rank = ((n_passed + 1) * n_known + n_bins - 1) // n_bins - 1
            if rank >= before + counts[b]:
                break
            owner[n_passed] = n_slots
            within[n_passed] = rank - before
            n_passed += 1
            n_here += 1
        if n_here:
            table[b] = _FLAG + n_slots
            starts[n_slots + 1] = starts[n_slots] + counts[b]
            n_slots += 1
        else:
            table[b] = code
        before += counts[b]
    table[n_buckets] = n_bins
    n_flagged = 0
    for i in range(x.size):
        entry = table[buckets[i]]
        if entry >= _FLAG:
            rows[n_flagged] = i
            n_flagged += 1
        codes[i] = entry
    fills = starts[:n_slots].copy()
    for f in range(n_flagged):
        slot = table[buckets[rows[f]]] - _FLAG
        room[fills[slot]] = x[rows[f]]
        fills[slot] += 1
    for slot in range(n_slots):
        _sort(room[starts[slot] : fills[slot]])
    final = np.empty(n_bins + 1, dtype=np.int64)
    n_edges = 0
    for r in range(n_bins - 1):
        edge = room[starts[owner[r]] + within[r]]
        final[r] = n_edges
        if n_edges == 0 or edge > edges[n_edges - 1]:
            edges[n_edges] = edge
            n_edges += 1
    final[n_bins - 1] = n_edges
    n_edges = _below_largest(x, edges, n_edges)
    if n_edges < n_bins - 1:
        # Edges that are equal: codes of buckets counted each of them.
        for r in range(n_bins):
            final[r] = min(final[r], n_edges)
        final[n_bins] = n_edges + 1
        for i in range(x.size):
            if table[buckets[i]] < _FLAG:
                codes[i] = final[codes[i]]
    for f in range(n_flagged):
        value = x[rows[f]]
        codes[rows[f]] = _place(edges, n_edges, value)
    return n_edges


@kernel
def _below_largest(x, edges, n_edges):
    """Move an edge that is the largest value below it; return how many edges are left.

    The last bin would be empty, and what fills it would share one with the rest.
    """
    last = edges[n_edges - 1]
    for i in range(x.size):
        if x[i] > last:
            return n_edges
    below, found = last, False
    for i in range(x.size):
        if x[i] < last and (not found or x[i] > below):
            below, found = x[i], True
    if not found or (n_edges > 1 and below == edges[n_edges - 2]):
        return n_edges - 1
    edges[n_edges - 1] = below
    return n_edges


@kernel
def _try_few(X, j, n_bins, column, found, edges):
    """Write the edges between few distinct values; -1 where they are too many."""
    n_rows = X.shape[0]
    n_values = _few_values(X[: min(n_rows, _FIRST_ROWS), j], found)
    if n_values >= 0:
        for i in range(n_rows):
            column[i] = X[i, j]
        n_values = _few_values(column, found)
    if n_values < 0:
        return -1
    for k in range(n_values - 1):
        edges[k] = found[k]
    return max(0, n_values - 1)


@kernel
def _mark_nan(x, code, n_edges):
    """Give NaN a level beyond the others and return how many values are none."""
    n_known = 0
    for i in range(x.size):
        n_known += x[i] == x[i]
    if n_known < x.size:
        level = n_edges + 1 if n_known else 0
        for i in range(x.size):
            if x[i] != x[i]:
                code[i] = level
    return n_known


@kernel
def _scale(X, j, n_bins, n_buckets):
    """Return where the buckets of a column begin, and how many fit a unit.

    They cover the range of a sample but for its ends. Values beyond are in the first
    or the last bucket.
    """
    n_rows = X.shape[0]
    # A rough range does: sorting a large sample takes longer than the column itself.
    size = min(n_rows, 32 if n_rows < 1024 else 128 if n_rows < 65536 else 512)
    sample = np.empty(size, dtype=X.dtype)
    n_known = 0
    for k in range(size):
        value = X[k * (n_rows // size), j]
        if value == value:
            sample[n_known] = value
            n_known += 1
    if n_known == 0:
        return 0.0, 0.0
    sample = sample[:n_known]
    _sort(sample)
    left_out = n_known // (2 * n_bins)
    low, high = float(sample[left_out]), float(sample[n_known - 1 - left_out])
    scale = n_buckets / (high - low) if high > low else 0.0
    if not 0.0 < scale < np.inf:
        # All values of the sample are equal, or their range is beyond floats.
        return low, 0.0
    return low, scale


@kernel
def _code(x, edges, code):
    """Write how many edges lie below each value."""
    if edges.size == 7:
        # Eight bins, the usual number: one pass, unrolled by the compiler.
        for i in range(x.size):
            total = np.uint8(0)
            for k in range(7):
                total += np.uint8(edges[k] < x[i])
            code[i] = total
        return
    code[:] = 0
    for k in range(edges.size):
        edge = edges[k]
        for i in range(x.size):
            code[i] += edge < x[i]


@kernel
def _few_values(x, found):
    """Write the distinct values in order, NaN left out, and return how many.

    -1 if there are as many as ``found`` has room for.
    """
    n_found = 0
    for i in range(x.size):
        value = x[i]
        if value != value:
            continue
        place = _place(found, n_found, value)
        if place < n_found and found[place] == value:
            continue
        if n_found == found.size - 1:
            return -1
        for k in range(n_found, place, -1):
            found[k] = found[k - 1]
        found[place] = value
        n_found += 1
    return n_found


@kernel
def _place(sorted_values, size, value):
    """Return how many of some sorted values are below one."""
    low = 0
    while size - low > _LINEAR:
        middle = (low + size) // 2
        if sorted_values[middle] < value:
            low = middle + 1
        else:
            size = middle
    while low < size and sorted_values[low] < value:
        low += 1
    return low


@kernel
def _sort(values):
    """Sort in place."""
    if values.size > _SHORT:
        equal = True
        for i in range(1, values.size):
            if values[i] != values[0]:
                equal = False
                break
        if not equal:
            values.sort()
        return
    for i in range(1, values.size):
        value = values[i]
        k = i
        while k > 0 and values[k - 1] > value:
            values[k] = values[k - 1]
            k -= 1
        values[k] = value
