"""Entropy of the spectrum of second moments."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import svdvals

from skmi.information._checks import check_samples, nats_per_unit
from skmi.information._gram import entropy_of_values, spectral_shares


def von_neumann_entropy(
    x: Any,
    *,
    normalize: str | None = "rows",
    center: bool = False,
    base: float | None = None,
) -> float:
    r"""Entropy of the eigenvalues of the columns' second moments.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples, one a row: a learned representation, for example.
    normalize : {"rows", None}, default="rows"
        Whether each row is scaled to length 1. Rows of zeros stay so.
    center : bool, default=False
        Whether the mean row is taken off first. Without, a large mean is the
        strongest direction and lowers the entropy.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The entropy, between 0 and log min(n, d), in nats unless ``base`` is given.
        0 if all rows lie on one line through the origin, or are zeros.

    Raises
    ------
    ValueError
        If x is not a 1-D or 2-D array of finite real numbers, or an option is not
        acceptable.

    See Also
    --------
    effective_rank : Its exponential.
    diffusion_spectral_entropy : Entropy of the spectrum of a diffusion.

    Notes
    -----
    :math:`S = -\sum_i \lambda_i \log \lambda_i` with the eigenvalues of
    :math:`Z^T Z` over its trace, Z the normalised rows [1]_. It is log d if all
    directions are equally strong, and log n at most: small batches cap it. Rotations
    of the columns and any scale change nothing. Cost O(n d min(n, d)).

    References
    ----------
    .. [1] J. Kim, S. Kang, D. Hwang, J. Shin, W. Rhee (2023), "VNE: an effective
       method for improving deep representation by manipulating eigenvalue
       distribution".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import von_neumann_entropy
    >>> round(von_neumann_entropy(np.eye(8), base=2), 6)
    3.0
    """
    unit = nats_per_unit(base)
    return _moment_entropy(x, normalize, center) / unit


def effective_rank(
    x: Any, *, normalize: str | None = "rows", center: bool = False
) -> float:
    r"""How many directions the rows fill: the exponential of an entropy.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples, one a row: a learned representation, for example.
    normalize : {"rows", None}, default="rows"
        Whether each row is scaled to length 1. Rows of zeros stay so.
    center : bool, default=False
        Whether the mean row is taken off first.

    Returns
    -------
    float
        A number between 1 and min(n, d).

    Raises
    ------
    ValueError
        If x is not a 1-D or 2-D array of finite real numbers, or an option is not
        acceptable.

    See Also
    --------
    von_neumann_entropy : Its logarithm.

    Notes
    -----
    The exponential of the von Neumann entropy [1]_. Other definitions take shares of
    singular values where this one takes shares of their squares; theirs is larger
    [2]_. Cost O(n d min(n, d)).

    References
    ----------
    .. [1] J. Kim, S. Kang, D. Hwang, J. Shin, W. Rhee (2023), "VNE: an effective
       method for improving deep representation by manipulating eigenvalue
       distribution".
    .. [2] O. Roy, M. Vetterli (2007), "The effective rank: a measure of effective
       dimensionality".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import effective_rank
    >>> round(effective_rank(np.eye(8)), 6)
    8.0
    """
    return float(np.exp(_moment_entropy(x, normalize, center)))


def _moment_entropy(x: Any, normalize: str | None, center: bool) -> float:
    """Return the von Neumann entropy of samples, in nats."""
    samples = check_samples(x, "x").astype(np.float64)
    if normalize not in ("rows", None):
        msg = f"normalize must be 'rows' or None, found {normalize!r}."
        raise ValueError(msg)
    if center:
        # A constant column is taken off exactly.
        samples = samples - np.where(
            np.ptp(samples, axis=0) == 0, samples[0], samples.mean(axis=0)
        )
    # First to a size near 1, where squares neither overflow nor vanish.
    largest = np.abs(samples).max(axis=1 if normalize else None, keepdims=True)
    samples = samples / np.where(largest > 0, largest, 1)
    if normalize:
        length = np.linalg.norm(samples, axis=1, keepdims=True)
        samples = samples / np.where(length > 0, length, 1)
    return entropy_of_values(spectral_shares(svdvals(samples) ** 2))
