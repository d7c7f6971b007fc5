"""Conditional mutual information of numeric variables by nearest neighbours."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.special import digamma

from skmi.information._checks import check_count, check_jobs, nats_per_unit
from skmi.information._neighbor_search import Neighborhoods
from skmi.information._neighbors import (
    check_variables,
    has_constant,
    join,
    summarise,
    warn_of_ties,
)

Rows = dict[str, np.ndarray]


def knn_conditional_mutual_information(
    x: Any,
    y: Any,
    z: Any,
    *,
    method: str = "frenzel_pompe",
    n_neighbors: int = 3,
    pointwise: bool = False,
    base: float | None = None,
    n_jobs: int | None = None,
) -> float | np.ndarray:
    r"""Mutual information of two numeric variables given a third.

    Parameters
    ----------
    x, y, z : array-like of shape (n,) or (n, d)
        Samples of three variables, a row of each belonging together; z is the
        condition. Bring the columns to comparable scales first: distances mix them.
    method : {"frenzel_pompe", "mesner_shalizi"}, default="frenzel_pompe"
        The first is for rows that hardly repeat, the second for discrete variables
        and mixtures too.
    n_neighbors : int, default=3
        How many neighbours k make up the neighbourhood of a row, below n. More lower
        the variance and raise the bias.
    pointwise : bool, default=False
        Whether to return each row's local value, whose mean is the estimate.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.
    n_jobs : int, default=None
        Threads: None for 1, -1 for all cores. The result does not depend on it.

    Returns
    -------
    float or ndarray of shape (n,)
        I(X;Y|Z), in nats unless ``base`` is given, or its local values. It is returned
        as computed and may be negative; exactly 0 if x or y is constant.

    Raises
    ------
    ValueError
        If a variable is not a 1-D or 2-D array of finite real numbers, lengths differ,
        ``n_neighbors`` is not between 1 and n - 1, or ``method`` is unknown.

    Warns
    -----
    EstimationWarning
        If distances tie for more than 1 row in 100 and ``method`` is not for that, or
        the estimate is within 10 % of the largest value it can take.

    See Also
    --------
    ksg_mutual_information : The same without a condition.
    conditional_mutual_information : For discrete variables, from their table.

    Notes
    -----
    With :math:`r_i` the distance from row i to its k-th neighbour in (x, y, z), in the
    maximum norm, both methods are

    .. math:: \hat I = \langle \psi(n_{xyz,i}) - \psi(n_{xz,i})
        - \psi(n_{yz,i}) + \psi(n_{z,i}) \rangle

    and differ in what they count. ``"frenzel_pompe"`` counts the rows nearer than
    :math:`r_i` and row i itself, so that :math:`n_{xyz,i} = k` ([1]_, equation 10); for
    a constant z it is the first estimator of Kraskov et al. ``"mesner_shalizi"``
    counts the other rows at most as far as :math:`r_i`, all of them where several tie
    ([2]_, algorithm 1); negative values are not set to 0 as there.

    Neither exceeds :math:`\langle \psi(n_{z,i}) \rangle - \psi(k)`: the finer the
    condition, the less can be seen, and in a condition of many columns the estimate
    shrinks towards 0 whatever the truth.

    Cost about O(n log n) in few dimensions, rising to O(n**2) distances of which most
    are given up after a few columns; memory O(n (k + d)).

    References
    ----------
    .. [1] S. Frenzel, B. Pompe (2007), "Partial mutual information for coupling
       analysis of multivariate time series".
    .. [2] O. C. Mesner, C. R. Shalizi (2021), "Conditional mutual information
       estimation for mixed, discrete and continuous data".

    Examples
    --------
    Two causes of an effect are independent, but not given the effect:

    >>> import numpy as np
    >>> from skmi.information import knn_conditional_mutual_information
    >>> x, y, noise = np.random.default_rng(0).standard_normal((3, 2000))
    >>> z = x + y + noise
    >>> bool(
    ...     abs(knn_conditional_mutual_information(x, y, z) - np.log(4 / 3) / 2) < 0.05
    ... )
    True
    """
    if method not in _METHODS:
        msg = f"method must be one of {sorted(_METHODS)}, found {method!r}."
        raise ValueError(msg)
    rows = check_variables(x=x, y=y, z=z)
    n_rows = len(rows["x"])
    k = check_count(n_neighbors, "n_neighbors", 1, n_rows - 1)
    unit, n_threads = nats_per_unit(base), check_jobs(n_jobs)
    if has_constant(rows["x"], rows["y"]):
        return summarise(np.zeros(n_rows), pointwise, unit)
    local, psi_z = _METHODS[method](rows, k, n_threads)
    return summarise(local, pointwise, unit, psi_z.mean() - digamma(k))


def _frenzel_pompe(rows: Rows, k: int, n_threads: int) -> tuple[np.ndarray, np.ndarray]:
    """Count rows nearer than the k-th neighbour."""
    nearest = Neighborhoods(join(*rows.values()), n_threads).nearest(k)
    warn_of_ties(nearest, 'method="mesner_shalizi" takes such data', stacklevel=4)
    # Distances may all be 0: then not even the row itself is nearer.
    xz, yz, z = (
        digamma(np.maximum(side.count(nearest.radius, closed=False), 1))
        for side in _sides(rows, n_threads)
    )
    return digamma(k) - yz + (z - xz), z


def _mesner_shalizi(
    rows: Rows, k: int, n_threads: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count the others up to the k-th neighbour, with all that tie."""
    joint = Neighborhoods(join(*rows.values()), n_threads)
    nearest = joint.nearest(k)
    n_joint = np.full(len(nearest.radius), k)
    if nearest.tied.any():
        around = np.where(nearest.tied, nearest.radius, -1.0)
        n_joint = np.where(nearest.tied, joint.count(around) - 1, k)
    xz, yz, z = (
        digamma(side.count(nearest.radius) - 1) for side in _sides(rows, n_threads)
    )
    return digamma(n_joint) - yz + (z - xz), z


def _sides(rows: Rows, n_threads: int) -> list[Neighborhoods]:
    """Return (x, z), (y, z) and z."""
    x, y, z = rows.values()
    return [Neighborhoods(points, n_threads) for points in (join(x, z), join(y, z), z)]


_METHODS: dict[str, Callable[[Rows, int, int], tuple[np.ndarray, np.ndarray]]] = {
    "frenzel_pompe": _frenzel_pompe,
    "mesner_shalizi": _mesner_shalizi,
}
"""Name -> function of rows, k and threads to local values and psi of counts in z."""

KNN_CONDITIONAL_ESTIMATORS: dict[str, Callable[..., float | np.ndarray]] = {
    name: partial(knn_conditional_mutual_information, method=name) for name in _METHODS
}
"""Name -> information of x and y given z, called with the options of the function."""
