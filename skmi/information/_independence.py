"""What an information of independent variables would be, and how far it lies off."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.stats import chi2

from skmi.information._checks import check_counts, nats_per_unit
from skmi.information._discrete import mutual_information
from skmi.information._normalized import expected_information

_NULLS = ("permutation", "williams")


class MutualInformationTest(NamedTuple):
    """An information, the part that chance does not give, and a test."""

    mutual_information: float
    corrected: float
    null_std: float
    statistic: float
    p_value: float
    dof: int


def mutual_information_test(
    table: Any, *, null: str = "permutation", base: float | None = None
) -> MutualInformationTest:
    r"""Mutual information beside what independent variables of this table would show.

    Parameters
    ----------
    table : array-like of shape (n_x, n_y)
        Counts of each pair of levels, at least 0. Sums of weights are accepted with
        ``null="williams"``.
    null : {"permutation", "williams"}, default="permutation"
        Where the mean under independence comes from: exactly, from all pairings of
        the rows, or from Williams' expansion for large N.
    base : float, default=None
        Base of the logarithm: None for nats, 2 for bits.

    Returns
    -------
    result : NamedTuple
        ``mutual_information``, the plug-in value; ``corrected``, the same minus its
        mean under independence, negative where it is less; ``null_std``, its
        standard deviation under independence; ``statistic``, about chi-square with
        ``dof`` degrees of freedom under independence; ``p_value``. The first three
        are nats unless ``base`` is given. With a constant, 0 everywhere and a
        p-value of 1.

    Raises
    ------
    ValueError
        If the table is not 2-D, has negative or non-finite cells or sums to 0, if it
        holds fractions under ``null="permutation"``, or an option is unknown.

    See Also
    --------
    adjusted_mutual_information : A share with the same mean taken off.
    expected_mutual_information : The mean over permutations.
    suggest_n_bins : How many bins keep that mean small.

    Notes
    -----
    Under independence :math:`2 N I / f` is about chi-square with
    :math:`(K_x - 1)(K_y - 1)` degrees of freedom for K occupied levels, so that I has
    mean :math:`f\,\mathrm{dof} / 2N` and standard deviation
    :math:`f \sqrt{2\,\mathrm{dof}} / 2N`. The factor f is 1 in the limit. Williams
    [1]_ gives the next term of its expansion; ``"permutation"`` chooses it so that
    the mean is exact.

    Corrected values compare across columns of different cardinality and data sets of
    different size, and with the permutation mean also where most cells are empty.
    There the statistic varies less than chi-square: ``null_std`` is too large, and
    the p-value of a dependence too. Williams' factor is meant for tables with a few
    rows in every cell.

    Cost as :func:`expected_mutual_information`.

    References
    ----------
    .. [1] D. A. Williams (1976), "Improved likelihood ratio tests for complete
       contingency tables".

    Examples
    --------
    >>> from skmi.information import mutual_information_test
    >>> result = mutual_information_test([[30, 10], [10, 30]])
    >>> round(result.mutual_information, 3), round(result.corrected, 3), result.dof
    (0.131, 0.124, 1)
    >>> result.p_value < 1e-4
    True
    """
    array = check_counts(table, "table", ndim=2)
    if null not in _NULLS:
        msg = f"null must be one of {list(_NULLS)}, found {null!r}."
        raise ValueError(msg)
    unit = nats_per_unit(base)
    rows, columns = (array.sum(axis=axis) for axis in (1, 0))
    rows, columns = rows[rows > 0], columns[columns > 0]
    if null == "permutation" and (array % 1 != 0).any():
        msg = (
            "table must hold whole counts with null='permutation', found fractions; "
            "null='williams' accepts weights."
        )
        raise ValueError(msg)
    dof = (rows.size - 1) * (columns.size - 1)
    if dof == 0:
        return MutualInformationTest(0.0, 0.0, 0.0, 0.0, 1.0, 0)
    information = mutual_information(array)
    # What one unit of the statistic is worth, in nats.
    scale = _mean_under_independence(rows, columns, null) / dof
    return MutualInformationTest(
        information / unit,
        (information - scale * dof) / unit,
        scale * float(np.sqrt(2 * dof)) / unit,
        information / scale,
        float(chi2.sf(information / scale, dof)),
        dof,
    )


def _mean_under_independence(rows: np.ndarray, columns: np.ndarray, null: str) -> float:
    """Return the mean plug-in information in nats of tables with these margins."""
    if null == "permutation":
        return expected_information(rows, columns)
    total = float(rows.sum())
    x, y = (total * float(np.sum(1 / margin)) - 1 for margin in (rows, columns))
    dof = (rows.size - 1) * (columns.size - 1)
    return (dof + x * y / (6 * total)) / (2 * total)
