"""The information bottleneck: beta * compression + expected distortion."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from torch import Tensor, nn
from torch.nn import functional as F

from skmi.nn.compressions import (
    Compression,
    CompressionInput,
    VariationalRate,
)
from skmi.nn.objectives._base import Objective
from skmi.nn.relevances import CategoricalLikelihood, Divergence
from skmi.nn.stochastic import GaussianCode


class BottleneckOutput(NamedTuple):
    """What a bottleneck makes of n rows; the first two are enough for most objectives.

    Parameters
    ----------
    prediction : Tensor of shape (n, n_out)
        Logits, or expected targets, at a draw of z.
    rate : Tensor of shape (n,)
        KL(q(z|x) || r(z)) in nats.
    code : GaussianCode or None
        The code that was drawn.
    x : Tensor of shape (n, d) or None
        The rows.
    parts : tuple of BottleneckOutput
        The codes that this one is the sum of, each trained by a loss of its own.
    asides : dict of str to Tensor
        What is minimised beside the loss: "prior" (n,), the rate of codes held fixed,
        by which a prior is learned where the rate is not penalised; "dependence" (0-d),
        what a discriminator loses that tells codes of one row from those of two.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import BottleneckOutput
    >>> BottleneckOutput(torch.zeros(1, 2), torch.ones(1)).parts
    ()
    """

    prediction: Tensor
    rate: Tensor
    code: GaussianCode | None = None
    x: Tensor | None = None
    parts: tuple[Any, ...] = ()
    # Not None where there are none: vmap returns nothing but tensors.
    asides: dict[str, Tensor] = {}  # noqa: RUF012


class BottleneckObjective(Objective):
    """Minimise beta * compression - E[log p(y|z)].

    Parameters
    ----------
    likelihood : nn.Module
        (prediction, target) -> negative log-likelihood of each row.
    beta : float
        Multiplies the compression; 0 compresses nothing.
    target_entropy : float
        H(Y), or h(Y) of a continuous target, in nats: relevance is this minus the
        distortion.
    compression : Compression or None
        What is penalised; None means the rate.
    divergence : callable or None
        ``divergence(x, target, prediction)`` -> 0-d, minimised in the place of the
        distortion. The likelihood's own parameters are still fitted.
    rate_power : float
        The compression is raised to this power.
    warmup : int
        Epochs over which beta grows from 0 to its value.
    n_epochs_before : int
        Epochs of the warm-up that are over already.

    Notes
    -----
    Terms: ``loss``; ``rate`` (an upper bound on I(X;Z)) and ``relevance`` (a lower
    bound on I(Z;Y) in expectation, where ``target_entropy`` is exact) in nats;
    ``compression`` where it is not the rate. Row weights enter the loss only. While
    something other than the rate is penalised, a learned prior is fitted to the codes,
    so that the rate stays close to I(X;Z).

    References
    ----------
    Alemi, A. A. et al. (2017). Deep variational information bottleneck, eq. 17.
    Kolchinsky, A., Tracey, B. D. and Van Kuyk, S. (2019). Caveats for information
    bottleneck in deterministic scenarios, eq. 10, for the power.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import BottleneckObjective, CategoricalLikelihood
    >>> objective = BottleneckObjective(CategoricalLikelihood(), 0.1, 0.0)
    >>> objective((torch.zeros(1, 2), torch.ones(1)), torch.tensor([0]))
    tensor(0.7931)
    """

    def __init__(
        self,
        likelihood: nn.Module,
        beta: float,
        target_entropy: float,
        compression: Compression | None = None,
        divergence: Divergence | None = None,
        rate_power: float = 1.0,
        warmup: int = 0,
        n_epochs_before: int = 0,
    ) -> None:
        super().__init__()
        self.likelihood = likelihood
        self.beta = beta
        self.target_entropy = target_entropy
        self.compression = VariationalRate() if compression is None else compression
        self.reports_compression = compression is not None
        self.divergence = divergence
        self.rate_power = rate_power
        self.warmup = warmup
        self.n_epochs_before = n_epochs_before
        self.beta_share = 1.0
        self.compares_rows = divergence is not None or self.compression.compares_rows

    def begin_epoch(self, epoch: int) -> None:
        """Take the share of beta that this epoch, counted from 0, is trained at."""
        done = epoch + self.n_epochs_before
        self.beta_share = min(1.0, done / self.warmup) if self.warmup else 1.0

    def terms(
        self,
        output: tuple[Any, ...],
        target: Tensor,
        row_weight: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return loss, rate and relevance of a batch."""
        output = BottleneckOutput(*output)
        # Rows held out are judged by the whole of beta.
        beta = self.beta * (self.beta_share if self.training else 1.0)
        loss, distortion, value = self._one(output, target, row_weight, beta)
        terms = {
            "loss": loss,
            "rate": output.rate.mean(),
            "relevance": self.target_entropy - distortion.mean(),
        }
        if self.reports_compression:
            terms["compression"] = value
        # What is trained by losses of its own does not count in that of the whole.
        for aside in self._asides(output, target, row_weight, beta):
            terms["loss"] = terms["loss"] + aside - aside.detach()
        if "dependence" in output.asides:
            # Twice the Jensen-Shannon divergence from independence, from below.
            terms["dependence"] = math.log(4) - output.asides["dependence"].detach()
        return terms

    def _one(
        self, output: BottleneckOutput, target: Tensor, row_weight: Any, beta: Any
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Return the loss of a code, the distortion of its rows, its compression."""
        distortion = self.likelihood(output.prediction, target)
        if self.divergence is None:
            fit = distortion if row_weight is None else distortion * row_weight
            fit = fit.mean()
        else:
            fit = self._divergence(output, target)
        # Modules whose rate alone is penalised need not return x and the code.
        x, code = cast(Tensor, output.x), cast(GaussianCode, output.code)
        batch = CompressionInput(x, code, output.rate, target)
        value, penalty = self.compression.terms(
            batch, beta, self.rate_power, row_weight
        )
        return fit + penalty, distortion, value

    def _divergence(self, output: BottleneckOutput, target: Tensor) -> Tensor:
        """Return the divergence of predictions from targets, given the rows."""
        prediction = output.prediction
        if isinstance(self.likelihood, CategoricalLikelihood):
            target = F.one_hot(target, prediction.shape[-1]).to(prediction)
            prediction = prediction.softmax(-1)
        divergence = cast(Divergence, self.divergence)
        value = divergence(cast(Tensor, output.x), target, prediction)
        if not isinstance(value, Tensor) or value.shape != ():
            found = value.shape if isinstance(value, Tensor) else type(value).__name__
            msg = f"relevance must return a tensor of shape (), found {found}."
            raise ValueError(msg)
        return value

    def _asides(
        self, output: BottleneckOutput, target: Tensor, row_weight: Any, beta: Any
    ) -> Iterator[Tensor]:
        """Yield what is trained beside the loss."""
        if self.divergence is not None:
            # The scale of a Gaussian likelihood, which a divergence does not know.
            yield self.likelihood(output.prediction.detach(), target).mean()
        for part in output.parts:
            yield self._one(part, target, row_weight, beta)[0]
            yield from self._asides(part, target, row_weight, beta)
        for aside in output.asides.values():
            yield aside.mean()
