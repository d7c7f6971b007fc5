"""Frequencies of pairs of symbols, and the log-ratio that they are on new rows."""

from __future__ import annotations

import numpy as np

from skmi.estimation._joint_bins import Symbols


class PairFrequencies:
    """How often pairs of symbols were seen, ready for new rows.

    The log-ratio of a pair is that of a mixture of the frequencies p(x, y), and of
    p(x) p(y) with the share of the rows whose pair was seen once. That is about the
    share of new rows whose pair was never seen, which would have a ratio of 0.
    """

    def __init__(
        self,
        symbols: list[Symbols],
        codes: tuple[np.ndarray, ...],
        n_levels: tuple[int, ...],
        weight: np.ndarray | None,
    ) -> None:
        self._x, self._y = symbols
        self._n_y = n_levels[1]
        pairs = codes[0].astype(np.int64) * self._n_y + codes[1]
        self._pairs, row = np.unique(pairs, return_inverse=True)
        at_x, at_y = self._pairs // self._n_y, self._pairs % self._n_y
        counts = np.bincount(row, weights=weight).astype(np.float64)
        total = counts.sum()
        apart = [np.bincount(code, weights=weight) / total for code in codes]
        self._ratios = counts / total / (apart[0][at_x] * apart[1][at_y])
        seen_once = counts[counts <= 1].sum() / total
        self._mixed = float(np.clip(seen_once, 1 / (total + 1), 1))

    @property
    def n_columns(self) -> tuple[int, ...]:
        """Return the columns of y as a shape without rows: () for classes."""
        return self._y.n_columns

    def bound(self, x: np.ndarray, y: np.ndarray, labels: np.ndarray | None) -> float:
        """Return E_P[T] - E_Q[e^T] + 1 of new rows, Q being pairs of different ones."""
        a, b = self._x.of(x), self._y.of(y, labels)
        n = len(a)
        known = (a >= 0) & (b >= 0)
        joint = np.ones(n)
        joint[known] = self._blend(a[known] * self._n_y + b[known])
        # All pairs of rows, cell by cell, less those of a row with itself.
        n_a = np.bincount(a[a >= 0], minlength=int(self._pairs[-1] // self._n_y) + 1)
        n_b = np.bincount(b[b >= 0], minlength=self._n_y)
        both = float(n_a.sum()) * float(n_b.sum())
        cells = n_a[self._pairs // self._n_y] * n_b[self._pairs % self._n_y]
        product = (1 - self._mixed) * float(cells @ self._ratios) + self._mixed * both
        product += float(n) ** 2 - both
        mean = (product - joint.sum()) / (n * (n - 1))
        return float(np.log(joint).mean() - mean + 1)

    def _blend(self, pairs: np.ndarray) -> np.ndarray:
        """Return the ratio of each pair, mixed with 1."""
        at = np.minimum(np.searchsorted(self._pairs, pairs), len(self._pairs) - 1)
        ratio = np.where(self._pairs[at] == pairs, self._ratios[at], 0.0)
        return (1 - self._mixed) * ratio + self._mixed
