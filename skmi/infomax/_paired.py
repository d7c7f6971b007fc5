"""Two views of each row: as columns of one array, or as a list of two arrays."""

from __future__ import annotations

from skmi import _views
from skmi._validation import check_X
from skmi._views import is_view_list


def check_views(encoder, X, *, reset, **options):
    """Return X as one array, and the columns of its views where they are given."""
    views = encoder.views if reset else encoder._built_from.views
    listed = is_view_list(X)
    if listed and (views != "paired" or len(X) != 2):
        msg = (
            f"X is a list of {len(X)} arrays: two views are taken, with "
            f"views='paired'; views is {views!r}."
        )
        raise ValueError(msg)
    if views != "paired":
        return check_X(encoder, X, reset=reset, **options), None
    _check_pair(encoder.view_columns, known=listed or not reset)
    fitted = None if reset else encoder._shape["columns"]
    return _views.check_views(encoder, X, fitted, **options)


def _check_pair(view_columns, known):
    """Raise unless the columns of two views are given, or known without."""
    if (view_columns is None and known) or len(view_columns or ()) == 2:
        return
    msg = (
        "view_columns must hold the columns of two views with views='paired', found "
        f"{view_columns!r}."
    )
    raise ValueError(msg)
