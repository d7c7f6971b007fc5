"""Rows among which selected columns leave nothing to be known about y."""

from __future__ import annotations

import numpy as np

# Cycles over the columns of an additive model, and what a change of a log-odds must
# exceed to go on.
_MAX_CYCLES = 12
_TOLERANCE = 0.02
# Rows that agree with the model so far, added to each level against empty cells.
_PRIOR_ROWS = 1.0


class AdditivePosterior:
    """A model of P(Y | columns): the log-odds of a row are a sum over its columns.

    Fitted by scaling one column after another until each level of each column has as
    many rows of each class as the model expects. What is left of Y is then orthogonal
    to every column, however these depend on one another.

    ``logits`` (n_classes, n) are those of the rows.
    """

    def __init__(
        self, y: np.ndarray, n_classes: int, weight: np.ndarray | None
    ) -> None:
        self._y, self._n_classes, self._weight = y, n_classes, weight
        prior = np.bincount(y, weight, n_classes) + 1e-300
        self._prior = prior / prior.sum()
        self._columns: list[tuple[np.ndarray, np.ndarray]] = []
        self.logits = np.tile(np.log(self._prior)[:, None], len(y))

    def having(self, columns: list[np.ndarray]) -> AdditivePosterior:
        """Return the model with more columns of codes, begun where this one ended."""
        new = AdditivePosterior(self._y, self._n_classes, self._weight)
        new._columns = self._columns + [
            (codes, self._observed(codes)) for codes in columns
        ]
        new.logits = self.logits.copy()
        for _ in range(_MAX_CYCLES):
            # The newest columns first: the others fit already.
            change = [new._scale(*column) for column in reversed(new._columns)]
            if max(change, default=0.0) < _TOLERANCE:
                break
        return new

    def probabilities(self) -> np.ndarray:
        """Return P(Y | columns) of each row, (n_classes, n)."""
        return softmax(self.logits)

    def _scale(self, codes: np.ndarray, observed: np.ndarray) -> float:
        """Fit one column; return how much its log-odds changed at most."""
        expected = self._expected(codes, len(observed))
        effect = np.log(observed + _PRIOR_ROWS * self._prior)
        effect -= np.log(expected + _PRIOR_ROWS * self._prior)
        self.logits += effect.T[:, codes]
        # A level's common shift changes no probability.
        used = observed.sum(axis=1) > 0
        return float(np.ptp(effect[used], axis=1).max())

    def _observed(self, codes: np.ndarray) -> np.ndarray:
        """Return how many rows each level has of each class."""
        cell = codes.astype(np.intp) * self._n_classes + self._y
        size = (int(codes.max()) + 1) * self._n_classes
        counts = np.bincount(cell, self._weight, size)
        return counts.reshape(-1, self._n_classes).astype(np.float64)

    def _expected(self, codes: np.ndarray, n_levels: int) -> np.ndarray:
        """Return how many rows of each class the model expects in each level."""
        p = self.probabilities()
        if self._weight is not None:
            p *= self._weight
        return np.stack([np.bincount(codes, q, n_levels) for q in p], axis=1)


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities (n_classes, n)."""
    p = np.exp(logits - logits.max(axis=0))
    p /= p.sum(axis=0)
    return p


def similar_rows(p: np.ndarray, min_size: int) -> np.ndarray:
    """Return strata (n,) of rows whose probabilities (n_classes, n) are alike.

    Rows are halved again and again where the square roots of the probabilities vary
    most, as long as both halves have ``min_size`` rows. Within a stratum the rows tell
    about Y four times the variance of these roots, in nats of relative entropy.
    """
    roots = np.sqrt(p)
    strata = np.zeros(p.shape[1], dtype=np.int32)
    n_strata = 1
    waiting = [np.arange(p.shape[1])]
    while waiting:
        rows = waiting.pop()
        halves = _halves(roots[:, rows], min_size)
        if halves is None:
            continue
        strata[rows[halves]] = n_strata
        n_strata += 1
        waiting += [rows[~halves], rows[halves]]
    return strata


def _halves(points: np.ndarray, min_size: int) -> np.ndarray | None:
    """Return which points are above the middle; None if they cannot be halved."""
    if points.shape[1] < 2 * min_size:
        return None
    spread = points.var(axis=1)
    for axis in np.argsort(-spread, kind="stable"):
        if spread[axis] < 1e-12:
            return None
        values = points[axis]
        middle = np.partition(values, len(values) // 2)[len(values) // 2]
        # Equal values stay together, on the side where the halves are more even.
        options = [values >= middle, values > middle]
        sizes = [min(above.sum(), len(values) - above.sum()) for above in options]
        best = int(np.argmax(sizes))
        if sizes[best] >= min_size:
            return options[best]
    return None
