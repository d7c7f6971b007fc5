"""How information grows with the length of sequences, and falls with a lag."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from skmi._validation import check_generator, check_integer, check_range
from skmi.estimation._gaussian import GaussianMIEstimator


class ScalingExponent(NamedTuple):
    """Exponent of a power law, with a bootstrap interval.

    Parameters
    ----------
    slope : float
        The exponent.
    low : float
        Lower end of the interval.
    high : float
        Upper end of the interval.
    log_factor : float
        Logarithm of the factor: log y = log_factor + slope log x.

    Examples
    --------
    >>> from skmi.estimation import ScalingExponent
    >>> exponent = ScalingExponent(0.5, 0.4, 0.6, log_factor=0.0)
    >>> exponent.low < exponent.slope < exponent.high
    True
    """

    slope: float
    low: float
    high: float
    log_factor: float


def bipartite_information_curve(
    X: Any, lengths: Any, *, split: float = 0.5, estimator: Any = None
) -> np.ndarray:
    r"""Information between the two parts of sequences, for several lengths.

    Parameters
    ----------
    X : array-like of shape (n, n_steps) or (n, n_steps, d)
        Sequences, one a row.
    lengths : array-like of int of shape (n_lengths,)
        How many of the first steps are used, each from 2 to ``n_steps``.
    split : float, default=0.5
        Share of the steps in the first part, in (0, 1). Each part has one at least.
    estimator : object, default=None
        Estimator of mutual information: can be cloned, and ``fit(X, y)`` sets
        ``mi_``. None is ``GaussianMIEstimator()``.

    Returns
    -------
    ndarray of shape (n_lengths,)
        Information of the first and the second part in the unit of the estimator,
        nats.

    Raises
    ------
    ValueError
        If X is not a 2-D or 3-D array of finite real numbers, or an option is not
        acceptable.

    See Also
    --------
    two_point_information : Information between single steps.
    fit_scaling_exponent : The exponent of a curve.

    Notes
    -----
    :math:`I(X_{1:l}; X_{l+1:L})` with l about ``split`` times L. In text it grows like
    a power of L, and a model whose state does not grow as fast forgets [1]_. What
    two steps share says nothing about it.

    The bias of an estimate grows with L too, and feigns a power law: without
    correction that of Gaussians is about :math:`l (L - l) / 2n`. Estimators from
    neighbours and bounds below log n bend the curve down instead.

    References
    ----------
    .. [1] Z. Chen, O. Mayne i Comas, Z. Jin, D. Luo, M. Soljacic (2025), "L2M: mutual
       information scaling law for long-context language modeling".

    Examples
    --------
    The past of a Markov chain tells as much however long it is:

    >>> import numpy as np
    >>> from skmi.estimation import bipartite_information_curve
    >>> X = np.random.default_rng(0).standard_normal((4000, 16))
    >>> for step in range(1, 16):
    ...     X[:, step] = 0.8 * X[:, step - 1] + 0.6 * X[:, step]
    >>> bipartite_information_curve(X, [2, 4, 8, 16]).round(1)
    array([0.5, 0.5, 0.5, 0.5])
    """
    steps = _check_sequences(X)
    check_range("split", split, 0, 1, closed="neither")
    wanted = _check_counts(lengths, "lengths", 2, steps.shape[1])
    estimate = _estimate_of(estimator)
    result = []
    for length in wanted:
        first = min(length - 1, max(1, round(split * length)))
        parts = steps[:, :first], steps[:, first:length]
        result.append(estimate(*(part.reshape(len(steps), -1) for part in parts)))
    return np.array(result)


def two_point_information(X: Any, lags: Any, *, estimator: Any = None) -> np.ndarray:
    r"""Information between two steps of stationary sequences, for several lags.

    Parameters
    ----------
    X : array-like of shape (n, n_steps) or (n, n_steps, d)
        Sequences, one a row.
    lags : array-like of int of shape (n_lags,)
        Distances of the steps, each from 1 to ``n_steps - 1``.
    estimator : object, default=None
        Estimator of mutual information, as in :func:`bipartite_information_curve`.
        For symbols take ``HistogramMIEstimator``.

    Returns
    -------
    ndarray of shape (n_lags,)
        Information of a step and the one a lag later in the unit of the estimator,
        nats.

    Raises
    ------
    ValueError
        If X is not a 2-D or 3-D array of finite real numbers, or a lag is out of its
        range.

    See Also
    --------
    bipartite_information_curve : Information between whole parts.

    Notes
    -----
    Pairs of steps from all places and sequences are pooled, as is right if the
    sequences are stationary; the pairs of one sequence depend on each other, so a
    standard error from them is too small. See [1]_ for why these informations may
    fall like a power of the lag while parts share much more.

    References
    ----------
    .. [1] Z. Chen, O. Mayne i Comas, Z. Jin, D. Luo, M. Soljacic (2025), "L2M: mutual
       information scaling law for long-context language modeling".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.estimation import two_point_information
    >>> X = np.random.default_rng(0).standard_normal((4000, 16))
    >>> for step in range(1, 16):
    ...     X[:, step] = 0.8 * X[:, step - 1] + 0.6 * X[:, step]
    >>> two_point_information(X, [1, 2, 4]).round(1)
    array([0.5, 0.3, 0.1])
    """
    steps = _check_sequences(X)
    n_steps = steps.shape[1]
    wanted = _check_counts(lags, "lags", 1, n_steps - 1)
    estimate = _estimate_of(estimator)
    result = []
    for lag in wanted:
        pairs = steps[:, : n_steps - lag], steps[:, lag:]
        result.append(estimate(*(part.reshape(-1, steps.shape[2]) for part in pairs)))
    return np.array(result)


def fit_scaling_exponent(
    x: Any,
    y: Any,
    *,
    n_bootstrap: int = 200,
    level: float = 0.95,
    random_state: Any = None,
) -> ScalingExponent:
    r"""Exponent of a power law between positive numbers, by least squares of logs.

    Parameters
    ----------
    x : array-like of shape (n,)
        Lengths or lags, above 0, with two different ones at least.
    y : array-like of shape (n,)
        Informations, above 0.
    n_bootstrap : int, default=200
        How many times the pairs of x and y are drawn anew for the interval.
    level : float, default=0.95
        Probability of the interval, in (0, 1).
    random_state : int, RandomState, Generator or None, default=None
        Decides the draws.

    Returns
    -------
    ScalingExponent
        With ``slope``, ``low``, ``high`` and ``log_factor``.

    Raises
    ------
    ValueError
        If x or y are not positive finite numbers of one length, or an option is not
        acceptable. Estimates of no information may be negative: leave them out.

    See Also
    --------
    bipartite_information_curve : The information of sequences by their length.

    Notes
    -----
    The slope of log y over log x. The interval is made of quantiles of the slopes of
    resampled pairs; draws with a single value of x are drawn again. From a handful of
    lengths it is rough, and it knows nothing of a bias that changes with x [1]_.

    References
    ----------
    .. [1] Z. Chen, O. Mayne i Comas, Z. Jin, D. Luo, M. Soljacic (2025), "L2M: mutual
       information scaling law for long-context language modeling".

    Examples
    --------
    >>> from skmi.estimation import fit_scaling_exponent
    >>> fit = fit_scaling_exponent([4, 8, 16, 32], [2, 4, 8, 16], random_state=0)
    >>> round(fit.slope, 6)
    1.0
    """
    logs = {name: _check_positive(values, name) for name, values in _named(x, y)}
    if logs["x"].shape != logs["y"].shape:
        msg = f"y must have as many values as x ({logs['x'].size}), found "
        raise ValueError(msg + f"{logs['y'].size}.")
    if not np.ptp(logs["x"]) > 0:
        msg = f"x must hold two different values at least, found {x!r}."
        raise ValueError(msg)
    check_integer("n_bootstrap", n_bootstrap, 1)
    check_range("level", level, 0, 1, closed="neither")
    rng = check_generator(random_state)
    slope, log_factor = _line(logs["x"], logs["y"])
    drawn = _draws(logs["x"], n_bootstrap, rng)
    slopes = _line(logs["x"][drawn], logs["y"][drawn])[0]
    low, high = np.quantile(slopes, [(1 - level) / 2, (1 + level) / 2])
    return ScalingExponent(float(slope), float(low), float(high), float(log_factor))


def _named(x: Any, y: Any) -> list[tuple[str, Any]]:
    """Return arguments with their names."""
    return [("x", x), ("y", y)]


def _line(x: np.ndarray, y: np.ndarray) -> tuple[Any, Any]:
    """Return slopes and intercepts of least squares over the last axis."""
    centred = x - x.mean(axis=-1, keepdims=True)
    slope = (centred * y).sum(axis=-1) / (centred**2).sum(axis=-1)
    return slope, y.mean(axis=-1) - slope * x.mean(axis=-1)


def _draws(x: np.ndarray, n_draws: int, rng: np.random.Generator) -> np.ndarray:
    """Return indices (n_draws, n) with two different values of x in each row."""
    drawn = np.zeros((n_draws, x.size), dtype=np.intp)
    while (flat := np.ptp(x[drawn], axis=1) == 0).any():
        drawn[flat] = rng.integers(x.size, size=(int(flat.sum()), x.size))
    return drawn


def _estimate_of(estimator: Any) -> Callable[[np.ndarray, np.ndarray], float]:
    """Return a function from two variables to the estimate of a fresh clone."""
    if estimator is None:
        estimator = GaussianMIEstimator()

    def estimate(x: np.ndarray, y: np.ndarray) -> float:
        return float(clone(estimator).fit(x, y).mi_)

    return estimate


def _check_sequences(X: Any) -> np.ndarray:
    """Return sequences as an array (n, n_steps, d)."""
    array = np.asarray(X)
    if array.ndim not in (2, 3) or array.size == 0 or array.shape[1] < 2:
        msg = (
            "X must be of shape (n, n_steps) or (n, n_steps, d) with 2 steps at least, "
            f"found {array.shape}."
        )
        raise ValueError(msg)
    if array.dtype.kind not in "buif":
        msg = f"X must hold finite real numbers, found dtype {array.dtype}."
        raise ValueError(msg)
    if not np.isfinite(array).all():
        msg = "X must hold finite real numbers, found NaN or infinity."
        raise ValueError(msg)
    return array[:, :, None] if array.ndim == 2 else array


def _check_counts(values: Any, name: str, low: int, high: int) -> list[int]:
    """Return a list of integers within a range."""
    array = np.atleast_1d(np.asarray(values, dtype=object))
    is_int = all(isinstance(v, Integral) and not isinstance(v, bool) for v in array)
    if array.ndim != 1 or array.size == 0 or not is_int:
        msg = f"{name} must be a 1-D array of integers, found {values!r}."
        raise ValueError(msg)
    if min(array) < low or max(array) > high:
        msg = f"{name} must lie between {low} and {high}, found {array.tolist()}."
        raise ValueError(msg)
    return [int(value) for value in array]


def _check_positive(values: Any, name: str) -> np.ndarray:
    """Return the logarithms of positive finite numbers (n,)."""
    array = np.asarray(values)
    if array.ndim != 1 or array.dtype.kind not in "uif" or array.size == 0:
        msg = (
            f"{name} must be real numbers of shape (n,), found dtype {array.dtype} and "
            f"shape {array.shape}."
        )
        raise ValueError(msg)
    if not np.isfinite(array).all() or not (array > 0).all():
        msg = f"{name} must hold finite numbers above 0, found {array.tolist()}."
        raise ValueError(msg)
    return np.log(array.astype(np.float64))
