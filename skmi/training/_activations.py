"""Activations of a network while it is trained, for whoever inspects it afterwards."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from skorch.callbacks import Callback
from torch import Tensor, nn

from skmi._validation import check_integer


class ActivationRecorder(Callback):
    """Record what layers return for given rows, before training and after epochs.

    The network is applied at evaluation, without noise, so that training goes as if
    nobody watched. A layer that returns a tuple of tensors, as
    :class:`~skmi.nn.GaussianLayer` does, is recorded by the first: its means.

    Parameters
    ----------
    X : array-like of shape (n, d)
        Rows as ``fit`` takes them, not standardised.
    layers : sequence of str or None, default=None
        Names of submodules, as ``encoder.net_.module_.named_modules()`` gives them;
        None takes all that have no submodules.
    every : int, default=1
        Epochs between two records; the last epoch is always recorded.
    max_rows : int or None, default=1000
        At most so many rows are recorded, evenly spaced in X; None takes all.

    Attributes
    ----------
    activations_ : dict of str to ndarray of shape (n_records, n_rows, ...)
        What each layer returned, as float32.
    epochs_ : ndarray of int, shape (n_records,)
        Epochs done at each record, the first being 0.
    rows_ : ndarray of int, shape (n_rows,)
        Positions in X of the rows recorded.

    See Also
    --------
    EarlyStopping : Goes back to the best epoch; the records stay as they were.
    GradientRecorder : What moves the weights.

    Notes
    -----
    A record takes one pass over the rows, and n_rows times the widths of the layers in
    memory. A layer that is used again in the same pass, as a shared encoder is, has
    further entries with "#2", "#3" after its name. Estimators train copies of their
    callbacks: read the copy from ``net_.callbacks_``, before pickling the estimator,
    which leaves callbacks behind.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmi.bottleneck import IBClassifier
    >>> from skmi.training import ActivationRecorder
    >>> X, y = load_iris(return_X_y=True)
    >>> recorder = ActivationRecorder(X, ["backbone.layers.1", "code"], every=2)
    >>> clf = IBClassifier(max_epochs=5, random_state=0, callbacks=[recorder])
    >>> record = dict(clf.fit(X, y).net_.callbacks_)["ActivationRecorder"]
    >>> record.epochs_
    array([0, 2, 4, 5])
    >>> record.activations_["code"].shape
    (4, 150, 16)
    """

    def __init__(
        self,
        X: ArrayLike,
        layers: Sequence[str] | None = None,
        every: int = 1,
        max_rows: int | None = 1000,
    ) -> None:
        self.X = X
        self.layers = layers
        self.every = every
        self.max_rows = max_rows

    def on_train_begin(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """Forget earlier training and record the network as it is."""
        check_integer("every", self.every, 1)
        if self.max_rows is not None:
            check_integer("max_rows", self.max_rows, 1)
        array = _checked(self.X, X.x.shape[1])
        n = len(array) if self.max_rows is None else min(self.max_rows, len(array))
        self.rows_ = np.linspace(0, len(array) - 1, n).round().astype(np.intp)
        self._prepared = net.prepare(array[self.rows_])
        self._records: dict[str, list[np.ndarray]] = {}
        self._epochs: list[int] = []
        self._names = _layer_names(net.module_, self.layers)
        self._record(net, 0)

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Record, when it is time to."""
        done = net.n_epochs_done
        if done % self.every == 0 or net.stop_requested or done >= net.max_epochs:
            self._record(net, done)

    def close(self) -> None:
        """Give up the rows on the device."""
        self._prepared = None

    @property
    def activations_(self) -> dict[str, np.ndarray]:
        """What each layer returned at each record."""
        return {name: np.stack(parts) for name, parts in self._records.items()}

    @property
    def epochs_(self) -> np.ndarray:
        """Epochs done at each record."""
        return np.array(self._epochs)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        tensors = {k: torch.from_numpy(v) for k, v in self.activations_.items()}
        return {"epochs": self._epochs, "activations": tensors}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the records of a stored run."""
        self._epochs = list(state["epochs"])
        self._records = {k: list(v.numpy()) for k, v in state["activations"].items()}

    def _record(self, net: Any, n_epochs: int) -> None:
        """Apply the module to the rows and keep what its layers return."""
        with torch.no_grad(), _hooked(net.module_, self._names) as found:
            _apply(net.module_, self._prepared)
        missing = [name for name in self._names if name not in found]
        if self.layers is not None and missing:
            msg = (
                f"layers: {missing} take no part in encoding rows; accepted: "
                f"{sorted(found)}."
            )
            raise ValueError(msg)
        self._epochs.append(n_epochs)
        for name, activation in found.items():
            self._records.setdefault(name, []).append(activation)


@contextmanager
def _hooked(module: nn.Module, names: list[str]) -> Iterator[dict[str, np.ndarray]]:
    """Put the module at evaluation and collect what some of its layers return."""
    found: dict[str, np.ndarray] = {}

    def keep(name: str, output: Any) -> None:
        """Keep an output, of another call of the same layer under another name."""
        while not isinstance(output, Tensor) and isinstance(output, (tuple, list)):
            output = output[0]
        if isinstance(output, Tensor):
            calls = sum(key == name or key.startswith(f"{name}#") for key in found)
            key = f"{name}#{calls + 1}" if calls else name
            found[key] = output.detach().float().cpu().numpy().copy()

    handles = [
        module.get_submodule(name).register_forward_hook(
            lambda _module, _inputs, output, name=name: keep(name, output)
        )
        for name in names
    ]
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield found
    finally:
        for handle in handles:
            handle.remove()
        for part, training in modes:
            part.training = training


def _apply(module: nn.Module, x: Tensor) -> None:
    """Pass rows through a module without noise, by the way that needs none."""
    noise = inspect.signature(module.forward).parameters.get("noise")
    if noise is not None and noise.default is noise.empty:
        module.encode(x)  # type: ignore[operator]
    else:
        module(x)


def _layer_names(module: nn.Module, layers: Sequence[str] | None) -> list[str]:
    """Return the layers to watch, all that have no submodules where none are named."""
    known = {name: part for name, part in module.named_modules() if name}
    if layers is None:
        return [name for name, part in known.items() if not list(part.children())]
    unknown = (
        [layers]
        if isinstance(layers, str)
        else [name for name in layers if name not in known]
    )
    if unknown:
        msg = f"layers must be a list of names among {sorted(known)}, found {layers!r}."
        raise ValueError(msg)
    return list(layers)


def _checked(X: Any, n_columns: int) -> np.ndarray:
    """Return rows as an array; they must be like those of ``fit``."""
    array = np.asarray(X)
    if array.ndim != 2 or array.shape[1] != n_columns or not len(array):
        msg = (
            f"X of ActivationRecorder must hold rows of the {n_columns} columns of "
            f"fit, found shape {array.shape}."
        )
        raise ValueError(msg)
    return array
