"""Compiled nearest-neighbour information of pairs of variables.

Arrays of features are (n_columns, n_rows), arrays of orders hold row numbers in rising
order of the values. Distances are compared as they are computed, x[i] - x[j]: points
at the k-th distance must stay out of the counts, and bounds such as x[i] + radius
would be rounded to let some of them in.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# So many points are searched for at once: their steps do not wait for one another.
_LANES = 8
# Points of a strip, for n rows: sqrt of this times n.
_STRIP_FACTOR = 8.0
# Points on either side of a group that give the first bound of its radii.
_FIRST_LOOK = 8
# A group whose window in its own strip is longer than this tries sweeps first.
_LONG_WINDOW = 48
# Points that a sweep may visit.
_SWEEP = 64


@njit(nogil=True, cache=True)
def ross_columns(
    X: np.ndarray,
    order: np.ndarray,
    codes: np.ndarray,
    n_neighbors: int,
    psi: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write Ross's estimate of each row of X with the classes 0, 1, ... in codes."""
    n_columns, n_rows = X.shape
    size = np.zeros(codes.max() + 1, np.int64)
    for i in range(n_rows):
        size[codes[i]] += 1
    x = np.empty(n_rows)
    value = np.empty(n_rows)
    place = np.empty(n_rows, np.int32)
    end = np.empty(size.size, np.int64)
    for j in range(n_columns):
        n_kept = _split_by_class(X[j], order[j], codes, size, x, value, place, end)
        result[j] = 0.0
        if n_kept > 0:
            total = 0.0
            for c in range(size.size):
                if size[c] > 1:
                    k = min(n_neighbors, size[c] - 1)
                    total += size[c] * (psi[k] - psi[size[c]])
                    total -= _sum_psi_of_class(
                        x[:n_kept], value, place, end[c] - size[c], end[c], k, psi
                    )
            result[j] = psi[n_kept] + total / n_kept


@njit(nogil=True, cache=True)
def _split_by_class(
    column: np.ndarray,
    order: np.ndarray,
    codes: np.ndarray,
    size: np.ndarray,
    x: np.ndarray,
    value: np.ndarray,
    place: np.ndarray,
    end: np.ndarray,
) -> int:
    """Sort the values, all together and class by class, without lonely rows."""
    total = 0
    for c in range(size.size):
        end[c] = total
        total += size[c]
    n_kept = 0
    for p in range(order.size):
        row = order[p]
        c = codes[row]
        if size[c] > 1:
            x[n_kept] = column[row]
            value[end[c]] = column[row]
            place[end[c]] = n_kept
            n_kept += 1
        end[c] += 1
    return n_kept


@njit(nogil=True, cache=True)
def _sum_psi_of_class(
    x: np.ndarray,
    value: np.ndarray,
    place: np.ndarray,
    first: int,
    last: int,
    k: int,
    psi: np.ndarray,
) -> float:
    """Sum digamma of how many of x lie within each class member's radius."""
    at = np.empty(_LANES, np.int64)
    radius = np.empty(_LANES)
    low = np.empty(_LANES, np.int64)
    high = np.empty(_LANES, np.int64)
    below = above = 1
    total = 0.0
    # The k + 1 nearest of a sorted array, the point among them, lie side by side.
    window = first
    for group in range(first, last, _LANES):
        n_lanes = min(_LANES, last - group)
        for lane in range(n_lanes):
            i = group + lane
            window = max(window, i - k)
            while window + k + 1 < last and (
                value[window + k + 1] - value[i] < value[i] - value[window]
            ):
                window += 1
            radius[lane] = max(value[i] - value[window], value[window + k] - value[i])
            at[lane] = place[i]
        for lane in range(n_lanes, _LANES):
            radius[lane] = radius[0]
            at[lane] = at[0]
        _step_below(radius)
        below = _reach_down(x, at, radius, below, low)
        above = _reach_up(x, at, radius, above, high)
        for lane in range(n_lanes):
            total += psi[high[lane] - low[lane] + 1]
    return total


