"""Checks of what users pass: arrays, columns, counts; and fits that fail cleanly."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import (
    _check_y,
    check_array,
    validate_data,
)

FLOATS = (np.float64, np.float32)


@contextmanager
def atomic_fit(estimator: Any) -> Iterator[None]:
    """Leave ``estimator`` as it was if the block raises, Ctrl-C included.

    Fitted attributes must be replaced inside the block, never changed in place.
    """
    before = dict(vars(estimator))
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def check_X(estimator: Any, X: Any, **options: Any) -> Any:
    """Return X as scikit-learn's validate_data does; errors name X.

    Floats keep their width, everything else becomes float64.
    """
    options.setdefault("dtype", FLOATS)
    with blame("X", "a 2-D array or frame of finite real numbers"):
        return validate_data(estimator, X, **options)


def check_X_y(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    multi_output: bool = False,
    y_numeric: bool = False,
    **options: Any,
) -> tuple[Any, Any]:
    """Return X and y as scikit-learn's validate_data does; errors name X or y."""
    check_y_given(estimator, y)
    X = check_X(estimator, X, **options)
    numbers = {"multi_output": multi_output, "y_numeric": y_numeric}
    return X, check_target(estimator, y, len(X), **numbers)


def check_target(
    estimator: Any,
    y: Any,
    n_rows: int,
    *,
    multi_output: bool = False,
    y_numeric: bool = False,
) -> Any:
    """Return y as scikit-learn's validate_data does; errors name y."""
    with blame("y", "one finite target a row"):
        check_no_missing(y)
        y = _check_y(y, multi_output, y_numeric, estimator)
    check_as_many_rows(y, n_rows)
    return y


def check_y_given(estimator: Any, y: Any) -> None:
    """Raise if there is no target."""
    if y is None:
        msg = (
            f"This {type(estimator).__name__} estimator requires y to be passed, but "
            "the target y is None."
        )
        raise ValueError(msg)


def check_as_many_rows(y: Any, n_rows: int) -> None:
    """Raise unless a target has as many rows as X."""
    if len(y) != n_rows:
        msg = (
            f"y has {len(y)} rows and X has {n_rows}: found input variables with "
            "inconsistent numbers of samples."
        )
        raise ValueError(msg)


@contextmanager
def blame(name: str, accepted: str) -> Iterator[None]:
    """Say in errors of the block which argument is at fault, and what is accepted."""
    try:
        yield
    except (TypeError, ValueError) as error:
        message = str(error)
        if name in message.replace("'", " ").replace(".", " ").split():
            raise
        kind = TypeError if isinstance(error, TypeError) else ValueError
        msg = f"{name} is not acceptable: {message} Accepted: {accepted}."
        raise kind(msg) from error


def check_no_missing(y: Any, name: str = "y") -> None:
    """Raise if some rows have None, NaN or NA for a value, saying which."""
    array = np.asarray(y)
    if array.dtype.kind not in "fO" or array.ndim != 1:
        return
    if array.dtype == object:
        missing = [i for i, label in enumerate(array) if is_missing(label)]
    else:
        missing = np.flatnonzero(np.isnan(array)).tolist()
    if missing:
        msg = (
            f"{name} must have a value in every row, found {len(missing)} missing "
            f"(None, NaN or NA), the first in row {missing[0]}."
        )
        raise ValueError(msg)


def is_missing(value: Any) -> bool:
    """Tell None, NaN and pandas' NA from labels."""
    try:
        return value is None or not bool(value == value)
    except TypeError:
        # Comparing NA gives NA, which is neither true nor false.
        return True


def check_frequencies(sample_weight: Any, n_rows: int) -> np.ndarray:
    """Return the weights of rows as float64 (n,), at least 0 with a positive sum."""
    array = np.asarray(sample_weight)
    if array.dtype.kind not in "buif":
        msg = f"sample_weight must hold real numbers, found dtype {array.dtype}."
        raise ValueError(msg)
    if array.shape != (n_rows,):
        msg = f"sample_weight must be of shape ({n_rows},), found {array.shape}."
        raise ValueError(msg)
    weight = array.astype(np.float64)
    with np.errstate(over="ignore"):
        total = weight.sum()
    if not (weight >= 0).all() or not 0 < total < np.inf:
        msg = (
            "sample_weight must be finite, at least 0 and not all zero, with a finite "
            f"sum, found a minimum of {weight.min()} and a sum of {total}."
        )
        raise ValueError(msg)
    return weight


