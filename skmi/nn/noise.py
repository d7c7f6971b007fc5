"""Random draws from one explicit generator."""

from __future__ import annotations

import torch
from torch import Tensor


class Noise:
    """Draws for views, dropout and stochastic layers, all from one generator.

    Modules take it as the argument ``noise``; without one they are deterministic.
    A subclass may hand out draws made beforehand, as stacked training does.

    Parameters
    ----------
    generator : torch.Generator
        Source of all draws; on the device of the tensors it serves.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Noise
    >>> x = torch.zeros(2, 3)
    >>> Noise(torch.Generator().manual_seed(0)).normal(x).shape
    torch.Size([2, 3])
    """

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator

    def normal(self, like: Tensor) -> Tensor:
        """Return standard normal draws in the shape, type and place of ``like``."""
        return torch.empty_like(like).normal_(generator=self.generator)

    def uniform(self, like: Tensor) -> Tensor:
        """Return uniform draws on [0, 1) in the shape, type and place of ``like``."""
        return torch.empty_like(like).uniform_(generator=self.generator)

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Tensor:
        """Return integers of [low, high) on the generator's device."""
        return torch.randint(
            low, high, shape, generator=self.generator, device=self.generator.device
        )
