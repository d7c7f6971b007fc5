"""Gradients turned around: the value is untouched, the gradient is multiplied."""

import pytest
import torch
from torch.func import grad, vmap

from skmi.nn import reverse_gradient, scale_gradient


def normal(*shape, seed=0, dtype=torch.float64):
    """Return normal draws."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=generator, dtype=dtype)


@pytest.mark.parametrize("scale", [0.0, 1.0, -2.5, 1e6, 1e-30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_value_is_equal_bit_for_bit(scale, dtype):
    x = normal(50, 3, dtype=dtype) * 10.0 ** torch.arange(-20, 30)[:, None].to(dtype)
    assert torch.equal(scale_gradient(x, scale), x)
    assert torch.equal(reverse_gradient(x, scale), x)


@pytest.mark.parametrize("scale", [0.0, 1.0, 0.3])
def test_gradient_is_multiplied_and_reversed(scale):
    x = normal(5, 3).requires_grad_()
    plain = torch.autograd.grad(x.sin().square().sum(), x)[0]
    for function, factor in ((scale_gradient, scale), (reverse_gradient, -scale)):
        (ours,) = torch.autograd.grad(function(x, scale).sin().square().sum(), x)
        torch.testing.assert_close(ours, factor * plain)


def test_reversal_is_at_full_strength_by_default():
    x = torch.ones(2, requires_grad=True)
    reverse_gradient(x).sum().backward()
    assert x.grad.tolist() == [-1.0, -1.0]


def test_scale_may_be_a_tensor_and_gets_no_gradient():
    x, scale = normal(4, 2).requires_grad_(), normal(4, 1, seed=1).requires_grad_()
    value = reverse_gradient(x, scale).sum()
    ours, of_scale = torch.autograd.grad(value, (x, scale), allow_unused=True)
    torch.testing.assert_close(ours, -scale.detach().expand(4, 2))
    assert of_scale is None


def test_it_maps_over_a_stack_as_a_loop_does():
    x, scale = normal(3, 5, 2), normal(3, seed=1)

    def loss(x, scale):
        return reverse_gradient(x, scale).pow(3).sum()

    stacked = vmap(grad(loss))(x, scale)
    by_loop = torch.stack([grad(loss)(*pair) for pair in zip(x, scale, strict=True)])
    torch.testing.assert_close(stacked, by_loop)
    torch.testing.assert_close(stacked, -3 * scale[:, None, None] * x.square())
    assert torch.equal(vmap(reverse_gradient)(x, scale), x)


def test_two_players_of_one_loss_meet_at_its_saddle():
    # x lowers and w raises x^2 + 2 x w - w^2 - 4 x: the saddle is x = w = 1.
    x, w = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    optimizer = torch.optim.SGD([x, w], lr=0.05)
    for _ in range(400):
        optimizer.zero_grad()
        v = reverse_gradient(w)
        (x.square() + 2 * x * v - v.square() - 4 * x).sum().backward()
        optimizer.step()
    torch.testing.assert_close(torch.cat([x, w]).detach(), torch.ones(2))
