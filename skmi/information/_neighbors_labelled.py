"""Information of variables that hold numbers, labels or both, by nearest neighbours."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.special import digamma

from skmi.information._checks import (
    check_count,
    check_jobs,
    check_labels,
    check_numbers,
    nats_per_unit,
)
from skmi.information._neighbor_search import Neighborhoods
from skmi.information._neighbors import has_constant, join


def mixed_conditional_mutual_information(
    x: Any,
    y: Any,
    z: Any = None,
    *,
    x_labels: Any = None,
    y_labels: Any = None,
    z_labels: Any = None,
    n_neighbors: int = 3,
    base: float | None = None,
    n_jobs: int | None = None,
) -> float:
    r"""Mutual information of two variables of numbers and labels, given a third.

    Parameters
    ----------
    x, y, z : array-like of shape (n,) or (n, d), or None
        Numbers of each variable, a row of each belonging together; None where it has
        labels alone, and for no condition. Values may repeat. Bring the columns to
        comparable scales first: distances mix them.
    x_labels, y_labels, z_labels : array-like of shape (n,), default=None
        Labels of each variable, of any sortable kind: whole numbers where they are
        floats and vary. Of a variable that has both, both count.
    n_neighbors : int, default=3
        How many neighbours k make up the neighbourhood of a row, below n.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    n_jobs : int, default=None
        Threads: None for 1, -1 for all cores. The result does not depend on it.

    Returns
    -------
    float
        I(X;Y|Z), or I(X;Y) without z and z_labels, in nats unless ``base`` is given.
        It is returned as computed and may be negative; exactly 0 if x or y is
        constant.

    Raises
    ------
    ValueError
        If x or y is missing, if numbers are not 1-D or 2-D, finite and real, labels
        not 1-D, or lengths differ, or if ``n_neighbors`` is not between 1 and n - 1.

    See Also
    --------
    mixed_mutual_information : Of numbers alone, without a condition.
    knn_conditional_mutual_information : Of numbers alone.
    conditional_mutual_information : Of labels alone, from their table.

    Notes
    -----
    Labels are alike or infinitely far apart. With :math:`r_i` the distance in the
    maximum norm from row i to its k-th neighbour among the rows that share its labels
    of x and y, and counts of the rows within :math:`r_i`, row i itself included,

    .. math:: \hat I = \langle \psi(k_i) - \psi(n_{xz,i}) - \psi(n_{yz,i})
        + \psi(n_{z,i}) \rangle .

    Rows count that are nearer than :math:`r_i`, and where several tie at it, those at
    :math:`r_i` too, and :math:`k_i` is then how many do so in (x, y, z). In classes of
    N rows, N not above k, :math:`k_i = N - 1`, and classes of one row are left out.

    For numbers this is the estimator of Frenzel and Pompe [1]_, without a condition the
    first of Kraskov et al.; for a number and a label that of Ross [2]_; for numbers
    that repeat that of Gao et al. [3]_. Where a label meets a number given a number,
    Ross's idea is carried over: one radius serves all counts, as in [1]_, so that a
    copy of z tells exactly 0 given z. The difference I(X,Z;Y) - I(Z;Y) of two
    estimates by Ross has two radii and varies more: up to 1.6 times for columns that
    say nothing.

    Labels in the condition split the rows: the result is the mean over the levels of
    z, weighted by their rows, and levels with k rows or fewer count as 0. Where neither
    x, y nor z has numbers, a table is counted and its bias removed to first order.

    Cost about O(n log n) in few dimensions; memory O(n (k + d)).

    References
    ----------
    .. [1] S. Frenzel, B. Pompe (2007), "Partial mutual information for coupling
       analysis of multivariate time series".
    .. [2] B. C. Ross (2014), "Mutual information between discrete and continuous
       data sets".
    .. [3] W. Gao, S. Kannan, S. Oh, P. Viswanath (2017), "Estimating mutual
       information for discrete-continuous mixtures".

    Examples
    --------
    A class that two numbers decide together, and neither alone:

    >>> import numpy as np
    >>> from skmi.information import mixed_conditional_mutual_information
    >>> x, z = np.random.default_rng(0).uniform(-1, 1, size=(2, 2000))
    >>> label = x * z > 0
    >>> value = mixed_conditional_mutual_information(x, None, z, y_labels=label)
    >>> bool(abs(value - np.log(2)) < 0.1)
    True
    >>> alone = mixed_conditional_mutual_information(x, None, y_labels=label)
    >>> bool(abs(alone) < 0.05)
    True
    """
    n_rows = _common_length(
        x=x, y=y, z=z, x_labels=x_labels, y_labels=y_labels, z_labels=z_labels
    )
    a = _check_variable(x, x_labels, "x", n_rows)
    b = _check_variable(y, y_labels, "y", n_rows)
    c = _check_variable(z, z_labels, "z", n_rows)
    for name, variable in (("x", a), ("y", b)):
        if variable.numbers.shape[1] == 0 and variable.labels is None:
            msg = f"{name} and {name}_labels are both None: one must be given."
            raise ValueError(msg)
    k = check_count(n_neighbors, "n_neighbors", 1, n_rows - 1)
    unit, n_threads = nats_per_unit(base), check_jobs(n_jobs)
    if c.labels is None:
        return _given_numbers(a, b, c.numbers, k, n_threads) / unit
    total = 0.0
    for level in range(int(c.labels.max()) + 1):
        rows = np.flatnonzero(c.labels == level)
        if rows.size > k:
            part = a.take(rows), b.take(rows), c.numbers[rows]
            total += rows.size * _given_numbers(*part, k, n_threads)
    return total / n_rows / unit


class _Variable(NamedTuple):
    """Numbers (n, d), d of 0 or more, and codes (n,) of labels or None."""

    numbers: np.ndarray
    labels: np.ndarray | None

    def take(self, rows: np.ndarray) -> _Variable:
        """Return some rows."""
        labels = None if self.labels is None else self.labels[rows]
        return _Variable(self.numbers[rows], labels)

    @property
    def is_constant(self) -> bool:
        """Tell whether all rows are the same."""
        if self.labels is not None and (self.labels != self.labels[0]).any():
            return False
        return self.numbers.shape[1] == 0 or has_constant(self.numbers)


def _given_numbers(
    a: _Variable, b: _Variable, given: np.ndarray, k: int, n_threads: int
) -> float:
    """Return the information of two variables given numbers (n, d), d of 0 or more."""
    if a.is_constant or b.is_constant:
        return 0.0
    joint = join(a.numbers, b.numbers, given)
    first, second = _or_zeros(a.labels, len(joint)), _or_zeros(b.labels, len(joint))
    if joint.shape[1] == 0:
        return _of_labels(first, second)
    cell = _joint_codes(first, second)
    size = np.bincount(cell)
    kept = np.flatnonzero(size[cell] > 1)
    if kept.size == 0:
        return 0.0
    if kept.size < len(joint):
        a, b, given, joint = a.take(kept), b.take(kept), given[kept], joint[kept]
        first, second, cell = first[kept], second[kept], cell[kept]
    radius, tied, n_joint = _neighborhoods_in_cells(joint, cell, k, n_threads)
    one = np.zeros_like(first)

    def psi(points: np.ndarray, codes: np.ndarray) -> np.ndarray:
        return digamma(_count(points, codes, radius, tied, n_threads))

    of_first = psi(join(a.numbers, given), first)
    of_second = psi(join(b.numbers, given), second)
    # In this order, so that what is equal cancels exactly: a copy of the condition.
    local = digamma(n_joint) - of_second + (psi(given, one) - of_first)
    return float(local.mean())


def _neighborhoods_in_cells(
    points: np.ndarray, cell: np.ndarray, k: int, n_threads: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each row's k-th distance in its cell, if it ties, and psi's first count.

    Cells have 2 rows or more.
    """
    radius = np.empty(len(points))
    tied = np.empty(len(points), dtype=bool)
    n_joint = np.empty(len(points), dtype=np.int64)
    for rows in _rows_of_levels(cell):
        space = Neighborhoods(points[rows], n_threads)
        nearest = space.nearest(min(k, rows.size - 1))
        radius[rows], tied[rows] = nearest.radius, nearest.tied
        n_joint[rows] = min(k, rows.size - 1)
        if nearest.tied.any():
            around = np.where(nearest.tied, nearest.radius, -1.0)
            counts = space.count(around)
            n_joint[rows] = np.where(nearest.tied, counts, n_joint[rows])
    return radius, tied, n_joint


