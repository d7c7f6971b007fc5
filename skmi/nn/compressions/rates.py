"""Rates of a stochastic code, from the densities of its rows."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from skmi.nn.bounds import donsker_varadhan
from skmi.nn.compressions._base import (
    Compression,
    CompressionContext,
    CompressionInput,
)
from skmi.nn.encoders import MLPEncoder, linear
from skmi.nn.stochastic import LOG_STD_RANGE, GaussianCode, gaussian_divergence

# The conditional rate costs beta / (1 - beta), which must stay finite.
_LEAST_RELEVANCE_SHARE = 1e-3


class VariationalRate(Compression):
    """Mean rate, KL(q(z|x) || r(z)): an upper bound on I(X;Z) for every prior r.

    Alemi et al. (2017), eq. 14.
    """

    kind = "upper"
    needs_density = True
    compares_rows = False
    in_nats = True

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the rate of each row."""
        return batch.rate


class NonlinearRate(Compression):
    """Pairwise bound on the information of the batch, -log mean_j exp(-KL(q_i || q_j)).

    An upper bound on I(X;Z) of a source that draws from the rows of the batch, never
    above log n; informative codes of a larger population can have more, so it promises
    nothing there. Kolchinsky, Tracey and Wolpert (2019), O(n^2 k).
    """

    needs_density = True
    in_nats = True

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the bound's share of each row."""
        divergence = _pairwise_divergence(batch.code)
        return math.log(divergence.shape[0]) - (-divergence).logsumexp(1)


def _pairwise_divergence(code: GaussianCode) -> Tensor:
    """Return KL(q_i || q_j) of all pairs of rows; 0, with no gradient, of i = j.

    By products of matrices, in double precision: terms as large as (mean / std)^2
    cancel each other. Devices without it keep the precision of the code.
    """
    mean, log_std = code.mean, code.log_std
    if mean.device.type != "mps":
        mean, log_std = mean.double(), log_std.double()
    mean = mean - mean.detach().mean(0)
    precision = (-2 * log_std).exp()
    second = 0.5 * ((2 * log_std).exp() + mean.square())
    log_volume = log_std.sum(1)[:, None]
    # The shares of i alone and of j alone are columns of the same product.
    of_i = -log_volume - 0.5 * mean.shape[1]
    of_j = log_volume + 0.5 * (mean.square() * precision).sum(1, keepdim=True)
    ones = torch.ones_like(log_volume)
    left = torch.cat([second, -mean, of_i, ones], dim=1)
    right = torch.cat([precision, mean * precision, ones, of_j], dim=1)
    divergence = (left @ right.T).to(code.mean.dtype)
    same = torch.eye(mean.shape[0], dtype=torch.bool, device=mean.device)
    # What rounding leaves below 0 is none.
    return divergence.masked_fill(same, 0.0).clamp_min(0.0)


