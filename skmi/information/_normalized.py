"""Mutual information as a share of entropy, with and without chance taken off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmi.information._checks import check_counts
from skmi.information._corrections import (
    Correction,
    entropy_of_table,
    resolve_correction,
)

_AVERAGES: dict[str, Callable[[float, float, float], float]] = {
    "arithmetic": lambda x, y, joint: (x + y) / 2,
    "geometric": lambda x, y, joint: float(np.sqrt(x * y)),
    "min": lambda x, y, joint: min(x, y),
    "max": lambda x, y, joint: max(x, y),
    "joint": lambda x, y, joint: joint,
}
# Terms further from the mean than this many nats of Hoeffding's bound are left out.
_TAIL = 45.0


def normalized_mutual_information(
    table: Any,
    *,
    average: str = "arithmetic",
    correction: str | Correction = "plugin",
) -> float:
    r"""Mutual information divided by an average of the two entropies.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y)
        Counts or summed weights of each pair of levels, at least 0.
    average : {"arithmetic", "geometric", "min", "max", "joint"}, default="arithmetic"
        What the information is divided by: an average of H(X) and H(Y), or the joint
        entropy H(X,Y).
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.

    Returns
    -------
    float
        The share. The plug-in value lies between 0 and 1; corrected ones are
        returned as they come. 0 if one variable is constant, and 1 if both are: two
        constants agree entirely.

    Raises
    ------
    ValueError
        If the table is not 2-D, has negative or non-finite cells or sums to 0, or
        an option is unknown.

    See Also
    --------
    adjusted_mutual_information : The same with what chance gives taken off.
    mutual_information : The information itself.

    Notes
    -----
    The averages are those that [1]_ compares. The share of two independent variables
    grows with their numbers of levels: it does not compare tables of different shape.
    Cost O(K log K) for K cells.

    References
    ----------
    .. [1] N. X. Vinh, J. Epps, J. Bailey (2010), "Information theoretic measures for
       clusterings comparison".

    Examples
    --------
    >>> from skmi.information import normalized_mutual_information
    >>> normalized_mutual_information([[5, 0, 0], [0, 5, 5]], average="min")
    1.0
    >>> round(normalized_mutual_information([[5, 0, 0], [0, 5, 5]]), 3)
    0.734
    """
    array = check_counts(table, "table", ndim=2)
    mix = _check_average(average)
    n_constant = _n_constant(array)
    if n_constant:
        return float(n_constant == 2)
    information, *entropies = _information_and_entropies(array, correction)
    return information / mix(*entropies)


def adjusted_mutual_information(table: Any, *, average: str = "arithmetic") -> float:
    r"""Mutual information as a share, with what chance gives taken off.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y)
        Counts of each pair of levels: whole numbers of at least 0.
    average : {"arithmetic", "geometric", "min", "max", "joint"}, default="arithmetic"
        What the information is compared with: an average of H(X) and H(Y), or the
        joint entropy H(X,Y).

    Returns
    -------
    float
        About 0 for independent variables, whatever their numbers of levels, and
        negative where they agree less than by chance; 1 for equal partitions, those
        of two constants among them. Exactly 0 if one variable is constant, or
        different in every row: all pairings of the rows then agree as well.

    Raises
    ------
    ValueError
        If the table is not 2-D, has cells that are no whole counts or sums to 0, or
        ``average`` is unknown.

    See Also
    --------
    expected_mutual_information : What is taken off.
    normalized_mutual_information : Nothing taken off.

    Notes
    -----
    :math:`(I - \mathbb{E} I) / (M - \mathbb{E} I)`, where M is the average and the
    expectation is over all pairings of the rows that keep both margins [1]_. The
    same as scikit-learn's ``adjusted_mutual_info_score``. Cost as
    :func:`expected_mutual_information`.

    References
    ----------
    .. [1] N. X. Vinh, J. Epps, J. Bailey (2010), "Information theoretic measures for
       clusterings comparison".

    Examples
    --------
    >>> from skmi.information import adjusted_mutual_information
    >>> round(adjusted_mutual_information([[5, 1], [1, 5]]), 3)
    0.302
    >>> round(adjusted_mutual_information([[3, 3], [3, 3]]), 3)
    -0.074
    """
    array = _check_whole(table)
    mix = _check_average(average)
    n_constant = _n_constant(array)
    if n_constant:
        return float(n_constant == 2)
    n_x, n_y = map(np.count_nonzero, _margins(array))
    if n_x == n_y == np.count_nonzero(array):
        return 1.0
    if max(n_x, n_y) == array.sum():
        return 0.0
    information, *entropies = _information_and_entropies(array, "plugin")
    expected = expected_information(*_margins(array))
    return (information - expected) / (mix(*entropies) - expected)


def expected_mutual_information(table: Any) -> float:
    r"""Mean plug-in information of all tables with the same margins.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y)
        Counts of each pair of levels: whole numbers of at least 0. Only the sums of
        its rows and of its columns matter.

    Returns
    -------
    float
        The mean, in nats, of the plug-in information over all permutations of one
        of the two variables.

    Raises
    ------
    ValueError
        If the table is not 2-D, has cells that are no whole counts or sums to 0.

    See Also
    --------
    adjusted_mutual_information : A share with this taken off.
    mutual_information_test : Tests an information against this mean.

    Notes
    -----
    Each cell is hypergeometric under permutation [1]_. Margins that
    repeat are computed once, and counts further from their mean than has any weight
    in double precision are left out. Cost about
    :math:`O(u_x u_y \sqrt{N / \max(n_x, n_y)})`, u being the numbers of distinct
    margins.

    References
    ----------
    .. [1] N. X. Vinh, J. Epps, J. Bailey (2010), "Information theoretic measures for
       clusterings comparison".

    Examples
    --------
    Two coins, each heads once in two throws, agree or disagree entirely:

    >>> from skmi.information import expected_mutual_information
    >>> round(expected_mutual_information([[1, 0], [0, 1]]), 4)
    0.6931
    """
    return expected_information(*_margins(_check_whole(table)))


def _check_average(average: str) -> Callable[[float, float, float], float]:
    """Return the function that an average's name means."""
    if average not in _AVERAGES:
        msg = f"average must be one of {sorted(_AVERAGES)}, found {average!r}."
        raise ValueError(msg)
    return _AVERAGES[average]


