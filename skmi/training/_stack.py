"""Modules of one kind as one: their weights stacked, one vectorised call for all."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from numbers import Real
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from skmi.nn.noise import Noise
from skmi.training._traced import TracedCalls

_OF_EVERY_MODULE = (*vars(nn.Module()), "parts")


def attributes(module: nn.Module) -> dict[str, Any]:
    """Return the attributes that a module's class gave it; torch's own, if public."""
    private = "_" if type(module).__module__.startswith("torch.") else "\0"
    return {
        name: value
        for name, value in vars(module).items()
        if name not in _OF_EVERY_MODULE and not name.startswith(private)
    }


def is_number(value: Any) -> bool:
    """Tell numbers from switches and all else."""
    return isinstance(value, Real) and not isinstance(value, bool)


class StackedNoise:
    """The noise of several networks; each draws its own."""

    def __init__(self, noises: list[Noise]) -> None:
        self.noises = noises

    def draws(self, requests: list[tuple[str, Any]]) -> list[Tensor]:
        """Return what each network would have drawn, stacked."""
        return [
            torch.stack([getattr(noise, kind)(*args) for noise in self.noises])
            for kind, args in requests
        ]


class _RecordedNoise(Noise):
    """Noise that keeps what was asked of it."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(torch.Generator(device))
        self.requests: list[tuple[str, Any]] = []

    def normal(self, like: Tensor) -> Tensor:
        """Return normal draws."""
        self.requests.append(("normal", (torch.empty_like(like),)))
        return super().normal(like)

    def uniform(self, like: Tensor) -> Tensor:
        """Return uniform draws."""
        self.requests.append(("uniform", (torch.empty_like(like),)))
        return super().uniform(like)

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Tensor:
        """Return integers."""
        self.requests.append(("integers", (low, high, shape)))
        return super().integers(low, high, shape)


class _GivenNoise(Noise):
    """Noise that hands out draws made beforehand, one after the other."""

    def __init__(self, draws: list[Tensor]) -> None:
        self.draws = iter(draws)

    def normal(self, like: Tensor) -> Tensor:
        """Return the next draws."""
        return next(self.draws)

    uniform = normal

    def integers(self, low: int, high: int, shape: tuple[int, ...]) -> Tensor:
        """Return the next draws."""
        return next(self.draws)


class Stack(nn.Module):
    """The weights of modules of one kind, stacked, and one of them without weights.

    Numbers that differ between the modules are kept as tensors and put into the module
    while it is mapped over the stack.
    """

    def __init__(self, modules: Sequence[nn.Module], like: Tensor) -> None:
        super().__init__()
        parameters, buffers = stack_module_state(list(modules))
        self.names = [*parameters, *buffers]
        for i, tensor in enumerate(parameters.values()):
            stacked = nn.Parameter(tensor.detach(), tensor.requires_grad)
            self.register_parameter(f"parameter_{i}", stacked)
        for i, tensor in enumerate(buffers.values()):
            self.register_buffer(f"buffer_{i}", tensor)
        self.numbers = {
            key: torch.tensor(values, dtype=like.dtype, device=like.device)
            for key, values in _differing_numbers(modules).items()
        }
        # Not a submodule of this one, so in a list: it has no weights to be learnt.
        self.base = [copy.deepcopy(modules[0]).to("meta")]
        every = dict(modules[0].named_parameters(remove_duplicate=False))
        self.tied = len(every) > len(parameters)

    def train(self, mode: bool = True) -> Stack:
        """Set the mode, of the module that is mapped as well."""
        super().train(mode)
        for base in getattr(self, "base", []):
            base.train(mode)
        return self

    def state(self) -> dict[str, Tensor]:
        """Return the stacked tensors under the names that a module has for them."""
        # Not parameters() and buffers(), which walk through all modules each time.
        tensors: Any = (*self._parameters.values(), *self._buffers.values())
        return dict(zip(self.names, tensors, strict=True))

    def one(self, state: Sequence[Tensor], numbers: Sequence[Any], *args: Any) -> Any:
        """Call the module with some weights and numbers."""
        (base,) = self.base
        for (path, name), value in zip(self.numbers, numbers, strict=True):
            vars(base.get_submodule(path))[name] = value
        named = dict(zip(self.names, state, strict=True))
        return functional_call(base, named, args, tie_weights=self.tied)

    def stacked(self) -> tuple[list[Tensor], list[Tensor]]:
        """Return the tensors that one call for all maps over."""
        return list(self.state().values()), list(self.numbers.values())

    def put(self, k: int, module: nn.Module, own: bool = False) -> None:
        """Let a module use its share of the stack, or a copy of its own."""
        state = self.state()
        for name, tensor in (*module.named_parameters(), *module.named_buffers()):
            share = state[name].detach()[k]
            tensor.data = share.clone() if own else share

    def keep(self, positions: list[int]) -> None:
        """Leave out all but some modules of the stack."""
        for tensor in (*self.parameters(), *self.buffers()):
            tensor.data = tensor.data[positions]
        self.numbers = {key: value[positions] for key, value in self.numbers.items()}


