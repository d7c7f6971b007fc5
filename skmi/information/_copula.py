"""Information of the ranks of continuous variables, by Gaussian copulas."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri

from skmi.information._checks import check_samples, check_weight
from skmi.information._gaussian import (
    gaussian_conditional_mutual_information,
    gaussian_mutual_information,
)


def normal_scores(x: Any, *, sample_weight: Any = None) -> np.ndarray:
    r"""Replace the values of each column by those of a Gaussian of the same ranks.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d)
        Samples, one a row.
    sample_weight : array-like of shape (n,), default=None
        How often each row was seen. Weights equal repeated rows exactly.

    Returns
    -------
    ndarray of shape (n,) or (n, d)
        The scores, in the shape of x. Those of a constant column are 0.

    Raises
    ------
    ValueError
        If x is not a 1-D or 2-D array of finite real numbers, or the weights do not
        fit.

    See Also
    --------
    gaussian_copula_mutual_information : Information of two variables' scores.

    Notes
    -----
    The score of the value with rank r among n is :math:`\Phi^{-1}(r / (n + 1))`
    [1]_. Equal values share their average rank. Rising maps of a column change no
    bit of its scores, and falling ones only their signs. Cost O(d n log n).

    References
    ----------
    .. [1] B. L. van der Waerden (1952), "Order tests for the two-sample problem and
       their power".

    Examples
    --------
    >>> from skmi.information import normal_scores
    >>> normal_scores([10.0, 1000.0, 20.0]).round(3)
    array([-0.674,  0.674,  0.   ])
    """
    samples = check_samples(x, "x")
    weight = check_weight(sample_weight, len(samples))
    scores = np.column_stack([_scores(column, weight) for column in samples.T])
    return scores.reshape(np.shape(x))


def gaussian_copula_mutual_information(
    x: Any,
    y: Any,
    *,
    sample_weight: Any = None,
    bias_correction: bool = True,
    pointwise: bool = False,
    base: float | None = None,
) -> float | np.ndarray:
    r"""Mutual information of variables whose normal scores are jointly Gaussian.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples of the one variable, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Samples of the other, row by row those that go with x.
    sample_weight : array-like of shape (n,), default=None
        How often each row was seen. Weights equal repeated rows exactly.
    bias_correction : bool, default=True
        Whether the bias of Gaussian samples is taken off, as in
        :func:`gaussian_mutual_information`. For scores it is close and not exact.
    pointwise : bool, default=False
        Whether to return the log-ratio of densities of each row. Their (weighted)
        mean is the information.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float or ndarray of shape (n,)
        The information, in nats unless ``base`` is given. Corrected values may be
        negative and are returned so. Exactly 0 if x or y is constant, and infinity
        if a column of x has the same ranks as one of y.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers, if their lengths
        differ, if there are no more rows than columns, if a weight is 0 while
        pointwise values are wanted, or if an option is not acceptable.

    See Also
    --------
    normal_scores : What is done to each column.
    gaussian_mutual_information : The same without ranks.
    gaussian_copula_conditional_mutual_information : The same given a third variable.

    Notes
    -----
    Information does not change under one-to-one maps of a variable, so each column is
    first given Gaussian margins by its ranks [1]_. Rising maps of any column change
    no bit of the result, and outliers hardly matter.

    For two columns without ties the value is, up to the error of the sample, a lower
    bound of the true information: among all dependences of Gaussian margins with the
    same correlation the Gaussian one has the least. What has no correlation of ranks,
    a parabola for example, is not seen. With several columns in x or y the bound needs
    the scores of each to be jointly Gaussian.

    Ties share a score, which is the column's information as cut by them: a Gaussian
    variable cut at its median keeps about :math:`2 / \pi` of a weak information. With
    ties in one column the lower bound still holds. With ties in both it does not: two
    equal columns of two levels share log 2, and the value is infinite. For columns of
    few levels prefer tables.

    Cost O(n log n) for each column and O(n (d_x + d_y)^2).

    References
    ----------
    .. [1] R. A. A. Ince, B. L. Giordano, C. Kayser, G. A. Rousselet, J. Gross,
       P. G. Schyns (2017), "A statistical framework for neuroimaging data analysis
       based on mutual information estimated via a Gaussian copula".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import gaussian_copula_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> x = rng.standard_normal(2000)
    >>> y = np.exp(3 * (x + rng.standard_normal(2000)))
    >>> round(gaussian_copula_mutual_information(x, y, base=2), 1)
    0.5
    """
    check_samples(y, "y", len(check_samples(x, "x")))
    return gaussian_mutual_information(
        normal_scores(x, sample_weight=sample_weight),
        normal_scores(y, sample_weight=sample_weight),
        sample_weight=sample_weight,
        bias_correction=bias_correction,
        pointwise=pointwise,
        base=base,
    )


def gaussian_copula_conditional_mutual_information(
    x: Any,
    y: Any,
    z: Any,
    *,
    sample_weight: Any = None,
    bias_correction: bool = True,
    pointwise: bool = False,
    base: float | None = None,
) -> float | np.ndarray:
    r"""Mutual information given a third variable, of jointly Gaussian scores.

    Parameters
    ----------
    x : array-like of shape (n,) or (n, d_x)
        Samples of the one variable, one a row.
    y : array-like of shape (n,) or (n, d_y)
        Samples of the other, row by row those that go with x.
    z : array-like of shape (n,) or (n, d_z)
        Samples of the condition, row by row.
    sample_weight : array-like of shape (n,), default=None
        How often each row was seen. Weights equal repeated rows exactly.
    bias_correction : bool, default=True
        Whether the bias of Gaussian samples is taken off, as in
        :func:`gaussian_mutual_information`. For scores it is close and not exact.
    pointwise : bool, default=False
        Whether to return the log-ratio of conditional densities of each row. Their
        (weighted) mean is the information.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float or ndarray of shape (n,)
        I(X;Y|Z), in nats unless ``base`` is given. Corrected values may be negative
        and are returned so. Exactly 0 if x or y is constant or has the ranks of z.

    Raises
    ------
    ValueError
        If an array is not 1-D or 2-D of finite real numbers, if their lengths
        differ, if there are no more rows than columns, if a weight is 0 while
        pointwise values are wanted, or if an option is not acceptable.

    See Also
    --------
    gaussian_copula_mutual_information : The same without a condition.
    gaussian_conditional_mutual_information : The same without ranks.

    Notes
    -----
    The columns of all three are replaced by their normal scores, which are then taken
    for jointly Gaussian [1]_: only what is linear in the scores of z is accounted
    for. Unlike the unconditional value this one is no bound. Cost O(n log n) for each
    column and O(n (d_x + d_y + d_z)^2).

    References
    ----------
    .. [1] R. A. A. Ince, B. L. Giordano, C. Kayser, G. A. Rousselet, J. Gross,
       P. G. Schyns (2017), "A statistical framework for neuroimaging data analysis
       based on mutual information estimated via a Gaussian copula".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import gaussian_copula_conditional_mutual_information
    >>> rng = np.random.default_rng(0)
    >>> z = rng.standard_normal(2000)
    >>> x, y = np.exp(z + rng.standard_normal((2, 2000)))
    >>> abs(gaussian_copula_conditional_mutual_information(x, y, z)) < 0.01
    True
    """
    n_rows = len(check_samples(x, "x"))
    for name, values in (("y", y), ("z", z)):
        check_samples(values, name, n_rows)
    return gaussian_conditional_mutual_information(
        normal_scores(x, sample_weight=sample_weight),
        normal_scores(y, sample_weight=sample_weight),
        normal_scores(z, sample_weight=sample_weight),
        sample_weight=sample_weight,
        bias_correction=bias_correction,
        pointwise=pointwise,
        base=base,
    )


def _scores(column: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """Return the normal scores of one column; weights count rows."""
    level, counts = np.unique(column, return_inverse=True, return_counts=True)[1:]
    if weight is not None:
        counts = np.bincount(level, weights=weight)
    total = counts.sum()
    # Twice the distance of a level's average rank from the middle.
    offset = 2 * np.cumsum(counts) - counts - total
    tail = ndtri((total + 1 - np.abs(offset)) / (2 * (total + 1)))
    # Both halves from the lower tail: symmetric to the last bit.
    return (-np.sign(offset) * tail)[level]
