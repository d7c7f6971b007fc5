"""Entropies and informations of all pairs of columns of integer codes."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skmi.information._checks import (
    check_codes,
    check_count,
    check_jobs,
    check_weight,
    in_threads,
)
from skmi.information._corrections import Correction, resolve_correction
from skmi.information._fixed import OFFSETS, FixedTerms, Target, fixed_terms
from skmi.information._planes import as_target, fill_pairs, is_narrow
from skmi.information._rows import RowByRow
from skmi.information._table_by_table import entropies_by_table, informations_by_table

_MAX_BYTES = 1 << 28

# Fewer columns than this are counted row by row: bits would not pay.
_MIN_COLUMNS = 4


class PairwiseInformation(NamedTuple):
    """Informations of all pairs of columns in the presence of a target Y, in nats.

    Parameters
    ----------
    mutual : ndarray of shape (d, d)
        :math:`I(X_i;X_j)`; :math:`H(X_i)` on the diagonal.
    conditional : ndarray of shape (d, d)
        :math:`I(X_i;X_j|Y)`; :math:`H(X_i|Y)` on the diagonal.
    joint : ndarray of shape (d, d)
        :math:`I(X_i,X_j;Y)`; :math:`I(X_i;Y)` on the diagonal.

    See Also
    --------
    pairwise_mutual_information : The function that returns it.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import pairwise_mutual_information
    >>> coins = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> found = pairwise_mutual_information(coins, [0, 1, 1, 0])
    >>> found.joint / np.log(2)
    array([[0., 1.],
           [1., 0.]])
    """

    mutual: np.ndarray
    conditional: np.ndarray
    joint: np.ndarray


class _Checked(NamedTuple):
    """Arguments after their checks; columns are (d, n)."""

    columns: np.ndarray
    target: np.ndarray | None
    weight: np.ndarray | None
    max_bytes: int
    n_jobs: int


class _Entropies(NamedTuple):
    """Entropies as whole numbers of ``unit`` nats.

    ``tables`` (1 or 2, d, d) hold those of pairs without and with the target right of
    the diagonal, those of single columns on it.
    """

    tables: np.ndarray
    target: int
    unit: float


def pairwise_entropies(
    codes: Any,
    target: Any = None,
    *,
    sample_weight: Any = None,
    correction: str | Correction = "plugin",
    max_bytes: int = _MAX_BYTES,
    n_jobs: int | None = None,
) -> np.ndarray:
    r"""Joint entropies of all pairs of columns of codes.

    Parameters
    ----------
    codes : array-like of int of shape (n, d)
        Levels 0, 1, ... of each column. Fortran order and uint8 are read as they
        lie; anything else is copied.
    target : array-like of int of shape (n,), default=None
        Levels 0, 1, ... of a further variable Y.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`entropy`. "plugin" and
        "miller_madow" are compiled; others are called table by table, on one thread,
        and ``"james_stein"`` adds up as it does for :func:`joint_entropies`.
    max_bytes : int, default=2**28
        Size of the working space beyond the result: pairs are taken in tiles that fit
        into it, or in the smallest ones if none does. Results do not depend on it.
    n_jobs : int, default=None
        Number of threads: None for 1, -1 for all processors. Results do not depend on
        it.

    Returns
    -------
    ndarray of shape (d, d) or (2, d, d)
        :math:`H(X_i, X_j)` in nats, :math:`H(X_i)` on the diagonal; with a target
        also :math:`H(X_i, X_j, Y)`, :math:`H(X_i, Y)` on the diagonal. Symmetric to
        the last bit.

    Raises
    ------
    ValueError
        If codes are not integers of at least 0, lengths differ, weights are negative
        or all 0, or an option is unknown.

    See Also
    --------
    pairwise_mutual_information : Informations of the pairs.
    joint_entropies : Columns with one other variable.

    Notes
    -----
    Rows are sorted by the levels of one column (and of the target). The tables of
    this column with all others are then sums of rows of bits, which are added 512 bits
    at a time by full adders, as in counts of set bits [1]_. So counting costs
    :math:`O(n d^2 L / 512)` for L levels, and the terms of the cells
    :math:`O(d^2 L^2)`. Weights, columns of more than 64 levels, and tables with more
    cells than rows are counted row by row in :math:`O(n d^2)`, at most about
    :math:`10 n` cells each. Memory O(d^2) and ``max_bytes``.

    The terms c log c are rounded to whole numbers of a unit near :math:`10^{-17}`
    nats, whose sums are exact: entropies that are equal are equal to the last bit.

    References
    ----------
    .. [1] W. Mula, N. Kurz, D. Lemire (2018), "Faster population counts using AVX2
       instructions", the adders of Harley and Seal.

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import pairwise_entropies
    >>> codes = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0]])
    >>> pairwise_entropies(codes) / np.log(2)
    array([[1., 2., 1.],
           [2., 1., 1.],
           [1., 1., 0.]])
    """
    from skmi.information._kernels_pairs import mirror

    checked = _checked(codes, target, sample_weight, correction, max_bytes, n_jobs)
    if correction in OFFSETS:
        found = _compiled_entropies(checked, correction)
        tables = _in_nats(found.tables, found.unit)
    else:
        tables = entropies_by_table(*checked[:3], correction)
    for values in tables:
        mirror(values)
    return tables[0] if target is None else tables


def pairwise_mutual_information(
    codes: Any,
    target: Any = None,
    *,
    sample_weight: Any = None,
    correction: str | Correction = "plugin",
    max_bytes: int = _MAX_BYTES,
    n_jobs: int | None = None,
) -> np.ndarray | PairwiseInformation:
    r"""Mutual information of all pairs of columns of codes.

    Parameters
    ----------
    codes : array-like of int of shape (n, d)
        Levels 0, 1, ... of each column. Fortran order and uint8 are read as they
        lie; anything else is copied.
    target : array-like of int of shape (n,), default=None
        Levels 0, 1, ... of a further variable Y.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    correction : str or callable, default="plugin"
        How each entropy is estimated, as in :func:`mutual_information` and
        :func:`conditional_mutual_information`. "plugin" and "miller_madow" are
        compiled; others are called table by table, on one thread.
    max_bytes : int, default=2**28
        Size of the working space beyond the result.
    n_jobs : int, default=None
        Number of threads: None for 1, -1 for all processors. Results do not depend on
        it.

    Returns
    -------
    ndarray of shape (d, d) or PairwiseInformation
        :math:`I(X_i;X_j)` in nats, :math:`H(X_i)` on the diagonal; with a target a
        named tuple of this (``mutual``), of :math:`I(X_i;X_j|Y)` (``conditional``) and
        of :math:`I(X_i,X_j;Y)` (``joint``). All are symmetric to the last bit.
        Corrected values may be negative and are returned so.

    Raises
    ------
    ValueError
        If codes are not integers of at least 0, lengths differ, weights are negative
        or all 0, or an option is unknown.

    See Also
    --------
    pairwise_entropies : The entropies behind it, and how they are found.
    mutual_information_matrix : The same from numbers, categories and frames.

    Notes
    -----
    Differences of entropies [1]_ that are whole numbers of a tiny unit: exactly 0 where
    a variable is constant, and where conditioning on Y leaves one constant. The synergy
    of a pair is ``joint[i, j] - joint[i, i] - joint[j, j]``. For independent columns
    of K levels the plug-in value is about :math:`(K - 1)^2 / 2N`, not 0, and the
    largest of :math:`d^2 / 2` such values is well above that. Cost and memory as
    for :func:`pairwise_entropies`.

    References
    ----------
    .. [1] T. M. Cover, J. A. Thomas (2006), "Elements of Information Theory",
       chapter 2.

    Examples
    --------
    Two coins say nothing about their parity, nor about each other, until both are seen:

    >>> import numpy as np
    >>> from skmi.information import pairwise_mutual_information
    >>> coins = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> found = pairwise_mutual_information(coins, [0, 1, 1, 0])
    >>> found.mutual / np.log(2)
    array([[1., 0.],
           [0., 1.]])
    >>> found.joint / np.log(2)
    array([[0., 1.],
           [1., 0.]])
    """
    from skmi.information._kernels_pairs import (
        informations,
        informations_with,
        mirror,
    )

    checked = _checked(codes, target, sample_weight, correction, max_bytes, n_jobs)
    if correction not in OFFSETS:
        found = informations_by_table(*checked[:3], correction)
    else:
        tables, only_y, unit = _compiled_entropies(checked, correction)
        singles = tables.diagonal(axis1=1, axis2=2).copy()
        if target is None:
            informations(tables[0], singles[0])
            found = [_in_nats(tables[0], unit)]
        else:
            joint = np.empty_like(tables[0])
            pair, triple = tables
            informations_with(pair, triple, singles[0], singles[1], only_y, joint)
            found = [_in_nats(values, unit) for values in (*tables, joint)]
    for values in found:
        mirror(values)
    return found[0] if target is None else PairwiseInformation(*found)


def _checked(
    codes: Any,
    target: Any,
    sample_weight: Any,
    correction: str | Correction,
    max_bytes: int,
    n_jobs: int | None,
) -> _Checked:
    """Check the arguments."""
    resolve_correction(correction)
    columns = check_codes(codes, "codes", None)
    n_rows = columns.shape[1]
    return _Checked(
        columns,
        None if target is None else check_codes(target, "target", n_rows),
        check_weight(sample_weight, n_rows),
        check_count(max_bytes, "max_bytes", 1),
        check_jobs(n_jobs),
    )


def _compiled_entropies(checked: _Checked, correction: Any) -> _Entropies:
    """Return the entropies of all pairs, each counted in the way that suits it."""
    columns, target, weight, max_bytes, n_jobs = checked
    n_rows = columns.shape[1]
    terms = fixed_terms(n_rows, weight, correction)
    y = as_target(None if target is None else _compact(target), n_rows)
    columns, n_levels = _tight(columns)
    n_columns = len(columns)
    found: np.ndarray = np.empty(
        (1 if target is None else 2, n_columns, n_columns), dtype=np.int64
    )
    pair, triple = found[0], found[-1]
    most = max_bytes // (32 * n_jobs)
    rows = RowByRow(columns, n_levels, y, weight, terms, most)

    narrow = is_narrow(n_levels, y.n_levels, n_rows)
    if weight is not None or narrow.sum() < _MIN_COLUMNS:
        narrow[:] = False
    places = np.flatnonzero(narrow)
    if places.size:
        some = slice(None) if narrow.all() else places
        fill_pairs(
            columns[some],
            n_levels[some],
            places,
            y,
            terms,
            pair,
            triple,
            max_bytes=max_bytes,
            n_jobs=n_jobs,
        )
        if y.n_levels == 1:
            triple[:] = pair

    def fill(i: int) -> None:
        others = np.flatnonzero(narrow | (np.arange(n_columns) > i))
        entropies = rows.entropies(others, i)
        where = np.minimum(i, others), np.maximum(i, others)
        pair[where], triple[where] = entropies

    in_threads(fill, np.flatnonzero(~narrow), n_jobs)
    singles = rows.entropies(np.arange(n_columns), None)
    np.fill_diagonal(pair, singles[0])
    np.fill_diagonal(triple, singles[1])
    return _Entropies(found, _entropy_of_target(y, weight, terms), terms.unit)


def _entropy_of_target(
    target: Target, weight: np.ndarray | None, terms: FixedTerms
) -> int:
    """Return N H(Y)."""
    nobody = as_target(None, len(target.codes))
    n_levels = np.array([target.n_levels])
    alone = RowByRow(target.codes[None, :], n_levels, nobody, weight, terms)
    return int(alone.entropies(np.zeros(1, dtype=np.intp), None)[0, 0])


def _tight(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return columns without more levels than rows, and their numbers of levels."""
    n_levels = columns.max(axis=1).astype(np.int64) + 1
    loose = np.flatnonzero(n_levels > max(256, columns.shape[1]))
    if loose.size:
        columns = columns.copy()
    for j in loose:
        columns[j] = _compact(columns[j])
        n_levels[j] = columns[j].max() + 1
    return columns, n_levels


def _compact(codes: np.ndarray) -> np.ndarray:
    """Return codes without unused levels."""
    if codes.max() > max(256, codes.size):
        return np.unique(codes, return_inverse=True)[1]
    codes = codes.astype(np.intp, copy=False)
    used = np.bincount(codes) > 0
    return codes if used.all() else (np.cumsum(used) - 1)[codes]


def _in_nats(values: np.ndarray, unit: float) -> np.ndarray:
    """Turn whole numbers of a unit into nats, in the same memory."""
    return np.multiply(values, unit, out=values.view(np.float64))
