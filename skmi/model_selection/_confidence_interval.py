"""How sure is an estimate? Intervals from fits to parts of the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import t as student

from skmi._validation import (
    check_generator,
    check_integer,
    check_name,
    check_range,
)
from skmi.model_selection._fits import (
    check_estimator,
    check_groups,
    check_rows,
    mi_of_variants,
    seeded,
    settled,
    take_rows,
)


class ConfidenceInterval(NamedTuple):
    """An estimate with an interval around it.

    Parameters
    ----------
    estimate : float
        The estimate on all rows, in nats.
    low : float
        Lower end, in nats.
    high : float
        Upper end, in nats.
    standard_error : float
        Standard error of the estimate, in nats.

    Examples
    --------
    >>> from skmi.model_selection import ConfidenceInterval
    >>> interval = ConfidenceInterval(0.4, 0.3, 0.5, standard_error=0.05)
    >>> interval.low < interval.estimate < interval.high
    True
    """

    estimate: float
    low: float
    high: float
    standard_error: float


def mi_confidence_interval(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    Z: Any = None,
    method: str = "subsampling",
    level: float = 0.95,
    n_resamples: int | None = None,
    subsample_size: float | None = None,
    groups: Any = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> ConfidenceInterval:
    r"""Confidence interval for mutual information from fits to parts of the rows.

    Parameters
    ----------
    estimator : object
        Estimator of mutual information: can be cloned, and ``fit(X, y)`` sets ``mi_``.
    X : array-like of shape (n, d_x)
        One variable.
    y : array-like of shape (n,) or (n, d_y)
        The other one.
    Z : array-like of shape (n,) or (n, d_z), default=None
        Condition, for an estimator whose ``fit`` takes it.
    method : {"jackknife", "subsampling"}, default="subsampling"
        * ``"subsampling"``: the spread of estimates on random parts of the rows,
          drawn without replacement, at the rate of the root of their size;
        * ``"jackknife"``: the rows are split at random, and each part is left out
          once.
    level : float, default=0.95
        Probability that the interval is to hold the true information with, in (0, 1).
    n_resamples : int, default=None
        Number of subsamples, or of parts of the jackknife, at least 2. None means 200
        and 20; with fewer than 20 units, the jackknife leaves out one at a time.
    subsample_size : int or float, default=None
        Rows in a subsample, or their share; with ``groups``, groups. None means a
        quarter of them. Only for subsampling.
    groups : array-like of shape (n,), default=None
        Group of each row. Groups are left out whole: needed where the rows of a group
        depend on one another.
    n_jobs : int, default=None
        Number of joblib workers; the result does not depend on it.
    random_state : int, RandomState, Generator or None, default=None
        Decides the parts, and the seed of an estimator that has none; None differs
        from call to call.

    Returns
    -------
    ConfidenceInterval
        With ``estimate``, ``low``, ``high`` and ``standard_error``.

    Raises
    ------
    TypeError
        If ``estimator`` is not one, or does not take Z.
    ValueError
        If lengths differ, an option is not acceptable, or an estimate is NaN.

    See Also
    --------
    mi_permutation_test : Whether there is any information.

    Notes
    -----
    Let :math:`\hat\theta` be the estimate on n rows and :math:`\hat\theta_b` that on b
    of them. Subsampling [1]_ takes the distribution of
    :math:`|\hat\theta_b - \hat\theta| \sqrt{b / (1 - b / n)}` over subsamples for that
    of :math:`|\hat\theta - \theta| \sqrt n`, and with its quantile q at ``level``
    returns :math:`\hat\theta \pm q / \sqrt n`. The factor :math:`1 - b / n` is that of
    sampling without replacement from a finite population. The interval is symmetric on
    purpose: reflecting quantiles of either side doubles the local noise of
    nearest-neighbour estimates, and covers too seldom. The jackknife [2]_ returns
    :math:`\hat\theta \pm t_{G - 1} s` with
    :math:`s^2 = \frac{G - 1}{G} \sum_g (\hat\theta_{-g} - \bar\theta)^2`, summed over
    the G parts left out.

    Both rest on an error that shrinks like :math:`1 / \sqrt n`. That is so where the
    variables are dependent; at independence the error of many estimators shrinks like
    1 / n, and the interval means little: test with :func:`mi_permutation_test`. A bias
    that is the same at b and n rows is not covered either.

    There is no bootstrap, for it is wrong for estimators from nearest neighbours: a
    repeated row is its own neighbour at distance 0, which feigns information.

    Cost: n_resamples fits to fewer rows and one to all.

    References
    ----------
    .. [1] D. N. Politis, J. P. Romano (1994), "Large sample confidence regions based
       on subsamples under minimal assumptions", section 2.
    .. [2] J. Shao, D. Tu (1995), "The jackknife and bootstrap", section 2.3.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.model_selection import mi_confidence_interval
    >>> class Gaussian(BaseEstimator):
    ...     def fit(self, X, y):
    ...         self.mi_ = -0.5 * np.log1p(-(np.corrcoef(X[:, 0], y)[0, 1] ** 2))
    ...         return self
    >>> X, y, mi = make_correlated_gaussians(500, random_state=0, return_mi=True)
    >>> interval = mi_confidence_interval(Gaussian(), X, y, random_state=0)
    >>> interval.low < mi < interval.high
    True
    """
    check_estimator(estimator, Z)
    n_rows = check_rows(X, y, Z)
    check_name("method", method, INTERVALS)
    check_range("level", level, 0, 1, closed="neither")
    codes = check_groups(groups, n_rows)
    units = np.arange(n_rows) if codes is None else codes
    n_units = int(units.max()) + 1
    if n_units < 2:
        msg = f"groups must be at least 2 different ones, found {n_units}."
        raise ValueError(msg)
    record = INTERVALS[method]
    plan = record.plan(n_units, n_resamples, subsample_size)
    rng = check_generator(random_state)
    estimator = settled(seeded(estimator, rng), y)
    # Drawn one after the other as workers ask for them, so that only a few are kept.
    parts = chain([np.arange(n_units)], record.draw(n_units, plan, rng))
    variants = (_Part(_rows_of(units, part, n_units)) for part in parts)
    values = mi_of_variants(estimator, X, y, Z, variants, n_jobs)
    return record.interval(values[0], values[1:], n_units, plan, level)


def _rows_of(units: np.ndarray, part: np.ndarray, n_units: int) -> np.ndarray:
    """Return the rows of some units, in rising order."""
    is_in = np.zeros(n_units, dtype=bool)
    is_in[part] = True
    return np.flatnonzero(is_in[units])


@dataclass(frozen=True)
class _Part:
    """Some rows of the data."""

    rows: np.ndarray

    def __call__(self, X: Any, y: Any, Z: Any) -> tuple[Any, Any, Any]:
        """Return these rows."""
        X, y, Z = (take_rows(values, self.rows) for values in (X, y, Z))
        return X, y, Z


class _Plan(NamedTuple):
    """How many parts, and how many units are in each."""

    n_parts: int
    size: int


@dataclass(frozen=True)
class Interval:
    """A way to an interval.

    ``plan(n_units, n_resamples, subsample_size)`` checks the options,
    ``draw(n_units, plan, generator)`` returns the units of each part, and
    ``interval(estimate, values, n_units, plan, level)`` what comes out.
    """

    plan: Callable[[int, Any, Any], _Plan]
    draw: Callable[[int, _Plan, np.random.Generator], Iterator[np.ndarray]]
    interval: Callable[[float, np.ndarray, int, _Plan, float], ConfidenceInterval]


def _plan_subsampling(n_units: int, n_resamples: Any, size: Any) -> _Plan:
    """Return the number and size of subsamples."""
    n_parts = 200 if n_resamples is None else n_resamples
    check_integer("n_resamples", n_parts, 2)
    if size is None:
        size = 0.25
    if isinstance(size, (float, np.floating)):
        check_range("subsample_size", size, 0, 1, closed="neither")
        size = max(1, min(n_units - 1, round(float(size) * n_units)))
    check_integer("subsample_size", size, 1)
    if size >= n_units:
        msg = (
            f"subsample_size must be below the number of rows or groups ({n_units}), "
            f"found {size}."
        )
        raise ValueError(msg)
    return _Plan(n_parts, size)


def _draw_subsamples(
    n_units: int, plan: _Plan, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield random sets of units."""
    return (rng.permutation(n_units)[: plan.size] for _ in range(plan.n_parts))


