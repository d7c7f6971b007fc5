"""Targets that are classes: labels, weights, probabilities."""

from __future__ import annotations

import numpy as np
import torch
from scipy.special import logsumexp
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.validation import check_is_fitted

from skmi._validation import check_class_labels, check_target, check_y_given
from skmi.bottleneck._torch_base import Task
from skmi.information import entropy
from skmi.nn.relevances import CategoricalLikelihood


class ClassTargets:
    """What classifiers do with y and with logits; mixed into a BaseCoder."""

    def predict_proba(self, X):
        """Return class probabilities.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_classes)
            In the order of ``classes_``.
        """
        return np.exp(self.predict_log_proba(X))

    def predict_log_proba(self, X):
        """Return log probabilities of the classes.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_classes)
            In the order of ``classes_``.
        """
        check_is_fitted(self)
        array = self._read(X)
        draws = self._draws()

        def log_mixture(module, x):
            logs = module.predictions(x, draws).log_softmax(-1)
            return (logs.logsumexp(1) - np.log(len(draws)),)

        (logs,) = self._apply(array, log_mixture, row_size=self._prediction_size())
        logs = logs - logsumexp(logs, axis=1, keepdims=True)
        # Closer to certainty than the float type of probabilities can tell.
        logs[logs > -np.finfo(logs.dtype).eps] = 0.0
        return logs

    def predict(self, X):
        """Return the most probable class of each row.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n,)
            Labels.
        """
        best = self.predict_log_proba(X).argmax(axis=1)
        return self.classes_[best]

    def rate_and_relevance(self, X, y):
        """Return where rows lie on the information plane.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows, new ones for honest values.
        y : array-like of shape (n,)
            Their labels, among ``classes_``.

        Returns
        -------
        rate : float
            Mean KL(q(z|x) || r(z)) in nats.
        relevance : float
            H(Y) of these rows minus their cross-entropy, in nats.
        """
        check_is_fitted(self)
        check_y_given(self, y)
        array = self._read(X)
        y = check_target(self, y, len(array))
        codes = self._encode_labels(y)
        rate, distortion = self._rate_and_distortion(array, torch.from_numpy(codes))
        return rate, entropy(np.bincount(codes)) - distortion

    def _take(self, X, y, resume, epochs=None, classes=None):
        """Check the data, and say how a net is trained on them."""
        self._validate_params()
        fresh = not (resume and self.__sklearn_is_fitted__())
        check_y_given(self, y)
        array, shape = self._learn(X, fresh, portion=epochs is not None)
        y = check_target(self, y, len(array))
        check_class_labels(y)
        if fresh:
            self.classes_ = all_classes(y, classes)
        elif classes is not None and not np.array_equal(
            np.unique(classes), self.classes_
        ):
            msg = f"classes={classes!r} are not those of the first call."
            raise ValueError(msg)
        codes = self._encode_labels(y)
        self.target_entropy_ = entropy(np.bincount(codes))
        options = {
            "shape": {**shape, "n_out": len(self.classes_)},
            "target_entropy": self.target_entropy_,
            "resume": resume,
            "epochs": epochs,
            "stratify": codes,
        }
        data = torch.from_numpy(codes), self._row_weights(y)
        return Task(array, data, options)

    def _target_shape(self, n_out):
        """Return the number of classes, and that of targets a row."""
        return n_out, 1

    def _encode_labels(self, y):
        """Return labels as positions in ``classes_``."""
        y = np.asarray(y)
        try:
            codes = np.searchsorted(self.classes_, y).clip(0, len(self.classes_) - 1)
        except TypeError as error:
            msg = (
                f"y holds labels that do not compare with the classes "
                f"{self.classes_.tolist()!r} ({error})."
            )
            raise ValueError(msg) from error
        unknown = self.classes_[codes] != y
        if unknown.any():
            msg = (
                f"y holds labels {np.unique(y[unknown]).tolist()!r} that are not among "
                f"the classes {self.classes_.tolist()!r}."
            )
            raise ValueError(msg)
        return codes.astype(np.int64)

    def _row_weights(self, y):
        """Return the weights of the rows, of mean one, or None where all are equal."""
        if self.class_weight is None:
            return None
        weights = compute_sample_weight(self.class_weight, y)
        if not (weights >= 0).all() or not 0 < weights.sum() < np.inf:
            msg = (
                f"class_weight={self.class_weight!r} gives rows of y weights between "
                f"{weights.min()} and {weights.max()}; accepted: finite weights of at "
                "least 0, not all of them 0."
            )
            raise ValueError(msg)
        return torch.from_numpy((weights / weights.mean()).astype(np.float32))

    def _likelihood(self, n_outputs):
        """Return the likelihood of the classes."""
        return CategoricalLikelihood()


def all_classes(y, classes=None):
    """Return the labels; one alone is not enough to learn from."""
    labels = np.unique(y if classes is None else classes)
    if len(labels) < 2:
        msg = (
            f"y must hold at least two classes, found 1 class: {labels.tolist()!r}."
            " Where a first portion has one of several, give classes=."
        )
        raise ValueError(msg)
    return labels
