"""Contingency tables of integer codes, and the joint entropies they give."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from skmi.information._checks import check_codes, check_labels, check_weight
from skmi.information._corrections import (
    Correction,
    entropy_of_table,
    resolve_correction,
)

# Counts above this are rare; their logarithm is computed and not looked up.
_LOOKUP_SIZE = 1 << 16
_TILE_BYTES = 1 << 20


class _Coded(NamedTuple):
    """Checked codes: columns (d, n), the partner of each row, sizes and weights."""

    columns: np.ndarray
    partner: np.ndarray
    n_levels: int
    n_other: int
    n_target: int
    weight: np.ndarray | None

    @property
    def total(self) -> float:
        """Return N: the rows, or the sum of their weights."""
        if self.weight is None:
            return float(self.columns.shape[1])
        return float(self.weight.sum())


def contingency_table(x: Any, y: Any, sample_weight: Any = None) -> np.ndarray:
    """Table of two arrays of labels.

    Parameters
    ----------
    x, y : array-like of shape (n,)
        Labels of any sortable kind; whole numbers where they are floats and vary.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies: weight 2 counts twice.

    Returns
    -------
    ndarray of shape (n_x, n_y)
        Counts (int64), or sums of weights (float64), of each pair of labels; rows
        and columns in sorted order of the labels.

    Raises
    ------
    ValueError
        If lengths differ, labels are missing or fractions, or weights are negative or
        all 0.

    See Also
    --------
    mutual_information : Information of such a table.
    joint_tables : Tables of many columns of codes at once.
    discretize : Codes of continuous columns.

    Notes
    -----
    Cost O(n log n), for sorting the labels.

    Examples
    --------
    >>> from skmi.information import contingency_table
    >>> contingency_table(["a", "b", "b"], [0, 1, 1])
    array([[1, 0],
           [0, 2]])
    """
    x_codes = _label_codes(x, "x")
    y_codes = _label_codes(y, "y")
    if x_codes.size != y_codes.size:
        msg = f"y must have as many rows as x ({x_codes.size}), found {y_codes.size}."
        raise ValueError(msg)
    return joint_tables(x_codes[:, None], y_codes, sample_weight=sample_weight)[0]


def joint_tables(
    codes: Any,
    other: Any,
    target: Any = None,
    *,
    sample_weight: Any = None,
    max_bytes: int = _TILE_BYTES,
) -> np.ndarray:
    """Table of every column of codes with one variable, or with two.

    Parameters
    ----------
    codes : array-like of int of shape (n, d)
        Levels 0, 1, ... of each column. Fortran order and uint8 are read as they
        lie; anything else is copied.
    other : array-like of int of shape (n,)
        Levels 0, 1, ... of the variable that every column is counted with.
    target : array-like of int of shape (n,), default=None
        Levels 0, 1, ... of a further variable.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    max_bytes : int, default=2**20
        Size of the working tables: columns are counted in tiles that fit into it.

    Returns
    -------
    ndarray of shape (d, n_levels, n_other) or (d, n_levels, n_other, n_target)
        Counts (int64) or sums of weights (float64). ``n_levels`` is the largest
        number of levels of any column.

    Raises
    ------
    ValueError
        If codes are not integers of at least 0, lengths differ, or weights are
        negative or all 0.

    See Also
    --------
    joint_entropies : The entropies of these tables without keeping the tables.
    discretize : Codes of continuous columns.

    Notes
    -----
    Cost O(n d), and O(d n_levels n_other n_target) memory for the result.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import joint_tables
    >>> joint_tables(np.array([[0, 1], [1, 1], [1, 0]]), [0, 1, 1])
    array([[[1, 0],
            [0, 2]],
    <BLANKLINE>
           [[0, 1],
            [1, 1]]])
    """
    coded = _check_coded(codes, other, target, sample_weight)
    shape = (len(coded.columns), coded.n_levels, coded.n_other, coded.n_target)
    result: np.ndarray = np.empty(shape, dtype=_count_dtype(coded))
    for part, tables in _tiles(coded, max_bytes):
        result[part] = tables.reshape(-1, *shape[1:])
    return result[..., 0] if target is None else result


def joint_entropies(
    codes: Any,
    other: Any,
    target: Any = None,
    *,
    correction: str | Correction = "plugin",
    sample_weight: Any = None,
    max_bytes: int = _TILE_BYTES,
) -> np.ndarray:
    r"""Joint entropy of every column of codes with one variable, or with two.

    Parameters
    ----------
    codes : array-like of int of shape (n, d)
        Levels 0, 1, ... of each column. Fortran order and uint8 are read as they
        lie; anything else is copied.
    other : array-like of int of shape (n,)
        Levels 0, 1, ... of the variable S that every column is counted with; zeros
        for none.
    target : array-like of int of shape (n,), default=None
        Levels 0, 1, ... of a further variable Y.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`. Only ``"plugin"`` is
        compiled. ``"james_stein"`` shrinks the table of all variables of a call, so
        its entropies add up within a call and not across calls.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    max_bytes : int, default=2**20
        Size of the working tables: columns are counted in tiles that fit into it.

    Returns
    -------
    ndarray of shape (d,) or (2, d)
        :math:`H(X_j, S)` in nats; with a target, :math:`H(X_j, S)` and
        :math:`H(X_j, S, Y)`.

    Raises
    ------
    ValueError
        If codes are not integers of at least 0, lengths differ, or weights are
        negative or all 0.

    See Also
    --------
    joint_tables : The tables themselves.

    Notes
    -----
    Every pairwise and conditional information of a column with S and Y is a sum of
    such entropies: :math:`I(X_j;S) = H(X_j) + H(S) - H(X_j,S)` and
    :math:`I(X_j;Y|S) = H(X_j,S) + H(S,Y) - H(X_j,S,Y) - H(S)` [1]_. Both rows come
    from one pass over the data. Cost O(n d + d n_levels n_other n_target); memory
    ``max_bytes``, or one table where that is larger.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory",
       chapter 2.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import joint_entropies
    >>> codes = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> joint_entropies(codes, codes[:, 0]) / np.log(2)
    array([1., 2.])
    """
    coded = _check_coded(codes, other, target, sample_weight)
    correct = resolve_correction(correction)
    if correction == "plugin":
        result = _plugin_entropies(coded, max_bytes)
    else:
        result = _corrected_entropies(coded, correct, max_bytes)
    return result[0] if target is None else result


def _plugin_entropies(coded: _Coded, max_bytes: int) -> np.ndarray:
    """Return H(Xj, S) and H(Xj, S, Y) of all columns by compiled sums."""
    from skmi.information._kernels_tables import (
        fill_c_log_c,
        sum_counts,
        sum_weights,
    )

    lookup = np.empty(min(coded.columns.shape[1] + 1, _LOOKUP_SIZE))
    fill_c_log_c(lookup)
    sums = np.empty((2, len(coded.columns)))
    for part, tables in _tiles(coded, max_bytes):
        cells = tables.reshape(len(tables), -1, coded.n_target)
        if coded.weight is None:
            sum_counts(cells, lookup, sums[0, part], sums[1, part])
        else:
            sum_weights(cells, sums[0, part], sums[1, part])
    return np.log(coded.total) - sums / coded.total


def _corrected_entropies(
    coded: _Coded, correct: Correction, max_bytes: int
) -> np.ndarray:
    """Return H(Xj, S) and H(Xj, S, Y) of all columns, table by table."""
    n_levels = coded.columns.max(axis=1).astype(np.intp) + 1
    result = []
    for part, tables in _tiles(coded, max_bytes):
        for table, n_used in zip(tables, n_levels[part], strict=True):
            # Levels that other columns have are no empty cells of this one.
            triple = table[:n_used].reshape(-1, coded.n_target)
            pair = triple.sum(axis=1)
            result.append(
                [entropy_of_table(cells, correct, triple) for cells in (pair, triple)]
            )
    return np.array(result).T


def _tiles(coded: _Coded, max_bytes: int) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield a slice of columns and their tables; the buffer is used again."""
    from skmi.information._kernels_tables import count_columns, weigh_columns

    n_columns = len(coded.columns)
    shape = (coded.n_levels, coded.n_other * coded.n_target)
    width = min(n_columns, max(1, max_bytes // (8 * shape[0] * shape[1])))
    buffer: np.ndarray = np.empty((width, *shape), dtype=_count_dtype(coded))
    for first in range(0, n_columns, width):
        part = slice(first, min(first + width, n_columns))
        tables = buffer[: part.stop - first]
        tables.fill(0)
        if coded.weight is None:
            count_columns(coded.columns[part], coded.partner, tables)
        else:
            weigh_columns(coded.columns[part], coded.partner, coded.weight, tables)
        yield part, tables


def _count_dtype(coded: _Coded) -> type:
    """Return the dtype of a table's cells."""
    return np.int64 if coded.weight is None else np.float64


def _check_coded(codes: Any, other: Any, target: Any, sample_weight: Any) -> _Coded:
    """Check all codes and put them into the form that the kernels read."""
    columns = check_codes(codes, "codes", None)
    n_rows = columns.shape[1]
    partner = check_codes(other, "other", n_rows)
    n_other, n_target = int(partner.max()) + 1, 1
    if target is not None:
        levels = check_codes(target, "target", n_rows)
        n_target = int(levels.max()) + 1
        partner = partner.astype(np.int64) * n_target + levels
    return _Coded(
        columns,
        partner.astype(np.uint32),
        int(columns.max()) + 1,
        n_other,
        n_target,
        check_weight(sample_weight, n_rows),
    )


def _label_codes(labels: Any, name: str) -> np.ndarray:
    """Return the position of each label among the sorted distinct ones."""
    array = np.asarray(labels)
    if array.ndim != 1 or array.size == 0:
        msg = f"{name} must be of shape (n,) with n > 0, found {array.shape}."
        raise ValueError(msg)
    return np.unique(check_labels(array, name), return_inverse=True)[1]