def check_class_labels(y: Any) -> None:
    """Raise unless y holds class labels; errors name y."""
    try:
        check_classification_targets(y)
    except ValueError as error:
        msg = f"y is not acceptable: {error}"
        raise ValueError(msg) from error


def check_multi_target(y: Any, n_rows: int) -> np.ndarray:
    """Return a continuous target as a float64 (n, n_outputs) array."""
    array = np.asarray(y)
    if array.dtype.kind not in "buif":
        msg = f"y must be real numbers, found dtype {array.dtype}."
        raise ValueError(msg)
    array = array.astype(np.float64)
    if array.ndim not in (1, 2):
        msg = f"y must be of shape (n,) or (n, n_outputs), found {array.shape}."
        raise ValueError(msg)
    check_as_many_rows(array, n_rows)
    if not np.isfinite(array).all():
        msg = "Input y contains NaN or infinity; accepted: finite real numbers."
        raise ValueError(msg)
    return array.reshape(n_rows, -1)


def read_frame(X: Any, name: str) -> tuple[Any, np.ndarray | None]:
    """Return a frame's columns as numbers, and which of them are categories.

    Columns declared categories, and those of strings, become codes in sorted order of
    their values. Anything but a frame with such columns is returned as it is, with
    None.
    """
    columns = columns_of(X)
    is_category = np.array([is_categorical(column) for column in columns], dtype=bool)
    if not is_category.any():
        return X, None
    values = np.empty((X.shape[0], len(columns)))
    for j, column in enumerate(columns):
        values[:, j] = _codes(column, name, j) if is_category[j] else column
    return values, is_category


def has_categories(y: Any) -> bool:
    """Tell whether y is a column declared categorical, or a frame of one such column.

    An array of it does not say so any more.
    """
    columns = columns_of(y)
    column = columns[0] if len(columns) == 1 else y
    dtype = str(getattr(column, "dtype", "")).lower()
    return dtype.startswith(("category", "categorical", "enum"))


def columns_of(X: Any) -> list[Any]:
    """Return the columns of a pandas or polars frame, none of anything else."""
    if hasattr(X, "iloc") and getattr(X, "ndim", 0) == 2:
        return [X.iloc[:, j] for j in range(X.shape[1])]
    return list(X.get_columns()) if hasattr(X, "get_columns") else []


def is_categorical(column: Any, booleans: bool = False) -> bool:
    """Tell whether a column holds categories or strings, or booleans where asked."""
    dtype = str(column.dtype).lower()
    if dtype.startswith(("category", "categorical", "enum", "str", "utf8")):
        return True
    if dtype == "object":
        values = np.asarray(column)
        truths = booleans and all(isinstance(v, (bool, np.bool_)) for v in values)
        return truths or any(isinstance(value, (str, bytes)) for value in values)
    if booleans and dtype.startswith("bool"):
        return True
    return getattr(column.dtype, "kind", "") in ("U", "S")


def _codes(column: Any, name: str, position: int) -> np.ndarray:
    """Return the codes of a column of categories; none may be missing."""
    array = np.asarray(column, dtype=object)
    check_no_missing(array, f"{name}: column {position}")
    return np.unique(array.astype(str), return_inverse=True)[1]


def names_of(X: Any) -> list[str] | None:
    """Return the names of a frame's columns where all are strings."""
    names = getattr(X, "columns", None)
    if names is None or not all(isinstance(name, str) for name in names):
        return None
    return list(names)


def check_plain(X: Any, **options: Any) -> np.ndarray:
    """Return an array of rows whose columns were checked already; errors name X."""
    with blame("X", "a 2-D array or frame of finite real numbers"):
        return check_array(X, dtype=FLOATS, input_name="X", **options)


def resolve_columns(
    spec: Any, n_features: int, feature_names: Any = None, *, name: str
) -> np.ndarray:
    """Return the indices that a slice, mask, list of indices or of names means.

    Parameters
    ----------
    spec : slice, array of int, array of bool or list of str
        What the user gave.
    n_features : int
        Number of columns of X.
    feature_names : array of str or None
        Names of the columns, where X had any.
    name : str
        The argument's name, for errors.
    """
    if isinstance(spec, slice):
        chosen = np.arange(n_features)[spec]
    else:
        array = np.atleast_1d(np.asarray(spec))
        if array.dtype.kind in "UO":
            chosen = _columns_by_name(array, feature_names, name)
        elif array.dtype.kind == "b":
            if array.shape != (n_features,):
                msg = f"{name}: a mask needs {n_features} entries, found {array.size}."
                raise ValueError(msg)
            chosen = np.flatnonzero(array)
        elif array.dtype.kind in "iu":
            chosen = _columns_by_index(array, n_features, name)
        else:
            msg = (
                f"{name} must be slices, integer indices, boolean masks or column "
                f"names, found {spec!r}."
            )
            raise TypeError(msg)
    if chosen.size == 0:
        msg = f"{name}: {spec!r} names no column of the {n_features} in X."
        raise ValueError(msg)
    return chosen