def _check_whole(table: Any) -> np.ndarray:
    """Return a 2-D table of whole counts."""
    array = check_counts(table, "table", ndim=2)
    if (array % 1 != 0).any():
        msg = "table must hold whole counts here, found fractions."
        raise ValueError(msg)
    return array.astype(np.int64)


def _margins(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sums over columns and over rows."""
    return table.sum(axis=1), table.sum(axis=0)


def _n_constant(table: np.ndarray) -> int:
    """Return how many of the two variables are constant."""
    return sum(np.count_nonzero(margin) == 1 for margin in _margins(table))


def _information_and_entropies(
    table: np.ndarray, correction: str | Correction
) -> tuple[float, float, float, float]:
    """Return I(X;Y), H(X), H(Y) and H(X,Y)."""
    correct = resolve_correction(correction)
    h_x, h_y, h_xy = (
        entropy_of_table(cells, correct, table) for cells in (*_margins(table), table)
    )
    return h_x - (h_xy - h_y), h_x, h_y, h_xy


def expected_information(row_sums: np.ndarray, column_sums: np.ndarray) -> float:
    """Return the mean information over permutations, margins being whole counts."""
    total = float(row_sums.sum())
    a, a_times = np.unique(row_sums[row_sums > 0], return_counts=True)
    b, b_times = np.unique(column_sums[column_sums > 0], return_counts=True)
    b = b.astype(np.float64)
    value = 0.0
    for size, times in zip(a.tolist(), a_times.tolist(), strict=True):
        value += times * float(b_times @ _expected_cells(float(size), b, total))
    return value / total


def _expected_cells(a: float, b: np.ndarray, total: float) -> np.ndarray:
    """Return E[n log(n total / (a b))] of a hypergeometric n for each b."""
    mean = a * b / total
    reach = np.sqrt(_TAIL / 2 * np.minimum(a, b)) + 1
    low = np.maximum(np.maximum(0, a + b - total), np.floor(mean - reach))
    high = np.minimum(np.minimum(a, b), np.ceil(mean + reach))
    # All ranges of n, one after the other.
    width = (high - low).astype(np.int64) + 1
    start = np.cumsum(width) - width
    of = np.repeat(np.arange(b.size), width)
    n = np.arange(of.size) - (start - low)[of]
    with np.errstate(divide="ignore", invalid="ignore"):
        # Ratios of neighbours: no difference of large factorials is taken.
        step = np.log((a - n + 1) * (b[of] - n + 1) / (n * (total - a - b[of] + n)))
        term = np.where(n > 0, n * np.log1p((n - mean[of]) / mean[of]), 0.0)
    step[start] = 0.0
    log_p = np.cumsum(step)
    log_p -= np.maximum.reduceat(log_p, start)[of]
    p = np.exp(log_p)
    return np.add.reduceat(p * term, start) / np.add.reduceat(p, start)
