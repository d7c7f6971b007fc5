"""The stochastic code with its decoder, and what the bottleneck estimators share."""

from __future__ import annotations

import copy
from numbers import Integral, Real
from typing import ClassVar

import torch
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import nn
from torch.quasirandom import SobolEngine

from skmi._validation import check_X
from skmi.nn.objectives import VariationalBottleneck
from skmi.nn.stochastic import GaussianLayer
from skmi.training import MLP, BaseTorchEstimator


class BottleneckModule(nn.Module):
    """Backbone, Gaussian code, linear decoder: x -> (prediction, rate)."""

    def __init__(self, backbone, code, decoder):
        super().__init__()
        self.backbone = backbone
        self.code = code
        self.decoder = decoder

    def forward(self, x, noise=None):
        """Return the prediction at one draw of z, and the rate of each row in nats."""
        code = self.code(self.backbone(x, noise), noise)
        return self.decoder(code.sample), self.code.rate(code)

    def encode(self, x):
        """Return mean and log standard deviation of q(z|x), and its rate."""
        code = self.code(self.backbone(x))
        return code.mean, code.log_std, self.code.rate(code)

    def predictions(self, x, draws):
        """Return (n, n_draws, n_out) predictions at mean + std * draw."""
        mean, log_std, _ = self.encode(x)
        z = mean[:, None, :] + log_std.exp()[:, None, :] * draws[None, :, :].to(mean)
        return self.decoder(z)


class MeanCode(nn.Module):
    """The mean of q(z|x), as a module from rows to codes."""

    def __init__(self, module):
        super().__init__()
        self.backbone = module.backbone
        self.code = module.code

    def forward(self, x):
        """Return the mean code of the rows."""
        return self.code(self.backbone(x)).mean


class BaseBottleneck(
    ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseTorchEstimator
):
    """What IBClassifier and IBRegressor share; they say what relevance is."""

    _parameter_constraints: ClassVar[dict] = {
        **BaseTorchEstimator._parameter_constraints,
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "beta": [Interval(Real, 0, None, closed="left")],
        "prior": [StrOptions({"standard", "learned"})],
        "prediction": [StrOptions({"mixture", "mean"})],
        "n_draws": [Interval(Integral, 1, None, closed="left")],
    }

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
        array = check_X(self, X, reset=False)
        return self._apply(array, lambda module, x: module.encode(x)[:1])[0]

    def _build(self, shape, generator):
        """Return the stochastic encoder with its decoder, and the objective."""
        backbone = self._encoder_spec().build(shape["n_in"], None, generator)
        code = GaussianLayer(
            backbone.n_out, self.n_components, self.prior, generator=generator
        )
        decoder = MLP(()).build(self.n_components, shape["n_out"], generator)
        objective = VariationalBottleneck(
            self._likelihood(shape["n_out"]), self.beta, self._target_entropy
        )
        return BottleneckModule(backbone, code, decoder), objective

    def _export(self, module):
        """Return the mean of the code as a module."""
        return MeanCode(module)

    def _draws(self):
        """Return the draws that predictions average over; a zero for the mean of z."""
        # Parameters may have been set anew since the fit.
        self._validate_params()
        if self.prediction == "mean":
            return torch.zeros(1, self._built_from.n_components)
        return self._normal_draws()

    def _normal_draws(self):
        """Return (n_draws, n_components) standard normal draws, the same at each call.

        All rows share them, so that a prediction does not depend on the other rows.
        A scrambled Sobol sequence covers the space better than independent draws.
        """
        n_components = self._built_from.n_components
        if n_components > SobolEngine.MAXDIM:
            generator = torch.Generator().manual_seed(self._seed)
            shape = (self.n_draws, n_components)
            return torch.randn(shape, generator=generator, dtype=torch.float64)
        sobol = SobolEngine(n_components, True, self._seed)
        uniform = sobol.draw(self.n_draws, dtype=torch.float64)
        return torch.special.ndtri(uniform.clamp(1e-12, 1 - 1e-12))

    def _prediction_size(self):
        """Return how many numbers a row's predictions take."""
        width = max(self._built_from.n_components, self._shape["n_out"])
        return self.n_draws * width

    def _rate_and_distortion(self, array, target):
        """Return the mean rate and the mean distortion over draws of z, in nats."""
        # Whatever predictions use: at the mean of z the rate would be infinite.
        draws = self._normal_draws()
        likelihood = copy.deepcopy(self.net_.criterion_.likelihood)

        def terms(module, x, target):
            prediction = module.predictions(x, draws)
            repeated = target.repeat_interleave(prediction.shape[1], dim=0)
            distortion = likelihood.to(prediction)(prediction.flatten(0, 1), repeated)
            return module.encode(x)[2], distortion.view(len(x), -1).mean(1)

        rate, distortion = self._apply(
            array, terms, target, row_size=self._prediction_size()
        )
        return float(rate.mean()), float(distortion.mean())

    @property
    def _n_features_out(self):
        """Columns that ``transform`` returns."""
        return self._built_from.n_components

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
