"""Whether a target holds classes or numbers, and its codes."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.base import clone
from sklearn.utils.validation import _check_y

from skmi._validation import blame, check_no_missing, columns_of, has_categories

# Whole numbers with more values than this are amounts rather than classes.
MAX_CLASSES = 20


class TargetKindMixin:
    """Mixin of estimators whose ``discrete_target`` may be "auto"."""

    def with_target_kind(self, y: Any) -> Any:
        """Return a clone that takes parts of y for what it takes the whole for.

        Parameters
        ----------
        y : array-like of shape (n,) or (n, n_outputs)
            All rows, as given to ``fit``.

        Returns
        -------
        object
            A clone, whose ``discrete_target`` is True or False where it was "auto": a
            few rows of many whole numbers would else be classes. Targets of both kinds
            stay "auto".
        """
        settled = clone(self)
        if settled.discrete_target == "auto":
            kinds = read_target(y, "auto", self)[1]
            if kinds.all() or not kinds.any():
                settled.set_params(discrete_target=bool(kinds[0]))
        return settled


def read_target(
    y: Any, discrete_target: Any, estimator: Any = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return a target as numbers (n, q), and which columns hold codes of classes.

    Parameters
    ----------
    y : array-like of shape (n,) or (n, q)
        The target.
    discrete_target : bool or "auto"
        Whether it holds classes; "auto" looks at each column.
    estimator : object
        Named in errors.
    """
    if issparse(y):
        y = y.toarray()
    declared = [has_categories(column) for column in columns_of(y)]
    declared = declared or [has_categories(y)]
    with blame("y", "finite targets of shape (n,) or (n, q)"):
        for column in columns_of(y) or [y]:
            check_no_missing(column)
        array = _check_y(y, True, False, estimator)
    array = array.reshape(len(array), -1)
    values = np.empty(array.shape)
    discrete = np.empty(array.shape[1], dtype=bool)
    for k, column in enumerate(array.T):
        declared_here = declared[k if len(declared) > 1 else 0]
        values[:, k], discrete[k] = _read(column, discrete_target, declared_here)
    return values, discrete


def _read(
    y: np.ndarray, discrete_target: Any, categories: bool
) -> tuple[np.ndarray, bool]:
    """Return one column of a target, and whether it holds codes of classes."""
    if y.dtype == object:
        y = _plain_labels(y)
    if y.dtype.kind not in "buifUS":
        msg = f"y must be labels or real numbers, found dtype {y.dtype}."
        raise ValueError(msg)
    if y.dtype.kind == "f" and (y == np.floor(y)).all() and np.abs(y).max() < 2**53:
        y = y.astype(np.int64)
    if _is_discrete(y, discrete_target, categories):
        return _levels(y)[0], True
    if y.dtype.kind not in "buif":
        msg = f"y must be real numbers if discrete_target=False, found {y.dtype}."
        raise ValueError(msg)
    return y.astype(np.float64), False


def _levels(y: np.ndarray) -> tuple[np.ndarray, int]:
    """Return codes 0, 1, ... of labels, and how many labels there are."""
    if y.dtype.kind in "bui":
        codes = y.astype(np.int64) - int(y.min())
        if codes.max() <= max(1024, y.size):
            # Without sorting; labels out of the range of codes are sorted below.
            used = np.bincount(codes) > 0
            return (np.cumsum(used) - 1)[codes], int(used.sum())
    labels, codes = np.unique(y, return_inverse=True)
    return codes, len(labels)


def _plain_labels(y: np.ndarray) -> np.ndarray:
    """Return Python objects as what they are: words, whole numbers or fractions."""
    words = [isinstance(label, str) for label in y]
    if any(words) and not all(words):
        odd = y[int(np.argmin(words))]
        msg = f"y must be labels of one kind, found words and {odd!r}."
        raise ValueError(msg)
    plain = np.array(y.tolist())
    if plain.dtype == object:
        msg = f"y must be labels or real numbers, found {type(y[0]).__name__}."
        raise ValueError(msg)
    return plain


def _is_discrete(y: np.ndarray, discrete_target: Any, categories: bool) -> bool:
    """Tell whether y holds classes."""
    whole = y.dtype.kind != "f" or bool((y == np.floor(y)).all())
    if discrete_target == "auto":
        labels = categories or y.dtype.kind not in "iuf"
        return labels or (whole and _levels(y)[1] <= MAX_CLASSES)
    if discrete_target and not (whole or categories):
        msg = (
            "y must be labels or whole numbers if discrete_target=True, found "
            "fractions; use discrete_target=False for a continuous target."
        )
        raise ValueError(msg)
    return bool(discrete_target)
