"""Pairs of single variables that are not normal."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr

from skmi._validation import check_generator, check_integer, check_range
from skmi.datasets._sample import Sample, as_sample
from skmi.datasets._transforms import transformed


def make_uniform_additive_noise(
    n_samples: int = 1000,
    *,
    noise: float = 0.75,
    transform_x: Any = None,
    transform_y: Any = None,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw a uniform variable and the same with uniform noise: densities with edges.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    noise : float, default=0.75
        Half the width of the noise, above 0.
    transform_x, transform_y : str, callable, sequence of them or None, default=None
        One-to-one maps from ``TRANSFORMS``, or functions of an (n, 1) array, applied
        in order. The information stays if they are one-to-one.
    random_state : int, RandomState, Generator or None, default=None
        Decides the draws; None differs from call to call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of shape (n_samples, 1)
        Uniform on (0, 1); more columns if the transform makes them.
    y : ndarray of shape (n_samples,)
        X plus noise uniform on (-``noise``, ``noise``); 2-D if the transform is.
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If an argument is out of its range, or a transform cannot be applied.

    See Also
    --------
    make_correlated_gaussians : A signal in Gaussian noise.

    Notes
    -----
    y has a trapezoid for its density, of entropy :math:`\log b + a / 2b` with a the
    shorter and b the longer of 1 and :math:`2 \epsilon`, and given X its entropy is
    :math:`\log 2 \epsilon`. So [1]_

    .. math::
        I(X;Y) = \epsilon - \log 2 \epsilon \text{ for } \epsilon \le \tfrac12,
        \qquad I(X;Y) = 1 / (4 \epsilon) \text{ for } \epsilon > \tfrac12 .

    Cost O(n).

    References
    ----------
    .. [1] P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel, A. Marx (2023), "Beyond
       normal: on the evaluation of mutual information estimators".

    Examples
    --------
    >>> from skmi.datasets import make_uniform_additive_noise
    >>> X, y, mi = make_uniform_additive_noise(random_state=0, return_mi=True)
    >>> round(mi, 4)
    0.3333
    """
    check_integer("n_samples", n_samples, 1)
    check_range("noise", noise, 0, np.inf, closed="neither")
    rng = check_generator(random_state)
    x = rng.uniform(size=(n_samples, 1))
    y = x + rng.uniform(-noise, noise, size=(n_samples, 1))
    mi = noise - np.log(2 * noise) if noise <= 0.5 else 1 / (4 * noise)
    x = transformed(x, transform_x, "transform_x")
    y = transformed(y, transform_y, "transform_y")
    return as_sample(x, y, mi, return_mi)


def make_bimodal_mixture(
    n_samples: int = 1000,
    *,
    rho: float = 0.75,
    separation: float = 5.0,
    weight: float = 0.3,
    transform_x: Any = None,
    transform_y: Any = None,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw two variables of two modes each, dependent like correlated Gaussians.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    rho : float, default=0.75
        Correlation of the Gaussians behind, in (-1, 1).
    separation : float, default=5.0
        Distance between the modes in standard deviations of each, at least 0.
    weight : float, default=0.3
        Share of the lower mode in both variables, in (0, 1).
    transform_x, transform_y : str, callable, sequence of them or None, default=None
        One-to-one maps from ``TRANSFORMS``, or functions of an (n, 1) array, applied
        in order. The information stays if they are one-to-one.
    random_state : int, RandomState, Generator or None, default=None
        Decides the draws; None differs from call to call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of shape (n_samples, 1)
        Samples of the mixture of N(0, 1) and N(``separation``, 1); more columns if
        the transform makes them.
    y : ndarray of shape (n_samples,)
        Samples of the same mixture; 2-D if the transform is.
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If an argument is out of its range, or a transform cannot be applied.

    See Also
    --------
    make_correlated_gaussians : The pair before the map.

    Notes
    -----
    A pair of Gaussians is mapped, each variable by :math:`F^{-1}(\Phi(\cdot))` with F
    the mixture's distribution function. The map is one-to-one, so that
    :math:`I(X;Y) = -\frac12 \log(1 - \rho^2)` without any integration [1]_. F is
    inverted by bisection to the last bits, about 60 steps: cost O(60 n).

    References
    ----------
    .. [1] P. Czyz, F. Grabowski, J. E. Vogt, N. Beerenwinkel, A. Marx (2023), "Beyond
       normal: on the evaluation of mutual information estimators".

    Examples
    --------
    >>> from skmi.datasets import make_bimodal_mixture
    >>> X, y, mi = make_bimodal_mixture(random_state=0, return_mi=True)
    >>> round(mi, 4)
    0.4133
    """
    check_integer("n_samples", n_samples, 1)
    check_range("rho", rho, -1, 1, closed="neither")
    check_range("separation", separation, 0, np.inf, closed="left")
    check_range("weight", weight, 0, 1, closed="neither")
    rng = check_generator(random_state)
    x, other = rng.standard_normal((2, n_samples, 1))
    y = rho * x + np.sqrt(1 - rho**2) * other
    x, y = (_normal_to_mixture(z, separation, weight) for z in (x, y))
    x = transformed(x, transform_x, "transform_x")
    y = transformed(y, transform_y, "transform_y")
    return as_sample(x, y, -0.5 * np.log1p(-(rho**2)), return_mi)


def _normal_to_mixture(z: np.ndarray, separation: float, weight: float) -> np.ndarray:
    """Return where the mixture's distribution function equals the normal's at z."""
    is_upper = z > 0
    # Upper tails are solved from the other side, where probabilities are small
    # numbers instead of numbers close to 1.
    near = np.where(is_upper, separation, 0.0)
    share = np.where(is_upper, 1 - weight, weight)
    tail = -np.abs(z)
    probability = ndtr(tail)
    # Distances from the mode on the tail's own side; the other is `separation` away.
    low, high = tail, tail + separation
    for _ in range(64):
        middle = (low + high) / 2
        value = share * ndtr(middle) + (1 - share) * ndtr(middle - separation)
        low = np.where(value < probability, middle, low)
        high = np.where(value < probability, high, middle)
    return near + np.where(is_upper, -high, high)
