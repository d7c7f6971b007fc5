"""Tables of all pairs of columns of codes with a target, which rows can be added to."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skmi.information._checks import (
    check_codes,
    check_count,
    check_numbers,
    check_weight,
)
from skmi.information._fixed import OFFSETS, FixedTerms, fixed_terms_of

_MAX_BYTES = 1 << 30


class PairTables(NamedTuple):
    """Counts of all pairs of columns of codes with a target Y.

    Parameters
    ----------
    n_levels : ndarray of shape (d,)
        Number of levels of each column.
    single : ndarray of shape (sum of n_levels, n_target)
        Counts (int64) or sums of weights (float64) of the levels of one column after
        the other with those of Y.
    pairs : ndarray of shape (n_cells,)
        The tables of pairs, one behind the other: see :meth:`table`.
    n_rows : int
        Number of rows of weight above 0.

    See Also
    --------
    count_pair_tables : The function that returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import count_pair_tables
    >>> coins = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> tables = count_pair_tables(coins, [0, 1, 1, 0], [2, 2], 2)
    >>> tables.table(0, 1)[:, :, 0]
    array([[1, 0],
           [0, 1]])
    >>> tables.entropies_with(0) / np.log(2)
    array([[1., 2.],
           [2., 2.]])
    """

    n_levels: np.ndarray
    single: np.ndarray
    pairs: np.ndarray
    n_rows: int

    def table(self, i: int, j: int) -> np.ndarray:
        """Table of two columns with the target.

        Parameters
        ----------
        i, j : int
            Two different columns.

        Returns
        -------
        ndarray of shape (n_levels[i], n_levels[j], n_target)
            Counts or sums of weights; a view.
        """
        first, second = min(i, j), max(i, j)
        shape = (*self.n_levels[[second, first]], self.single.shape[1])
        start = self._starts(first)[second]
        table = self.pairs[start : start + int(np.prod(shape))].reshape(shape)
        return table.swapaxes(0, 1) if i < j else table

    def entropies_with(self, column: int, *, correction: str = "plugin") -> np.ndarray:
        r"""Joint entropy of every column with one of them, and with Y.

        Parameters
        ----------
        column : int
            Number of the column S.
        correction : {"plugin", "miller_madow"}, default="plugin"
            How each entropy is estimated, as in :func:`entropy`.

        Returns
        -------
        ndarray of shape (2, d)
            :math:`H(X_j, S)` and :math:`H(X_j, S, Y)` in nats.
        """
        terms = self._terms(correction)
        return self.whole_entropies_with(column, correction=correction) * terms.unit

    def whole_entropies_with(
        self, column: int | None, *, correction: str = "plugin"
    ) -> np.ndarray:
        """Joint entropies as whole numbers, whose differences are exact.

        Parameters
        ----------
        column : int or None
            Number of the column S; None for no such column.
        correction : {"plugin", "miller_madow"}, default="plugin"
            How each entropy is estimated, as in :func:`entropy`.

        Returns
        -------
        ndarray of int64 of shape (2, d)
            :math:`H(X_j, S)` and :math:`H(X_j, S, Y)` in units of :meth:`unit`.
        """
        from skmi.information._kernels_pair_tables import sum_cells

        n_target = self.single.shape[1]
        terms = self._terms(correction)
        singles = np.cumsum(self.n_levels) - self.n_levels
        sums: np.ndarray = np.empty((2, self.n_levels.size), dtype=np.int64)
        sum_cells(
            self.single.ravel(),
            singles * n_target,
            self.n_levels,
            n_target,
            terms,
            sums,
        )
        if column is not None:
            itself = sums[:, column].copy()
            sizes = self.n_levels * self.n_levels[column]
            # A column with itself has no table: its levels alone are what occurs.
            sizes[column] = 0
            starts = self._starts(column)
            sum_cells(self.pairs, starts, sizes, n_target, terms, sums)
            sums[:, column] = itself
        return terms.whole - sums

    def whole_entropy_of_target(self, *, correction: str = "plugin") -> int:
        """Entropy of the target as a whole number.

        Parameters
        ----------
        correction : {"plugin", "miller_madow"}, default="plugin"
            How it is estimated.

        Returns
        -------
        int
            :math:`H(Y)` in units of :meth:`unit`.
        """
        from skmi.information._kernels_pair_tables import sum_cells

        terms = self._terms(correction)
        counts = self.single[: self.n_levels[0]].sum(axis=0)
        sums: np.ndarray = np.empty((2, 1), dtype=np.int64)
        sum_cells(counts, np.array([0]), np.array([counts.size]), 1, terms, sums)
        return int(terms.whole - sums[0, 0])

    def unit(self, *, correction: str = "plugin") -> float:
        """Return the unit of whole entropies in nats.

        Parameters
        ----------
        correction : {"plugin", "miller_madow"}, default="plugin"
            How entropies are estimated.

        Returns
        -------
        float
            The unit.
        """
        return self._terms(correction).unit

    def _starts(self, column: int) -> np.ndarray:
        """Return where the table of each column with one begins, 0 for itself."""
        n_target = self.single.shape[1]
        ends, begins = _layout(self.n_levels, n_target)
        starts = begins + (ends[column] - ends[1:]) * self.n_levels * n_target
        later = (ends[:-1] - ends[column + 1]) * self.n_levels[column] * n_target
        starts[column:] = begins[column] + later[column:]
        starts[column] = 0
        return starts

    def _terms(self, correction: str) -> FixedTerms:
        """Return how cells become whole numbers."""
        if correction not in OFFSETS:
            msg = f"correction must be one of {sorted(OFFSETS)}, found {correction!r}."
            raise ValueError(msg)
        total = float(self.single[: self.n_levels[0]].sum())
        if total == 0:
            msg = "tables must hold at least 1 row, found none."
            raise ValueError(msg)
        return fixed_terms_of(total, self.n_rows, 0, correction)


def count_pair_tables(
    codes: Any,
    target: Any,
    n_levels: Any,
    n_target: int,
    *,
    sample_weight: Any = None,
    onto: PairTables | None = None,
    max_bytes: int = _MAX_BYTES,
) -> PairTables:
    r"""Count the tables of all pairs of columns of codes with a target.

    Parameters
    ----------
    codes : array-like of int of shape (n, d)
        Levels of each column, below its ``n_levels``.
    target : array-like of int of shape (n,)
        Levels of Y, below ``n_target``.
    n_levels : array-like of int of shape (d,)
        Number of levels of each column, those included that these rows lack.
    n_target : int
        Number of levels of Y.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    onto : PairTables, default=None
        Tables of other rows, which the result counts too. They are left alone.
    max_bytes : int, default=2**30
        Largest size of the tables.

    Returns
    -------
    PairTables
        Counts, or sums of weights, of all rows.

    Raises
    ------
    ValueError
        If codes are not integers from 0 to below their number of levels, lengths
        differ, weights are negative or all 0, or tables are larger than ``max_bytes``.

    See Also
    --------
    pairwise_mutual_information : Without tables that more rows can be added to.
    joint_tables : Tables of all columns with one.

    Notes
    -----
    Without weights, or with whole ones, rows may come in any order and in any blocks:
    the tables are the same to the last bit, and so is all that follows from them.
    Cost :math:`O(n d^2)`; the memory of :math:`d (d - 1) / 2` tables of
    :math:`K_i K_j K_y` cells, 8 bytes each.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import count_pair_tables
    >>> coins = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> half = count_pair_tables(coins[:2], [0, 1], [2, 2], 2)
    >>> whole = count_pair_tables(coins[2:], [1, 0], [2, 2], 2, onto=half)
    >>> whole.table(1, 0).sum(axis=2)
    array([[1, 1],
           [1, 1]])
    """
    from skmi.information._kernels_pair_tables import add_pair_tables

    levels = _check_levels(n_levels)
    n_target = check_count(n_target, "n_target", 1)
    columns = check_codes(codes, "codes", None)
    y = check_codes(target, "target", columns.shape[1])
    weight = check_weight(sample_weight, columns.shape[1])
    _check_ranges(columns, levels, y, n_target)
    tables = _copy_or_empty(levels, n_target, weight is not None, onto, max_bytes)
    ends, begins = _layout(levels, n_target)
    add_pair_tables(
        columns,
        y.astype(np.int64),
        weight,
        n_target,
        ends,
        begins,
        tables.single,
        tables.pairs,
    )
    n_rows = columns.shape[1] if weight is None else np.count_nonzero(weight)
    return tables._replace(n_rows=tables.n_rows + int(n_rows))


def _layout(n_levels: np.ndarray, n_target: int) -> tuple[np.ndarray, np.ndarray]:
    """Return running sums of levels, and where the tables of each column begin."""
    ends = np.concatenate([[0], np.cumsum(n_levels)])
    sizes = n_levels * n_target * (ends[-1] - ends[1:])
    return ends, np.cumsum(sizes) - sizes


def _copy_or_empty(
    n_levels: np.ndarray,
    n_target: int,
    weighted: bool,
    onto: PairTables | None,
    max_bytes: int,
) -> PairTables:
    """Return tables that may be written to: those of other rows, or zeros."""
    shape = (int(n_levels.sum()), n_target)
    if onto is None:
        _, begins = _layout(n_levels.astype(object), n_target)
        n_bytes = 8 * int(begins[-1])
        if n_bytes > check_count(max_bytes, "max_bytes", 1):
            msg = (
                f"max_bytes must be at least {n_bytes}, the size of the tables of "
                f"{n_levels.size} columns with up to {n_levels.max()} levels and "
                f"{n_target} of the target ({n_bytes / 2**30:.3g} GiB), found "
                f"{max_bytes}."
            )
            raise ValueError(msg)
        dtype = np.dtype(np.float64 if weighted else np.int64)
        pairs = np.zeros(n_bytes // 8, dtype=dtype)
        return PairTables(n_levels, np.zeros(shape, dtype=dtype), pairs, 0)
    if onto.single.shape != shape or (onto.n_levels != n_levels).any():
        msg = (
            f"onto must be tables of n_levels={n_levels.tolist()} and n_target="
            f"{n_target}, found {onto.n_levels.tolist()} and {onto.single.shape[1]}."
        )
        raise ValueError(msg)
    dtype = np.dtype(np.float64) if weighted else onto.pairs.dtype
    return onto._replace(
        single=onto.single.astype(dtype), pairs=onto.pairs.astype(dtype)
    )


def _check_levels(n_levels: Any) -> np.ndarray:
    """Return the number of levels of each column."""
    levels = check_numbers(n_levels, "n_levels")
    if levels.ndim != 1 or levels.dtype.kind not in "iu" or (levels < 1).any():
        msg = (
            "n_levels must be integers of at least 1 of shape (d,), found "
            f"{levels.tolist()}."
        )
        raise ValueError(msg)
    return levels.astype(np.int64)


def _check_ranges(
    columns: np.ndarray, n_levels: np.ndarray, y: np.ndarray, n_target: int
) -> None:
    """Check that codes are below their numbers of levels."""
    if n_levels.size != len(columns):
        msg = f"n_levels must have {len(columns)} entries, found {n_levels.size}."
        raise ValueError(msg)
    most = columns.max(axis=1)
    if (most >= n_levels).any():
        j = int(np.argmax(most >= n_levels))
        msg = (
            f"codes must be below n_levels, found {most[j]} in column {j} of "
            f"{n_levels[j]} levels."
        )
        raise ValueError(msg)
    if y.max() >= n_target:
        msg = f"target must be below n_target ({n_target}), found {y.max()}."
        raise ValueError(msg)
