"""Entropy and information of variables that are taken for jointly Gaussian."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.linalg import qr, svd, svdvals
from scipy.special import digamma

from skmi.information._checks import check_samples, check_weight, nats_per_unit


def gaussian_entropy(
    x: Any,
    *,
    sample_weight: Any = None,
    bias_correction: bool = True,
    base: float | None = None,
) -> float:
    r"""Differential entropy of a Gaussian variable from samples.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples, one a row; more rows than columns.
    sample_weight : array-like of shape (n,), default=None
        How often each row was seen. Weights equal repeated rows exactly.
    bias_correction : bool, default=True
        Whether the bias of the sample covariance's log-determinant is taken off. It
        is known exactly, so the estimate is unbiased for Gaussian samples of any n.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The entropy, in nats unless ``base`` is given. It may be negative, and is
        minus infinity if a column is constant or a linear function of others.

    Raises
    ------
    ValueError
        If x is not a 1-D or 2-D array of finite real numbers, if it has no more rows
        than columns, or if an option is not acceptable.

    See Also
    --------
    gaussian_mutual_information : Information between two Gaussian variables.
    kozachenko_leonenko_entropy : Entropy of any continuous variable.

    Notes
    -----
    :math:`h = \frac{d}{2} \log 2 \pi e + \frac12 \log |\Sigma|` ([1]_, theorem
    8.4.1). With A the sum of squares and products of n rows around their mean,

    .. math::

        \mathbb{E} \log |A| = \log |\Sigma| + d \log 2
        + \sum_{i=1}^d \psi\Bigl(\frac{n - i}{2}\Bigr),

    since A is Wishart with n - 1 degrees of freedom [2]_. The corrected estimate
    solves this for :math:`\log |\Sigma|`; the other one is that of maximum
    likelihood, :math:`\Sigma = A / n`.

    Any other variable of the same covariance has less entropy. Cost O(n d^2).

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory".
    .. [2] N. Misra, H. Singh, E. Demchuk (2005), "Estimation of the entropy of a
       multivariate normal distribution".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import gaussian_entropy
    >>> x = 2 * np.random.default_rng(0).standard_normal((1000, 3))
    >>> exact = 3 * (0.5 * np.log(2 * np.pi * np.e) + np.log(2))
    >>> bool(abs(gaussian_entropy(x) - exact) < 0.1)
    True
    """
    samples = check_samples(x, "x")
    weight = check_weight(sample_weight, len(samples))
    unit = nats_per_unit(base)
    total = _total(samples, weight)
    n_columns = samples.shape[1]
    _require_rows(total, x=n_columns)
    space = _orthonormal(*_centred(samples, weight))
    if space.rank < n_columns:
        return -np.inf
    if bias_correction:
        shift = n_columns * np.log(2) + digamma_sum(total, n_columns)
    else:
        shift = n_columns * np.log(total)
    scale = 2 * np.log(2) * _exponents(samples).sum()
    log_det = space.log_det + scale - shift
    return float(n_columns * (np.log(2 * np.pi) + 1) + log_det) / 2 / unit


def gaussian_mutual_information(
    x: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    bias_correction: bool = True,
    pointwise: bool = False,
    base: float | None = None,
) -> float | np.ndarray:
    r"""Mutual information of jointly Gaussian variables from samples.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples of the one variable, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Samples of the other, row by row those that go with x.
    sample_weight : array-like of shape (n,), default=None
        How often each row was seen. Weights equal repeated rows exactly.
    bias_correction : bool, default=True
        Whether the bias of the log-determinants is taken off. It is known exactly,
        so the estimate is unbiased for Gaussian samples of any n.
    pointwise : bool, default=False
        Whether to return the log-ratio of densities of each row. Their (weighted)
        mean is the information: a corrected estimate takes the bias off every row.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float or ndarray of shape (n,)
        The information, in nats unless ``base`` is given. Corrected values may be
        negative and are returned so. Exactly 0 if x or y is constant, and infinity
        if a linear function of x is one of y.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers, if their lengths
        differ, if there are no more rows than columns, if a weight is 0 while
        pointwise values are wanted, or if an option is not acceptable.

    See Also
    --------
    gaussian_copula_mutual_information : The same of ranks, for any margins.
    gaussian_conditional_mutual_information : The same given a third variable.

    Notes
    -----
    :math:`I(X;Y) = -\frac12 \sum_i \log(1 - \rho_i^2)` with the canonical
    correlations :math:`\rho_i` (see [1]_, and example 8.5.1 for one). They are the
    cosines of the angles between the column spaces of x and y, computed from
    orthonormal bases; where they are near 1 the sines are used instead. So columns
    may be on any scale, repeated or linearly dependent within x or y, and any affine
    map of full rank leaves the value as it is.

    With ranks r the maximum-likelihood value is too high by

    .. math::

        \frac12 \biggl[ \sum_{i=1}^{r_x} + \sum_{i=1}^{r_y} - \sum_{i=1}^{r_x + r_y}
        \biggr] \psi\Bigl(\frac{n - i}{2}\Bigr),

    which is about :math:`r_x r_y / 2n` (from the expectation of a Wishart matrix's
    log-determinant [2]_). The difference of two spaces is told from rounding by the
    precision of the data's type.

    For variables that are not Gaussian the value is that of Gaussians of the same
    covariance, which can be larger or smaller than the truth. Cost
    O(n (d_x + d_y)^2).

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory".
    .. [2] N. Misra, H. Singh, E. Demchuk (2005), "Estimation of the entropy of a
       multivariate normal distribution".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import gaussian_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal((2000, 2))
    >>> y = x[:, 0] + rng.standard_normal(2000)
    >>> round(gaussian_mutual_information(x, y, base=2), 1)
    0.5
    >>> gaussian_mutual_information(x, 3 * x + 1)
    inf
    """
    samples = check_samples(x, "x")
    target = check_samples(y, "y", len(samples))
    weight = _check_pointwise_weight(sample_weight, len(samples), pointwise)
    return _information(samples, target, None, weight, bias_correction, pointwise, base)


def gaussian_conditional_mutual_information(
    x: Any,
    y: Any,
    z: Any,
    *,
    sample_weight: Any = None,
    bias_correction: bool = True,
    pointwise: bool = False,
    base: float | None = None,
) -> float | np.ndarray:
    r"""Mutual information of jointly Gaussian variables given a third.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples of the one variable, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Samples of the other, row by row those that go with x.
    z : array-like of shape (n,) or (n, d_z)
        Samples of the condition, row by row.
    sample_weight : array-like of shape (n,), default=None
        How often each row was seen. Weights equal repeated rows exactly.
    bias_correction : bool, default=True
        Whether the bias of the log-determinants is taken off, as in
        :func:`gaussian_mutual_information`.
    pointwise : bool, default=False
        Whether to return the log-ratio of conditional densities of each row. Their
        (weighted) mean is the information.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float or ndarray of shape (n,)
        I(X;Y|Z), in nats unless ``base`` is given. Corrected values may be negative
        and are returned so. Exactly 0 if x or y is a linear function of z, and
        infinity if a linear function of x is one of y and z but not of z alone.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers, if their lengths
        differ, if there are no more rows than columns, if a weight is 0 while
        pointwise values are wanted, or if an option is not acceptable.

    See Also
    --------
    gaussian_mutual_information : The same without a condition.
    gaussian_copula_conditional_mutual_information : The same of ranks.

    Notes
    -----
    Given z, Gaussian variables are what regression on z leaves of them: the value is
    that of :func:`gaussian_mutual_information` for the residuals, with n less by the
    rank of z in the correction. The chain rule
    :math:`I(X;Y,Z) = I(X;Z) + I(X;Y|Z)` holds for corrected estimates too. Cost
    O(n (d_x + d_y + d_z)^2).

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import gaussian_conditional_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> z = rng.standard_normal(2000)
    >>> x, y = z + rng.standard_normal((2, 2000))
    >>> abs(gaussian_conditional_mutual_information(x, y, z)) < 0.01
    True
    """
    samples = check_samples(x, "x")
    target = check_samples(y, "y", len(samples))
    given = check_samples(z, "z", len(samples))
    weight = _check_pointwise_weight(sample_weight, len(samples), pointwise)
    return _information(
        samples, target, given, weight, bias_correction, pointwise, base
    )


class _Space(NamedTuple):
    """The space that columns span.

    ``blur`` is an angle: rounding may have turned the space by as much. ``log_det``
    is that of the columns' products, where they are linearly independent.
    """

    basis: np.ndarray
    blur: float
    log_det: float

    @property
    def rank(self) -> int:
        """How many dimensions it has."""
        return int(self.basis.shape[1])


def _information(
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray | None,
    weight: np.ndarray | None,
    bias_correction: bool,
    pointwise: bool,
    base: float | None,
) -> float | np.ndarray:
    """Return the information of checked samples, given z if there is one."""
    unit = nats_per_unit(base)
    total = _total(x, weight)
    columns, target = _centred(x, weight), _centred(y, weight)
    rank_z = 0
    if z is not None:
        condition = _orthonormal(*_centred(z, weight))
        columns, target = (_residual(*part, condition) for part in (columns, target))
        rank_z = condition.rank
    spaces = _orthonormal(*columns), _orthonormal(*target)
    ranks = [space.rank for space in spaces]
    given = {} if z is None else {"z": rank_z}
    _require_rows(total, x=ranks[0], y=ranks[1], **given)
    bias = 0.0
    if bias_correction:
        bias = gaussian_information_bias(total - rank_z, *ranks)
    if pointwise:
        return (_log_ratios(*spaces, weight, total) - bias) / unit
    # 0.0 - ...: nothing shared is 0.0, not -0.0.
    return (float(0.0 - _log_squared_sines(*spaces).sum() / 2) - bias) / unit


def _check_pointwise_weight(
    sample_weight: Any, n_rows: int, pointwise: bool
) -> np.ndarray | None:
    """Return the weights; those of pointwise values must be positive."""
    weight = check_weight(sample_weight, n_rows)
    if weight is not None and pointwise and (weight == 0).any():
        msg = (
            "sample_weight must be positive where pointwise values are wanted, found "
            f"{int((weight == 0).sum())} of {n_rows} rows of weight 0."
        )
        raise ValueError(msg)
    return weight


def _total(samples: np.ndarray, weight: np.ndarray | None) -> float:
    """Return the number of rows, or the sum of their weights."""
    return float(len(samples)) if weight is None else float(weight.sum())


def _require_rows(total: float, **ranks: int) -> None:
    """Raise unless there are more rows than dimensions of all variables together."""
    needed = sum(ranks.values())
    if total <= max(needed, 1):
        each = ", ".join(f"{rank} of {name}" for name, rank in ranks.items())
        msg = (
            f"{' and '.join(ranks)} must have more rows (or weight) than linearly "
            f"independent columns, and at least 2, found n={total:g} for d={needed} "
            f"({each}): add rows or reduce the columns."
        )
        raise ValueError(msg)


def digamma_sum(total: float, rank: int) -> float:
    """Return the sum of psi((n - i) / 2) for i up to ``rank``.

    It is the expected log-determinant of a Wishart matrix of n - 1 degrees of freedom,
    but for log 2 and the covariance's own.
    """
    return float(digamma((total - np.arange(1, rank + 1)) / 2).sum())


def gaussian_information_bias(n_rows: float, rank_x: int, rank_y: int) -> float:
    r"""Return the bias of the likelihood's information of two Gaussian variables.

    Parameters
    ----------
    n_rows : float
        Number of rows, or the sum of their weights; with a condition, less the
        linearly independent columns of it.
    rank_x, rank_y : int
        Linearly independent columns of each variable.

    Returns
    -------
    float
        By how much the estimate is too high on average, in nats; exact for Gaussians.

    See Also
    --------
    gaussian_mutual_information : Takes it off.

    Notes
    -----
    With :math:`d` for ``rank_x``, :math:`e` for ``rank_y`` and
    :math:`\Psi_d = \sum_{i=1}^d \psi((n - i) / 2)`, the bias is
    :math:`(\Psi_d + \Psi_e - \Psi_{d+e}) / 2`, since the expected log-determinant of
    a Wishart matrix is such a sum [1]_. Cost O(d + e).

    References
    ----------
    .. [1] N. Misra, H. Singh, E. Demchuk (2005), "Estimation of the entropy of a
       multivariate normal distribution".

    Examples
    --------
    >>> from skmi.information import gaussian_information_bias
    >>> round(gaussian_information_bias(100, 5, 5), 2)
    0.13
    """
    apart = digamma_sum(n_rows, rank_x) + digamma_sum(n_rows, rank_y)
    return (apart - digamma_sum(n_rows, rank_x + rank_y)) / 2


def _centred(
    samples: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows around their mean, and how much of each column is rounding.

    Columns are scaled to a size near 1, and rows by the roots of their weights, so
    that plain products of columns are the weighted ones.
    """
    precision = np.finfo(samples.dtype).eps
    # By powers of 2, so that nothing is rounded and no square overflows or vanishes.
    rows = np.ldexp(samples.astype(np.float64), -_exponents(samples))
    root = np.ones((len(rows), 1)) if weight is None else np.sqrt(weight)[:, None]
    rounding = precision * np.linalg.norm(rows * root, axis=0)
    for _ in range(2):  # Sums over rows round at each: the first mean is not exact.
        rows -= np.average(rows, axis=0, weights=weight)
    return rows * root, rounding


