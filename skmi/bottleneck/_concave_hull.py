"""The curve of the bottleneck as the concave hull of what was found."""

from __future__ import annotations

import numpy as np

# Points are one if their rates differ by less, in parts of the largest.
_SAME = 1e-6
# Sides are one line if their slopes differ by less, in parts of themselves.
_STRAIGHT = 1e-7


def concave_hull(
    beta: np.ndarray, rate: np.ndarray, relevance: np.ndarray, slack: float = 0.0
) -> dict[str, np.ndarray]:
    """Return the points on the upper concave hull, by rising rate.

    Parameters
    ----------
    beta, rate, relevance : ndarray of shape (n,)
        Points that were found, and the beta of each. A corner that was found at a beta
        for which another is better gets the nearest for which it is the best.
    slack : float, default=0.0
        If above 0, points that are no corners stay if they lie within this of the hull,
        and betas stay what they are, which may be those of a power of the rate.
    """
    order = np.lexsort((-beta, -relevance, rate))
    beta, rate, relevance = beta[order], rate[order], relevance[order]
    # Only what tells more than all that is cheaper.
    best = np.maximum.accumulate(np.concatenate([[-np.inf], relevance[:-1]]))
    kept = np.flatnonzero(relevance > best)
    kept = kept[_distinct(rate[kept])]
    beta, rate, relevance = beta[kept], rate[kept], relevance[kept]
    corners: list[int] = []
    for i in range(rate.size):
        while len(corners) > 1 and _is_below(rate, relevance, *corners[-2:], i):
            corners.pop()
        corners.append(i)
    chosen = np.zeros(rate.size, dtype=bool)
    chosen[corners] = True
    if slack > 0:
        height = np.interp(rate, rate[corners], relevance[corners])
        chosen |= height - relevance <= slack
    beta, rate, relevance = beta[chosen], rate[chosen], relevance[chosen]
    if slack == 0 and rate.size > 1:
        slope = np.diff(relevance) / np.diff(rate)
        beta = np.clip(beta, np.append(slope, 0.0), np.append(np.inf, slope))
    beta = np.minimum.accumulate(beta)
    return {"beta": beta, "rate": rate, "relevance": relevance}


def _is_below(rate: np.ndarray, relevance: np.ndarray, a: int, b: int, c: int) -> bool:
    """Tell whether b lies on or under the line from a to c."""
    left = (relevance[b] - relevance[a]) * (rate[c] - rate[b])
    right = (relevance[c] - relevance[b]) * (rate[b] - rate[a])
    return bool(left <= right * (1 + _STRAIGHT))


def _distinct(rate: np.ndarray) -> np.ndarray:
    """Return which rising rates are apart from the next; the first and last stay."""
    near = _SAME * max(rate[-1], 1e-300)
    distinct = np.append(np.diff(rate) > near, True)
    # The first is the origin.
    distinct &= rate - rate[0] > near
    distinct[0] = True
    return distinct
