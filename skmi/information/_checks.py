"""Checks of the arguments that several files of this room share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from numbers import Integral, Real
from typing import Any

import numpy as np

from skmi._validation import check_frequencies, check_no_missing

# Kernels read codes as 32-bit integers.
_MAX_CODE = 2**31 - 2


def check_numbers(values: Any, name: str) -> np.ndarray:
    """Return an array of finite real numbers, its dtype kept."""
    array = np.asarray(values)
    if array.dtype.kind not in "buif":
        msg = f"{name} must hold finite real numbers, found dtype {array.dtype}."
        raise ValueError(msg)
    if array.dtype.kind == "f" and not _is_finite(array):
        found = "NaN" if np.isnan(array).any() else "infinity"
        msg = f"{name} must hold finite real numbers, found {found}."
        raise ValueError(msg)
    return array


def _is_finite(array: np.ndarray) -> bool:
    """Tell whether all numbers are finite; a finite sum says so without a mask."""
    with np.errstate(over="ignore", invalid="ignore"):
        total = array.sum(dtype=array.dtype if array.dtype.itemsize >= 8 else float)
    return bool(np.isfinite(total)) or bool(np.isfinite(array).all())


def check_counts(counts: Any, name: str, ndim: int | None = None) -> np.ndarray:
    """Return a table of counts or weights with a positive total."""
    array = check_numbers(counts, name)
    if ndim is None and array.ndim == 0:
        msg = f"{name} must have at least 1 dimension, found 0."
        raise ValueError(msg)
    if ndim is not None and array.ndim != ndim:
        msg = f"{name} must have {ndim} dimensions, found {array.ndim}."
        raise ValueError(msg)
    if (array < 0).any():
        msg = f"{name} must be counts of at least 0, found negative ones."
        raise ValueError(msg)
    total = array.sum(dtype=np.float64)
    if not 0 < total < np.inf:
        msg = (
            f"{name} must have a positive finite total, found cells that sum to "
            f"{total:g}."
        )
        raise ValueError(msg)
    # Whole counts stay whole where their sum does; half precision would be lost.
    whole = array.dtype.kind in "biu" and total < 2.0**62
    return array if whole else array.astype(np.float64)


def check_codes(codes: Any, name: str, n_rows: int | None) -> np.ndarray:
    """Return codes as (d, n), or as (n,) where the number of rows is known."""
    array = np.asarray(codes)
    if n_rows is None and (array.ndim != 2 or array.size == 0):
        msg = (
            f"{name} must be a 2-D array with rows and columns, found shape "
            f"{array.shape} ({len(array) if array.ndim else 0} rows)."
        )
        raise ValueError(msg)
    if n_rows is not None and array.shape != (n_rows,):
        msg = f"{name} must be of shape ({n_rows},), found {array.shape}."
        raise ValueError(msg)
    if array.dtype.kind not in "iu":
        msg = f"{name} must be integers of at least 0, found dtype {array.dtype}."
        raise ValueError(msg)
    if array.dtype.kind == "i" and array.min() < 0:
        msg = f"{name} must be integers of at least 0, found negative ones."
        raise ValueError(msg)
    if array.dtype.itemsize > 2 and array.max() > _MAX_CODE:
        msg = f"{name} must be integers of at most {_MAX_CODE}, found {array.max()}."
        raise ValueError(msg)
    if n_rows is not None:
        return array
    wanted = np.uint8 if array.dtype == np.uint8 else np.int32
    return np.ascontiguousarray(array.T, dtype=wanted)


def check_labels(labels: Any, name: str) -> np.ndarray:
    """Return labels of any sortable kind; floats that vary are whole numbers."""
    array = np.asarray(labels)
    if array.dtype.kind in "fc":
        check_numbers(array, name)
        broken = array[array != np.trunc(array)]
        if broken.size and (array != array[0]).any():
            msg = (
                f"{name} must hold labels, and whole numbers where these are floats, "
                f"found {broken.size} fractions, the first {broken[0]}; discretize "
                "cuts numbers into bins."
            )
            raise ValueError(msg)
    elif array.dtype.kind in "OmM":
        check_no_missing(array.astype(object), name)
        words = [isinstance(label, str) for label in array]
        if any(words) and not all(words):
            odd = array[words.index(False)]
            msg = f"{name} must hold labels of one kind, found words and {odd!r}."
            raise ValueError(msg)
    return array


def check_weight(sample_weight: Any, n_rows: int) -> np.ndarray | None:
    """Return the rows' weights as float64 (n,), or None."""
    return None if sample_weight is None else check_frequencies(sample_weight, n_rows)


def check_count(value: Any, name: str, low: int, high: float = np.inf) -> int:
    """Return an int between ``low`` and ``high``, ends included."""
    is_int = isinstance(value, Integral) and not isinstance(value, bool)
    if not is_int or not low <= value <= high:
        limit = "" if high == np.inf else f" and at most {high}"
        msg = f"{name} must be an int of at least {low}{limit}, found {value!r}."
        raise ValueError(msg)
    return int(value)


def check_jobs(n_jobs: Any) -> int:
    """Return how many threads n_jobs means: None is 1, -1 all processors."""
    if n_jobs is None:
        return 1
    if not isinstance(n_jobs, Integral) or isinstance(n_jobs, bool) or n_jobs == 0:
        msg = f"n_jobs must be None or an int other than 0, found {n_jobs!r}."
        raise ValueError(msg)
    count = int(n_jobs)
    if count > 0:
        return count
    if hasattr(os, "sched_getaffinity"):
        n_processors = len(os.sched_getaffinity(0))
    else:
        n_processors = os.cpu_count() or 1
    return max(1, n_processors + 1 + count)


def in_threads(
    function: Callable[[Any], Any], tasks: Iterable[Any], n_jobs: int
) -> list[Any]:
    """Return the function of each task, in order; several at a time if asked for."""
    tasks = list(tasks)
    if n_jobs == 1 or len(tasks) < 2:
        return [function(task) for task in tasks]
    with ThreadPoolExecutor(n_jobs) as pool:
        return list(pool.map(function, tasks))


def nats_per_unit(base: Any) -> float:
    """Return how many nats the unit of a logarithm's base holds."""
    if base is None:
        return 1.0
    value = float(base) if isinstance(base, Real) else np.nan
    if not 1 < value < np.inf:
        msg = (
            "base must be None (nats) or a finite number above 1 (2 for bits), found "
            f"{base!r}."
        )
        raise ValueError(msg)
    return float(np.log(value))


def check_samples(values: Any, name: str, n_rows: int | None = None) -> np.ndarray:
    """Return samples as a float array (n, d); float32 stays what it is."""
    array = check_numbers(values, name)
    if array.ndim not in (1, 2) or array.size == 0:
        msg = f"{name} must be of shape (n,) or (n, d), not empty, found {array.shape}."
        raise ValueError(msg)
    if n_rows is not None and len(array) != n_rows:
        msg = f"{name} must have {n_rows} rows, as x has, found {len(array)}."
        raise ValueError(msg)
    wanted = array.dtype if array.dtype == np.float32 else np.float64
    return array.reshape(len(array), -1).astype(wanted, copy=False)


def check_positive(value: Any, name: str) -> float:
    """Return a positive finite number."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not 0 < float(value) < np.inf:
        msg = f"{name} must be a positive finite number, found {value!r}."
        raise ValueError(msg)
    return float(value)
