"""Bins of columns, and one code for each row of several columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmi.information import discretize, quantile_edges

Binning = Callable[[np.ndarray, int, "np.ndarray | None"], np.ndarray]


def _frequency(
    columns: np.ndarray, n_bins: int, weight: np.ndarray | None
) -> np.ndarray:
    """Bins of about equal shares of the rows, for each column on its own."""
    return discretize(columns, n_bins, sample_weight=weight)[0]


def _width(columns: np.ndarray, n_bins: int, weight: np.ndarray | None) -> np.ndarray:
    """Bins of equal width over the range of each column."""
    codes = np.zeros(columns.shape, dtype=np.intp)
    for j, column in enumerate(columns.T):
        edges = np.linspace(column.min(), column.max(), n_bins + 1)[1:-1]
        codes[:, j] = np.searchsorted(edges, column)
    return codes


def _entropy(columns: np.ndarray, n_bins: int, weight: np.ndarray | None) -> np.ndarray:
    """Bins of about equal shares of the distinct values of all columns together."""
    edges = quantile_edges(np.unique(columns), n_bins)
    return np.searchsorted(edges, columns)


BINNINGS: dict[str, Binning] = {
    "frequency": _frequency,
    "width": _width,
    "entropy": _entropy,
}
"""Name -> function of columns (n, d), n_bins and weights or None to codes (n, d)."""


def resolve_binning(binning: Any) -> Binning:
    """Return the function that a name or an array of inner edges means."""
    if isinstance(binning, str):
        return BINNINGS[binning]
    edges = np.asarray(binning)
    if (
        edges.ndim != 1
        or edges.dtype.kind not in "iuf"
        or edges.size == 0
        or not (np.diff(edges) > 0).all()
        or not np.isfinite(edges).all()
    ):
        msg = (
            f"binning must be one of {sorted(BINNINGS)} or a rising 1-D array of inner "
            f"edges, found {binning!r}."
        )
        raise ValueError(msg)
    return lambda columns, n_bins, weight: np.searchsorted(edges, columns)


def joint_codes(codes: np.ndarray) -> tuple[np.ndarray, int]:
    """Return a code 0, 1, ... for each distinct row of codes (n, d), and how many."""
    result = np.zeros(len(codes), dtype=np.int64)
    n_levels = 1
    for column in codes.T:
        # Renumbered at each step: the product of two counts of rows fits 64 bits.
        _, level = np.unique(column, return_inverse=True)
        _, result = np.unique(
            result * (int(level.max()) + 1) + level, return_inverse=True
        )
        n_levels = int(result.max()) + 1
    return result, n_levels
