"""Targets that are numbers: their units, their entropy, their expectation."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

from skmi._validation import check_multi_target, check_target, check_y_given
from skmi.bottleneck._torch_base import Task
from skmi.exceptions import EstimationWarning
from skmi.information import kozachenko_leonenko_entropy
from skmi.nn.relevances import GaussianLikelihood


class NumberTargets:
    """What regressors do with y and with means; mixed into a BaseCoder."""

    def predict(self, X):
        """Return the expected target of each row.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n,) or (n, n_outputs)
            In the units and the form of the y of ``fit``.
        """
        check_is_fitted(self)
        array = self._read(X)
        draws = self._draws()
        (mean,) = self._apply(
            array,
            lambda module, x: (module.predictions(x, draws).mean(1),),
            row_size=self._prediction_size(),
        )
        predicted = mean * self.target_scale_ + self.target_mean_
        return predicted[:, 0] if self._flat_target else predicted

    def rate_and_relevance(self, X, y):
        """Return where rows lie on the information plane.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows, new ones for honest values.
        y : array-like of shape (n,) or (n, n_outputs)
            Their targets.

        Returns
        -------
        rate : float
            Mean KL(q(z|x) || r(z)) in nats.
        relevance : float
            Entropy of the targets of ``fit``, or of the first portion of
            ``partial_fit``, minus the negative log-likelihood of these, in nats.
        """
        check_is_fitted(self)
        array = self._read(X)
        y = check_multi_target(y, len(array))
        return self._plane(array, self._scaled_target(y))

    def _take(self, X, y, resume, epochs=None):
        """Check the data, and say how a net is trained on them."""
        self._validate_params()
        fresh = not (resume and self.__sklearn_is_fitted__())
        check_y_given(self, y)
        array, shape = self._learn(X, fresh, portion=epochs is not None)
        y = check_target(self, y, len(array), multi_output=True, y_numeric=True)
        flat = y.ndim == 1
        y = check_multi_target(y, len(array))
        if fresh:
            self._learn_units(y, portion=epochs is not None)
            self.n_outputs_, self._flat_target = y.shape[1], flat
        target = self._scaled_target(y)
        scale = self.target_scale_[self.target_scale_ > 0]
        varying = y[:, self.target_scale_ > 0] / scale
        self._gap = smallest_gaps(varying)
        # Of a stream, the first portion stands for all: others may be odd ones.
        known = not fresh and epochs is not None
        entropy = self._target_entropy if known else entropy_of_numbers(varying)
        self.target_entropy_ = float(entropy + np.log(scale).sum())
        own = {"n_out": y.shape[1], "varies": (self.target_scale_ > 0).tolist()}
        options = {
            "shape": {**shape, **own},
            "target_entropy": entropy,
            "resume": resume,
            "epochs": epochs,
        }
        return Task(array, (target,), options)

    def _target_shape(self, n_out):
        """Return the number of classes, and that of targets a row."""
        return None, n_out

    def _report(self, task, stacklevel):
        """Place the training rows on the plane, and say what is odd about it."""
        covariance = self.net_.criterion_.likelihood.covariance().cpu().numpy()
        scale, varies = np.sqrt(covariance.diagonal()), self.target_scale_ > 0
        self.noise_scale_ = scale * self.target_scale_
        super()._report(task, stacklevel + 1)
        if (scale[varies] < self._gap).any():
            warnings.warn(_NARROW, EstimationWarning, stacklevel=stacklevel)
        target = task.data[0].numpy()[:, varies]
        whole = not self._incremental and varies.any()
        if whole and np.linalg.matrix_rank(target) < varies.sum():
            warnings.warn(_DEPENDENT, EstimationWarning, stacklevel=stacklevel)

    def _learn_units(self, y, portion):
        """Take the mean and the scale of the target; a constant one has no scale."""
        with np.errstate(over="ignore", invalid="ignore"):
            scaler = StandardScaler().fit(y)
        if not np.isfinite(scaler.scale_).all():
            msg = "y holds values too large to be squared; scale it."
            raise ValueError(msg)
        varies = np.ptp(y, axis=0) > 0
        if (varies & (scaler.var_ == 0)).any():
            msg = "y varies too little to be squared; scale it."
            raise ValueError(msg)
        if portion and not varies.all():
            msg = (
                "y of the first portion must vary in every column, since it sets the "
                f"units of those to come; found column {np.argmin(varies)} constant."
            )
            raise ValueError(msg)
        self.target_mean_ = scaler.mean_
        self.target_scale_ = np.where(varies, scaler.scale_, 0.0)

    def _plane(self, array, target):
        """Return rate and relevance of rows with standardised targets."""
        rate, distortion = self._rate_and_distortion(array, target)
        return rate, float(self._target_entropy - distortion)

    def _scaled_target(self, y):
        """Return the standardised target as a tensor."""
        if y.shape[1] != self.n_outputs_:
            msg = f"y has {y.shape[1]} columns; that of fit had {self.n_outputs_}."
            raise ValueError(msg)
        scale = np.where(self.target_scale_ > 0, self.target_scale_, 1.0)
        scaled = (y - self.target_mean_) / scale
        return torch.from_numpy(scaled.astype(np.float32))

    def _likelihood(self, n_outputs):
        """Return the likelihood of the targets."""
        return GaussianLikelihood(n_outputs, self._shape["varies"], correlated=True)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


def entropy_of_numbers(y):
    """Return the entropy of scaled targets; 0 where no column varies."""
    if y.shape[1] == 0:
        return 0.0
    return kozachenko_leonenko_entropy(y, n_neighbors=min(3, len(y) - 1))


def smallest_gaps(y):
    """Return the smallest gap between values of each column, 0 without repeats."""
    gaps = np.zeros(y.shape[1])
    for j, column in enumerate(y.T):
        values = np.unique(column)
        if 1 < len(values) < len(y):
            gaps[j] = np.diff(values).min()
    return gaps


_DEPENDENT = (
    "columns of y are linearly dependent: their joint density, and with it relevance_, "
    "has no meaning. Leave out those that follow from others."
)
_NARROW = (
    "y repeats its values, and the noise learnt is narrower than the gap between them: "
    "relevance_ is no lower bound on I(Z;Y) then. For a target of few values take "
    "IBClassifier."
)
