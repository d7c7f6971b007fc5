"""What all estimators of mutual information share: their life, and their score."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, _fit_context, clone
from sklearn.utils.validation import check_is_fitted

from skmi._validation import atomic_fit, check_no_missing, has_categories
from skmi.estimation._variables import Variables, read_target, read_variables


@dataclass(frozen=True)
class Estimate:
    """What an estimator found.

    ``mi`` is in nats, ``local`` (n,) its parts by row, ``fitted`` further attributes.
    """

    mi: float
    local: np.ndarray | None = None
    fitted: Mapping[str, Any] = field(default_factory=dict)


class BaseMIEstimator(BaseEstimator):
    """An estimator of I(X;Y): ``_estimate`` is all that a subclass must write."""

    def _accepted_target(self) -> Any:
        """Return what y may hold, as ``discrete_target`` of ``read_target``."""
        return getattr(self, "discrete_target", "labels")

    @abstractmethod
    def _estimate(self, variables: Variables) -> Estimate:
        """Return the estimate of checked variables; nothing is set."""

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any) -> BaseMIEstimator:
        """Estimate the information between the rows of X and of y.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X: finite real numbers, or classes of shape (n,)
            where the estimator takes them.

        Returns
        -------
        BaseMIEstimator
            The estimator itself, with the information in nats in ``mi_``.

        Raises
        ------
        ValueError
            If X or y hold missing or infinite values or are of a kind or shape that
            is not accepted, or if a parameter is not one of those accepted. The
            object is then left as it was.
        """
        return self._fit(X, y)

    def score(self, X: Any, y: Any) -> float:
        """Estimate the information anew on other rows.

        It is an estimate and no bound, as ``score_is_bound_`` says: a search over it
        rewards bias, for settings that overestimate win.

        Parameters
        ----------
        X : array-like of shape (n, d_x)
            Finite real numbers.
        y : array-like of shape (n,) or (n, d_y)
            Row by row what goes with X, as in ``fit``.

        Returns
        -------
        float
            The estimate of these rows.
        """
        return self._score(X, y)

    def with_target_kind(self, y: Any) -> BaseMIEstimator:
        """Return a clone that takes parts of y for what it takes the whole for.

        Parameters
        ----------
        y : array-like of shape (n,) or (n, d_y)
            All rows, as given to ``fit``.

        Returns
        -------
        BaseMIEstimator
            A clone, whose ``discrete_target`` is True or False where it was "auto": a
            few rows of many whole numbers would else be classes.
        """
        settled = clone(self)
        if self._accepted_target() == "auto":
            check_no_missing(y)
            target, _ = read_target(y, "auto", has_categories(y))
            settled.set_params(discrete_target=target.ndim == 1)
        return settled

    def _fit(
        self, X: Any, y: Any, Z: Any = None, sample_weight: Any = None
    ) -> BaseMIEstimator:
        """Check, estimate and keep; leave the object as it was if that fails."""
        with atomic_fit(self):
            variables = self._read(X, y, Z, sample_weight, reset=True)
            estimate = self._estimate(variables)
            # Left by an earlier fit, with other parameters.
            vars(self).pop("mi_se_", None)
            self.score_is_bound_ = False
            self._has_classes = variables.has_classes
            self.mi_ = float(estimate.mi)
            for name, value in estimate.fitted.items():
                setattr(self, name, value)
        return self

    def _score(self, X: Any, y: Any, Z: Any = None, sample_weight: Any = None) -> float:
        """Return the estimate of other rows."""
        check_is_fitted(self)
        variables = self._read(X, y, Z, sample_weight, reset=False)
        return float(self._estimate(variables).mi)

    def _read(
        self, X: Any, y: Any, Z: Any, sample_weight: Any = None, *, reset: bool
    ) -> Variables:
        """Return checked variables; y stays what ``fit`` took it for."""
        accepted = self._accepted_target() if reset else self._has_classes
        return read_variables(
            self,
            X,
            y,
            Z,
            discrete_target=accepted,
            reset=reset,
            sample_weight=sample_weight,
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags


def standard_error(local: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return the standard error of the mean of influence values."""
    if not np.isfinite(local).all():
        return float("nan")
    total = len(local) if weight is None else float(weight.sum())
    if total <= 1:
        return float("nan")
    centred = local - np.average(local, weights=weight)
    return float(np.sqrt(np.average(centred**2, weights=weight) / (total - 1)))


def moved_to(local: np.ndarray, mi: float, weight: np.ndarray | None) -> np.ndarray:
    """Return local values whose (weighted) mean is the corrected estimate."""
    return local + (mi - np.average(local, weights=weight))
