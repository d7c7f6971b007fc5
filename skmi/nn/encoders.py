"""Backbones that map rows to codes, and the layers they are made of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from threading import RLock

import torch
from torch import Tensor, nn

from skmi.nn.noise import Noise

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "silu": nn.SiLU,
    "gelu": nn.GELU,
    "elu": nn.ELU,
    "identity": nn.Identity,
}


def linear(n_in: int, n_out: int, generator: torch.Generator | None) -> nn.Linear:
    """Return a linear layer drawn from ``generator``, uniform in +-1/sqrt(n_in)."""
    layer: nn.Linear = nn.utils.skip_init(nn.Linear, n_in, n_out)
    bound = max(n_in, 1) ** -0.5
    with torch.no_grad():
        for parameter in (layer.weight, layer.bias):
            parameter.uniform_(-bound, bound, generator=generator)
    return layer


class MLPEncoder(nn.Module):
    """Fully connected encoder, (n, n_in) -> (n, n_out).

    Parameters
    ----------
    n_in : int
        Columns of the input.
    n_out : int or None
        Columns of the code. None leaves out the linear head: the code is the last
        hidden layer, or the input where there is none.
    hidden_layer_sizes : sequence of int
        Widths of the hidden layers; empty for a linear map.
    activation : str
        A name of ACTIVATIONS, applied after each hidden layer.
    dropout : float
        Share of hidden units set to zero in training, when noise is given.
    generator : torch.Generator or None
        Draws the initial weights; None takes torch's global one.

    Notes
    -----
    O(n * sum of products of neighbouring widths) a pass.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import MLPEncoder
    >>> encoder = MLPEncoder(5, 2, (8,), generator=torch.Generator().manual_seed(0))
    >>> encoder(torch.zeros(3, 5)).shape
    torch.Size([3, 2])
    """

    def __init__(
        self,
        n_in: int,
        n_out: int | None,
        hidden_layer_sizes: Sequence[int] = (256, 256),
        activation: str = "relu",
        dropout: float = 0.0,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        hidden = [n_in, *hidden_layer_sizes]
        layers: list[nn.Module] = []
        for a, b in pairwise(hidden):
            layers += [linear(a, b, generator), ACTIVATIONS[activation]()]
        if n_out is not None:
            layers.append(linear(hidden[-1], n_out, generator))
        self.layers = nn.Sequential(*layers)
        self.n_hidden = len(hidden) - 1
        self.n_out = hidden[-1] if n_out is None else n_out
        self.dropout = dropout

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        """Return the codes of the rows of x."""
        if not (self.training and self.dropout and noise is not None):
            code: Tensor = self.layers(x)
            return code
        for i, layer in enumerate(self.layers):
            x = layer(x)
            if i % 2 and i < 2 * self.n_hidden:
                x = x * (noise.uniform(x) >= self.dropout) / (1 - self.dropout)
        return x


class Standardize(nn.Module):
    """Subtract a fixed mean and divide by a fixed scale, column by column.

    Parameters
    ----------
    mean, scale : Tensor of shape (n_in,)
        Kept as float32 buffers, the mean in two parts that add up to its double
        precision: a large mean does not blur a small scale.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Standardize
    >>> Standardize(torch.ones(2), torch.full((2,), 2.0))(torch.full((1, 2), 5.0))
    tensor([[2., 2.]])
    """

    mean: Tensor
    mean_rest: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        coarse = mean.float()
        self.register_buffer("mean", coarse)
        self.register_buffer("mean_rest", (mean - coarse).float())
        self.register_buffer("scale", scale.float())

    def forward(self, x: Tensor) -> Tensor:
        """Return the standardised rows."""
        return (x - self.mean - self.mean_rest) / self.scale


# Building or running a user's module may draw from torch's global generators, which
# only one thread at a time may borrow; it may build or run another one meanwhile.
_GLOBAL_GENERATOR = RLock()


@contextmanager
def borrowed_generator(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's global generators for the block and put them back afterwards.

    Only those of the CPU and of the device in use: torch.manual_seed would move the
    generators of every device.
    """
    on_gpu = device.type == "cuda"
    devices = [device] if on_gpu else []
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices):
        torch.default_generator.manual_seed(seed)
        if on_gpu:
            index = (
                torch.cuda.current_device() if device.index is None else device.index
            )
            torch.cuda.default_generators[index].manual_seed(seed)
        yield


class UserModule(nn.Module):
    """A module written outside skmi, with a linear head where its width differs.

    Its own randomness (dropout, say) follows ``noise`` in training: the global
    generator is seeded from it for the pass and restored. At evaluation, where most
    modules draw nothing, the seed is the same at each call.

    Parameters
    ----------
    module : nn.Module
        ``module(x)`` -> (n, width).
    width : int
        Columns of what the module returns.
    n_out : int or None
        Columns wanted; None takes the module's own.
    frozen : bool
        Keep the module's parameters, and its mode at evaluation.
    generator : torch.Generator or None
        Draws the head.
    single_precision : bool
        Whether the module takes float32 alone.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import UserModule
    >>> module = UserModule(torch.nn.Linear(3, 5), width=5, n_out=2)
    >>> module(torch.zeros(4, 3)).shape
    torch.Size([4, 2])
    """

    def __init__(
        self,
        module: nn.Module,
        width: int,
        n_out: int | None = None,
        frozen: bool = False,
        generator: torch.Generator | None = None,
        single_precision: bool = False,
    ) -> None:
        super().__init__()
        self.module = module
        self.frozen = frozen
        self.single_precision = single_precision
        self.n_out = width if n_out is None else n_out
        same = n_out is None or n_out == width
        self.head = nn.Identity() if same else linear(width, self.n_out, generator)
        if frozen:
            module.requires_grad_(False)

    def train(self, mode: bool = True) -> UserModule:
        """Set the mode; a frozen module stays at evaluation."""
        super().train(mode)
        if self.frozen:
            self.module.eval()
        return self

    def forward(self, x: Tensor, noise: Noise | None = None) -> Tensor:
        """Return the codes of the rows of x."""
        seed = 0
        if noise is not None and self.module.training:
            seed = int(noise.integers(0, 2**31 - 1, (1,)))
        with borrowed_generator(seed, x.device):
            h = self.module(x)
        return self.head(h)
