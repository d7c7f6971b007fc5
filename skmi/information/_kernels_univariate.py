"""Compiled nearest-neighbour information of pairs of variables.

Arrays of features are (n_columns, n_rows), arrays of orders hold row numbers in rising
order of the values. Distances are compared as they are computed, x[i] - x[j]: points
at the k-th distance must stay out of the counts, and bounds such as x[i] + radius
would be rounded to let some of them in.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_counts import PAD, sum_psi_of_counts
from skmi.information._kernels_lanes import (
    N_LANES,
    borrowed,
    nearest,
    nearest_in_group,
)

# Points of a strip, for n rows: sqrt of this times n.
STRIP_FACTOR = 8.0
# Points on either side of a group that give the first bound of its radii.
_FIRST_LOOK = 8
# A group whose window in its own strip is longer than this tries sweeps first.
_LONG_WINDOW = 48
# A group that has strips so far away within reach does so, too.
_MANY_STRIPS = 8
# Points that a sweep may visit on either side.
_SWEEP = 64


@kernel
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
    constant = 0.0
    for c in range(size.size):
        if size[c] > 1:
            k = min(n_neighbors, size[c] - 1)
            constant += size[c] * (psi[k] - psi[size[c]])
    n_kept = 0
    for c in range(size.size):
        n_kept += size[c] if size[c] > 1 else 0
    padded = np.full(n_kept + 2 * PAD, np.inf)
    padded[:PAD] = -np.inf
    radius = np.empty(n_kept)
    value = np.empty(n_rows)
    distance = np.empty(n_rows)
    place = np.empty(n_rows, np.int32)
    end = np.empty(size.size, np.int64)
    for j in range(n_columns):
        _split_by_class(X[j], order[j], codes, size, padded, value, place, end)
        for c in range(size.size):
            if size[c] > 1:
                part = slice(end[c] - size[c], end[c])
                k = min(n_neighbors, size[c] - 1)
                _kth_distance(value[part], k, distance[part])
                for i in range(part.start, part.stop):
                    radius[place[i]] = distance[i]
        result[j] = 0.0
        if n_kept > 0:
            total = constant - sum_psi_of_counts(padded, radius, psi)
            result[j] = psi[n_kept] + total / n_kept


@kernel
def _split_by_class(
    column: np.ndarray,
    order: np.ndarray,
    codes: np.ndarray,
    size: np.ndarray,
    padded: np.ndarray,
    value: np.ndarray,
    place: np.ndarray,
    end: np.ndarray,
) -> None:
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
            padded[PAD + n_kept] = column[row]
            value[end[c]] = column[row]
            place[end[c]] = n_kept
            n_kept += 1
        end[c] += 1


@kernel
def _kth_distance(value: np.ndarray, k: int, distance: np.ndarray) -> None:
    """Write the distance of each sorted value to its k-th neighbour."""
    n = value.size
    for i in range(n):
        distance[i] = np.inf
    # A point and its k nearest lie side by side: the best of all windows around it.
    left, right = value[: n - k], value[k:]
    for m in range(k + 1):
        own, best = value[m : n - k + m], distance[m : n - k + m]
        for i in range(n - k):
            below = own[i] - left[i]
            above = right[i] - own[i]
            farther = above if above > below else below
            best[i] = farther if farther < best[i] else best[i]


class Plane(NamedTuple):
    """Points (x, y) in the order of x, in that of y, and strip by strip.

    A strip holds ``width`` successive points in the order of x, sorted by y.
    """

    x: np.ndarray
    y_of_x: np.ndarray
    y: np.ndarray
    x_of_y: np.ndarray
    strip_x: np.ndarray
    strip_y: np.ndarray
    x_place: np.ndarray
    y_place: np.ndarray
    width: int


@kernel
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
    width = int(np.ceil(np.sqrt(STRIP_FACTOR * n_rows)))
    x_padded = np.full(n_rows + 2 * PAD, np.inf)
    y_padded = np.full(n_rows + 2 * PAD, np.inf)
    x_padded[:PAD] = y_padded[:PAD] = -np.inf
    y_padded[PAD : PAD + n_rows] = y_sorted
    plane = Plane(
        x_padded[PAD : PAD + n_rows],
        np.empty(n_rows),
        y_padded[PAD : PAD + n_rows],
        np.empty(n_rows),
        np.empty(n_rows),
        np.empty(n_rows),
        np.empty(n_rows, np.int32),
        np.empty(n_rows, np.int32),
        width,
    )
    at = np.empty(n_rows, np.int32)
    end = np.empty((n_rows + width - 1) // width, np.int64)
    x_radius = np.empty(n_rows)
    y_radius = np.empty(n_rows)
    for j in range(n_columns):
        fill_plane(plane, X[j], order[j], y_rank, at, end)
        kth_distance_of_plane(plane, n_neighbors, x_radius, y_radius)
        total = sum_psi_of_counts(x_padded, x_radius, psi)
        total += sum_psi_of_counts(y_padded, y_radius, psi)
        result[j] = psi[n_rows] + psi[n_neighbors] - total / n_rows


@kernel
def fill_plane(
    plane: Plane,
    column: np.ndarray,
    order: np.ndarray,
    y_rank: np.ndarray,
    at: np.ndarray,
    end: np.ndarray,
) -> None:
    """Write a column's points in all orders."""
    for p in range(order.size):
        row = order[p]
        q = y_rank[row]
        plane.x[p] = column[row]
        plane.y_of_x[p] = plane.y[q]
        at[q] = p
    for s in range(end.size):
        end[s] = s * plane.width
    for q in range(order.size):
        p = at[q]
        s = p // plane.width
        c = end[s]
        end[s] += 1
        plane.x_of_y[q] = plane.strip_x[c] = plane.x[p]
        plane.strip_y[c] = plane.y[q]
        plane.x_place[c] = p
        plane.y_place[c] = q


