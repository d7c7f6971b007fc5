"""Critics: scores of all pairs of rows, (n, n_x) and (m, n_y) -> (n, m)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from skmi.nn.encoders import ACTIVATIONS, MLPEncoder, linear


class SeparableCritic(nn.Module):
    """Inner product of two heads, f(x, y) = g(x) . h(y).

    Parameters
    ----------
    n_x, n_y : int
        Columns of x and of y.
    hidden_layer_sizes : sequence of int
        Hidden widths of each head.
    n_embedding : int
        Width in which the inner product is taken.
    activation : str
        A name of ACTIVATIONS.
    generator : torch.Generator or None
        Draws the initial weights.

    Notes
    -----
    O((n + m) * head + n * m * n_embedding).

    References
    ----------
    van den Oord, A., Li, Y. and Vinyals, O. (2018). Representation learning with
    contrastive predictive coding. Poole, B. et al. (2019). On variational bounds of
    mutual information.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import SeparableCritic
    >>> SeparableCritic(3, 2)(torch.zeros(4, 3), torch.zeros(5, 2)).shape
    torch.Size([4, 5])
    """

    def __init__(
        self,
        n_x: int,
        n_y: int,
        hidden_layer_sizes: Sequence[int] = (256,),
        n_embedding: int = 32,
        activation: str = "relu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        self.x_head = MLPEncoder(
            n_x, n_embedding, hidden_layer_sizes, activation, generator=generator
        )
        self.y_head = MLPEncoder(
            n_y, n_embedding, hidden_layer_sizes, activation, generator=generator
        )

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the (n, m) scores."""
        return self.x_head(x) @ self.y_head(y).T


class CosineCritic(SeparableCritic):
    """Cosine of two heads over a temperature, f(x, y) = cos(g(x), h(y)) / t.

    Parameters
    ----------
    n_x, n_y : int
        Columns of x and of y.
    hidden_layer_sizes : sequence of int
        Hidden widths of each head.
    n_embedding : int
        Width in which the cosine is taken.
    activation : str
        A name of ACTIVATIONS.
    temperature : float
        Scores lie in [-1/temperature, 1/temperature].
    generator : torch.Generator or None
        Draws the initial weights.

    References
    ----------
    Chen, T. et al. (2020). A simple framework for contrastive learning of visual
    representations, eq. 1.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import CosineCritic
    >>> scores = CosineCritic(3, 2, temperature=0.5)(torch.ones(4, 3), torch.ones(4, 2))
    >>> bool((scores.abs() <= 2.0001).all())
    True
    """

    def __init__(
        self,
        n_x: int,
        n_y: int,
        hidden_layer_sizes: Sequence[int] = (256,),
        n_embedding: int = 32,
        activation: str = "relu",
        temperature: float = 0.1,
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            n_x, n_y, hidden_layer_sizes, n_embedding, activation, generator
        )
        self.temperature = temperature

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the (n, m) scores."""
        g = F.normalize(self.x_head(x), dim=1)
        h = F.normalize(self.y_head(y), dim=1)
        return (g / self.temperature) @ h.T


class DistanceCritic(SeparableCritic):
    """Scaled negative squared distance of two heads.

    f(x, y) = c - exp(s) ||g(x) - h(y)||^2 with learned s and c that start at 0. The
    offset c lets scores be positive, as log-ratios of dependent pairs are.

    Parameters
    ----------
    n_x, n_y : int
        Columns of x and of y.
    hidden_layer_sizes : sequence of int
        Hidden widths of each head.
    n_embedding : int
        Width in which the distance is taken.
    activation : str
        A name of ACTIVATIONS.
    generator : torch.Generator or None
        Draws the initial weights.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import DistanceCritic
    >>> scores = DistanceCritic(3, 2)(torch.ones(4, 3), torch.ones(4, 2))
    >>> bool((scores <= 0).all())  # the offset is still 0
    True
    """

    def __init__(
        self,
        n_x: int,
        n_y: int,
        hidden_layer_sizes: Sequence[int] = (256,),
        n_embedding: int = 32,
        activation: str = "relu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__(
            n_x, n_y, hidden_layer_sizes, n_embedding, activation, generator
        )
        self.log_scale = nn.Parameter(torch.zeros(()))
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the (n, m) scores."""
        g, h = self.x_head(x), self.y_head(y)
        squares = g.square().sum(1)[:, None] + h.square().sum(1)[None, :]
        distance = (squares - 2 * g @ h.T).clamp_min(0.0)
        return self.offset - self.log_scale.exp() * distance


class BilinearCritic(nn.Module):
    """Bilinear form, f(x, y) = x' W y + c.

    The learned offset c, 0 at first, matters to bounds that need the log-ratio itself;
    InfoNCE is blind to it.

    Parameters
    ----------
    n_x, n_y : int
        Columns of x and of y.
    generator : torch.Generator or None
        Draws W.

    References
    ----------
    van den Oord, A., Li, Y. and Vinyals, O. (2018). Representation learning with
    contrastive predictive coding, eq. 3.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import BilinearCritic
    >>> BilinearCritic(3, 2)(torch.zeros(4, 3), torch.zeros(5, 2)).shape
    torch.Size([4, 5])
    """

    def __init__(
        self, n_x: int, n_y: int, generator: torch.Generator | None = None
    ) -> None:
        super().__init__()
        scale = (max(n_x, 1) * max(n_y, 1)) ** -0.5
        weight = torch.empty(n_x, n_y, dtype=torch.float32)
        weight.normal_(0.0, scale, generator=generator)
        self.weight = nn.Parameter(weight)
        self.offset = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the (n, m) scores."""
        return torch.addmm(self.offset, x @ self.weight, y.T)


class ConcatenatedCritic(nn.Module):
    """Network on the concatenated pair, f(x, y) = MLP([x, y]).

    Parameters
    ----------
    n_x, n_y : int
        Columns of x and of y.
    hidden_layer_sizes : sequence of int
        Hidden widths, at least one.
    activation : str
        A name of ACTIVATIONS.
    generator : torch.Generator or None
        Draws the initial weights.

    Notes
    -----
    O(n * m * network) in time and O(n * m * widest layer) in memory: the dearest
    critic. The first layer is computed once a row, not once a pair.

    References
    ----------
    Belghazi, M. I. et al. (2018). Mutual information neural estimation.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import ConcatenatedCritic
    >>> ConcatenatedCritic(3, 2)(torch.zeros(4, 3), torch.zeros(5, 2)).shape
    torch.Size([4, 5])
    """

    def __init__(
        self,
        n_x: int,
        n_y: int,
        hidden_layer_sizes: Sequence[int] = (256,),
        activation: str = "relu",
        generator: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        first, *rest = hidden_layer_sizes
        self.n_x = n_x
        self.first = linear(n_x + n_y, first, generator)
        self.activation = ACTIVATIONS[activation]()
        self.rest = MLPEncoder(first, 1, rest, activation, generator=generator)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the (n, m) scores."""
        weight = self.first.weight
        left = F.linear(x, weight[:, : self.n_x], self.first.bias)
        right = F.linear(y, weight[:, self.n_x :])
        hidden = self.activation(left[:, None, :] + right[None, :, :])
        scores: Tensor = self.rest(hidden).squeeze(-1)
        return scores


CRITICS: dict[str, type[nn.Module]] = {
    "separable": SeparableCritic,
    "cosine": CosineCritic,
    "distance": DistanceCritic,
    "bilinear": BilinearCritic,
    "concatenated": ConcatenatedCritic,
}
