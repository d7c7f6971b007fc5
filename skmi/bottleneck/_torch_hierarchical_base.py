"""What the hierarchical bottlenecks share: views, a cascade of codes, its report."""

from __future__ import annotations

import copy
import warnings
from numbers import Integral, Real
from typing import ClassVar

import numpy as np
import torch
from sklearn.preprocessing import StandardScaler
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import check_plain, check_widths, names_of
from skmi._views import check_views, concatenate_views, is_view_list, place_views
from skmi.bottleneck._torch_base import COLLAPSED, BaseCoder
from skmi.bottleneck._torch_hierarchical_module import CascadeModule
from skmi.bottleneck._torch_numbers import entropy_of_numbers, smallest_gaps
from skmi.exceptions import EstimationWarning
from skmi.nn.objectives import BottleneckObjective, CascadeObjective
from skmi.nn.relevances import GaussianLikelihood
from skmi.nn.stochastic import PRIORS, GaussianLayer
from skmi.training import MLP, BaseTorchEstimator

# Rows that tell the entropy of a view: neighbours among many columns are dear.
_ENTROPY_ROWS = 10_000


class BaseHierarchical(BaseCoder):
    """Base of HierarchicalIB and of those that predict a target."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchEstimator._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left"), list, tuple],
        "view_columns": [None, list, tuple],
        "beta": [Interval(Real, 0, None, closed="left"), list, tuple],
        "stage_weights": [Interval(Real, 0, None, closed="left"), list, tuple],
        "beta_warmup": [Interval(Integral, 0, None, closed="left")],
        "prior": [StrOptions(set(PRIORS))],
        "n_prior_components": [Interval(Integral, 1, None, closed="left")],
        "stage_hidden_layer_sizes": [tuple, list],
        "decoder_hidden_layer_sizes": [tuple, list],
        "n_draws": [Interval(Integral, 1, None, closed="left")],
    }
    _known_to_build = (*BaseTorchEstimator._known_to_build, "_view_entropies")

    def transform(self, X):
        """Encode rows: the mean of the last code, at the means of those before it.

        Parameters
        ----------
        X : array-like of shape (n, d) or (n, d_prime), or list of arrays
            Rows with the columns of ``fit``, or with those of the prime view alone; or
            the views as a list, of which the prime one is enough.

        Returns
        -------
        ndarray of shape (n, n_components)
            Z, of the float type of X.
        """
        return super().transform(X)

    def rate_and_view_relevance(self, X):
        """Return what the codes cost, and what they tell about the views.

        Parameters
        ----------
        X : array-like of shape (n, d), or list of arrays
            Rows with all views, new ones for honest values.

        Returns
        -------
        rate : ndarray of shape (n_stages,)
            Mean KL of each code from its prior given the code before it, in nats.
        relevance : ndarray of shape (n_stages,)
            Entropy of each view that is told about, as of the rows of ``fit``, minus
            its negative log-likelihood, in nats.
        """
        check_is_fitted(self)
        self._validate_params()
        return self._views_plane(self._read(X, whole=True))[:2]

    # Rows and their views

    def _read(self, X, whole=False):
        """Return checked rows; but for the prime view, columns are 0 unless whole."""
        fitted = self._shape["columns"]
        if whole:
            return check_views(self, X, fitted)[0]
        prime = self._prime_of(X, len(fitted[0]))
        if prime is not None:
            return place_views(self, prime, [np.arange(prime.shape[1])], fitted[:1])
        self._check_width(X, len(fitted[0]))
        # Views that were there in training only may be missing now, as a frame says it.
        array = check_views(self, X, fitted, ensure_all_finite=False)[0]
        checked = np.zeros_like(array)
        checked[:, fitted[0]] = check_plain(array[:, fitted[0]])
        return checked

    def _check_width(self, X, width):
        """Raise where X is an array of other columns than all, or the prime view's."""
        shape = getattr(X, "shape", ())
        known = self.n_features_in_
        # Frames with names are told which of them are missing.
        named = names_of(X) is not None and hasattr(self, "feature_names_in_")
        if len(shape) == 2 and shape[1] != known != width and not named:
            msg = (
                f"X has {shape[1]} features, but {type(self).__name__} is expecting "
                f"{known} features as input, or the {width} of the prime view."
            )
            raise ValueError(msg)

    def _prime_of(self, X, width):
        """Return X where it is the prime view alone, else None."""
        if is_view_list(X):
            return concatenate_views(X)[0] if len(X) == 1 else None
        shape = getattr(X, "shape", ())
        alone = len(shape) == 2 and shape[1] == width != self.n_features_in_
        return X if alone else None

    def _learn(self, X, fresh, portion):
        """Return checked rows to train on, and what of their shape a net depends on."""
        if not fresh:
            array, columns = check_views(
                self, X, self._shape["columns"], ensure_min_samples=2
            )
            vary = self._shape["views_vary"]
            return array, _shape_of(array, columns, vary)
        array, columns = check_views(self, X, None, ensure_min_samples=2)
        if self.view_columns is None and not is_view_list(X):
            columns = [list(range(array.shape[1]))] * 2
        if len(columns) < 2:
            msg = (
                f"view_columns={self.view_columns!r} and X give {len(columns)} view; a "
                "hierarchy takes the prime view and one or more that it tells about."
            )
            raise ValueError(msg)
        vary = [(np.ptp(array[:, c], axis=0) > 0).tolist() for c in columns[1:]]
        self._view_entropies = self._entropies(array, columns[1:], vary)
        return array, _shape_of(array, columns, vary)

    def _entropies(self, array, columns, vary):
        """Return the entropy of each view, in the units of training."""
        kept = np.linspace(0, len(array) - 1, min(len(array), _ENTROPY_ROWS))
        whole = np.log(_scales(array.reshape(-1, 1))[0])
        entropies = []
        for chosen, varies in zip(columns, vary, strict=True):
            view = array[:, np.array(chosen)[varies]].astype(np.float64)
            scale = _scales(view)
            entropy = entropy_of_numbers(view[kept.astype(int)] / scale)
            if self.standardize is not True:
                unit = whole if self.standardize == "global" else 0.0
                entropy += float((np.log(scale) - unit).sum())
            entropies.append(entropy)
        return tuple(entropies)

    # What is trained

    def _build(self, shape, generator):
        """Return the cascade of codes with their decoders, and the objective."""
        columns = shape["columns"]
        for name in ("stage_hidden_layer_sizes", "decoder_hidden_layer_sizes"):
            check_widths(name, getattr(self, name))
        sizes = self._of_stages("n_components", len(columns) - 1, Integral)
        between = MLP(self.stage_hidden_layer_sizes, self.activation)
        decoder = MLP(self.decoder_hidden_layer_sizes, self.activation)
        backbones, codes, decoders = [], [], []
        n_in = len(columns[0])
        for k, (size, view) in enumerate(zip(sizes, columns[1:], strict=True)):
            spec = between if k else self._encoder_spec()
            backbones.append(spec.build(n_in, None, generator))
            layer = GaussianLayer(
                backbones[-1].n_out,
                size,
                self.prior,
                generator=generator,
                n_prior_components=self.n_prior_components,
            )
            codes.append(layer)
            decoders.append(decoder.build(size, len(view), generator))
            n_in = size
        head = self._new_head(shape, n_in, decoder, generator)
        module = CascadeModule(columns, backbones, codes, decoders, *head)
        return module, self._objective(shape)

    def _new_head(self, shape, n_code, decoder, generator):
        """Return what predicts a target: nothing."""
        return ()

    def _objective(self, shape):
        """Return the objective of all stages."""
        n_stages = len(shape["views_vary"])
        stages = [
            BottleneckObjective(
                GaussianLikelihood(len(varies), varies),
                beta,
                entropy,
                warmup=self.beta_warmup,
                n_epochs_before=getattr(self, "n_iter_", 0),
            )
            for varies, beta, entropy in zip(
                shape["views_vary"],
                self._of_stages("beta", n_stages, Real),
                self._view_entropies,
                strict=True,
            )
        ]
        weights = self._of_stages("stage_weights", n_stages, Real)
        return CascadeObjective(stages, weights, *self._task(shape))

    def _task(self, shape):
        """Return the objective of a target and its weight: none."""
        return ()

    def _of_stages(self, name, n_stages, kind):
        """Return a parameter as one value a stage."""
        value = getattr(self, name)
        values = [value] * n_stages if isinstance(value, Real) else list(value)
        least = 1 if kind is Integral else 0
        if len(values) == n_stages and all(
            isinstance(v, kind) and not isinstance(v, bool) and least <= v < np.inf
            for v in values
        ):
            return values
        what = "integers" if kind is Integral else "finite numbers"
        msg = (
            f"{name} must be one number, or one for each of the {n_stages} stages, "
            f"{what} of at least {least}; found {value!r}."
        )
        raise ValueError(msg)

    def _export(self, module):
        """Return the mean of the last code as a module."""
        return module.mean_code()

    # After training

    def _report(self, task, stacklevel):
        """Place the training rows on the planes of the views, and say what is odd."""
        self._incremental = task.options["epochs"] is not None
        plane = self._views_plane(task.array)
        self.rate_, self.view_relevance_, self.view_scores_ = plane
        betas = self._of_stages("beta", len(self.rate_), Real)
        vary = [any(varies) for varies in self._shape["views_vary"]]
        collapsed = [
            k
            for k, (rate, relevance) in enumerate(zip(*plane[:2], strict=True))
            if betas[k] > 0 and vary[k] and rate < COLLAPSED > relevance
        ]
        if collapsed:
            msg = (
                f"The codes of stages {collapsed} have collapsed: beta={self.beta} "
                "leaves them next to no rate, and they tell nothing about their views. "
                "Take a smaller beta, or let it grow from 0 by beta_warmup."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=stacklevel)
        narrow = self._narrow_stages(task.array)
        if narrow:
            msg = (
                f"The views of stages {narrow} repeat their values, and the noise "
                "learnt is narrower than the gap between them: view_relevance_ is no "
                "lower bound on what their codes tell about them."
            )
            warnings.warn(msg, EstimationWarning, stacklevel=stacklevel)

    def _narrow_stages(self, array):
        """Return the stages whose views have values farther apart than their noise."""
        scaled = self._standardized(array, np.float64)
        narrow = []
        for k, varies in enumerate(self._shape["views_vary"]):
            columns = np.array(self._shape["columns"][k + 1])[varies]
            name = f"objective.stages.{k}.objective.likelihood.log_scale"
            noise = np.exp(self.weights_[name][varies])
            if (noise < smallest_gaps(scaled[:, columns])).any():
                narrow.append(k)
        return narrow

    def _views_plane(self, array):
        """Return rate, relevance to its view and explained variance of each stage."""
        draws = self._normal_draws()
        stages = copy.deepcopy(self.net_.criterion_.stages)
        likelihoods = [stage.objective.likelihood for stage in stages]

        def measure(module, x):
            rates, distortions, residuals = [], [], []
            views = module.views(x)[1:]
            parts = zip(likelihoods, views, module.unrolled(x, draws), strict=True)
            for likelihood, view, (rate, prediction, _) in parts:
                told = view[:, None].expand_as(prediction)
                likelihood = likelihood.to(prediction)
                distortion = likelihood(prediction.flatten(0, 1), told.flatten(0, 1))
                rates.append(rate.mean(1))
                distortions.append(distortion.view(len(x), -1).mean(1))
                residuals.append((view - prediction.mean(1)).square())
            return torch.stack(rates, 1), torch.stack(distortions, 1), *residuals

        rates, distortions, *residuals = self._apply(
            array, measure, row_size=self._prediction_size()
        )
        relevance = np.array(self._view_entropies) - distortions.mean(0, np.float64)
        scaled = self._standardized(array, np.float64)
        scores = [
            _explained(scaled[:, columns][:, varies], residual[:, varies])
            for columns, residual, varies in zip(
                self._shape["columns"][1:],
                residuals,
                self._shape["views_vary"],
                strict=True,
            )
        ]
        return rates.mean(axis=0, dtype=np.float64), relevance, np.array(scores)

    def _rates(self, module, x, draws):
        """Return the rates of each row, one a stage."""
        return module.rates(x, draws)

    def _prediction_size(self):
        """Return how many numbers a row's predictions take."""
        widths = [len(columns) for columns in self._shape["columns"]]
        return self.n_draws * max(self._n_normal, *widths, self._shape.get("n_out", 1))

    @property
    def _n_features_out(self):
        """Columns that ``transform`` returns."""
        return self._sizes[-1]

    @property
    def _n_normal(self):
        """Normal numbers in a draw of all codes of a row."""
        return sum(self._sizes)

    @property
    def _sizes(self):
        """Columns of each code of the fitted net."""
        n_stages = len(self._shape["views_vary"])
        return self._built_from._of_stages("n_components", n_stages, Integral)


