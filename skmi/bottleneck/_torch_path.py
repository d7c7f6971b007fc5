"""The curve in one training: all betas, on all folds, as one stack of networks."""

from __future__ import annotations

import inspect
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch
from sklearn.base import (
    BaseEstimator,
    ClassNamePrefixFeaturesOutMixin,
    TransformerMixin,
    clone,
    is_classifier,
)
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.model_selection import check_cv
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from skmi._validation import atomic_fit, check_X, check_X_y
from skmi.training import Ensemble

# Not parameters of a path: the first is what it goes through, the second has no meaning
# for several networks, the others are for the network that is refitted.
_OF_ONE = ("beta", "warm_start", "callbacks", "verbose")
# From a code that keeps nearly all to one that keeps nearly nothing.
_BETA_RANGE = (1e-3, 0.5)


def path_constraints(model):
    """Return the constraints of the parameters of a path over betas of a model."""
    of_model = model._parameter_constraints.items()
    return {
        **{name: kind for name, kind in of_model if name not in ("beta", "warm_start")},
        "betas": [Interval(Integral, 1, None, closed="left"), "array-like"],
        "cv": ["cv_object"],
        "scoring": [StrOptions(set(get_scorer_names())), callable, None],
        "refit": ["boolean"],
    }


def _has_one_code(path):
    """Tell whether one network encodes."""
    if not path.refit:
        msg = (
            f"{type(path).__name__} has no transform with refit=False: the codes of "
            "several networks have no common axes."
        )
        raise AttributeError(msg)
    return True