@njit(nogil=True, cache=True)
def _step_below(radius: np.ndarray) -> None:
    """Replace each radius above 0 by the next smaller float."""
    bits = radius.view(np.int64)
    for lane in range(radius.size):
        bits[lane] -= bits[lane] > 0


@njit(nogil=True, cache=True)
def _reach_down(
    x: np.ndarray, at: np.ndarray, radius: np.ndarray, stride: int, low: np.ndarray
) -> int:
    """Write the first position of sorted x within its radius of each position.

    ``stride`` is a power of two to begin with; a good one for next time is returned.
    """
    while True:
        short = False
        for lane in range(_LANES):
            other = at[lane] - 2 * stride
            short |= other >= 0 and x[at[lane]] - x[other] <= radius[lane]
        if not short:
            break
        stride *= 2
    for lane in range(_LANES):
        low[lane] = at[lane]
    farthest = 0
    step = stride
    while step > 0:
        for lane in range(_LANES):
            other = max(low[lane] - step, 0)
            if x[at[lane]] - x[other] <= radius[lane]:
                low[lane] = other
        step //= 2
    for lane in range(_LANES):
        farthest = max(farthest, at[lane] - low[lane])
    while stride > 1 and stride > farthest:
        stride //= 2
    return stride


@njit(nogil=True, cache=True)
def _reach_up(
    x: np.ndarray, at: np.ndarray, radius: np.ndarray, stride: int, high: np.ndarray
) -> int:
    """Do as _reach_down for the last position."""
    end = x.size - 1
    while True:
        short = False
        for lane in range(_LANES):
            other = at[lane] + 2 * stride
            short |= other <= end and x[other] - x[at[lane]] <= radius[lane]
        if not short:
            break
        stride *= 2
    for lane in range(_LANES):
        high[lane] = at[lane]
    farthest = 0
    step = stride
    while step > 0:
        for lane in range(_LANES):
            other = min(high[lane] + step, end)
            if x[other] - x[at[lane]] <= radius[lane]:
                high[lane] = other
        step //= 2
    for lane in range(_LANES):
        farthest = max(farthest, high[lane] - at[lane])
    while stride > 1 and stride > farthest:
        stride //= 2
    return stride


