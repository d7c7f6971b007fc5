"""The variational information bottleneck: beta * rate + expected distortion."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skmi.nn.objectives._base import Objective


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


class VariationalBottleneck(Objective):
    """Minimise beta * KL(q(z|x) || r(z)) - E[log p(y|z)].

    Parameters
    ----------
    likelihood : nn.Module
        (prediction, target) -> negative log-likelihood of each row.
    beta : float
        Multiplies the rate; 0 compresses nothing.
    target_entropy : float
        H(Y), or h(Y) of a continuous target, in nats: relevance is this minus the
        distortion.

    Notes
    -----
    Terms in nats: ``loss``, ``rate`` (an upper bound on I(X;Z)) and ``relevance`` (a
    lower bound on I(Z;Y) in expectation, where ``target_entropy`` is exact). Row
    weights enter the loss only.

    References
    ----------
    Alemi, A. A. et al. (2017). Deep variational information bottleneck, eq. 17.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import CategoricalLikelihood, VariationalBottleneck
    >>> objective = VariationalBottleneck(CategoricalLikelihood(), 0.1, 0.0)
    >>> objective((torch.zeros(1, 2), torch.ones(1)), torch.tensor([0]))
    tensor(0.7931)
    """

    compares_rows = False

    def __init__(
        self, likelihood: nn.Module, beta: float, target_entropy: float
    ) -> None:
        super().__init__()
        self.likelihood = likelihood
        self.beta = beta
        self.target_entropy = target_entropy

    def terms(
        self,
        output: tuple[Tensor, Tensor],
        target: Tensor,
        row_weight: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return loss, rate and relevance of a batch of (prediction, rate)."""
        prediction, rate = output
        distortion = self.likelihood(prediction, target)
        per_row = self.beta * rate + distortion
        if row_weight is not None:
            per_row = per_row * row_weight
        return {
            "loss": per_row.mean(),
            "rate": rate.mean(),
            "relevance": self.target_entropy - distortion.mean(),
        }