class StackedModule(Stack):
    """Modules as one: (b, K, d) rows and K noises to what each makes of its rows.

    It is made by the objective, in one vectorised call of both: two cost half as much
    again.
    """

    def __init__(self, modules: Sequence[nn.Module], like: Tensor) -> None:
        super().__init__(modules, like)
        self.requests: dict[Any, list[tuple[str, Any]]] = {}

    def forward(self, x: Tensor, noise: StackedNoise) -> Pending:
        """Return the rows with the draws that the modules will ask for."""
        key = len(x), self.training
        if key not in self.requests:
            self.requests[key] = self._asked(x)
        return Pending(self, x, noise.draws(self.requests[key]))

    def _asked(self, x: Tensor) -> list[tuple[str, Any]]:
        """Return the draws that a module asks for, found by a call of the first."""
        noise = _RecordedNoise(x.device)
        tensors, numbers = self.stacked()
        state = [tensor.detach()[0].clone() for tensor in tensors]
        with torch.no_grad():
            self.one(state, [value[0] for value in numbers], x[:, 0], noise)
        return noise.requests


class Pending(NamedTuple):
    """What is known of the output of stacked modules before it is computed."""

    module: StackedModule
    x: Tensor
    draws: list[Tensor]


class Terms(nn.Module):
    """The terms of an objective as what a call returns."""

    def __init__(self, objective: nn.Module) -> None:
        super().__init__()
        self.objective = objective

    def begin_epoch(self, epoch: int) -> None:
        """Tell the objective that an epoch begins, if it wants to know."""
        if hasattr(self.objective, "begin_epoch"):
            self.objective.begin_epoch(epoch)  # type: ignore[operator]

    def forward(self, *args: Any) -> dict[str, Tensor]:
        """Return the terms."""
        terms: dict[str, Tensor] = self.objective.terms(*args)  # type: ignore[operator]
        return terms


class StackedObjective(Stack):
    """Objectives as one: its loss is the sum of theirs, its parts have K values."""

    def __init__(self, objectives: Sequence[nn.Module], like: Tensor) -> None:
        super().__init__([Terms(objective) for objective in objectives], like)
        self.parts: dict[str, Tensor] = {}
        self.calls = TracedCalls()
        # Steps of training that are to be taken, where that is known, and whether
        # numbers change with the epoch.
        self.n_steps = 0
        self.changing = False
        # Names of the terms that a kind of call returns.
        self.term_names: dict[Any, list[str]] = {}

    def begin_epoch(self, epoch: int) -> None:
        """Tell the objective that is mapped that an epoch begins.

        What it changes then must be the same for all: it stays one number.
        """
        (base,) = self.base
        before = numbers_of(base)
        base.begin_epoch(epoch)  # type: ignore[operator]
        self.changing = numbers_of(base) != before
        if self.changing:
            self.calls.clear()

    def terms(
        self, output: Pending, target: Tensor | None, row_weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return the terms of each objective, for the output of its module."""
        module, x, draws = output
        given = [t for t in (target, row_weight) if t is not None]
        groups = [*module.stacked(), *self.stacked(), [x], draws, given]
        tensors = [tensor for group in groups for tensor in group]
        names: list[str] = []

        def both(*flat: Tensor) -> tuple[Tensor, ...]:
            parts = iter(flat)
            weights, numbers, own, own_numbers, (row,), drawn, (*rest,) = (
                [next(parts) for _ in group] for group in groups
            )
            made = module.one(weights, numbers, row, _GivenNoise(drawn))
            told = iter(rest)
            goals = [None if t is None else next(told) for t in (target, row_weight)]
            terms = self.one(own, own_numbers, made, *goals)
            names[:] = terms
            return tuple(terms[name] for name in names)

        # Rows lie behind each other, networks within them.
        dims = [0] * len(tensors)
        n_draws, n_given = len(draws), len(given)
        for i in (-1 - n_draws - n_given, *range(-n_given, 0)):
            dims[i] = 1
        key = module.training, len(x), x.shape[1], target is None, row_weight is None
        mapped = vmap(both, in_dims=tuple(dims))
        n_calls = self.n_steps if module.training and not self.changing else 0
        values = self.calls.call(key, mapped, tensors, n_calls)
        self.term_names[key] = names or self.term_names[key]
        return dict(zip(self.term_names[key], values, strict=True))

    def forward(
        self, output: Pending, target: Tensor | None, row_weight: Tensor | None = None
    ) -> Tensor:
        """Return the sum of the losses: none depends on the weights of another."""
        terms = self.terms(output, target, row_weight)
        self.parts = {name: value.detach() for name, value in terms.items()}
        return terms["loss"].sum()


def numbers_of(module: nn.Module) -> dict[tuple[str, str], float]:
    """Return the numbers among the attributes of a module and its parts."""
    return {
        (path, name): value
        for path, part in module.named_modules()
        for name, value in attributes(part).items()
        if is_number(value)
    }


def _differing_numbers(modules: Sequence[nn.Module]) -> dict[Any, list[float]]:
    """Return those numbers of modules of one kind that are not the same."""
    tables = [numbers_of(module) for module in modules]
    found = {key: [table[key] for table in tables] for key in tables[0]}
    return {key: values for key, values in found.items() if len(set(values)) > 1}
