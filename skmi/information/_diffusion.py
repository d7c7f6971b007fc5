"""Entropy and information from the spectra of diffusions."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.linalg import eigh, eigvalsh
from scipy.special import logsumexp

from skmi._validation import check_generator
from skmi.information._binning import discretize
from skmi.information._checks import (
    check_count,
    check_positive,
    check_samples,
    nats_per_unit,
)
from skmi.information._gram import (
    check_rows,
    gram,
    is_constant,
    resolve_bandwidth,
    spectral_shares,
)


def diffusion_spectral_entropy(
    x: Any,
    *,
    bandwidth: str | float = "median",
    t: float = 1,
    max_samples: int = 2000,
    random_state: Any = None,
    base: float | None = None,
) -> float:
    r"""Entropy of the spectrum of a diffusion over samples.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples, one a row: activations of a layer, for example.
    bandwidth : {"median", "scott"} or float, default="median"
        Standard deviation of the Gaussian kernel: a number in the units of x, the
        median distance of two rows, or the columns' root mean variance times
        n^(-1 / (d + 4)). To compare values, over the epochs of a training for
        example, give one number to all.
    t : float, default=1
        Number of steps of the diffusion, above 0. More steps fade small eigenvalues,
        and noise with them.
    max_samples : int, default=2000
        Largest number of rows that are used; of more, as many are drawn.
    random_state : int, Generator, RandomState or None, default=None
        Decides which rows are drawn where there are more than ``max_samples``.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The entropy, between 0 and the logarithm of the number of rows used, in nats
        unless ``base`` is given. Exactly 0 if all rows are equal.

    Raises
    ------
    ValueError
        If x is not a 1-D or 2-D array of finite real numbers with at least 2 rows, or
        an option is not acceptable.

    See Also
    --------
    diffusion_spectral_mutual_information : What another variable takes off it.
    von_neumann_entropy : Entropy of the spectrum of second moments.

    Notes
    -----
    With the Gaussian Gram matrix G, the anisotropic kernel
    :math:`K = D^{-1/2} G D^{-1/2}` divides by the roots of G's row sums, and
    :math:`P` is K with its rows divided by their sums. The shares
    :math:`\alpha_i = |\lambda_i|^t / \sum_j |\lambda_j|^t` of P's eigenvalues give
    :math:`-\sum_i \alpha_i \log \alpha_i` [1]_. The eigenvalues are those of a
    symmetric matrix similar to P.

    Groups infinitely far apart count as values: m equal ones give log m. Cost
    O(m^3) for m rows used.

    References
    ----------
    .. [1] D. Liao, C. Liu, B. W. Christensen, A. Tong, G. Huguet, G. Wolf,
       M. Nickel, I. Adelstein, S. Krishnaswamy (2024), "Assessing neural network
       representations during training using noise-resilient diffusion spectral
       entropy".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import diffusion_spectral_entropy
    >>> x = np.repeat([0.0, 100.0, 200.0, 300.0], 5)
    >>> round(diffusion_spectral_entropy(x, bandwidth=1.0, base=2), 6)
    2.0
    """
    samples = check_rows(x, "x")
    steps = check_positive(t, "t")
    most = check_count(max_samples, "max_samples", 2)
    generator = check_generator(random_state)
    unit = nats_per_unit(base)
    if len(samples) > most:
        samples = samples[_draw(generator, len(samples), most)]
    width = resolve_bandwidth(samples, bandwidth)
    return _diffusion_entropy(samples, width, steps) / unit


def diffusion_spectral_mutual_information(
    x: Any,
    y: Any,
    *,
    bandwidth: str | float = "median",
    t: float = 1,
    n_clusters: int = 10,
    n_repeats: int = 5,
    max_samples: int = 2000,
    random_state: Any = None,
    base: float | None = None,
) -> float:
    r"""How much of the diffusion spectral entropy of x another variable explains.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples, one a row: activations of a layer, for example.
    y : array-like of shape (n,) or (n, d_y)
        The other variable, row by row. One column of integers, booleans or strings
        holds classes. One column of floats is cut into bins that hold about equal
        numbers of rows, unless it has at most ``n_clusters`` values. Several columns
        are clustered.
    bandwidth : {"median", "scott"} or float, default="median"
        Standard deviation of the kernel, as in :func:`diffusion_spectral_entropy`;
        rules are applied once, to all rows of x.
    t : float, default=1
        Number of steps of the diffusion, above 0.
    n_clusters : int, default=10
        Number of bins or clusters of a continuous y, at least 2.
    n_repeats : int, default=5
        How many subsets of all rows each class is compared with, at least 1.
    max_samples : int, default=2000
        Largest number of rows that are used; of more, as many are drawn.
    random_state : int, Generator, RandomState or None, default=None
        Decides which rows are drawn, and where clusters begin.
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
        If x is not a 1-D or 2-D array of finite real numbers with at least 2 rows, y
        holds neither labels nor finite real numbers, their lengths differ, or an
        option is not acceptable.

    See Also
    --------
    diffusion_spectral_entropy : The entropy that it is made of.

    Notes
    -----
    :math:`\sum_c p(c) [S(X_{(c)}) - S(X | Y = c)]` over the classes c, where
    :math:`X_{(c)}` are as many rows as the class has, drawn from all, and its entropy
    the mean over ``n_repeats`` draws [1]_. The entropy grows with the number of rows,
    hence the equal sizes. Several columns of y are clustered by the leading
    eigenvectors of their own diffusion. Cost O(m^3) for classes of m rows, times
    ``n_repeats``.

    References
    ----------
    .. [1] D. Liao, C. Liu, B. W. Christensen, A. Tong, G. Huguet, G. Wolf,
       M. Nickel, I. Adelstein, S. Krishnaswamy (2024), "Assessing neural network
       representations during training using noise-resilient diffusion spectral
       entropy".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import diffusion_spectral_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], 50)
    >>> x = 20 * y + rng.standard_normal(100)
    >>> shared = diffusion_spectral_mutual_information(
    ...     x, y, bandwidth=2.0, random_state=0
    ... )
    >>> bool(abs(shared - np.log(2)) < 0.1)
    True
    """
    samples = check_rows(x, "x")
    classes = _check_classes(y, len(samples))
    steps = check_positive(t, "t")
    n_parts = check_count(n_clusters, "n_clusters", 2)
    n_draws = check_count(n_repeats, "n_repeats", 1)
    most = check_count(max_samples, "max_samples", 2)
    generator = check_generator(random_state)
    unit = nats_per_unit(base)
    if len(samples) > most:
        rows = _draw(generator, len(samples), most)
        samples, classes = samples[rows], classes[rows]
    width = resolve_bandwidth(samples, bandwidth)
    labels = _labels(classes, n_parts, generator)
    result = 0.0
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        draws = [_draw(generator, len(samples), len(members)) for _ in range(n_draws)]
        drawn = np.mean([_diffusion_entropy(samples[d], width, steps) for d in draws])
        own = _diffusion_entropy(samples[members], width, steps)
        result += len(members) / len(samples) * float(drawn - own)
    return result / unit


def _draw(generator: np.random.Generator, n_rows: int, size: int) -> np.ndarray:
    """Return rising row numbers without repeats; all of them if ``size`` is all."""
    return np.sort(generator.choice(n_rows, size, replace=False))


def _diffusion_matrix(samples: np.ndarray, bandwidth: float) -> np.ndarray:
    """Return a symmetric matrix that is similar to the diffusion's."""
    matrix = gram(samples, bandwidth)
    for _ in range(2):  # The anisotropic kernel, then the likeness of its row shares.
        root = np.sqrt(matrix.sum(axis=1))
        matrix /= root[:, None] * root
    return matrix


