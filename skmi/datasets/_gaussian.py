"""Gaussian samples: the information follows from the covariance."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmi._validation import check_generator, check_integer, check_range
from skmi.datasets._sample import Sample, as_sample
from skmi.datasets._transforms import transformed

Structure = Callable[[int, int, float, int, np.random.Generator], np.ndarray]


def make_correlated_gaussians(
    n_samples: int = 1000,
    *,
    rho: Any = 0.75,
    n_features: int = 1,
    transform_x: Any = None,
    transform_y: Any = None,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw pairs of correlated standard normal variables.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    rho : float or array-like of shape (n_features,), default=0.75
        Correlation of each column of X with the same column of y, in (-1, 1).
    n_features : int, default=1
        Number of pairs, each independent of the others.
    transform_x, transform_y : str, callable, sequence of them or None, default=None
        One-to-one maps from ``TRANSFORMS``, or functions of an (n, d) array, applied
        in order. The information stays if they are one-to-one.
    random_state : int, RandomState, Generator or None, default=None
        Decides the draws; None differs from call to call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Samples; the number of columns is that of the last transform.
    y : ndarray of shape (n_samples,) or (n_samples, n_features)
        Samples, 1-D if there is one column.
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If an argument is out of its range, or a transform cannot be applied.

    See Also
    --------
    make_multivariate_gaussians : Other covariances.
    make_bimodal_mixture : The same dependence with two modes.

    Notes
    -----
    :math:`I(X;Y) = -\frac12 \sum_i \log(1 - \rho_i^2)` [1]_. Cost O(n d).

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory",
       example 8.5.1.

    Examples
    --------
    >>> from skmi.datasets import make_correlated_gaussians
    >>> X, y, mi = make_correlated_gaussians(
    ...     500, rho=0.9, random_state=0, return_mi=True
    ... )
    >>> X.shape, y.shape, round(mi, 4)
    ((500, 1), (500,), 0.8304)
    """
    check_integer("n_samples", n_samples, 1)
    check_integer("n_features", n_features, 1)
    correlation = _correlations(rho, n_features)
    rng = check_generator(random_state)
    x, noise = rng.standard_normal((2, n_samples, n_features))
    y = correlation * x + np.sqrt(1 - correlation**2) * noise
    mi = -0.5 * np.sum(np.log1p(-(correlation**2)))
    x = transformed(x, transform_x, "transform_x")
    y = transformed(y, transform_y, "transform_y")
    return as_sample(x, y, mi, return_mi)


