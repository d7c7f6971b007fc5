"""Columns of arrays, frames and sparse matrices as numbers and codes."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import validate_data

from skmi._validation import (
    check_no_missing,
    check_X,
    columns_of,
    is_categorical,
    is_missing,
    names_of,
    resolve_columns,
)

# Whole numbers with more values than this are amounts rather than categories.
MAX_LEVELS = 20


def read_columns(
    estimator: Any,
    X: Any,
    *,
    discrete_features: Any,
    missing: str,
    accept_sparse: bool,
    code: bool = True,
    reset: bool = True,
) -> tuple[Any, np.ndarray]:
    """Return the columns as numbers (n, p), and which of them are discrete.

    Parameters
    ----------
    estimator : object
        Gets ``n_features_in_`` and ``feature_names_in_``.
    X : array-like, frame or sparse matrix of shape (n, p)
        Numbers; columns of a frame may be categories, strings or booleans.
    discrete_features : "auto", bool or array-like
        Which columns are discrete.
    missing : {"error", "category", "pairwise"}
        Whether NaN is allowed, and stays NaN.
    accept_sparse : bool
        Whether a sparse matrix is allowed; it is returned as CSC.
    code : bool, default=True
        Whether categories become codes 0, 1, ...; else they must be numbers, and stay.
    reset : bool, default=True
        False checks the columns against those of the first call.

    Returns
    -------
    values : ndarray or sparse matrix of shape (n, p)
        Numbers, and codes 0, 1, ... in discrete columns.
    discrete : ndarray of bool of shape (p,)
        All False where X is sparse: its values are levels as they are.
    """
    # Rows that come in blocks may come one by one.
    options = {"reset": reset, "ensure_min_samples": 2 if reset and code else 1}
    if issparse(X):
        options["accept_sparse"] = "csc" if accept_sparse else False
        finite = True if missing == "error" else "allow-nan"
        values = check_X(estimator, X, ensure_all_finite=finite, **options)
        _refuse_for_sparse(discrete_features)
        return values, np.zeros(values.shape[1], dtype=bool)
    columns = columns_of(X)
    kinds = np.array([_kind(column, j) for j, column in enumerate(columns)])
    if not code and (kinds == "category").any():
        msg = (
            "X must hold numbers where edges of bins are fixed, found words or "
            f"categories in column {int(np.argmax(kinds == 'category'))}; code them "
            "as numbers."
        )
        raise ValueError(msg)
    if np.isin(kinds, ["category", "bool"]).any():
        validate_data(estimator, X, skip_check_array=True, reset=reset)
        values = _from_frame(columns, kinds, missing, options["ensure_min_samples"])
    else:
        finite = True if missing == "error" else "allow-nan"
        whole = _is_whole(X, columns)
        values = check_X(estimator, X, ensure_all_finite=finite, **options)
        kinds = np.where(whole, "whole", "number")
        kinds = np.broadcast_to(kinds, values.shape[1:])
    discrete = _discrete(discrete_features, values, kinds, names_of(X))
    if not code:
        return values, discrete
    return _coded(values, discrete & (kinds != "category")), discrete


def _kind(column: Any, position: int) -> str:
    """Tell what a column of a frame holds."""
    if is_categorical(column):
        return "category"
    dtype = str(column.dtype).lower()
    if dtype.startswith("bool") or is_categorical(column, booleans=True):
        return "bool"
    if dtype.startswith(("int", "uint")):
        return "whole"
    if dtype.startswith(("float", "double", "decimal", "sparse")) or dtype == "object":
        return "number"
    msg = (
        f"X: column {position} is of dtype {column.dtype}; accepted: numbers, "
        "booleans, strings and categories."
    )
    raise ValueError(msg)


def _is_whole(X: Any, columns: list[Any]) -> Any:
    """Tell which columns were whole numbers before they became floats."""
    if columns:
        return np.array(
            [str(c.dtype).lower().startswith(("int", "uint")) for c in columns]
        )
    dtype = X.dtype if hasattr(X, "dtype") else np.asarray(X).dtype
    return np.array(getattr(dtype, "kind", "") in "biu")


def _from_frame(
    columns: list[Any], kinds: np.ndarray, missing: str, min_rows: int
) -> np.ndarray:
    """Return the columns of a frame as numbers and codes, NaN where missing."""
    n_rows = len(columns[0])
    if n_rows < min_rows:
        msg = f"X has {n_rows} sample(s), while a minimum of {min_rows} is required."
        raise ValueError(msg)
    values = np.empty((n_rows, len(columns)), order="F")
    for j, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        values[:, j] = _codes(column) if kind == "category" else _numbers(column, j)
        _check_column(values[:, j], j, missing)
    return values


def _codes(column: Any) -> np.ndarray:
    """Return codes 0, 1, ... of a column of categories, NaN where missing."""
    if hasattr(column, "to_physical"):
        codes = _polars_codes(column)
    elif hasattr(column, "cat"):
        codes = np.asarray(column.cat.codes).astype(np.float64)
        codes[codes < 0] = np.nan
    else:
        array = np.asarray(column, dtype=object)
        gone = np.asarray(column.isna())
        codes = np.full(len(array), np.nan)
        codes[~gone] = np.unique(array[~gone].astype(str), return_inverse=True)[1]
    known = ~np.isnan(codes)
    codes[known] = np.unique(codes[known], return_inverse=True)[1]
    return codes


def _polars_codes(column: Any) -> np.ndarray:
    """Return the numbers behind categories or strings of polars."""
    polars = sys.modules["polars"]
    if column.dtype == polars.String:
        column = column.cast(polars.Categorical)
    return column.to_physical().cast(polars.Float64).to_numpy().astype(np.float64)


def _numbers(column: Any, position: int) -> np.ndarray:
    """Return a column of numbers or booleans as floats, NaN where missing."""
    if hasattr(column, "to_physical"):
        column = column.cast(sys.modules["polars"].Float64).to_numpy()
    elif str(column.dtype) == "object":
        column = [np.nan if is_missing(value) else value for value in column]
    elif hasattr(column, "to_numpy"):
        column = column.to_numpy(dtype=np.float64, na_value=np.nan)
    try:
        return np.asarray(column, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"X: column {position} must hold numbers or strings, found a mixture."
        raise ValueError(msg) from error


def _check_column(values: np.ndarray, position: int, missing: str) -> None:
    """Raise where a column has values that are not allowed."""
    if missing == "error":
        check_no_missing(values, f"X: column {position}")
    if np.isinf(values).any():
        msg = f"X: column {position} contains infinity; accepted: finite numbers."
        raise ValueError(msg)


def _discrete(
    discrete_features: Any, values: np.ndarray, kinds: np.ndarray, names: Any
) -> np.ndarray:
    """Return which columns hold categories, declared ones always."""
    declared = kinds == "category"
    if isinstance(discrete_features, str):
        few = [
            kind == "whole" and _has_few(x)
            for kind, x in zip(kinds, values.T, strict=True)
        ]
        return declared | (kinds == "bool") | np.array(few, dtype=bool)
    if isinstance(discrete_features, (bool, np.bool_)):
        return declared | bool(discrete_features)
    mask = np.zeros(values.shape[1], dtype=bool)
    if np.size(discrete_features):
        n_features = values.shape[1]
        mask[
            resolve_columns(
                discrete_features, n_features, names, name="discrete_features"
            )
        ] = True
    return declared | mask


def _has_few(values: np.ndarray) -> bool:
    """Tell whether a column has few values, by its first rows if these have many."""
    first = values[:1000]
    if np.unique(first[~np.isnan(first)]).size > MAX_LEVELS:
        return False
    return np.unique(values[~np.isnan(values)]).size <= MAX_LEVELS


def _coded(values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return codes 0, 1, ... in the place of the values of some columns."""
    if not chosen.any():
        return values
    coded = np.array(values, dtype=np.float64, order="F")
    for j in np.flatnonzero(chosen):
        known = ~np.isnan(coded[:, j])
        coded[known, j] = np.unique(coded[known, j], return_inverse=True)[1]
    return coded


def _refuse_for_sparse(discrete_features: Any) -> None:
    """Raise where a sparse matrix is told which columns are discrete."""
    if isinstance(discrete_features, str):
        return
    msg = (
        "discrete_features must be 'auto' for sparse X, whose values are levels as "
        f"they are, found {discrete_features!r}."
    )
    raise ValueError(msg)
