"""Two views of each row: as columns of one array, or as a list of two arrays."""

from __future__ import annotations

import numpy as np

from skmi._validation import (
    check_plain,
    check_X,
    concatenate_views,
    is_view_list,
    names_of,
    resolve_columns,
)


def check_views(encoder, X, *, reset, **options):
    """Return X as one array, and the columns of its views where they are given."""
    views = encoder.views if reset else encoder._built_from.views
    columns = None
    if is_view_list(X):
        if views != "paired" or len(X) != 2:
            msg = (
                f"X is a list of {len(X)} arrays: two views are taken, with "
                f"views='paired'; views is {views!r}."
            )
            raise ValueError(msg)
        listed, columns = concatenate_views(X)
        if not reset:
            return _placed(encoder, listed, columns, **options)
        X = listed
    array = check_X(encoder, X, reset=reset, **options)
    if views == "paired":
        columns = _agreed(encoder, array.shape[1], columns, reset)
    return array, columns and [column.tolist() for column in columns]


def _placed(encoder, X, columns, **options):
    """Return listed views with their columns where those of ``fit`` were."""
    fitted = [np.array(column) for column in encoder._shape["columns"]]
    if len(np.unique(np.concatenate(fitted))) < sum(map(len, fitted)):
        msg = (
            "X is a list of views, but view_columns overlap: give one array with the "
            "columns of fit."
        )
        raise ValueError(msg)
    found, expected = ([len(part) for part in parts] for parts in (columns, fitted))
    if found != expected:
        msg = f"X is a list of views of {found} columns; those of fit had {expected}."
        raise ValueError(msg)
    _check_names(encoder, names_of(X), np.concatenate(fitted))
    array = check_plain(X, **options)
    placed = np.zeros((len(array), encoder.n_features_in_), array.dtype)
    for column, own in zip(fitted, columns, strict=True):
        placed[:, column] = array[:, own]
    return placed, [column.tolist() for column in fitted]


def _check_names(encoder, names, order):
    """Raise where listed frames have other columns than those of ``fit``."""
    fitted = getattr(encoder, "feature_names_in_", None)
    if names is None or fitted is None:
        return
    expected = list(fitted[order])
    if names != expected:
        msg = (
            "The feature names of the views in X should match those that were passed "
            f"during fit, in their order: expected {expected}, found {names}."
        )
        raise ValueError(msg)


def _agreed(encoder, n_features, listed, reset):
    """Return the columns of the two views that a list or ``view_columns`` gives."""
    if encoder.view_columns is None:
        if listed is not None or reset:
            return listed if listed is not None else _missing(encoder)
        return [np.array(column) for column in encoder._shape["columns"]]
    if len(encoder.view_columns) != 2:
        _missing(encoder)
    names = getattr(encoder, "feature_names_in_", None)
    given = [
        resolve_columns(spec, n_features, names, name="view_columns")
        for spec in encoder.view_columns
    ]
    if listed is not None and any(
        not np.array_equal(a, b) for a, b in zip(given, listed, strict=True)
    ):
        msg = (
            f"view_columns={encoder.view_columns!r} are not the columns of the views "
            "in the list X: give view_columns=None with a list."
        )
        raise ValueError(msg)
    return given


def _missing(encoder):
    """Raise since the columns of two views are not known."""
    msg = (
        "view_columns must hold the columns of two views with views='paired', found "
        f"{encoder.view_columns!r}."
    )
    raise ValueError(msg)
