"""The base of torch estimators: build inside fit, train, apply, persist."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import torch
from sklearn.base import BaseEstimator, clone
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted
from torch import Tensor, nn

import skmi
from skmi.exceptions import TrainingDivergedError
from skmi.nn.encoders import Standardize, UserModule
from skmi.training._augmentation import as_augment
from skmi.training._batches import BatchIterator, Rows, resolve_device
from skmi.training._bridge import CallbackSupport
from skmi.training._callbacks import (
    Checkpoint,
    EarlyStopping,
    Progress,
    bare,
    check_callbacks,
    is_known,
)
from skmi.training._fingerprint import digest_of, fingerprint
from skmi.training._net import LeanNet
from skmi.training._optimizers import as_optimizer
from skmi.training._params import CONSTRAINTS
from skmi.training._random import Streams
from skmi.training._specs import MLP, TorchModule, as_critic, as_spec
from skmi.training._state import go_on, join_history, load_weights
from skmi.training._tree import flatten_tree, to_numpy, to_tensors, unflatten_tree

# Rows applied at once, and numbers within a block: bounds on memory, large enough that
# blocks cost nothing.
_BLOCK = 16384
_BLOCK_NUMBERS = 2**23
# Parameters that do not name the file of a checkpoint: the state of the generators,
# which is part of its name, tells seeds and kinds of devices apart.
_NOT_IN_RESULT = ("callbacks", "verbose", "device", "warm_start", "random_state")


class BaseTorchEstimator(CallbackSupport, BaseEstimator, ABC):
    """Base of the estimators that train a torch module through skorch.

    A subclass says what to train (:meth:`_build`), checks its data in ``fit`` inside
    :func:`skmi._validation.atomic_fit`, calls :meth:`_train`, and predicts through
    :meth:`_apply`. Its constructor has the parameters of ``_params.DEFAULTS``.

    Attributes
    ----------
    weights_ : dict of str to ndarray
        Weights of the module and of the objective, by name.
    history_ : dict of str to list of float
        Mean of each term of the objective over the rows of each epoch, in nats where
        the term is an information: ``loss`` and others; ``valid_<term>`` with early
        stopping.
    n_iter_ : int
        Epochs trained.

    See Also
    --------
    MLP : What encodes, as scikit-learn parameters.

    Examples
    --------
    >>> from skmi.bottleneck import IBClassifier
    >>> from skmi.training import BaseTorchEstimator
    >>> issubclass(IBClassifier, BaseTorchEstimator)
    True
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS
    # What _build reads of the estimator besides its parameters.
    _known_to_build: ClassVar[tuple[str, ...]] = ("_shape", "_target_entropy")

    # What a subclass gives

    @abstractmethod
    def _build(
        self, shape: dict[str, Any], generator: torch.Generator
    ) -> tuple[nn.Module, nn.Module]:
        """Return a new module and its objective for data of this shape."""

    @abstractmethod
    def _export(self, module: nn.Module) -> nn.Module:
        """Return the part of the module that encodes standardised rows."""

    def _encoder_spec(self) -> Any:
        """Return the spec of the encoder that the parameters mean."""
        if self.encoder is None:
            return MLP(self.hidden_layer_sizes, self.activation)
        return as_spec(self.encoder, "encoder")

    def _new_critic(
        self, n_x: int, n_y: int, generator: torch.Generator, **defaults: Any
    ) -> nn.Module:
        """Return the critic that the parameter ``critic`` means."""
        return as_critic(self.critic)(n_x, n_y, generator, **defaults)

    def _new_augment(self, n_in: int) -> Callable[..., Tensor]:
        """Return ``augment(x, noise)`` that the parameter ``augment`` means."""
        return as_augment(self.augment, n_in)

    # Training

    def _train(self, X: np.ndarray, *data: Tensor | None, **options: Any) -> None:
        """Train a new net, or go on with the fitted one, and keep what it learnt.

        An :class:`Ensemble` trains several nets between the two outer steps.
        """
        # Whatever torch's modes are around the call.
        with torch.inference_mode(False), torch.enable_grad():
            net, rows, valid = self._prepare(X, *data, **options)
            net.train_rows(rows, valid)
            self._keep(net)

    def _prepare(
        self,
        X: np.ndarray,
        target: Tensor | None = None,
        row_weight: Tensor | None = None,
        *,
        shape: dict[str, Any],
        target_entropy: float = 0.0,
        resume: bool = False,
        epochs: int | None = None,
        stratify: np.ndarray | None = None,
    ) -> tuple[LeanNet, Rows, Rows | None]:
        """Return an initialised net, its training rows and those held out."""
        device = resolve_device(self.device)
        state = self._stored_state() if resume and self._goes_on(shape) else None
        if state is None:
            seed = check_random_state(self.random_state).randint(2**31 - 1)
            self._seed = int(seed)
            self._shape = shape
            self.input_mean_, self.input_scale_ = _moments(X, self.standardize)
            self.n_iter_ = 0
            self.history_: dict[str, list[float]] = {}
        self._target_entropy = target_entropy
        x = torch.from_numpy(self._standardized(X, np.float32))
        if not torch.isfinite(x).all():
            msg = "X holds values too large for float32; scale its columns."
            raise ValueError(msg)
        rows = Rows(x, target, row_weight)
        net = self._make_net(Streams(self._seed, device, self.n_iter_), epochs)
        rows, valid = self._split(rows, net, stratify, epochs)
        self._note_held_out(valid, fresh=state is None)
        net.initialize()
        if state is not None:
            go_on(net, state)
        if self.input_mean_ is not None:
            net.moments = self.input_mean_, self.input_scale_
        return net, _to(rows, device), valid and _to(valid, device)

    def _note_held_out(self, valid: Rows | None, fresh: bool) -> None:
        """Note which rows no training has seen; None where there are no such rows."""
        held_out = None if valid is None else digest_of(valid.tensors())
        known = fresh or self._held_out == held_out
        self._held_out: str | None = held_out if known else None

    def _goes_on(self, shape: dict[str, Any]) -> bool:
        """Tell whether the fitted net can be trained further; shapes must agree."""
        if not self.__sklearn_is_fitted__():
            return False
        if shape != self._shape:
            msg = (
                f"warm_start and partial_fit go on with data of the shape of the first "
                f"fit, {self._shape}; found {shape}."
            )
            raise ValueError(msg)
        return True

    def _make_net(self, streams: Streams, epochs: int | None = None) -> LeanNet:
        """Return a new net over a new module."""
        module, objective = self._build(self._shape, streams.weights)
        # Whatever torch's default type is.
        module, objective = module.float(), objective.float()
        optimizer = as_optimizer(self.optimizer)
        callbacks = self._callbacks(partial=epochs is not None)
        net = LeanNet(
            module,
            objective,
            streams,
            optimizer.build,
            optimizer.accumulate_batches,
            # Rows left out of one epoch have their turn in others, if there are any.
            drop_last=bool(objective.compares_rows) and epochs is None,
            lr=self.lr,
            max_epochs=self.max_epochs if epochs is None else epochs,
            batch_size=self.batch_size,
            callbacks=callbacks,
            device=streams.noise.generator.device,
            verbose=0,
        )
        net.title = type(self).__name__
        if any(isinstance(bare(callback), Checkpoint) for callback in callbacks):
            net.description = self._description()
        return net

    def _callbacks(self, partial: bool) -> list[Any]:
        """Return fresh callbacks: ours, the user's, those that save and show last."""
        check_callbacks(self.callbacks or [])
        user = [copy.deepcopy(callback) for callback in self.callbacks or []]
        own: list[Any] = []
        if self.early_stopping and not partial:
            own.append(("early_stopping", EarlyStopping(patience=self.patience)))
        savers = [cb for cb in user if isinstance(bare(cb), Checkpoint)]
        others = [cb for cb in user if not isinstance(bare(cb), Checkpoint)]
        shown = [("progress", Progress())] if self.verbose else []
        return [*own, *others, *self._task_callbacks(), *savers, *shown]

    def _description(self) -> str:
        """Return the parameters that decide the result, as text."""
        params = [
            (name, fingerprint(name, value))
            for name, value in sorted(self.get_params(deep=False).items())
            if name not in _NOT_IN_RESULT
        ]
        # Those of skorch and skmi can change the result; a user's own may only watch.
        callbacks = [
            (type(callback).__name__, fingerprint("callbacks", callback.get_params()))
            for callback in map(bare, self.callbacks or [])
            if is_known(callback) and not isinstance(callback, Checkpoint)
        ]
        versions = skmi.__version__, torch.__version__
        return f"{type(self).__name__} {params} {callbacks} {self._shape} {versions}"

    def _split(
        self,
        rows: Rows,
        net: LeanNet,
        stratify: np.ndarray | None,
        epochs: int | None,
    ) -> tuple[Rows, Rows | None]:
        """Hold out rows for early stopping; ``partial_fit`` holds out none."""
        if not self.early_stopping or epochs is not None:
            return rows, None
        if stratify is not None:
            counts = np.unique(stratify, return_counts=True)[1]
            n_valid = math.ceil(self.validation_fraction * len(rows))
            room = min(n_valid, len(rows) - n_valid)
            if counts.min() < 2 or room < len(counts):
                stratify = None
        try:
            train, valid = train_test_split(
                np.arange(len(rows)),
                test_size=self.validation_fraction,
                random_state=net.streams.numpy(),
                stratify=stratify,
            )
        except ValueError as error:
            train = valid = np.arange(0)
            reason = str(error)
        else:
            reason = f"{len(train)} rows to train and {len(valid)} to validate"
        if min(len(train), len(valid)) < 2:
            msg = (
                f"early_stopping with validation_fraction={self.validation_fraction} "
                f"cannot split {len(rows)} rows ({reason}); it takes two on each side."
            )
            raise ValueError(msg)
        return tuple(  # type: ignore[return-value]
            Rows(x, *rest)
            for x, rest in (rows[torch.from_numpy(part)] for part in (train, valid))
        )

    def _keep(self, net: LeanNet) -> None:
        """Replace the fitted state by that of a trained net, if it is finite."""
        for name, parameter in net.module_.named_parameters():
            if not torch.isfinite(parameter).all():
                msg = (
                    f"epoch {net.n_epochs_done}: the weights {name} are not finite "
                    "after the last step. A smaller lr may help. The estimator is as "
                    "it was before this fit."
                )
                raise TrainingDivergedError(msg)
        self.history_ = join_history(self.history_, self.n_iter_, net.history)
        self.n_iter_ = self.n_iter_ + net.n_epochs_done
        self.weights_ = to_numpy(
            {
                f"{part}.{name}": tensor
                for part, module in (
                    ("module", net.module_),
                    ("objective", net.criterion_),
                )
                for name, tensor in module.state_dict().items()
            }
        )
        params = self.get_params(deep=False)
        params["callbacks"] = None
        self._built_from = type(self)(
            **{name: clone(value, safe=False) for name, value in params.items()}
        )
        if isinstance(self.encoder, TorchModule):
            # What it was loaded from is in weights_, whatever becomes of the file.
            self._built_from.encoder.set_params(weights=None)
        self._live: dict[str, Any] = {"net": net}

    # The fitted net

    def __sklearn_is_fitted__(self) -> bool:
        return "weights_" in vars(self)

    @property
    def net_(self) -> LeanNet:
        """The skorch net: trained, or rebuilt from ``weights_`` after unpickling."""
        check_is_fitted(self)
        if "net" not in self._live:
            self._live["net"] = self._rebuilt_net()
        net: LeanNet = self._live["net"]
        return net

    @property
    def encoder_(self) -> nn.Module:
        """The encoder as a torch module on the CPU, from raw rows to codes."""
        check_is_fitted(self)
        if "encoder" not in self._live:
            encoder = copy.deepcopy(self._export(self.net_.module_)).cpu().eval()
            if self.input_mean_ is not None:
                moments = map(torch.tensor, (self.input_mean_, self.input_scale_))
                encoder = nn.Sequential(Standardize(*moments), encoder).eval()
            self._live["encoder"] = encoder
        exported: nn.Module = self._live["encoder"]
        return exported

    def _rebuilt_net(self) -> LeanNet:
        """Return an initialised net with the fitted weights, where they can lie."""
        try:
            device = resolve_device(self._built_from.device)
        except RuntimeError:
            device = torch.device("cpu")
        source = copy.copy(self._built_from)
        for name in self._known_to_build:
            setattr(source, name, getattr(self, name))
        net = source._make_net(Streams(self._seed, device, self.n_iter_))
        net.initialize()
        load_weights(net, self.weights_)
        return net

    def _stored_state(self) -> dict[str, Any] | None:
        """Return the training state of the fitted net, or all that is left of it."""
        if not self.__sklearn_is_fitted__():
            return None
        # Of a pickle first: a net that was rebuilt to predict has not been trained.
        if "resume" in self._live:
            skeleton, arrays = self._live["resume"]
            return unflatten_tree(skeleton, to_tensors(arrays))
        if "net" in self._live:
            return copy.deepcopy(self._live["net"].training_state())
        return {"weights": self.weights_}

    def __getstate__(self) -> dict[str, Any]:
        """Return the state without torch: weights as numpy arrays."""
        state = dict(super().__getstate__())
        live = state.pop("_live", None)
        if live and "resume" in live:
            state["_resume"] = live["resume"]
        elif live and "net" in live and self._resumable():
            skeleton, tensors = flatten_tree(live["net"].training_state())
            state["_resume"] = (skeleton, to_numpy(tensors))
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take a state; the net is rebuilt when it is asked for."""
        state = dict(state)
        resume = state.pop("_resume", None)
        if "weights_" in state:
            state["_live"] = {} if resume is None else {"resume": resume}
        super().__setstate__(state)

    def _resumable(self) -> bool:
        """Tell whether the optimizer's state is worth keeping in a pickle."""
        return bool(self.warm_start) or getattr(self, "_incremental", False)

    # Applying

    def _mean_terms(
        self, X: np.ndarray, target: Tensor | None = None
    ) -> dict[str, float]:
        """Return the objective's terms on rows, over batches of the training size.

        The order of the rows and the noise are the same at each call.
        """
        module, device, _ = self._module(np.float32)
        streams = Streams(self._seed, device)
        x = torch.from_numpy(self._standardized(X, np.float32))
        rows = _to(Rows(x, target), device)
        objective = self.net_.criterion_.eval()
        noise = streams.validation_noise()
        totals: dict[str, float] = {}
        size, drop_last = self._built_from.batch_size, objective.compares_rows
        batches = BatchIterator(rows, size, streams.order, drop_last)
        with torch.no_grad():
            for x, (target, _) in batches:
                for name, value in objective.terms(module(x, noise), target).items():
                    totals[name] = totals.get(name, 0.0) + value.item()
        return {name: total / len(batches) for name, total in totals.items()}

    def _apply(
        self,
        X: np.ndarray,
        function: Callable[..., Any],
        *others: Tensor,
        row_size: int = 1,
    ) -> tuple[np.ndarray, ...]:
        """Run ``function(module, x, *others)`` over blocks of rows, in X's dtype.

        ``row_size`` is how many numbers a row takes inside, so that blocks of wide rows
        are short.
        """
        module, device, dtype = self._module(X.dtype)
        size = max(64, min(_BLOCK, _BLOCK_NUMBERS // row_size))
        parts = []
        with torch.no_grad():
            for start in range(0, len(X), size):
                rows = slice(start, start + size)
                # A copy in torch's own memory: sums depend on its alignment.
                x = torch.tensor(self._standardized(X[rows], dtype))
                blocks = [x, *(tensor[rows] for tensor in others)]
                parts.append(function(module, *(block.to(device) for block in blocks)))
        results = [torch.cat(tensors).cpu() for tensors in zip(*parts, strict=True)]
        if any(tensor.isnan().any() for tensor in results):
            msg = (
                "X holds values so large that what the network makes of them is not a "
                "number; scale its columns, or leave such rows out."
            )
            raise ValueError(msg)
        return tuple(tensor.numpy().astype(X.dtype, copy=False) for tensor in results)

    def _module(self, dtype: Any) -> tuple[nn.Module, torch.device, Any]:
        """Return the module at evaluation in a float type, where it lies, the type.

        The type is the one asked for, unless a module of the user's knows single
        precision alone.
        """
        net = self.net_
        device = torch.device(net.device)
        parts = net.module_.modules()
        single = any(isinstance(p, UserModule) and p.single_precision for p in parts)
        wide = np.dtype(dtype) == np.float64 and not single
        if wide and device.type == "mps":
            device = torch.device("cpu")
        key = "float64" if wide else "float32"
        if key not in self._live:
            module = copy.deepcopy(net.module_).to(device).eval()
            self._live[key] = module.double() if wide else module.float()
        return self._live[key], device, np.dtype(key)

    def _standardized(self, X: np.ndarray, dtype: Any) -> np.ndarray:
        """Return a writable C-ordered copy of X in the units of training."""
        if self.input_mean_ is None:
            with np.errstate(over="ignore"):
                return np.array(X, dtype=dtype, order="C")
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (np.asarray(X, np.float64) - self.input_mean_) / self.input_scale_
            return np.ascontiguousarray(scaled, dtype=dtype)


def _moments(
    X: np.ndarray, standardize: bool | str
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return the mean and the scale of the columns, or of all entries at once."""
    if standardize is False:
        return None, None
    columns = X.reshape(-1, 1) if standardize == "global" else X
    # Sums depend on the order in memory, which frames and arrays have differently.
    scaler = StandardScaler().fit(np.asarray(columns, np.float64, order="C"))
    ones = np.ones(X.shape[1])
    return scaler.mean_ * ones, scaler.scale_ * ones


def _to(rows: Rows, device: torch.device) -> Rows:
    """Return the rows on a device."""
    weight = None if rows.row_weight is None else rows.row_weight.to(device)
    target = None if rows.target is None else rows.target.to(device)
    return Rows(rows.x.to(device), target, weight)
