"""Compiled counts of sorted values within a radius of each."""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_lanes import N_LANES, count_below, count_up_to

# Infinite values around a sorted array, for windows that reach beyond it.
PAD = 256
# Values whose counts are found in one call.
_CHUNK = 512
# Half a window, in square roots of the number of values expected up to it.
_SPREAD = 3.0


@kernel
def sum_psi_of_counts(padded: np.ndarray, radius: np.ndarray, psi: np.ndarray) -> float:
    """Sum digamma of how many sorted values are nearer than each one's radius.

    The values stand between ``PAD`` infinite ones on either side. Radii are
    overwritten.
    """
    # The next smaller float: "at most" then means "nearer", and 0 keeps its ties.
    bits = radius.view(np.int64)
    for i in range(radius.size):
        bits[i] -= bits[i] > 0
    coarse = np.empty(padded.size // N_LANES)
    for m in range(coarse.size):
        coarse[m] = padded[N_LANES * m]
    below = np.empty(_CHUNK, np.int64)
    above = np.empty(_CHUNK, np.int64)
    total = 0.0
    last_below = last_above = (0.0, 1)
    for first in range(0, radius.size, _CHUNK):
        last = min(first + _CHUNK, radius.size)
        last_below = _reach(padded, coarse, radius, first, last, -1, last_below, below)
        last_above = _reach(padded, coarse, radius, first, last, 1, last_above, above)
        for i in range(last - first):
            total += psi[below[i] + above[i] + 1]
    return total


@kernel
def _reach(
    padded: np.ndarray,
    coarse: np.ndarray,
    radius: np.ndarray,
    first: int,
    last: int,
    side: int,
    guess: tuple[float, int],
    reach: np.ndarray,
) -> tuple[float, int]:
    """Write how many values lie within the radius on one side of values first:last.

    What the values before had on a unit of radius tells where to look: first among
    every eighth value, then between two of them.
    """
    density, n_blocks = guess
    length = N_LANES * n_blocks
    total = 0
    for group in range(first, last, N_LANES):
        sum_reach = 0
        sum_radius = 1e-300
        for i in range(group, min(group + N_LANES, last)):
            place = PAD + i
            here, r = padded[place], radius[i]
            expected = r * density
            farthest = i if side < 0 else radius.size - 1 - i
            away = int(expected) if expected < farthest else farthest
            block = (place + side * away) // N_LANES - length // 2
            block = min(max(block, 0), coarse.size - length)
            if side < 0:
                count = count_below(coarse, block, n_blocks, here, -r)
            else:
                count = count_up_to(coarse, block, n_blocks, here, r)
            if count == 0 or count == length:
                block = _last_before(coarse, block, here, r, side)
            else:
                block += count - 1
            edge = N_LANES * block
            if side < 0:
                away = place - edge - count_below(padded, edge, 1, here, -r)
            else:
                away = edge + count_up_to(padded, edge, 1, here, r) - 1 - place
            reach[i - first] = away
            sum_reach += away
            sum_radius += r
        density = sum_reach / sum_radius
        total += sum_reach
    spread = _SPREAD * np.sqrt(total / (last - first)) + 2 * N_LANES
    return density, min(1 + int(2 * spread / N_LANES**2), PAD // N_LANES**2)


@kernel
def _last_before(
    x: np.ndarray, start: int, here: float, radius: float, side: int
) -> int:
    """Return the last position before one end of a radius, galloping from a start."""
    step = 1
    if _is_before(x[start], here, radius, side):
        low = start
        while low + step < x.size and _is_before(x[low + step], here, radius, side):
            low += step
            step *= 2
        high = min(low + step, x.size)
    else:
        high = start
        while high > step and not _is_before(x[high - step], here, radius, side):
            high -= step
            step *= 2
        low = max(high - step, 0)
    while high - low > 1:
        middle = (low + high) // 2
        if _is_before(x[middle], here, radius, side):
            low = middle
        else:
            high = middle
    return low


@kernel
def _is_before(value: float, here: float, radius: float, side: int) -> bool:
    """Tell whether a value lies before the lower, or the upper, end of a radius."""
    return value - here < -radius if side < 0 else value - here <= radius