def make_multivariate_gaussians(
    n_samples: int = 1000,
    *,
    n_features: int = 5,
    n_targets: int = 5,
    structure: Any = "sparse",
    rho: float = 0.8,
    n_factors: int = 2,
    transform_x: Any = None,
    transform_y: Any = None,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw multivariate normal X and y with a chosen covariance.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    n_features : int, default=5
        Number of columns of X.
    n_targets : int, default=5
        Number of columns of y.
    structure : {"dense", "low_rank", "sparse"}, callable or array, default="sparse"
        The covariance of X and y side by side:

        * ``"dense"``: every two of the variables have correlation ``rho``;
        * ``"sparse"``: the first ``n_factors`` columns of X have correlation ``rho``
          with the same columns of y, all else is independent;
        * ``"low_rank"``: ``n_factors`` common factors are spread over all columns by
          random loadings, with canonical correlations ``rho``;
        * an array of shape (n_features + n_targets, n_features + n_targets), positive
          definite, is taken as it is;
        * a callable gets ``(n_features, n_targets, rho, n_factors, generator)`` and
          returns such an array.
    rho : float, default=0.8
        Correlation, in (-1, 1).
    n_factors : int, default=2
        Number of pairs or factors, at most the columns of X and of y; ``"dense"``
        has none.
    transform_x, transform_y : str, callable, sequence of them or None, default=None
        One-to-one maps from ``TRANSFORMS``, or functions of an (n, d) array, applied
        in order. The information stays if they are one-to-one.
    random_state : int, RandomState, Generator or None, default=None
        Decides the loadings and the draws; None differs from call to call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        Samples; the number of columns is that of the last transform.
    y : ndarray of shape (n_samples,) or (n_samples, n_targets)
        Samples, 1-D if there is one column.
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If an argument is out of its range, a covariance is not positive definite, or
        a transform cannot be applied.

    See Also
    --------
    make_correlated_gaussians : Pairs of columns.
    make_student_t : The same with heavy tails.

    Notes
    -----
    With :math:`\Sigma` the covariance and :math:`\Sigma_X`, :math:`\Sigma_Y` its
    blocks, :math:`I(X;Y) = \frac12 \log (\det \Sigma_X \det \Sigma_Y / \det \Sigma)`,
    which is :math:`-\frac12 \sum_i \log(1 - \rho_i^2)` over the canonical
    correlations [1]_. For ``"sparse"`` and ``"low_rank"`` these are ``n_factors``
    times ``rho``. The columns of ``"low_rank"`` do not have unit variance.
    Cost O(n d^2 + d^3) with d all columns.

    References
    ----------
    .. [1] I. M. Gelfand, A. M. Yaglom (1959), "Calculation of the amount of
       information about a random function contained in another such function".

    Examples
    --------
    >>> from skmi.datasets import make_multivariate_gaussians
    >>> X, y, mi = make_multivariate_gaussians(
    ...     200, n_features=3, n_targets=2, random_state=0, return_mi=True
    ... )
    >>> X.shape, y.shape, round(mi, 4)
    ((200, 3), (200, 2), 1.0217)
    """
    check_integer("n_samples", n_samples, 1)
    rng = check_generator(random_state)
    covariance = covariance_of(structure, n_features, n_targets, rho, n_factors, rng)
    rows = rng.standard_normal((n_samples, len(covariance)))
    rows = rows @ np.linalg.cholesky(covariance).T
    mi = gaussian_information(covariance, n_features)
    x = transformed(rows[:, :n_features], transform_x, "transform_x")
    y = transformed(rows[:, n_features:], transform_y, "transform_y")
    return as_sample(x, y, mi, return_mi)


def _dense(
    n_x: int, n_y: int, rho: float, n_factors: int, rng: np.random.Generator
) -> np.ndarray:
    """Return one correlation for all pairs of variables."""
    size = n_x + n_y
    check_range("rho", rho, -1 / (size - 1), 1, closed="neither")
    return np.full((size, size), float(rho)) + (1 - rho) * np.eye(size)


def _sparse(
    n_x: int, n_y: int, rho: float, n_factors: int, rng: np.random.Generator
) -> np.ndarray:
    """Return correlated pairs of columns, all else independent."""
    _check_factors(n_factors, min(n_x, n_y))
    cross = np.eye(n_x, n_y) * (np.arange(n_y) < n_factors) * rho
    return np.block([[np.eye(n_x), cross], [cross.T, np.eye(n_y)]])


def _low_rank(
    n_x: int, n_y: int, rho: float, n_factors: int, rng: np.random.Generator
) -> np.ndarray:
    """Return common factors with orthonormal loadings, plus noise of variance 1."""
    _check_factors(n_factors, min(n_x, n_y))
    # A factor of variance s in each of x and y has canonical correlation s / (1 + s).
    variance = abs(rho) / (1 - abs(rho))
    x, y = (
        np.linalg.qr(rng.standard_normal((n, n_factors)))[0] * np.sqrt(variance)
        for n in (n_x, n_y)
    )
    loadings = np.concatenate([x, np.sign(rho) * y])
    return loadings @ loadings.T + np.eye(n_x + n_y)


STRUCTURES: dict[str, Structure] = {
    "dense": _dense,
    "low_rank": _low_rank,
    "sparse": _sparse,
}
"""Name -> covariance from (n_features, n_targets, rho, n_factors, generator)."""


def covariance_of(
    structure: Any,
    n_features: int,
    n_targets: int,
    rho: float,
    n_factors: int,
    rng: np.random.Generator,
    name: str = "structure",
) -> np.ndarray:
    """Return the positive definite covariance that the arguments mean."""
    check_integer("n_features", n_features, 1)
    check_integer("n_targets", n_targets, 1)
    size = n_features + n_targets
    if isinstance(structure, str) or callable(structure):
        check_range("rho", rho, -1, 1, closed="neither")
        check_integer("n_factors", n_factors, 1)
        build = structure if callable(structure) else _structure(structure, name)
        structure = build(n_features, n_targets, rho, n_factors, rng)
    covariance = np.asarray(structure)
    if covariance.dtype.kind not in "iuf" or covariance.shape != (size, size):
        msg = (
            f"{name} must be one of {sorted(STRUCTURES)}, a callable or real numbers "
            f"of shape ({size}, {size}), found dtype {covariance.dtype} and shape "
            f"{covariance.shape}."
        )
        raise ValueError(msg)
    _check_positive_definite(covariance, name)
    return covariance.astype(np.float64)


def gaussian_information(covariance: np.ndarray, n_x: int) -> float:
    """Return the information of the first ``n_x`` variables with the others."""
    log_det = [
        np.linalg.slogdet(block)[1]
        for block in (covariance[:n_x, :n_x], covariance[n_x:, n_x:], covariance)
    ]
    return 0.5 * float(log_det[0] + log_det[1] - log_det[2])


def _structure(structure: str, name: str) -> Structure:
    """Return the structure that a name means."""
    if structure not in STRUCTURES:
        msg = (
            f"{name} must be one of {sorted(STRUCTURES)}, a callable or an array, "
            f"found {structure!r}."
        )
        raise ValueError(msg)
    return STRUCTURES[structure]


def _correlations(rho: Any, n_features: int) -> np.ndarray:
    """Return one correlation for each pair."""
    array = np.asarray(rho)
    acceptable = array.dtype.kind in "iuf" and array.shape in ((), (n_features,))
    if not acceptable or not (np.abs(array) < 1).all():
        msg = (
            f"rho must be a number in (-1, 1) or {n_features} of them, one for each "
            f"pair, found {rho!r}."
        )
        raise ValueError(msg)
    return np.broadcast_to(array.astype(np.float64), (n_features,))


def _check_factors(n_factors: int, most: int) -> None:
    """Raise unless the factors fit into the columns of both sides."""
    if n_factors > most:
        msg = (
            f"n_factors must be at most the columns of X and of y ({most}), found "
            f"{n_factors}."
        )
        raise ValueError(msg)


def _check_positive_definite(covariance: np.ndarray, name: str) -> None:
    """Raise unless a matrix is symmetric with positive eigenvalues."""
    try:
        if not np.isfinite(covariance).all():
            msg = f"{name} must be finite, found NaN or infinity."
            raise ValueError(msg)
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError as error:
        msg = f"{name} must be positive definite, found {error}."
        raise ValueError(msg) from error
    if not np.allclose(covariance, covariance.T, rtol=1e-8, atol=1e-12):
        msg = f"{name} must be symmetric, found entries that differ from (j, i)."
        raise ValueError(msg)