class ConditionalEntropyRate(Compression):
    """Residual information, KL(q(z|x) || b(z|y)): an upper bound on I(X;Z|Y).

    The backward encoder b is learned: a Gaussian for each class, or one whose mean and
    deviation a small network finds from a continuous target. Its value is 0 where the
    code depends on y alone and b is right. Fischer (2020).

    As I(X;Z|Y) = I(X;Z) - I(Z;Y) for a code of x, beta * I(X;Z) - I(Z;Y) is
    beta * I(X;Z|Y) - (1 - beta) * I(Z;Y): the price beside the distortion is
    beta / (1 - beta). From beta = .999 on it is beta * 1000.
    """

    kind = "upper"
    needs_density = True
    compares_rows = False
    in_nats = True
    players = "partner"
    hidden_layer_sizes = (64,)

    def __init__(self, context: CompressionContext) -> None:
        super().__init__(context)
        self.n_code = context.n_code
        self.backward_encoder: nn.Module
        if context.n_classes is None:
            self.backward_encoder = MLPEncoder(
                context.n_outputs,
                2 * context.n_code,
                self.hidden_layer_sizes,
                "silu",
                generator=context.generator,
            )
        else:
            self.backward_encoder = _ClassMoments(context.n_classes, 2 * context.n_code)

    def price(self, beta: float | Tensor) -> float | Tensor:
        """Return beta / (1 - beta)."""
        # A tensor where networks of different beta are mapped over.
        if isinstance(beta, Tensor):
            return beta / (1 - beta).clamp_min(_LEAST_RELEVANCE_SHARE)
        return beta / max(1 - beta, _LEAST_RELEVANCE_SHARE)

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the divergence of each row."""
        mean, log_std = self.backward_encoder(batch.target).split(self.n_code, dim=-1)
        # In the range of the encoder's own deviations.
        log_std = log_std.clamp(*LOG_STD_RANGE)
        code = batch.code
        return gaussian_divergence(code.mean, code.log_std, mean, log_std)


class _ClassMoments(nn.Module):
    """Numbers of each class, 0 at first."""

    def __init__(self, n_classes: int, n_out: int) -> None:
        super().__init__()
        self.moments = nn.Parameter(torch.zeros(n_classes, n_out))

    def forward(self, target: Tensor) -> Tensor:
        """Return the numbers of the class of each row."""
        return self.moments[target]


class ContrastiveRate(Compression):
    """Contrastive log-ratio (CLUB), log q(z_i|x_i) - mean_{j != i} log q(z_j|x_i).

    With the encoder's own density it is an upper bound on I(X;Z) in expectation, if a
    loose one: I(X;Z) plus the divergence the other way round. Cheng et al. (2020), here
    without the pairs of a row with itself, which would lower it by a share of 1 / n.
    Moments of the batch replace the pairs: O(n k).
    """

    kind = "upper"
    needs_density = True
    in_nats = True

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the log-ratio of each row."""
        mean, log_std, sample = batch.code
        n = sample.shape[0]
        centre = sample.mean(0)
        spread = (sample - centre).square().mean(0)
        # mean_j (z_j - mean_i)^2 over all j, i among them, less that of i; taken apart
        # as n / (n - 1) times that, it is over all others.
        others = spread + (centre - mean).square() - (sample - mean).square()
        ratio = 0.5 * (others * (-2 * log_std).exp()).sum(1)
        return ratio * (n / max(n - 1, 1))


class AdversarialRate(Compression):
    """Donsker-Varadhan value of a learned critic of (x, z), MINE.

    The critic raises the value, and the encoder lowers it. A lower bound where the
    critic is fixed and rows are many, and no bound on what is left where the encoder
    has learned to evade it. Belghazi et al. (2018).

    The critic is a network of the pair: unlike a product of two networks it grows no
    faster than its inputs, and stays stable where it chases a moving encoder. Pairs of
    independent rows are made by shifting the batch by up to 8 even steps: O(n).
    """

    needs_density = True
    in_nats = True
    players = "opponent"
    n_hidden = 64
    n_shifts = 8

    def __init__(self, context: CompressionContext) -> None:
        super().__init__(context)
        self.of_input = linear(context.n_in, self.n_hidden, context.generator)
        self.of_code = linear(context.n_code, self.n_hidden, context.generator)
        self.score = linear(self.n_hidden, 1, context.generator)

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the value of the batch."""
        n = batch.x.shape[0]
        if n < 2:
            msg = f"batch must hold at least 2 rows to have negatives, found {n}."
            raise ValueError(msg)
        m = min(self.n_shifts, n - 1)
        # The middles of m equal parts of 1, ..., n - 1: right for ordered rows as well.
        shifts = [0, *(1 + (2 * j + 1) * (n - 1) // (2 * m) for j in range(m))]
        of_code = self.of_code(batch.code.sample)
        shifted = torch.stack([of_code.roll(shift, 0) for shift in shifts], dim=1)
        hidden = (self.of_input(batch.x)[:, None] + shifted).relu()
        scores = self.score(hidden).squeeze(-1)
        return donsker_varadhan(scores[:, 0], scores[:, 1:])
