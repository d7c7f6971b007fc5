"""What the bottleneck estimators share; they say what relevance is."""

from __future__ import annotations

import copy
import warnings
from numbers import Integral, Real
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted

from skmi._validation import atomic_fit, check_widths, check_X
from skmi.bottleneck._torch_draws import normal_draws
from skmi.bottleneck._torch_module import BottleneckModule, StructuredModule
from skmi.exceptions import EstimationWarning
from skmi.nn.compressions import (
    COMPRESSIONS,
    CompressionContext,
    FunctionCompression,
    as_compression,
)
from skmi.nn.encoders import MLPEncoder
from skmi.nn.objectives import BottleneckObjective
from skmi.nn.relevances import DIVERGENCES, CategoricalLikelihood
from skmi.nn.stochastic import PRIORS, GaussianLayer
from skmi.training import MLP, BaseTorchEstimator


class Task(NamedTuple):
    """Checked data, and how a net is to be trained on them."""

    array: np.ndarray
    # Targets and weights of rows.
    data: tuple[torch.Tensor | None, ...]
    # Of BaseTorchEstimator._prepare.
    options: dict[str, Any]


# Nats of rate and of relevance below which a code tells nothing.
COLLAPSED = 0.01
# Standard deviation of predictions, probabilities or in units of the target, below
# which they are the same; rows that it is taken of.
_SPREAD, _FEW_ROWS = 0.02, 1000
# Nats of relevance on the training rows that no sound training ends with.
_WORSE_THAN_NONE = -5.0
# Epochs after which nothing can be said yet.
_EARLY = 10


class BaseCoder(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseTorchEstimator):
    """Base of what codes rows at random, and predicts from draws of the code.

    A subclass says how data are taken (:meth:`_take`), what is learnt (:meth:`_build`)
    and what is told after it (:meth:`_report`). Its modules have ``encode(x)``, whose
    first part is the mean of the code, and ``predictions(x, draws)``.
    """

    def transform(self, X):
        """Encode rows: the mean of q(z|x).

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
        array = self._read(X)
        return self._apply(array, lambda module, x: module.encode(x)[:1])[0]

    # Fitting: the data are taken, a net is trained on them, and the result reported.
    # A path does the three for many nets at once.

    def _fit(self, X, y, resume, epochs=None, **options):
        """Check the data, train, and place the training rows on the plane."""
        with atomic_fit(self):
            task = self._take(X, y, resume, epochs, **options)
            self._train(task.array, *task.data, **task.options)
            self._report(task, stacklevel=4)
        return self

    def _read(self, X):
        """Return checked rows to predict for."""
        return check_X(self, X, reset=False)

    def _learn(self, X, fresh, portion):
        """Return checked rows to train on, and what of their shape a net depends on."""
        array = check_X(self, X, reset=fresh, ensure_min_samples=2)
        return array, {"n_in": array.shape[1]}

    def _prepared(self, task):
        """Return a net with its rows and those held out, for a task."""
        return self._prepare(task.array, *task.data, **task.options)

    # Predicting

    def _draws(self):
        """Return the draws that predictions average over; a zero for the mean of z."""
        # Parameters may have been set anew since the fit.
        self._validate_params()
        if self.prediction == "mean":
            return torch.zeros(1, self._n_normal)
        return self._normal_draws()

    def _normal_draws(self):
        """Return (n_draws, n_normal) standard normal draws, the same at each call."""
        return normal_draws(self.n_draws, self._n_normal, self._seed)

    def _prediction_size(self):
        """Return how many numbers a row's predictions take."""
        return self.n_draws * max(self._n_normal, self._shape["n_out"])

    def _rate_and_distortion(self, array, target):
        """Return the mean rate and the mean distortion over draws of z, in nats."""
        # Whatever predictions use: at the mean of z the rate would be infinite.
        draws = self._normal_draws()
        likelihood = copy.deepcopy(self.net_.criterion_.likelihood)

        def terms(module, x, target):
            prediction = module.predictions(x, draws)
            repeated = target.repeat_interleave(prediction.shape[1], dim=0)
            distortion = likelihood.to(prediction)(prediction.flatten(0, 1), repeated)
            rate = self._rates(module, x, draws)
            return rate, distortion.view(len(x), -1).mean(1)

        rate, distortion = self._apply(
            array, terms, target, row_size=self._prediction_size()
        )
        # A number, or a list where there are several codes.
        return rate.mean(axis=0).tolist(), float(distortion.mean())

    def _rates(self, module, x, draws):
        """Return the rate of each row."""
        return module.encode(x)[2]

    @property
    def _n_features_out(self):
        """Columns that ``transform`` returns."""
        return self._built_from.n_components

    @property
    def _n_normal(self):
        """Normal numbers in a draw of a row's code."""
        return self._built_from.n_components

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


