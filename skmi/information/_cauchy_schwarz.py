"""Cauchy-Schwarz divergences and information of kernel density estimates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from skmi.information._checks import nats_per_unit
from skmi.information._gram import (
    check_rows,
    exponents,
    is_constant,
    kernels,
    resolve_bandwidth,
    resolve_pair,
)


def cauchy_schwarz_divergence(
    x: Any,
    y: Any,
    *,
    bandwidth: str | float = "median",
    base: float | None = None,
) -> float:
    r"""Cauchy-Schwarz divergence of two samples of the same variables.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples of the one distribution, one a row.
    y : array-like of shape (m,) or (m, d)
        Samples of the other, independent of x and of any number.
    bandwidth : {"median", "scott"} or float, default="median"
        Standard deviation s of the Gaussian kernel between two rows: a number in the
        units of the data, the median distance of two rows of x and y together, or
        the columns' root mean variance times n^(-1 / (d + 4)).
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The divergence, at least 0 up to rounding, in nats unless ``base`` is given.
        Exactly 0 for y = x.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers with at least 2 rows, if
        their numbers of columns differ, or if an option is not acceptable.

    See Also
    --------
    cauchy_schwarz_mutual_information : The divergence from independence.
    cauchy_schwarz_conditional_divergence : The divergence of two predictions.

    Notes
    -----
    :math:`D = -\log \frac{(\int p q)^2}{\int p^2 \int q^2}` [1]_, which is 0 for
    p = q only. Density estimates with Gaussian kernels of standard deviation
    :math:`s / \sqrt 2` turn the integrals into means of kernels of s over pairs:

    .. math::

        \hat D = \log \overline{k(x, x')} + \log \overline{k(y, y')}
        - 2 \log \overline{k(x, y)} .

    Smoothing stays in the result: for N(0, 1) and N(m, 1) it tends to
    :math:`m^2 / (2 + s^2)`. Pairs of a row with itself are part of the means, which
    keeps the estimate from being negative and biases it upward by
    O(1 / n). Logarithms are summed, so samples far apart have a large divergence and
    not an infinite one. Cost O((n + m)^2 d), in blocks of rows. Medians of more than
    2,000 rows are those of 2,000 evenly spaced ones.

    References
    ----------
    .. [1] J. C. Principe, D. Xu, J. Fisher (2000), "Information-theoretic learning".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import cauchy_schwarz_divergence
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.standard_normal((2, 1000))
    >>> round(cauchy_schwarz_divergence(x, y + 1, bandwidth=0.5), 1)
    0.5
    >>> cauchy_schwarz_divergence(x, x)
    0.0
    """
    left, right = check_rows(x, "x"), check_rows(y, "y")
    _check_same_columns("y", right, "x", left)
    unit = nats_per_unit(base)
    width = resolve_bandwidth(np.concatenate([left, right]), bandwidth)
    within_x, within_y, across = (
        _log_mean_exp(block for _, block in exponents(*pair, width))
        for pair in ((left, left), (right, right), (left, right))
    )
    return (within_x + within_y - 2 * across) / unit


def cauchy_schwarz_conditional_divergence(
    x: Any,
    y: Any,
    y_hat: Any,
    *,
    bandwidth: Any = "median",
    base: float | None = None,
) -> float:
    r"""Cauchy-Schwarz divergence of a target and its prediction, given the input.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Inputs, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Targets, row by row.
    y_hat : array-like of shape (n,) or (n, d_y)
        Predictions, or draws from a predicted distribution, row by row.
    bandwidth : {"median", "scott"}, float or pair of these, default="median"
        Standard deviation of the Gaussian kernels, as in
        :func:`cauchy_schwarz_divergence`; a pair gives that of x and that of y and
        y_hat. Rules measure y alone, so that predictions compare.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The divergence of p(y|x) and q(y_hat|x), in nats unless ``base`` is given.
        Exactly 0 for y_hat = y.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers with at least 2 rows, if
        their lengths or the columns of y and y_hat differ, or if an option is not
        acceptable.

    See Also
    --------
    cauchy_schwarz_divergence : The same without a condition.

    Notes
    -----
    With Gram matrices K of x, L of y, M of y_hat and :math:`N_{ji} = k(\hat y_j,
    y_i)`, the density at row j given x_j divides by
    :math:`A_j = (\sum_i K_{ji})^2`:

    .. math::

        \hat D = \log \sum_j \frac{\sum_i K_{ji} L_{ji}}{A_j}
        + \log \sum_j \frac{\sum_i K_{ji} M_{ji}}{A_j}
        - 2 \log \sum_j \frac{\sum_i K_{ji} N_{ji}}{A_j}

    [1]_; it is the loss of the Cauchy-Schwarz bottleneck [2]_. The densities are
    estimated at the rows, so the value may be slightly negative and is returned so.

    In many dimensions K is nearly diagonal at the usual widths; then only each row's
    own error is seen. Choose a wider kernel for x there. Cost O(n^2 (d_x + d_y)), in
    blocks of rows.

    References
    ----------
    .. [1] S. Yu, H. Li, S. Loekse, R. Jenssen, J. C. Principe (2023), "The
       conditional Cauchy-Schwarz divergence with applications to time-series data
       and sequential decision making".
    .. [2] S. Yu, X. Yu, S. Loekse, R. Jenssen, J. C. Principe (2024),
       "Cauchy-Schwarz divergence information bottleneck for regression".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import cauchy_schwarz_conditional_divergence
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(300)
    >>> y = np.sin(x) + 0.1 * rng.standard_normal(300)
    >>> good = cauchy_schwarz_conditional_divergence(x, y, np.sin(x))
    >>> 10 * good < cauchy_schwarz_conditional_divergence(x, y, rng.permutation(y))
    True
    """
    samples = check_rows(x, "x")
    target = check_rows(y, "y", len(samples))
    predicted = check_rows(y_hat, "y_hat", len(samples))
    _check_same_columns("y_hat", predicted, "y", target)
    unit = nats_per_unit(base)
    measured = np.concatenate([target, predicted]) if is_constant(target) else target
    width_x, width_y = resolve_pair(samples, measured, bandwidth)
    log_sums = np.concatenate(
        [np.log(block.sum(axis=1)) for _, block in kernels(samples, width_x)]
    )
    of_target, of_predicted, across = (
        _log_mean_exp(
            given + block - 2 * log_sums[rows, None]
            for (rows, given), (_, block) in zip(
                exponents(samples, samples, width_x),
                exponents(*pair, width_y),
                strict=True,
            )
        )
        for pair in ((target, target), (predicted, predicted), (predicted, target))
    )
    return (of_target + of_predicted - 2 * across) / unit


def cauchy_schwarz_mutual_information(
    x: Any,
    y: Any,
    *,
    bandwidth: Any = "median",
    normalized: bool = False,
    base: float | None = None,
) -> float:
    r"""Cauchy-Schwarz divergence of two variables from independence.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples of the one variable, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Samples of the other, row by row those that go with x.
    bandwidth : {"median", "scott"}, float or pair of these, default="median"
        Standard deviation of the Gaussian kernels, as in
        :func:`cauchy_schwarz_divergence`; a pair gives that of x and that of y.
    normalized : bool, default=False
        Whether to divide by the root of the product of the values of x with itself
        and of y with itself: 1 for y = x, and without a unit.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The information, at least 0 up to rounding, in nats unless ``base`` is given.
        Exactly 0 if x or y is constant.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers with at least 2 rows, if
        their lengths differ, or if an option is not acceptable.

    See Also
    --------
    hsic : The difference of the same means instead of the ratio.
    mutual_information : Shannon's information, of tables.

    Notes
    -----
    The divergence of p(x, y) and p(x) p(y), from Gram matrices K and L with row means
    :math:`\bar K_i` and :math:`\bar L_i` (see [1]_, also for its use as the rate of a
    bottleneck):

    .. math::

        \hat I = \log \overline{K \circ L} + \log \bar K \bar L
        - 2 \log \frac1n \sum_i \bar K_i \bar L_i .

    It depends on the widths, and no one-to-one map other than rigid ones leaves it as
    it is: not to be compared with Shannon's information. Pairs of a row with itself
    bias it upward by O(1 / n). Cost O(n^2 (d_x + d_y)), in blocks of rows.

    References
    ----------
    .. [1] S. Yu, X. Yu, S. Loekse, R. Jenssen, J. C. Principe (2024),
       "Cauchy-Schwarz divergence information bottleneck for regression".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import cauchy_schwarz_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-1, 1, size=200)
    >>> cauchy_schwarz_mutual_information(x, x**2, normalized=True) > 0.1
    True
    >>> cauchy_schwarz_mutual_information(x, rng.permutation(x)) < 0.01
    True
    """
    samples = check_rows(x, "x")
    target = check_rows(y, "y", len(samples))
    unit = nats_per_unit(base)
    widths = resolve_pair(samples, target, bandwidth)
    if is_constant(samples) or is_constant(target):
        return 0.0
    n = len(samples)
    rows, products = np.empty((2, n)), np.zeros(3)
    blocks = zip(kernels(samples, widths[0]), kernels(target, widths[1]), strict=True)
    for (part, k), (_, m) in blocks:
        rows[0, part], rows[1, part] = k.mean(axis=1), m.mean(axis=1)
        products += np.vdot(k, k), np.vdot(m, m), np.vdot(k, m)
    of_x, of_y, of_both = (
        _from_means(products[which] / n**2, rows[i], rows[j])
        for which, (i, j) in enumerate([(0, 0), (1, 1), (0, 1)])
    )
    if normalized:
        # Without a unit: a base would cancel.
        return of_both / float(np.sqrt(of_x * of_y))
    return of_both / unit


def _from_means(product: float, rows_x: np.ndarray, rows_y: np.ndarray) -> float:
    """Return the information from the mean of products and the row means."""
    apart = np.log(rows_x.mean()) + np.log(rows_y.mean())
    return float(np.log(product) + apart - 2 * np.log(np.mean(rows_x * rows_y)))


def _log_mean_exp(blocks: Iterable[np.ndarray]) -> float:
    """Return the logarithm of the mean of exp over all blocks."""
    total, size = -np.inf, 0
    for block in blocks:
        highest = block.max()
        total = np.logaddexp(total, highest + np.log(np.exp(block - highest).sum()))
        size += block.size
    return float(total - np.log(size))


def _check_same_columns(
    name: str, array: np.ndarray, other_name: str, other: np.ndarray
) -> None:
    """Raise unless two arrays have the same number of columns."""
    if array.shape[1] != other.shape[1]:
        msg = (
            f"{name} must have {other.shape[1]} columns, as {other_name} has, found "
            f"{array.shape[1]}."
        )
        raise ValueError(msg)
