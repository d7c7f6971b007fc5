"""Mutual information of numeric variables from distances to nearest neighbours."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.special import digamma

from skmi.exceptions import EstimationWarning
from skmi.information._checks import (
    check_count,
    check_jobs,
    check_numbers,
    nats_per_unit,
)
from skmi.information._neighbor_search import Nearest, Neighborhoods

# Rows whose k-th distance is shared: above this part the estimate is misled.
_MAX_TIED = 0.01
# Rows that occur again within one variable; single precision alone repeats some.
_MAX_REPEATED = 0.1
_NEAR_CEILING = 0.9


def ksg_mutual_information(
    x: Any,
    y: Any,
    *,
    n_neighbors: int = 3,
    variant: int = 1,
    pointwise: bool = False,
    base: float | None = None,
    n_jobs: int | None = None,
) -> float | np.ndarray:
    r"""Mutual information of two continuous variables by nearest neighbours.

    Parameters
    ----------
    x, y : array-like of shape (n,) or (n, d_x), (n,) or (n, d_y)
        Samples of two variables, a row of each belonging together. Bring the columns
        to comparable scales first, see Notes.
    n_neighbors : int, default=3
        How many neighbours k make up the neighbourhood of a row, below n. More lower
        the variance and raise the bias.
    variant : {1, 2}, default=1
        First or second estimator of [1]_: cubes, or boxes fitted to the neighbours.
        The second is usually a little less biased and varies a little more.
    pointwise : bool, default=False
        Whether to return each row's local value, whose mean is the estimate.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    n_jobs : int, default=None
        Threads: None for 1, -1 for all cores. The result does not depend on it.

    Returns
    -------
    float or ndarray of shape (n,)
        The information, in nats unless ``base`` is given, or its local values. It is
        returned as computed, so about as often negative as not for independent
        variables; exactly 0 if x or y is constant.

    Raises
    ------
    ValueError
        If x or y is not a 1-D or 2-D array of finite real numbers, their lengths
        differ, ``n_neighbors`` is not between 1 and n - 1, or ``variant`` is unknown.

    Warns
    -----
    EstimationWarning
        If distances tie for more than 1 row in 100, or values of x or y repeat for
        more than 1 in 10: the method is for continuous variables. Also if the estimate
        is within 10 % of the largest value it can take.

    See Also
    --------
    mixed_mutual_information : For variables that repeat values.
    knn_conditional_mutual_information : The same given a third variable.
    mutual_information : Information of discrete variables.

    Notes
    -----
    With :math:`r_i` the distance from row i to its k-th neighbour in (x, y), in the
    maximum norm, and :math:`n_{x,i}` the number of other rows with
    :math:`\lVert x_j - x_i \rVert < r_i`, variant 1 is ([1]_, equation 8)

    .. math:: \hat I = \psi(k) + \psi(n)
        - \langle \psi(n_{x,i} + 1) + \psi(n_{y,i} + 1) \rangle .

    Variant 2 counts the rows at most as far in x, and in y, as the furthest of the k
    neighbours is there ([1]_, equation 9):

    .. math:: \hat I = \psi(k) - 1 / k + \psi(n)
        - \langle \psi(n_{x,i}) + \psi(n_{y,i}) \rangle .

    Counts are exact: a neighbour on the edge of a neighbourhood is out, however
    coordinates round. Neither variant exceeds :math:`\psi(n) - \psi(k)`, about
    log(n / k), and both fall far behind the truth before they get there. Rescaling all
    of x, or of y, by one factor hardly changes the result; rescaling one column of
    several does.

    Cost about O(n log n) in few dimensions, rising to O(n**2) distances of which most
    are given up after a few columns; memory O(n (k + d)).

    References
    ----------
    .. [1] A. Kraskov, H. Stoegbauer, P. Grassberger (2004), "Estimating mutual
       information".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import ksg_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(2000)
    >>> y = x + rng.standard_normal(2000)
    >>> bool(abs(ksg_mutual_information(x, y) - np.log(2) / 2) < 0.05)
    True
    """
    if isinstance(variant, bool) or variant not in (1, 2):
        msg = f"variant must be 1 or 2, found {variant!r}."
        raise ValueError(msg)
    rows = check_variables(x=x, y=y)
    k = check_count(n_neighbors, "n_neighbors", 1, len(rows["x"]) - 1)
    unit, n_threads = nats_per_unit(base), check_jobs(n_jobs)
    if has_constant(rows["x"], rows["y"]):
        return summarise(np.zeros(len(rows["x"])), pointwise, unit)
    nearest = Neighborhoods(join(*rows.values()), n_threads).nearest(k)
    advice = "mixed_mutual_information takes such data"
    warn_of_ties(nearest, advice)
    _warn_of_repeats(rows, advice)
    local = (_cubes if variant == 1 else _boxes)(rows, nearest, n_threads)
    return summarise(local, pointwise, unit, digamma(len(local)) - digamma(k))


def mixed_mutual_information(
    x: Any,
    y: Any,
    *,
    n_neighbors: int = 3,
    pointwise: bool = False,
    base: float | None = None,
    n_jobs: int | None = None,
) -> float | np.ndarray:
    r"""Mutual information of variables that may mix continuous and discrete parts.

    Parameters
    ----------
    x, y : array-like of shape (n,) or (n, d_x), (n,) or (n, d_y)
        Samples of two variables, a row of each belonging together: continuous,
        integer codes, or with atoms, such as many zeros. Codes of categories should
        lie further apart than continuous neighbours do.
    n_neighbors : int, default=3
        How many neighbours k make up the neighbourhood of a row, below n, unless more
        rows than that are equal to it.
    pointwise : bool, default=False
        Whether to return each row's local value, whose mean is the estimate.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    n_jobs : int, default=None
        Threads: None for 1, -1 for all cores. The result does not depend on it.

    Returns
    -------
    float or ndarray of shape (n,)
        The information, in nats unless ``base`` is given, or its local values. It is
        returned as computed and may be negative; exactly 0 if x or y is constant.

    Raises
    ------
    ValueError
        If x or y is not a 1-D or 2-D array of finite real numbers, their lengths
        differ, or ``n_neighbors`` is not between 1 and n - 1.

    Warns
    -----
    EstimationWarning
        If the estimate is within 10 % of the largest value it can take.

    See Also
    --------
    ksg_mutual_information : The same values where nothing repeats, and a variant.
    mutual_information : Information of discrete variables.

    Notes
    -----
    With :math:`r_i` the distance from row i to its k-th neighbour in (x, y), in the
    maximum norm,

    .. math:: \hat I = \psi(n)
        + \langle \psi(n_{xy,i}) - \psi(n_{x,i}) - \psi(n_{y,i}) \rangle ,

    where each count is of the rows within :math:`r_i` of row i, row i itself included:
    nearer than :math:`r_i`, so that :math:`n_{xy,i} = k`, or also at :math:`r_i` where
    several rows are, as when the k-th distance is 0 ([1]_, algorithm 1, whose
    logarithms are digamma functions here). No noise is added to break ties.

    So it is the first estimator of Kraskov et al. for continuous variables, that of
    Ross for a class and a continuous variable, and for discrete variables, k + 1 rows
    or more in each occupied cell, the plug-in value with its bias corrected to first
    order. A cell with fewer rows borrows from cells next to it: use
    :func:`mutual_information` for categories without order.

    Cost as :func:`ksg_mutual_information`.

    References
    ----------
    .. [1] W. Gao, S. Kannan, S. Oh, P. Viswanath (2017), "Estimating mutual
       information for discrete-continuous mixtures".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import mixed_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> x = np.maximum(rng.standard_normal(2000), 0)
    >>> bool(abs(mixed_mutual_information(x, x > 0) - np.log(2)) < 0.01)
    True
    """
    rows = check_variables(x=x, y=y)
    n_rows = len(rows["x"])
    k = check_count(n_neighbors, "n_neighbors", 1, n_rows - 1)
    unit, n_threads = nats_per_unit(base), check_jobs(n_jobs)
    if has_constant(rows["x"], rows["y"]):
        return summarise(np.zeros(n_rows), pointwise, unit)
    joint = Neighborhoods(join(*rows.values()), n_threads)
    nearest = joint.nearest(k)
    n_joint = np.full(n_rows, k)
    if nearest.tied.any():
        around = np.where(nearest.tied, nearest.radius, -1.0)
        n_joint = np.where(nearest.tied, joint.count(around), k)
    n_x, n_y = (
        Neighborhoods(variable, n_threads).count(nearest.radius, nearest.tied)
        for variable in rows.values()
    )
    local = digamma(n_joint) - digamma(n_y) + (digamma(n_rows) - digamma(n_x))
    return summarise(local, pointwise, unit, digamma(n_rows) - digamma(k))


KNN_ESTIMATORS: dict[str, Callable[..., float | np.ndarray]] = {
    "ksg1": partial(ksg_mutual_information, variant=1),
    "ksg2": partial(ksg_mutual_information, variant=2),
    "mixed": mixed_mutual_information,
}
"""Name -> mutual information of x and y, called with the options of the functions."""


def _cubes(rows: dict[str, np.ndarray], nearest: Nearest, n_threads: int) -> np.ndarray:
    """Return the local values of the first KSG estimator."""
    n_rows, k = nearest.distances.shape
    # The row itself is counted, which is the + 1 of the formula.
    n_x, n_y = (
        Neighborhoods(variable, n_threads).count(nearest.radius, closed=False)
        for variable in rows.values()
    )
    # Distances may all be 0: then not even the row itself is nearer.
    psi_x, psi_y = digamma(np.maximum(n_x, 1)), digamma(np.maximum(n_y, 1))
    return digamma(k) - psi_y + (digamma(n_rows) - psi_x)


def _boxes(rows: dict[str, np.ndarray], nearest: Nearest, n_threads: int) -> np.ndarray:
    """Return the local values of the second KSG estimator."""
    n_rows, k = nearest.distances.shape
    local = np.full(n_rows, digamma(k) - 1 / k + digamma(n_rows))
    for variable in rows.values():
        edge = np.zeros(n_rows)
        for neighbor in nearest.neighbors.T:
            gap = np.abs(variable - variable[neighbor]).max(axis=1)
            np.maximum(edge, gap, out=edge)
        local -= digamma(Neighborhoods(variable, n_threads).count(edge) - 1)
    return local


def check_variables(**variables: Any) -> dict[str, np.ndarray]:
    """Return samples as float64 (n, d), all of one length, under their names."""
    rows: dict[str, np.ndarray] = {}
    for name, values in variables.items():
        array = check_numbers(values, name)
        if array.ndim not in (1, 2) or array.size == 0:
            msg = (
                f"{name} must be of shape (n,) or (n, d), not empty, found "
                f"{array.shape}."
            )
            raise ValueError(msg)
        n_rows = len(rows["x"]) if rows else len(array)
        if len(array) != n_rows:
            msg = f"{name} must have as many rows as x ({n_rows}), found {len(array)}."
            raise ValueError(msg)
        rows[name] = array.reshape(n_rows, -1).astype(np.float64)
    if len(rows["x"]) < 2:
        msg = "x must have at least 2 rows, found 1."
        raise ValueError(msg)
    return rows


def has_constant(*variables: np.ndarray) -> bool:
    """Tell if one of the variables has a single value."""
    return any((variable == variable[0]).all() for variable in variables)


def join(*variables: np.ndarray) -> np.ndarray:
    """Return variables side by side."""
    return np.concatenate(variables, axis=1)


def summarise(
    local: np.ndarray, pointwise: bool, unit: float, ceiling: float = np.inf
) -> float | np.ndarray:
    """Return local values or their mean, and warn where that is near its ceiling."""
    value = float(local.mean())
    if value > _NEAR_CEILING * ceiling > 0:
        warnings.warn(
            f"The estimate, {value:.3g} nats, is close to the {ceiling:.3g} nats that "
            "neighbourhoods of this many rows can show at most; the information may be "
            "far larger. Lower n_neighbors or give more rows.",
            EstimationWarning,
            stacklevel=3,
        )
    return local / unit if pointwise else value / unit


def warn_of_ties(nearest: Nearest, advice: str, stacklevel: int = 3) -> None:
    """Warn where many rows have several neighbours at their k-th distance."""
    share = nearest.tied.mean()
    if share > _MAX_TIED:
        warnings.warn(
            f"The k-th neighbour ties with others for {share:.0%} of the rows, which "
            "misleads an estimator of continuous variables. Values are rounded or "
            f"repeated: {advice}.",
            EstimationWarning,
            stacklevel=stacklevel,
        )


def _warn_of_repeats(rows: dict[str, np.ndarray], advice: str) -> None:
    """Warn where many rows of a variable occur again."""
    for name, variable in rows.items():
        share = _repeated(variable)
        if share > _MAX_REPEATED:
            warnings.warn(
                f"{share:.0%} of the rows of {name} occur again, but the estimator is "
                f"for continuous variables: {advice}.",
                EstimationWarning,
                stacklevel=3,
            )


def _repeated(variable: np.ndarray) -> float:
    """Return the share of rows that occur again."""
    for column in variable.T:
        # A row that occurs again does so in every column: most are cleared by one.
        _, counts = np.unique(column, return_counts=True)
        share = counts[counts > 1].sum() / len(column)
        if share <= _MAX_REPEATED or variable.shape[1] == 1:
            return float(share)
    equal = Neighborhoods(variable).count(np.zeros(len(variable)))
    return float((equal > 1).mean())
