"""Whether a target holds classes or numbers, and its codes."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi._validation import is_missing
from skmi.information import discretize

# Whole numbers with more values than this are amounts rather than classes.
MAX_CLASSES = 20


def has_categories(y: Any) -> bool:
    """Tell whether a column of a frame is declared categorical."""
    return str(getattr(y, "dtype", "")) == "category"


def check_no_missing_labels(y: Any) -> None:
    """Raise if some rows have None, NaN or NA for a target, saying which."""
    array = np.asarray(y)
    if array.dtype.kind not in "fO" or array.ndim != 1:
        return
    if array.dtype == object:
        missing = [i for i, label in enumerate(array) if is_missing(label)]
    else:
        missing = np.flatnonzero(np.isnan(array)).tolist()
    if missing:
        msg = (
            f"y must have a label in every row, found {len(missing)} missing, the "
            f"first in row {missing[0]}."
        )
        raise ValueError(msg)


def encode_target(
    y: np.ndarray, discrete_target: Any, n_bins: int, *, categories: bool = False
) -> np.ndarray:
    """Return codes 0, 1, ... of classes, or of equal-frequency bins of numbers."""
    if y.dtype == object:
        # Python objects show what they are: words, whole numbers or fractions.
        y = np.array(y.tolist())
        if y.dtype == object:
            msg = "y must be labels of one kind or real numbers, found a mixture."
            raise ValueError(msg)
    if _is_discrete(y, discrete_target, categories):
        return np.unique(y, return_inverse=True)[1]
    if y.dtype.kind not in "buif":
        msg = f"y must be real numbers if discrete_target=False, found {y.dtype}."
        raise ValueError(msg)
    return discretize(y.reshape(-1, 1), n_bins)[0][:, 0]


def _is_discrete(y: np.ndarray, discrete_target: Any, categories: bool) -> bool:
    """Tell whether y holds classes."""
    whole = y.dtype.kind != "f" or bool((y == np.floor(y)).all())
    if discrete_target == "auto":
        labels = categories or y.dtype.kind not in "iuf"
        return labels or (whole and np.unique(y).size <= MAX_CLASSES)
    if discrete_target and not (whole or categories):
        msg = (
            "y must be labels or whole numbers if discrete_target=True, found "
            "fractions; use discrete_target=False for a continuous target."
        )
        raise ValueError(msg)
    return bool(discrete_target)
