"""What is kept of rows that come in blocks: edges of bins, and tables of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from skmi.feature_selection._engine_tables import TableEngine
from skmi.information import (
    PairTables,
    apply_edges,
    count_pair_tables,
    discretize,
)

# Tables of a stream take no more than this.
MAX_BYTES = 1 << 30


class Stream(NamedTuple):
    """The state of a selection by blocks of rows: plain arrays and numbers.

    It is made by ``start``, which fixes the bins and the classes. ``add`` returns
    another one and leaves its own as it was. ``Stream(**state)`` undoes ``_asdict()``.

    Parameters
    ----------
    edges : ndarray of shape (n_edges of all,)
        Inner edges of the bins of one column after the other.
    n_edges : ndarray of shape (d,)
        How many each column has.
    keeps_missing : bool
        Whether NaN is one more level of each column, or refused.
    classes : ndarray of shape (n_classes,) or None
        Sorted labels; None where the target is a number.
    target_edges : ndarray
        Inner edges of the bins of a target that is a number.
    single, pairs, n_rows
        The tables of :class:`skmi.information.PairTables`; empty before the first row.
    """

    edges: np.ndarray
    n_edges: np.ndarray
    keeps_missing: bool
    classes: np.ndarray | None
    target_edges: np.ndarray
    single: np.ndarray
    pairs: np.ndarray
    n_rows: int = 0

    @classmethod
    def start(
        cls,
        X: np.ndarray,
        y: np.ndarray,
        *,
        bin_edges: Sequence[Any] | None = None,
        classes: Any = None,
        discrete_target: bool = True,
        n_bins: int = 8,
        n_bins_target: int = 8,
        categories: np.ndarray | None = None,
        missing: str = "error",
        sample_weight: np.ndarray | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> Stream:
        """Fix bins and classes by the first block of rows, and count none.

        Parameters
        ----------
        X : ndarray of shape (n, d)
            The first block; NaN where missing.
        y : ndarray of shape (n,) or (n, 1)
            Its targets.
        bin_edges : sequence of d arrays, default=None
            Rising inner edges of each column's bins, ``edges[k - 1] < x <= edges[k]``;
            None for those that ``discretize`` finds in the first block.
        classes : array-like, default=None
            All labels that will come; None for those of the first block.
        discrete_target : bool, default=True
            Whether y holds classes.
        n_bins, n_bins_target : int, default=8
            Bins of columns, and of a target that is a number.
        categories : ndarray of bool of shape (d,), default=None
            Columns that keep all values of the first block.
        missing : {"error", "category"}, default="error"
            Whether NaN is refused, or a level of its own.
        sample_weight : ndarray of shape (n,), default=None
            Frequencies.
        max_bytes : int, default=2**30
            Largest size of the tables.

        Raises
        ------
        ValueError
            If edges or classes are not those of columns and targets, or if tables would
            be larger than ``max_bytes``.
        """
        if missing not in ("error", "category"):
            msg = (
                "missing must be 'error' or 'category' where rows come in blocks, "
                f"found {missing!r}."
            )
            raise ValueError(msg)
        y = _one_target(y)
        kept = slice(None) if sample_weight is None else sample_weight > 0
        rows, targets = X[kept], y[kept]
        weight = None if sample_weight is None else sample_weight[kept]
        if bin_edges is None:
            edges = _edges_of(rows, n_bins, weight, missing)
            for j in [] if categories is None else np.flatnonzero(categories):
                known = ~np.isnan(rows[:, j])
                edges[j] = np.unique(rows[known, j])[:-1]
        else:
            edges = check_edges(bin_edges, X.shape[1])
        target_edges = np.empty(0)
        labels = None
        if discrete_target:
            labels = np.unique(targets if classes is None else np.asarray(classes))
        else:
            numbers = targets[:, None].astype(np.float64)
            target_edges = _edges_of(numbers, n_bins_target, weight, "error")[0]
        empty = cls(
            np.concatenate(edges),
            np.array([own.size for own in edges]),
            missing == "category",
            labels,
            target_edges,
            np.empty((0, 0), dtype=np.int64),
            np.empty(0, dtype=np.int64),
        )
        _check_size(empty.n_levels, empty.n_classes, max_bytes)
        return empty

    @property
    def n_levels(self) -> np.ndarray:
        """Number of levels of each column, (d,)."""
        return self.n_edges + 1 + self.keeps_missing

    @property
    def n_classes(self) -> int:
        """Number of classes, or of bins of the target."""
        return self.target_edges.size + 1 if self.classes is None else self.classes.size

    @property
    def bin_edges(self) -> list[np.ndarray]:
        """Inner edges of each column's bins."""
        return np.split(self.edges, np.cumsum(self.n_edges)[:-1])

    def add(
        self, X: np.ndarray, y: np.ndarray, sample_weight: np.ndarray | None = None
    ) -> Stream:
        """Return the stream with a block of rows counted too.

        Parameters
        ----------
        X : ndarray of shape (n, d)
            Numbers; NaN where missing.
        y : ndarray of shape (n,) or (n, 1)
            Targets.
        sample_weight : ndarray of shape (n,), default=None
            Frequencies.

        Raises
        ------
        ValueError
            If X has another number of columns, or NaN where it is refused, or y has
            labels that are not among the classes.
        """
        tables = count_pair_tables(
            self.codes_of(X),
            self.target_codes_of(y),
            self.n_levels,
            self.n_classes,
            sample_weight=sample_weight,
            onto=self._tables() if self.n_rows else None,
            # The size was agreed to in the beginning.
            max_bytes=1 << 62,
        )
        return self._replace(
            single=tables.single, pairs=tables.pairs, n_rows=tables.n_rows
        )

    def engine(self, correction: str = "miller_madow") -> TableEngine:
        """Return the engine of all rows so far."""
        return TableEngine(self._tables(), correction)

    def codes_of(self, X: np.ndarray) -> np.ndarray:
        """Return the codes of a block of rows, (n, d) in Fortran order."""
        if X.ndim != 2 or X.shape[1] != self.n_edges.size:
            msg = f"X must have {self.n_edges.size} columns, found shape {X.shape}."
            raise ValueError(msg)
        if not self.keeps_missing:
            return apply_edges(X, self.bin_edges)
        # A block may have nothing but NaN in a column that has values in others.
        gone = np.isnan(X)
        filled = np.where(gone, 0.0, X) if gone.any() else X
        codes = apply_edges(filled, self.bin_edges, missing="category")
        codes[gone] = np.broadcast_to(self.n_edges + 1, X.shape)[gone]
        return codes

    def target_codes_of(self, y: np.ndarray) -> np.ndarray:
        """Return the codes of a block of targets, (n,)."""
        y = _one_target(y)
        if self.classes is None:
            return np.searchsorted(self.target_edges, y.astype(np.float64))
        unknown = ~np.isin(y, self.classes)
        if unknown.any():
            msg = (
                f"y must hold the classes {self.classes.tolist()} of the first block, "
                f"or those given by classes, found {y[unknown][0]!r}."
            )
            raise ValueError(msg)
        return np.searchsorted(self.classes, y)

    def _tables(self) -> PairTables:
        """Return the tables of all rows so far."""
        return PairTables(self.n_levels, self.single, self.pairs, self.n_rows)


