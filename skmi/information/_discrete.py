"""Entropy and information of tables of counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from skmi.information._checks import check_counts, nats_per_unit

Correction = Callable[[np.ndarray], float]


def _plugin(counts: np.ndarray) -> float:
    """Return the entropy of the observed frequencies: biased downward."""
    p = counts / counts.sum()
    # 0.0 - ...: the entropy of a constant is 0.0, not -0.0.
    return float(0.0 - np.sum(p * np.log(p)))


def _miller_madow(counts: np.ndarray) -> float:
    """Return the plug-in entropy plus the first term of its bias."""
    return _plugin(counts) + float((counts.size - 1) / (2 * counts.sum()))


CORRECTIONS: dict[str, Correction] = {
    "plugin": _plugin,
    "miller_madow": _miller_madow,
}
"""Name -> entropy in nats of a 1-D array of positive counts in rising order."""


def resolve_correction(correction: str | Correction) -> Correction:
    """Return the function that a name means, or the callable itself."""
    if callable(correction):
        return correction
    if correction not in CORRECTIONS:
        msg = (
            f"correction must be one of {sorted(CORRECTIONS)} or a callable, found "
            f"{correction!r}."
        )
        raise ValueError(msg)
    return CORRECTIONS[correction]


def entropy_of_table(table: np.ndarray, correct: Correction) -> float:
    """Return the entropy of all cells of one table, in nats."""
    # Sorted positive cells: relabelling changes no bit, and equal entropies cancel
    # exactly where one variable is a function of another.
    return correct(np.sort(table[table > 0]))


def entropy(
    counts: Any, *, correction: str | Correction = "plugin", base: float | None = None
) -> float:
    r"""Entropy of a discrete variable from its counts.

    Parameters
    ----------
    counts : array-like of shape (n_levels,) or of any shape
        Counts or summed weights of the levels, at least 0. A table with several
        axes gives the joint entropy of its variables.
    correction : {"plugin", "miller_madow"} or callable, default="plugin"
        How the entropy is estimated; a callable takes a 1-D array of positive counts
        and returns nats.
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
    kozachenko_leonenko_entropy : Entropy of continuous variables.

    Notes
    -----
    The plug-in estimate is :math:`-\sum_i p_i \log p_i` with :math:`p_i = c_i / N`.
    It is too low by about :math:`(K - 1) / 2N` for K occupied levels, which
    ``"miller_madow"`` adds [1]_. Counts need not be integers: N is their sum, so
    weights mean frequencies. Cost O(K log K).

    References
    ----------
    .. [1] G. A. Miller (1955), "Note on the bias of information estimates".

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
    correction : {"plugin", "miller_madow"} or callable, default="plugin"
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
    :math:`(n_x - 1)(n_y - 1) / 2N` and not 0. Cost O(K log K) for K cells.

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
    h_x, h_y, h_xy = (
        entropy_of_table(cells, correct)
        for cells in (array.sum(axis=1), array.sum(axis=0), array)
    )
    return (h_x - (h_xy - h_y)) / nats_per_unit(base)


def conditional_mutual_information(
    table: Any, *, correction: str | Correction = "plugin", base: float | None = None
) -> float:
    r"""Mutual information of two discrete variables given a third.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y, n_z)
        Counts or summed weights of each triple of levels, at least 0; the last axis
        is the condition.
    correction : {"plugin", "miller_madow"} or callable, default="plugin"
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
    :math:`I(X;Y,Z) = I(X;Y) + I(X;Z|Y)` [1]_ holds under every correction.
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
    h_xz, h_yz, h_xyz, h_z = (
        entropy_of_table(cells, correct)
        for cells in (
            array.sum(axis=1),
            array.sum(axis=0),
            array,
            array.sum(axis=(0, 1)),
        )
    )
    return ((h_xz - h_z) - (h_xyz - h_yz)) / nats_per_unit(base)
