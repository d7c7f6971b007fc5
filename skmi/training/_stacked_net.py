"""The net that trains a stack of networks, and tells each of its own epochs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from skorch.callbacks import Callback
from torch import Tensor, nn

from skmi.exceptions import TrainingDivergedError
from skmi.training._batches import Batch, BatchIterator, Rows
from skmi.training._net import LeanNet, TermLog, TrainingStopped
from skmi.training._stack import StackedModule, StackedNoise, StackedObjective, Terms


class RowSubset(Rows):
    """Some rows of others, as a fold has them, in the memory of the others.

    Parameters
    ----------
    rows : Rows
        All rows.
    which : Tensor of bool, shape (n,), or of int, shape (m,)
        A mask, or positions.
    """

    def __init__(self, rows: Rows, which: Tensor) -> None:
        super().__init__(rows.x, rows.target, rows.row_weight)
        if which.dtype == torch.bool:
            which = which.nonzero().squeeze(1)
        self.index = which.to(rows.x.device)

    def __len__(self) -> int:
        return len(self.index)

    def __getitem__(self, index: Any) -> Batch:
        return super().__getitem__(self.index[index])

    def tensors(self) -> list[Tensor]:
        """Return the rows of those tensors that are there."""
        return [tensor[self.index] for tensor in super().tensors()]


class Seat:
    """A network in the ensemble: its net and its rows."""

    def __init__(
        self, position: int, net: LeanNet, rows: Rows, valid: Rows | None
    ) -> None:
        self.position = position
        self.net = net
        self.rows = rows
        self.valid = valid

    @property
    def parts(self) -> tuple[nn.Module, nn.Module]:
        """Module and objective, as they are stacked."""
        return self.net.module_, Terms(self.net.criterion_)

    def notify(self, method: str) -> None:
        """Call the callbacks of the net at the beginning or end of an epoch."""
        data = {"dataset_train": self.rows, "dataset_valid": self.valid}
        self.net.notify(method, **data)


class StackedStreams:
    """The generators of several networks."""

    # The order of rows is drawn network by network, by StackedBatches.
    order = None

    def __init__(self, seats: list[Seat]) -> None:
        self.seats = seats

    @property
    def noise(self) -> StackedNoise:
        """Noise of training."""
        return StackedNoise([seat.net.streams.noise for seat in self.seats])

    def validation_noise(self) -> StackedNoise:
        """Return noise that is the same at each call."""
        streams = [seat.net.streams for seat in self.seats]
        return StackedNoise([stream.validation_noise() for stream in streams])


class StackedBatches:
    """Batches of several networks at once: (b, K, d) rows with their targets."""

    def __init__(self, seats: list[Seat], training: bool) -> None:
        self.seats = seats
        self.training = training

    def __iter__(self) -> Iterator[Batch]:
        seats, training = self.seats, self.training
        rows = [
            seat.rows if training or seat.valid is None else seat.valid
            for seat in seats
        ]
        net = seats[0].net
        plan = BatchIterator(
            rows[0], net.batch_size, drop_last=training and net.drop_last
        )
        order = torch.stack(
            [
                positions_of(part, seat.net.streams.order if training else None)
                for seat, part in zip(seats, rows, strict=True)
            ]
        )
        for start, end in plan.bounds():
            yield gather(rows, order[:, start:end])


def gather(rows: list[Rows], index: Tensor) -> Batch:
    """Return the rows at (K, b) positions, networks in the second dimension.

    There, because the first dimension of a batch counts its rows; in memory the rows of
    a network lie together.
    """

    def take(tensors: list[Any]) -> Any:
        if tensors[0] is None:
            return None
        if all(tensor is tensors[0] for tensor in tensors):
            return tensors[0][index].transpose(0, 1)
        return torch.stack(
            [tensor[own] for tensor, own in zip(tensors, index, strict=True)], dim=0
        ).transpose(0, 1)

    x = take([part.x for part in rows])
    target = take([part.target for part in rows])
    return x, (target, take([part.row_weight for part in rows]))


class StackedNet(LeanNet):
    """The net over a stack; the nets of its seats use their share of the weights."""

    def __init__(self, seats: list[Seat]) -> None:
        first, like = seats[0].net, seats[0].rows.x
        streams: Any = StackedStreams(seats)
        super().__init__(
            StackedModule([seat.net.module_ for seat in seats], like),
            StackedObjective([seat.net.criterion_ for seat in seats], like),
            streams,
            first.make_optimizer,
            drop_last=first.drop_last,
            lr=first.lr,
            max_epochs=first.max_epochs,
            batch_size=first.batch_size,
            callbacks=[_Distribute()],
            device=first.device,
            verbose=0,
        )
        self.seats = seats

    def get_iterator(self, dataset: Any, training: bool = False) -> StackedBatches:
        """Return the batches of the networks that are still trained."""
        return StackedBatches(self.seats, training)

    def share(self) -> None:
        """Let the nets use their shares of the weights."""
        for k, seat in enumerate(self.seats):
            for stack, part in zip(self._stacks, seat.parts, strict=True):
                stack.put(k, part)

    def release(self, leaving: list[Seat]) -> None:
        """Let nets go with weights of their own, and go on without them."""
        for seat in leaving:
            self._hand_over(self.seats.index(seat), seat)
            seat.net.notify("on_train_end", X=seat.rows, y=None)
        stay = [k for k, seat in enumerate(self.seats) if seat not in leaving]
        self.seats[:] = [self.seats[k] for k in stay]
        if not stay:
            self.stop_requested = True
            return
        for state in self.optimizer_.state.values():
            state.update({name: _share(value, stay) for name, value in state.items()})
        for stack in self._stacks:
            stack.keep(stay)
        self.share()

    def _hand_over(self, k: int, seat: Seat) -> None:
        """Give a net its weights and its share of the optimizer's state."""
        moments = seat.net.optimizer_.state
        for stack, part in zip(self._stacks, seat.parts, strict=True):
            stack.put(k, part, own=True)
            stacked = stack.state()
            for name, parameter in part.named_parameters():
                state = self.optimizer_.state.get(stacked[name], {})
                if state:
                    moments[parameter] = {n: _share(v, k) for n, v in state.items()}

    @property
    def _stacks(self) -> tuple[StackedModule, StackedObjective]:
        """The stacked modules and the stacked objectives."""
        return self.module_, self.criterion_

    def _record(self, prefix: str, log: TermLog) -> None:
        """Write the means of each network into its own history."""
        weight = torch.tensor(log.n_rows, dtype=torch.float64)
        means = {
            name: weight
            @ torch.stack([part[name] for part in log.parts]).cpu().double()
            for name in log.parts[0]
        }
        for k, seat in enumerate(self.seats):
            own = TermLog()
            own.add({name: mean[k] / weight.sum() for name, mean in means.items()}, 1)
            try:
                seat.net._record(prefix, own)
            except TrainingDivergedError as error:
                msg = f"network {seat.position}, {error}"
                raise TrainingDivergedError(msg) from error


