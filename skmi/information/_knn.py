"""Entropy of continuous variables from distances to nearest neighbours."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.spatial import cKDTree
from scipy.special import digamma

from skmi.information._checks import check_count, check_numbers, nats_per_unit


def kozachenko_leonenko_entropy(
    x: Any, *, n_neighbors: int = 3, base: float | None = None
) -> float:
    r"""Differential entropy of continuous samples by nearest neighbours.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples, one a row.
    n_neighbors : int, default=3
        Which neighbour's distance is used, below n. More neighbours lower the
        variance and raise the bias where the density changes quickly.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The entropy, in nats unless ``base`` is given; it may be negative, and is
        minus infinity if a column is constant.

    Raises
    ------
    ValueError
        If x is not a 1-D or 2-D array of finite real numbers, or ``n_neighbors`` is
        not an int between 1 and n - 1.

    See Also
    --------
    entropy : Entropy of discrete variables.

    Notes
    -----
    :math:`\hat h = \psi(n) - \psi(k) + d \log 2 + \frac{d}{n} \sum_i \log r_i`,
    where :math:`r_i` is the distance from sample i to its k-th neighbour in the
    maximum norm, whose ball of radius r has volume :math:`(2r)^d` ([1]_; [2]_,
    equation 20).

    Where a row is repeated so often that its k-th distance is 0 the samples are
    taken for rounded ones: uniform noise, as wide as the smallest gap between two
    values of a column, is added by a generator of fixed seed. The result is the
    entropy of the data at their own resolution: rounded Gaussian samples keep about
    the Gaussian's entropy, and integers get about the entropy of their counts. An
    atom within a continuous variable makes the true entropy minus infinity; what is
    returned then follows the smallest gap and means little.

    Cost O(n log n) for few columns; it grows steeply with d, as does the bias.

    References
    ----------
    .. [1] L. F. Kozachenko, N. N. Leonenko (1987), "Sample estimate of the entropy
       of a random vector".
    .. [2] A. Kraskov, H. Stoegbauer, P. Grassberger (2004), "Estimating mutual
       information".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import kozachenko_leonenko_entropy
    >>> x = np.random.default_rng(0).uniform(0, 8, size=2000)
    >>> abs(kozachenko_leonenko_entropy(x, base=2) - 3) < 0.1
    True
    """
    samples, precision = _check_samples(x)
    n_rows, n_columns = samples.shape
    k = check_count(n_neighbors, "n_neighbors", 1, n_rows - 1)
    unit = nats_per_unit(base)
    if (np.ptp(samples, axis=0) == 0).any():
        return -np.inf
    if np.unique(samples, axis=0, return_counts=True)[1].max() > k:
        samples = _dequantised(samples, precision)
    distance = cKDTree(samples).query(samples, k=[k + 1], p=np.inf)[0][:, 0]
    log_volume = n_columns * (np.log(2) + np.log(distance).mean())
    return float(digamma(n_rows) - digamma(k) + log_volume) / unit


def _check_samples(x: Any) -> tuple[np.ndarray, float]:
    """Return float64 samples (n, d) and the relative precision they came in."""
    array = check_numbers(x, "x")
    if array.ndim not in (1, 2) or array.size == 0:
        msg = f"x must be of shape (n,) or (n, d), not empty, found {array.shape}."
        raise ValueError(msg)
    precision = np.finfo(array.dtype).eps if array.dtype.kind == "f" else 0.0
    return array.reshape(len(array), -1).astype(np.float64), float(precision)


def _dequantised(samples: np.ndarray, precision: float) -> np.ndarray:
    """Return the samples with uniform noise of the width of their smallest gap."""
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, size=samples.shape)
    for j, column in enumerate(samples.T):
        gaps = np.diff(np.unique(column))
        # 0.1 + 0.2 and 0.3 are one value: such a gap is rounding, not resolution.
        rounding = 4 * precision * np.abs(column).max()
        noise[:, j] *= gaps[gaps > rounding].min(initial=np.ptp(column))
    return samples + noise
