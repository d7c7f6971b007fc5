"""Whether an estimator keeps the laws of information on the data at hand."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from sklearn.base import clone

from skmi._typing import SupportsTargetKind
from skmi._validation import check_generator, check_no_missing, has_categories
from skmi.estimation._variables import read_columns, read_target
from skmi.exceptions import EstimationWarning

Estimate = Callable[[np.ndarray, np.ndarray], float]
Test = Callable[[Estimate, np.ndarray, np.ndarray, np.random.Generator], float]


def self_consistency(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    tests: Any = ("independence", "data_processing", "additivity"),
    random_state: Any = None,
) -> dict[str, float]:
    r"""Check an estimator by ratios whose true values are the same for all data.

    Parameters
    ----------
    estimator : object
        Estimator of mutual information: can be cloned, and ``fit(X, y)`` sets
        ``mi_``.
    X : array-like of shape (n, d_x)
        One variable.
    y : array-like of shape (n,) or (n, d_y)
        The other one: numbers, or classes as ``estimator`` takes them.
    tests : str or iterable of str, default=all
        Names from ``SELF_CONSISTENCY_TESTS``:

        - "independence": :math:`I(X; Y')` over :math:`I(X; Y)`, the rows of Y' being
          those of Y in another order; truly 0;
        - "data_processing": :math:`I([X, X]; [Y, h(Y)])` over :math:`I(X; Y)`, where h
          is a sigmoid of each column; truly 1;
        - "additivity": the information of two halves of the rows side by side over
          the mean of that in each half; truly 2, for the halves are independent.
    random_state : int, RandomState, Generator or None, default=None
        Decides the order of rows and the halves.

    Returns
    -------
    dict of float
        The ratio of each test.

    Raises
    ------
    TypeError
        If ``estimator`` cannot be cloned and fitted.
    ValueError
        If a test is unknown, or X or y are of a kind or shape that is not accepted.

    Warns
    -----
    EstimationWarning
        If the estimate that is divided by is not positive: ratios then say nothing.

    See Also
    --------
    skmi.model_selection.mi_permutation_test : Whether there is information at all.

    Notes
    -----
    These are the tests of [1]_ for rows and columns in place of images.
    An estimator may pass and be wrong: one that returns a correlation squared passes
    the first two. One that fails is not to be trusted on data like these. Ratios of
    small informations are noisy. Cost: seven fits.

    For classes h changes nothing, and two classes side by side are one of their pairs.

    References
    ----------
    .. [1] J. Song, S. Ermon (2020), "Understanding the limitations of variational
       mutual information estimators".

    Examples
    --------
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.estimation import KSGEstimator, self_consistency
    >>> X, y = make_correlated_gaussians(1000, rho=0.9, random_state=0)
    >>> ratios = self_consistency(KSGEstimator(), X, y, random_state=0)
    >>> {name: round(ratio) for name, ratio in ratios.items()}
    {'independence': 0, 'data_processing': 1, 'additivity': 2}
    """
    if isinstance(estimator, type) or not hasattr(estimator, "fit"):
        msg = f"estimator must be an object with fit, found {estimator!r}."
        raise TypeError(msg)
    names = _check_tests(tests)
    x = read_columns(X, "X", len(np.asarray(X)))
    if x.shape[0] < 4:
        msg = f"X must have at least 4 samples, found {len(x)}."
        raise ValueError(msg)
    check_no_missing(y)
    if isinstance(estimator, SupportsTargetKind):
        # Once for all rows: halves of many whole numbers could be classes.
        estimator = estimator.with_target_kind(y)
    is_discrete = getattr(estimator, "discrete_target", False) is True
    target = read_target(y, is_discrete or "labels", has_categories(y))[0]
    if target.ndim == 2:
        target = read_columns(y, "y", len(x))
    elif len(target) != len(x):
        msg = f"y must have as many rows as X ({len(x)}), found {len(target)}."
        raise ValueError(msg)

    def estimate(first: np.ndarray, second: np.ndarray) -> float:
        return float(clone(estimator).fit(first, _as_given(second)).mi_)

    rng = check_generator(random_state)
    # A generator for each test: what the others are does not matter.
    children = rng.spawn(len(SELF_CONSISTENCY_TESTS))
    generators = dict(zip(SELF_CONSISTENCY_TESTS, children, strict=True))
    return {
        name: SELF_CONSISTENCY_TESTS[name].ratio(estimate, x, target, generators[name])
        for name in names
    }


def _independence(
    estimate: Estimate, x: np.ndarray, y: np.ndarray, rng: np.random.Generator
) -> float:
    """Return what X shares with rows of y in another order."""
    return _ratio(estimate(x, y[rng.permutation(len(y))]), estimate(x, y))


def _data_processing(
    estimate: Estimate, x: np.ndarray, y: np.ndarray, rng: np.random.Generator
) -> float:
    """Return what a copy of X shares with y and a function of it."""
    doubled = y
    if y.ndim == 2:
        spread = y.std(axis=0)
        scaled = (y - y.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
        doubled = np.hstack([y, np.tanh(scaled)])
    return _ratio(estimate(np.hstack([x, x]), doubled), estimate(x, y))


def _additivity(
    estimate: Estimate, x: np.ndarray, y: np.ndarray, rng: np.random.Generator
) -> float:
    """Return what two independent pairs share together."""
    order = rng.permutation(len(x))
    size = len(x) // 2
    first, second = order[:size], order[size : 2 * size]
    both = estimate(np.hstack([x[first], x[second]]), _side_by_side(y, first, second))
    return _ratio(
        both, (estimate(x[first], y[first]) + estimate(x[second], y[second])) / 2
    )


class ConsistencyTest(NamedTuple):
    """A ratio of estimates, and what it is for the true information."""

    ratio: Test
    truth: float


SELF_CONSISTENCY_TESTS: dict[str, ConsistencyTest] = {
    "independence": ConsistencyTest(_independence, 0.0),
    "data_processing": ConsistencyTest(_data_processing, 1.0),
    "additivity": ConsistencyTest(_additivity, 2.0),
}
"""Name -> how the ratio is made, and its true value."""


def _ratio(value: float, base: float) -> float:
    """Return a ratio, and warn where it says nothing."""
    if not base > 0:
        warnings.warn(
            f"The estimate that ratios are made with is {base:.3g} nats: they say "
            "nothing about an estimator that sees no information.",
            EstimationWarning,
            stacklevel=5,
        )
    return value / base if base != 0 else float("nan")


def _side_by_side(y: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return two parts of y as one variable."""
    if y.ndim == 2:
        return np.hstack([y[first], y[second]])
    return y[first] * (int(y.max()) + 1) + y[second]


def _as_given(y: np.ndarray) -> np.ndarray:
    """Return one column as (n,), and classes as labels."""
    if y.ndim == 1:
        return y.astype(str)
    return y[:, 0] if y.shape[1] == 1 else y


def _check_tests(tests: Any) -> list[str]:
    """Return the names of known tests."""
    names = (
        [tests]
        if isinstance(tests, str) or not isinstance(tests, Iterable)
        else (list(tests))
    )
    unknown = [name for name in names if name not in SELF_CONSISTENCY_TESTS]
    if unknown or not names:
        msg = f"tests must be names of {list(SELF_CONSISTENCY_TESTS)}, found {tests!r}."
        raise ValueError(msg)
    return names