def _exponents(samples: np.ndarray) -> np.ndarray:
    """Return the power of 2 of the size of each column."""
    return np.frexp(np.abs(samples.astype(np.float64)).max(axis=0))[1]


def _orthonormal(columns: np.ndarray, rounding: np.ndarray) -> _Space:
    """Return an orthonormal basis of the columns' space; what is rounding is left."""
    length = np.linalg.norm(columns, axis=0)
    kept = length > 10 * rounding
    n_rows = len(columns)
    if not kept.any():
        return _Space(np.empty((n_rows, 0)), 0.0, -np.inf)
    scaled = columns[:, kept] / length[kept]
    blur = 10 * float(np.linalg.norm(rounding[kept] / length[kept]))
    q, r = qr(scaled, mode="economic")
    rotation, values, _ = svd(r)
    clear = values > blur
    log_det = 2 * float(np.log(values[clear]).sum() + np.log(length[kept]).sum())
    basis = q @ rotation[:, : len(values)][:, clear]
    return _Space(basis, blur / float(values[clear].min()), log_det)


def _residual(
    columns: np.ndarray, rounding: np.ndarray, condition: _Space
) -> tuple[np.ndarray, np.ndarray]:
    """Return what regression on the condition leaves, and how much is rounding."""
    rounding = rounding + condition.blur * np.linalg.norm(columns, axis=0)
    return columns - condition.basis @ (condition.basis.T @ columns), rounding