def _diffusion_entropy(samples: np.ndarray, bandwidth: float, t: float) -> float:
    """Return the entropy of a diffusion's spectrum after t steps, in nats."""
    if is_constant(samples):
        return 0.0
    matrix = _diffusion_matrix(samples, bandwidth)
    values = np.abs(eigvalsh(matrix, overwrite_a=True, check_finite=False))
    # In logs: powers of small shares would vanish, and 0 log 0 is no number.
    logs = t * np.log(spectral_shares(values))
    logs -= logsumexp(logs)
    return float(0.0 - np.sum(np.exp(logs) * logs))


def _check_classes(y: Any, n_rows: int) -> np.ndarray:
    """Return labels (n,) as they are, and numbers as float64 (n, d)."""
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array.ravel()
    is_label = array.dtype.kind in "biuUSO" and array.ndim == 1
    if not is_label:
        return check_samples(array, "y", n_rows).astype(np.float64)
    if len(array) != n_rows:
        msg = f"y must have {n_rows} rows, as x has, found {len(array)}."
        raise ValueError(msg)
    return array


def _labels(
    classes: np.ndarray, n_clusters: int, generator: np.random.Generator
) -> np.ndarray:
    """Return classes as they are, continuous values binned or clustered."""
    if classes.ndim == 1:
        return np.unique(classes, return_inverse=True)[1]
    if classes.shape[1] == 1:
        return discretize(classes, n_clusters)[0][:, 0]
    if is_constant(classes):
        return np.zeros(len(classes), dtype=np.intp)
    return _spectral_clusters(classes, n_clusters, generator)


def _spectral_clusters(
    samples: np.ndarray, n_clusters: int, generator: np.random.Generator
) -> np.ndarray:
    """Return clusters of rows by the leading eigenvectors of their diffusion."""
    n_rows = len(samples)
    n_clusters = min(n_clusters, n_rows)
    matrix = _diffusion_matrix(samples, resolve_bandwidth(samples, "median"))
    leading = [n_rows - n_clusters, n_rows - 1]
    places = eigh(matrix, subset_by_index=leading, check_finite=False)[1]
    length = np.linalg.norm(places, axis=1, keepdims=True)
    return _k_means(places / np.where(length > 0, length, 1), n_clusters, generator)


def _k_means(
    places: np.ndarray, n_clusters: int, generator: np.random.Generator
) -> np.ndarray:
    """Return the nearest of k centres, which begin far apart."""
    centres = places[[generator.integers(len(places))]]
    while len(centres) < n_clusters:
        distance = _squared_distances(places, centres).min(axis=1)
        if not distance.sum() > 0:
            break
        chosen = generator.choice(len(places), p=distance / distance.sum())
        centres = np.concatenate([centres, places[[chosen]]])
    labels = np.full(len(places), -1)
    for _ in range(100):
        nearest = _squared_distances(places, centres).argmin(axis=1)
        if (nearest == labels).all():
            break
        labels = nearest
        for k in np.unique(labels):
            centres[k] = places[labels == k].mean(axis=0)
    return labels


def _squared_distances(places: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Return the squared distance of each place from each centre."""
    return np.stack([((places - c) ** 2).sum(axis=1) for c in centres], axis=1)
