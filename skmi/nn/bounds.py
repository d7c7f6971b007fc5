"""Variational bounds on mutual information, in nats.

Every bound is a function ``bound(positive (n,), negative (n, m), log_weight=None)``
of critic scores T on n joint pairs and on m pairs a row from the product of the
marginals, with the optimal critic T* = log p(x, y) / p(x)p(y) up to what the bound
leaves free. ``log_weight`` (n, m) or broadcastable holds log importance weights of
the negatives, of mean one. Everything is computed in log space.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

BoundFunction = Callable[..., Tensor]


@dataclass(frozen=True)
class Bound:
    """A bound: its value, what training minimises, and how far it can be trusted.

    Parameters
    ----------
    value : callable
        ``value(positive, negative, log_weight=None)`` -> 0-d tensor in nats; a torch
        module where it keeps state, of which each fit trains a copy.
    loss : callable
        What training minimises; minus the value, or a better behaved surrogate.
    kind : {"lower", "asymptotic", "upper", "none"}
        What the value is on held-out pairs in expectation: a *lower* or *upper*
        bound, a lower bound only *asymptotically* (biased upwards on finite
        samples), or *none* of these.
    ceiling : callable
        ``ceiling(m)`` -> the largest value with m negatives a row, or infinity.
    of_square : callable or None
        ``of_square(scores)`` -> the loss, up to a constant, and the value for (n, n)
        scores whose diagonal is joint, where that is faster than splitting them.

    Examples
    --------
    >>> from skmi.nn import BOUNDS
    >>> BOUNDS["infonce"].kind, round(BOUNDS["infonce"].ceiling(255), 3)
    ('lower', 5.545)
    """

    value: BoundFunction
    loss: BoundFunction
    kind: str
    ceiling: Callable[[int], float]
    of_square: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None

    @property
    def loss_is_negated_value(self) -> bool:
        """Whether one evaluation gives both the loss and the value."""
        return isinstance(self.loss, _Negated)

    def modules(self) -> list[nn.Module]:
        """Return those parts that are torch modules: they keep state."""
        value_of_loss = getattr(self.loss, "value", None)
        parts = (self.value, self.loss, value_of_loss, self.of_square)
        found = {id(part): part for part in parts if isinstance(part, nn.Module)}
        return list(found.values())


def split_scores(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Split square scores into their diagonal and the rest.

    Parameters
    ----------
    scores : Tensor of shape (n, n)
        Joint pairs on the diagonal.

    Returns
    -------
    positive : Tensor of shape (n,)
        The diagonal.
    negative : Tensor of shape (n, n - 1)
        Each row without its diagonal entry.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import split_scores
    >>> split_scores(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    (tensor([1., 4.]), tensor([[2.],
            [3.]]))
    """
    n = scores.shape[0]
    if n < 2:
        msg = f"scores must hold at least 2 rows to have negatives, found {n}."
        raise ValueError(msg)
    off_diagonal = scores.flatten()[1:].view(n - 1, n + 1)[:, :-1].reshape(n, n - 1)
    return scores.diagonal(), off_diagonal


def as_bound(bound: Bound | BoundFunction) -> Bound:
    """Return a record for a bound or for a user's function.

    Parameters
    ----------
    bound : Bound or callable
        A callable ``value(positive, negative, log_weight=None)`` is trained by its
        negative and promises nothing (kind "none").

    Returns
    -------
    Bound

    Examples
    --------
    >>> from skmi.nn import as_bound
    >>> as_bound(lambda positive, negative, log_weight=None: positive.mean()).kind
    'none'
    """
    return bound if isinstance(bound, Bound) else _record(bound, "none")


def _record(
    value: BoundFunction,
    kind: str,
    loss: BoundFunction | None = None,
    ceiling: Callable[[int], float] = lambda n_negative: math.inf,
    of_square: Callable[[Tensor], tuple[Tensor, Tensor]] | None = None,
) -> Bound:
    """Build a record whose loss is minus the value unless another is given."""
    return Bound(value, loss or _Negated(value), kind, ceiling, of_square)