def _count(
    points: np.ndarray,
    codes: np.ndarray,
    radius: np.ndarray,
    tied: np.ndarray,
    n_threads: int,
) -> np.ndarray:
    """Count the rows of the same code within each radius, the row itself included."""
    counts = np.empty(len(codes), dtype=np.int64)
    for rows in _rows_of_levels(codes):
        if points.shape[1] == 0:
            counts[rows] = rows.size
        else:
            space = Neighborhoods(points[rows], n_threads)
            counts[rows] = space.count(radius[rows], tied[rows])
    return counts


def _rows_of_levels(codes: np.ndarray) -> list[np.ndarray]:
    """Return the rows of each code that occurs."""
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    return [part for part in parts if part.size]


def _of_labels(first: np.ndarray, second: np.ndarray) -> float:
    """Return the information of two variables of codes, without first-order bias."""
    n_rows = first.size

    def entropy_of(occurring: np.ndarray) -> float:
        share = occurring[occurring > 0] / n_rows
        return float(-(share * np.log(share)).sum() + (share.size - 1) / (2 * n_rows))

    alone = entropy_of(np.bincount(first)) + entropy_of(np.bincount(second))
    return alone - entropy_of(np.bincount(_joint_codes(first, second)))


def _joint_codes(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return codes of the pairs that occur."""
    pairs = first * (second.max() + 1) + second
    return np.unique(pairs, return_inverse=True)[1].ravel()


def _or_zeros(labels: np.ndarray | None, n_rows: int) -> np.ndarray:
    """Return codes, all 0 where a variable has none."""
    return np.zeros(n_rows, dtype=np.int64) if labels is None else labels


def _common_length(**arrays: Any) -> int:
    """Return how many rows all that is given has."""
    lengths = {name: np.shape(a)[:1] for name, a in arrays.items() if a is not None}
    found = set(lengths.values())
    if len(found) != 1 or () in found or min(found)[0] < 2:
        sizes = ", ".join(f"{name} {shape}" for name, shape in lengths.items())
        msg = (
            "x, y, z and labels must have the same number of rows, at least 2, found "
            f"{sizes or 'none given'}."
        )
        raise ValueError(msg)
    return int(found.pop()[0])


def _check_variable(values: Any, labels: Any, name: str, n_rows: int) -> _Variable:
    """Return numbers as float64 (n, d), and labels as codes."""
    numbers = np.empty((n_rows, 0))
    if values is not None:
        array = check_numbers(values, name)
        if array.ndim not in (1, 2) or array.size == 0:
            msg = (
                f"{name} must be of shape (n,) or (n, d), not empty, found "
                f"{array.shape}."
            )
            raise ValueError(msg)
        numbers = array.reshape(n_rows, -1).astype(np.float64)
    if labels is None:
        return _Variable(numbers, None)
    array = check_labels(labels, f"{name}_labels")
    if array.ndim != 1:
        msg = f"{name}_labels must be of shape (n,), found {array.shape}."
        raise ValueError(msg)
    codes = np.unique(array, return_inverse=True)[1].astype(np.int64)
    return _Variable(numbers, codes)
