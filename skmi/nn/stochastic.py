"""Stochastic layers; each knows its rate in nats."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from skmi.nn.encoders import linear
from skmi.nn.noise import Noise

# Beyond these bounds float32 variances over- or underflow.
LOG_STD_RANGE = (-10.0, 5.0)


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


def gaussian_divergence(
    mean: Tensor, log_std: Tensor, other_mean: Tensor, other_log_std: Tensor
) -> Tensor:
    """Return KL(N(mean, std^2) || N(other_mean, other_std^2)) over the last dimension.

    Parameters
    ----------
    mean, log_std : Tensor of shape (..., k)
        Means and log standard deviations.
    other_mean, other_log_std : Tensor of shape (..., k)
        Those of the second Gaussian; all four broadcast.

    Returns
    -------
    Tensor of shape (...)
        In nats.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import gaussian_divergence
    >>> zero = torch.zeros(1)
    >>> gaussian_divergence(torch.ones(1), zero, zero, zero)
    tensor(0.5000)
    """
    log_ratio = log_std - other_log_std
    deviation = (mean - other_mean) * (-other_log_std).exp()
    kl = 0.5 * (deviation.square() + (2 * log_ratio).exp() - 1) - log_ratio
    return kl.sum(-1)


class GaussianPrior(nn.Module):
    """Marginal r(z) = N(mean, diag std^2) of a code: N(0, 1), or learned.

    Parameters
    ----------
    n_out : int
        Columns of the code.
    learned : bool
        Whether mean and standard deviation are parameters.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import GaussianCode, GaussianPrior
    >>> code = GaussianCode(*(torch.zeros(1, 2),) * 3)
    >>> GaussianPrior(2).rate(code)
    tensor([0.])
    """

    def __init__(self, n_out: int, learned: bool = False) -> None:
        super().__init__()
        self.mean = nn.Parameter(torch.zeros(n_out)) if learned else None
        self.log_std = nn.Parameter(torch.zeros(n_out)) if learned else None

    def rate(self, code: GaussianCode) -> Tensor:
        """Return KL(q(z|x) || r(z)) of each row in nats."""
        mean, log_std = code.mean, code.log_std
        if self.mean is not None and self.log_std is not None:
            return gaussian_divergence(mean, log_std, self.mean, self.log_std)
        # Steps of training less where there is nothing to subtract.
        return (0.5 * (mean.square() + (2 * log_std).exp() - 1) - log_std).sum(-1)


class MixturePrior(nn.Module):
    """Marginal r(z) as a learned mixture of diagonal Gaussians.

    Parameters
    ----------
    n_out : int
        Columns of the code.
    n_components : int
        Gaussians in the mixture.
    generator : torch.Generator or None
        Draws the initial means, standard normal.

    Notes
    -----
    The divergence of a Gaussian from a mixture has no closed form. The rate here is the
    upper bound ``-log sum_c w_c exp(-KL(q || r_c))``, which is exact for one component:
    an upper bound on I(X;Z) as every rate is. O(n * n_components * n_out).

    References
    ----------
    Hershey, J. R. and Olsen, P. A. (2007). Approximating the Kullback Leibler
    divergence between Gaussian mixture models: the variational approximation, whose
    first mixture is a single Gaussian here.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import GaussianCode, MixturePrior
    >>> code = GaussianCode(*(torch.zeros(3, 2),) * 3)
    >>> MixturePrior(2, 5).rate(code).shape
    torch.Size([3])
    """

    def __init__(
        self,
        n_out: int,
        n_components: int = 10,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        means = torch.empty(n_components, n_out, dtype=torch.float32)
        self.mean = nn.Parameter(means.normal_(generator=generator))
        self.log_std = nn.Parameter(torch.zeros(n_components, n_out))
        self.log_weight = nn.Parameter(torch.zeros(n_components))

    def rate(self, code: GaussianCode) -> Tensor:
        """Return an upper bound on KL(q(z|x) || r(z)) of each row in nats."""
        divergence = gaussian_divergence(
            code.mean[..., None, :], code.log_std[..., None, :], self.mean, self.log_std
        )
        return -(self.log_weight.log_softmax(-1) - divergence).logsumexp(-1)


PRIORS: dict[str, Callable[[int, int, torch.Generator | None], nn.Module]] = {
    "standard": lambda n_out, n_components, generator: GaussianPrior(n_out),
    "learned": lambda n_out, n_components, generator: GaussianPrior(n_out, True),
    "mixture": MixturePrior,
}


class GaussianLayer(nn.Module):
    """Diagonal Gaussian code q(z|x) = N(mean(h), diag std(h)^2) of a hidden state h.

    Parameters
    ----------
    n_in, n_out : int
        Columns of the hidden state and of the code.
    prior : str
        The marginal r(z) of the rate, a name of PRIORS: "standard" is N(0, 1),
        "learned" a diagonal Gaussian whose mean and standard deviation are learned,
        "mixture" a learned mixture of those.
    initial_log_std : float
        Log standard deviation that an untrained layer starts near.
    generator : torch.Generator or None
        Draws the initial weights.
    n_prior_components : int
        Gaussians in the mixture.
    deterministic : bool
        Whether the code is its mean: its standard deviation is 0 then, and its rate
        infinite.

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
        n_prior_components: int = 10,
        deterministic: bool = False,
    ) -> None:
        super().__init__()
        if prior not in PRIORS:
            msg = f"prior must be one of {sorted(PRIORS)}, found {prior!r}."
            raise ValueError(msg)
        # A plain number: numpy's own are none to torch.
        self.n_out = n_out = int(n_out)
        self.initial_log_std = initial_log_std
        self.deterministic = deterministic
        self.moments = linear(n_in, 2 * n_out, generator)
        self.prior = PRIORS[prior](n_out, n_prior_components, generator)

    def forward(self, h: Tensor, noise: Noise | None = None) -> GaussianCode:
        """Return the code of each row; without noise the sample is the mean."""
        mean, raw = self.moments(h).split(self.n_out, dim=-1)
        if self.deterministic:
            return GaussianCode(mean, torch.full_like(mean, -torch.inf), mean)
        log_std = (raw + self.initial_log_std).clamp(*LOG_STD_RANGE)
        if noise is None:
            return GaussianCode(mean, log_std, mean)
        return GaussianCode(mean, log_std, mean + log_std.exp() * noise.normal(mean))

    def rate(self, code: GaussianCode) -> Tensor:
        """Return KL(q(z|x) || r(z)) of each row in nats, summed over dimensions.

        Of the mixture it is an upper bound, as :class:`MixturePrior` says.
        """
        rate: Tensor = self.prior.rate(code)  # type: ignore[operator]
        return rate
