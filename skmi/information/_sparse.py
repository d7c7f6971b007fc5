"""Columns of sparse matrices as codes, and their entropies with other variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from skmi.information._checks import check_codes, check_count, check_weight
from skmi.information._fixed import OFFSETS, FixedTerms, fixed_terms

_MISSING = ("error", "category")


class _Runs(NamedTuple):
    """What is off the base level of each column: runs of rows of one level."""

    rows: np.ndarray
    starts: np.ndarray
    levels: np.ndarray
    first: np.ndarray
    base: np.ndarray
    n_levels: np.ndarray

    def of_column(self, j: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of a column, and their levels."""
        runs = slice(self.first[j], self.first[j + 1])
        begin, end = self.starts[self.first[j]], self.starts[self.first[j + 1]]
        sizes = np.diff(self.starts[self.first[j] : self.first[j + 1] + 1])
        return self.rows[begin:end], np.repeat(self.levels[runs], sizes)


class SparseCodes:
    r"""Columns of a sparse matrix as codes, ready to be counted with other variables.

    The codes are those of :func:`discretize` for the dense matrix, zeros included: a
    column with at most ``n_bins`` distinct values keeps them, any other is cut at its
    quantiles. The matrix is never made dense.

    Parameters
    ----------
    X : sparse matrix or array of shape (n, d)
        Numbers or booleans; zeros may be stored, and entries may be given in parts.
    n_bins : int, default=8
        Largest number of levels of a column, at least 2.
    target : array-like of int of shape (n,), default=None
        Levels 0, 1, ... of a further variable Y.
    categories : array-like of bool of shape (d,), default=None
        Columns that keep all their values; None for none.
    groups : sequence of lists of int, default=None
        Columns that make up one variable each; None where each column is one.
    missing : {"error", "category"}, default="error"
        Whether NaN is refused, or is a level of its own.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    correction : {"plugin", "miller_madow"}, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.

    Attributes
    ----------
    n_variables : int
        Number of columns, or of groups.
    n_levels : ndarray of shape (n_variables,)
        Number of levels of each; 1 for a constant one.
    unit : float
        Nats of the unit that :meth:`whole_entropies_with` counts in.

    Raises
    ------
    ValueError
        If X is not sparse, empty, or holds what is no finite number, if codes are not
        integers of at least 0, lengths differ, weights are negative or all 0, or an
        option is unknown.

    See Also
    --------
    discretize : Codes of dense columns.
    CodePlanes : The same for dense codes of few levels.

    Notes
    -----
    The level of 0 of a column is its base level. Only rows off it are counted: the
    table's row of the base level is what these leave of the other variable's counts.
    So coding costs O(nnz log n), and entropies with another variable O(nnz + n) for all
    columns together, whatever the numbers of levels. Weights that are not whole cost
    O(n) for each column that is cut. Memory: about 8 bytes an entry.

    Examples
    --------
    >>> import numpy as np
    >>> from scipy.sparse import csr_array
    >>> from skmi.information import SparseCodes
    >>> counts = csr_array([[0, 3], [0, 0], [5, 0], [5, 1]])
    >>> codes = SparseCodes(counts, target=[0, 0, 1, 1])
    >>> codes.n_levels
    array([2, 3])
    >>> codes.entropies_with(codes.codes_of([0])[:, 0]) / np.log(2)
    array([[1., 2.],
           [1., 2.]])
    """

    def __init__(
        self,
        X: Any,
        n_bins: int = 8,
        *,
        target: Any = None,
        categories: Any = None,
        groups: Sequence[Sequence[int]] | None = None,
        missing: str = "error",
        sample_weight: Any = None,
        correction: str = "plugin",
    ) -> None:
        columns = _check_columns(X, missing)
        n_bins = check_count(n_bins, "n_bins", 2)
        if correction not in OFFSETS:
            msg = f"correction must be one of {sorted(OFFSETS)}, found {correction!r}."
            raise ValueError(msg)
        self._n_rows = columns.shape[0]
        self._weight = check_weight(sample_weight, self._n_rows)
        if self._weight is not None:
            self._weight = np.require(self._weight, requirements=["C", "W"])
        most = _largest_numbers(n_bins, categories, *columns.shape)
        self._runs = _code(columns, most, self._weight)
        if groups is not None:
            self._runs = _joined(self._runs, groups, self._n_rows)
        self._terms: FixedTerms = fixed_terms(self._n_rows, self._weight, correction)
        self._y = None
        if target is not None:
            self._y = check_codes(target, "target", self._n_rows).astype(np.int64)
        self.n_levels = self._runs.n_levels
        self.n_variables = self.n_levels.size
        self.unit = self._terms.unit

    def codes_of(self, columns: Sequence[int]) -> np.ndarray:
        """Dense codes of some variables.

        Parameters
        ----------
        columns : sequence of int
            Numbers of the variables.

        Returns
        -------
        ndarray of int32 of shape (n, len(columns))
            Levels 0, 1, ..., in Fortran order.
        """
        codes = np.empty((self._n_rows, len(columns)), dtype=np.int32, order="F")
        for k, j in enumerate(columns):
            codes[:, k] = self._runs.base[j]
            rows, levels = self._runs.of_column(j)
            codes[rows, k] = levels
        return codes

    def entropies_with(self, other: Any) -> np.ndarray:
        """Joint entropy of every variable with a variable S, and with S and Y.

        Parameters
        ----------
        other : array-like of int of shape (n,)
            Levels 0, 1, ... of S.

        Returns
        -------
        ndarray of shape (d,) or (2, d)
            :math:`H(X_j, S)` in nats; with a target, :math:`H(X_j, S)` and
            :math:`H(X_j, S, Y)`.

        Raises
        ------
        ValueError
            If other is not integers of at least 0 of shape (n,).
        """
        whole = [self.whole_entropies_with(other)[0]]
        if self._y is not None:
            whole.append(self.whole_entropies_with(other, target=True)[0])
        found = np.array(whole) * self.unit
        return found[0] if self._y is None else found

    def whole_entropies_with(
        self, other: Any, *, target: bool = False, columns: np.ndarray | None = None
    ) -> tuple[np.ndarray, int]:
        """Joint entropies as whole numbers, whose differences are exact.

        Parameters
        ----------
        other : array-like of int of shape (n,)
            Levels 0, 1, ... of S.
        target : bool, default=False
            Whether Y is one more variable of each entropy.
        columns : ndarray of int, default=None
            Numbers of the variables that are wanted; None for all.

        Returns
        -------
        together : ndarray of int64 of shape (d,) or (n_columns,)
            :math:`H(X_j, S)`, or :math:`H(X_j, S, Y)`, in units of ``unit`` nats.
        alone : int
            :math:`H(S)`, or :math:`H(S, Y)`.

        Raises
        ------
        ValueError
            If other is not integers of at least 0 of shape (n,), or there is no target.
        """
        codes = check_codes(other, "other", self._n_rows)
        if target and self._y is None:
            msg = "target must be False where SparseCodes got no target, found True."
            raise ValueError(msg)
        codes, n_codes = _compact(codes, self._y if target else None)
        if columns is None:
            columns = np.arange(self.n_variables)
        # A variable without entries is a constant: what is left is S alone.
        first = np.append(self._runs.first, self._runs.first[-1])
        columns = np.append(columns, self.n_variables)
        sums = self._sums(codes, n_codes, first, columns)
        entropies = self._terms.whole - sums
        return entropies[:-1], int(entropies[-1])

    def _sums(
        self, codes: np.ndarray, n_codes: int, first: np.ndarray, columns: np.ndarray
    ) -> np.ndarray:
        """Return the sum of the terms of each table."""
        from skmi.information._kernels_sparse import (
            sum_sparse_counts,
            sum_sparse_weights,
        )

        sums: np.ndarray = np.empty(columns.size, dtype=np.int64)
        table = (self._runs.rows, self._runs.starts, first, columns, codes)
        if self._weight is None:
            margin = np.bincount(codes, minlength=n_codes)
            sum_sparse_counts(*table, margin, self._terms, sums)
        else:
            margin = np.bincount(codes, self._weight, n_codes)
            n_margin = np.bincount(codes[self._weight > 0], minlength=n_codes)
            weighted = (margin, n_margin, self._weight)
            sum_sparse_weights(*table, *weighted, self._terms, sums)
        return sums


