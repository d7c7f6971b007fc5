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
    n_epochs : int
        Epochs trained before; the rows held out, and the noise of validation, stay
        those of the first.
    """

    def __init__(self, seed: int, device: torch.device, n_epochs: int = 0) -> None:
        moving, fixed = (
            np.random.SeedSequence(entropy).generate_state(5, np.uint32).tolist()
            for entropy in ([seed, n_epochs], [seed, 0])
        )
        self.seeds = [*moving[:3], *fixed[3:]]
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
        noise, own = state["noise"].cpu(), self.noise.generator.get_state()
        # Another kind of device has another kind of state: its noise starts anew.
        if noise.shape == own.shape:
            self.noise.generator.set_state(noise)
