"""Is there any information? A test that holds at every sample size."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone

from skmi._typing import SupportsFitMany
from skmi._validation import (
    accepts_argument,
    check_generator,
    check_integer,
    has_categories,
)
from skmi.exceptions import EstimationWarning
from skmi.model_selection._fits import (
    check_estimates,
    check_estimator,
    check_groups,
    check_rows,
    mi_of_variants,
    reorder_rows,
    seeded,
    settled,
)
from skmi.model_selection._permutations import PERMUTATIONS, Draw, Permutation

# Of targets that are fitted together: small enough not to be split, and at most.
_SMALL_BYTES = 2**22
_MAX_BYTES = 2**28


class PermutationTestResult(NamedTuple):
    """Outcome of a permutation test.

    Parameters
    ----------
    statistic : float
        The estimate on the data as they are, in nats.
    p_value : float
        Share of arrangements, the given one among them, with an estimate at least as
        large.
    null_distribution : ndarray of shape (n_permutations,)
        Estimates on the rearranged data, in nats.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.model_selection import PermutationTestResult
    >>> result = PermutationTestResult(0.3, 0.25, np.array([0.0, 0.1, -0.1]))
    >>> result.p_value
    0.25
    """

    statistic: float
    p_value: float
    null_distribution: np.ndarray


def mi_permutation_test(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    Z: Any = None,
    n_permutations: int = 199,
    permutation: Any = "rows",
    groups: Any = None,
    block_size: int | None = None,
    n_jobs: int | None = None,
    random_state: Any = None,
) -> PermutationTestResult:
    r"""Test for independence with any estimator of mutual information.

    Parameters
    ----------
    estimator : object
        Estimator of mutual information: can be cloned, and ``fit(X, y)`` sets ``mi_``.
        If it has ``fit_many(X, ys)``, that gets y and its rearrangements together,
        large ones in a few parts.
    X : array-like of shape (n, d_x)
        One variable; it stays as it is.
    y : array-like of shape (n,) or (n, d_y)
        The other one, whose rows are rearranged.
    Z : array-like of shape (n,) or (n, d_z), default=None
        Condition, for an estimator whose ``fit`` takes it. Only
        ``permutation="within"`` keeps the dependence of y on Z; its groups are the
        distinct rows of Z unless ``groups`` is given.
    n_permutations : int, default=199
        Number of rearrangements; the p-value is at least 1 / (1 + n_permutations).
    permutation : {"block", "circular", "rows", "within"} or callable, default="rows"
        What is rearranged:

        * ``"rows"``: any order of rows, for rows that are drawn independently;
        * ``"within"``: any order within each of ``groups``;
        * ``"block"``: runs of ``block_size`` rows, or whole ``groups``, change places
          with others of the same length. If y is constant in each group, lengths do
          not matter;
        * ``"circular"``: one shift of all rows by a random offset, the end going to
          the start, for a stationary series; with ``groups`` each is a series;
        * a callable gets ``(y, groups, block_size, generator)`` and returns which row
          of y each row gets.
    groups : array-like of shape (n,), default=None
        Group of each row.
    block_size : int, default=None
        Length of the blocks of consecutive rows.
    n_jobs : int, default=None
        Number of joblib workers; the result does not depend on it.
    random_state : int, RandomState, Generator or None, default=None
        Decides the rearrangements, and the seed of an estimator that has none; None
        differs from call to call.

    Returns
    -------
    PermutationTestResult
        With ``statistic``, ``p_value`` and ``null_distribution``.

    Raises
    ------
    TypeError
        If ``estimator`` is not one, or does not take Z, or y is sparse.
    ValueError
        If lengths differ, an option is not acceptable or does not fit the
        permutation, there is only one arrangement, or an estimate is NaN.

    Warns
    -----
    EstimationWarning
        If there are fewer arrangements than ``n_permutations``.

    See Also
    --------
    mi_confidence_interval : How large the information is, where there is any.

    Notes
    -----
    With b of B rearrangements at least as informative as the data,
    :math:`p = (1 + b) / (1 + B)` [1]_. If the arrangements allowed are equally likely
    under the null hypothesis, the probability of :math:`p \le \alpha` is at most
    :math:`\alpha`, whatever the estimator's bias: it is in the null distribution too.
    A wrong choice of arrangements is what breaks the test. Rows of a time series or
    of the same patient are not exchangeable, and ``"rows"`` then rejects far too often;
    ``"circular"`` and ``"block"`` keep the dependence between rows [2]_.

    Estimators that draw random numbers get the same seed for every fit. Cost:
    n_permutations + 1 fits.

    References
    ----------
    .. [1] B. Phipson, G. K. Smyth (2010), "Permutation p-values should never be
       zero", equation 2.
    .. [2] A. M. Winkler, M. A. Webster, D. Vidaurre, T. E. Nichols, S. M. Smith
       (2015), "Multi-level block permutation".

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator
    >>> from skmi.datasets import make_correlated_gaussians
    >>> from skmi.model_selection import mi_permutation_test
    >>> class Gaussian(BaseEstimator):
    ...     def fit(self, X, y):
    ...         self.mi_ = -0.5 * np.log1p(-(np.corrcoef(X[:, 0], y)[0, 1] ** 2))
    ...         return self
    >>> X, y = make_correlated_gaussians(100, rho=0.5, random_state=0)
    >>> result = mi_permutation_test(
    ...     Gaussian(), X, y, n_permutations=99, random_state=0
    ... )
    >>> result.p_value
    0.01
    """
    check_estimator(estimator, Z)
    n_rows = check_rows(X, y, Z)
    check_integer("n_permutations", n_permutations, 1)
    target: np.ndarray = np.asarray(y)
    if target.shape[:1] != (n_rows,):
        msg = f"y must be a dense array, frame or list, found {type(y).__name__}."
        raise TypeError(msg)
    codes = check_groups(groups, n_rows)
    if Z is not None:
        codes = _check_condition(permutation, Z, codes)
    draw = _check_permutation(permutation, target, codes, block_size, n_permutations)
    rng = check_generator(random_state)
    estimator = settled(seeded(estimator, rng), y)
    # A seed each: the worker that draws a rearrangement does not matter.
    seeds = rng.integers(2**63, size=n_permutations)
    order = partial(_order, draw=draw, groups=codes, block_size=block_size)
    all_seeds = [None, *seeds]
    # An array of a column declared categorical would not say so any more.
    if _fits_many(estimator, Z) and not has_categories(y):
        size = _n_at_once(len(all_seeds), max(1, target.nbytes))
        found = Parallel(n_jobs=n_jobs)(
            delayed(_mi_of_part)(
                estimator, X, target, Z, order, all_seeds[start : start + size]
            )
            for start in range(0, len(all_seeds), size)
        )
        values = check_estimates(estimator, np.concatenate(found))
    else:
        given = y if hasattr(y, "to_numpy") else target
        variants = (_Rearrangement(partial(order, target), seed) for seed in all_seeds)
        values = mi_of_variants(estimator, X, given, Z, variants, n_jobs)
    return _result(values)


@dataclass(frozen=True)
class _Rearrangement:
    """The data with y rearranged by a seed, or as they are."""

    order: Any
    seed: Any

    def __call__(self, X: Any, y: Any, Z: Any) -> tuple[Any, Any, Any]:
        """Return X, the rearranged y, and Z."""
        if self.seed is None:
            return X, y, Z
        return X, reorder_rows(y, self.order(seed=self.seed)), Z


def _n_at_once(n_targets: int, n_bytes: int) -> int:
    """Return how many targets of a size are fitted together.

    It does not depend on the number of workers, so that no result does. Small targets
    go together, large ones in some eighths: enough parts for workers, and few enough
    for an estimator to gain from what the targets of a part share.
    """
    size = max(_SMALL_BYTES // n_bytes, -(-n_targets // 8))
    return max(1, min(size, _MAX_BYTES // n_bytes))


def _mi_of_part(
    estimator: Any, X: Any, y: np.ndarray, Z: Any, order: Any, seeds: list[Any]
) -> np.ndarray:
    """Return the estimates of y as each seed rearranges it, None leaving it alone."""
    ys = np.stack([y if seed is None else y[order(y, seed=seed)] for seed in seeds])
    options = {} if Z is None else {"Z": Z}
    values = np.asarray(clone(estimator).fit_many(X, ys, **options))
    if values.shape != (len(seeds),):
        msg = (
            f"estimator {type(estimator).__name__}: fit_many must return one estimate "
            f"for each of {len(seeds)} targets, found shape {values.shape}."
        )
        raise ValueError(msg)
    return values


def _order(
    y: np.ndarray, *, draw: Draw, groups: Any, block_size: Any, seed: Any
) -> np.ndarray:
    """Return which row of y each row gets, as a seed decides."""
    index = np.asarray(draw(y, groups, block_size, np.random.default_rng(seed)))
    if index.shape != (len(y),) or index.dtype.kind not in "iu":
        msg = (
            f"permutation must return {len(y)} integer positions, found dtype "
            f"{index.dtype} and shape {index.shape}."
        )
        raise ValueError(msg)
    return index


def _result(values: np.ndarray) -> PermutationTestResult:
    """Return the p-value of the first estimate among all."""
    statistic, null = float(values[0]), values[1:]
    # Equal estimates may differ by rounding, and must count as equal: otherwise
    # discrete data, where ties are common, would reject too often.
    slack = 1e-12 * max(1.0, abs(statistic)) if np.isfinite(statistic) else 0.0
    n_above = int(np.sum(null >= statistic - slack))
    return PermutationTestResult(statistic, (1 + n_above) / (1 + null.size), null)


def _fits_many(estimator: Any, Z: Any) -> bool:
    """Tell whether all targets can be fitted at once, with Z where given."""
    if not isinstance(estimator, SupportsFitMany):
        return False
    return Z is None or accepts_argument(estimator.fit_many, "Z")


def _check_condition(permutation: Any, Z: Any, codes: Any) -> np.ndarray:
    """Return groups in which y may be rearranged without losing its tie to Z."""
    if permutation != "within" and not callable(permutation):
        msg = (
            "permutation must be 'within' or a callable where Z is given, found "
            f"{permutation!r}: other arrangements break the tie of y to Z as well, and "
            "would test another hypothesis."
        )
        raise ValueError(msg)
    if codes is not None:
        return codes
    rows: np.ndarray = np.asarray(Z)
    return np.unique(rows, axis=0, return_inverse=True)[1].reshape(len(rows))


def _check_permutation(
    permutation: Any, y: np.ndarray, codes: Any, block_size: Any, n_permutations: int
) -> Draw:
    """Return the function that draws arrangements, its arguments checked."""
    if callable(permutation):
        return permutation
    if not isinstance(permutation, str) or permutation not in PERMUTATIONS:
        msg = (
            f"permutation must be one of {sorted(PERMUTATIONS)} or a callable, found "
            f"{permutation!r}."
        )
        raise ValueError(msg)
    record = PERMUTATIONS[permutation]
    given = {"groups": codes, "block_size": block_size}
    _check_arguments(permutation, record, given)
    if block_size is not None:
        check_integer("block_size", block_size, 1)
    _check_count(record.log_count(y, codes, block_size), permutation, n_permutations)
    return record.draw


def _check_arguments(name: str, record: Permutation, given: dict[str, Any]) -> None:
    """Raise unless exactly the arguments that a permutation takes are given."""
    for argument, value in given.items():
        if value is not None and argument not in record.uses:
            msg = f"{argument} is not used by permutation={name!r}: leave it out."
            raise ValueError(msg)
    n_given = sum(value is not None for value in given.values())
    # A single series needs no groups.
    if record.uses and n_given != 1 and name != "circular":
        msg = (
            f"permutation={name!r} needs {' or '.join(record.uses)}, and only one, "
            f"found {n_given}."
        )
        raise ValueError(msg)


def _check_count(log_count: float, name: str, n_permutations: int) -> None:
    """Raise if nothing can be rearranged, and warn if little can."""
    if log_count == 0:
        msg = (
            f"permutation={name!r} has a single arrangement of these rows; accepted: "
            "groups or blocks that leave several."
        )
        raise ValueError(msg)
    if log_count < np.log(n_permutations + 1):
        msg = (
            f"permutation={name!r} has {np.exp(log_count):.0f} arrangements of these "
            f"rows for n_permutations={n_permutations}: p-values much below "
            f"{np.exp(-log_count):.2g} cannot occur."
        )
        warnings.warn(msg, EstimationWarning, stacklevel=4)