def _check_columns(X: Any, missing: str) -> Any:
    """Return X as CSC without duplicates, its data finite or NaN; X is left alone."""
    if missing not in _MISSING:
        msg = f"missing must be one of {list(_MISSING)}, found {missing!r}."
        raise ValueError(msg)
    if not sparse.issparse(X):
        msg = f"X must be a sparse matrix or array, found {type(X).__name__}."
        raise ValueError(msg)
    if X.ndim != 2 or 0 in X.shape:
        msg = f"X must be 2-D with rows and columns, found shape {X.shape}."
        raise ValueError(msg)
    if X.dtype.kind not in "buif":
        msg = f"X must hold real numbers, found dtype {X.dtype}."
        raise ValueError(msg)
    columns = X.tocsc()
    if not columns.has_canonical_format:
        columns = columns.copy() if columns is X else columns
        columns.sum_duplicates()
    data = columns.data
    if data.dtype.kind == "f" and not np.isfinite(data).all():
        allowed = "finite numbers or NaN" if missing == "category" else "finite numbers"
        if np.isinf(data).any() or missing == "error":
            found = "NaN" if np.isnan(data).any() and missing == "error" else "infinity"
            msg = f"X must hold {allowed}, found {found}."
            raise ValueError(msg)
    return columns


def _largest_numbers(
    n_bins: int, categories: Any, n_rows: int, n_columns: int
) -> np.ndarray:
    """Return how many levels each column may have."""
    most: np.ndarray = np.full(n_columns, n_bins, dtype=np.int64)
    if categories is None:
        return most
    mask = np.asarray(categories)
    if mask.dtype != bool or mask.shape != (n_columns,):
        msg = (
            f"categories must be booleans of shape ({n_columns},), found shape "
            f"{mask.shape} of dtype {mask.dtype}."
        )
        raise ValueError(msg)
    most[mask] = max(n_bins, n_rows + 1)
    return most


