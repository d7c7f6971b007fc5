"""Samples that are discrete in part: classes, counts, columns full of zeros."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import entr, logsumexp

from skmi._validation import check_generator, check_integer, check_name, check_range
from skmi.datasets._sample import Sample, as_sample


@dataclass(frozen=True)
class _Options:
    """What a law may depend on; each takes what it needs."""

    n_classes: int
    separation: float
    rho: float
    p_zero: float


_Drawn = tuple[np.ndarray, np.ndarray, float]
_Law = Callable[[int, _Options, np.random.Generator], _Drawn]


def make_mixed_discrete_continuous(
    n_samples: int = 1000,
    *,
    law: str = "gaussian_classes",
    n_classes: int = 3,
    separation: float = 2.0,
    rho: float = 0.75,
    p_zero: float = 0.15,
    random_state: Any = None,
    return_mi: bool = False,
) -> Sample:
    r"""Draw pairs where one variable, or a part of both, is discrete.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of rows.
    law : str, default="gaussian_classes"
        An entry of ``MIXED_LAWS``:

        * ``"gaussian_classes"``: y is one of ``n_classes`` classes, equally likely,
          and X is normal with variance 1 around ``separation`` times y;
        * ``"uniform_steps"``: X is one of 0, ..., ``n_classes`` - 1, equally likely,
          and y is uniform on (X, X + 2);
        * ``"zero_inflated_counts"``: X is exponential with mean 1, and y is 0 with
          probability ``p_zero``, otherwise Poisson with mean X;
        * ``"zero_inflated_gaussians"``: a Gaussian pair of correlation ``rho``, each
          variable independently replaced by 0 with probability ``p_zero``.
    n_classes : int, default=3
        Number of classes or steps, at least 1.
    separation : float, default=2.0
        Distance between the means of neighbouring classes, at least 0.
    rho : float, default=0.75
        Correlation of the Gaussian pair, in (-1, 1).
    p_zero : float, default=0.15
        Probability of an extra zero, in [0, 1].
    random_state : int, RandomState, Generator or None, default=None
        Decides the draws; None differs from call to call.
    return_mi : bool, default=False
        Whether to return the information as well.

    Returns
    -------
    X : ndarray of shape (n_samples, 1)
        Samples, of int if X is discrete.
    y : ndarray of shape (n_samples,)
        Samples, of int if y is discrete.
    mi : float
        I(X;Y) in nats, only if ``return_mi`` is true.

    Raises
    ------
    ValueError
        If the law is unknown, or an argument is out of its range.

    See Also
    --------
    make_discrete_table : Both variables discrete.

    Notes
    -----
    With m classes, p the probability of an extra zero, :math:`\gamma` Euler's
    constant and :math:`S = \sum_{k \ge 2} 2^{-k} \log k`:

    * Gaussian classes: :math:`\log m` less the mean entropy of the class given X,
      integrated numerically to about 1e-12 (trapezoidal rule on a smooth function).
    * Uniform steps: :math:`\log m - (m - 1) \log 2 / m` [1]_.
    * Zero-inflated counts: :math:`2 \log 2 - \gamma - S` without extra zeros. With
      them, a zero does not tell where it comes from, and

      .. math::
          I = \eta(\tfrac{1 + p}{2}) + (1 - p) (\tfrac32 \log 2 + \tfrac14 - \gamma - S)
              - \frac{1 - p^2 + 2 p^2 \log p}{4 (1 - p)},
          \quad \eta(t) = -t \log t .

      The value :math:`(1 - p)(2 \log 2 - \gamma - S)` that is quoted for this law
      [1]_ is that of a pair whose extra zeros are marked, and too large here.
    * Zero-inflated Gaussians: :math:`-\frac12 (1 - p)^2 \log(1 - \rho^2)`, for a zero
      marks itself, and a pair informs only where neither variable was replaced.

    Cost O(n), and O(m^2) for the integral of the classes.

    References
    ----------
    .. [1] W. Gao, S. Kannan, S. Oh, P. Viswanath (2017), "Estimating mutual
       information for discrete-continuous mixtures", section 5.

    Examples
    --------
    >>> from skmi.datasets import make_mixed_discrete_continuous
    >>> X, y, mi = make_mixed_discrete_continuous(random_state=0, return_mi=True)
    >>> X.shape, sorted(set(y.tolist())), round(mi, 4)
    ((1000, 1), [0, 1, 2], 0.6191)
    """
    check_integer("n_samples", n_samples, 1)
    check_name("law", law, MIXED_LAWS)
    check_integer("n_classes", n_classes, 1)
    check_range("separation", separation, 0, np.inf, closed="left")
    check_range("rho", rho, -1, 1, closed="neither")
    check_range("p_zero", p_zero, 0, 1)
    options = _Options(n_classes, separation, rho, p_zero)
    x, y, mi = MIXED_LAWS[law](n_samples, options, check_generator(random_state))
    return as_sample(x, y, mi, return_mi)


def _gaussian_classes(n: int, options: _Options, rng: np.random.Generator) -> _Drawn:
    """Draw classes with Gaussian columns around equally spaced means."""
    y = rng.integers(options.n_classes, size=n)
    x = options.separation * y + rng.standard_normal(n)
    mi = _information_of_classes(options.n_classes, options.separation)
    return x, y, mi


def _uniform_steps(n: int, options: _Options, rng: np.random.Generator) -> _Drawn:
    """Draw steps of height 1, each under a uniform variable of width 2."""
    m = options.n_classes
    x = rng.integers(m, size=n)
    y = x + rng.uniform(0, 2, size=n)
    return x, y, np.log(m) - (m - 1) * np.log(2) / m


def _zero_inflated_counts(
    n: int, options: _Options, rng: np.random.Generator
) -> _Drawn:
    """Draw Poisson counts of an exponential mean, with extra zeros."""
    x = rng.exponential(size=n)
    y = rng.poisson(x) * (rng.uniform(size=n) >= options.p_zero)
    return x, y, _information_of_counts(options.p_zero)


def _zero_inflated_gaussians(
    n: int, options: _Options, rng: np.random.Generator
) -> _Drawn:
    """Draw a Gaussian pair with independent extra zeros on both sides."""
    rho, p = options.rho, options.p_zero
    x, noise = rng.standard_normal((2, n))
    y = rho * x + np.sqrt(1 - rho**2) * noise
    x, y = (np.where(rng.uniform(size=n) < p, 0.0, values) for values in (x, y))
    return x, y, -0.5 * (1 - p) ** 2 * np.log1p(-(rho**2))


MIXED_LAWS: dict[str, _Law] = {
    "gaussian_classes": _gaussian_classes,
    "uniform_steps": _uniform_steps,
    "zero_inflated_counts": _zero_inflated_counts,
    "zero_inflated_gaussians": _zero_inflated_gaussians,
}
"""Name -> draw of (x, y, information) from (n, options, generator)."""


def _information_of_classes(n_classes: int, separation: float) -> float:
    """Return log m minus the mean entropy of a class given its Gaussian column."""
    # The rule's error falls like exp(-2 pi a / step), a being how far the integrand
    # stays analytic beside the real line: pi over the separation where it matters.
    step = 1 / 64
    grid = np.arange(-10, 10 + step / 2, step)
    density = np.exp(-0.5 * grid**2) / np.sqrt(2 * np.pi)
    means = separation * np.arange(n_classes)
    loss = 0.0
    for mean in means:
        log_ratio = 0.5 * grid[:, None] ** 2 - 0.5 * (grid[:, None] + mean - means) ** 2
        # Minus the log of the probability of the class that x was drawn from.
        loss += step * np.sum(density * logsumexp(log_ratio, axis=1))
    return float(np.log(n_classes) - loss / n_classes)


def _information_of_counts(p: float) -> float:
    """Return the information of an exponential mean with its zero-inflated count."""
    if p == 1:
        return 0.0
    k = np.arange(2, 80)
    constant = np.euler_gamma + np.sum(np.log(k) * 0.5**k)
    # The integral of v log v from p to 1, over (1 - p): zeros given X.
    zeros = (0.25 * (1 - p**2) - 0.5 * p * entr(p)) / (1 - p)
    return float(
        entr((1 + p) / 2) + (1 - p) * (1.5 * np.log(2) + 0.25 - constant) - zeros
    )
