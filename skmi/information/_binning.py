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

# Columns are sorted in tiles of about this size, which bounds the working memory.
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
        ``edges[k - 1] < x <= edges[k]``. Edges that repeat, or that equal the
        largest value, are left out, so no bin is empty.

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
    rows, cumulated = _sorted_rows(values[None, :], weight)
    return _quantiles(rows[0], None if cumulated is None else cumulated[0], n_bins)


def discretize(
    X: Any, n_bins: int = 8, *, sample_weight: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Integer codes of the columns of an array, in equal-frequency bins.

    A column with at most ``n_bins`` distinct values keeps them: each value is a
    level, nothing is lost. Any other column is cut at its quantiles.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Finite real numbers.
    n_bins : int, default=8
        Largest number of levels of a column, at least 2.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.

    Returns
    -------
    codes : ndarray of shape (n, d), uint8 or int32
        Levels 0, 1, ... rising with the values; in Fortran order, uint8 up to 256
        bins.
    n_levels : ndarray of shape (d,)
        Number of levels of each column; 1 for a constant one.

    Raises
    ------
    ValueError
        If X is not 2-D, finite and real, or ``n_bins`` is not an int of at least 2.

    See Also
    --------
    quantile_edges : The edges of one column.
    joint_entropies : Entropies of such codes.

    Notes
    -----
    Equal values always share a bin, so heavy ties give fewer and uneven bins. Codes
    do not change under a rising map of a column. Cost O(d n log n) for sorting and
    O(d n n_bins) for coding.

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
    from skmi.information._kernels_binning import code_columns

    array = check_numbers(X, "X")
    if array.ndim != 2 or array.size == 0:
        msg = (
            "X must be a 2-D array with rows and columns, found shape "
            f"{array.shape} ({len(array) if array.ndim else 0} rows)."
        )
        raise ValueError(msg)
    n_bins = check_count(n_bins, "n_bins", 2)
    weight = check_weight(sample_weight, len(array))
    dtype = np.float32 if array.dtype == np.float32 else np.float64
    codes = np.empty(array.shape[::-1], dtype=np.uint8 if n_bins <= 256 else np.int32)
    n_levels = np.empty(array.shape[1], dtype=np.intp)
    width = max(1, _TILE_BYTES // (8 * len(array)))
    for first in range(0, array.shape[1], width):
        part = slice(first, first + width)
        columns = np.ascontiguousarray(array[:, part].T, dtype=dtype)
        edges, n_edges = _edges_of_columns(columns, n_bins, weight)
        code_columns(columns, edges, n_edges, codes[part])
        n_levels[part] = n_edges + 1
    return codes.T, n_levels


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


def _edges_of_columns(
    columns: np.ndarray, n_bins: int, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of (d, n) columns in a padded array and their numbers."""
    rows, cumulated = _sorted_rows(columns, weight)
    edges = np.zeros((len(columns), n_bins - 1), dtype=columns.dtype)
    n_edges = np.zeros(len(columns), dtype=np.intp)
    for j, values in enumerate(rows):
        ends = np.flatnonzero(values[1:] != values[:-1])
        if ends.size < n_bins:
            found = values[ends]
        else:
            sums = None if cumulated is None else cumulated[j]
            found = _quantiles(values, sums, n_bins)
        edges[j, : found.size] = found
        n_edges[j] = found.size
    return edges, n_edges


def _sorted_rows(
    columns: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return each column sorted and, with weights, their running sums."""
    if weight is None:
        return np.sort(columns, axis=1), None
    # A row of weight 0 is a row repeated no times: it must leave no trace.
    kept = weight > 0
    columns, weight = columns[:, kept], weight[kept]
    order = np.argsort(columns, axis=1, kind="stable")
    return np.take_along_axis(columns, order, axis=1), np.cumsum(weight[order], axis=1)


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
    return edges[edges < values[-1]]
