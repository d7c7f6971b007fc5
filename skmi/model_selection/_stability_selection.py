"""How often a selector takes each column, and how many of them by chance."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import norm
from sklearn.base import clone
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_method_params

from skmi._validation import check_generator, check_integer, check_range
from skmi.model_selection._fits import (
    check_groups,
    check_rows,
    seeded,
    settled,
    take_rows,
)

# Rows, or groups, of a class that are needed on average for classes to be balanced.
_MIN_CLASS = 4


class StabilitySelectionResult(NamedTuple):
    """What a selector takes on parts of the rows.

    Parameters
    ----------
    frequencies : ndarray of shape (n_features,)
        Share of the subsamples in which each column is selected.
    support : ndarray of bool of shape (n_features,)
        Columns whose frequency is at least the threshold.
    error_bound : float
        Bound on the expected number of columns in ``support`` that are selected no
        more often than at random: the smallest of ``error_bounds``, NaN if none holds.
    error_bounds : dict of float
        "meinshausen_buhlmann" and "shah_samworth"; NaN where a bound does not hold.
    stability : float
        Index of Nogueira et al.: 1 if all subsamples give the same columns, about 0
        if they agree as random sets of their sizes do. NaN if nothing, or everything,
        is selected in each.
    stability_interval : tuple (low, high)
        Confidence interval of the index.
    n_selected : float
        Mean number of columns selected in a subsample.
    masks : ndarray of bool of shape (n_subsamples, n_features)
        Columns selected in each.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.feature_selection import SelectKBest
    >>> from skmi.model_selection import stability_selection
    >>> X, y = load_wine(return_X_y=True)
    >>> result = stability_selection(SelectKBest(k=3), X, y, random_state=0)
    >>> result.masks.shape, result.n_selected
    ((100, 13), 3.0)
    """

    frequencies: np.ndarray
    support: np.ndarray
    error_bound: float
    error_bounds: dict[str, float]
    stability: float
    stability_interval: tuple[float, float]
    n_selected: float
    masks: np.ndarray


def stability_selection(
    selector: Any,
    X: Any,
    y: Any,
    *,
    n_subsamples: int = 100,
    fraction: float = 0.5,
    complementary: bool = True,
    threshold: float = 0.6,
    level: float = 0.95,
    groups: Any = None,
    fit_params: dict[str, Any] | None = None,
    random_state: Any = None,
    n_jobs: int | None = None,
) -> StabilitySelectionResult:
    r"""Select the columns that a selector takes on most random parts of the rows.

    Parameters
    ----------
    selector : object
        Any selector: can be cloned, has ``fit(X, y)`` and ``get_support()``.
    X : array-like, sparse matrix or frame of shape (n, n_features)
        Columns.
    y : array-like of shape (n,) or (n, n_outputs)
        Target. Classes are balanced between subsamples.
    n_subsamples : int, default=100
        Number of subsamples; even if they are complementary.
    fraction : float, default=0.5
        Share of the rows, or of the groups, in a subsample; at most .5 if they are
        complementary.
    complementary : bool, default=True
        Whether subsamples come in pairs that have no row in common.
    threshold : float, default=0.6
        Share of subsamples from which on a column is selected, in (0, 1].
    level : float, default=0.95
        Confidence of ``stability_interval``.
    groups : array-like of shape (n,), default=None
        Group of each row. Groups are drawn whole: needed where the rows of a group
        depend on one another.
    fit_params : dict, default=None
        Further arguments of ``fit``; those with a value for each row, such as
        ``sample_weight``, are cut to the subsample.
    random_state : int, RandomState, Generator or None, default=None
        Decides the subsamples, and the seed of a selector that has none.
    n_jobs : int, default=None
        Number of joblib workers; the result does not depend on it.

    Returns
    -------
    StabilitySelectionResult
        With ``frequencies``, ``support``, ``error_bound``, ``error_bounds``,
        ``stability``, ``stability_interval``, ``n_selected`` and ``masks``.

    Raises
    ------
    TypeError
        If ``selector`` is not one.
    ValueError
        If lengths differ or an option is not acceptable.

    See Also
    --------
    mi_permutation_test : Whether there is any information.
    skmi.feature_selection.MarkovBlanketSelector : A selector that decides how many.

    Notes
    -----
    Let p be the number of columns, q the mean number selected in a subsample and
    :math:`\theta = q / p`. Both bounds are on the expected number of columns in the
    support whose probability of being selected in a subsample is at most
    :math:`\theta`, that of a random choice. Under the assumptions of [1]_, that the
    columns which tell nothing are exchangeable and the selector is not worse than
    chance, these are all false ones.

    - "meinshausen_buhlmann": :math:`q^2 / ((2 \tau - 1) p)`, for a threshold
      :math:`\tau > 1/2` and at most half of the rows in a subsample ([1]_, theorem 1).
      With complementary pairs it holds for any number of them, and without the
      assumptions for the columns named ([2]_, theorem 1); else for all subsamples that
      there are.
    - "shah_samworth": :math:`C \theta q`, for complementary pairs and
      :math:`\theta \le 1 / \sqrt 3`, if the share of pairs whose two halves agree on
      a column has a unimodal distribution ([2]_, theorem 2). With B pairs,
      :math:`C = 1 / (2 (2 \tau - 1 - 1 / 2B))` up to :math:`\tau = 3/4` and
      :math:`C = 4 (1 - \tau + 1 / 2B) / (1 + 1 / B)` above.

    q is estimated by the mean. The bounds assume independent rows, or groups; that
    classes are balanced ties the halves together a little. They say nothing of columns
    that are selected often because they are copies of informative ones.

    The index [3]_ is :math:`1 - \frac{1}{p} \sum_j s_j^2 / (\frac{q}{p}
    (1 - \frac{q}{p}))`, with the unbiased variance :math:`s_j^2` of the mask of column
    j. Its interval takes subsamples for independent. They overlap: it tells how far the
    index depends on which subsamples were drawn, and not on the rows.

    Cost: ``n_subsamples`` fits.

    References
    ----------
    .. [1] N. Meinshausen, P. Buhlmann (2010), "Stability selection", theorem 1.
    .. [2] R. D. Shah, R. J. Samworth (2013), "Variable selection with error control:
       another look at stability selection", theorems 1 and 2.
    .. [3] S. Nogueira, K. Sechidis, G. Brown (2018), "On the stability of feature
       selection algorithms", definition 4 and theorem 7.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.feature_selection import SelectByMutualInfo
    >>> from skmi.model_selection import stability_selection
    >>> rng = np.random.default_rng(0)
    >>> X = rng.normal(size=(300, 20))
    >>> y = X[:, 0] + X[:, 1] + rng.normal(size=300)
    >>> result = stability_selection(
    ...     SelectByMutualInfo(3), X, y, threshold=0.8, random_state=0
    ... )
    >>> np.flatnonzero(result.support)
    array([0, 1])
    >>> result.error_bound < 1
    True
    """
    _check_selector(selector)
    n_rows = check_rows(X, y, None)
    check_integer("n_subsamples", n_subsamples, 2)
    check_range("fraction", fraction, 0, 1, closed="neither")
    check_range("threshold", threshold, 0, 1, closed="right")
    check_range("level", level, 0, 1, closed="neither")
    if complementary:
        _check_pairs(n_subsamples, fraction)
    codes = check_groups(groups, n_rows)
    units = np.arange(n_rows) if codes is None else codes
    strata = _strata(y, units)
    size = int(fraction * len(strata))
    if size < 1:
        msg = (
            f"fraction must leave at least 1 of the {len(strata)} rows or groups in a "
            f"subsample, found {fraction}."
        )
        raise ValueError(msg)
    rng = check_generator(random_state)
    selector = settled(seeded(selector, rng), y)
    parts = _subsamples(strata, size, n_subsamples, complementary, rng)
    masks = Parallel(n_jobs=n_jobs)(
        delayed(_mask)(selector, X, y, np.flatnonzero(np.isin(units, part)), fit_params)
        for part in parts
    )
    bounded = complementary or fraction <= 0.5
    return _summary(np.array(masks), threshold, complementary, bounded, level)


def _check_selector(selector: Any) -> None:
    """Raise unless an object can be cloned and fitted, and gives a mask."""
    needed = ("fit", "get_params", "get_support")
    if isinstance(selector, type) or not all(hasattr(selector, n) for n in needed):
        msg = (
            "selector must be an object with fit, get_params and get_support, found "
            f"{selector!r}."
        )
        raise TypeError(msg)


def _check_pairs(n_subsamples: int, fraction: float) -> None:
    """Raise unless subsamples can come in pairs."""
    if n_subsamples % 2:
        msg = f"n_subsamples must be even if complementary=True, found {n_subsamples}."
        raise ValueError(msg)
    if fraction > 0.5:
        msg = f"fraction must be at most 0.5 if complementary=True, found {fraction}."
        raise ValueError(msg)


def _strata(y: Any, units: np.ndarray) -> np.ndarray:
    """Return the class of each unit, the most frequent one of its rows; 0 if none."""
    n_units = int(units.max()) + 1
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if type_of_target(labels, input_name="y") not in ("binary", "multiclass"):
        return np.zeros(n_units, dtype=np.intp)
    codes = np.unique(labels, return_inverse=True)[1]
    n_classes = int(codes.max()) + 1
    if n_classes * _MIN_CLASS > n_units:
        return np.zeros(n_units, dtype=np.intp)
    table = np.zeros((n_units, n_classes), dtype=np.intp)
    np.add.at(table, (units, codes), 1)
    return table.argmax(axis=1)


def _subsamples(
    strata: np.ndarray,
    size: int,
    n_subsamples: int,
    complementary: bool,
    rng: np.random.Generator,
) -> list[np.ndarray]:
    """Return the units of each subsample."""
    parts: list[np.ndarray] = []
    while len(parts) < n_subsamples:
        order = np.lexsort((rng.random(len(strata)), strata))
        chosen = _evenly(len(order), size, rng)
        parts.append(order[chosen])
        if complementary:
            rest = np.delete(order, chosen)
            parts.append(rest[_evenly(len(rest), size, rng)])
    return parts


def _evenly(n_all: int, size: int, rng: np.random.Generator) -> np.ndarray:
    """Return positions at even distances from a random start.

    Each is as likely as any other, and each run of positions gets its share.
    """
    return np.floor((np.arange(size) + rng.random()) * n_all / size).astype(np.intp)


def _mask(
    selector: Any, X: Any, y: Any, rows: np.ndarray, fit_params: dict[str, Any] | None
) -> np.ndarray:
    """Return which columns are selected on some rows."""
    fitted = clone(selector)
    params = _check_method_params(X, fit_params or {}, rows)
    with warnings.catch_warnings():
        # That a part of the rows gives nothing is a result, and no mishap.
        warnings.filterwarnings("ignore", "No (column|feature)", UserWarning)
        fitted.fit(take_rows(X, rows), take_rows(y, rows), **params)
        return np.asarray(fitted.get_support(), dtype=bool)


def _summary(
    masks: np.ndarray,
    threshold: float,
    complementary: bool,
    bounded: bool,
    level: float,
) -> StabilitySelectionResult:
    """Return everything that follows from the masks."""
    n_subsamples, n_features = masks.shape
    frequencies = masks.mean(axis=0)
    n_selected = float(masks.sum(axis=1).mean())
    # Shares are multiples of 1 / n_subsamples: the threshold is as good as the next.
    least = np.ceil(threshold * n_subsamples - 1e-9) / n_subsamples
    bounds = {"meinshausen_buhlmann": np.nan, "shah_samworth": np.nan}
    if bounded:
        bounds["meinshausen_buhlmann"] = meinshausen_buhlmann(
            n_selected, n_features, least
        )
    if complementary:
        bounds["shah_samworth"] = shah_samworth(
            n_selected, n_features, least, n_subsamples // 2
        )
    known = [bound for bound in bounds.values() if not np.isnan(bound)]
    stability, interval = stability_index(masks, level)
    return StabilitySelectionResult(
        frequencies,
        frequencies >= least - 1e-9,
        min(known, default=np.nan),
        bounds,
        stability,
        interval,
        n_selected,
        masks,
    )


def meinshausen_buhlmann(q: float, n_features: int, threshold: float) -> float:
    """Return the bound of Meinshausen and Buhlmann, NaN where there is none."""
    if threshold <= 0.5:
        return np.nan
    return float(q**2 / ((2 * threshold - 1) * n_features))


def shah_samworth(q: float, n_features: int, threshold: float, n_pairs: int) -> float:
    """Return the bound of Shah and Samworth for unimodal shares, NaN without one."""
    theta, slack = q / n_features, 1 / (2 * n_pairs)
    low = min(0.5 + theta**2, 0.5 + slack + 0.75 * theta**2)
    if theta > 1 / np.sqrt(3) or threshold < 0.5 + 1 / n_pairs or threshold <= low:
        return np.nan
    if threshold <= 0.75:
        factor = 1 / (2 * (2 * threshold - 1 - slack))
    else:
        factor = 4 * (1 - threshold + slack) / (1 + 1 / n_pairs)
    return float(factor * theta * q)


def stability_index(
    masks: np.ndarray, level: float
) -> tuple[float, tuple[float, float]]:
    """Return the index of Nogueira et al. and its confidence interval."""
    n_sets, n_features = masks.shape
    frequencies = masks.mean(axis=0)
    sizes = masks.sum(axis=1) / n_features
    share = sizes.mean()
    scale = share * (1 - share)
    if scale == 0:
        return np.nan, (np.nan, np.nan)
    spread = n_sets / (n_sets - 1) * (frequencies * (1 - frequencies)).mean()
    index = 1 - spread / scale
    own = (masks * frequencies).mean(axis=1) - sizes * share
    own += index / 2 * (2 * sizes * share - sizes - share + 1)
    own /= scale
    error = 2 * np.sqrt(np.sum((own - own.mean()) ** 2)) / n_sets
    reach = norm.ppf((1 + level) / 2) * error
    return float(index), (float(index - reach), float(index + reach))