def _subsampling(
    estimate: float, values: np.ndarray, n_units: int, plan: _Plan, level: float
) -> ConfidenceInterval:
    """Return the interval from the quantile of scaled deviations."""
    shrink = np.sqrt(plan.size / (n_units - plan.size))
    reach = float(np.quantile(np.abs(values - estimate), level) * shrink)
    return _around(estimate, reach, float(values.std() * shrink))


def _plan_jackknife(n_units: int, n_resamples: Any, size: Any) -> _Plan:
    """Return the number of parts."""
    if size is not None:
        msg = (
            "subsample_size is not used by method='jackknife': n_resamples says how "
            "many parts there are."
        )
        raise ValueError(msg)
    n_parts = min(20, n_units) if n_resamples is None else n_resamples
    check_integer("n_resamples", n_parts, 2)
    if n_parts > n_units:
        msg = (
            f"n_resamples must be at most the number of rows or groups ({n_units}) "
            f"for method='jackknife', found {n_parts}."
        )
        raise ValueError(msg)
    return _Plan(n_parts, n_units - n_units // n_parts)


def _draw_leaving_out(
    n_units: int, plan: _Plan, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Yield all units but a part, for each of disjoint parts of about equal size."""
    parts = np.array_split(rng.permutation(n_units), plan.n_parts)
    return (np.delete(np.arange(n_units), part) for part in parts)


def _jackknife(
    estimate: float, values: np.ndarray, n_units: int, plan: _Plan, level: float
) -> ConfidenceInterval:
    """Return the interval from the spread of estimates without one part."""
    n_parts = plan.n_parts
    variance = (n_parts - 1) / n_parts * np.sum((values - values.mean()) ** 2)
    error = float(np.sqrt(variance))
    reach = error * float(student.ppf((1 + level) / 2, n_parts - 1))
    return _around(estimate, reach, error)


def _around(estimate: float, reach: float, error: float) -> ConfidenceInterval:
    """Return the interval that reaches as far on both sides."""
    centre = float(estimate)
    return ConfidenceInterval(centre, centre - reach, centre + reach, error)


INTERVALS: dict[str, Interval] = {
    "jackknife": Interval(_plan_jackknife, _draw_leaving_out, _jackknife),
    "subsampling": Interval(_plan_subsampling, _draw_subsamples, _subsampling),
}
"""Name -> how an interval is found."""
