"""Gaussians around rows, and what their mixture tells about the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

_BLOCK_BYTES = 1 << 24
# Beyond this ratio of means to scales, squares that are expanded lose their digits.
_MAX_RATIO = 1e4


class LogRatios(NamedTuple):
    """Of each row, log p(z|x) less the log density of z under the rows of a group."""

    leave_in: np.ndarray
    """(n,); the row itself is part of the mixture: at most the log of its size."""
    leave_out: np.ndarray
    """(n,); the mixture of the other rows; 0 where there is none."""


def mixture_log_ratios(
    z: np.ndarray, mu: np.ndarray, sigma: np.ndarray, groups: np.ndarray | None = None
) -> LogRatios:
    """Return the log-ratios of one draw a row, within groups (codes) if given.

    ``z`` and ``mu`` are (n, d); ``sigma`` is (d,), or (n, d) where it differs by rows.
    """
    result = LogRatios(np.zeros(len(z)), np.zeros(len(z)))
    for rows in members(groups, len(z)):
        own = sigma if sigma.ndim == 1 else sigma[rows]
        part = _log_ratios(z[rows], mu[rows], own)
        result.leave_in[rows], result.leave_out[rows] = part
    return result


def members(groups: np.ndarray | None, n_rows: int) -> list[np.ndarray]:
    """Return the positions of the rows of each group, of all rows without groups."""
    if groups is None:
        return [np.arange(n_rows)]
    order = np.argsort(groups, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(groups[order])) + 1)


def blocks(n_rows: int, n_columns: int) -> Iterator[slice]:
    """Yield slices of rows whose distances to all columns fit into memory."""
    size = max(1, _BLOCK_BYTES // (8 * n_columns))
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))


def _log_ratios(z: np.ndarray, mu: np.ndarray, sigma: np.ndarray) -> LogRatios:
    """Return the log-ratios of one draw a row, with and without the row itself."""
    n_rows = len(z)
    result = LogRatios(np.zeros(n_rows), np.zeros(n_rows))
    densities = LogDensities(mu, sigma)
    for rows in blocks(n_rows, n_rows):
        logs = densities(z[rows])
        own = np.arange(len(logs)), np.arange(rows.start, rows.stop)
        itself = logs[own]
        others = _log_sum_of_others(logs, own)
        everyone = np.logaddexp(itself, others)
        result.leave_in[rows] = itself - everyone + np.log(n_rows)
        if n_rows > 1:
            result.leave_out[rows] = itself - others + np.log(n_rows - 1)
    return result


def _log_sum_of_others(
    logs: np.ndarray, own: tuple[np.ndarray, np.ndarray]
) -> np.ndarray:
    """Return the log of the sum of each row but for one entry; spoils the logs."""
    logs[own] = -np.inf
    if logs.shape[1] == 1:
        return np.full(len(logs), -np.inf)
    # A third of the time of scipy's, which handles what cannot occur here.
    largest = logs.max(axis=1)
    # Rows may be farther from all others than there are numbers for.
    largest[np.isneginf(largest)] = 0.0
    logs -= largest[:, None]
    np.exp(logs, out=logs)
    with np.errstate(divide="ignore"):
        return largest + np.log(logs.sum(axis=1))


class LogDensities:
    """Log densities under diagonal Gaussians, up to what all of them share."""

    def __init__(self, mu: np.ndarray, sigma: np.ndarray) -> None:
        self._centre = mu.mean(axis=0)
        self._mu = mu - self._centre
        self._sigma = np.broadcast_to(sigma, mu.shape)
        self._constant = -np.log(self._sigma).sum(axis=1)
        self._expands = bool((np.abs(self._mu) <= _MAX_RATIO * self._sigma).all())
        if self._expands:
            precision = self._sigma**-2.0
            linear, square = self._mu * precision, self._mu**2 * precision
            self._factors = np.hstack([-0.5 * precision, linear]).T
            self._constant = self._constant - 0.5 * square.sum(axis=1)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Return the (m, n) log densities of m points under n Gaussians."""
        z = z - self._centre
        if self._expands:
            logs = np.hstack([z**2, z]) @ self._factors
            logs += self._constant
            return logs
        logs = np.tile(self._constant, (len(z), 1))
        with np.errstate(over="ignore"):
            for value, mean, scale in zip(z.T, self._mu.T, self._sigma.T, strict=True):
                logs -= 0.5 * ((value[:, None] - mean) / scale) ** 2
        return logs
