"""The skorch net that trains every torch estimator: a lean epoch loop."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback
from skorch.helper import predefined_split
from torch import Tensor, nn

from skmi.exceptions import TrainingDivergedError
from skmi.training._batches import Batch, BatchIterator, Rows
from skmi.training._random import Streams

_BATCH_HOOKS = ("on_batch_begin", "on_batch_end", "on_grad_computed")
_STEP_METHODS = ("train_step", "train_step_single", "validation_step")


class TrainingStopped(Exception):
    """A callback asked for the end of training."""


class LeanNet(NeuralNet):
    """skorch net over :class:`Rows`, its criterion an objective with named terms.

    An epoch sums the terms of its batches as one tensor and records their means once:
    ``train_loss``, ``train_<term>``, ``valid_loss``, ``valid_<term>``. Where a callback
    wants batches, gradients are accumulated, the optimizer wants a closure, or a
    subclass changes a step, skorch's own loop runs instead and records the same.

    Parameters
    ----------
    module : nn.Module
        ``module(x, noise)`` -> output. Where it has ``begin_epoch(epoch)``, that is
        called before each epoch of training, counted from 0, and may return the share
        of ``lr`` that the epoch is trained at.
    criterion : nn.Module
        ``criterion(output, target, row_weight)`` -> loss, terms in ``parts``. Its
        ``begin_epoch(epoch)``, if there is one, is called as that of the module is.
    streams : Streams
        Generators of the fit.
    make_optimizer : callable
        ``make_optimizer(parameters, lr)`` -> optimizer.
    accumulate_batches : int
        Batches whose gradients are averaged before a step.
    drop_last : bool
        Whether rows that do not fill a batch are left out of an epoch.
    **options : dict
        Those of skorch.NeuralNet.
    """

    def __init__(
        self,
        module: nn.Module,
        criterion: nn.Module,
        streams: Streams,
        make_optimizer: Callable[[list[nn.Parameter], float], Any],
        accumulate_batches: int = 1,
        drop_last: bool = True,
        **options: Any,
    ) -> None:
        super().__init__(
            module,
            criterion,
            iterator_train=BatchIterator,
            iterator_valid=BatchIterator,
            iterator_train__generator=streams.order,
            iterator_train__drop_last=drop_last,
            **options,
        )
        self.streams = streams
        self.make_optimizer = make_optimizer
        self.accumulate_batches = accumulate_batches
        self.drop_last = drop_last
        self.noise = streams.noise
        self.valid_rows: Rows | None = None
        # Mean and scale of the columns of raw rows, where they are standardised.
        self.moments: tuple[Any, Any] | None = None
        self.stop_requested = False
        self.n_epochs_done = 0
        self._n_pending = 0
        self._noise_start: Tensor | None = None

    # What skorch is told about modules, data and optimizers

    def get_default_callbacks(self) -> list[Any]:
        """Return none: estimators say which callbacks run."""
        return []

    def initialize_module(self) -> LeanNet:
        """Put the module on the device."""
        self.module_ = self.module.to(self.device)
        return self

    def initialize_criterion(self) -> LeanNet:
        """Put the objective, with its critic, on the device."""
        self.criterion_ = self.criterion.to(self.device)
        return self

    def initialize_optimizer(self, triggered_directly: Any = None) -> LeanNet:
        """Build the optimizer of everything that can be learned."""
        named = self.get_all_learnable_params()
        parameters = [p for _, p in named if p.requires_grad]
        if not parameters:
            msg = (
                "encoder: nothing is left to train; a frozen encoder needs a linear "
                "head (another n_components) or a critic with weights."
            )
            raise ValueError(msg)
        self.optimizer_ = self.make_optimizer(parameters, self.lr)
        return self

    def infer(self, x: Any, **fit_params: Any) -> Any:
        """Return the module's output on rows that lie on the device."""
        return self.module_(x, self.noise)

    def get_loss(
        self, y_pred: Any, y_true: Any, X: Any = None, training: bool = False
    ) -> Tensor:
        """Return the objective of a batch."""
        target, row_weight = y_true
        loss: Tensor = self.criterion_(y_pred, target, row_weight)
        return loss

    # Training

    def train_rows(self, rows: Rows, valid: Rows | None = None) -> LeanNet:
        """Train for ``max_epochs`` more epochs; Ctrl-C is raised, not swallowed."""
        self.take_rows(valid)
        try:
            self.notify("on_train_begin", X=rows, y=None)
            if not self.stop_requested:
                self.fit_loop(rows, epochs=self.max_epochs - self.n_epochs_done)
        except TrainingStopped:
            pass
        finally:
            self.close_callbacks()
        self.notify("on_train_end", X=rows, y=None)
        return self

    def take_rows(self, valid: Rows | None) -> None:
        """Start anew to count epochs, with these rows held out."""
        self.train_split = None if valid is None else predefined_split(valid)
        self.valid_rows = valid
        self.stop_requested = False
        self.n_epochs_done = 0

    def close_callbacks(self) -> None:
        """Let callbacks give up what they hold while training runs."""
        for _, callback in self.callbacks_:
            getattr(callback, "close", lambda: None)()

    def prepare(self, X: Any) -> Tensor:
        """Return raw rows as the module takes them, on its device."""
        array = np.asarray(X, np.float64)
        if self.moments is not None:
            mean, scale = self.moments
            array = (array - mean) / scale
        like = next(self.module_.parameters())
        return torch.tensor(array, dtype=like.dtype, device=like.device)

    def partial_fit(
        self, X: Any, y: Any = None, classes: Any = None, **fit_params: Any
    ) -> LeanNet:
        """Train on Rows for ``max_epochs`` epochs, as skorch's method does."""
        if not self.initialized_:
            self.initialize()
        return self.train_rows(X)

    def notify(self, method_name: str, **cb_kwargs: Any) -> None:
        """Call the callbacks; at the end of an epoch, stop when one asks for it.

        skorch's callbacks stop by raising KeyboardInterrupt there. Ours set
        ``stop_requested``, so an interrupt out of one of them is the user's.
        """
        if method_name != "on_epoch_end":
            super().notify(method_name, **cb_kwargs)
            return
        self.n_epochs_done += 1
        self.on_epoch_end(self, **cb_kwargs)
        for _, callback in self.callbacks_:
            try:
                callback.on_epoch_end(self, **cb_kwargs)
            except KeyboardInterrupt:
                if type(callback).__module__.startswith("skmi."):
                    raise
                self.stop_requested = True
        if self.stop_requested:
            raise TrainingStopped

    def run_single_epoch(
        self,
        iterator: Iterable[Batch] | None,
        training: bool,
        prefix: str,
        step_fn: Callable[..., Any],
        **fit_params: Any,
    ) -> None:
        """Run one epoch of training or validation and record its terms."""
        if iterator is None:
            return
        self.noise = self.streams.noise if training else self.streams.validation_noise()
        if training:
            self._begin_epoch(self.n_epochs_done)
        if self._needs_own_loop():
            log = TermLog()
            step = _LoggedStep(self, step_fn, log)
            super().run_single_epoch(iterator, training, prefix, step, **fit_params)
            if training:
                self._flush_gradients()
        else:
            run = self._train_epoch if training else self._valid_epoch
            log = run(iterator)
        self.noise = self.streams.noise
        self._record(prefix, log)

    def _begin_epoch(self, epoch: int) -> None:
        """Tell the module and the objective that an epoch begins."""
        if hasattr(self.module_, "begin_epoch"):
            self._scale_rates(self.module_.begin_epoch(epoch))
        if hasattr(self.criterion_, "begin_epoch"):
            self.criterion_.begin_epoch(epoch)

    def _scale_rates(self, share: float | None) -> None:
        """Set the learning rates to a share of the full ones; None leaves them."""
        if share is None:
            return
        for group in self.optimizer_.param_groups:
            # Kept in the optimizer's state, where torch's own schedulers keep it.
            group["lr"] = share * group.setdefault("initial_lr", group["lr"])

    def _train_epoch(self, iterator: Iterable[Batch]) -> TermLog:
        """Train on every batch."""
        self._set_training(True)
        log = TermLog()
        module, criterion = self.module_, self.criterion_
        optimizer, noise = self.optimizer_, self.noise
        # What optimizer.zero_grad() does, without its tenth of a small step.
        parameters = [p for group in optimizer.param_groups for p in group["params"]]
        for x, (target, row_weight) in iterator:
            for parameter in parameters:
                parameter.grad = None
            loss = criterion(module(x, noise), target, row_weight)
            loss.backward()
            optimizer.step()
            log.add(criterion.parts, len(x))
        return log

    @torch.no_grad()
    def _valid_epoch(self, iterator: Iterable[Batch]) -> TermLog:
        """Evaluate every batch."""
        self._set_training(False)
        log = TermLog()
        for x, (target, row_weight) in iterator:
            self.criterion_(self.module_(x, self.noise), target, row_weight)
            log.add(self.criterion_.parts, len(x))
        return log

    def evaluate(self, rows: Rows) -> dict[str, float]:
        """Return the mean of each term over rows, as validation finds it."""
        self.noise = self.streams.validation_noise()
        log = self._valid_epoch(BatchIterator(rows, self.batch_size))
        self.noise = self.streams.noise
        return log.means()

    @property
    def valid_batch_size(self) -> int:
        """Rows of the largest batch of validation."""
        rows = self.valid_rows
        return 0 if rows is None else BatchIterator(rows, self.batch_size).largest

    def _record(self, prefix: str, log: TermLog) -> None:
        """Write the means of an epoch to the history; a loss must be finite."""
        means = log.means()
        if not math.isfinite(means.get("loss", 0.0)):
            bad = [name for name, value in means.items() if not math.isfinite(value)]
            phase = "training" if prefix == "train" else "validation"
            msg = (
                f"epoch {len(self.history)}: the {phase} loss is {means['loss']} "
                f"(terms not finite: {', '.join(bad)}). A smaller lr, standardised "
                "inputs or another objective may help. The estimator is as it was "
                "before this fit."
            )
            raise TrainingDivergedError(msg)
        for name, value in means.items():
            self.history.record(f"{prefix}_{name}", value)

    # skorch's own loop, and when it is needed

    def _needs_own_loop(self) -> bool:
        """Tell whether something here only works in skorch's own loop."""
        closure = inspect.signature(self.optimizer_.step).parameters.get("closure")
        return (
            self.accumulate_batches > 1
            or (closure is not None and closure.default is closure.empty)
            or any(
                getattr(type(callback), hook) is not getattr(Callback, hook)
                for _, callback in self.callbacks_
                for hook in _BATCH_HOOKS
            )
            or any(
                getattr(type(self), name) is not getattr(LeanNet, name)
                for name in _STEP_METHODS
            )
        )

    def train_step(self, batch: Batch, **fit_params: Any) -> Any:
        """Take one step, or add up gradients until it is time for one."""
        if self.accumulate_batches == 1:
            self._noise_start = self.noise.generator.get_state()
            step = super().train_step(batch, **fit_params)
            self._noise_start = None
            return step
        step = self.train_step_single(batch, **fit_params)
        self._n_pending += 1
        if self._n_pending == self.accumulate_batches:
            self._flush_gradients()
        return step

    def train_step_single(self, batch: Batch, **fit_params: Any) -> Any:
        """Compute the gradients of a batch.

        An optimizer that asks for them several times a step minimises one function:
        the noise is the same each time.
        """
        if self._noise_start is not None:
            self.noise.generator.set_state(self._noise_start)
        return super().train_step_single(batch, **fit_params)

    def _flush_gradients(self) -> None:
        """Step with the mean of the gradients added up so far."""
        if not self._n_pending:
            return
        for _, parameter in self.get_all_learnable_params():
            if parameter.grad is not None:
                parameter.grad.div_(self._n_pending)
        self.optimizer_.step()
        self.optimizer_.zero_grad()
        self._n_pending = 0

    # State

    def training_state(self) -> dict[str, Any]:
        """Return all that the next epoch depends on."""
        return {
            "module": self.module_.state_dict(),
            "criterion": self.criterion_.state_dict(),
            "optimizer": self.optimizer_.state_dict(),
            "streams": self.streams.state_dict(),
        }

    def load_training_state(self, state: dict[str, Any]) -> None:
        """Go back to a stored state."""
        self.module_.load_state_dict(state["module"])
        self.criterion_.load_state_dict(state["criterion"])
        self.optimizer_.load_state_dict(state["optimizer"])
        self.streams.load_state_dict(state["streams"])


