"""Every generator of a fit, from one integer."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skmi.nn.noise import Noise


class Streams:
    """Independent generators for weights, order of rows, noise and validation.

    Parameters
    ----------
    seed : int
        Decides all of them.
    device : torch.device
        Where noise is drawn; the order of rows is drawn on the CPU everywhere.
    """

    def __init__(self, seed: int, device: torch.device) -> None:
        children = np.random.SeedSequence(seed).generate_state(5, np.uint32)
        self.seeds = [int(child) for child in children]
        self.weights = torch.Generator().manual_seed(self.seeds[0])
        self.order = torch.Generator().manual_seed(self.seeds[1])
        self.noise = Noise(torch.Generator(device).manual_seed(self.seeds[2]))
        self._validation = torch.Generator(device)

    def numpy(self) -> np.random.RandomState:
        """Return a fresh numpy generator, the same at each call."""
        return np.random.RandomState(self.seeds[3])

    def validation_noise(self) -> Noise:
        """Return noise that is the same at each call, so that epochs compare."""
        return Noise(self._validation.manual_seed(self.seeds[4]))

    def state_dict(self) -> dict[str, Tensor]:
        """Return the positions of the generators that training moves."""
        return {
            "order": self.order.get_state(),
            "noise": self.noise.generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Move the generators to stored positions."""
        self.order.set_state(state["order"].cpu())
        self.noise.generator.set_state(state["noise"].cpu())
