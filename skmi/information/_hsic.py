"""The Hilbert-Schmidt independence criterion."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from skmi.exceptions import EstimationWarning
from skmi.information._gram import check_rows, is_constant, kernels, resolve_pair

# Criteria of a variable with itself below this are mostly rounding.
_ROUNDING = 1e-12


class _Moments(NamedTuple):
    """Sums over two Gram matrices K and L whose diagonals are 1."""

    n_rows: int
    rows_k: np.ndarray
    rows_l: np.ndarray
    product: float


def _biased(sums: _Moments) -> float:
    """Return tr(KHLH) / (n - 1)^2: not negative, too high by O(1 / n)."""
    n = sums.n_rows
    rows = np.dot(sums.rows_k, sums.rows_l)
    total = sums.rows_k.sum() * sums.rows_l.sum()
    return float(sums.product - 2 / n * rows + total / n**2) / (n - 1) ** 2


def _unbiased(sums: _Moments) -> float:
    """Return the U-statistic: right on average, negative at times."""
    n = sums.n_rows
    # Without the diagonals of ones.
    rows_k, rows_l = sums.rows_k - 1, sums.rows_l - 1
    total = rows_k.sum() * rows_l.sum() / ((n - 1) * (n - 2))
    rows = 2 / (n - 2) * np.dot(rows_k, rows_l)
    return float(sums.product - n + total - rows) / (n * (n - 3))


_ESTIMATORS: dict[str, Callable[[_Moments], float]] = {
    "biased": _biased,
    "unbiased": _unbiased,
}


def hsic(
    x: Any,
    y: Any,
    *,
    bandwidth: Any = "median",
    estimator: str = "biased",
    normalized: bool = False,
) -> float:
    r"""Hilbert-Schmidt independence criterion with Gaussian kernels.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples of the one variable, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Samples of the other, row by row those that go with x.
    bandwidth : {"median", "scott"}, float or pair of these, default="median"
        Standard deviation of the Gaussian kernels: a number in the units of the
        data, the median distance of two rows, or the columns' root mean variance
        times n^(-1 / (d + 4)). A pair gives that of x and that of y.
    estimator : {"biased", "unbiased"}, default="biased"
        The biased estimate is never negative and too high by O(1 / n), the unbiased
        one is right on average, and negative at times.
    normalized : bool, default=False
        Whether to divide by the root of the product of the criteria of x with itself
        and of y with itself. The result is at most 1, which it is for y = x.

    Returns
    -------
    float
        The criterion, without a unit: it is no information in nats. Exactly 0 if x
        or y is constant.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers, if their lengths
        differ, if there are fewer than 2 rows (4 for the unbiased estimate), or if
        an option is not acceptable.

    See Also
    --------
    renyi_mutual_information : A dependence of Gram matrices in nats.
    cauchy_schwarz_mutual_information : Another one, also without eigenvalues.

    Notes
    -----
    The squared norm of the cross-covariance of the kernels' features, which is 0 for
    independent variables only. With Gram matrices K, L and the centring matrix H,

    .. math::

        \mathrm{HSIC}_b = \frac{1}{(n - 1)^2} \operatorname{tr} K H L H

    [1]_, and with zeros on the diagonals of :math:`\tilde K, \tilde L`,

    .. math::

        \mathrm{HSIC}_u = \frac{1}{n (n - 3)} \biggl[ \operatorname{tr} \tilde K
        \tilde L + \frac{1^T \tilde K 1 \; 1^T \tilde L 1}{(n - 1)(n - 2)}
        - \frac{2}{n - 2} 1^T \tilde K \tilde L 1 \biggr]

    [2]_. Normalised, the biased value is centred kernel alignment [3]_, between 0
    and 1. Cost O(n^2 d), in blocks of rows: memory grows with n and not its square.
    Medians of more than 2,000 rows are those of 2,000 evenly spaced ones.

    References
    ----------
    .. [1] A. Gretton, O. Bousquet, A. Smola, B. Schoelkopf (2005), "Measuring
       statistical dependence with Hilbert-Schmidt norms".
    .. [2] L. Song, A. Smola, A. Gretton, J. Bedo, K. Borgwardt (2012), "Feature
       selection via dependence maximization".
    .. [3] C. Cortes, M. Mohri, A. Rostamizadeh (2012), "Algorithms for learning
       kernels based on centered alignment".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import hsic
    >>> rng = np.random.default_rng(0)
    >>> x = rng.uniform(-1, 1, size=200)
    >>> hsic(x, x**2, normalized=True) > 0.1
    True
    >>> hsic(x, rng.permutation(x), normalized=True) < 0.02
    True
    """
    samples = check_rows(x, "x")
    target = check_rows(y, "y", len(samples))
    if not isinstance(estimator, str) or estimator not in _ESTIMATORS:
        msg = f"estimator must be one of {list(_ESTIMATORS)}, found {estimator!r}."
        raise ValueError(msg)
    if estimator == "unbiased" and len(samples) < 4:
        msg = f"x must have at least 4 rows for {estimator=}, found {len(samples)}."
        raise ValueError(msg)
    widths = resolve_pair(samples, target, bandwidth)
    if is_constant(samples) or is_constant(target):
        return 0.0
    estimate = _ESTIMATORS[estimator]
    of_x, of_y, of_both = (estimate(sums) for sums in _sums(samples, target, *widths))
    if not normalized:
        return of_both
    if min(of_x, of_y) < _ROUNDING:
        msg = (
            f"bandwidth={bandwidth!r} is so far above the distances between rows that "
            "rounding hides what the kernels tell apart; take a smaller one, or a rule."
        )
        warnings.warn(msg, EstimationWarning, stacklevel=2)
    scale = np.sqrt(max(of_x, 0.0)) * np.sqrt(max(of_y, 0.0))
    return float(of_both / scale) if scale > 0 else 0.0


def _sums(
    x: np.ndarray, y: np.ndarray, width_x: float, width_y: float
) -> tuple[_Moments, _Moments, _Moments]:
    """Return the sums of (K, K), (L, L) and (K, L), block by block."""
    n = len(x)
    rows_k, rows_l, products = np.empty(n), np.empty(n), np.zeros(3)
    blocks = zip(kernels(x, width_x), kernels(y, width_y), strict=True)
    for (rows, k), (_, m) in blocks:
        rows_k[rows], rows_l[rows] = k.sum(axis=1), m.sum(axis=1)
        products += np.vdot(k, k), np.vdot(m, m), np.vdot(k, m)
    kk, mm, km = (float(value) for value in products)
    return (
        _Moments(n, rows_k, rows_k, kk),
        _Moments(n, rows_l, rows_l, mm),
        _Moments(n, rows_k, rows_l, km),
    )
