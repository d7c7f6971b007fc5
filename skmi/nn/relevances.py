"""What a prediction from a code is judged by: log-likelihoods, and divergences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skmi.nn.cauchy_schwarz import conditional_cauchy_schwarz_divergence

# divergence(x, target, prediction) -> 0-d, least where predictions are distributed
# as targets are, given x. Targets are classes as 0 and 1, predictions probabilities.
Divergence = Callable[[Tensor, Tensor, Tensor], Tensor]

# What may stand in the place of the log-likelihood when a bottleneck is trained.
DIVERGENCES: dict[str, Divergence] = {
    "cauchy_schwarz": conditional_cauchy_schwarz_divergence,
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
    """Minus the log density of N(prediction, scale^2), the scale learned per output.

    Parameters
    ----------
    n_outputs : int
        Columns of the target.
    varies : sequence of bool or None
        Columns that count; a constant one has no density. None counts all.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import GaussianLikelihood
    >>> GaussianLikelihood(1)(torch.zeros(1, 1), torch.ones(1, 1)).detach()
    tensor([1.4189])
    """

    varies: Tensor

    def __init__(self, n_outputs: int, varies: Sequence[bool] | None = None) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.zeros(n_outputs))
        counted = [True] * n_outputs if varies is None else list(varies)
        self.register_buffer("varies", torch.tensor(counted), persistent=False)

    def forward(self, prediction: Tensor, target: Tensor) -> Tensor:
        """Return the negative log-likelihood of each row in nats."""
        deviation = (target - prediction) * (-self.log_scale).exp()
        constant = 0.5 * math.log(2 * math.pi)
        density = 0.5 * deviation.square() + self.log_scale + constant
        return (density * self.varies).sum(1)