class TermLog:
    """Terms of the batches of an epoch, read off the device once, at its end."""

    def __init__(self) -> None:
        self.parts: list[dict[str, Tensor]] = []
        self.n_rows: list[int] = []

    def add(self, parts: dict[str, Tensor], n_rows: int) -> None:
        """Keep the terms of a batch."""
        self.parts.append(parts)
        self.n_rows.append(n_rows)

    def means(self) -> dict[str, float]:
        """Return the mean of each term over the rows."""
        if not self.parts:
            return {}
        weight = torch.tensor(self.n_rows, dtype=torch.float64)
        names = list(self.parts[0])
        table = torch.stack([part[name] for name in names for part in self.parts])
        table = table.cpu().double().view(len(names), -1)
        values = (table * weight).sum(1) / weight.sum()
        return dict(zip(names, values.tolist(), strict=True))


class _LoggedStep:
    """A step function that also logs the terms of the objective."""

    def __init__(self, net: LeanNet, step_fn: Callable[..., Any], log: TermLog) -> None:
        self.net = net
        self.step_fn = step_fn
        self.log = log

    def __call__(self, batch: Batch, **fit_params: Any) -> Any:
        step = self.step_fn(batch, **fit_params)
        self.log.add(self.net.criterion_.parts, len(batch[0]))
        return step
