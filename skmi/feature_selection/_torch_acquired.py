"""What a fitted dynamic selector acquires of rows, and what it predicts from that."""

from __future__ import annotations

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from skmi._validation import check_X
from skmi.feature_selection._dynamic import make_limits


class AcquisitionMixin:
    """Methods that acquire columns of rows, for DynamicFeatureSelector."""

    def predict_proba(self, X):
        """Return class probabilities from the columns acquired.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_classes)
            In the order of ``classes_``.
        """
        return _probabilities(self._acquired(X)[0][:, -1])

    def predict(self, X):
        """Return the most probable class of each row given the columns acquired.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n,)
            Labels.
        """
        best = self._acquired(X)[0][:, -1].argmax(axis=1)
        return self.classes_[best]

    def staged_predict_proba(self, X):
        """Yield class probabilities before the first column, and after each.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Yields
        ------
        ndarray of shape (n, n_classes)
            Rows whose acquisition has stopped keep their probabilities.
        """
        stages = self._acquired(X)[0]
        for t in range(stages.shape[1]):
            yield _probabilities(stages[:, t])

    def select(self, X):
        """Return which columns are acquired of each row.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of bool of shape (n, d)
            True for the columns acquired, and for those of ``keep``.
        """
        order = self.acquisition_order(X)
        # One more unit takes the -1 after a stop, and then the columns of keep.
        taken = np.zeros((len(order), len(self.costs_) + 1), dtype=bool)
        np.put_along_axis(taken, order, True, axis=1)
        taken[:, -1] = True
        return taken[:, np.array(self._shape["unit_of"])]

    def acquisition_order(self, X):
        """Return the units acquired of each row, in their order.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of int of shape (n, n_steps)
            Positions in ``units_``; -1 after the stop. Without groups and ``keep``
            they are columns.
        """
        return self._acquired(X)[1]

    def cmi_path(self, X):
        """Return the information that each acquired unit promised when it was taken.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_steps)
            Estimates of :math:`I(y;x_j|x_S)` in nats; NaN after the stop.
        """
        _, order, values = self._acquired(X)
        return np.where(order >= 0, values, np.nan)

    def cost(self, X):
        """Return what the columns acquired of each row cost.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n,)
            Sums of ``costs_``.
        """
        return np.append(self.costs_, 0.0)[self.acquisition_order(X)].sum(axis=1)

    def conditional_information(self, X, mask=None):
        """Return the estimates of :math:`I(y;x_j|x_S)` for each row and column.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows. Columns that are not known do not matter, but must be numbers.
        mask : array-like of bool of shape (n, d) or (d,), default=None
            Columns known, S; None means those of ``keep``, which always are. A group is
            known if all of its columns are.

        Returns
        -------
        ndarray of shape (n, d)
            Nats, at least 0; 0 for columns that are known. The columns of a group
            share the value of the group.
        """
        check_is_fitted(self)
        array = check_X(self, X, reset=False)
        mask = self._unit_mask(mask, array)

        def values(module, x, mask):
            return (module.read(x, mask.to(x.dtype))[1],)

        (cmi,) = self._apply(array, values, torch.from_numpy(mask))
        padded = np.hstack([np.where(mask, 0, cmi), np.zeros_like(cmi[:, :1])])
        return padded[:, np.array(self._shape["unit_of"])]

    def _unit_mask(self, mask, array):
        """Return which units a mask of columns covers, for each row."""
        n, d = array.shape
        if mask is None:
            return np.zeros((n, len(self.costs_)), dtype=bool)
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape not in ((n, d), (d,)):
            msg = (
                f"mask must be boolean, of shape {(n, d)} or {(d,)}; found "
                f"{mask.dtype} of shape {mask.shape}."
            )
            raise ValueError(msg)
        mask = np.broadcast_to(mask, (n, d))
        return np.stack([mask[:, unit].all(axis=1) for unit in self.units_], axis=1)

    def _acquired(self, X):
        """Return log probabilities by stage, units in their order, and their CMI."""
        check_is_fitted(self)
        # Parameters may have been set anew since the fit.
        self._validate_params()
        array = check_X(self, X, reset=False)
        limits = make_limits(self, len(self.costs_))
        stages, order, values = self._apply(
            array,
            lambda module, x: module.acquire(x, limits),
            row_size=limits.n_units * max(len(self.classes_), len(self.costs_)),
        )
        return stages, order.astype(np.intp), values


def _probabilities(logs):
    """Return probabilities that add up to one in their own precision."""
    shares = np.exp(logs)
    return shares / shares.sum(axis=1, keepdims=True)
