"""Compiled distances to neighbours of the same class, in a plane.

Orders hold row numbers in rising order of the values.
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_counts import sum_psi_of_counts
from skmi.information._kernels_univariate import (
    STRIP_FACTOR,
    Plane,
    fill_plane,
    kth_distance_of_plane,
)


@kernel
def radii_in_classes(
    x: np.ndarray,
    x_order: np.ndarray,
    z: np.ndarray,
    z_order: np.ndarray,
    codes: np.ndarray,
    n_neighbors: int,
    radius: np.ndarray,
) -> None:
    """Write each row's distance in (x, z) to its k-th neighbour of the same class.

    In classes of so many rows or fewer it is that to the last of them. All classes have
    two rows or more, or none.
    """
    n_rows = x.size
    start = np.zeros(codes.max() + 2, np.int64)
    for i in range(n_rows):
        start[codes[i] + 1] += 1
    largest = start.max()
    for c in range(start.size - 1):
        start[c + 1] += start[c]
    # All arrays go through the classes one after another; rows and orders within a
    # class are numbered from 0.
    own, row_of = np.empty((2, n_rows), np.int32)
    order, rank = np.empty((2, n_rows), np.int32)
    values, z_values = np.empty((2, n_rows))
    end = start[:-1].copy()
    for i in range(n_rows):
        c = codes[i]
        own[i] = end[c] - start[c]
        row_of[end[c]] = i
        values[end[c]] = x[i]
        end[c] += 1
    end[:] = start[:-1]
    for p in range(n_rows):
        row = x_order[p]
        c = codes[row]
        order[end[c]] = own[row]
        end[c] += 1
    end[:] = start[:-1]
    for p in range(n_rows):
        row = z_order[p]
        c = codes[row]
        z_values[end[c]] = z[row]
        rank[start[c] + own[row]] = end[c] - start[c]
        end[c] += 1
    floats = np.empty((6, largest))
    places = np.empty((3, largest), np.int32)
    strip_end = np.empty(largest, np.int64)
    for c in range(start.size - 1):
        part = slice(start[c], start[c + 1])
        m = start[c + 1] - start[c]
        if m == 0:
            continue
        width = int(np.ceil(np.sqrt(STRIP_FACTOR * m)))
        plane = Plane(
            floats[0, :m],
            floats[1, :m],
            z_values[part],
            floats[2, :m],
            floats[3, :m],
            floats[4, :m],
            places[0, :m],
            places[1, :m],
            width,
        )
        ends = strip_end[: (m + width - 1) // width]
        fill_plane(plane, values[part], order[part], rank[part], places[2, :m], ends)
        # What z's order gets is not needed: its place is free for that.
        x_radius = values[part]
        k = min(n_neighbors, m - 1)
        kth_distance_of_plane(plane, k, x_radius, floats[5, :m])
        for p in range(m):
            radius[row_of[start[c] + order[start[c] + p]]] = x_radius[p]


@kernel
def sum_psi_in_line(
    padded: np.ndarray, order: np.ndarray, radius: np.ndarray, psi: np.ndarray
) -> float:
    """Sum digamma of how many values are nearer than each row's radius.

    ``order`` holds the rows, by rising values; the values stand between ``PAD``
    infinite ones on either side.
    """
    sorted_radius = np.empty(order.size)
    for p in range(order.size):
        sorted_radius[p] = radius[order[p]]
    return sum_psi_of_counts(padded, sorted_radius, psi)
