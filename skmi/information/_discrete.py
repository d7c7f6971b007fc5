"""Entropy and information of tables of counts."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi.information._checks import check_counts, nats_per_unit
from skmi.information._corrections import (
    Correction,
    entropy_of_table,
    resolve_correction,
)


def entropy(
    counts: Any, *, correction: str | Correction = "plugin", base: float | None = None
) -> float:
    r"""Entropy of a discrete variable from its counts.

    Parameters
    ----------
    counts : array-like of shape (n_levels,) or of any shape
        Counts or summed weights of the levels, at least 0. A table with several
        axes gives the joint entropy of its variables.
    correction : str or callable, default="plugin"
        How the entropy is estimated: a name of ``CORRECTIONS``, or a function from
        a 1-D array of positive counts in rising order to nats. A function that has
        a parameter ``n_cells`` gets the number of all cells, empty ones included.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The entropy, in nats unless ``base`` is given.

    Raises
    ------
    ValueError
        If counts are negative, not finite or sum to 0, or an option is unknown.

    See Also
    --------
    mutual_information : Information between two variables.
    conditional_entropy : What is left when another variable is known.
    kozachenko_leonenko_entropy : Entropy of continuous variables.

    Notes
    -----
    With counts :math:`n_i`, their sum N and K occupied levels:

    - ``"plugin"``: :math:`-\sum_i p_i \log p_i` with :math:`p_i = n_i / N`, too low
      by about :math:`(K - 1) / 2N`;
    - ``"miller_madow"`` adds that term [1]_;
    - ``"grassberger"``: :math:`\log N - \frac{1}{N} \sum_i n_i G(n_i)` with
      :math:`G(n) = \psi(n) + \frac{(-1)^n}{2} [\psi(\frac{n+1}{2}) -
      \psi(\frac{n}{2})]` [2]_;
    - ``"chao_shen"``: :math:`-\sum_i q_i \log q_i / (1 - (1 - q_i)^N)` where
      :math:`q_i = C p_i` and the coverage C is 1 minus the share of rows whose
      level was seen once [3]_;
    - ``"james_stein"``: the plug-in value of
      :math:`\lambda / M + (1 - \lambda) p_i`, M being the number of cells with the
      empty ones and :math:`\lambda` the weight that minimises the estimated risk
      [4]_. An information shrinks the joint table and takes all marginals from it;
    - ``"nsb"``: the posterior mean under a mixture of symmetric Dirichlet priors on
      M cells that makes the prior of the entropy nearly flat [5]_.

    The last two need to know which levels are possible: give empty cells for those
    that did not occur, and leave out those that cannot. A variable with one occupied
    level counts as a constant under every correction.

    Counts need not be integers: N is their sum, so weights mean frequencies. Cost
    O(K log K); ``"nsb"`` takes about a millisecond more.

    References
    ----------
    .. [1] G. A. Miller (1955), "Note on the bias of information estimates".
    .. [2] P. Grassberger (2003), "Entropy estimates from insufficient samplings".
    .. [3] A. Chao, T.-J. Shen (2003), "Nonparametric estimation of Shannon's index
       of diversity when there are unseen species in sample".
    .. [4] J. Hausser, K. Strimmer (2009), "Entropy inference and the James-Stein
       estimator, with application to nonlinear gene association networks".
    .. [5] I. Nemenman, F. Shafee, W. Bialek (2002), "Entropy and inference,
       revisited".

    Examples
    --------
    >>> from skmi.information import entropy
    >>> entropy([8, 8], base=2)
    1.0
    >>> round(entropy([6, 3, 1], correction="miller_madow"), 4)
    0.9979
    """
    table = check_counts(counts, "counts")
    correct = resolve_correction(correction)
    return entropy_of_table(table, correct) / nats_per_unit(base)


def mutual_information(
    table: Any, *, correction: str | Correction = "plugin", base: float | None = None
) -> float:
    r"""Mutual information of two discrete variables from their table.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y)
        Counts or summed weights of each pair of levels, at least 0.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        The information, in nats unless ``base`` is given. Corrected values may be
        negative and are returned so. Exactly 0 if either variable is constant.

    Raises
    ------
    ValueError
        If the table is not 2-D, has negative or non-finite cells or sums to 0, or
        an option is unknown.

    See Also
    --------
    contingency_table : The table of two arrays of labels.
    conditional_mutual_information : The same given a third variable.

    Notes
    -----
    :math:`I(X;Y) = H(X) + H(Y) - H(X,Y)` [1]_, each entropy with the same
    correction. For independent variables the plug-in value is on average about
    :math:`(n_x - 1)(n_y - 1) / 2N` and not 0; :func:`mutual_information_test` tells
    how far from that a value lies. Cost O(K log K) for K cells.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory",
       chapter 2.

    Examples
    --------
    >>> from skmi.information import mutual_information
    >>> mutual_information([[5, 0], [0, 5]], base=2)
    1.0
    >>> mutual_information([[5, 5], [0, 0]])
    0.0
    """
    array = check_counts(table, "table", ndim=2)
    correct = resolve_correction(correction)
    value = _information(array[:, :, None], correct, array)
    return value / nats_per_unit(base)


def conditional_mutual_information(
    table: Any, *, correction: str | Correction = "plugin", base: float | None = None
) -> float:
    r"""Mutual information of two discrete variables given a third.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y, n_z)
        Counts or summed weights of each triple of levels, at least 0; the last axis
        is the condition.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        I(X;Y|Z), in nats unless ``base`` is given. Corrected values may be negative
        and are returned so. Exactly 0 if X or Y is constant or a function of Z.

    Raises
    ------
    ValueError
        If the table is not 3-D, has negative or non-finite cells or sums to 0, or
        an option is unknown.

    See Also
    --------
    mutual_information : The same without a condition.

    Notes
    -----
    :math:`I(X;Y|Z) = H(X,Z) + H(Y,Z) - H(X,Y,Z) - H(Z)`, each entropy with the same
    correction, so that the chain rule
    :math:`I(X;Y,Z) = I(X;Y) + I(X;Z|Y)` [1]_ holds under every correction that looks
    at one table of occupied cells at a time. ``"nsb"`` keeps it but for terms that
    are 0 by the rule above, ``"james_stein"`` within a single table only.
    Cost O(K log K) for K cells.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory",
       chapter 2.

    Examples
    --------
    Two coins inform about each other only once their parity is known:

    >>> import numpy as np
    >>> from skmi.information import conditional_mutual_information
    >>> table = np.zeros((2, 2, 2))
    >>> table[0, 0, 0] = table[1, 1, 0] = table[0, 1, 1] = table[1, 0, 1] = 5
    >>> conditional_mutual_information(table, base=2)
    1.0
    """
    array = check_counts(table, "table", ndim=3)
    correct = resolve_correction(correction)
    return _information(array, correct, array) / nats_per_unit(base)


def conditional_entropy(
    table: Any, *, correction: str | Correction = "plugin", base: float | None = None
) -> float:
    r"""Entropy that is left of a discrete variable when another is known.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y)
        Counts or summed weights of each pair of levels, at least 0; the last axis
        is the condition. With more axes, all but the last make up X.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        H(X|Y), in nats unless ``base`` is given. Exactly 0 if X is a function of Y
        in the table.

    Raises
    ------
    ValueError
        If the table has fewer than 2 axes, has negative or non-finite cells or sums
        to 0, or an option is unknown.

    See Also
    --------
    entropy : The same without a condition.
    mutual_information : What the condition tells: H(X) - H(X|Y).

    Notes
    -----
    :math:`H(X|Y) = H(X,Y) - H(Y)` [1]_, each entropy with the same correction.
    Cost O(K log K) for K cells.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory",
       chapter 2.

    Examples
    --------
    >>> from skmi.information import conditional_entropy
    >>> round(conditional_entropy([[5, 0], [5, 10]], base=2), 4)
    0.5
    """
    array = check_counts(table, "table")
    if array.ndim < 2:
        msg = f"table must have at least 2 dimensions, found {array.ndim}."
        raise ValueError(msg)
    condition = array.sum(axis=tuple(range(array.ndim - 1)))
    if np.count_nonzero(array) == np.count_nonzero(condition):
        return 0.0
    correct = resolve_correction(correction)
    h_xy = entropy_of_table(array, correct)
    h_y = entropy_of_table(condition, correct, array)
    return (h_xy - h_y) / nats_per_unit(base)


def interaction_information(
    table: Any, *, correction: str | Correction = "plugin", base: float | None = None
) -> float:
    r"""Interaction information of three discrete variables, as co-information.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y, n_z)
        Counts or summed weights of each triple of levels, at least 0.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    float
        I(X;Y) - I(X;Y|Z), in nats unless ``base`` is given: positive where the
        variables repeat each other (redundancy), negative where they tell something
        only together (synergy). Exactly 0 if any of them is constant.

    Raises
    ------
    ValueError
        If the table is not 3-D, has negative or non-finite cells or sums to 0, or
        an option is unknown.

    See Also
    --------
    mutual_information : The first term.
    conditional_mutual_information : The second term.
    o_information : The balance of redundancy and synergy among many variables.

    Notes
    -----
    The quantity is symmetric in the three variables [1]_. Part of the literature
    gives it the other sign. A value of 0 may mean independence, or that redundancy
    and synergy balance. Cost O(K log K) for K cells.

    References
    ----------
    .. [1] W. J. McGill (1954), "Multivariate information transmission".

    Examples
    --------
    Three copies of a coin are redundant, two coins and their parity synergistic:

    >>> import numpy as np
    >>> from skmi.information import interaction_information
    >>> copies, parity = np.zeros((2, 2, 2)), np.zeros((2, 2, 2))
    >>> copies[0, 0, 0] = copies[1, 1, 1] = 5
    >>> parity[0, 0, 0] = parity[1, 1, 0] = parity[0, 1, 1] = parity[1, 0, 1] = 5
    >>> interaction_information(copies, base=2)
    1.0
    >>> interaction_information(parity, base=2)
    -1.0
    """
    array = check_counts(table, "table", ndim=3)
    correct = resolve_correction(correction)
    unit = nats_per_unit(base)
    if np.count_nonzero(array.sum(axis=(0, 1))) == 1:
        return 0.0
    pair = array.sum(axis=2)[:, :, None]
    value = _information(pair, correct, array) - _information(array, correct, array)
    return value / unit


def _information(table: np.ndarray, correct: Correction, whole: np.ndarray) -> float:
    """Return I(X;Y|Z) of a table (n_x, n_y, n_z), itself a marginal of ``whole``."""
    xz, yz, z = table.sum(axis=1), table.sum(axis=0), table.sum(axis=(0, 1))
    # A function of Z says nothing, also under corrections that count empty cells.
    n_known = np.count_nonzero(z)
    if n_known in (np.count_nonzero(xz), np.count_nonzero(yz)):
        return 0.0
    h_xz, h_yz, h_xyz, h_z = (
        entropy_of_table(cells, correct, whole) for cells in (xz, yz, table, z)
    )
    return (h_xz - h_z) - (h_xyz - h_yz)