def _log_squared_sines(x: _Space, y: _Space) -> np.ndarray:
    """Return log(1 - rho^2) of every pair of canonical variables."""
    if x.rank < y.rank:
        x, y = y, x
    if y.rank == 0:
        return np.zeros(0)
    cross = x.basis.T @ y.basis
    cosines = np.clip(svdvals(cross), 0, 1)
    near = cosines**2 > 0.5
    result = np.log1p(-(np.where(near, 0, cosines) ** 2))
    if near.any():
        # Cosines near 1 say nothing about small angles; these sines do.
        sines = svdvals(y.basis - x.basis @ cross)[::-1][near]
        parallel = sines <= x.blur + y.blur
        result[near] = 2 * np.log(np.where(parallel, 1, sines))
        result[np.flatnonzero(near)[parallel]] = -np.inf
    return result


def _log_ratios(
    x: _Space, y: _Space, weight: np.ndarray | None, total: float
) -> np.ndarray:
    """Return log p(x, y) / p(x) p(y) of each row under the fitted Gaussians."""
    log_squared_sines = _log_squared_sines(x, y)
    if log_squared_sines.size == 0:
        return np.zeros(len(x.basis))
    if np.isneginf(log_squared_sines).any():
        return np.full(len(x.basis), np.inf)
    left, cosines, right = svd(x.basis.T @ y.basis, full_matrices=False)
    root = 1.0 if weight is None else np.sqrt(weight)[:, None]
    # Canonical variables of unit variance; r^2 / (1 - r^2) as 1 / s^2 - 1.
    u = np.sqrt(total) * (x.basis @ left) / root
    v = np.sqrt(total) * (y.basis @ right.T) / root
    excess = np.expm1(-log_squared_sines)
    quadratic = excess * (u - v) ** 2 / 2
    crossed = u * v * cosines / (1 + cosines)
    return (crossed - quadratic - log_squared_sines / 2).sum(axis=1)
