"""Dependence of two variables from Gaussian Gram matrices, to be trained on.

The torch counterparts of ``skmi.information``'s kernel measures, of a batch: all pairs
of its rows at once. Every value has finite gradients, also where rows are equal or a
variable is constant, and maps over a stack of networks: no value decides what is run.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

# The median distance of more rows than this is taken from as many of them.
_MEDIAN_ROWS = 2000

Width = float | Tensor | None


def median_distance(x: Tensor) -> Tensor:
    """Return the median Euclidean distance of two rows, without a gradient.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Rows.

    Returns
    -------
    Tensor of shape ()
        Where most pairs of rows are equal, the median of the positive distances (the
        lower one of two); 1 where all rows are equal or there is only one.

    Notes
    -----
    Of more than 2,000 rows, 2,000 evenly spaced ones are taken. O(n^2 d).

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import median_distance
    >>> median_distance(torch.tensor([[0.0], [1.0], [3.0]]))
    tensor(2.)
    """
    n = x.shape[0]
    if n < 2:
        return torch.ones((), dtype=x.dtype, device=x.device)
    x = x.detach()
    if n > _MEDIAN_ROWS:
        every = torch.linspace(0, n - 1, _MEDIAN_ROWS, dtype=torch.float64)
        x = x[every.round().long().to(x.device)]
        n = _MEDIAN_ROWS
    first, second = torch.triu_indices(n, n, 1, device=x.device)
    squares = _squares(x, x).flatten().index_select(0, first * n + second)
    middle = _median_root(squares)
    positive = torch.where(squares > 0, squares, math.nan).nanmedian().sqrt()
    fallback = torch.where(positive > 0, positive, 1.0)
    return torch.where(middle > 0, middle, fallback)


def _median_root(squares: Tensor) -> Tensor:
    """Return the median root, of an even number the mean of the two in the middle."""
    m = squares.shape[0]
    upper = squares.kthvalue(m // 2 + 1).values.sqrt()
    return upper if m % 2 else (upper + squares.kthvalue(m // 2).values.sqrt()) / 2


def _squares(x: Tensor, other: Tensor) -> Tensor:
    """Return the squared distances (n, m) of all pairs of rows.

    By a product of matrices; distances that its rounding hides are exactly 0, and
    have no gradient.
    """
    # Twice, as a constant column is then exactly 0 and an outlier in front no harm.
    origin = x.detach()[:1]
    origin = origin + (x.detach() - origin).mean(0)
    a, b = x - origin, other - origin
    norms = a.square().sum(1)[:, None] + b.square().sum(1)[None, :]
    squares = norms - 2 * a @ b.T
    rounding = torch.finfo(x.dtype).eps * max(8.0, x.shape[1] ** 0.5)
    return torch.where(squares > rounding * norms.detach(), squares, 0.0)


def exponents(x: Tensor, other: Tensor, width: float | Tensor) -> Tensor:
    """Return the logarithms (n, m) of the Gaussian kernel of all pairs of rows."""
    if isinstance(width, Tensor):
        width = width.detach()
    return -0.5 * _squares(x / width, other / width)


def gaussian_gram(
    x: Tensor, width: Width = None, other: Tensor | None = None
) -> Tensor:
    """Return the Gaussian kernel of all pairs of rows, ``exp(-d^2 / (2 width^2))``.

    Parameters
    ----------
    x : Tensor of shape (n, d)
        Rows.
    width : float, Tensor of shape () or None
        Standard deviation of the kernel, in the units of x; None takes the
        :func:`median_distance` of x. No gradient goes to it.
    other : Tensor of shape (m, d) or None
        Rows of the columns of the result; None takes x.

    Returns
    -------
    Tensor of shape (n, n) or (n, m)
        Between 0 and 1.

    Notes
    -----
    The width is a constant of the batch: with a gradient, codes that spread together
    with their width would look unchanged at any scale. O(n m d).

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import gaussian_gram
    >>> gaussian_gram(torch.tensor([[0.0], [1.0]]), width=1.0)
    tensor([[1.0000, 0.6065],
            [0.6065, 1.0000]])
    """
    other = x if other is None else other
    return exponents(x, other, resolved(x, width)).exp()


def resolved(x: Tensor, width: Width) -> float | Tensor:
    """Return a width, the median distance of x where none is given."""
    return median_distance(x) if width is None else width


def grams(x: Tensor, y: Tensor, widths: tuple[Width, Width]) -> tuple[Tensor, Tensor]:
    """Return the Gram matrices of two variables of the same rows."""
    if x.shape[0] != y.shape[0]:
        msg = f"x and y must have as many rows, found {x.shape[0]} and {y.shape[0]}."
        raise ValueError(msg)
    return gaussian_gram(x, widths[0]), gaussian_gram(y, widths[1])


def hsic(
    x: Tensor,
    y: Tensor,
    widths: tuple[Width, Width] = (None, None),
    normalized: bool = False,
) -> Tensor:
    r"""Hilbert-Schmidt independence criterion with Gaussian kernels.

    Parameters
    ----------
    x : Tensor of shape (n, d_x)
        Rows of the one variable.
    y : Tensor of shape (n, d_y)
        Rows of the other.
    widths : pair of float, Tensor of shape () or None
        Widths of the kernels of x and of y, see :func:`gaussian_gram`.
    normalized : bool
        Divide by the root of the product of the criteria of x with itself and of y
        with itself: centred kernel alignment, between 0 and 1.

    Returns
    -------
    Tensor of shape ()
        The biased estimate, at least 0, without a unit; 0 where x or y is constant.

    Raises
    ------
    ValueError
        If x and y differ in their number of rows.

    Notes
    -----
    :math:`\operatorname{tr}(K H L H) / (n - 1)^2` with the centring matrix H [1]_.
    Normalised as centred kernel alignment [2]_: it keeps the range of the value
    whatever the widths, as normalising the cross-covariance operator itself does,
    without the inverse of a regularised matrix and its choice of a ridge. O(n^2 d).

    References
    ----------
    .. [1] A. Gretton, O. Bousquet, A. Smola, B. Schoelkopf (2005), "Measuring
       statistical dependence with Hilbert-Schmidt norms", eq. 9.
    .. [2] C. Cortes, M. Mohri, A. Rostamizadeh (2012), "Algorithms for learning
       kernels based on centered alignment".

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import hsic
    >>> x = torch.linspace(-1, 1, 50)[:, None]
    >>> bool(hsic(x, x.square(), normalized=True) > 0.1)
    True
    """
    k, m = (_centred(gram) for gram in grams(x, y, widths))
    product = (k * m).sum()
    if normalized:
        return quotient(product, k.square().sum(), m.square().sum())
    return product / max(x.shape[0] - 1, 1) ** 2


def _centred(gram: Tensor) -> Tensor:
    """Return H K H; a matrix of ones becomes exactly 0."""
    rows = gram.mean(1)
    return gram - rows[:, None] - (gram.mean(0) - rows.mean())


def quotient(both: Tensor, one: Tensor, other: Tensor) -> Tensor:
    """Return both / sqrt(one * other), and 0 with no gradient where that is 0 / 0."""
    # Below this a value is what rounding left of a constant variable.
    least = 16 * torch.finfo(both.dtype).eps
    defined = (one > least) & (other > least)
    one, other = (torch.where(defined, part, 1.0) for part in (one, other))
    return torch.where(defined, both, 0.0) / (one.sqrt() * other.sqrt())


def renyi_mutual_information(
    x: Tensor,
    y: Tensor,
    widths: tuple[Width, Width] = (None, None),
    alpha: float = 2.0,
) -> Tensor:
    r"""Matrix-based Renyi mutual information of two variables.

    Parameters
    ----------
    x : Tensor of shape (n, d_x)
        Rows of the one variable.
    y : Tensor of shape (n, d_y)
        Rows of the other.
    widths : pair of float, Tensor of shape () or None
        Widths of the kernels of x and of y, see :func:`gaussian_gram`.
    alpha : float
        Order of the entropies, above 0. The order 2 needs no eigenvalues.

    Returns
    -------
    Tensor of shape ()
        The information in nats; it may be a little below 0. 0 where x or y is constant.

    Raises
    ------
    ValueError
        If x and y differ in their number of rows or alpha is not above 0.

    Notes
    -----
    :math:`I_\alpha(X;Y) = S_\alpha(A) + S_\alpha(B) - S_\alpha(n A \circ B)` with the
    Gram matrices A and B over n and :math:`S_\alpha = \frac{1}{1 - \alpha} \log
    \operatorname{tr} A^\alpha` [1]_; the rate of a bottleneck in [2]_. For the order 2
    the trace is the sum of squared entries, O(n^2 d); otherwise eigenvalues take
    O(n^3), and those that rounding hides are left out: orders below 1, which weigh
    small ones up, are for double precision.

    References
    ----------
    .. [1] L. G. Sanchez Giraldo, M. Rao, J. C. Principe (2015), "Measures of entropy
       from data using infinitely divisible kernels".
    .. [2] X. Yu, S. Yu, J. C. Principe (2021), "Deep deterministic information
       bottleneck with matrix-based entropy functional".

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import renyi_mutual_information
    >>> x = torch.linspace(-1, 1, 50)[:, None]
    >>> bool(renyi_mutual_information(x, x.square()) > 0.2)
    True
    """
    if not alpha > 0:
        msg = f"alpha must be above 0, found {alpha!r}."
        raise ValueError(msg)
    k, m = grams(x, y, widths)
    h_x, h_y, h_xy = (_renyi_entropy(gram, alpha) for gram in (k, m, k * m))
    return h_x + h_y - h_xy


def _renyi_entropy(gram: Tensor, alpha: float) -> Tensor:
    """Return the entropy of a Gram matrix in nats."""
    if alpha == 2:
        return -gram.square().mean(1).mean().log()
    values: Tensor = torch.linalg.eigvalsh(gram)
    rounding = gram.shape[0] * torch.finfo(gram.dtype).eps
    clear = values > rounding * values.detach().max()
    # 1 in place of hidden values: a logarithm of 0 would spoil the gradient.
    shares = values / torch.where(clear, values, 0.0).sum()
    logs = torch.where(clear, shares, 1.0).log()
    shares = torch.where(clear, shares, 0.0)
    if alpha == 1:
        return -(shares * logs).sum()
    # sum p^a = 1 + sum p (p^(a - 1) - 1): exact however near a is to 1.
    excess = (shares * ((alpha - 1) * logs).expm1()).sum()
    return excess.log1p() / (1 - alpha)