@dataclass(frozen=True)
class _Negated:
    """Minus a bound's value."""

    value: BoundFunction

    def __call__(
        self, positive: Tensor, negative: Tensor, log_weight: Tensor | None = None
    ) -> Tensor:
        if log_weight is None:
            return -self.value(positive, negative)
        return -self.value(positive, negative, log_weight)


def _weighted(negative: Tensor, log_weight: Tensor | None) -> Tensor:
    """Add the log weights to the scores of the negatives."""
    return negative if log_weight is None else negative + log_weight


def _log_mean_exp(negative: Tensor, log_weight: Tensor | None) -> Tensor:
    """Return log E_Q[w e^T] over all negatives."""
    exponent = _weighted(negative, log_weight).flatten()
    return exponent.logsumexp(0) - math.log(exponent.numel())


def infonce(
    positive: Tensor, negative: Tensor, log_weight: Tensor | None = None
) -> Tensor:
    """Return InfoNCE: mean log of (m + 1) times the softmax weight of the positive.

    A lower bound in expectation, never above log(m + 1). van den Oord et al. (2018),
    eq. 5; Poole et al. (2019), eq. 10.
    """
    exponent = _weighted(negative, log_weight)
    everything = torch.cat([positive[:, None], exponent], dim=1)
    share = positive - everything.logsumexp(1)
    return share.mean() + math.log(everything.shape[1])


def infonce_of_square(scores: Tensor) -> tuple[Tensor, Tensor]:
    """Return InfoNCE's loss, a cross-entropy, and its value for (n, n) scores."""
    n = scores.shape[0]
    loss = F.cross_entropy(scores, _positions(n, scores.device))
    return loss, math.log(n) - loss.detach()


@lru_cache(maxsize=16)
def _positions(n: int, device: torch.device) -> Tensor:
    """Return 0, ..., n - 1; kept, as every batch asks for the same."""
    return torch.arange(n, device=device)


def nwj(positive: Tensor, negative: Tensor, log_weight: Tensor | None = None) -> Tensor:
    """Return the Nguyen-Wainwright-Jordan bound E_P[T] - E_Q[e^T] + 1.

    A lower bound in expectation; its variance grows as e^I. Nguyen, Wainwright and
    Jordan (2010); Poole et al. (2019), eq. 6, with their T shifted by one.
    """
    return positive.mean() - _log_mean_exp(negative, log_weight).exp() + 1


def donsker_varadhan(
    positive: Tensor, negative: Tensor, log_weight: Tensor | None = None
) -> Tensor:
    """Return the Donsker-Varadhan value E_P[T] - log E_Q[e^T].

    A lower bound only as the sample grows: the logarithm of a sample mean makes it
    too large on average. Donsker and Varadhan (1983); Belghazi et al. (2018), eq. 5.
    """
    return positive.mean() - _log_mean_exp(negative, log_weight)


def smile(
    positive: Tensor,
    negative: Tensor,
    log_weight: Tensor | None = None,
    clip: float = 5.0,
) -> Tensor:
    """Return SMILE: Donsker-Varadhan with T clipped to +-clip in the partition term.

    Low variance at high information, at the price of an upward bias: no bound.
    Song and Ermon (2020), eq. 17.
    """
    return positive.mean() - _log_mean_exp(negative.clamp(-clip, clip), log_weight)


def jensen_shannon_loss(
    positive: Tensor, negative: Tensor, log_weight: Tensor | None = None
) -> Tensor:
    """Return E_P[softplus(-T)] + E_Q[w softplus(T)], least at the log-ratio.

    Hjelm et al. (2019), eq. 4; a stable loss whose own value is no information.
    """
    softplus = F.softplus(negative)
    if log_weight is not None:
        softplus = softplus * log_weight.exp()
    return F.softplus(-positive).mean() + softplus.mean()


BOUNDS: dict[str, Bound] = {
    "infonce": _record(
        infonce,
        "lower",
        ceiling=lambda m: math.log(m + 1),
        of_square=infonce_of_square,
    ),
    "nwj": _record(nwj, "lower"),
    "donsker_varadhan": _record(donsker_varadhan, "asymptotic"),
    # Trained by its own loss, reported by NWJ's value at the same scores.
    "jensen_shannon": _record(nwj, "none", loss=jensen_shannon_loss),
    "smile": _record(smile, "none", loss=jensen_shannon_loss),
}
