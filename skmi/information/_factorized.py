"""Total correlation over small sets of variables, and how large it can be."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from skmi.information._checks import check_count, nats_per_unit
from skmi.information._corrections import Correction
from skmi.information._variables import Estimator, check_members, variables_of

Margins = str | Iterable[Sequence[int]]


def factorized_total_correlation(
    X: Any,
    *,
    margins: Margins = "pairs",
    return_margins: bool = False,
    groups: Sequence[Sequence[int]] | None = None,
    estimator: Estimator = "discrete",
    correction: str | Correction = "plugin",
    bias_correction: bool = True,
    sample_weight: Any = None,
    base: float | None = None,
) -> float | tuple[float, dict[tuple[int, ...], float]]:
    r"""Mean total correlation over small sets of variables.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Integer codes for the discrete estimator, numbers for the others.
    margins : {"pairs", "chain", "star"} or list of tuples of int, default="pairs"
        The sets of variables: all pairs, each variable with the next, the first
        variable with every other, or sets of your own by number.
    return_margins : bool, default=False
        Whether the value of each margin is returned too.
    groups : sequence of sequences of int, default=None
        Columns that make up each variable, for instance ``[[0, 1], [2]]``; None
        takes every column for a variable.
    estimator : {"discrete", "gaussian", "copula"} or callable, default="discrete"
        How an entropy is estimated: from counts, from the covariance, or from the
        covariance of normal scores of the ranks. A callable takes some columns
        (n, k) and returns their entropy in nats.
    correction : str or callable, default="plugin"
        Correction of discrete entropies, as in :func:`entropy`.
    bias_correction : bool, default=True
        Whether the bias of log-determinants is taken off, for ``"gaussian"`` and
        ``"copula"``.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies; not for callables.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    value : float
        The mean over the margins, in nats unless ``base`` is given.
    by_margin : dict of tuple to float
        The total correlation of each margin; only with ``return_margins=True``.

    Raises
    ------
    ValueError
        If X is not 2-D, does not fit the estimator or has columns that follow from
        others (estimators of continuous variables), if groups do not name columns
        once, or an option is unknown.

    See Also
    --------
    total_correlation : Of all variables at once.
    max_total_correlation : How large the mean can be.

    Notes
    -----
    :math:`FMI = \frac{1}{|\Lambda|} \sum_{S \in \Lambda} TC(X_S)` for a family
    :math:`\Lambda` of sets of variables [1]_. A pair of k levels has :math:`k^2` cells
    where all N variables have :math:`k^N`, so that far fewer rows suffice.

    For variables of k levels each the mean over pairs is at most :math:`\log k`,
    reached only if each pair of the family is matched one to one, both uniform. If
    the family connects all variables, what maximises the mean is exactly what
    maximises the total correlation. A family that falls apart, such as
    ``[(0, 1), (2, 3)]``, says nothing about how its parts depend; and with unequal
    numbers of levels the two maxima are related only. Cost as of
    :func:`total_correlation` for each margin.

    References
    ----------
    .. [1] T. Merkh, G. Montufar (2020), "Factorized mutual information
       maximization".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import factorized_total_correlation
    >>> X = np.array([[0, 0, 1], [1, 1, 1], [0, 0, 0], [1, 1, 0]])
    >>> value, by_margin = factorized_total_correlation(
    ...     X, margins="chain", return_margins=True, base=2
    ... )
    >>> value
    0.5
    >>> by_margin
    {(0, 1): 1.0, (1, 2): 0.0}
    """
    unit = nats_per_unit(base)
    found = variables_of(
        X, groups, estimator, correction, bias_correction, sample_weight
    )
    every = range(len(found.columns))
    by_margin = {
        margin: found.total(margin) / unit for margin in _margins(margins, len(every))
    }
    value = sum(by_margin.values()) / len(by_margin)
    return (value, by_margin) if return_margins else value


def max_total_correlation(
    cardinalities: Sequence[int],
    *,
    margins: Margins | None = None,
    base: float | None = None,
) -> float:
    r"""Largest total correlation that variables of given numbers of levels can have.

    Parameters
    ----------
    cardinalities : sequence of int
        Number of levels of each variable, at least 1.
    margins : {"pairs", "chain", "star"} or list of tuples of int, default=None
        None for the total correlation; otherwise the largest mean over these sets of
        variables, as in :func:`factorized_total_correlation`.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        An upper bound, in nats unless ``base`` is given. It is reached if all
        variables have the same number of levels, and not always otherwise.

    Raises
    ------
    ValueError
        If a cardinality is not an int of at least 1, there are none, or an option
        is unknown.

    See Also
    --------
    total_correlation : What is bounded.
    factorized_total_correlation : What is bounded with ``margins``.

    Notes
    -----
    :math:`\sum_i \log k_i - \max_i \log k_i` [1]_: the joint entropy is no less than
    the largest of the others. For equal numbers of levels this is
    :math:`(N - 1) \log k`, reached when each variable is a permutation of the first,
    which is uniform. With margins, the mean of their bounds.

    References
    ----------
    .. [1] T. Merkh, G. Montufar (2020), "Factorized mutual information
       maximization".

    Examples
    --------
    >>> from skmi.information import max_total_correlation
    >>> max_total_correlation([2, 2, 4], base=2)
    2.0
    >>> max_total_correlation([2, 2, 2], margins="pairs", base=2)
    1.0
    """
    unit = nats_per_unit(base)
    levels = [check_count(k, "cardinalities", 1) for k in cardinalities]
    if not levels:
        msg = "cardinalities must name at least 1 variable, found none."
        raise ValueError(msg)
    logs = np.log(levels)
    every: list[tuple[int, ...]] = [tuple(range(len(levels)))]
    family = every if margins is None else _margins(margins, len(levels))
    bounds = [logs[list(margin)].sum() - logs[list(margin)].max() for margin in family]
    return float(np.mean(bounds)) / unit


def _margins(margins: Margins, n_variables: int) -> list[tuple[int, ...]]:
    """Return the sets of variables that a name means, or a user's own."""
    if isinstance(margins, str):
        named = {
            "pairs": list(combinations(range(n_variables), 2)),
            "chain": [(i, i + 1) for i in range(n_variables - 1)],
            "star": [(0, i) for i in range(1, n_variables)],
        }
        if margins not in named:
            msg = (
                f"margins must be one of {list(named)} or a list of tuples, found "
                f"{margins!r}."
            )
            raise ValueError(msg)
        sets: list[tuple[int, ...]] = [*named[margins]]
    else:
        sets = [tuple(margin) for margin in margins]
    if not sets:
        msg = (
            f"margins must hold at least 1 set of variables, found {margins!r} of "
            f"{n_variables} variables."
        )
        raise ValueError(msg)
    for members in sets:
        check_members(members, "margins", n_variables)
    return sets
