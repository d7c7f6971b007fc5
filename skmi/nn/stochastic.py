"""Stochastic layers; each knows its rate in nats."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from skmi.nn.encoders import linear
from skmi.nn.noise import Noise

# Beyond these bounds float32 variances over- or underflow.
_LOG_STD_RANGE = (-10.0, 5.0)


class GaussianCode(NamedTuple):
    """Gaussian codes of n rows.

    Parameters
    ----------
    mean : Tensor of shape (n, k)
        Means.
    log_std : Tensor of shape (n, k)
        Log standard deviations.
    sample : Tensor of shape (n, k)
        Draws; the means where there was no noise.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import GaussianCode
    >>> GaussianCode(torch.zeros(1, 2), torch.zeros(1, 2), torch.ones(1, 2)).sample
    tensor([[1., 1.]])
    """

    mean: Tensor
    log_std: Tensor
    sample: Tensor


class GaussianLayer(nn.Module):
    """Diagonal Gaussian code q(z|x) = N(mean(h), diag std(h)^2) of a hidden state h.

    Parameters
    ----------
    n_in, n_out : int
        Columns of the hidden state and of the code.
    prior : {"standard", "learned"}
        The marginal r(z) of the rate: N(0, 1), or a diagonal Gaussian whose mean and
        standard deviation are learned.
    initial_log_std : float
        Log standard deviation that an untrained layer starts near.
    generator : torch.Generator or None
        Draws the initial weights.

    References
    ----------
    Alemi, A. A. et al. (2017). Deep variational information bottleneck, eq. 17.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import GaussianLayer
    >>> layer = GaussianLayer(4, 2)
    >>> code = layer(torch.zeros(3, 4))
    >>> layer.rate(code).shape
    torch.Size([3])
    """

    def __init__(
        self,
        n_in: int,
        n_out: int,
        prior: str = "standard",
        initial_log_std: float = -1.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        if prior not in ("standard", "learned"):
            msg = f"prior must be 'standard' or 'learned', found {prior!r}."
            raise ValueError(msg)
        self.n_out = n_out
        self.initial_log_std = initial_log_std
        self.moments = linear(n_in, 2 * n_out, generator)
        learned = prior == "learned"
        zeros = torch.zeros(n_out)
        self.prior_mean = nn.Parameter(zeros.clone()) if learned else None
        self.prior_log_std = nn.Parameter(zeros.clone()) if learned else None

    def forward(self, h: Tensor, noise: Noise | None = None) -> GaussianCode:
        """Return the code of each row; without noise the sample is the mean."""
        mean, raw = self.moments(h).split(self.n_out, dim=-1)
        log_std = (raw + self.initial_log_std).clamp(*_LOG_STD_RANGE)
        if noise is None:
            return GaussianCode(mean, log_std, mean)
        return GaussianCode(mean, log_std, mean + log_std.exp() * noise.normal(mean))

    def rate(self, code: GaussianCode) -> Tensor:
        """Return KL(q(z|x) || r(z)) of each row in nats, summed over dimensions."""
        mean, log_std = code.mean, code.log_std
        if self.prior_mean is not None and self.prior_log_std is not None:
            mean = (mean - self.prior_mean) * (-self.prior_log_std).exp()
            log_std = log_std - self.prior_log_std
        kl = 0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std
        return kl.sum(-1)