class BaseHierarchicalPredictor(BaseHierarchical):
    """Base of HierarchicalIBClassifier and HierarchicalIBRegressor."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseHierarchical._parameter_constraints,
        "task_weight": [Interval(Real, 0, None, closed="left")],
        "residual": ["boolean"],
        "prediction": [StrOptions({"mixture", "mean"})],
    }

    def _new_head(self, shape, n_code, decoder, generator):
        """Return what predicts the target, and what brings a code to the prime view."""
        if not self.residual:
            return (decoder.build(n_code, shape["n_out"], generator),)
        n_prime = len(shape["columns"][0])
        expand = MLP(()).build(n_code, n_prime, generator)
        return decoder.build(n_prime, shape["n_out"], generator), expand

    def _task(self, shape):
        """Return the objective of the target, and its weight."""
        likelihood = self._likelihood(shape["n_out"])
        task = BottleneckObjective(likelihood, 0.0, self._target_entropy)
        return task, float(self.task_weight)

    def _rate_and_distortion(self, array, target):
        """Return the mean rates and the mean distortion over draws, in nats."""
        rates, distortion = super()._rate_and_distortion(array, target)
        return np.array(rates), distortion

    def _report(self, task, stacklevel):
        """Place the training rows on the planes of the views and of the target."""
        distortion = self._rate_and_distortion(task.array, task.data[0])[1]
        self.relevance_ = float(task.options["target_entropy"] - distortion)
        super()._report(task, stacklevel + 1)


def _shape_of(array, columns, vary):
    """Return what of the shape of rows a net depends on."""
    return {"n_in": array.shape[1], "columns": columns, "views_vary": vary}


def _scales(view):
    """Return the standard deviation of columns, in double precision."""
    if view.shape[1] == 0:
        return np.ones(0)
    with np.errstate(over="ignore", invalid="ignore"):
        scale = StandardScaler().fit(view.astype(np.float64)).scale_
    if not np.isfinite(scale).all():
        msg = "X holds values too large to be squared; scale its columns."
        raise ValueError(msg)
    return scale


def _explained(view, residual):
    """Return the share of the columns' variance explained; 0 where there is none."""
    spread = np.square(view - view.mean(axis=0)).sum()
    return float(1 - residual.sum(dtype=np.float64) / spread) if spread > 0 else 0.0
