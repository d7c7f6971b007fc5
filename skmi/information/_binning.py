"""Equal-frequency bins, and codes of columns by them."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi.information._checks import (
    check_count,
    check_numbers,
    check_positive,
    check_weight,
)

# Columns are copied in tiles of about this size, which bounds the working memory.
_TILE_BYTES = 1 << 25


def quantile_edges(x: Any, n_bins: int, sample_weight: Any = None) -> np.ndarray:
    r"""Inner edges of bins that hold about equal shares of the rows.

    Parameters
    ----------
    x : array-like of shape (n,)
        Values.
    n_bins : int
        Number of bins wanted, at least 2.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies: weight 2 equals a row
        repeated, exactly.

    Returns
    -------
    ndarray of shape (n_edges,)
        Rising values of ``x``, at most ``n_bins - 1``. Bin k holds
        ``edges[k - 1] < x <= edges[k]``. Edges that repeat are left out, and one that
        equals the largest value gives way to the largest one below, so no bin is empty.

    Raises
    ------
    ValueError
        If x is not 1-D, finite and real, or ``n_bins`` is not an int of at least 2.

    See Also
    --------
    discretize : Codes of all columns of an array.

    Notes
    -----
    Edge k is the smallest value whose cumulative weight reaches the share
    :math:`k / n_{bins}`: the inverted empirical distribution function [1]_. No value
    between two rows is made up, hence rows and weights agree exactly. Cost
    O(n log n).

    References
    ----------
    .. [1] R. J. Hyndman, Y. Fan (1996), "Sample quantiles in statistical packages",
       definition 1.

    Examples
    --------
    >>> from skmi.information import quantile_edges
    >>> quantile_edges([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3)
    array([2., 4.])
    """
    values = check_numbers(x, "x")
    if values.ndim != 1 or values.size == 0:
        msg = f"x must be of shape (n,) with n > 0, found {values.shape}."
        raise ValueError(msg)
    n_bins = check_count(n_bins, "n_bins", 2)
    weight = check_weight(sample_weight, values.size)
    if weight is None:
        return _quantiles(np.sort(values), None, n_bins)
    values, weight = values[weight > 0], weight[weight > 0]
    order = np.argsort(values, kind="stable")
    return _quantiles(values[order], np.cumsum(weight[order]), n_bins)


def discretize(
    X: Any,
    n_bins: int = 8,
    *,
    sample_weight: Any = None,
    missing: str = "error",
    return_edges: bool = False,
) -> Any:
    """Integer codes of the columns of an array, in equal-frequency bins.

    A column with at most ``n_bins`` distinct values keeps them: each value is a
    level, nothing is lost. Any other column is cut at its quantiles.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Real numbers.
    n_bins : int, default=8
        Largest number of levels of a column, at least 2.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    missing : {"error", "category"}, default="error"
        Whether NaN is an error, or the last level of its column, beyond the bins of
        the other values.
    return_edges : bool, default=False
        Whether to return the edges too, for :func:`apply_edges`.

    Returns
    -------
    codes : ndarray of shape (n, d), uint8 or int32
        Levels 0, 1, ... rising with the values; in Fortran order, uint8 up to 256
        levels.
    n_levels : ndarray of shape (d,)
        Number of levels of each column; 1 for a constant one.
    edges : list of ndarray
        If asked for: the inner edges of each column.

    Raises
    ------
    ValueError
        If X is not 2-D, finite and real, or an argument is out of its range.

    See Also
    --------
    quantile_edges : The edges of one column.
    apply_edges : Codes of other rows.
    joint_entropies : Entropies of such codes.

    Notes
    -----
    Equal values always share a bin, so heavy ties give fewer and uneven bins. Codes
    do not change under a rising map of a column. Edges are order statistics, found
    without sorting a column: cost O(d n n_bins); with weights columns are sorted,
    O(d n log n).

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import discretize
    >>> X = np.array([[0.0, 7.0], [1.0, 7.0], [2.0, 9.0], [3.0, 7.0]])
    >>> codes, n_levels = discretize(X, 2)
    >>> codes.T
    array([[0, 0, 1, 1],
           [0, 0, 1, 0]], dtype=uint8)
    >>> n_levels
    array([2, 2])
    """
    array = _check_columns(X, missing)
    n_bins = check_count(n_bins, "n_bins", 2)
    weight = check_weight(sample_weight, len(array))
    if weight is not None:
        edges = [_weighted_edges(x, n_bins, weight) for x in array.T]
        codes = _coded(array, edges, missing)
        n_levels = np.array([len(e) + 1 for e in edges], dtype=np.intp)
        for j, x in enumerate(array.T):
            gone = np.isnan(x)
            if gone.any():
                n_levels[j] = int(codes[gone, j][0]) + 1
    else:
        codes, n_levels, padded, n_edges = _cut(array, n_bins, missing)
        if return_edges:
            edges = [e[:n] for e, n in zip(padded, n_edges, strict=True)]
    return (codes, n_levels, edges) if return_edges else (codes, n_levels)


def apply_edges(X: Any, edges: Any, *, missing: str = "error") -> np.ndarray:
    """Integer codes of columns by edges that are known.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Real numbers.
    edges : list of d array-like
        Rising inner edges of each column, as :func:`discretize` returns them.
    missing : {"error", "category"}, default="error"
        Whether NaN is an error, or a level beyond all bins of its column.

    Returns
    -------
    ndarray of shape (n, d), uint8 or int32
        Code k means ``edges[k - 1] < x <= edges[k]``; in Fortran order.

    Raises
    ------
    ValueError
        If X is not 2-D, finite and real, or edges are not d arrays that rise.

    See Also
    --------
    discretize : Finds the edges, and codes by them.

    Examples
    --------
    >>> from skmi.information import apply_edges
    >>> apply_edges([[0.5, 3.0], [1.5, 5.0]], [[1.0], [2.0, 4.0]])
    array([[0, 1],
           [1, 2]], dtype=uint8)
    """
    array = _check_columns(X, missing)
    checked = [check_numbers(e, f"edges[{j}]") for j, e in enumerate(edges)]
    if len(checked) != array.shape[1]:
        msg = (
            f"edges must be {array.shape[1]} arrays, one a column of X, found "
            f"{len(checked)}."
        )
        raise ValueError(msg)
    for j, column in enumerate(checked):
        if column.ndim != 1 or (np.diff(column) <= 0).any():
            msg = f"edges[{j}] must be a 1-D array that rises, found {column!r}."
            raise ValueError(msg)
    return _coded(array, checked, missing)


def _check_columns(X: Any, missing: str) -> np.ndarray:
    """Return X as an array of floats that the kernels read."""
    if missing not in ("error", "category"):
        msg = f"missing must be 'error' or 'category', found {missing!r}."
        raise ValueError(msg)
    array = np.asarray(X)
    if missing == "error" or array.dtype.kind != "f":
        array = check_numbers(array, "X")
    elif np.isinf(array).any():
        msg = "X must hold finite real numbers or NaN, found infinity."
        raise ValueError(msg)
    if array.ndim != 2 or array.size == 0:
        msg = (
            "X must be a 2-D array with rows and columns, found shape "
            f"{array.shape} ({len(array) if array.ndim else 0} rows)."
        )
        raise ValueError(msg)
    if array.dtype not in (np.float32, np.float64):
        array = array.astype(np.float64)
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        array = np.ascontiguousarray(array)
    return array


def _cut(
    array: np.ndarray, n_bins: int, missing: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return codes, numbers of levels, edges in a padded array, and their numbers."""
    from skmi.information._kernels_binning import bin_columns

    n_rows, n_columns = array.shape
    keeps = missing == "category"
    codes: np.ndarray = np.empty((n_columns, n_rows), dtype=_dtype(n_bins + keeps))
    edges = np.zeros((n_columns, n_bins - 1), dtype=array.dtype)
    n_edges = np.zeros(n_columns, dtype=np.intp)
    n_levels = np.zeros(n_columns, dtype=np.intp)
    bin_columns(array, n_bins, keeps, codes, edges, n_edges, n_levels)
    return codes.T, n_levels, edges, n_edges


def _coded(array: np.ndarray, edges: list[np.ndarray], missing: str) -> np.ndarray:
    """Return codes of columns by their edges; NaN is a level beyond."""
    from skmi.information._kernels_binning import code_columns

    most = max(len(column) for column in edges)
    codes: np.ndarray = np.empty(
        array.shape[::-1], dtype=_dtype(most + 1 + (missing == "category"))
    )
    padded = np.zeros((len(edges), max(1, most)))
    n_edges = np.array([len(column) for column in edges], dtype=np.intp)
    for j, column in enumerate(edges):
        padded[j, : len(column)] = column
    width = max(1, _TILE_BYTES // (8 * len(array)))
    for first in range(0, array.shape[1], width):
        part = slice(first, first + width)
        columns = np.ascontiguousarray(array[:, part].T, dtype=np.float64)
        code_columns(columns, padded[part], n_edges[part], codes[part])
        gone = np.isnan(columns)
        if gone.any():
            # Of a column of nothing but NaN, the only level.
            beyond = np.where(gone.all(axis=1), 0, n_edges[part] + 1)
            codes[part][gone] = np.broadcast_to(beyond[:, None], gone.shape)[gone]
    return codes.T


def _dtype(n_levels: int) -> type:
    """Return the smallest type of codes that kernels know."""
    return np.uint8 if n_levels <= 256 else np.int32


def suggest_n_bins(
    n: float,
    n_other: int | None = None,
    *,
    n_condition: int = 1,
    max_bias: float = 0.02,
    max_bins: int = 32,
) -> int:
    r"""Largest number of bins that keeps the bias of an information small.

    Parameters
    ----------
    n : float
        Number of rows, or the sum of their weights.
    n_other : int, default=None
        Number of levels of the other variable; None if it is cut into as many bins.
    n_condition : int, default=1
        Number of levels, all variables together, of what is conditioned on.
    max_bias : float, default=0.02
        Largest bias in nats.
    max_bins : int, default=32
        Largest answer.

    Returns
    -------
    int
        The number of bins, from 2 to ``max_bins``. Where even 2 bins are biased by
        more than ``max_bias`` the answer is 2.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    See Also
    --------
    discretize : Cuts columns into bins.
    mutual_information_test : Takes the bias off instead.

    Notes
    -----
    The plug-in value of :math:`I(X;Y|Z)` is too large by about
    :math:`(K_x - 1)(K_y - 1) K_z / 2N` where X and Y do not depend on each other
    [1]_. The answer is the largest :math:`K_x` that keeps this within ``max_bias``,
    with :math:`K_y = K_x` if the other variable is continuous too. A bias that is
    corrected still leaves noise; of standard deviation
    :math:`\sqrt{2 (K_x - 1)(K_y - 1) K_z} / 2N`, it is at most
    :math:`\sqrt{\mathrm{max\_bias} / N}` under the rule.

    References
    ----------
    .. [1] G. A. Miller (1955), "Note on the bias of information estimates".

    Examples
    --------
    >>> from skmi.information import suggest_n_bins
    >>> [suggest_n_bins(n) for n in (200, 1000, 5000)]
    [3, 7, 15]
    >>> suggest_n_bins(200, n_other=2)
    9
    """
    total = check_positive(n, "n")
    bias = check_positive(max_bias, "max_bias")
    n_condition = check_count(n_condition, "n_condition", 1)
    max_bins = check_count(max_bins, "max_bins", 2)
    # The product (K_x - 1)(K_y - 1) may be this large.
    product = 2 * total * bias / n_condition
    if n_other is None:
        wanted = 1 + np.sqrt(product)
    else:
        wanted = 1 + product / (check_count(n_other, "n_other", 2) - 1)
    return int(np.clip(wanted, 2, max_bins))


def _weighted_edges(x: np.ndarray, n_bins: int, weight: np.ndarray) -> np.ndarray:
    """Return the inner edges of a column with weights; NaN leaves no trace."""
    # So does a row of weight 0: a row repeated no times.
    kept = (weight > 0) & ~np.isnan(x)
    order = np.argsort(x[kept], kind="stable")
    values, cumulated = x[kept][order], np.cumsum(weight[kept][order])
    ends = np.flatnonzero(values[1:] != values[:-1])
    if ends.size < n_bins:
        return values[ends]
    return _quantiles(values, cumulated, n_bins)


def _quantiles(
    values: np.ndarray, cumulated: np.ndarray | None, n_bins: int
) -> np.ndarray:
    """Return the distinct inner quantiles of sorted values, the largest left out."""
    steps = np.arange(1, n_bins)
    if cumulated is None:
        positions = -(-steps * values.size // n_bins) - 1
    else:
        # Products, not quotients: whole weights are then compared exactly.
        positions = np.searchsorted(cumulated * n_bins, steps * cumulated[-1])
    edges = np.unique(values[positions])
    if edges[-1] < values[-1]:
        return edges
    # The largest value fills the last bin: it is the others that the edge is for.
    n_below = int(np.searchsorted(values, values[-1]))
    return np.unique(np.append(edges[:-1], values[max(n_below - 1, 0) : n_below]))
