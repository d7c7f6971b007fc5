"""Views of rows: as blocks of columns of one array, or as a list of arrays."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import check_consistent_length

from skmi._validation import check_plain, check_X, names_of, resolve_columns

Columns = list[list[int]]


def check_views(
    estimator: Any, X: Any, fitted: Columns | None, **options: Any
) -> tuple[np.ndarray, Columns]:
    """Return X as one array, and the columns of each view.

    The views are those that a list X has, or that ``view_columns`` of the estimator
    means; they must agree where there are both. ``fitted`` are the views of ``fit``;
    None learns the columns of X. A list is then put where its views were.
    """
    listed = None
    if is_view_list(X):
        X, listed = concatenate_views(X)
        if fitted is not None:
            return place_views(estimator, X, listed, fitted, **options), fitted
    else:
        _refuse_broken_list(X, None if fitted is None else estimator.n_features_in_)
    array = check_X(estimator, X, reset=fitted is None, **options)
    columns = _agreed(estimator, array.shape[1], listed, fitted)
    return array, [column.tolist() for column in columns]


def place_views(
    estimator: Any,
    X: Any,
    columns: Sequence[np.ndarray],
    fitted: Columns,
    **options: Any,
) -> np.ndarray:
    """Return an array of the width of ``fit``, views put where theirs were; else 0."""
    places = [np.array(column) for column in fitted]
    if len(np.unique(np.concatenate(places))) < sum(map(len, places)):
        msg = (
            "X is a list of views, but view_columns overlap: give one array with the "
            "columns of fit."
        )
        raise ValueError(msg)
    found, expected = ([len(part) for part in parts] for parts in (columns, places))
    if found != expected:
        msg = f"X is a list of views of {found} columns; those of fit had {expected}."
        raise ValueError(msg)
    _check_names(estimator, names_of(X), np.concatenate(places))
    array = check_plain(X, **options)
    placed = np.zeros((len(array), estimator.n_features_in_), array.dtype)
    for place, own in zip(places, columns, strict=True):
        placed[:, place] = array[:, own]
    return placed


def _check_names(estimator: Any, names: list[str] | None, order: np.ndarray) -> None:
    """Raise where the views' frames have other columns than those of ``fit``."""
    fitted = getattr(estimator, "feature_names_in_", None)
    if names is None or fitted is None:
        return
    expected = list(fitted[order])
    if names != expected:
        msg = (
            "The feature names of the views in X should match those that were passed "
            f"during fit, in their order: expected {expected}, found {names}."
        )
        raise ValueError(msg)


def _agreed(
    estimator: Any,
    n_features: int,
    listed: list[np.ndarray] | None,
    fitted: Columns | None,
) -> list[np.ndarray]:
    """Return the columns of the views that a list or ``view_columns`` gives."""
    if estimator.view_columns is None:
        known = listed if listed is not None else fitted
        return [np.array(column) for column in known or []]
    names = getattr(estimator, "feature_names_in_", None)
    given = [
        resolve_columns(
            _as_positions(spec, names), n_features, names, name="view_columns"
        )
        for spec in estimator.view_columns
    ]
    if listed is not None and (
        len(given) != len(listed) or not all(map(np.array_equal, given, listed))
    ):
        msg = (
            f"view_columns={estimator.view_columns!r} are not the columns of the views "
            "in the list X: give view_columns=None with a list."
        )
        raise ValueError(msg)
    return given


def _as_positions(spec: Any, names: Any) -> Any:
    """Return a slice from name to name as one of positions, its end included."""
    if not isinstance(spec, slice):
        return spec
    ends = [spec.start, spec.stop]
    if not any(isinstance(end, str) for end in ends):
        if all(end is None or hasattr(end, "__index__") for end in (*ends, spec.step)):
            return spec
        msg = f"view_columns: {spec!r} must go from and to integers or column names."
        raise TypeError(msg)
    if any(end is not None and not isinstance(end, str) for end in ends):
        msg = f"view_columns: {spec!r} mixes a column name and a position."
        raise TypeError(msg)
    known = [] if names is None else list(names)
    missing = [end for end in ends if end is not None and end not in known]
    if missing:
        has = f"it has {known!r}" if known else "it has no column names"
        msg = f"view_columns: {spec!r} needs the columns {missing!r} in X; {has}."
        raise ValueError(msg)
    start = None if ends[0] is None else known.index(ends[0])
    stop = None if ends[1] is None else known.index(ends[1]) + 1
    return slice(start, stop, spec.step)


def is_view_list(X: Any) -> bool:
    """Tell whether X is a list of 2-D arrays, one a view, and not one array."""
    return (
        isinstance(X, (list, tuple))
        and len(X) > 0
        and all(len(getattr(view, "shape", ())) == 2 for view in X)
    )


def _refuse_broken_list(X: Any, n_features: int | None) -> None:
    """Raise where X is a list of arrays that are neither views nor rows.

    Rows are 1-D arrays of ``n_features``; None takes none for a row, as two columns
    would pass for two rows that way.
    """
    if not isinstance(X, (list, tuple)):
        return
    shapes = [getattr(view, "shape", None) for view in X]
    if not any(shapes) or all(shape == (n_features,) for shape in shapes):
        return
    k = next(k for k, shape in enumerate(shapes) if shape is None or len(shape) != 2)
    found = type(X[k]).__name__ if shapes[k] is None else f"shape {shapes[k]}"
    msg = (
        f"X is a list of {len(X)} views: view {k} must be 2-D, found {found}. A view "
        "of one column is an array of shape (n, 1); rows are given as one array."
    )
    raise ValueError(msg)


def concatenate_views(views: Sequence[Any]) -> tuple[Any, list[np.ndarray]]:
    """Put views side by side; return them as one, and the columns of each.

    Frames of one library stay a frame, so that their columns keep their names.
    """
    if any(issparse(view) for view in views):
        msg = "X is a list with a sparse view; accepted: dense arrays or frames."
        raise TypeError(msg)
    check_consistent_length(*views)
    ends = np.cumsum([view.shape[1] for view in views])
    columns = [
        np.arange(end - view.shape[1], end)
        for end, view in zip(ends, views, strict=True)
    ]
    return _side_by_side(views), columns


def _side_by_side(views: Sequence[Any]) -> Any:
    """Return views as one frame where all are frames of a library, or as an array."""
    libraries = {type(view).__module__.split(".")[0] for view in views}
    if libraries == {"pandas"}:
        frames = [view.reset_index(drop=True) for view in views]
        return sys.modules["pandas"].concat(frames, axis=1)
    if libraries == {"polars"} and all(hasattr(view, "get_columns") for view in views):
        return sys.modules["polars"].concat(views, how="horizontal")
    return np.concatenate([np.asarray(view) for view in views], axis=1)
