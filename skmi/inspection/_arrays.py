"""Checks of the arrays that diagnostics work on."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi._validation import check_no_missing


def check_rows(values: Any, name: str) -> np.ndarray:
    """Return rows of finite real numbers as float64 (n, d), further axes flattened."""
    array = np.asarray(values)
    if array.dtype.kind not in "buif":
        msg = f"{name} must hold finite real numbers, found dtype {array.dtype}."
        raise ValueError(msg)
    if array.ndim == 0 or array.size == 0:
        msg = (
            f"{name} must be of shape (n,) or (n, d), not empty, found shape "
            f"{array.shape}."
        )
        raise ValueError(msg)
    if not np.isfinite(array).all():
        found = "NaN" if np.isnan(array).any() else "infinity"
        msg = f"{name} must hold finite real numbers, found {found}."
        raise ValueError(msg)
    return array.reshape(len(array), -1).astype(np.float64)


def check_classes(y: Any, n_rows: int) -> np.ndarray:
    """Return classes as codes (n,); any sortable labels will do."""
    array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.shape != (n_rows,):
        msg = (
            f"y must be of shape ({n_rows},), one class for each row, found "
            f"{array.shape}."
        )
        raise ValueError(msg)
    check_no_missing(array)
    try:
        return np.unique(array, return_inverse=True)[1]
    except TypeError as error:
        msg = f"y must hold classes that compare with each other ({error})."
        raise TypeError(msg) from error
