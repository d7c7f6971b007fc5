"""The information that a layer of Gaussian noise lets through."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from skmi._validation import check_generator, check_integer, check_name
from skmi.exceptions import EstimationWarning
from skmi.inspection._arrays import check_classes, check_rows
from skmi.inspection._mixture import members, mixture_log_ratios

# A value that is nearer than this to the most it can be says little.
_NEAR_CEILING = 0.9


def stochastic_layer_information(
    mu: Any,
    sigma: Any,
    y: Any = None,
    *,
    bound: str = "monte_carlo",
    n_draws: int = 1,
    random_state: Any = None,
) -> float:
    r"""Information that a Gaussian code has about its inputs, given their classes.

    The code of row i is :math:`Z = \mu_i + \sigma_i \epsilon` with normal
    :math:`\epsilon`, as of an encoder with noise or a layer to which noise is added.

    Parameters
    ----------
    mu : array-like of shape (n,) or (n, d)
        Means of the code, one row for each input.
    sigma : float or array-like of shape (d,) or (n, d)
        Standard deviations, above 0: one for all, for columns, or for each entry.
    y : array-like of shape (n,), default=None
        Classes of the rows. With them the result is :math:`I(X;Z|Y)`, what the code
        knows about its input beyond the class; without, :math:`I(X;Z)`.
    bound : {"monte_carlo", "leave_one_out", "jensen"}, default="monte_carlo"
        What stands for the density of Z; see Notes.
    n_draws : int, default=1
        Draws of Z for each row. "jensen" needs none.
    random_state : int, RandomState, Generator or None, default=None
        Draws them.

    Returns
    -------
    float
        The information in nats.

    Raises
    ------
    ValueError
        If the shapes do not fit, values are not finite, ``sigma`` is not above 0, or
        an option is unknown.

    Warns
    -----
    EstimationWarning
        If "monte_carlo" comes within 10 % of the most that it can be.

    See Also
    --------
    InformationPlane : Layers of a network through training.
    ib_generalization_bound : What may be concluded from the value.

    Notes
    -----
    With m rows, of which :math:`z_i` is the code of the i-th, the bounds are means
    over i of

    - "monte_carlo": :math:`\log p(z_i|x_i) - \log \frac1m \sum_j p(z_i|x_j)`. In
      expectation it is below the information, and it is at most log m whatever the
      information is.
    - "leave_one_out": the same with the sum over the m - 1 other rows. In expectation
      it is above the information, so that the two bracket it.
    - "jensen": :math:`\log p(z_i|x_i) - \frac1{m - 1} \sum_{j \ne i} \log p(z_i|x_j)`,
      which is the mean divergence :math:`KL(p(z|x_i) \| p(z|x_j))` of two rows, and is
      computed as such. It is above, too, and often by far.

    These are bounds for rows drawn from a law and an encoder that has not seen them.
    Given y, each class has its own density of Z, and the result is the mean over
    classes, weighted by their frequencies; "leave_one_out" and "jensen" say nothing
    of a class of one row, which adds 0. The first and the last are used in [1]_, in
    bits. A layer without noise has infinite information.

    Cost O(m^2 d n_draws) in blocks of rows of 16 MB, and O(m d) for "jensen".

    References
    ----------
    .. [1] K. Kawaguchi, Z. Deng, X. Ji, J. Huang (2023), "How does information
       bottleneck help deep learning?".

    Examples
    --------
    Noise as strong as the signal leaves half of log 2:

    >>> import numpy as np
    >>> from skmi.inspection import stochastic_layer_information
    >>> mu = np.random.default_rng(0).standard_normal(2000)
    >>> mi = stochastic_layer_information(mu, 1.0, random_state=0)
    >>> bool(abs(mi - 0.5 * np.log(2)) < 0.05)
    True
    """
    check_name("bound", bound, _BOUNDS)
    check_integer("n_draws", n_draws, 1)
    mu = check_rows(mu, "mu")
    sigma = _check_sigma(sigma, mu.shape)
    groups = None if y is None else check_classes(y, len(mu))
    # Of our own: the same seed may have made the data.
    rng = check_generator(random_state).spawn(1)[0]
    mi = _BOUNDS[bound](mu, sigma, groups, n_draws, rng)
    if bound == "monte_carlo":
        _warn_of_ceiling(mi, groups, len(mu))
    return mi


def _monte_carlo(
    mu: np.ndarray,
    sigma: np.ndarray,
    groups: np.ndarray | None,
    n_draws: int,
    rng: np.random.Generator,
) -> float:
    """Return the mean log-ratio, a row being part of its own mixture."""
    draws = (mu + sigma * rng.standard_normal(mu.shape) for _ in range(n_draws))
    ratios = [mixture_log_ratios(z, mu, sigma, groups).leave_in for z in draws]
    return float(np.mean(ratios))


def _leave_one_out(
    mu: np.ndarray,
    sigma: np.ndarray,
    groups: np.ndarray | None,
    n_draws: int,
    rng: np.random.Generator,
) -> float:
    """Return the mean log-ratio to the mixture of the other rows."""
    draws = (mu + sigma * rng.standard_normal(mu.shape) for _ in range(n_draws))
    ratios = [mixture_log_ratios(z, mu, sigma, groups).leave_out for z in draws]
    return float(np.mean(ratios))


def _jensen(
    mu: np.ndarray,
    sigma: np.ndarray,
    groups: np.ndarray | None,
    n_draws: int,
    rng: np.random.Generator,
) -> float:
    """Return the mean divergence of two different rows of a group."""
    total = 0.0
    for rows in members(groups, len(mu)):
        if len(rows) > 1:
            scale = np.broadcast_to(sigma, mu.shape)[rows]
            total += len(rows) * _mean_divergence(mu[rows], scale)
    return total / len(mu)


def _mean_divergence(mu: np.ndarray, sigma: np.ndarray) -> float:
    """Return the mean KL of two different diagonal Gaussians, from sums over rows."""
    # The logarithms of the scales cancel over all ordered pairs.
    mu = mu - mu.mean(axis=0)
    precision = sigma**-2.0
    apart = (
        (mu**2 + sigma**2).sum(axis=0) * precision.sum(axis=0)
        - 2 * mu.sum(axis=0) * (mu * precision).sum(axis=0)
        + len(mu) * (mu**2 * precision).sum(axis=0)
        - float(len(mu)) ** 2
    )
    # A row and itself add nothing to the sum.
    return float(0.5 * apart.sum() / (len(mu) * (len(mu) - 1)))


_Bound = Callable[
    [np.ndarray, np.ndarray, "np.ndarray | None", int, np.random.Generator], float
]
_BOUNDS: dict[str, _Bound] = {
    "monte_carlo": _monte_carlo,
    "leave_one_out": _leave_one_out,
    "jensen": _jensen,
}


def _warn_of_ceiling(mi: float, groups: np.ndarray | None, n_rows: int) -> None:
    """Warn where the value is about the most that it can be."""
    sizes = np.array([len(rows) for rows in members(groups, n_rows)])
    ceiling = float((sizes * np.log(sizes)).sum() / n_rows)
    if mi > _NEAR_CEILING * ceiling:
        given = "" if groups is None else " given y"
        msg = (
            f"the information{given} comes to {mi:.3g} nats of the {ceiling:.3g} that "
            f"{n_rows} rows allow, and may be larger: take more rows or larger sigma, "
            "or bound='leave_one_out' to see it from above."
        )
        warnings.warn(msg, EstimationWarning, stacklevel=3)


def _check_sigma(sigma: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return scales as (d,), or as (n, d) where they differ by rows."""
    array = np.asarray(sigma)
    n_columns = shape[1]
    accepted = [(), (n_columns,), shape]
    if array.dtype.kind not in "buif" or array.shape not in accepted:
        msg = (
            f"sigma must be a number or an array of shape ({n_columns},) or {shape}, "
            f"as mu has, found dtype {array.dtype} and shape {array.shape}."
        )
        raise ValueError(msg)
    array = array.astype(np.float64)
    if not ((array > 0) & np.isfinite(array)).all():
        msg = (
            f"sigma must be finite and above 0, found a minimum of {array.min()}: a "
            "layer without noise has infinite information."
        )
        raise ValueError(msg)
    return array if array.ndim == 2 else np.broadcast_to(array, (n_columns,))