@njit(nogil=True, cache=True)
def ksg_columns(
    X: np.ndarray,
    order: np.ndarray,
    y_sorted: np.ndarray,
    y_rank: np.ndarray,
    n_neighbors: int,
    psi: np.ndarray,
    result: np.ndarray,
) -> None:
    """Write the first estimate of Kraskov et al. of each row of X with y."""
    n_columns, n_rows = X.shape
    width = int(np.ceil(np.sqrt(_STRIP_FACTOR * n_rows)))
    x_sorted = np.empty(n_rows)
    y_of_x = np.empty(n_rows)
    x_of_y = np.empty(n_rows)
    strip_x = np.empty(n_rows)
    strip_y = np.empty(n_rows)
    x_place = np.empty(n_rows, np.int32)
    y_place = np.empty(n_rows, np.int32)
    at = np.empty(n_rows, np.int32)
    end = np.empty((n_rows + width - 1) // width, np.int64)
    for j in range(n_columns):
        for p in range(n_rows):
            row = order[j, p]
            x_sorted[p] = X[j, row]
            y_of_x[p] = y_sorted[y_rank[row]]
            at[y_rank[row]] = p
        for s in range(end.size):
            end[s] = s * width
        for q in range(n_rows):
            p = at[q]
            x_of_y[q] = x_sorted[p]
            s = p // width
            c = end[s]
            end[s] += 1
            strip_x[c] = x_sorted[p]
            strip_y[c] = y_sorted[q]
            x_place[c] = p
            y_place[c] = q
        total = 0.0
        total = _sum_psi_of_strips(
            x_sorted,
            y_of_x,
            y_sorted,
            x_of_y,
            strip_x,
            strip_y,
            x_place,
            y_place,
            width,
            n_neighbors,
            psi,
        )
        result[j] = psi[n_rows] + psi[n_neighbors] - total / n_rows


@njit(nogil=True, cache=True)
def _sum_psi_of_strips(
    x_sorted: np.ndarray,
    y_of_x: np.ndarray,
    y_sorted: np.ndarray,
    x_of_y: np.ndarray,
    strip_x: np.ndarray,
    strip_y: np.ndarray,
    x_place: np.ndarray,
    y_place: np.ndarray,
    width: int,
    k: int,
    psi: np.ndarray,
) -> float:
    """Sum digamma of both counts of every point."""
    n_rows = x_sorted.size
    n_strips = (n_rows + width - 1) // width
    state = np.empty((k + 2) * _LANES)
    limit = np.empty(_LANES)
    radius = np.empty(_LANES)
    at_x = np.empty(_LANES, np.int64)
    at_y = np.empty(_LANES, np.int64)
    low = np.empty(_LANES, np.int64)
    high = np.empty(_LANES, np.int64)
    finger = np.empty(n_strips, np.int64)
    nearest = np.empty(k)
    x_below = x_above = y_below = y_above = 1
    total = 0.0
    for s in range(n_strips):
        for t in range(n_strips):
            finger[t] = t * width
        first = s * width
        last = min(first + width, n_rows)
        for group in range(first, last, _LANES):
            n_lanes = min(_LANES, last - group)
            for lane in range(_LANES):
                i = min(group + lane, last - 1)
                state[k * _LANES + lane] = strip_x[i]
                state[(k + 1) * _LANES + lane] = strip_y[i]
                at_x[lane] = x_place[i]
                at_y[lane] = y_place[i]
                limit[lane] = np.inf
            _search_group(
                strip_x,
                strip_y,
                x_sorted,
                y_of_x,
                y_sorted,
                x_of_y,
                at_x,
                at_y,
                width,
                s,
                group,
                n_lanes,
                k,
                state,
                limit,
                nearest,
                finger,
                radius,
            )
            _step_below(radius)
            x_below = _reach_down(x_sorted, at_x, radius, x_below, low)
            x_above = _reach_up(x_sorted, at_x, radius, x_above, high)
            for lane in range(n_lanes):
                total += psi[high[lane] - low[lane] + 1]
            y_below = _reach_down(y_sorted, at_y, radius, y_below, low)
            y_above = _reach_up(y_sorted, at_y, radius, y_above, high)
            for lane in range(n_lanes):
                total += psi[high[lane] - low[lane] + 1]
    return total


@njit(nogil=True, cache=True)
def _scan(
    x: np.ndarray, y: np.ndarray, first: int, last: int, k: int, state: np.ndarray
) -> None:
    """Let points first:last into the k smallest distances of every lane."""
    if k == 3:
        for c in range(first, last):
            for lane in range(8):
                d = max(abs(x[c] - state[24 + lane]), abs(y[c] - state[32 + lane]))
                b0, b1, b2 = state[lane], state[8 + lane], state[16 + lane]
                state[lane] = min(b0, d)
                d = max(b0, d)
                state[8 + lane] = min(b1, d)
                d = max(b1, d)
                state[16 + lane] = min(b2, d)
    else:
        for c in range(first, last):
            for lane in range(8):
                d = max(
                    abs(x[c] - state[8 * k + lane]),
                    abs(y[c] - state[8 * k + 8 + lane]),
                )
                for m in range(k - 1, -1, -1):
                    if d >= state[8 * m + lane]:
                        break
                    if m < k - 1:
                        state[8 * m + 8 + lane] = state[8 * m + lane]
                    state[8 * m + lane] = d


@njit(nogil=True, cache=True)
def _insert(nearest: np.ndarray, distance: float) -> None:
    """Let a distance into the k smallest, in rising order."""
    m = nearest.size - 1
    if distance >= nearest[m]:
        return
    while m > 0 and nearest[m - 1] > distance:
        nearest[m] = nearest[m - 1]
        m -= 1
    nearest[m] = distance


@njit(nogil=True, cache=True)
def _widest(state: np.ndarray, limit: np.ndarray, k: int) -> float:
    """Return the largest bound on a radius among the lanes."""
    widest = -1.0
    for lane in range(_LANES):
        widest = max(widest, min(state[(k - 1) * _LANES + lane], limit[lane]))
    return widest


@njit(nogil=True, cache=True)
def _search_group(
    strip_x,
    strip_y,
    x_sorted,
    y_of_x,
    y_sorted,
    x_of_y,
    at_x,
    at_y,
    width,
    s,
    group,
    n_lanes,
    k,
    state,
    limit,
    nearest,
    finger,
    radius,
):
    """Write the distance from each point of a group to its k-th neighbour."""
    n_rows = strip_x.size
    n_strips = finger.size
    first = s * width
    last = min(first + width, n_rows)
    for m in range(k):
        for lane in range(_LANES):
            state[m * _LANES + lane] = np.inf
    own_end = group + n_lanes
    # The group itself: no point is its own neighbour.
    for lane in range(n_lanes):
        for m in range(k):
            nearest[m] = np.inf
        for c in range(group, own_end):
            if c != group + lane:
                _insert(
                    nearest,
                    max(
                        abs(strip_x[c] - strip_x[group + lane]),
                        abs(strip_y[c] - strip_y[group + lane]),
                    ),
                )
        for m in range(k):
            state[m * _LANES + lane] = nearest[m]
    for lane in range(n_lanes, _LANES):
        limit[lane] = -1.0
    low = max(first, group - _FIRST_LOOK)
    high = min(last, own_end + _FIRST_LOOK)
    _scan(strip_x, strip_y, low, group, k, state)
    _scan(strip_x, strip_y, own_end, high, k, state)
    x_low = x_high = strip_x[group]
    for i in range(group + 1, own_end):
        x_low = min(x_low, strip_x[i])
        x_high = max(x_high, strip_x[i])
    y_low = strip_y[group]
    y_high = strip_y[own_end - 1]
    widest = _widest(state, limit, k)
    # The rest of the own strip.
    while low > first and y_low - strip_y[low - 1] < widest:
        stop = low
        low = max(first, low - 8)
        _scan(strip_x, strip_y, low, stop, k, state)
        widest = _widest(state, limit, k)
    while high < last and strip_y[high] - y_high < widest:
        start = high
        high = min(last, high + 8)
        _scan(strip_x, strip_y, start, high, k, state)
        widest = _widest(state, limit, k)
    # Other strips, as long as they are near enough.
    for side in range(2):
        t = s - 1 if side == 0 else s + 1
        while 0 <= t < n_strips:
            start = t * width
            stop = min(start + width, n_rows)
            gap = x_low - x_sorted[stop - 1] if side == 0 else x_sorted[start] - x_high
            if gap >= widest:
                break
            c = _gallop(strip_y, finger[t], stop, y_low)
            finger[t] = c
            low = c
            while low > start and y_low - strip_y[low - 1] < widest:
                low -= 1
            high = c
            while high < stop and strip_y[high] - y_high < widest:
                high += 1
            _scan(strip_x, strip_y, low, high, k, state)
            widest = _widest(state, limit, k)
            t += -1 if side == 0 else 1
    for lane in range(_LANES):
        radius[lane] = min(state[(k - 1) * _LANES + lane], limit[lane])
    for lane in range(n_lanes, _LANES):
        radius[lane] = radius[0]


@njit(nogil=True, cache=True)
def _gallop(y, start, stop, bound):
    """Return the first position from start on whose y is not below the bound."""
    step = 1
    low = start
    while low + step < stop and y[low + step] < bound:
        low += step
        step *= 2
    high = min(low + step, stop)
    while low < high:
        middle = (low + high) // 2
        if y[middle] < bound:
            low = middle + 1
        else:
            high = middle
    return low
