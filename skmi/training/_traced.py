"""A vectorised call as a graph of plain operations, once that pays."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

Call = Callable[..., tuple[Tensor, ...]]

# Calls of one kind before it is traced, where it is not known how many there will be:
# tracing takes as long as some hundred of them do more slowly.
PATIENCE = 100
# Calls that are to be made, from which on the first is traced.
_MANY = 3 * PATIENCE


def patience(n_calls: int) -> int:
    """Return the calls to wait for before tracing, where so many are to be made."""
    return 1 if n_calls >= _MANY else PATIENCE


class TracedCalls:
    """Calls of a function of tensors, traced when one kind is made often.

    vmap finds out anew at each call which operation on stacks stands for which of one
    network, and makes more of them than are needed. The graph that it ends up with is
    the same each time, and takes two thirds of the time. It takes the place of the
    function only where values, gradients and what happens to the arguments agree.
    """

    def __init__(self) -> None:
        self.counts: Counter[Any] = Counter()
        self.graphs: dict[Any, Call] = {}

    def clear(self) -> None:
        """Forget the graphs: numbers within them are no longer right."""
        self.counts.clear()
        self.graphs.clear()

    def call(
        self, key: Any, function: Call, tensors: Sequence[Tensor], n_calls: int = 0
    ) -> Any:
        """Return ``function(*tensors)``; calls with one key differ in values alone."""
        if key in self.graphs:
            return self.graphs[key](*tensors)
        self.counts[key] += 1
        if self.counts[key] == patience(n_calls):
            self.graphs[key] = traced(function, tensors) or function
        return function(*tensors)


def traced(function: Call, tensors: Sequence[Tensor]) -> Call | None:
    """Return the graph of a function, or None where it has none that agrees with it."""
    try:
        # Kept for its own users, and so only loaded where it is used.
        from torch.fx.experimental.proxy_tensor import make_fx

        with warnings.catch_warnings():
            warnings.simplefilter("error")
            graph = make_fx(function)(*(t.detach().clone() for t in tensors))
            _simplify(graph)
            same = _agree(graph, function, tensors)
    except Exception:
        # A wish: whatever stands in its way, there is the function itself.
        return None
    return graph if same else None


def _agree(graph: Call, function: Call, tensors: Sequence[Tensor]) -> bool:
    """Tell whether two calls return, differentiate to and leave behind the same."""
    results = []
    for call in (graph, function):
        own = [t.detach().clone().requires_grad_(t.requires_grad) for t in tensors]
        leaves = [t for t in own if t.requires_grad]
        with torch.enable_grad():
            found = call(*own)
            total = found[0].sum()
            grads = (
                torch.autograd.grad(total, leaves, allow_unused=True)
                if total.requires_grad
                else ()
            )
        results.append([*found, *grads, *own])
    return all(map(is_close, *results))


def is_close(found: Tensor | None, wanted: Tensor | None) -> bool:
    """Tell whether two tensors agree up to rounding."""
    if found is None or wanted is None:
        return found is wanted
    if not wanted.is_floating_point():
        return torch.equal(found, wanted)
    tolerance = torch.finfo(wanted.dtype).eps ** 0.5
    return torch.allclose(found, wanted, tolerance, tolerance, equal_nan=True)


def _simplify(graph: Any) -> None:
    """Leave out what changes nothing, and add biases where matrices are multiplied."""
    aten = torch.ops.aten
    reshaping = (aten.expand.default, aten.view.default, aten._unsafe_view.default)
    for node in list(graph.graph.nodes):
        if node.op != "call_function":
            continue
        shape = _shape(node)
        idle = (
            node.target in reshaping
            and shape is not None
            and shape == _shape(node.args[0])
        )
        if idle or (node.target is aten.mul.Scalar and node.args[1] == 1):
            node.replace_all_uses_with(node.args[0])
            graph.graph.erase_node(node)
    for node in list(graph.graph.nodes):
        if node.target is aten.add.Tensor and not node.kwargs:
            _fuse(graph.graph, node)
    graph.graph.eliminate_dead_code()
    graph.graph.lint()
    graph.recompile()


def _fuse(graph: Any, node: Any) -> None:
    """Make one operation of a sum with a batch of products of matrices."""
    for bias, product in (node.args, node.args[::-1]):
        if (
            getattr(product, "target", None) is torch.ops.aten.bmm.default
            and len(product.users) == 1
            and len(_shape(bias) or ()) == 3
        ):
            with graph.inserting_before(node):
                fused = graph.call_function(torch.baddbmm, (bias, *product.args))
            fused.meta = dict(node.meta)
            node.replace_all_uses_with(fused)
            graph.erase_node(node)
            graph.erase_node(product)
            return


def _shape(node: Any) -> tuple[int, ...] | None:
    """Return the shape of what a node of a graph returns, where it is a tensor."""
    value = getattr(node, "meta", {}).get("val")
    return tuple(value.shape) if isinstance(value, Tensor) else None