def _columns_by_name(array: np.ndarray, feature_names: Any, name: str) -> np.ndarray:
    """Return the positions of column names."""
    if feature_names is None:
        msg = (
            f"{name} gives column names {list(array)!r}, but X has no column names; "
            "pass a frame, or slices or indices."
        )
        raise ValueError(msg)
    position = {column: i for i, column in enumerate(feature_names)}
    missing = [column for column in array if column not in position]
    if missing:
        msg = f"{name}: X has no columns {missing!r}; it has {list(position)!r}."
        raise ValueError(msg)
    return np.array([position[column] for column in array], dtype=np.intp)


def _columns_by_index(array: np.ndarray, n_features: int, name: str) -> np.ndarray:
    """Return indices counted from the left, negative ones resolved."""
    if array.ndim != 1 or (array < -n_features).any() or (array >= n_features).any():
        msg = (
            f"{name}: indices must lie in [-{n_features}, {n_features - 1}], found "
            f"{array.tolist()!r}."
        )
        raise ValueError(msg)
    return array.astype(np.intp) % n_features


def resolve_count(value: Any, n_features: int, *, name: str) -> int:
    """Return how many of ``n_features`` a count, fraction or None (half) means."""
    if value is None:
        return max(1, n_features // 2)
    if isinstance(value, Integral) and not isinstance(value, bool):
        if not 1 <= int(value) <= n_features:
            msg = (
                f"{name} must be between 1 and the number of features "
                f"({n_features}), found {value}."
            )
            raise ValueError(msg)
        return int(value)
    if (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and 0 < float(value) <= 1
    ):
        return max(1, round(float(value) * n_features))
    msg = f"{name} must be None, a positive int or a float in (0, 1], found {value!r}."
    raise ValueError(msg)


def accepts_argument(function: Callable[..., Any], name: str) -> bool:
    """Tell whether a function has a parameter of this name."""
    return name in inspect.signature(function).parameters


def check_name(name: str, value: Any, table: Mapping[str, Any]) -> None:
    """Raise unless ``value`` is a key of ``table``."""
    if not isinstance(value, str) or value not in table:
        msg = f"{name} must be one of {sorted(table)}, found {value!r}."
        raise ValueError(msg)


def check_range(
    name: str, value: Any, low: float, high: float, closed: str = "both"
) -> None:
    """Raise unless value is a number between low and high.

    ``closed`` says which ends belong: "both", "left", "right" or "neither".
    """
    left, right = closed in ("both", "left"), closed in ("both", "right")
    if (
        not isinstance(value, Real)
        or not low <= float(value) <= high
        or (value == low and not left)
        or (value == high and not right)
    ):
        interval = f"{'[' if left else '('}{low}, {high}{']' if right else ')'}"
        msg = f"{name} must be a number in {interval}, found {value!r}."
        raise ValueError(msg)


def check_integer(name: str, value: Any, low: int) -> None:
    """Raise unless value is an integer of at least ``low``."""
    if isinstance(value, bool) or not isinstance(value, Integral) or int(value) < low:
        msg = f"{name} must be an integer of at least {low}, found {value!r}."
        raise ValueError(msg)


def check_widths(name: str, value: Any) -> None:
    """Raise unless ``value`` is a sequence of positive integers."""
    if not isinstance(value, (tuple, list)) or any(
        isinstance(width, bool) or not isinstance(width, Integral) or width < 1
        for width in value
    ):
        msg = f"{name} must be a tuple of positive integers, found {value!r}."
        raise ValueError(msg)


def check_generator(random_state: Any) -> np.random.Generator:
    """Return a generator from None (fresh), a seed, a RandomState or a Generator.

    A Generator is returned itself, and a RandomState gives one draw to seed a new one,
    so that repeated calls go on where the last one stopped.
    """
    if isinstance(random_state, np.random.Generator):
        return random_state
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31 - 1))
    is_seed = isinstance(random_state, Integral) and not isinstance(random_state, bool)
    if random_state is None or (is_seed and random_state >= 0):
        return np.random.default_rng(random_state)
    msg = (
        "random_state must be None, an integer of at least 0, a RandomState or a "
        f"Generator, found {random_state!r}."
    )
    raise ValueError(msg)
