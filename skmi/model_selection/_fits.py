"""Many fits of one estimator to variants of the same rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from numbers import Integral
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from skmi._typing import SupportsTargetKind
from skmi._validation import accepts_argument

# One variant of the data: (X, y, Z) -> (X, y, Z).
Variant = Callable[[Any, Any, Any], tuple[Any, Any, Any]]


def check_estimator(estimator: Any, Z: Any) -> None:
    """Raise unless the estimator can be cloned and fitted, with Z where given."""
    if not all(hasattr(estimator, name) for name in ("fit", "get_params")) or (
        isinstance(estimator, type)
    ):
        msg = (
            "estimator must be an object with fit and get_params that estimates mi_, "
            f"found {estimator!r}."
        )
        raise TypeError(msg)
    if Z is not None and not accepts_argument(estimator.fit, "Z"):
        msg = (
            "Z is given, but estimator is not a conditional one: the fit of "
            f"{type(estimator).__name__} takes no Z."
        )
        raise TypeError(msg)


def check_rows(X: Any, y: Any, Z: Any) -> int:
    """Return the number of rows, the same in X, y and Z."""
    found = {
        name: _n_rows(name, values)
        for name, values in (("X", X), ("y", y), ("Z", Z))
        if values is not None or name != "Z"
    }
    for name, n_rows in found.items():
        if n_rows != found["X"]:
            msg = f"{name} must have as many rows as X ({found['X']}), found {n_rows}."
            raise ValueError(msg)
    if found["X"] < 2:
        msg = f"X must have at least 2 rows, found {found['X']}."
        raise ValueError(msg)
    return found["X"]


def _n_rows(name: str, values: Any) -> int:
    """Return the length of the first axis."""
    shape = getattr(values, "shape", None)
    shape = np.shape(values) if shape is None else shape
    if len(shape) == 0:
        msg = f"{name} must be an array or frame of rows, found {values!r}."
        raise ValueError(msg)
    return int(shape[0])


def check_groups(groups: Any, n_rows: int) -> np.ndarray | None:
    """Return a code 0, 1, ... for the group of each row, or None."""
    if groups is None:
        return None
    array = np.asarray(groups)
    if array.shape != (n_rows,):
        msg = f"groups must be of shape ({n_rows},), found {array.shape}."
        raise ValueError(msg)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        msg = "groups must be labels, found NaN or infinity."
        raise ValueError(msg)
    try:
        return np.unique(array, return_inverse=True)[1].reshape(n_rows)
    except TypeError as error:
        msg = f"groups must be labels of one kind, found several: {error}."
        raise TypeError(msg) from error


def seeded(estimator: Any, rng: np.random.Generator) -> Any:
    """Return a clone whose every random state is an integer.

    All fits then draw alike, so that estimates differ by their data alone.
    """
    estimator = clone(estimator)
    loose = {
        name: int(rng.integers(2**31 - 1))
        for name, value in sorted(estimator.get_params(deep=True).items())
        if (name == "random_state" or name.endswith("__random_state"))
        and not isinstance(value, Integral)
    }
    return estimator.set_params(**loose) if loose else estimator


def settled(estimator: Any, y: Any) -> Any:
    """Return an estimator that takes parts of y for what it takes the whole for.

    Else a part of many whole numbers could be classes, and another quantity estimated.
    """
    if isinstance(estimator, SupportsTargetKind):
        return estimator.with_target_kind(y)
    return estimator


def mi_of(estimator: Any, X: Any, y: Any, Z: Any) -> float:
    """Return the estimate of a fresh clone."""
    fitted = clone(estimator)
    if Z is None:
        fitted.fit(X, y)
    else:
        fitted.fit(X, y, Z=Z)
    if not hasattr(fitted, "mi_"):
        msg = (
            f"estimator must leave its estimate in mi_, found {type(fitted).__name__} "
            "without one after fit."
        )
        raise TypeError(msg)
    return float(fitted.mi_)


def mi_of_variants(
    estimator: Any,
    X: Any,
    y: Any,
    Z: Any,
    variants: Iterable[Variant],
    n_jobs: int | None,
) -> np.ndarray:
    """Return the estimate on each variant of the data, in their order."""
    values = Parallel(n_jobs=n_jobs)(
        delayed(_mi_of_variant)(estimator, X, y, Z, variant) for variant in variants
    )
    return check_estimates(estimator, values)


def _mi_of_variant(estimator: Any, X: Any, y: Any, Z: Any, variant: Variant) -> float:
    """Return the estimate on one variant."""
    return mi_of(estimator, *variant(X, y, Z))


def check_estimates(estimator: Any, values: Any) -> np.ndarray:
    """Return estimates as float64; raise if one is not a number."""
    array = np.asarray(values, dtype=np.float64)
    if np.isnan(array).any():
        msg = (
            f"estimator {type(estimator).__name__} gave NaN for {np.isnan(array).sum()}"
            f" of {array.size} fits; accepted: numbers, in nats."
        )
        raise ValueError(msg)
    return array


def take_rows(values: Any, index: np.ndarray) -> Any:
    """Return some rows of an array or frame, None for None."""
    return None if values is None else _safe_indexing(values, index)


def reorder_rows(values: Any, index: np.ndarray) -> Any:
    """Return as many rows in another order, those of a frame under the old index.

    What aligns rows by their index would else undo the order.
    """
    rows = take_rows(values, index)
    return rows.set_axis(values.index) if hasattr(values, "set_axis") else rows
