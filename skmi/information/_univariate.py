"""Information of every single feature with a target, by nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import digamma

from skmi.information._checks import (
    check_count,
    check_jobs,
    check_labels,
    check_numbers,
    in_threads,
)
from skmi.information._discrete import entropy, mutual_information
from skmi.information._tables import joint_tables

# A thread takes so many values at a time, but no fewer columns than these: a row of X
# is read by cache lines.
_BLOCK_VALUES = 1 << 16
_BLOCK_COLUMNS = 8


class Target(NamedTuple):
    """What is shared by all features: y sorted or coded, and digamma of integers."""

    y: np.ndarray  # codes 0, 1, ... if discrete, and then there is no order
    order: np.ndarray | None
    rank: np.ndarray
    n_neighbors: int
    psi: np.ndarray


def univariate_mutual_information(
    X: Any,
    y: Any,
    *,
    discrete_features: Any = False,
    discrete_target: bool = False,
    n_neighbors: int = 3,
    n_jobs: int | None = None,
) -> np.ndarray:
    r"""Mutual information of each feature with a target, by nearest neighbours.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Features: finite real numbers, taken as they are. No noise is added to break
        ties and nothing is scaled, though both matter to continuous features: see
        Notes.
    y : array-like of shape (n,)
        Target: finite real numbers, or labels of any sortable kind if
        ``discrete_target``: whole numbers where they are floats and vary.
    discrete_features : bool or array-like of bool of shape (d,), default=False
        Which features are discrete: all, none, or those of a mask. They hold whole
        numbers or a constant, though their type may be that of floats.
    discrete_target : bool, default=False
        Whether y is discrete.
    n_neighbors : int, default=3
        Which neighbour's distance is used. More neighbours lower the variance and
        raise the bias.
    n_jobs : int, default=None
        Number of threads that share the features: None for 1, -1 for one a
        processor, -2 for one fewer. It changes no bit of the result.

    Returns
    -------
    ndarray of shape (d,)
        The information of each feature with y in nats, as estimated: about 0 and as
        often negative as positive for independent variables. Exactly 0 if the
        feature or y is constant.

    Raises
    ------
    ValueError
        If X or y is not finite and real or has another shape, a discrete variable
        holds fractions, lengths differ, there are fewer than 2 rows, the mask is not
        one, ``n_neighbors`` is not an int of at least 1 (and, where a feature and y
        are continuous, at most n - 1), or ``n_jobs`` is 0 or no int.

    See Also
    --------
    ksg_mutual_information : The same of two continuous variables of several columns.
    mutual_information : Plug-in information of two discrete variables.
    kozachenko_leonenko_entropy : Entropy of continuous variables.

    Notes
    -----
    Two continuous variables [1]_, equation 8: with :math:`r_i` the distance from
    point i to its k-th neighbour in the maximum norm of (x, y), and
    :math:`n_x(i)` the number of points, i included, whose x is nearer than
    :math:`r_i`,

    .. math::
       \hat I = \psi(n) + \psi(k) - \frac1n \sum_i \psi(n_x(i)) + \psi(n_y(i)).

    A continuous and a discrete variable [2]_, equation 2: with :math:`r_i` the
    distance to the k-th neighbour among the :math:`N_i` points of the same class,
    and :math:`m_i` the number of points of any class, i included, nearer than that,

    .. math::
       \hat I = \psi(n) + \frac1n \sum_i \psi(k_i) - \psi(N_i) - \psi(m_i),

    where :math:`k_i` is k, or :math:`N_i - 1` in smaller classes; classes of one row
    are left out, and 0 is returned if there are no others. Two discrete variables:
    the plug-in estimate.

    The values are those of scikit-learn's estimators before these are clipped at 0,
    with two exceptions. A constant is given 0 here by definition: with all points
    tied, Ross's formula yields the mean of :math:`\psi(k) - \psi(N_i)`, far below 0,
    and that of Kraskov et al. 0 only as long as no two distances in y are equal. And
    in classes of at most 2k + 1 rows scikit-learn rounds squared distances, so that
    the k-th neighbour may count as nearer than itself.

    Ties ruin both estimators, which are meant for continuous variables: add a little
    noise to break them. For two continuous variables the result depends on their
    scales, since one radius serves both: bring them to unit variance.

    Cost O(n log n) a feature; where both variables are continuous that is what is
    found, not what is certain, and repeated values cost up to three times as much.
    Memory O(n) a thread.

    References
    ----------
    .. [1] A. Kraskov, H. Stoegbauer, P. Grassberger (2004), "Estimating mutual
       information".
    .. [2] B. C. Ross (2014), "Mutual information between discrete and continuous
       data sets".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import univariate_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> y = rng.standard_normal(2000)
    >>> X = np.column_stack([y, rng.standard_normal(2000)])
    >>> X[:, 0] += rng.standard_normal(2000)
    >>> univariate_mutual_information(X, y).round(1) + 0.0
    array([0.3, 0. ])
    >>> univariate_mutual_information(X, y > 0, discrete_target=True).round(1) + 0.0
    array([0.2, 0. ])
    """
    array = _check_features(X)
    n_rows, n_columns = array.shape
    mask = _check_mask(discrete_features, n_columns)
    values = _check_target(y, n_rows, bool(discrete_target))
    highest = np.inf if mask.all() or discrete_target else n_rows - 1
    k = check_count(n_neighbors, "n_neighbors", 1, highest)
    n_threads = check_jobs(n_jobs)
    for j in np.flatnonzero(mask) if array.dtype.kind == "f" else ():
        check_labels(array[:, j], f"X: discrete column {j}")
    result = np.zeros(n_columns)
    if values.min() == values.max():
        return result
    target = _prepare_target(values, bool(discrete_target), k)

    def fill(block: tuple[_Measure, np.ndarray]) -> None:
        measure, columns = block
        # Neighbouring columns are a view.
        first, last = columns[0], columns[-1]
        whole = last - first + 1 == columns.size
        part = array[:, first : last + 1] if whole else array[:, columns]
        result[columns] = measure(part, target)

    blocks = [
        *_blocks(_of_continuous, np.flatnonzero(~mask), n_rows, n_threads),
        *_blocks(_of_discrete, np.flatnonzero(mask), n_rows, n_threads),
    ]
    in_threads(fill, blocks, n_threads)
    return result


_Measure = Callable[[np.ndarray, Target], np.ndarray]


def _of_continuous(columns: np.ndarray, target: Target) -> np.ndarray:
    """Return the information of continuous columns (n, n_columns) with the target."""
    return information_of_sorted(*sort_columns(columns), target)


def sort_columns(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return columns as contiguous floats (n_columns, n), and their orders."""
    from skmi.information._kernels_sorting import argsort_columns

    values = np.ascontiguousarray(columns.T, dtype=np.float64)
    order: np.ndarray = np.empty(values.shape, np.int32)
    argsort_columns(values, order)
    return values, order