def _code(columns: Any, most: np.ndarray, weight: np.ndarray | None) -> _Runs:
    """Return the codes of all columns."""
    from skmi.information._kernels_sparse import code_sparse_columns

    n_rows, n_columns = columns.shape
    values = columns.data
    if values.dtype.kind == "f" and np.isnan(values).any():
        values = np.where(np.isnan(values), np.inf, values)
    # One more level for NaN, and one less for the base.
    n_runs = int(np.minimum(np.diff(columns.indptr), most).sum())
    runs = _Runs(
        rows=np.empty(values.size, dtype=np.uint32),
        starts=np.empty(n_runs + 1, dtype=np.int64),
        levels=np.empty(n_runs, dtype=np.int32),
        first=np.empty(n_columns + 1, dtype=np.int64),
        base=np.empty(n_columns, dtype=np.int32),
        n_levels=np.empty(n_columns, dtype=np.int64),
    )
    exact = weight is None or bool(
        (weight == np.floor(weight)).all() and weight.sum() < 2.0**53
    )
    # One type of arrays, so that kernels are compiled once.
    indptr = np.require(columns.indptr, np.int64, "W")
    indices = np.require(columns.indices, np.int32, "W")
    values = np.require(values, np.float64, "W")
    weight = np.empty(0) if weight is None else weight
    n_runs, n_kept = code_sparse_columns(
        indptr, indices, values, n_rows, weight, exact, most, *runs
    )
    return runs._replace(
        rows=runs.rows[:n_kept],
        starts=runs.starts[: n_runs + 1].copy(),
        levels=runs.levels[:n_runs].copy(),
    )


def _joined(runs: _Runs, groups: Sequence[Sequence[int]], n_rows: int) -> _Runs:
    """Return each group of columns as one variable."""
    n_columns = runs.base.size
    if not groups or not all(len(members) for members in groups):
        msg = f"groups must be lists of columns, none empty, found {list(groups)}."
        raise ValueError(msg)
    parts, starts, levels = [], [np.zeros(1, dtype=np.int64)], []
    first, base, n_levels = [0], [], []
    n_kept = 0
    for members in groups:
        own = [check_count(j, "groups", 0, n_columns - 1) for j in members]
        if len(own) == 1:
            rows, codes = runs.of_column(own[0])
            base.append(int(runs.base[own[0]]))
            n_levels.append(int(runs.n_levels[own[0]]))
        else:
            rows, codes = _join(runs, own)
            base.append(0)
            n_levels.append(int(codes.max(initial=0)) + (rows.size < n_rows))
        ends = np.append(np.flatnonzero(np.diff(codes)) + 1, codes.size)
        ends = ends[ends > 0]
        parts.append(rows)
        starts.append(n_kept + ends)
        levels.append(codes[ends - 1])
        first.append(first[-1] + ends.size)
        n_kept += rows.size
    return _Runs(
        np.concatenate(parts).astype(np.uint32),
        np.concatenate(starts),
        np.concatenate(levels).astype(np.int32),
        np.array(first, dtype=np.int64),
        np.array(base, dtype=np.int32),
        np.array(n_levels, dtype=np.int64),
    )


def _join(runs: _Runs, columns: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return rows off the base levels of columns, and joint levels from 1, sorted."""
    found = [runs.of_column(j) for j in columns]
    rows = np.unique(np.concatenate([own for own, _ in found]))
    levels = np.tile(runs.base[columns], (rows.size, 1))
    for k, (own, codes) in enumerate(found):
        levels[np.searchsorted(rows, own), k] = codes
    joint = np.unique(levels, axis=0, return_inverse=True)[1].ravel() + 1
    order = np.argsort(joint, kind="stable")
    return rows[order], joint[order]


def _compact(codes: np.ndarray, target: np.ndarray | None) -> tuple[np.ndarray, int]:
    """Return codes, joined with those of a target, without many unused levels."""
    n_rows = codes.size
    n_codes = int(codes.max()) + 1
    if n_codes > 4 * n_rows:
        codes = np.unique(codes, return_inverse=True)[1]
        n_codes = int(codes.max()) + 1
    if target is not None:
        n_target = int(target.max()) + 1
        codes = codes.astype(np.int64) * n_target + target
        n_codes *= n_target
    if n_codes > 64:
        codes = np.unique(codes, return_inverse=True)[1]
        n_codes = int(codes.max()) + 1
    return codes.astype(np.uint32), n_codes
