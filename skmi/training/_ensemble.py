"""Many networks trained as one: stacked parameters, one vectorised step for all."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn

from skmi.nn.encoders import UserModule
from skmi.nn.noise import Noise
from skmi.training._activations import ActivationRecorder
from skmi.training._batches import Rows
from skmi.training._bridge import EpochTasks
from skmi.training._callbacks import EarlyStopping
from skmi.training._fingerprint import fingerprint
from skmi.training._net import LeanNet
from skmi.training._optimizers import Optimizer
from skmi.training._stack import (
    StackedModule,
    StackedNoise,
    StackedObjective,
    attributes,
    is_number,
    numbers_of,
)
from skmi.training._stacked_net import Seat, gather, positions_of, train_stacked
from skmi.training._traced import is_close

# Each weight moves by itself: one optimizer on the stack equals one a network.
_ELEMENTWISE = ("adam", "adamw", "sgd")
# They look at the weights and the history after an epoch, and at nothing else.
_EPOCH_CALLBACKS = (ActivationRecorder, EarlyStopping, EpochTasks)


class Ensemble:
    """Train many networks of one shape as a single stacked one.

    Networks that differ in their weights, seeds, data, or in numbers of their modules
    and objectives, such as beta, take each step together. Every network has the rows,
    the order of batches, the noise and the early stopping that it would have alone.

    Parameters
    ----------
    stack : bool, default=True
        Whether to stack at all; False trains one network after the other.

    Attributes
    ----------
    stacked_ : bool
        Whether any networks were trained together.
    groups_ : list of list of int
        Positions of the networks that were trained together; those trained alone are
        groups of one.
    reasons_ : dict of int to str
        Why a network was trained alone.

    See Also
    --------
    BaseTorchEstimator : Prepares nets and rows.

    Notes
    -----
    A stack takes networks that agree in the number of rows (training and held out), the
    batch size, the optimizer and its lr, and the number of epochs; others go into
    stacks of their own. In float64 the results equal those of training alone to 1e-10;
    in float32 rounding errors grow over hundreds of steps, as they do between machines.
    A network is trained alone where a layer cannot be vectorised (recurrent layers), or
    draws from global generators, and where the optimizer or a callback may look at more
    than one network's share. Before they are trained, copies of the networks are
    applied to a batch, stacked and alone, and must agree.

    K networks take as many operations as alone, and their weights three times the
    memory at first. What is saved is the time to start K operations instead of one,
    which is most of a step of small networks and little of one of large networks.

    Examples
    --------
    >>> import torch
    >>> from sklearn.datasets import load_iris
    >>> from skmi.bottleneck import IBClassifier
    >>> from skmi.training import Ensemble
    >>> X, y = load_iris(return_X_y=True)
    >>> prepared = [
    ...     IBClassifier(beta=beta, max_epochs=2)._prepare(
    ...         X, torch.tensor(y), shape={"n_in": 4, "n_out": 3}
    ...     )
    ...     for beta in (0.0, 0.1, 0.5)
    ... ]
    >>> ensemble = Ensemble().fit(*zip(*prepared))
    >>> ensemble.stacked_, ensemble.groups_
    (True, [[0, 1, 2]])
    """

    def __init__(self, stack: bool = True) -> None:
        self.stack = stack

    def fit(
        self,
        nets: Sequence[LeanNet],
        rows: Sequence[Rows],
        valid: Sequence[Rows | None] | None = None,
    ) -> Ensemble:
        """Train initialised nets, each as ``net.train_rows(rows, valid)`` would.

        Parameters
        ----------
        nets : sequence of LeanNet
            Initialised nets that share no modules.
        rows : sequence of Rows
            Training rows of each net; nets may share them.
        valid : sequence of (Rows or None) or None, default=None
            Rows held out for each net.

        Returns
        -------
        Ensemble
            Itself; the nets are trained.

        Raises
        ------
        ValueError
            If there are not as many rows as nets.
        TrainingDivergedError
            If the loss of a net is not finite.
        """
        held_out = [None] * len(nets) if valid is None else list(valid)
        if not len(nets) == len(rows) == len(held_out):
            msg = (
                "rows and valid must have an entry for each net, found "
                f"{len(rows)} and {len(held_out)} for {len(nets)} nets."
            )
            raise ValueError(msg)
        seats = [
            Seat(i, *parts)
            for i, parts in enumerate(zip(nets, rows, held_out, strict=True))
        ]
        self.reasons_: dict[int, str] = {}
        groups = self._grouped(seats)
        self.groups_ = [[seat.position for seat in group] for group in groups]
        self.stacked_ = any(len(group) > 1 for group in groups)
        for group in groups:
            if len(group) > 1:
                train_stacked(group)
            else:
                group[0].net.train_rows(group[0].rows, group[0].valid)
        return self

    def _grouped(self, seats: list[Seat]) -> list[list[Seat]]:
        """Return the networks that can be trained together, and say why others not."""
        alone: list[Seat] = []
        alike: dict[Any, list[Seat]] = {}
        for seat in seats:
            reason = "stack=False" if not self.stack else _why_alone(seat)
            if reason:
                self.reasons_[seat.position] = reason
                alone.append(seat)
            else:
                alike.setdefault(_shape_key(seat), []).append(seat)
        stacks = [stack for group in alike.values() for stack in self._tried(group)]
        groups = [*stacks, *([seat] for seat in alone)]
        return sorted(groups, key=lambda group: group[0].position)

    def _tried(
        self, group: list[Seat], reason: str | None = "no other is like it"
    ) -> list[list[Seat]]:
        """Return a group as it is, or what it falls into when it cannot be stacked."""
        if len(group) == 1:
            self.reasons_[group[0].position] = str(reason)
            return [group]
        reason = _why_not_stacked(group)
        if reason is None:
            return [group]
        # Where a number decides which way a module goes, those that agree in it can.
        equal: dict[Any, list[Seat]] = {}
        for seat in group:
            numbers = [tuple(numbers_of(part).items()) for part in seat.parts]
            equal.setdefault(tuple(numbers), []).append(seat)
        if len(equal) > 1:
            parts = equal.values()
            return [stack for part in parts for stack in self._tried(part, reason)]
        self.reasons_.update({seat.position: reason for seat in group})
        return [[seat] for seat in group]


def _why_alone(seat: Seat) -> str | None:
    """Return what keeps a network from being stacked with any other."""
    net = seat.net
    spec = getattr(net.make_optimizer, "__self__", None)
    if not isinstance(spec, Optimizer) or spec.kind not in _ELEMENTWISE:
        return f"the optimizer is none of {', '.join(_ELEMENTWISE)}"
    if net.optimizer_.state:
        return "it has been trained before"
    others = [cb for _, cb in net.callbacks_ if not isinstance(cb, _EPOCH_CALLBACKS)]
    if others:
        return f"the callback {type(others[0]).__name__} may want the net to itself"
    if net._needs_own_loop():
        return "it needs skorch's own loop"
    if hasattr(net.module_, "begin_epoch"):
        return "its module changes from epoch to epoch"
    for module in net.module_.modules():
        if isinstance(module, UserModule) and module.module.training:
            return "a user's module may draw from global generators"
    try:
        _shape_key(seat)
    except TypeError as error:
        return f"it cannot be compared with others: {error}"
    return None


def _shape_key(seat: Seat) -> Any:
    """Return what networks must agree in to be stacked."""
    net = seat.net
    parts = []
    for rows in (seat.rows, seat.valid):
        if rows is not None:
            tensors = (rows.x, rows.target, rows.row_weight)
            shapes = [
                t is not None and (t.dtype, t.device, t.shape[1:]) for t in tensors
            ]
            parts.append((len(rows), *shapes))
    options = (net.batch_size, net.max_epochs, net.lr, net.drop_last)
    optimizer = fingerprint("optimizer", net.make_optimizer)
    return (
        tuple(parts),
        options,
        optimizer,
        _signature(net.module_),
        _signature(net.criterion_),
    )


def _signature(module: nn.Module) -> tuple[Any, ...]:
    """Return what a module is, apart from its weights and its own numbers."""
    state = {**dict(module.named_parameters()), **dict(module.named_buffers())}
    shapes = [(k, v.shape, v.dtype, v.requires_grad) for k, v in state.items()]
    kinds = [
        (
            path,
            type(part),
            *(
                (name, "number" if is_number(value) else fingerprint(name, value))
                for name, value in attributes(part).items()
            ),
        )
        for path, part in module.named_modules()
    ]
    return tuple(shapes), tuple(kinds)


def _why_not_stacked(seats: list[Seat]) -> str | None:
    """Apply copies of the networks, stacked and alone, to one batch and compare.

    What torch cannot vectorise raises or warns; what it would get wrong differs.
    """
    size = seats[0].net.batch_size
    index = torch.stack([positions_of(seat.rows)[:size] for seat in seats])
    x, targets = gather([seat.rows for seat in seats], index)
    copies = [copy.deepcopy((s.net.module_, s.net.criterion_)) for s in seats]
    modules, objectives = ([pair[i] for pair in copies] for i in (0, 1))
    noises = [Noise(torch.Generator(x.device)) for _ in seats]
    known = [[numbers_of(part) for part in pair] for pair in copies]
    try:
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("error")
            stack, objective = (
                StackedModule(modules, x),
                StackedObjective(objectives, x),
            )
            together = {}
            for mode in (True, False):
                _seed(noises)
                stack.train(mode)
                objective.train(mode)
                output = stack(x, StackedNoise(noises))
                together[mode] = objective.terms(output, *targets)
    except Exception as error:
        found = str(error).partition("\n")[0]
        return f"torch cannot vectorise it: {type(error).__name__}, {found}"
    for mode, terms in together.items():
        _seed(noises)
        for k, (module, own) in enumerate(copies):
            rest = [None if tensor is None else tensor[:, k] for tensor in targets]
            with torch.no_grad():
                module.train(mode)
                own.train(mode)
                alone = own.terms(module(x[:, k], noises[k]), *rest)
            if not all(is_close(terms[name][k], alone[name]) for name in alone):
                return "vectorised by torch it computes something else"
    if [[numbers_of(part) for part in pair] for pair in copies] != known:
        return "a call changes its numbers, which a stack would not see"
    buffers = [dict(module.named_buffers()) for module in modules]
    for k, own_buffers in enumerate(buffers):
        if not all(is_close(stack.state()[n][k], b) for n, b in own_buffers.items()):
            return "vectorised by torch it keeps something else"
    if not _epochs_agree(objectives):
        return "what changes from epoch to epoch is not the same for all"
    return None


def _epochs_agree(objectives: list[nn.Module]) -> bool:
    """Tell whether the epochs of copies of objectives change the same numbers alike."""
    before = [numbers_of(objective) for objective in objectives]
    for epoch in (0, 1, 10):
        changes = []
        for objective, start in zip(objectives, before, strict=True):
            if hasattr(objective, "begin_epoch"):
                objective.begin_epoch(epoch)  # type: ignore[operator]
            now = numbers_of(objective)
            changes.append({k: v for k, v in now.items() if v != start.get(k)})
        if any(change != changes[0] for change in changes):
            return False
    return True


def _seed(noises: list[Noise]) -> None:
    """Let each noise start from a seed of its own."""
    for k, noise in enumerate(noises):
        noise.generator.manual_seed(k)
