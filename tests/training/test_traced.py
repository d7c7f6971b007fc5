"""A traced call returns what the function would, or is the function."""

import pytest
import torch
from torch.func import vmap

from skmi.training import _traced
from skmi.training._traced import TracedCalls, traced


def weights(seed=0):
    """Return stacked weights, biases and rows of three linear layers."""
    generator = torch.Generator().manual_seed(seed)
    shapes = [(3, 4, 5), (3, 4), (3, 6, 5)]
    tensors = [
        torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes
    ]
    for tensor in tensors[:2]:
        tensor.requires_grad_()
    return tensors


def layer(weight, bias, x):
    """Return the mean square of a layer, and its largest value."""
    h = torch.nn.functional.linear(x, weight, bias).relu()
    return h.square().mean(), h.detach().amax()


def test_graph_has_the_values_and_the_gradients_of_the_function():
    call = vmap(layer)
    graph = traced(call, weights())
    assert graph is not None
    for seed in (1, 2):
        found = []
        for one in (call, graph):
            tensors = weights(seed)
            values = one(*tensors)
            values[0].sum().backward()
            found.append([*values, *(t.grad for t in tensors[:2])])
        torch.testing.assert_close(*found, rtol=1e-12, atol=1e-12)


def test_biases_are_added_where_matrices_are_multiplied():
    targets = [node.target for node in traced(vmap(layer), weights()).graph.nodes]
    assert torch.baddbmm in targets
    assert torch.ops.aten.bmm.default not in targets
    assert torch.ops.aten.expand.default not in targets


def test_calls_are_traced_when_one_kind_is_made_often(monkeypatch):
    monkeypatch.setattr(_traced, "PATIENCE", 3)
    calls, made = TracedCalls(), []

    def counted(*tensors):
        made.append(1)
        return vmap(layer)(*tensors)

    for _ in range(3):
        calls.call("few", counted, weights())
    # Once to trace it and once to compare, besides the three calls.
    n_before = len(made)
    for _ in range(5):
        values = calls.call("few", counted, weights(7))
    assert len(made) == n_before
    torch.testing.assert_close(values, vmap(layer)(*weights(7)))
    calls.call("other", counted, weights())
    assert len(made) == n_before + 1
    calls.clear()
    calls.call("few", counted, weights())
    assert len(made) == n_before + 2


def deciding(weight, bias, x):
    """Return something that depends on a number read from a tensor."""
    if weight.sum().item() > 0:
        return weight.sum(), bias.sum()
    return bias.sum(), weight.sum()


def counting(weight, bias, x):
    """Return something that is another one at each call."""
    counting.calls = getattr(counting, "calls", 0) + 1
    return weight.sum() * counting.calls, bias.sum()


class Steeper(torch.autograd.Function):
    """The identity, with a gradient that is not its own."""

    @staticmethod
    def forward(ctx, x):
        """Return x."""
        return x.clone()

    @staticmethod
    def backward(ctx, grad):
        """Return three times the gradient."""
        return 3 * grad


def steeper(weight, bias, x):
    """Return a value whose gradient no graph of operations has."""
    return Steeper.apply(weight).sum(), bias.sum()


@pytest.mark.parametrize("function", [deciding, counting, steeper])
def test_what_a_graph_would_get_wrong_is_not_traced(function):
    assert traced(function, weights()) is None


def test_what_cannot_be_traced_is_called_as_it_is(monkeypatch):
    monkeypatch.setattr(_traced, "PATIENCE", 1)
    calls = TracedCalls()
    for _ in range(3):
        values = calls.call("key", deciding, weights())
    torch.testing.assert_close(values, deciding(*weights()))


def test_arguments_changed_in_place_are_changed_by_the_graph_too():
    def running(weight, bias, state):
        state.mul_(0.5)
        return (weight.sum() * state.sum(), bias.sum())

    tensors = weights()
    graph = traced(running, tensors)
    assert torch.equal(tensors[2], weights()[2])
    if graph is not None:
        graph(*tensors)
        torch.testing.assert_close(tensors[2], weights()[2] * 0.5)


def test_where_many_calls_are_to_come_the_first_is_traced():
    calls, made = TracedCalls(), []

    def counted(*tensors):
        made.append(1)
        return vmap(layer)(*tensors)

    calls.call("many", counted, weights(), n_calls=1000)
    n_before = len(made)
    calls.call("many", counted, weights(), n_calls=1000)
    assert len(made) == n_before
