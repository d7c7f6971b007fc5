"""Views of rows: augmentations of arrays, and pairs of encoded views."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from skmi.nn.noise import Noise

Augment = Callable[[Tensor, Noise], Tensor]


def gaussian_noise(x: Tensor, noise: Noise, scale: float) -> Tensor:
    """Return x plus normal noise of standard deviation ``scale``.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Rows.
    noise : Noise
        Source of the draws.
    scale : float
        In the units of x.

    Returns
    -------
    Tensor of shape (n, d)

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Noise, gaussian_noise
    >>> x = torch.zeros(2, 3)
    >>> gaussian_noise(x, Noise(torch.Generator()), scale=0.0)
    tensor([[0., 0., 0.],
            [0., 0., 0.]])
    """
    return x + scale * noise.normal(x)


def mask(x: Tensor, noise: Noise, rate: float) -> Tensor:
    """Return x with a share of its entries set to zero.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Rows.
    noise : Noise
        Source of the draws.
    rate : float
        Expected share of entries set to zero.

    Returns
    -------
    Tensor of shape (n, d)

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Noise, mask
    >>> mask(torch.ones(1, 2), Noise(torch.Generator()), rate=1.0)
    tensor([[0., 0.]])
    """
    return x * (noise.uniform(x) >= rate)


def corrupt(x: Tensor, noise: Noise, rate: float) -> Tensor:
    """Return x with a share of entries replaced by the same column of other rows.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Rows.
    noise : Noise
        Source of the draws.
    rate : float
        Expected share of entries replaced.

    Returns
    -------
    Tensor of shape (n, d)

    References
    ----------
    Bahri, D. et al. (2022). SCARF: self-supervised contrastive learning using random
    feature corruption.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Noise, corrupt
    >>> x = torch.tensor([[1.0, 5.0], [1.0, 5.0]])
    >>> corrupt(x, Noise(torch.Generator()), rate=0.5)
    tensor([[1., 5.],
            [1., 5.]])
    """
    other = x.gather(0, noise.integers(0, x.shape[0], (x.shape[0], x.shape[1])))
    return torch.where(noise.uniform(x) < rate, other, x)


def shift(x: Tensor, noise: Noise, size: int, image_shape: tuple[int, int]) -> Tensor:
    """Return flattened images moved by up to ``size`` pixels along each axis.

    Pixels that move in from outside repeat the edge.

    Parameters
    ----------
    x : Tensor of shape (n, channels * height * width)
        Flattened images, channel first.
    noise : Noise
        Source of the draws.
    size : int
        Largest move in pixels.
    image_shape : (height, width)
        Shape of an image.

    Returns
    -------
    Tensor of the shape of x

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Noise, shift
    >>> shift(torch.ones(2, 9), Noise(torch.Generator()), 1, (3, 3)).shape
    torch.Size([2, 9])
    """
    height, width = image_shape
    n = x.shape[0]
    moves = noise.integers(-size, size + 1, (2, n, 1))
    steps = torch.arange(max(height, width), device=x.device)
    rows = (steps[:height] + moves[0]).clamp(0, height - 1)
    columns = (steps[:width] + moves[1]).clamp(0, width - 1)
    pixel = (rows[:, :, None] * width + columns[:, None, :]).flatten(1)
    channels = x.reshape(n, -1, height * width)
    index = pixel[:, None, :].expand_as(channels)
    return channels.gather(2, index).reshape(x.shape)


class AugmentedPair(nn.Module):
    """Two random views of the same rows through one encoder.

    Parameters
    ----------
    encoder : nn.Module
        ``encoder(x, noise)`` -> codes.
    augment : callable
        ``augment(x, noise)`` -> a view of the rows.

    Examples
    --------
    >>> import torch
    >>> from functools import partial
    >>> from skmi.nn import AugmentedPair, MLPEncoder, Noise, gaussian_noise
    >>> pair = AugmentedPair(MLPEncoder(3, 2), partial(gaussian_noise, scale=0.1))
    >>> first, second = pair(torch.zeros(4, 3), Noise(torch.Generator()))
    >>> first.shape
    torch.Size([4, 2])
    """

    def __init__(self, encoder: nn.Module, augment: Augment) -> None:
        super().__init__()
        self.encoder = encoder
        self.augment = augment

    def forward(self, x: Tensor, noise: Noise) -> tuple[Tensor, Tensor]:
        """Return the codes of two views of x."""
        both = torch.cat([self.augment(x, noise), self.augment(x, noise)])
        first, second = self.encoder(both, noise).chunk(2)
        return first, second

    def encode(self, x: Tensor) -> list[Tensor]:
        """Return the codes of the rows as they are."""
        return [self.encoder(x)]


class GivenPair(nn.Module):
    """Two given views, side by side in the columns of x, each through its encoder.

    Parameters
    ----------
    encoders : sequence of nn.Module
        One for each view; the same one twice when it is shared.
    columns : sequence of Tensor of int
        The columns of each view.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import GivenPair, MLPEncoder
    >>> columns = [torch.tensor([0, 1]), torch.tensor([2])]
    >>> pair = GivenPair([MLPEncoder(2, 4), MLPEncoder(1, 4)], columns)
    >>> [z.shape for z in pair(torch.zeros(5, 3))]
    [torch.Size([5, 4]), torch.Size([5, 4])]
    """

    def __init__(self, encoders: list[nn.Module], columns: list[Tensor]) -> None:
        super().__init__()
        self.encoders = nn.ModuleList(encoders)
        self.columns = [_as_slice(column) for column in columns]

    def forward(self, x: Tensor, noise: Noise | None = None) -> tuple[Tensor, ...]:
        """Return the codes of the views."""
        pairs = zip(self.encoders, self.columns, strict=True)
        # Contiguous: products of matrices may depend on where columns lie in memory.
        return tuple(
            [encoder(x[:, columns].contiguous(), noise) for encoder, columns in pairs]
        )

    def encode(self, x: Tensor) -> list[Tensor]:
        """Return the codes of the rows as they are, one tensor a view."""
        return list(self(x))


def _as_slice(columns: Tensor) -> slice | Tensor:
    """Return neighbouring columns as a slice, which is copied fastest."""
    first, n = int(columns[0]), len(columns)
    run = torch.arange(first, first + n)
    return slice(first, first + n) if torch.equal(columns, run) else columns
