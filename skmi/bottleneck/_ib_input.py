"""What a bottleneck of tables is given: counts, or rows of codes with a target."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy import sparse

from skmi._validation import (
    blame,
    check_as_many_rows,
    check_frequencies,
    check_no_missing,
    check_X,
    check_y_given,
)
from skmi.bottleneck._ib_table import conditional


class Counts(NamedTuple):
    """Rows of p(y|x) (n, m) over columns that occur, and the rows' weights (n,)."""

    given: sparse.csr_array
    weight: np.ndarray


class Codes(NamedTuple):
    """What codes were seen: the values of each column, and the rows they make up."""

    values: tuple[np.ndarray, ...]
    rows: np.ndarray
    target: np.ndarray


def read_counts(estimator: Any, X: Any, reset: bool) -> sparse.csr_array:
    """Return a table of counts of at least 0."""
    X = check_X(
        estimator, X, reset=reset, accept_sparse="csr", ensure_min_samples=1, copy=False
    )
    counts = sparse.csr_array(X, dtype=np.float64)
    if counts.nnz and counts.data.min() < 0:
        msg = (
            f"Negative values in data passed to {type(estimator).__name__}: X must be "
            f"counts of at least 0, found {counts.data.min():g}."
        )
        raise ValueError(msg)
    return counts


def weigh_counts(counts: sparse.csr_array, sample_weight: Any) -> Counts:
    """Return p(y|x) of counts and the weights of rows, which are their sums."""
    scaled = counts.copy()
    if scaled.nnz:
        # Sums of large counts must not overflow.
        scaled.data = scaled.data / scaled.data.max()
    weight = np.asarray(scaled.sum(axis=1)).reshape(-1)
    if sample_weight is not None:
        weight = weight * check_frequencies(sample_weight, counts.shape[0])
    if not weight.sum() > 0:
        msg = "X must have a positive sum of counts, found zeros alone."
        raise ValueError(msg)
    return Counts(conditional(counts), weight)


def read_codes(estimator: Any, X: Any, reset: bool) -> np.ndarray:
    """Return the columns of codes as they are, (n, d)."""
    X = check_X(estimator, X, reset=reset, dtype=None, ensure_min_samples=1)
    array = np.asarray(X)
    if array.dtype == object:
        for j in range(array.shape[1]):
            check_no_missing(array[:, j], f"X: column {j}")
    return array


def count_codes(
    estimator: Any, X: Any, y: Any, sample_weight: Any
) -> tuple[Counts, Codes, np.ndarray]:
    """Return the table of joint codes and y, what they are, and each row's code."""
    check_y_given(estimator, y)
    array = read_codes(estimator, X, reset=True)
    target = np.asarray(y)
    if target.ndim == 2 and target.shape[1] == 1:
        target = target[:, 0]
    if target.ndim != 1:
        msg = f"y must be of shape (n,), found {target.shape}."
        raise ValueError(msg)
    check_as_many_rows(target, len(array))
    check_no_missing(target)
    weight = np.ones(len(array))
    if sample_weight is not None:
        weight = check_frequencies(sample_weight, len(array))
    with blame("X", "columns of sortable codes of one kind each"):
        columns = [
            np.unique(array[:, j], return_inverse=True) for j in range(array.shape[1])
        ]
    with blame("y", "sortable labels of one kind"):
        levels, labels = np.unique(target, return_inverse=True)
    rows, code = np.unique(
        np.column_stack([inverse for _, inverse in columns]),
        axis=0,
        return_inverse=True,
    )
    code = code.reshape(-1)
    table = sparse.coo_array(
        (weight, (code, labels)), shape=(len(rows), levels.size)
    ).tocsr()
    counts = Counts(conditional(table), np.bincount(code, weights=weight))
    return counts, Codes(tuple(c[0] for c in columns), rows, levels), code


def look_up_codes(codes: Codes, array: np.ndarray) -> np.ndarray:
    """Return which of the seen joint codes each row is, -1 for none of them."""
    places = np.empty(array.shape, dtype=np.intp)
    known = np.ones(len(array), dtype=bool)
    for j, values in enumerate(codes.values):
        with blame("X", "codes of the kind that fit had"):
            place = np.searchsorted(values, array[:, j])
        place = np.minimum(place, values.size - 1)
        known &= np.asarray(values[place] == array[:, j], dtype=bool)
        places[:, j] = place
    both, inverse = np.unique(
        np.vstack([codes.rows, places]), axis=0, return_inverse=True
    )
    inverse = inverse.reshape(-1)
    of_row = np.full(len(both), -1)
    of_row[inverse[: len(codes.rows)]] = np.arange(len(codes.rows))
    return np.where(known, of_row[inverse[len(codes.rows) :]], -1)
