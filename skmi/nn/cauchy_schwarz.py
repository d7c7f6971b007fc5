"""Cauchy-Schwarz divergences and information of a batch, to be trained on."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from skmi.nn.dependence import (
    Width,
    exponents,
    grams,
    median_distance,
    quotient,
    resolved,
)


def cauchy_schwarz_mutual_information(
    x: Tensor,
    y: Tensor,
    widths: tuple[Width, Width] = (None, None),
    normalized: bool = False,
) -> Tensor:
    r"""Cauchy-Schwarz divergence of two variables from independence.

    Parameters
    ----------
    x : Tensor of shape (n, d_x)
        Rows of the one variable.
    y : Tensor of shape (n, d_y)
        Rows of the other.
    widths : pair of float, Tensor of shape () or None
        Widths of the kernels of x and of y, see :func:`gaussian_gram`.
    normalized : bool
        Divide by the root of the product of the values of x with itself and of y with
        itself: 1 for y = x, and without a unit.

    Returns
    -------
    Tensor of shape ()
        In nats, at least 0 up to rounding; 0 where x or y is constant.

    Raises
    ------
    ValueError
        If x and y differ in their number of rows.

    Notes
    -----
    With Gram matrices K and L and their row means,

    .. math::

        \hat I = \log \overline{K \circ L} + \log \bar K \bar L
        - 2 \log \frac1n \sum_i \bar K_i \bar L_i

    [1]_. Pairs of a row with itself bias it upward by O(1 / n). O(n^2 d).

    References
    ----------
    .. [1] S. Yu, X. Yu, S. Loekse, R. Jenssen, J. C. Principe (2024),
       "Cauchy-Schwarz divergence information bottleneck for regression".

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import cauchy_schwarz_mutual_information
    >>> x = torch.linspace(-1, 1, 50)[:, None]
    >>> bool(cauchy_schwarz_mutual_information(x, x.square()) > 0.02)
    True
    """
    k, m = grams(x, y, widths)
    both = _apart(k, m)
    return quotient(both, _apart(k, k), _apart(m, m)) if normalized else both


def _apart(k: Tensor, m: Tensor) -> Tensor:
    """Return the Cauchy-Schwarz information of two Gram matrices."""
    rows_k, rows_m = k.mean(1), m.mean(1)
    # Means of rows first, everywhere: a matrix of ones then gives exactly 0.
    joint = (k * m).mean(1).mean().log()
    product = rows_k.mean().log() + rows_m.mean().log()
    return joint + product - 2 * (rows_k * rows_m).mean().log()


def cauchy_schwarz_divergence(x: Tensor, y: Tensor, width: Width = None) -> Tensor:
    r"""Cauchy-Schwarz divergence of two samples of the same variables.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Rows of the one sample.
    y : Tensor of shape (m, d)
        Rows of the other, of any number.
    width : float, Tensor of shape () or None
        Width s of the kernel; None takes the :func:`median_distance` of both samples
        together. No gradient goes to it.

    Returns
    -------
    Tensor of shape ()
        In nats, at least 0 up to rounding; 0 for y = x.

    Notes
    -----
    :math:`\log \overline{k(x, x')} + \log \overline{k(y, y')} - 2 \log
    \overline{k(x, y)}` [1]_, which for samples of N(0, 1) and N(m, 1) tends to
    :math:`m^2 / (2 + s^2)`. In logarithms: samples far apart still have a gradient.
    O((n + m)^2 d).

    References
    ----------
    .. [1] J. C. Principe, D. Xu, J. Fisher (2000), "Information-theoretic learning".

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import cauchy_schwarz_divergence
    >>> x = torch.zeros(3, 1)
    >>> cauchy_schwarz_divergence(x, x + 2, width=1.0)
    tensor(4.)
    """
    if width is None:
        width = median_distance(torch.cat([x, y]))
    within_x, within_y, across = (
        _log_mean_exp(exponents(*pair, width)) for pair in ((x, x), (y, y), (x, y))
    )
    return within_x + within_y - 2 * across


def conditional_cauchy_schwarz_divergence(
    x: Tensor,
    y: Tensor,
    prediction: Tensor,
    widths: tuple[Width, Width] = (None, None),
) -> Tensor:
    r"""Cauchy-Schwarz divergence of a target and its prediction, given the input.

    Parameters
    ----------
    x : Tensor of shape (n, d_x)
        Inputs.
    y : Tensor of shape (n, d_y)
        Targets.
    prediction : Tensor of shape (n, d_y)
        Predictions, or draws from a predicted distribution.
    widths : pair of float, Tensor of shape () or None
        Widths of the kernels of x, and of y and its prediction; None takes the
        :func:`median_distance` of x, and that of y alone, so that predictions compare.

    Returns
    -------
    Tensor of shape ()
        In nats; 0 for a prediction equal to y, and at times slightly below 0, since
        the densities are estimated at the rows.

    Raises
    ------
    ValueError
        If the numbers of rows differ.

    Notes
    -----
    With Gram matrices K of x, L of y, M of the prediction and N across,

    .. math::

        \log \sum_j \frac{\sum_i K_{ji} L_{ji}}{A_j}
        + \log \sum_j \frac{\sum_i K_{ji} M_{ji}}{A_j}
        - 2 \log \sum_j \frac{\sum_i K_{ji} N_{ji}}{A_j},
        \quad A_j = \Bigl(\sum_i K_{ji}\Bigr)^2

    [1]_, the regression loss of [2]_. It is flat where predictions are many widths off:
    start from one trained on squared errors. In many dimensions K is nearly diagonal
    at the median width, and only each row's own error is seen. O(n^2 d).

    References
    ----------
    .. [1] S. Yu, H. Li, S. Loekse, R. Jenssen, J. C. Principe (2023), "The
       conditional Cauchy-Schwarz divergence with applications to time-series data
       and sequential decision making".
    .. [2] S. Yu, X. Yu, S. Loekse, R. Jenssen, J. C. Principe (2024),
       "Cauchy-Schwarz divergence information bottleneck for regression".

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import conditional_cauchy_schwarz_divergence
    >>> x = torch.linspace(-1, 1, 50)[:, None]
    >>> y = x.square()
    >>> conditional_cauchy_schwarz_divergence(x, y, y)
    tensor(0.)
    """
    if not x.shape[0] == y.shape[0] == prediction.shape[0]:
        found = [part.shape[0] for part in (x, y, prediction)]
        msg = f"x, y and prediction must have as many rows, found {found}."
        raise ValueError(msg)
    width = resolved(y, widths[1])
    given = exponents(x, x, resolved(x, widths[0]))
    given = given - 2 * given.logsumexp(1, keepdim=True)
    of_target, of_predicted, across = (
        _log_mean_exp(given + exponents(*pair, width))
        for pair in ((y, y), (prediction, prediction), (prediction, y))
    )
    return of_target + of_predicted - 2 * across


def _log_mean_exp(exponents: Tensor) -> Tensor:
    """Return the logarithm of the mean of exp of a matrix."""
    size = exponents.shape[0] * exponents.shape[1]
    return exponents.flatten().logsumexp(0) - math.log(size)
