"""What a fit leaves to the next one: weights, history, the optimizer's state."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skmi.training._net import LeanNet


def join_history(
    before: dict[str, list[float]], n_before: int, rows: Any
) -> dict[str, list[float]]:
    """Return the history with further epochs; NaN where one lacks a term."""
    history = {name: list(values) for name, values in before.items()}
    terms = [
        {
            name.removeprefix("train_"): value
            for name, value in row.items()
            if name.startswith(("train_", "valid_")) and isinstance(value, float)
        }
        for row in rows
    ]
    for name in dict.fromkeys(name for row in terms for name in row):
        history.setdefault(name, [math.nan] * n_before)
    for name, values in history.items():
        values += [row.get(name, math.nan) for row in terms]
    return history


def load_weights(net: LeanNet, weights: dict[str, np.ndarray]) -> None:
    """Put stored weights into an initialised net."""
    parts: dict[str, dict[str, Tensor]] = {"module": {}, "objective": {}}
    for name, array in weights.items():
        part, _, rest = name.partition(".")
        parts[part][rest] = torch.tensor(array)
    net.module_.load_state_dict(parts["module"])
    net.criterion_.load_state_dict(parts["objective"])


def go_on(net: LeanNet, state: dict[str, Any]) -> None:
    """Go on from a stored state, with the optimizer's options asked for now."""
    try:
        if "weights" in state:
            load_weights(net, state["weights"])
            return
        fresh = net.optimizer_.state_dict()
        # Optimizers of another kind have other options, and other moments.
        options = [
            group["param_groups"][0].keys() for group in (fresh, state["optimizer"])
        ]
        moments = state["optimizer"]["state"] if options[0] == options[1] else {}
        net.load_training_state({**state, "optimizer": {**fresh, "state": moments}})
    except (RuntimeError, ValueError) as error:
        msg = (
            "warm_start and partial_fit need the network of the first fit; the "
            f"parameters now ask for another one ({error})."
        )
        raise ValueError(msg) from error
