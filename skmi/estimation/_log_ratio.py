"""Log-ratios of densities on new rows, and the bound that they give there."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from skmi.exceptions import EstimationWarning

# Blocks of pairs take about this many bytes.
_BLOCK_BYTES = 1 << 24
# Fewer effective pairs than this make the second term of the bound a matter of luck.
_MIN_EFFECTIVE_PAIRS = 50


class PairScores(NamedTuple):
    """A log-ratio of the form ``left[i] + right[j] + u[i] . v[j]``."""

    left: np.ndarray
    """(n,)"""
    right: np.ndarray
    """(m,)"""
    u: np.ndarray
    """(n, r)"""
    v: np.ndarray
    """(m, r)"""

    def joint(self) -> np.ndarray:
        """Return the log-ratio of each row with itself."""
        return self.left + self.right + (self.u * self.v).sum(axis=1)

    def pairs(self) -> Iterable[tuple[slice, np.ndarray]]:
        """Yield rows and their log-ratios with all rows, block by block."""
        height = max(1, _BLOCK_BYTES // (8 * len(self.right)))
        for first in range(0, len(self.left), height):
            rows = slice(first, min(first + height, len(self.left)))
            block = self.u[rows] @ self.v.T
            block += self.left[rows, None]
            block += self.right
            yield rows, block


def log_mean_of_pairs(
    scores: PairScores, weight: np.ndarray | None = None
) -> tuple[float, float]:
    """Return log E_Q[e^T] over all pairs of different rows, and how many count.

    The second value is the effective number of pairs, (sum w)^2 / sum w^2 with
    w = e^T.
    """
    n_rows = len(scores.left)
    share = np.ones(n_rows) if weight is None else weight
    total = squares = 0.0
    highest = -np.inf
    for rows, block in scores.pairs():
        at = np.arange(rows.start, rows.stop)
        block[at - rows.start, at] = -np.inf
        top = float(block.max())
        if top > highest:
            shrink = np.exp(highest - top)
            total, squares, highest = total * shrink, squares * shrink**2, top
        np.exp(block - highest, out=block)
        by_row = block @ share
        total += float(share[rows] @ by_row)
        squares += float(share[rows] @ (np.square(block, out=block) @ share))
    n_pairs = float(share.sum() ** 2 - share @ share)
    effective = total**2 / squares if squares > 0 else n_pairs
    return float(highest + np.log(total / n_pairs)), effective


def nwj_bound(scores: PairScores) -> float:
    """Return E_P[T] - E_Q[e^T] + 1 of rows that T was not fitted on, in nats."""
    log_mean, effective = log_mean_of_pairs(scores)
    warn_of_few_pairs(effective)
    return float(scores.joint().mean() - np.exp(log_mean) + 1)


def warn_of_few_pairs(effective: float, rows: str = "rows") -> None:
    """Warn if few pairs of rows decide E_Q[e^T]; called by what a score calls."""
    if effective < _MIN_EFFECTIVE_PAIRS:
        warnings.warn(
            f"The ratios of densities of only {effective:.0f} pairs of {rows} decide "
            "the score, whose error is then larger than it looks. Give more rows.",
            EstimationWarning,
            stacklevel=4,
        )