class BaseBottleneck(BaseCoder):
    """Base of IBClassifier and IBRegressor."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchEstimator._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "beta": [Interval(Real, 0, None, closed="left")],
        "compression": [StrOptions(set(COMPRESSIONS)), callable],
        "rate_power": [Interval(Real, 1, None, closed="left")],
        "beta_warmup": [Interval(Integral, 0, None, closed="left")],
        "prior": [StrOptions(set(PRIORS))],
        "n_prior_components": [Interval(Integral, 1, None, closed="left")],
        "deterministic": ["boolean"],
        "n_auxiliary": [Interval(Integral, 0, None, closed="left")],
        "independence_weight": [Interval(Real, 0, None, closed="left")],
        "decoder_hidden_layer_sizes": [tuple, list],
        "prediction": [StrOptions({"mixture", "mean"})],
        "n_draws": [Interval(Integral, 1, None, closed="left")],
    }

    # What is trained

    def _build(self, shape, generator):
        """Return the stochastic encoder with its decoder, and the objective."""
        module = self._new_module(shape, generator)
        # After the module, whose first weights do not depend on it then.
        compression = self._new_compression(shape, generator)
        self._check_parts(compression)
        divergence = DIVERGENCES.get(self.relevance, self.relevance)
        objective = BottleneckObjective(
            self._likelihood(shape["n_out"]),
            self.beta,
            self._target_entropy,
            compression,
            divergence if callable(divergence) else None,
            float(self.rate_power),
            self.beta_warmup,
            getattr(self, "n_iter_", 0),
        )
        if self.n_auxiliary:
            # Discriminators compare the codes of different rows.
            objective.compares_rows = True
        return module, objective

    @property
    def _prices_rate(self):
        """Whether the rate is what is penalised."""
        return self.compression == "variational" and not self.deterministic

    def _new_module(self, shape, generator):
        """Return one code with its decoder, or the sum of several."""
        check_widths("decoder_hidden_layer_sizes", self.decoder_hidden_layer_sizes)
        backbones, codes = [], []
        for _ in range(1 + self.n_auxiliary):
            backbones.append(self._encoder_spec().build(shape["n_in"], None, generator))
            codes.append(self._new_code(backbones[-1].n_out, generator))
        decoder = MLP(self.decoder_hidden_layer_sizes, self.activation).build(
            self.n_components, shape["n_out"], generator
        )
        if not self.n_auxiliary:
            return BottleneckModule(*backbones, *codes, decoder, self._prices_rate)
        width = 2 * self.n_components
        judges = [MLPEncoder(width, 1, (64,), generator=generator) for _ in codes[1:]]
        weight = float(self.independence_weight)
        parts = backbones, codes, decoder, judges
        return StructuredModule(*parts, weight, self._prices_rate)

    def _new_code(self, n_in, generator):
        """Return a stochastic layer."""
        return GaussianLayer(
            n_in,
            self.n_components,
            self.prior,
            generator=generator,
            n_prior_components=self.n_prior_components,
            deterministic=self.deterministic,
        )

    def _new_compression(self, shape, generator):
        """Return what is penalised; None where it is the rate."""
        if self._prices_rate:
            return None
        classes, outputs = self._target_shape(shape["n_out"])
        context = CompressionContext(
            shape["n_in"], self.n_components, classes, outputs, generator
        )
        compression = as_compression(self.compression)(context)
        # Two players would be told apart by gradients of an infinite rate.
        if self.deterministic and (
            compression.needs_density or compression.players != "none"
        ):
            return self._no_compression(compression)
        return compression

    def _no_compression(self, compression):
        """Return what a code without noise pays where that has no meaning: nothing."""
        if self.beta > 0:
            free = [
                name for name, kind in COMPRESSIONS.items() if not kind.needs_density
            ]
            msg = (
                f"compression={self.compression!r} needs a random code, and "
                "deterministic=True gives none; accepted with it: beta=0, or "
                f"compression one of {free}."
            )
            raise ValueError(msg)
        return FunctionCompression(_nothing)

    def _draws(self):
        """Return the draws that predictions average over; one where all are alike."""
        draws = super()._draws()
        return draws[:1] if self._built_from.deterministic else draws

    def _check_parts(self, compression):
        """Say which of the parameters do not go together."""
        weighted = getattr(self, "class_weight", None) is not None
        if weighted and self.relevance != "cross_entropy":
            msg = (
                f"class_weight={self.class_weight!r} weighs the likelihood of rows; it "
                f"does not go together with relevance={self.relevance!r}, which is one "
                'value for a batch. Accepted: relevance="cross_entropy".'
            )
            raise ValueError(msg)
        compares = compression is not None and compression.compares_rows
        if compares and self.batch_size < 2:
            msg = (
                f"batch_size must be at least 2 for compression={self.compression!r}, "
                f"which compares the rows of a batch, found {self.batch_size}."
            )
            raise ValueError(msg)
        if not self.n_auxiliary:
            return
        if self.prior == "mixture" or self.deterministic:
            found = "prior='mixture'" if not self.deterministic else "deterministic"
            msg = (
                f"n_auxiliary={self.n_auxiliary} sums Gaussian codes; it does not go "
                f"together with {found}. Accepted: a random code and prior "
                "'standard' or 'learned'."
            )
            raise ValueError(msg)
        if compression is not None and any(True for _ in compression.parameters()):
            msg = (
                f"n_auxiliary={self.n_auxiliary} takes a compression without a network "
                f"of its own, found {self.compression!r}."
            )
            raise ValueError(msg)

    def _export(self, module):
        """Return the mean of the code as a module."""
        return module.mean_code()

    # After training

    def _report(self, task, stacklevel):
        """Place the training rows on the plane, and say it when the code collapsed."""
        target = task.data[0]
        self._incremental = task.options["epochs"] is not None
        self.rate_, distortion = self._rate_and_distortion(task.array, target)
        self.relevance_ = float(task.options["target_entropy"] - distortion)
        self.compression_ = self.rate_
        if self.compression != "variational":
            self.compression_ = self._mean_terms(task.array, target)["compression"]
        if self.n_auxiliary:
            self.encoder_weights_ = self.weights_["module.weights"]
        if not self._incremental and self.n_iter_ >= _EARLY:
            self._warn_of_codes(task.array, stacklevel + 1)

    def _warn_of_codes(self, array, stacklevel):
        """Say it when predictions do not depend on X, or are worse than none."""
        msg = None
        if self.beta > 0 and self.relevance_ < COLLAPSED and self._is_constant(array):
            msg = (
                f"The code has collapsed: beta={self.beta:g} leaves predictions that "
                f"do not depend on X (rate {self.rate_:.2g} nats). Take a smaller "
                "beta, or let it grow from 0 by beta_warmup."
            )
        elif self.relevance_ < _WORSE_THAN_NONE:
            msg = (
                f"relevance_ is {self.relevance_:.3g} nats on the training rows: "
                "predictions are far worse than knowing nothing of X. A smaller lr, "
                'relevance by likelihood (not a divergence), or "mixture" in the place '
                "of few draws may help."
            )
        if msg is not None:
            warnings.warn(msg, EstimationWarning, stacklevel=stacklevel)

    def _is_constant(self, array):
        """Tell whether predictions are the same for all rows, nearly."""
        centre = torch.zeros(1, self._n_normal)
        classes = isinstance(self.net_.criterion_.likelihood, CategoricalLikelihood)

        def predict(module, x):
            found = module.predictions(x, centre)[:, 0]
            return (found.softmax(-1) if classes else found,)

        (found,) = self._apply(array[:_FEW_ROWS], predict)
        return float(np.std(found, axis=0).max()) < _SPREAD

    @property
    def information_plane_(self):
        """Where the code stood after each epoch: "epoch", "rate", "relevance"."""
        check_is_fitted(self)
        return {
            "epoch": np.arange(1, self.n_iter_ + 1),
            "rate": np.array(self.history_["rate"]),
            "relevance": np.array(self.history_["relevance"]),
        }


def _nothing(batch):
    """Return no compression of a batch."""
    return batch.code.mean.new_zeros(())
