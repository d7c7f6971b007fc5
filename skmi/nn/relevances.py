"""What a prediction from a code is judged by: log-likelihoods, and divergences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skmi.nn.cauchy_schwarz import conditional_cauchy_schwarz_divergence

# divergence(x, target, prediction) -> 0-d, least where predictions are distributed
# as targets are, given x. Targets are classes as 0 and 1, predictions probabilities.
Divergence = Callable[[Tensor, Tensor, Tensor], Tensor]

# What may stand in the place of the log-likelihood when a bottleneck is trained.
# Kernels have a width of 1, in standardised units, as the source of the method has it:
# at median widths predictions only need to be spread as targets are.
DIVERGENCES: dict[str, Divergence] = {
    "cauchy_schwarz": partial(conditional_cauchy_schwarz_divergence, widths=(1.0, 1.0)),
}


class CategoricalLikelihood(nn.Module):
    """Minus the log probability of a class given its logits.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import CategoricalLikelihood
    >>> CategoricalLikelihood()(torch.zeros(1, 4), torch.tensor([2]))
    tensor([1.3863])
    """

    def __init__(self) -> None:
        super().__init__()

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the negative log-likelihood of each row in nats."""
        return F.cross_entropy(prediction, target, reduction="none")


class GaussianLikelihood(nn.Module):
    """Minus the log density of a Gaussian around the prediction, its noise learned.

    Parameters
    ----------
    n_outputs : int
        Columns of the target.
    varies : sequence of bool or None
        Columns that count; a constant one has no density. None counts all.
    correlated : bool
        Whether the noise of the columns may be correlated: the density is that of a
        full covariance then, else the product of those of the columns.

    Notes
    -----
    The covariance is kept as that of noise which is made uncorrelated column by column:
    each less what the noise of the columns before it tells of it.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import GaussianLikelihood
    >>> GaussianLikelihood(1)(torch.zeros(1, 1), torch.ones(1, 1)).detach()
    tensor([1.4189])
    """

    varies: Tensor
    before: Tensor

    def __init__(
        self,
        n_outputs: int,
        varies: Sequence[bool] | None = None,
        correlated: bool = False,
    ) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(n_outputs))
        counted = [True] * n_outputs if varies is None else list(varies)
        self.register_buffer("varies", torch.tensor(counted), persistent=False)
        self.mixing = None
        if correlated and n_outputs > 1:
            self.mixing = nn.Parameter(torch.zeros(n_outputs, n_outputs))
            pairs = self.varies[:, None] & self.varies
            before = pairs.tril(-1).to(self.log_scale)
            self.register_buffer("before", before, persistent=False)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the negative log-likelihood of each row in nats."""
        deviation = target - prediction
        if self.mixing is not None:
            deviation = deviation + deviation @ (self.mixing * self.before).T
        deviation = deviation * (-self.log_scale).exp()
        constant = 0.5 * math.log(2 * math.pi)
        density = 0.5 * deviation.square() + self.log_scale + constant
        return (density * self.varies).sum(1)

    def covariance(self) -> Tensor:
        """Return the covariance of the noise, (n_outputs, n_outputs)."""
        scale = self.log_scale.detach().exp()
        if self.mixing is None:
            return scale.square().diag()
        unmix = torch.eye(len(scale)).to(scale) + (self.mixing * self.before).detach()
        root = torch.linalg.solve_triangular(unmix, scale.diag(), upper=False)
        return root @ root.T
