"""Dependence of inputs and code as a price, by Gram matrices of a batch."""

from __future__ import annotations

import torch
from torch import Tensor

from skmi.nn.cauchy_schwarz import cauchy_schwarz_mutual_information
from skmi.nn.compressions._base import Compression, CompressionInput
from skmi.nn.dependence import hsic, renyi_mutual_information


class HSICCompression(Compression):
    """Centred alignment of the Gram matrices of x and z, between 0 and 1, no unit.

    The Hilbert-Schmidt independence criterion, normalised. Widths are median distances
    of the batch. Gretton et al. (2005); Ma, Lewis and Kleijn (2020). O(n^2).
    """

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the alignment of the batch."""
        return hsic(batch.x, batch.code.sample, normalized=True)


class RenyiCompression(Compression):
    """Matrix-based Renyi information of order 2 of x and z, in its own nats.

    A property of Gram matrices and no estimate of Shannon's information. Widths are
    median distances of the batch. Yu, Yu and Principe (2021). O(n^2).
    """

    in_nats = True

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the information of the batch; below 0 there is nothing to lower."""
        value = renyi_mutual_information(batch.x, batch.code.sample)
        return torch.where(value > 0, value, value.detach())


class CauchySchwarzCompression(Compression):
    """Cauchy-Schwarz information of x and z, in its own nats.

    The divergence of density estimates from independence, not Shannon's information.
    Widths are median distances of the batch. Yu et al. (2024). O(n^2).
    """

    in_nats = True

    def forward(self, batch: CompressionInput) -> Tensor:
        """Return the information of the batch."""
        return cauchy_schwarz_mutual_information(batch.x, batch.code.sample)