def information_of_sorted(
    values: np.ndarray, order: np.ndarray, target: Target
) -> np.ndarray:
    """Return the information of continuous values (n_columns, n) with the target."""
    from skmi.information._kernels_univariate import ksg_columns, ross_columns

    result = np.empty(len(values))
    k, psi = target.n_neighbors, target.psi
    if target.order is None:
        ross_columns(values, order, target.y, k, psi, result)
    else:
        y_sorted = target.y[target.order]
        ksg_columns(values, order, y_sorted, target.rank, k, psi, result)
    result[have_one_value(values, order)] = 0.0
    return result


def have_one_value(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Tell which columns are constant."""
    rows = np.arange(len(values))
    one: np.ndarray = values[rows, order[:, 0]] == values[rows, order[:, -1]]
    return one


def _of_discrete(columns: np.ndarray, target: Target) -> np.ndarray:
    """Return the information of discrete columns (n, n_columns) with the target."""
    return np.array([_of_codes(_codes(column), target) for column in columns.T])


def _of_codes(codes: np.ndarray, target: Target) -> float:
    """Return the information of one variable of codes 0, 1, ... with the target."""
    if not codes.any():
        return 0.0
    if target.order is None:
        return _plugin_information(codes, target.y)
    from skmi.information._kernels_univariate import ross_columns

    result = np.empty(1)
    y, order = target.y[None], target.order[None]
    ross_columns(y, order, codes, target.n_neighbors, target.psi, result)
    return float(result[0])


def _plugin_information(codes: np.ndarray, other: np.ndarray) -> float:
    """Return the plug-in information of two variables of codes."""
    n_codes, n_other = int(codes.max()) + 1, int(other.max()) + 1
    if n_codes * n_other <= max(_BLOCK_VALUES, 4 * codes.size):
        return mutual_information(joint_tables(codes[:, None], other)[0])
    # A table of many levels is mostly empty: count the pairs that occur.
    pairs = codes.astype(np.int64) * n_other + other
    joint = entropy(np.unique(pairs, return_counts=True)[1])
    return entropy(np.bincount(codes)) - (joint - entropy(np.bincount(other)))


def _blocks(
    measure: _Measure, columns: np.ndarray, n_rows: int, n_threads: int
) -> list[tuple[_Measure, np.ndarray]]:
    """Cut columns into what a thread takes at a time."""
    width = max(_BLOCK_VALUES // n_rows, _BLOCK_COLUMNS)
    width = max(1, min(width, -(-columns.size // n_threads)))
    return [
        (measure, columns[first : first + width])
        for first in range(0, columns.size, width)
    ]


def _check_target(y: Any, n_rows: int, discrete: bool) -> np.ndarray:
    """Return y as floats, or as the codes of its labels."""
    array = np.asarray(y)
    if array.shape != (n_rows,):
        msg = f"y must be of shape ({n_rows},), as X has rows, found {array.shape}."
        raise ValueError(msg)
    if discrete:
        return _codes(check_labels(array, "y"))
    return check_numbers(array, "y").astype(np.float64)


def _prepare_target(values: np.ndarray, discrete: bool, k: int) -> Target:
    """Return a target in the forms that all features share."""
    k = min(k, values.size)
    psi = digamma_of_integers(values.size)
    if discrete:
        return Target(values, None, values[:0], k, psi)
    return sorted_target(values, sort_columns(values[:, None])[1][0], k, psi)


def sorted_target(
    values: np.ndarray, order: np.ndarray, k: int, psi: np.ndarray
) -> Target:
    """Return a continuous target whose order is known."""
    rank = np.empty(values.size, np.int32)
    rank[order] = np.arange(values.size)
    return Target(values, order, rank, k, psi)


def digamma_of_integers(highest: int) -> np.ndarray:
    """Return digamma of 0, 1, ... highest."""
    n = np.arange(highest + 1.0)
    # From 32 on, terms that the series leaves out are below 1e-17.
    psi = digamma(n[:32])
    if n.size > psi.size:
        m = 1 / n[32:]
        m2 = m * m
        tail = m2 * (1 / 12 - m2 * (1 / 120 - m2 * (1 / 252 - m2 / 240)))
        psi = np.concatenate([psi, np.log(n[32:]) - m / 2 - tail])
    return psi


def _codes(labels: np.ndarray) -> np.ndarray:
    """Return the position of each label among the sorted distinct ones."""
    return np.unique(labels, return_inverse=True)[1].astype(np.int32)


def _check_features(X: Any) -> np.ndarray:
    """Return X as an (n, d) array of finite real numbers."""
    array = check_numbers(X, "X")
    if array.ndim != 2 or array.shape[0] < 2 or array.shape[1] < 1:
        msg = (
            "X must be of shape (n, d) with at least 2 rows and 1 column, found "
            f"{array.shape}."
        )
        raise ValueError(msg)
    return array


def _check_mask(discrete_features: Any, n_columns: int) -> np.ndarray:
    """Return which columns are discrete."""
    array = np.asarray(discrete_features)
    if array.dtype.kind != "b" or array.shape not in ((), (n_columns,)):
        msg = (
            f"discrete_features must be a bool or a mask of {n_columns} bools, found "
            f"{discrete_features!r}."
        )
        raise ValueError(msg)
    return np.broadcast_to(array, (n_columns,))
