"""The matrix of mutual informations of the columns of an array or a frame."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from skmi._validation import (
    check_name,
    check_no_missing,
    columns_of,
    is_categorical,
    resolve_columns,
)
from skmi.information._binning import discretize
from skmi.information._checks import check_count, check_numbers
from skmi.information._pairs import pairwise_mutual_information


def mutual_information_matrix(
    X: Any,
    *,
    discrete_features: Any = "auto",
    estimator: str = "binned",
    n_bins: int = 8,
    normalized: bool = False,
    sample_weight: Any = None,
    n_jobs: int | None = None,
) -> Any:
    r"""Mutual information of all pairs of columns of an array or a frame.

    Parameters
    ----------
    X : array-like or frame of shape (n, d)
        Columns of numbers, booleans, strings or categories, each complete. Frames of
        pandas and polars are read column by column.
    discrete_features : "auto", bool, or array-like, default="auto"
        Columns whose values are labels: a mask, indices or names, or True for all.
        "auto" takes categories, strings and booleans for labels and other numbers
        not. The scores of :mod:`skmi.feature_selection` take booleans for numbers, as
        scikit-learn does.
    estimator : {"binned"}, default="binned"
        "binned" cuts numbers at their quantiles.
    n_bins : int, default=8
        Largest number of bins of a column of numbers. One with no more distinct values
        than that keeps them, as does every column of labels.
    normalized : bool, default=False
        Divide :math:`I(X_i;X_j)` by the mean of :math:`H(X_i)` and :math:`H(X_j)`: 1
        for columns that tell each other, 0 with a constant column.
    sample_weight : array-like of shape (n,), default=None
        Weights of the rows, at least 0, as frequencies.
    n_jobs : int, default=None
        Number of threads: None for 1, -1 for all processors. Results do not depend on
        it.

    Returns
    -------
    ndarray or frame of shape (d, d)
        :math:`I(X_i;X_j)` in nats, :math:`H(X_i)` on the diagonal. A frame gives a
        frame of its own kind with the same names; a frame of pandas has them as its
        index too.

    Raises
    ------
    ValueError
        If X has no rows or columns, values are missing or not finite, a column is
        neither numbers nor labels, or an option is unknown.

    See Also
    --------
    pairwise_mutual_information : The same for columns that are codes already.
    discretize : How numbers are cut.

    Notes
    -----
    The binned value is at most :math:`\log n_{bins}` for numbers, and does not change
    under a rising map of a column. For independent columns of K levels it is about
    :math:`(K - 1)^2 / 2n` [1]_ and not 0. Cost O(d n log n) for bins, and
    O(n d^2 K / 512 + d^2 K^2) for pairs (see :func:`pairwise_entropies`); memory
    O(d n + d^2).

    References
    ----------
    .. [1] G. A. Miller (1955), "Note on the bias of information estimates".

    Examples
    --------
    >>> import numpy as np
    >>> from skmi.information import mutual_information_matrix
    >>> x = np.arange(12.0)
    >>> X = np.column_stack([x, -(x**3), x % 2])
    >>> mutual_information_matrix(X, n_bins=4, normalized=True).round(3)
    array([[1.   , 1.   , 0.054],
           [1.   , 1.   , 0.054],
           [0.054, 0.054, 1.   ]])
    """
    check_name("estimator", estimator, _ESTIMATORS)
    n_bins = check_count(n_bins, "n_bins", 2)
    if not isinstance(normalized, (bool, np.bool_)):
        msg = f"normalized must be True or False, found {normalized!r}."
        raise ValueError(msg)
    variables = _read(X, discrete_features)
    values: Any = _ESTIMATORS[estimator](variables, n_bins, sample_weight, n_jobs)
    if normalized:
        h = values.diagonal()
        mean = (h[:, None] + h) / 2
        values = np.divide(values, mean, out=np.zeros_like(values), where=mean > 0)
    if hasattr(X, "iloc"):
        return type(X)(values, index=X.columns, columns=X.columns)
    if hasattr(X, "get_columns"):
        return type(X)(values, schema=list(X.columns), orient="row")
    return values


class _Variables(NamedTuple):
    """The values of each column, and which of them are labels."""

    columns: list[np.ndarray]
    discrete: np.ndarray


def _binned(
    variables: _Variables, n_bins: int, sample_weight: Any, n_jobs: int | None
) -> np.ndarray:
    """Return the plug-in informations of labels and of numbers cut into bins."""
    codes, numbers = list(variables.columns), np.flatnonzero(~variables.discrete)
    for j in np.flatnonzero(variables.discrete):
        codes[j] = np.unique(codes[j], return_inverse=True)[1]
    if numbers.size:
        together = np.column_stack([codes[j] for j in numbers])
        binned, _ = discretize(together, n_bins, sample_weight=sample_weight)
        for j, column in zip(numbers, binned.T, strict=True):
            codes[j] = column
    dtype = np.uint8 if max(k.max() for k in codes) < 256 else np.int32
    rows = np.array(codes, dtype=dtype).T
    options = {"sample_weight": sample_weight, "n_jobs": n_jobs}
    values: Any = pairwise_mutual_information(rows, **options)
    return values


_ESTIMATORS: dict[str, Callable[[_Variables, int, Any, int | None], np.ndarray]] = {
    "binned": _binned
}
"""Name -> from variables, bins, weights and threads to informations (d, d) in nats."""


def _read(X: Any, discrete_features: Any) -> _Variables:
    """Return the columns of an array or a frame, and which hold labels."""
    columns = columns_of(X)
    names = list(X.columns) if columns else None
    if not columns:
        array = np.asarray(X)
        if array.ndim != 2:
            msg = f"X must be a 2-D array or a frame, found shape {array.shape}."
            raise ValueError(msg)
        columns = list(array.T)
    if not columns or len(columns[0]) == 0:
        msg = f"X must have rows and columns, found shape {np.shape(X)}."
        raise ValueError(msg)
    titles = range(len(columns)) if names is None else names
    read = [_values(k, title) for k, title in zip(columns, titles, strict=True)]
    labels = np.array([is_categorical(column, booleans=True) for column in columns])
    discrete = _discrete_mask(discrete_features, labels, names)
    for values, title, is_discrete in zip(read, titles, discrete, strict=True):
        if not is_discrete and values.dtype.kind not in "buif":
            msg = (
                f"discrete_features must include column {title!r} of X, which holds "
                f"labels, found {discrete_features!r}."
            )
            raise ValueError(msg)
    return _Variables(read, discrete)


def _values(column: Any, title: Any) -> np.ndarray:
    """Return the values of a column: numbers, booleans or strings, none missing."""
    values = column.to_numpy() if hasattr(column, "to_numpy") else column
    if values.dtype == object:
        check_no_missing(values, f"Column {title!r} of X")
        # Python objects show what they are: words, truth values or numbers.
        values = np.array(values.tolist())
    if values.ndim != 1 or values.dtype.kind not in "buifUS":
        msg = (
            f"Column {title!r} of X must hold numbers, booleans, strings or "
            f"categories, found {getattr(column, 'dtype', values.dtype)}."
        )
        raise ValueError(msg)
    if values.dtype.kind == "f":
        check_numbers(values, f"Column {title!r} of X")
    return values


def _discrete_mask(spec: Any, labels: np.ndarray, names: Any) -> np.ndarray:
    """Return which columns hold labels."""
    if isinstance(spec, str) and spec == "auto":
        return labels
    if isinstance(spec, (bool, np.bool_)):
        return np.full(labels.size, bool(spec))
    mask = np.zeros(labels.size, dtype=bool)
    array = np.asarray(spec)
    if array.dtype.kind == "b" and array.shape == labels.shape:
        mask[:] = array
    elif array.size:
        found = resolve_columns(spec, labels.size, names, name="discrete_features")
        mask[found] = True
    return mask
