"""What every compression shares: its batch, what builds it, and its terms."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from skmi.nn.adversarial import scale_gradient
from skmi.nn.stochastic import GaussianCode


class CompressionInput(NamedTuple):
    """A batch of rows as a compression sees it.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Standardised inputs.
    code : GaussianCode
        Means, log standard deviations and draws, each (n, k).
    rate : Tensor of shape (n,)
        KL(q(z|x) || r(z)) of each row in nats.
    target : Tensor of shape (n,) or (n, m)
        Classes as int64, or standardised targets.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import CompressionInput, GaussianCode
    >>> code = GaussianCode(torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(3, 2))
    >>> CompressionInput(torch.ones(3, 4), code, torch.ones(3), torch.ones(3, 1)).rate
    tensor([1., 1., 1.])
    """

    x: Tensor
    code: GaussianCode
    rate: Tensor
    target: Tensor


class CompressionContext(NamedTuple):
    """What a compression may need to build itself.

    Parameters
    ----------
    n_in, n_code : int
        Columns of the inputs and of the code.
    n_classes : int or None
        Number of classes; None where the target is continuous.
    n_outputs : int
        Columns of a continuous target.
    generator : torch.Generator or None
        Draws initial weights.

    Examples
    --------
    >>> from skmi.nn import COMPRESSIONS, CompressionContext
    >>> COMPRESSIONS["club"](CompressionContext(4, 2, n_classes=3)).kind
    'upper'
    """

    n_in: int
    n_code: int
    n_classes: int | None = None
    n_outputs: int = 1
    generator: torch.Generator | None = None


class Compression(nn.Module, ABC):
    """Base of compressions: a subclass gives ``forward``, a bottleneck calls ``terms``.

    Parameters
    ----------
    context : CompressionContext or None
        Sizes, for those that have parts to build.

    Attributes
    ----------
    kind : {"upper", "none"}
        Whether the value bounds I(X;Z), or I(X;Z|Y), from above in expectation over
        new rows.
    needs_density : bool
        Whether the code must have noise of its own.
    compares_rows : bool
        Whether the value of a row depends on the other rows of its batch.
    in_nats : bool
        Whether the value is in nats.
    players : {"none", "partner", "opponent"}
        What learned parts of the compression do: a partner lowers the value, as the
        encoder does, an opponent raises it. Either is trained at full strength
        whatever the price.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Compression, CompressionInput, GaussianCode
    >>> class Spread(Compression):
    ...     compares_rows = False
    ...
    ...     def forward(self, batch):
    ...         return batch.code.mean.square().sum(1)
    >>> code = GaussianCode(torch.ones(3, 2), torch.zeros(3, 2), torch.ones(3, 2))
    >>> batch = CompressionInput(torch.ones(3, 4), code, torch.ones(3), torch.ones(3))
    >>> Spread().terms(batch, beta=0.1)
    (tensor(2.), tensor(0.2000))
    """

    kind: str = "none"
    needs_density: bool = False
    compares_rows: bool = True
    in_nats: bool = False
    players: str = "none"

    def __init__(self, context: CompressionContext | None = None) -> None:
        super().__init__()

    @abstractmethod
    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the value of each row (n,), or one of the batch (0-d)."""

    def price(self, beta: float | Tensor) -> float | Tensor:
        """Return the price of a unit of the value beside the distortion."""
        return beta

    def terms(
        self,
        batch: CompressionInput,
        beta: float | Tensor,
        power: float = 1.0,
        row_weight: Tensor | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Return what is reported and what is added to the distortion.

        Parameters
        ----------
        batch : CompressionInput
            Rows.
        beta : float or Tensor of shape ()
            The price of a nat of rate.
        power : float
            At least 1: the loss is ``price * sign(value) * abs(value) ** power``.
        row_weight : Tensor of shape (n,) or None
            Multiplies the values of rows before their mean; a value of the whole
            batch is not weighted.

        Returns
        -------
        value : Tensor of shape ()
            The compression of the batch, detached.
        loss : Tensor of shape ()
            Its value is that of ``power``, and so is its gradient for the encoder;
            partners and opponents get that of the plain value.
        """
        if self.players == "none":
            value = _mean(self(batch), row_weight)
            price = self.price(beta)
            return value.detach(), price * _signed_power(value, power)
        return self._terms_of_two(batch, beta, power, row_weight)

    def _terms_of_two(
        self,
        batch: CompressionInput,
        beta: float | Tensor,
        power: float,
        row_weight: Tensor | None,
    ) -> tuple[Tensor, Tensor]:
        """Return the terms where a partner or an opponent learns beside the encoder."""
        sign = -1.0 if self.players == "opponent" else 1.0
        price = self.price(beta)
        slope: Any = price
        if power != 1 or self.players == "opponent":
            # The slope is needed before the pass whose gradients it scales.
            with torch.no_grad():
                before = _mean(self(batch), row_weight)
            slope = price * power * before.abs() ** (power - 1)
        if self.players == "opponent":
            # Below 0 the opponent is at fault, and there is no less than nothing to
            # lower: codes would run away from one that is too slow.
            slope = slope * (before > 0)
        code, rate = batch.code, scale_gradient(batch.rate, sign * slope)
        code = GaussianCode(*(scale_gradient(part, sign * slope) for part in code))
        value = _mean(self(batch._replace(code=code, rate=rate)), row_weight)
        constant = value.detach()
        loss = price * _signed_power(constant, power)
        # The difference is exactly 0, and leaves the gradient alone.
        return constant, loss + sign * (value - constant)


def _mean(values: Tensor, row_weight: Tensor | None) -> Tensor:
    """Return the mean of values of rows, or a value of the batch as it is."""
    if values.dim() and row_weight is not None:
        values = values * row_weight
    return values.mean()


def _signed_power(value: Tensor, power: float) -> Tensor:
    """Return |value|^(power - 1) * value, with a finite gradient at 0."""
    if power == 1:
        return value
    return value.abs().clamp_min(torch.finfo(value.dtype).tiny) ** (power - 1) * value


class FunctionCompression(Compression):
    """A function of a batch, which promises nothing."""

    def __init__(self, function: Callable[[CompressionInput], Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return what the function returns, a value of each row or of the batch."""
        value = self.function(batch)
        n = len(batch.rate)
        if not isinstance(value, Tensor) or value.shape not in ((), (n,)):
            found = value.shape if isinstance(value, Tensor) else type(value).__name__
            msg = (
                f"compression must return a tensor of shape () or ({n},) for a batch "
                f"of {n} rows, found {found}."
            )
            raise ValueError(msg)
        return value
