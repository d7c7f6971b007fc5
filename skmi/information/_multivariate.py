"""Information among many variables: how much they share, and in which way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skmi.information._checks import nats_per_unit
from skmi.information._corrections import Correction
from skmi.information._variables import Estimator, variables_of


def total_correlation(
    X: Any,
    *,
    groups: Sequence[Sequence[int]] | None = None,
    estimator: Estimator = "discrete",
    correction: str | Correction = "plugin",
    bias_correction: bool = True,
    sample_weight: Any = None,
    base: float | None = None,
) -> float:
    r"""Total correlation of many variables.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Integer codes for the discrete estimator, numbers for the others.
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
    float
        The information that the variables have about one another, in nats unless
        ``base`` is given; 0 for independent ones. Estimates are returned as
        computed. A constant variable changes nothing.

    Raises
    ------
    ValueError
        If X is not 2-D, does not fit the estimator or has columns that follow from
        others (estimators of continuous variables), if groups do not name columns
        once, or an option is unknown.

    See Also
    --------
    factorized_total_correlation : The mean over small sets of the variables.
    dual_total_correlation : What several of them share.
    max_total_correlation : How large it can be.

    Notes
    -----
    :math:`TC = \sum_i H(X_i) - H(X_1, \dots, X_N)` [1]_, also called
    multi-information: the divergence of the joint distribution from the product of
    its margins. For two variables it is their mutual information.

    The plug-in estimate is too large by about
    :math:`(\prod_i k_i - \sum_i k_i + N - 1) / 2n` for full support on
    :math:`k_i` levels each, so it needs corrections or many rows as N grows. Only
    rows that occur are counted: cost O(N n log n), whatever the number of cells. For
    Gaussian variables cost O(n d^2 + d^3); the corrected estimate is then unbiased.

    References
    ----------
    .. [1] S. Watanabe (1960), "Information theoretical analysis of multivariate
       correlation".

    Examples
    --------
    Three copies of a coin:

    >>> import numpy as np
    >>> from skmi.information import total_correlation
    >>> coin = np.array([0, 1, 0, 1])
    >>> round(total_correlation(np.column_stack([coin, coin, coin]), base=2), 6)
    2.0
    """
    unit = nats_per_unit(base)
    found = variables_of(
        X, groups, estimator, correction, bias_correction, sample_weight
    )
    every = range(len(found.columns))
    return found.total(every) / unit


def dual_total_correlation(
    X: Any,
    *,
    groups: Sequence[Sequence[int]] | None = None,
    estimator: Estimator = "discrete",
    correction: str | Correction = "plugin",
    bias_correction: bool = True,
    sample_weight: Any = None,
    base: float | None = None,
) -> float:
    r"""Dual total correlation of many variables.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Integer codes for the discrete estimator, numbers for the others.
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
    float
        The entropy that is not private to any one variable, in nats unless ``base``
        is given; 0 for independent ones. Estimates are returned as computed. A
        constant variable changes nothing.

    Raises
    ------
    ValueError
        If X is not 2-D, does not fit the estimator or has columns that follow from
        others (estimators of continuous variables), if groups do not name columns
        once, or an option is unknown.

    See Also
    --------
    total_correlation : Its counterpart.
    o_information : The difference of the two.

    Notes
    -----
    :math:`DTC = H(X) - \sum_i H(X_i | X_{-i})
    = \sum_i H(X_{-i}) - (N - 1) H(X)` [1]_, where :math:`X_{-i}` are all variables but
    one; also called binding information. For two variables it is their mutual
    information. Cost as of :func:`total_correlation`, N times.

    References
    ----------
    .. [1] T. S. Han (1978), "Nonnegative entropy measures of multivariate symmetric
       correlations".

    Examples
    --------
    Two coins and their parity:

    >>> import numpy as np
    >>> from skmi.information import dual_total_correlation
    >>> X = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> round(dual_total_correlation(X, base=2), 6)
    2.0
    """
    unit = nats_per_unit(base)
    found = variables_of(
        X, groups, estimator, correction, bias_correction, sample_weight
    )
    every = range(len(found.columns))
    return found.dual(every) / unit


def o_information(
    X: Any,
    *,
    groups: Sequence[Sequence[int]] | None = None,
    estimator: Estimator = "discrete",
    correction: str | Correction = "plugin",
    bias_correction: bool = True,
    sample_weight: Any = None,
    base: float | None = None,
) -> float:
    r"""O-information of many variables: redundancy minus synergy.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Integer codes for the discrete estimator, numbers for the others.
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
    float
        Total correlation minus dual total correlation, in nats unless ``base`` is
        given: positive where redundancy prevails, negative where synergy does. It is
        0 for two variables, and a constant variable changes nothing.

    Raises
    ------
    ValueError
        If X is not 2-D, does not fit the estimator or has columns that follow from
        others (estimators of continuous variables), if groups do not name columns
        once, or an option is unknown.

    See Also
    --------
    s_information : The sum of the two, how strongly the variables depend.
    interaction_information : The same for a table of three variables.

    Notes
    -----
    :math:`\Omega = TC - DTC` [1]_. For three variables this is the co-information
    :math:`I(X;Y) - I(X;Y|Z)`. It lies between :math:`-(N - 2) \log k` and
    :math:`(N - 2) \log k` for k levels each. Both terms are large where the balance
    is small, so that it takes more rows than either. Cost as of
    :func:`dual_total_correlation`.

    References
    ----------
    .. [1] F. E. Rosas, P. A. M. Mediano, M. Gastpar, H. J. Jensen (2019),
       "Quantifying high-order interdependencies via multivariate extensions of the
       mutual information".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import o_information
    >>> parity = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> round(o_information(parity, base=2), 6)
    -1.0
    >>> round(o_information(parity[:, [0, 0, 0]], base=2), 6)
    1.0
    """
    unit = nats_per_unit(base)
    found = variables_of(
        X, groups, estimator, correction, bias_correction, sample_weight
    )
    every = range(len(found.columns))
    return (found.total(every) - found.dual(every)) / unit


def s_information(
    X: Any,
    *,
    groups: Sequence[Sequence[int]] | None = None,
    estimator: Estimator = "discrete",
    correction: str | Correction = "plugin",
    bias_correction: bool = True,
    sample_weight: Any = None,
    base: float | None = None,
) -> float:
    r"""S-information of many variables: how strongly they depend.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Integer codes for the discrete estimator, numbers for the others.
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
    float
        Total correlation plus dual total correlation, in nats unless ``base`` is
        given; 0 for independent variables. A constant variable changes nothing.

    Raises
    ------
    ValueError
        If X is not 2-D, does not fit the estimator or has columns that follow from
        others (estimators of continuous variables), if groups do not name columns
        once, or an option is unknown.

    See Also
    --------
    o_information : The difference of the two, of which kind the dependence is.

    Notes
    -----
    :math:`\Sigma = TC + DTC = \sum_i I(X_i; X_{-i})` [1]_: the information that each
    variable has about all others, summed. Cost as of :func:`dual_total_correlation`.

    References
    ----------
    .. [1] F. E. Rosas, P. A. M. Mediano, M. Gastpar, H. J. Jensen (2019),
       "Quantifying high-order interdependencies via multivariate extensions of the
       mutual information".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import s_information
    >>> parity = np.array([[0, 0, 0], [0, 1, 1], [1, 0, 1], [1, 1, 0]])
    >>> round(s_information(parity, base=2), 6)
    3.0
    """
    unit = nats_per_unit(base)
    found = variables_of(
        X, groups, estimator, correction, bias_correction, sample_weight
    )
    every = range(len(found.columns))
    return (found.total(every) + found.dual(every)) / unit
