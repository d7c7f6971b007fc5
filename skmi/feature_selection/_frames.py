"""Selectors that give frames with columns of many kinds back as frames."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_selection import SelectorMixin
from sklearn.utils import get_tags
from sklearn.utils.validation import check_is_fitted, validate_data

from skmi._validation import check_no_missing, columns_of, is_categorical


class FrameSelectorMixin(SelectorMixin):
    """Mixin of selectors of columns of arrays, sparse matrices and frames.

    A class gives one mask, all else follows from it as in scikit-learn. Beyond that a
    frame of pandas or polars that has columns of strings, categories or booleans comes
    out as a frame of its kind, whatever ``set_output`` says by default.
    """

    def transform(self, X: Any) -> Any:
        """Reduce X to the selected columns.

        Parameters
        ----------
        X : array-like, frame or sparse matrix of shape (n, n_features)
            The columns seen in ``fit``.

        Returns
        -------
        ndarray, frame or sparse matrix of shape (n, n_selected)
            The selected columns in their order in X: a frame of the kind of X where
            columns are not all numbers.

        Raises
        ------
        ValueError
            If the columns are not those of ``fit``, or values are missing that may not
            be.
        """
        columns = columns_of(X)
        if not any(is_categorical(column, booleans=True) for column in columns):
            return super().transform(X)
        check_is_fitted(self)
        validate_data(self, X, skip_check_array=True, reset=False)
        if not get_tags(self).input_tags.allow_nan:
            for j, column in enumerate(columns):
                check_no_missing(column, f"X: column {j}")
        chosen = np.flatnonzero(self.get_support())
        return X.iloc[:, chosen] if hasattr(X, "iloc") else X[:, chosen.tolist()]
