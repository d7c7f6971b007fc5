"""Optimizers by name or spec."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from sklearn.base import BaseEstimator
from torch import nn

from skmi._validation import (
    accepts_argument,
    check_integer,
    check_name,
    check_range,
)

OPTIMIZERS: dict[str, type[torch.optim.Optimizer]] = {
    "adam": torch.optim.Adam,
    "adamw": torch.optim.AdamW,
    "sgd": torch.optim.SGD,
    "lbfgs": torch.optim.LBFGS,
}


class Optimizer(BaseEstimator):
    """Optimizer with the options that a name alone cannot give.

    Parameters
    ----------
    kind : str or callable, default="adam"
        "adam", "adamw", "sgd", "lbfgs", or ``kind(parameters, lr=...)`` that returns
        a torch optimizer.
    weight_decay : float, default=0.0
        Strength of weight decay; as torch's optimizer of that name means it.
    momentum : float, default=0.0
        Of "sgd".
    accumulate_batches : int, default=1
        Average the gradients of so many batches before each step.

    See Also
    --------
    skmi.infomax.InfomaxEncoder : Takes one as ``optimizer``.

    Notes
    -----
    Adam, AdamW and SGD run fused where torch has it. "lbfgs" searches along its
    directions (strong Wolfe conditions), with the same noise at every evaluation of a
    step; take large batches. It, and more than one accumulated batch, train in
    skorch's own loop, which is slower a step.

    Examples
    --------
    >>> from skmi.bottleneck import IBClassifier
    >>> from skmi.training import Optimizer
    >>> clf = IBClassifier(optimizer=Optimizer("adamw", weight_decay=1e-2))
    >>> clf.get_params()["optimizer__weight_decay"]
    0.01
    """

    def __init__(
        self,
        kind: str | Callable[..., torch.optim.Optimizer] = "adam",
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        accumulate_batches: int = 1,
    ) -> None:
        self.kind = kind
        self.weight_decay = weight_decay
        self.momentum = momentum
        self.accumulate_batches = accumulate_batches

    def build(self, parameters: list[nn.Parameter], lr: float) -> torch.optim.Optimizer:
        """Return a new optimizer of these parameters.

        Parameters
        ----------
        parameters : list of torch.nn.Parameter
            What to optimise.
        lr : float
            Learning rate.

        Returns
        -------
        torch.optim.Optimizer
        """
        check_range("weight_decay", self.weight_decay, 0.0, float("inf"))
        check_range("momentum", self.momentum, 0.0, 1.0)
        check_integer("accumulate_batches", self.accumulate_batches, 1)
        if self.kind == "lbfgs" and self.accumulate_batches > 1:
            msg = (
                "accumulate_batches must be 1 with 'lbfgs', which evaluates each batch "
                f"many times; found {self.accumulate_batches}."
            )
            raise ValueError(msg)
        if callable(self.kind):
            made = self.kind(parameters, lr=lr)
            if not isinstance(made, torch.optim.Optimizer):
                msg = (
                    "optimizer: the function must return a torch optimizer, found "
                    f"{type(made).__name__}."
                )
                raise TypeError(msg)
            return made
        check_name("kind", self.kind, OPTIMIZERS)
        cls = OPTIMIZERS[self.kind]
        options: dict[str, Any] = {"lr": lr}
        for name in ("weight_decay", "momentum"):
            if accepts_argument(cls, name):
                options[name] = getattr(self, name)
            elif getattr(self, name):
                msg = f"optimizer: {self.kind!r} takes no {name}."
                raise ValueError(msg)
        if self.kind == "lbfgs":
            # Batches and noise change between steps: a step that is not checked
            # follows curvature that is no longer there.
            options["line_search_fn"] = "strong_wolfe"
        elif _fusable(parameters):
            options["fused"] = True
        return cls(parameters, **options)


def _fusable(parameters: list[nn.Parameter]) -> bool:
    """Tell whether torch has a fused step for these parameters."""
    return all(p.device.type in ("cpu", "cuda") for p in parameters)


def as_optimizer(value: Any) -> Optimizer:
    """Return a spec for a spec, a name or a function that makes an optimizer."""
    if isinstance(value, Optimizer):
        return value
    if isinstance(value, str):
        check_name("optimizer", value, OPTIMIZERS)
    elif not callable(value):
        msg = (
            f"optimizer must be one of {sorted(OPTIMIZERS)}, an Optimizer(...) spec or "
            f"a function (parameters, lr) -> torch optimizer; found {value!r}."
        )
        raise TypeError(msg)
    return Optimizer(value)
