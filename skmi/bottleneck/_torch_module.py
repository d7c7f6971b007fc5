"""Stochastic codes with their decoder: one code, or the weighted sum of several."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

from skmi.nn.adversarial import reverse_gradient
from skmi.nn.objectives import BottleneckOutput
from skmi.nn.stochastic import GaussianCode, gaussian_divergence


class CodeModule(nn.Module, ABC):
    """What predictions and rates are made from; a subclass says how rows are coded."""

    @abstractmethod
    def encode(self, x):
        """Return mean and log standard deviation of q(z|x), and its rate."""

    @abstractmethod
    def mean_code(self):
        """Return what encodes, as a module from rows to mean codes."""

    def predictions(self, x, draws):
        """Return (n, n_draws, n_out) predictions at mean + std * draw."""
        mean, log_std, _ = self.encode(x)
        z = mean[:, None, :] + log_std.exp()[:, None, :] * draws[None, :, :].to(mean)
        return self.decoder(z)


class BottleneckModule(CodeModule):
    """Backbone, Gaussian code, decoder.

    With ``prices_rate`` the rate is what training penalises. Without it, only the prior
    learns from it.
    """

    def __init__(self, backbone, code, decoder, prices_rate=True):
        super().__init__()
        self.backbone = backbone
        self.code = code
        self.decoder = decoder
        self.prices_rate = prices_rate

    def forward(self, x, noise=None):
        """Return the prediction at one draw of z, and the rate of each row in nats."""
        code = self.code(self.backbone(x, noise), noise)
        return output_of(
            self.code, code, self.decoder(code.sample), x, self.prices_rate
        )

    def encode(self, x):
        """Return mean and log standard deviation of q(z|x), and its rate."""
        code = self.code(self.backbone(x))
        return code.mean, code.log_std, self.code.rate(code)

    def mean_code(self):
        """Return what encodes, as a module from rows to mean codes."""
        return MeanCode(nn.ModuleList([self.backbone]), nn.ModuleList([self.code]))


class StructuredModule(CodeModule):
    """A main code and auxiliary ones, summed with weights (structured IB).

    The main code is trained with the decoder. Each auxiliary code is trained for the
    decoder as it is, and to be independent of the sum of the codes before it, which a
    discriminator judges; the weights are trained for the codes as they are. What each
    stage takes as it is, is held fixed there, so that all can be trained at once.
    """

    def __init__(
        self,
        backbones,
        codes,
        decoder,
        discriminators,
        independence_weight=1.0,
        prices_rate=True,
    ):
        super().__init__()
        self.backbones = nn.ModuleList(backbones)
        self.codes = nn.ModuleList(codes)
        self.decoder = decoder
        self.discriminators = nn.ModuleList(discriminators)
        self.independence_weight = independence_weight
        self.weights = nn.Parameter(torch.ones(len(codes)))
        self.prices_rate = prices_rate

    def forward(self, x, noise=None):
        """Return the output of the sum; its parts are the outputs of the codes."""
        codes = [
            layer(backbone(x, noise), noise)
            for backbone, layer in zip(self.backbones, self.codes, strict=True)
        ]
        fixed = {
            name: tensor.detach() for name, tensor in self.decoder.named_parameters()
        }
        parts, dependence = [], 0.0
        for i, (layer, code) in enumerate(zip(self.codes, codes, strict=True)):
            weights = {} if i == 0 else fixed
            prediction = functional_call(self.decoder, weights, (code.sample,))
            parts.append(output_of(layer, code, prediction, x, self.prices_rate))
            if i:
                before = sum(other.sample.detach() for other in codes[:i])
                judge = self.discriminators[i - 1]
                dependence = dependence + self._undetected(judge, code.sample, before)
        whole = self._sum([GaussianCode(*(t.detach() for t in code)) for code in codes])
        prediction = functional_call(self.decoder, fixed, (whole.sample,))
        # Every code pays for its own rate. The weights are trained to predict: were
        # they to pay for the rate of the sum, they would leave codes out.
        held = GaussianCode(*(tensor.detach() for tensor in whole))
        return BottleneckOutput(
            prediction,
            self._rate(held).detach(),
            held,
            x,
            parts=tuple(parts),
            asides={"dependence": dependence},
        )

    def encode(self, x):
        """Return mean and log standard deviation of q(z|x), and its rate."""
        whole = self._sum(
            [
                layer(backbone(x))
                for backbone, layer in zip(self.backbones, self.codes, strict=True)
            ]
        )
        return whole.mean, whole.log_std, self._rate(whole)

    def mean_code(self):
        """Return what encodes, as a module from rows to mean codes."""
        return MeanCode(self.backbones, self.codes, self.weights)

    def _undetected(self, judge, z, before):
        """Return the loss of a discriminator of codes of one row from those of two."""
        reversed_z = reverse_gradient(z, self.independence_weight)
        together = judge(torch.cat([reversed_z, before], dim=-1))
        # The rows of a batch are in random order: any other row will do.
        apart = judge(torch.cat([reversed_z, before.roll(1, 0)], dim=-1))
        return (F.softplus(-together) + F.softplus(apart)).mean()

    def _sum(self, codes):
        """Return the weighted sum of independent Gaussian codes."""
        mean = sum(w * code.mean for w, code in zip(self.weights, codes, strict=True))
        variance = sum(
            (w * code.log_std.exp()).square()
            for w, code in zip(self.weights, codes, strict=True)
        )
        sample = sum(
            w * code.sample for w, code in zip(self.weights, codes, strict=True)
        )
        return GaussianCode(mean, 0.5 * variance.log(), sample)

    def _rate(self, whole):
        """Return the rate of the sum, its prior the sum of their priors."""
        mean, variance = 0.0, 0.0
        for w, layer in zip(self.weights, self.codes, strict=True):
            prior = layer.prior
            if prior.mean is None:
                variance = variance + w.square()
            else:
                mean = mean + w * prior.mean.detach()
                variance = variance + (w * prior.log_std.detach().exp()).square()
        mean, log_std = torch.as_tensor(mean), 0.5 * variance.log()
        return gaussian_divergence(whole.mean, whole.log_std, mean, log_std)


class MeanCode(nn.Module):
    """The mean of q(z|x), as a module from rows to codes."""

    def __init__(self, backbones, codes, weights=None):
        super().__init__()
        self.backbones = backbones
        self.codes = codes
        self.weights = weights

    def forward(self, x):
        """Return the mean code of the rows."""
        means = [
            layer(backbone(x)).mean
            for backbone, layer in zip(self.backbones, self.codes, strict=True)
        ]
        if self.weights is None:
            return means[0]
        return sum(w * mean for w, mean in zip(self.weights, means, strict=True))


def output_of(layer, code, prediction, x, prices_rate):
    """Return what an objective needs to know of one code."""
    if prices_rate:
        return BottleneckOutput(prediction, layer.rate(code), code, x)
    held = GaussianCode(*(tensor.detach() for tensor in code))
    rate = layer.rate(held)
    learns = not layer.deterministic and any(True for _ in layer.prior.parameters())
    asides = {"prior": rate} if learns else {}
    return BottleneckOutput(prediction, rate.detach(), code, x, asides=asides)
