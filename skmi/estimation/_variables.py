"""What an estimator is given, checked and brought into one form."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skmi._validation import check_frequencies, check_X_y, has_categories

# Whole numbers with more values than this are amounts rather than classes.
MAX_CLASSES = 20


class Variables(NamedTuple):
    """Rows of the variables; those of y are codes (n,) if they are classes."""

    x: np.ndarray
    """(n, d_x), floats."""
    y: np.ndarray
    """(n, d_y), floats, or integer codes (n,) of classes."""
    z: np.ndarray | None = None
    """(n, d_z), floats."""
    weight: np.ndarray | None = None
    """(n,), frequencies of the rows."""
    labels: np.ndarray | None = None
    """(n_classes,), what the codes of classes stand for."""

    @property
    def has_classes(self) -> bool:
        """Whether y holds classes."""
        return self.y.ndim == 1


def read_variables(
    estimator: Any,
    X: Any,
    y: Any,
    Z: Any = None,
    *,
    discrete_target: Any,
    reset: bool,
    sample_weight: Any = None,
) -> Variables:
    """Return checked variables; errors name the argument."""
    categories = has_categories(y)
    x, target = check_X_y(
        estimator, X, y, multi_output=True, ensure_min_samples=2, reset=reset
    )
    target, labels = read_target(target, discrete_target, categories)
    return Variables(
        x,
        target,
        None if Z is None else read_columns(Z, "Z", len(x)),
        _read_weight(sample_weight, len(x)),
        labels,
    )


def read_target(
    y: Any, discrete_target: Any, categories: bool = False
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return classes as codes (n,) with their labels, and numbers as floats (n, d_y).

    ``discrete_target`` is True, False, "auto", or "labels": classes are then what
    cannot be numbers.
    """
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype == object:
        array = _as_they_are(array)
    if array.ndim == 1 and _holds_classes(array, discrete_target, categories):
        labels, codes = np.unique(array, return_inverse=True)
        return codes, labels
    if array.dtype.kind not in "buif" or array.ndim not in (1, 2) or array.size == 0:
        msg = (
            "y must be real numbers of shape (n,) or (n, d_y), or classes of shape "
            f"(n,) where they are accepted, found dtype {array.dtype} and shape "
            f"{array.shape}."
        )
        raise ValueError(msg)
    return as_floats(array), None


def read_columns(values: Any, name: str, n_rows: int) -> np.ndarray:
    """Return finite real numbers as floats (n, d)."""
    array = np.asarray(values)
    if array.dtype == object:
        array = np.array(array.tolist())
    if array.dtype.kind not in "buif":
        msg = f"{name} must hold finite real numbers, found dtype {array.dtype}."
        raise ValueError(msg)
    if array.ndim not in (1, 2) or array.size == 0:
        msg = f"{name} must be of shape (n,) or (n, d), not empty, found {array.shape}."
        raise ValueError(msg)
    if len(array) != n_rows:
        msg = f"{name} must have as many rows as X ({n_rows}), found {len(array)}."
        raise ValueError(msg)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        msg = f"{name} must hold finite real numbers, found NaN or infinity."
        raise ValueError(msg)
    return as_floats(array)


def check_targets(ys: Any) -> Any:
    """Return targets with one axis more than a target has; there must be some."""
    try:
        targets = np.asarray(ys)
    except ValueError as error:
        msg = f"ys must be targets of one length, found others: {error}"
        raise ValueError(msg) from error
    if targets.ndim not in (2, 3) or len(targets) == 0:
        msg = (
            "ys must be targets of shape (m, n) or (m, n, d_y), not empty, found shape "
            f"{targets.shape}."
        )
        raise ValueError(msg)
    return targets


def spread(values: np.ndarray) -> np.ndarray:
    """Return the standard deviations of columns (n, d): exactly 0 for constant ones."""
    largest = np.abs(values).max(axis=0)
    # Over the largest value first: squares of any finite number are then finite.
    shares = values / np.where(largest > 0, largest, 1.0)
    return np.where(np.ptp(shares, axis=0) > 0, shares.std(axis=0) * largest, 0.0)


def as_floats(array: np.ndarray) -> np.ndarray:
    """Return (n, d) floats; float32 stays, for its precision tells what is rounding."""
    wanted = array.dtype if array.dtype == np.float32 else np.float64
    return array.reshape(len(array), -1).astype(wanted, copy=False)


def _as_they_are(array: np.ndarray) -> np.ndarray:
    """Return Python objects as what they are: words, whole numbers or fractions."""
    try:
        found = np.array(array.tolist())
    except ValueError:  # Sequences of several lengths.
        found = array
    if found.dtype == object or found.shape != array.shape:
        msg = "y must be labels of one kind or real numbers, found a mixture."
        raise ValueError(msg)
    return found


def _holds_classes(array: np.ndarray, discrete_target: Any, categories: bool) -> bool:
    """Tell whether one column holds classes."""
    labels = categories or array.dtype.kind in "USO"
    if discrete_target == "labels":
        return labels
    if array.dtype.kind not in "buifUSO":
        return False
    whole = array.dtype.kind != "f" or bool((array == np.floor(array)).all())
    if discrete_target == "auto":
        few = whole and np.unique(array).size <= MAX_CLASSES
        return labels or array.dtype.kind == "b" or few
    if discrete_target and not (whole or categories):
        msg = (
            "y must be labels or whole numbers if discrete_target=True, found "
            "fractions; use discrete_target=False for a continuous target."
        )
        raise ValueError(msg)
    return bool(discrete_target)


def _read_weight(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Return the rows' weights as float64 (n,), or None."""
    if sample_weight is None:
        return None
    if not np.asarray(sample_weight).any():
        msg = "sample_weight must have a positive sum, found weights that are all zero."
        raise ValueError(msg)
    return check_frequencies(sample_weight, n_rows)
