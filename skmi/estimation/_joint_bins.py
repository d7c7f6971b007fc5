"""Bins of columns, and one symbol for each row of several columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmi.information import quantile_edges

Edges = list[np.ndarray]
Binning = Callable[[np.ndarray, int, "np.ndarray | None"], Edges]


def _frequency(columns: np.ndarray, n_bins: int, weight: np.ndarray | None) -> Edges:
    """Bins of about equal shares of the rows, for each column on its own."""
    edges = []
    for column in columns.T:
        values = np.unique(column)
        if values.size > n_bins:
            edges.append(quantile_edges(column, n_bins, sample_weight=weight))
        else:
            edges.append(values[:-1])
    return edges


def _width(columns: np.ndarray, n_bins: int, weight: np.ndarray | None) -> Edges:
    """Bins of equal width over the range of each column."""
    return [
        np.linspace(column.min(), column.max(), n_bins + 1)[1:-1]
        for column in columns.T
    ]


def _entropy(columns: np.ndarray, n_bins: int, weight: np.ndarray | None) -> Edges:
    """Bins of about equal shares of the distinct values of all columns together."""
    edges = quantile_edges(np.unique(columns), n_bins)
    return [edges] * columns.shape[1]


BINNINGS: dict[str, Binning] = {
    "frequency": _frequency,
    "width": _width,
    "entropy": _entropy,
}
"""Name -> function of columns (n, d), n_bins and weights or None to inner edges."""


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
    return lambda columns, n_bins, weight: [edges] * columns.shape[1]


class Symbols:
    """One symbol 0, 1, ... for each distinct row of bins, or for each class."""

    def __init__(self, edges: Edges | None, labels: np.ndarray | None = None) -> None:
        self._edges, self._labels = edges, labels
        self._known: np.ndarray = np.empty((0, 0), dtype=np.intp)

    @property
    def n_columns(self) -> tuple[int, ...]:
        """Return the columns as a shape without rows: () for classes."""
        return () if self._edges is None else (len(self._edges),)

    def fit(self, values: np.ndarray) -> tuple[np.ndarray, int]:
        """Return the symbol of each row, and how many there are."""
        codes = self._binned(values)
        symbols, n_symbols = joint_codes(codes)
        first = np.unique(symbols, return_index=True)[1]
        self._known = codes[first]
        return symbols, n_symbols

    def of(self, values: np.ndarray, labels: np.ndarray | None = None) -> np.ndarray:
        """Return the symbols of new rows: -1 for those that ``fit`` did not see."""
        if labels is not None:
            # Classes are coded among those of these rows: recode them by name.
            values = positions(labels, self._labels)[values]
        n_known = len(self._known)
        everything, n_symbols = joint_codes(
            np.concatenate([self._known, self._binned(values)])
        )
        symbol_of = np.full(n_symbols, -1)
        symbol_of[everything[:n_known]] = np.arange(n_known)
        return symbol_of[everything[n_known:]]

    def _binned(self, values: np.ndarray) -> np.ndarray:
        """Return the bins of rows (n, d); of classes their codes (n, 1)."""
        if self._edges is None:
            return values[:, None]
        # Bin k holds edges[k - 1] < value <= edges[k].
        return np.column_stack(
            [
                np.searchsorted(edges, column)
                for edges, column in zip(self._edges, values.T, strict=True)
            ]
        )


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


def positions(labels: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return where labels are among sorted known ones, -1 for new ones."""
    if (labels.dtype.kind in "US") != (known.dtype.kind in "US"):
        return np.full(len(labels), -1)
    at = np.minimum(np.searchsorted(known, labels), len(known) - 1)
    return np.where(known[at] == labels, at, -1)