def _one_target(y: np.ndarray) -> np.ndarray:
    """Return a target of one column as (n,)."""
    y = np.asarray(y)
    if y.ndim != 1 and y.shape[1:] != (1,):
        msg = (
            "y must be of shape (n,) or (n, 1) where rows come in blocks, found "
            f"{y.shape}."
        )
        raise ValueError(msg)
    return y.ravel()


def _edges_of(
    X: np.ndarray, n_bins: int, weight: np.ndarray | None, missing: str
) -> list[np.ndarray]:
    """Return the inner edges that columns are cut at; NaN has no part in them."""
    options = {"sample_weight": weight, "missing": missing, "return_edges": True}
    return list(discretize(X, n_bins, **options)[2])


def check_edges(bin_edges: Sequence[Any], n_columns: int) -> list[np.ndarray]:
    """Return the user's edges, one array a column."""
    if len(bin_edges) != n_columns:
        msg = (
            f"bin_edges must hold an array for each of {n_columns} columns, found "
            f"{len(bin_edges)}."
        )
        raise ValueError(msg)
    checked = []
    for j, found in enumerate(bin_edges):
        edges = np.asarray(found, dtype=np.float64)
        if (
            edges.ndim != 1
            or not np.isfinite(edges).all()
            or (np.diff(edges) <= 0).any()
        ):
            msg = (
                "bin_edges must hold arrays of finite numbers that rise, found "
                f"{edges.tolist()} for column {j}."
            )
            raise ValueError(msg)
        checked.append(edges)
    return checked


def _check_size(n_levels: np.ndarray, n_classes: int, max_bytes: int) -> None:
    """Raise where tables of all pairs are too large to be kept."""
    total = int(n_levels.sum())
    n_cells = (total**2 - int((n_levels**2).sum())) // 2 * n_classes
    if 8 * n_cells > max_bytes:
        msg = (
            "X must have fewer columns, or n_bins be smaller, for rows that come in "
            f"blocks: the tables of all pairs of {n_levels.size} columns of up to "
            f"{n_levels.max()} levels with {n_classes} of y take "
            f"{8 * n_cells / 2**30:.3g} GiB, more than the {max_bytes / 2**30:.3g} GiB "
            "that are accepted."
        )
        raise ValueError(msg)
