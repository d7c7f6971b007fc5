"""Gradients turned around or scaled: two players trained by one loss."""

from __future__ import annotations

from torch import Tensor


def scale_gradient(x: Tensor, scale: float | Tensor) -> Tensor:
    """Return x; gradients that come back through it are multiplied by ``scale``.

    Parameters
    ----------
    x : Tensor
        Of any shape.
    scale : float or Tensor
        Factor of the gradient; a tensor must broadcast to the shape of x. No gradient
        goes to it.

    Returns
    -------
    Tensor of the shape of x
        Equal to x, bit for bit, where x is finite.

    See Also
    --------
    reverse_gradient : The same with minus the scale.

    Notes
    -----
    x' + scale * (x - x') with a constant x' = x: the difference is exactly 0. Made of
    plain operations, so it maps over a stack of networks as they do. O(size of x).

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import scale_gradient
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> y = scale_gradient(x, 3.0)
    >>> y.sum().backward()
    >>> y.detach(), x.grad
    (tensor([1., 2.]), tensor([3., 3.]))
    """
    constant = x.detach()
    factor = scale.detach() if isinstance(scale, Tensor) else scale
    return constant + factor * (x - constant)


def reverse_gradient(x: Tensor, scale: float | Tensor = 1.0) -> Tensor:
    """Return x; gradients that come back through it change sign.

    Whatever is computed from the result is trained to lower a loss, while whatever x
    was computed from is trained to raise it: an encoder and its adversary.

    Parameters
    ----------
    x : Tensor
        Of any shape.
    scale : float or Tensor, default=1.0
        Gradients are multiplied by minus this; a tensor must broadcast to the shape of
        x. No gradient goes to it.

    Returns
    -------
    Tensor of the shape of x
        Equal to x, bit for bit, where x is finite.

    See Also
    --------
    scale_gradient : The same with the sign kept.

    References
    ----------
    Ganin, Y. and Lempitsky, V. (2015). Unsupervised domain adaptation by
    backpropagation, eqs. 7 and 8.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import reverse_gradient
    >>> x = torch.tensor([1.0, 2.0], requires_grad=True)
    >>> reverse_gradient(x, 0.5).sum().backward()
    >>> x.grad
    tensor([-0.5000, -0.5000])
    """
    return scale_gradient(x, -scale)
