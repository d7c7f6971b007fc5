"""Activations as they are given, and targets as classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from skmi._validation import check_no_missing
from skmi.information import quantile_edges
from skmi.inspection._arrays import check_classes

# Whole numbers of more values than this are not taken for classes.
_MAX_CLASSES = 20


def read_activations(
    activations: Any, n_rows: int, n_records: int | None
) -> dict[str, np.ndarray]:
    """Return activations as name -> (n_records, n_rows, n_units), all as long."""
    named = _named(activations)
    records_first = isinstance(activations, Mapping) or n_records is not None
    layers = {
        name: _records(value, name, n_rows, n_records, records_first)
        for name, value in named.items()
    }
    lengths = {name: len(layer) for name, layer in layers.items()}
    if len(set(lengths.values())) > 1:
        msg = f"activations must hold as many records of each layer, found {lengths}."
        raise ValueError(msg)
    return layers


def _named(activations: Any) -> dict[str, Any]:
    """Return layers by name."""
    if isinstance(activations, Mapping):
        named = {str(name): value for name, value in activations.items()}
    elif isinstance(activations, Sequence) and any(np.ndim(a) > 1 for a in activations):
        named = {f"layer {i}": value for i, value in enumerate(activations)}
    else:
        named = {"layer 0": activations}
    if not named:
        msg = "activations must hold at least one layer, found none."
        raise ValueError(msg)
    return named


def _records(
    value: Any, name: str, n_rows: int, n_records: int | None, records_first: bool
) -> np.ndarray:
    """Return the activities of a layer as (n_records, n_rows, n_units)."""
    array = np.asarray(value)
    if array.dtype.kind not in "buif":
        msg = (
            f"activations[{name!r}] must hold finite real numbers, found dtype "
            f"{array.dtype}."
        )
        raise ValueError(msg)
    of_records = array.ndim > 1 and array.shape[1] == n_rows
    of_rows = array.ndim > 0 and len(array) == n_rows and n_records in (None, 1)
    if of_records and n_records is not None:
        of_records = len(array) == n_records
    if not (of_records or of_rows) or array.size == 0:
        records = "n_records" if n_records is None else n_records
        msg = (
            f"activations[{name!r}] must be of shape ({records}, {n_rows}, ...), with "
            f"a row for each of y, or ({n_rows}, ...) for one record, found "
            f"{array.shape}."
        )
        raise ValueError(msg)
    if of_rows and not (of_records and records_first):
        array = array[None]
    array = array.reshape(len(array), n_rows, -1)
    if not np.isfinite(array).all():
        msg = (
            f"activations[{name!r}] must hold finite real numbers, found NaN or "
            "infinity."
        )
        raise ValueError(msg)
    return array if array.dtype.kind == "f" else array.astype(np.float64)


def read_classes(y: np.ndarray, discrete_target: Any, n_bins: int) -> np.ndarray:
    """Return classes (n,) of a target: its own, or bins of equal frequency."""
    if y.ndim == 1 and _holds_classes(y, discrete_target):
        return check_classes(y, len(y))
    if y.dtype.kind not in "buif" or discrete_target is True:
        msg = (
            "y must be of shape (n,) with classes, or hold real numbers, found dtype "
            f"{y.dtype} and shape {y.shape}."
        )
        raise ValueError(msg)
    columns = y.reshape(len(y), -1)
    if not np.isfinite(columns).all():
        msg = "y must hold finite real numbers, found NaN or infinity."
        raise ValueError(msg)
    codes = np.column_stack([_binned(column, n_bins) for column in columns.T])
    return np.unique(codes, axis=0, return_inverse=True)[1].reshape(-1)


def _binned(column: np.ndarray, n_bins: int) -> np.ndarray:
    """Return codes of a column, in bins of equal frequency if it has many values."""
    values, codes = np.unique(column, return_inverse=True)
    if len(values) <= n_bins:
        return codes
    return np.searchsorted(quantile_edges(column, n_bins), column, side="left")


def _holds_classes(y: np.ndarray, discrete_target: Any) -> bool:
    """Tell whether a target holds classes; "auto" looks at its values."""
    if discrete_target != "auto":
        return bool(discrete_target)
    if y.dtype.kind not in "iuf":
        return True
    check_no_missing(y)
    values = np.unique(y)
    whole = y.dtype.kind != "f" or bool((values == np.floor(values)).all())
    return whole and len(values) <= _MAX_CLASSES