@kernel
def kth_distance_of_plane(
    plane: Plane, k: int, x_radius: np.ndarray, y_radius: np.ndarray
) -> None:
    """Write the distance of each point to its k-th neighbour, in both orders."""
    # The plane outlives this function.
    x, y_of_x = borrowed(plane.x), borrowed(plane.y_of_x)
    y, x_of_y = borrowed(plane.y), borrowed(plane.x_of_y)
    xs, ys = borrowed(plane.strip_x), borrowed(plane.strip_y)
    x_place, y_place = borrowed(plane.x_place), borrowed(plane.y_place)
    width = plane.width
    n_rows = x.size
    state = np.empty((k + 2, N_LANES))
    radius = np.empty(N_LANES)
    few = np.empty(k)
    finger = np.empty((n_rows + width - 1) // width, np.int64)
    for strip in range(finger.size):
        for t in range(finger.size):
            finger[t] = t * width
        first = strip * width
        last = min(first + width, n_rows)
        for group in range(first, last, N_LANES):
            end = min(group + N_LANES, last)
            _load_group(xs, ys, group, end, state)
            radius[:] = -1.0
            _search_own_strip(
                *(xs, ys, x, y_of_x, x_place),
                *(group, end, first, last),
                *(state, few, radius),
            )
            _search_other_strips(
                *(xs, ys, x, y, x_of_y, y_place),
                *(width, group, end, strip),
                *(finger, state, few, radius),
            )
            for lane in range(end - group):
                # A lane that no sweep has finished.
                if radius[lane] < 0:
                    radius[lane] = state[k - 1, lane]
                x_radius[x_place[group + lane]] = radius[lane]
                y_radius[y_place[group + lane]] = radius[lane]


@kernel
def _load_group(
    xs: np.ndarray, ys: np.ndarray, group: int, end: int, state: np.ndarray
) -> None:
    """Start the lanes with points group:end and their distances to one another."""
    k = state.shape[0] - 2
    for lane in range(N_LANES):
        state[k, lane] = state[k + 1, lane] = np.inf
    for lane in range(end - group):
        state[k, lane] = xs[group + lane]
        state[k + 1, lane] = ys[group + lane]
    nearest_in_group(state)
    for lane in range(end - group, N_LANES):
        _close(state, lane)


@kernel
def _close(state: np.ndarray, lane: int) -> None:
    """Let a lane take in no more distances."""
    for m in range(state.shape[0] - 2):
        state[m, lane] = -1.0


@kernel
def _search_own_strip(
    xs: np.ndarray,
    ys: np.ndarray,
    x: np.ndarray,
    y_of_x: np.ndarray,
    x_place: np.ndarray,
    group: int,
    end: int,
    first: int,
    last: int,
    state: np.ndarray,
    few: np.ndarray,
    radius: np.ndarray,
) -> None:
    """Take the points of strip first:last that are near the group's, outward."""
    k = few.size
    y_low, y_high = ys[group], ys[end - 1]
    low = max(first, group - _FIRST_LOOK)
    high = min(last, end + _FIRST_LOOK)
    nearest(xs, ys, low, group, state)
    widest = nearest(xs, ys, end, high, state)
    swept = False
    while True:
        down = low > first and y_low - ys[low - 1] < widest
        up = high < last and ys[high] - y_high < widest
        if not (down or up):
            break
        if not swept and high - low > _LONG_WINDOW:
            # Where x is sparse the window is long, but few points are near in x.
            swept = True
            for lane in range(end - group):
                i = group + lane
                r = state[k - 1, lane]
                below = low > first and ys[i] - ys[low - 1] < r
                above = high < last and ys[high] - ys[i] < r
                if below or above:
                    place = x_place[i]
                    _sweep(x, y_of_x, place, lane, state, few, radius)
            widest = nearest(xs, ys, 0, 0, state)
            continue
        if down:
            stop = low
            low = max(first, low - N_LANES)
            widest = nearest(xs, ys, low, stop, state)
        if up:
            start = high
            high = min(last, high + N_LANES)
            widest = nearest(xs, ys, start, high, state)


@kernel
def _search_other_strips(
    xs: np.ndarray,
    ys: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    x_of_y: np.ndarray,
    y_place: np.ndarray,
    width: int,
    group: int,
    end: int,
    strip: int,
    finger: np.ndarray,
    state: np.ndarray,
    few: np.ndarray,
    radius: np.ndarray,
) -> None:
    """Take the points of all other strips that are near the group's, outward.

    ``finger`` keeps a position in each strip: groups come in the order of y.
    """
    k = few.size
    x_low = x_high = xs[group]
    for i in range(group + 1, end):
        x_low = min(x_low, xs[i])
        x_high = max(x_high, xs[i])
    y_low, y_high = ys[group], ys[end - 1]
    widest = nearest(xs, ys, 0, 0, state)
    if _gap(x, width, strip - _MANY_STRIPS, x_low, x_high) < widest or (
        _gap(x, width, strip + _MANY_STRIPS, x_low, x_high) < widest
    ):
        # Where y is sparse there are many strips, but few points near in y.
        for lane in range(end - group):
            here = xs[group + lane]
            if _gap(x, width, strip - 2, here, here) < state[k - 1, lane] or (
                _gap(x, width, strip + 2, here, here) < state[k - 1, lane]
            ):
                place = y_place[group + lane]
                _sweep(y, x_of_y, place, lane, state, few, radius)
        widest = nearest(xs, ys, 0, 0, state)
    for side in (-1, 1):
        t = strip + side
        while _gap(x, width, t, x_low, x_high) < widest:
            start = t * width
            stop = min(start + width, xs.size)
            low = high = finger[t] = _gallop(ys, finger[t], stop, y_low)
            while low > start and y_low - ys[low - 1] < widest:
                low -= 1
            while high < stop and ys[high] - y_high < widest:
                high += 1
            widest = nearest(xs, ys, low, high, state)
            t += side


@kernel
def _gap(x: np.ndarray, width: int, strip: int, x_low: float, x_high: float) -> float:
    """Return the distance in x of points x_low...x_high to a strip, if it exists."""
    start = strip * width
    if strip < 0 or start >= x.size:
        return np.inf
    stop = min(start + width, x.size)
    return max(x[start] - x_high, x_low - x[stop - 1])


@kernel
def _sweep(
    own: np.ndarray,
    other: np.ndarray,
    place: int,
    lane: int,
    state: np.ndarray,
    few: np.ndarray,
    radius: np.ndarray,
) -> None:
    """Finish a lane by its neighbours in one order, if there are not too many."""
    k = few.size
    few[:] = state[k - 1, lane]
    here, there = own[place], other[place]
    low = high = place
    for _ in range(_SWEEP // 4):
        bottom = max(low - 4, 0)
        for i in range(bottom, low):
            _insert(few, max(here - own[i], abs(other[i] - there)))
        low = bottom
        top = min(high + 4, own.size - 1)
        for i in range(high + 1, top + 1):
            _insert(few, max(own[i] - here, abs(other[i] - there)))
        high = top
        if (low == 0 or here - own[low] >= few[k - 1]) and (
            high == own.size - 1 or own[high] - here >= few[k - 1]
        ):
            radius[lane] = few[k - 1]
            _close(state, lane)
            return


@kernel
def _insert(few: np.ndarray, distance: float) -> None:
    """Let a distance into the smallest ones, in rising order."""
    m = few.size - 1
    if distance < few[m]:
        while m > 0 and few[m - 1] > distance:
            few[m] = few[m - 1]
            m -= 1
        few[m] = distance


@kernel
def _gallop(y: np.ndarray, start: int, stop: int, bound: float) -> int:
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
