"""How much the gradients of an epoch agree, layer by layer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from skorch.callbacks import Callback
from torch import Tensor, nn


class GradientRecorder(Callback):
    r"""Record mean and spread of the gradients of layers, over the batches of epochs.

    Where the mean of the gradients of an epoch is large beside their spread, its steps
    go one way: drift. Where it is small, they are mostly noise: diffusion [1]_.

    Parameters
    ----------
    layers : sequence of str or None, default=None
        Names of submodules, as ``net_.module_.named_modules()`` gives them; all
        parameters below one belong to it. None takes each submodule that has
        parameters of its own.

    Attributes
    ----------
    mean_norms_, std_norms_ : dict of str to ndarray of shape (n_epochs,)
        Norm of the mean gradient of each layer, and of the standard deviations of its
        entries, which is NaN for an epoch of one batch.
    signal_to_noise_ : dict of str to ndarray of shape (n_epochs,)
        The first divided by the second.
    epochs_ : ndarray of int, shape (n_epochs,)
        Epochs done at each record, the first being 1.

    See Also
    --------
    ActivationRecorder : What layers return.

    Notes
    -----
    With :math:`g_b` the gradient of the parameters of a layer in batch b of B, the two
    are :math:`\|\bar g\|` and
    :math:`(\frac1{B - 1} \sum_b \|g_b - \bar g\|^2)^{1/2}`. They include what changes
    with the weights during the epoch. Even of pure noise the ratio is
    :math:`1 / \sqrt{B}` about, and not 0.

    Gradients are those of the loss, before the optimizer does anything with them, and
    of the module alone, without a critic. It looks at each batch, which makes the net
    leave its quick loop: training takes up to twice the time, and ends in the same
    weights. Memory is that of two more sets of weights. Layers without a gradient in
    an epoch have 0 and NaN.

    References
    ----------
    .. [1] R. Shwartz-Ziv, N. Tishby (2017), "Opening the black box of deep neural
       networks via information".

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from skmi.bottleneck import IBClassifier
    >>> from skmi.training import GradientRecorder
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = IBClassifier(
    ...     max_epochs=3, random_state=0, callbacks=[GradientRecorder(["code"])]
    ... )
    >>> record = dict(clf.fit(X, y).net_.callbacks_)["GradientRecorder"]
    >>> record.signal_to_noise_["code"].shape
    (3,)
    """

    def __init__(self, layers: Sequence[str] | None = None) -> None:
        self.layers = layers

    def on_train_begin(
        self, net: Any, X: Any = None, y: Any = None, **kwargs: Any
    ) -> None:
        """Forget earlier training and find the parameters of each layer."""
        if net.accumulate_batches > 1:
            msg = (
                "GradientRecorder needs a step for each batch, found "
                f"accumulate_batches={net.accumulate_batches}; accepted: 1."
            )
            raise ValueError(msg)
        self._parameters = _parameters_of(net.module_, self.layers)
        self._epochs: list[int] = []
        self._records: dict[str, list[tuple[float, float]]] = {
            name: [] for name in self._parameters
        }
        self._start()

    def on_grad_computed(
        self,
        net: Any,
        named_parameters: Any,
        X: Any = None,
        y: Any = None,
        training: Any = None,
        **kwargs: Any,
    ) -> None:
        """Add the gradients of a batch to the sums."""
        self._n_batches += 1
        for name, parameters in self._parameters.items():
            for i, parameter in enumerate(parameters):
                if parameter.grad is None:
                    continue
                gradient = _precise(parameter.grad.detach())
                shift, total, square = self._sums.get((name, i), (gradient, 0.0, 0.0))
                # Less the first gradient: sums of squares keep their digits.
                apart = gradient - shift
                self._sums[name, i] = (
                    shift,
                    total + apart,
                    square + apart.square().sum(),
                )

    def on_epoch_end(
        self, net: Any, dataset_train: Any = None, dataset_valid: Any = None, **_: Any
    ) -> None:
        """Turn the sums into a record."""
        for name, parameters in self._parameters.items():
            found = [
                _mean_and_spread(*self._sums[name, i], self._n_batches)
                for i in range(len(parameters))
                if (name, i) in self._sums
            ]
            norms = torch.stack(found).sum(dim=0) if found else torch.zeros(2)
            mean, spread = norms.sqrt().tolist()
            n_others = self._n_batches - 1
            std = spread / n_others**0.5 if found and n_others > 0 else np.nan
            self._records[name].append((mean, std))
        self._epochs.append(net.n_epochs_done)
        self._start()

    def close(self) -> None:
        """Give up the parameters and the sums on the device."""
        self._parameters = {}
        self._start()

    @property
    def mean_norms_(self) -> dict[str, np.ndarray]:
        """Norm of the mean gradient of each layer and epoch."""
        return {name: self._column(name, 0) for name in self._records}

    @property
    def std_norms_(self) -> dict[str, np.ndarray]:
        """Norm of the standard deviations of gradients of each layer and epoch."""
        return {name: self._column(name, 1) for name in self._records}

    @property
    def signal_to_noise_(self) -> dict[str, np.ndarray]:
        """Norm of the mean gradient over that of the standard deviations."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                name: self._column(name, 0) / self._column(name, 1)
                for name in self._records
            }

    @property
    def epochs_(self) -> np.ndarray:
        """Epochs done at each record."""
        return np.array(self._epochs)

    def state_dict(self) -> dict[str, Any]:
        """Return what a resumed run needs."""
        tensors = {
            name: torch.tensor(values, dtype=torch.float64).reshape(-1, 2)
            for name, values in self._records.items()
        }
        return {"epochs": self._epochs, "records": tensors}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up the records of a stored run."""
        self._epochs = list(state["epochs"])
        self._records = {
            name: [(mean, std) for mean, std in values.tolist()]
            for name, values in state["records"].items()
        }

    def _start(self) -> None:
        """Start the sums of an epoch."""
        self._sums: dict[tuple[str, int], tuple[Tensor, Any, Any]] = {}
        self._n_batches = 0

    def _column(self, name: str, which: int) -> np.ndarray:
        """Return one of the two numbers of a layer, epoch by epoch."""
        return np.array([record[which] for record in self._records[name]])


def _precise(gradient: Tensor) -> Tensor:
    """Return a copy in double precision, where the device has that."""
    kind = gradient.dtype if gradient.device.type == "mps" else torch.float64
    return gradient.to(kind, copy=True)


def _mean_and_spread(
    shift: Tensor, total: Tensor, square: Tensor, n_batches: int
) -> Tensor:
    """Return the squared norm of the mean, and the sum of squares about the mean."""
    mean = total / n_batches
    spread = (square - n_batches * mean.square().sum()).clamp(min=0)
    return torch.stack([(shift + mean).square().sum(), spread])


def _parameters_of(
    module: nn.Module, layers: Sequence[str] | None
) -> dict[str, list[nn.Parameter]]:
    """Return the parameters of layers, by the names of these."""
    known = {
        name: list(part.parameters())
        for name, part in module.named_modules()
        if name and any(True for _ in part.parameters())
    }
    if layers is None:
        own = {name: list(p.parameters(False)) for name, p in module.named_modules()}
        return {name: parameters for name, parameters in own.items() if parameters}
    unknown = (
        [layers]
        if isinstance(layers, str)
        else [name for name in layers if name not in known]
    )
    if unknown:
        msg = (
            "layers must be a list of names of submodules with parameters, "
            f"{sorted(known)}, found {layers!r}."
        )
        raise ValueError(msg)
    return {name: known[name] for name in layers}