class BaseBottleneckPath(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator
):
    """Base of IBClassifierCV and IBRegressorCV; they name the model of one beta."""

    # The class whose parameters, but for beta, are those of the path.
    _model: ClassVar[type]
    # Read by the tool that writes the text of shared parameters.
    _own_training_parameters: ClassVar[tuple[str, ...]] = _OF_ONE

    # Fitting

    def _fit(self, X, y, groups, checks):
        """Train every beta on every fold, choose, and train what was chosen."""
        # Whatever torch's modes are around the call.
        with atomic_fit(self), torch.inference_mode(False), torch.enable_grad():
            self._validate_params()
            array, y = check_X_y(self, X, y, ensure_min_samples=2, **checks)
            self._take_target(y)
            # Of an earlier fit with another ``refit``.
            vars(self).pop("estimator_", None)
            self.betas_ = _checked_betas(self.betas)
            cv = check_cv(self.cv, y, classifier=is_classifier(self))
            splits = list(cv.split(array, y, groups))
            # A generator would give each network a seed of its own, and a second call
            # another one.
            seed = self.random_state
            if not isinstance(seed, Integral):
                seed = int(check_random_state(seed).randint(2**31 - 1))
            trained = self._train_all(array, y, [train for train, _ in splits], seed)
            self._score_all(array, y, [test for _, test in splits], trained)
            if self.refit:
                chosen = self._new(self.beta_, seed, last=True)
                self.estimator_ = chosen.fit(array, y)
                self.estimators_ = [chosen]
            else:
                self.estimators_ = self._reuse(trained, splits)
            self.rate_, self.relevance_ = (
                float(np.mean([getattr(model, name) for model in self.estimators_]))
                for name in ("rate_", "relevance_")
            )
        return self

    def _new(self, beta, seed, last=False):
        """Return an unfitted model of one beta."""
        names = set(inspect.signature(self._model).parameters) - set(_OF_ONE)
        given = {name: clone(getattr(self, name), safe=False) for name in names}
        if last:
            given |= {"callbacks": self.callbacks, "verbose": self.verbose}
        return self._model(**{**given, "beta": float(beta), "random_state": seed})

    def _train_all(self, array, y, trains, seed):
        """Return the fitted models, a list of folds for each beta, and their tasks."""
        models, tasks, ready = [], [], []
        for train in trains:
            # One array a fold, so that the networks of a fold share it.
            part = array[train], y[train]
            first = None
            for beta in self.betas_:
                models.append(self._new(beta, seed))
                tasks.append(self._task(models[-1], *part))
                net, *rows = models[-1]._prepared(tasks[-1])
                first = first or rows
                ready.append((net, *_shared(rows, first)))
        nets, rows, valid = zip(*ready, strict=True)
        ensemble = Ensemble().fit(nets, rows, valid)
        self.stacked_ = ensemble.stacked_
        for model, net in zip(models, nets, strict=True):
            model._keep(net)
        n_betas = len(self.betas_)
        return [
            [(models[i], tasks[i]) for i in range(k, len(models), n_betas)]
            for k in range(n_betas)
        ]

    def _score_all(self, array, y, tests, trained):
        """Place every model on the plane by the rows it has not seen, and choose."""
        scorer = self._scorer(trained[0][0][0])
        values = {
            name: np.empty((len(trained), len(tests)))
            for name in ("rate", "relevance", "score")
        }
        for k, fold_models in enumerate(trained):
            for j, (test, (model, _)) in enumerate(
                zip(tests, fold_models, strict=True)
            ):
                rows = array[test], y[test]
                plane = model.rate_and_relevance(*rows)
                values["rate"][k, j], values["relevance"][k, j] = plane
                values["score"][k, j] = _number(scorer(model, *rows), self.scoring)
        self.path_ = {"beta": self.betas_}
        for name, table in values.items():
            self.path_[name] = table.mean(axis=1)
            n_folds = table.shape[1]
            # Rates may be infinite, and their spread is no number then.
            with np.errstate(invalid="ignore"):
                spread = table.std(axis=1, ddof=1) if n_folds > 1 else np.nan
            self.path_[f"{name}_se"] = np.full(len(table), spread / n_folds**0.5)
            self.path_[f"fold_{name}"] = table
        score = self.path_["score"]
        if not np.isfinite(score).any():
            msg = f"scoring={self.scoring!r} gives no number for any beta: {score}."
            raise ValueError(msg)
        # Of equal scores the last, with the larger beta: the simpler code.
        best = np.flatnonzero(score == np.nanmax(score))[-1]
        self.beta_ = float(self.betas_[best])
        self.best_score_ = float(score[best])

    def _scorer(self, model):
        """Return ``scorer(model, X, y)`` that the parameter ``scoring`` means."""
        return check_scoring(model, self.scoring)

    def _reuse(self, trained, splits):
        """Return the models of the folds for the beta that was chosen."""
        position = int(np.flatnonzero(self.betas_ == self.beta_)[-1])
        chosen = trained[position]
        for model, task in chosen:
            model._report(task, stacklevel=6)
        return [model for model, _ in chosen]

    # Predicting

    def _mean_over_models(self, method, X):
        """Return the mean of what the fitted models return."""
        check_is_fitted(self)
        array = check_X(self, X, reset=False)
        results = [getattr(model, method)(array) for model in self.estimators_]
        return results[0] if len(results) == 1 else np.mean(results, axis=0)

    @available_if(_has_one_code)
    def transform(self, X):
        """Encode rows: the mean of q(z|x).

        Not there with ``refit=False``: the codes of several networks have no common
        axes.

        Parameters
        ----------
        X : array-like of shape (n, d)
            Rows.

        Returns
        -------
        ndarray of shape (n, n_components)
            Z, of the float type of X.
        """
        check_is_fitted(self)
        return self.estimator_.transform(check_X(self, X, reset=False))

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
            Mean KL(q(z|x) || r(z)) in nats; with ``refit=False`` the mean over the
            networks.
        relevance : float
            H(Y), or h(Y), minus the cross-entropy of the rows, in nats.
        """
        check_is_fitted(self)
        array = check_X(self, X, reset=False)
        planes = [model.rate_and_relevance(array, y) for model in self.estimators_]
        rate, relevance = np.mean(planes, axis=0)
        return float(rate), float(relevance)

    @property
    def _n_features_out(self):
        """Columns that ``transform`` returns."""
        return self.n_components

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _number(score, scoring):
    """Return a score, which must be one number."""
    if not isinstance(score, Real):
        msg = f"scoring={scoring!r} must return one number, found {score!r}."
        raise ValueError(msg)
    return score


def _checked_betas(betas):
    """Return the betas in ascending order."""
    if isinstance(betas, Integral):
        return np.geomspace(*_BETA_RANGE, betas)
    try:
        array = np.asarray(betas, dtype=np.float64)
    except (TypeError, ValueError) as error:
        msg = f"betas must be an integer or numbers of at least 0, found {betas!r}."
        raise ValueError(msg) from error
    if array.ndim != 1 or not len(array) or not (array >= 0).all():
        msg = (
            "betas must be an integer, or a 1-D array-like of finite numbers of at "
            f"least 0, found {betas!r}."
        )
        raise ValueError(msg)
    if np.isinf(array).any() or len(np.unique(array)) < len(array):
        msg = f"betas must be finite and differ from each other, found {betas!r}."
        raise ValueError(msg)
    return np.sort(array)


def _shared(rows, others):
    """Return the rows of another network of the fold, where they are the same."""
    return others if all(map(_equal, rows, others)) else rows


def _equal(rows, others):
    """Tell whether two sets of rows hold the same numbers."""
    if rows is None or others is None:
        return rows is others
    pairs = zip(rows.tensors(), others.tensors(), strict=True)
    return all(torch.equal(mine, theirs) for mine, theirs in pairs)