class _Distribute(Callback):
    """Tell the nets of a stack of their epochs, and let go of those that stop."""

    def on_train_begin(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """Begin the training of each net."""
        net.share()
        for seat in net.seats:
            seat.net.take_rows(seat.valid)
            seat.net.notify("on_train_begin", X=seat.rows, y=None)

    def on_epoch_begin(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Begin an epoch of each net."""
        for seat in net.seats:
            seat.notify("on_epoch_begin")

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """End it; a net that stops leaves the stack."""
        leaving = []
        for seat in net.seats:
            try:
                seat.notify("on_epoch_end")
            except TrainingStopped:
                leaving.append(seat)
        if leaving:
            net.release(leaving)

    def on_train_end(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """End the training of the nets that are left."""
        net.release(list(net.seats))


def _share(value: Any, positions: Any) -> Any:
    """Return the share of some networks in a part of an optimizer's state."""
    if not isinstance(value, Tensor):
        return value
    # What has no dimension, as the number of steps, is the same for all.
    return (value[positions] if value.ndim else value).clone()


def train_stacked(seats: list[Seat]) -> None:
    """Train networks as one."""
    net = StackedNet(list(seats))
    net.initialize()
    plan = BatchIterator(seats[0].rows, net.batch_size, drop_last=net.drop_last)
    net.criterion_.n_steps = net.max_epochs * len(plan)
    try:
        net.train_rows(seats[0].rows, seats[0].valid)
    finally:
        for seat in seats:
            seat.net.close_callbacks()


def positions_of(rows: Rows, generator: torch.Generator | None = None) -> Tensor:
    """Return the order of the rows of an epoch, as positions in their tensors."""
    n = len(rows)
    order = (
        torch.arange(n) if generator is None else torch.randperm(n, generator=generator)
    )
    order = order.to(rows.x.device)
    return rows.index[order] if isinstance(rows, RowSubset) else order
