"""Renyi entropy and information of Gram matrices."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import eigvalsh
from scipy.special import logsumexp

from skmi.information._checks import check_positive, nats_per_unit
from skmi.information._gram import (
    check_rows,
    entropy_of_values,
    gram,
    is_constant,
    kernels,
    resolve_bandwidth,
    resolve_pair,
    spectral_shares,
)


def renyi_entropy(
    x: Any,
    *,
    alpha: float = 1.01,
    bandwidth: str | float = "median",
    base: float | None = None,
) -> float:
    r"""Matrix-based Renyi entropy: how evenly a kernel's eigenvalues are spread.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples, one a row.
    alpha : float, default=1.01
        Order of the entropy, above 0. 1 is von Neumann's entropy of the Gram matrix;
        2 needs no eigenvalues and is much faster.
    bandwidth : {"median", "scott"} or float, default="median"
        Standard deviation of the Gaussian kernel: a number in the units of x, the
        median distance of two rows, or the columns' root mean variance times
        n^(-1 / (d + 4)).
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The entropy, between 0 and log n, in nats unless ``base`` is given. Exactly 0
        if all rows are equal.

    Raises
    ------
    ValueError
        If x is not a 1-D or 2-D array of finite real numbers with at least 2 rows, or
        ``alpha``, ``bandwidth`` or ``base`` is not acceptable.

    See Also
    --------
    renyi_mutual_information : Information of two variables in this sense.
    kozachenko_leonenko_entropy : Differential entropy.

    Notes
    -----
    With A = K / n, where K is the Gram matrix, and its eigenvalues :math:`\lambda_i`,

    .. math::

        S_\alpha = \frac{1}{1 - \alpha} \log \operatorname{tr} A^\alpha
        = \frac{1}{1 - \alpha} \log \sum_i \lambda_i^\alpha

    [1]_. It is a property of the data at the kernel's width, and no estimate of the
    entropy of a density: narrow kernels tell all rows apart (log n), wide ones none
    (0). Compare values of one width only.

    Orders below 1 weigh small eigenvalues up; those that rounding hides are dropped.
    Cost O(n^2 d) and little memory for ``alpha=2``, where
    :math:`\operatorname{tr} A^2` is a sum over pairs of rows; otherwise O(n^3) and
    memory for n^2 numbers. Medians of more than 2,000 rows are those of 2,000 evenly
    spaced ones.

    References
    ----------
    .. [1] L. G. Sanchez Giraldo, M. Rao, J. C. Principe (2015), "Measures of entropy
       from data using infinitely divisible kernels".

    Examples
    --------
    Four groups far apart are four values:

    >>> import numpy as np
    >>> from skmi.information import renyi_entropy
    >>> x = np.repeat([0.0, 100.0, 200.0, 300.0], 5)
    >>> round(renyi_entropy(x, bandwidth=1.0, base=2), 6)
    2.0
    """
    samples = check_rows(x, "x")
    order = check_positive(alpha, "alpha")
    unit = nats_per_unit(base)
    width = resolve_bandwidth(samples, bandwidth)
    if is_constant(samples):
        return 0.0
    if order == 2:
        return _collision_entropies(samples, samples, width, width)[0] / unit
    return _entropy(gram(samples, width), order) / unit


def renyi_mutual_information(
    x: Any,
    y: Any,
    *,
    alpha: float = 1.01,
    bandwidth: Any = "median",
    base: float | None = None,
) -> float:
    r"""Matrix-based Renyi mutual information of two variables.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples of the one variable, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Samples of the other, row by row those that go with x.
    alpha : float, default=1.01
        Order of the entropies, above 0; 2 needs no eigenvalues and is much faster.
    bandwidth : {"median", "scott"}, float or pair of these, default="median"
        Standard deviation of the Gaussian kernels, as in :func:`renyi_entropy`; a
        pair gives that of x and that of y.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The information, in nats unless ``base`` is given; it may be negative and is
        returned so. Exactly 0 if x or y is constant.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers with at least 2 rows, if
        their lengths differ, or if an option is not acceptable.

    See Also
    --------
    renyi_entropy : The entropies that it is made of.
    hsic : Dependence as a squared norm, with an unbiased estimator.

    Notes
    -----
    :math:`I_\alpha(X;Y) = S_\alpha(A) + S_\alpha(B) - S_\alpha(n A \circ B)` with the
    Gram matrices A and B over n, and their product taken cell by cell [1]_. It is at
    most the smaller entropy, for every order. For order 1 it is not negative, since
    von Neumann entropies are subadditive; those of other orders are not, and values
    for independent samples may be a little below 0.

    Orders near 1 err upwards: finite samples look dependent, the more so the narrower
    the kernels. Compare with values for permuted rows. Cost
    as for :func:`renyi_entropy`.

    References
    ----------
    .. [1] L. G. Sanchez Giraldo, M. Rao, J. C. Principe (2015), "Measures of entropy
       from data using infinitely divisible kernels".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import renyi_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-1, 1, size=200)
    >>> renyi_mutual_information(x, x**2, alpha=2) > 0.3
    True
    >>> abs(renyi_mutual_information(x, rng.permutation(x), alpha=2)) < 0.05
    True
    """
    samples = check_rows(x, "x")
    target = check_rows(y, "y", len(samples))
    order = check_positive(alpha, "alpha")
    unit = nats_per_unit(base)
    widths = resolve_pair(samples, target, bandwidth)
    if is_constant(samples) or is_constant(target):
        return 0.0
    if order == 2:
        h_x, h_y, h_xy = _collision_entropies(samples, target, *widths)
    else:
        k, m = gram(samples, widths[0]), gram(target, widths[1])
        h_x, h_y, h_xy = (_entropy(part, order) for part in (k, m, k * m))
    return (h_x + h_y - h_xy) / unit


def _entropy(matrix: np.ndarray, order: float) -> float:
    """Return the entropy of a Gram matrix, in nats, from its eigenvalues."""
    shares = spectral_shares(eigvalsh(matrix, overwrite_a=True, check_finite=False))
    if order == 1:
        return entropy_of_values(shares)
    logs = np.log(shares)
    if abs(order - 1) > 0.5:
        return float(logsumexp(order * logs)) / (1 - order)
    # sum p^a = 1 + sum p (p^(a - 1) - 1): exact however near a is to 1.
    excess = np.sum(shares * np.expm1((order - 1) * logs))
    return float(np.log1p(excess)) / (1 - order)


def _collision_entropies(
    x: np.ndarray, y: np.ndarray, width_x: float, width_y: float
) -> tuple[float, float, float]:
    """Return the entropies of order 2 of x, of y and of both, in nats."""
    sums = np.zeros(3)
    for (_, k), (_, m) in zip(kernels(x, width_x), kernels(y, width_y), strict=True):
        k *= k
        m *= m
        sums += k.sum(), m.sum(), np.vdot(k, m)
    h_x, h_y, h_xy = 0.0 - np.log(sums / len(x) ** 2)
    return float(h_x), float(h_y), float(h_xy)
