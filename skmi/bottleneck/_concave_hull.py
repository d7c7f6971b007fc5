"""The curve of the bottleneck as the concave hull of what was found."""

from __future__ import annotations

import numpy as np

# Points are one if their rates differ by less, in parts of the largest.
_SAME = 1e-9


def concave_hull(
    beta: np.ndarray, rate: np.ndarray, relevance: np.ndarray, slack: float = 0.0
) -> dict[str, np.ndarray]:
    """Return the points on the upper concave hull, by rising rate.

    Parameters
    ----------
    beta, rate, relevance : ndarray of shape (n,)
        Points that were found, and the beta of each.
    slack : float, default=0.0
        Points that are no corners stay if they lie within this of the hull.
    """
    order = np.lexsort((-beta, -relevance, rate))
    beta, rate, relevance = beta[order], rate[order], relevance[order]
    # Only what tells more than all that is cheaper.
    best = np.maximum.accumulate(np.concatenate([[-np.inf], relevance[:-1]]))
    rises = relevance > best
    beta, rate, relevance = beta[rises], rate[rises], relevance[rises]
    corners: list[int] = []
    for i in range(rate.size):
        while len(corners) > 1 and _is_below(rate, relevance, *corners[-2:], i):
            corners.pop()
        corners.append(i)
    kept = np.zeros(rate.size, dtype=bool)
    kept[corners] = True
    if slack > 0:
        height = np.interp(rate, rate[corners], relevance[corners])
        kept |= height - relevance <= slack
    kept &= ~_repeats(rate, kept)
    curve = {"beta": beta[kept], "rate": rate[kept], "relevance": relevance[kept]}
    curve["beta"] = np.minimum.accumulate(curve["beta"])
    return curve


def _is_below(rate: np.ndarray, relevance: np.ndarray, a: int, b: int, c: int) -> bool:
    """Tell whether b lies on or under the line from a to c."""
    left = (relevance[b] - relevance[a]) * (rate[c] - rate[b])
    right = (relevance[c] - relevance[b]) * (rate[b] - rate[a])
    return bool(left <= right)


def _repeats(rate: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return which kept points repeat the one before; the first and last stay."""
    repeats = np.zeros(rate.size, dtype=bool)
    places = np.flatnonzero(kept)
    near = np.diff(rate[places]) <= _SAME * max(rate.max(), 1e-300)
    repeats[places[:-1][near]] = True
    repeats[places[0]] = False
    return repeats
