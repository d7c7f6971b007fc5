"""Bottlenecks against the usual remedies: accuracy, calibration, small attacks.

Labels with noise and tables of real data, at most 5,000 rows, 60 % to train, 20 % to
choose, 20 % to test; all networks have two hidden layers of 64 units and a code of 16,
and take about 1,000 steps of Adam. Each compression is trained at eight betas as one
stack, and the beta is taken that does best on the rows to choose by (log-loss, or RMSE
in a regression). The control is the same network without noise, with dropout, early
stopping, and the best of eight weight decays. Beside them: the plain network, the one
with early stopping alone, and the random code at beta = 0.

The figures are those of the rows to test, whatever they are: log-loss and calibration
with the noise of the labels in, accuracy against the true labels, and what the fast
gradient sign method leaves of it when each standardised column moves by eps.
"""

from __future__ import annotations

import argparse
import time
import warnings
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from _bottleneck import (
    TASKS,
    Data,
    DataUnavailableError,
    figures,
    score,
    split,
    train_together,
)
from _records import Records
from sklearn.base import clone

from skmi.bottleneck import IBClassifier, IBRegressor
from skmi.exceptions import EstimationWarning
from skmi.nn.compressions import COMPRESSIONS
from skmi.training import MLP, Optimizer

N_STEPS = 1000
HIDDEN = (64, 64)
BETAS = (1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.7)
# Dependence by kernels is on scales of its own.
KERNELS = ("hsic", "renyi", "cauchy_schwarz")
KERNEL_BETAS = (0.1, 0.3, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
DECAYS = (1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0)


class Method(NamedTuple):
    """Estimators among which the rows to choose by choose."""

    name: str
    # Of which of their parameters, and its values.
    choice: tuple[str, tuple[float, ...]]
    params: dict[str, Any]


STOPPING = {"early_stopping": True, "validation_fraction": 0.15}
PLAIN = {"beta": 0.0, "deterministic": True}
CONTROL = {
    **PLAIN,
    **STOPPING,
    "encoder": MLP(HIDDEN, dropout=0.2),
    "optimizer": Optimizer("adamw"),
}
METHODS = [
    *(
        Method(
            name,
            ("beta", KERNEL_BETAS if name in KERNELS else BETAS),
            {"compression": name},
        )
        for name in COMPRESSIONS
    ),
    Method("variational, early stopping", ("beta", BETAS), STOPPING),
    Method("control", ("optimizer__weight_decay", DECAYS), CONTROL),
    Method("early stopping", ("beta", (0.0,)), {**PLAIN, **STOPPING}),
    Method("plain", ("beta", (0.0,)), PLAIN),
    Method("beta = 0", ("beta", (0.0,)), {}),
]


def main() -> None:
    """Measure and print every task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="five seeds, not three")
    parser.add_argument("tasks", nargs="*", help="names of tasks, or parts of them")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", EstimationWarning)
    records = Records(
        "bench_ib", ("torch", "skorch", "numpy"), ("nn", "training", "bottleneck")
    )
    for task in TASKS:
        if arguments.tasks and not any(part in task for part in arguments.tasks):
            continue
        try:
            for seed in range(5 if arguments.full else 3):
                measure(records, task, seed)
        except DataUnavailableError as error:
            print(f"{task}: left out. {error}", flush=True)


def measure(records: Records, task: str, seed: int) -> None:
    """Measure what is not measured yet of a task and a seed."""
    for method in METHODS:
        if records.has(task, method.name, seed):
            continue
        found = run(method, data_of(task, seed), TASKS[task][1] is None, seed)
        records.add(task, method.name, seed, **found)
        told = ", ".join(f"{name} {value:.3g}" for name, value in found.items())
        print(f"{task}, {seed}, {method.name}: {told}", flush=True)


@lru_cache(maxsize=1)
def data_of(task: str, seed: int) -> Data:
    """Return the rows of a task, split by a seed."""
    load, noise = TASKS[task]
    return split(*load(), seed, noise)


def run(method: Method, data: Data, regression: bool, seed: int) -> dict[str, float]:
    """Return the figures of the estimator that was chosen, and which it was."""
    name, values = method.choice
    estimators = [
        new(method, len(data.train[0]), regression, seed).set_params(**{name: value})
        for value in values
    ]
    started = time.process_time()
    train_together(estimators, *data.train)
    seconds = time.process_time() - started
    best = int(np.argmin([score(e, *data.valid) for e in estimators]))
    return {
        **figures(estimators[best], *data.test, data.truth),
        "chosen": values[best],
        "cpu_s": seconds,
    }


def new(method: Method, n_rows: int, regression: bool, seed: int) -> Any:
    """Return an estimator of the size and the length of training of all."""
    batch_size = 100 if n_rows >= 1000 else 50
    # Specs of their own: what is set on one must not be set on all.
    params = {name: clone(value, safe=False) for name, value in method.params.items()}
    return (IBRegressor if regression else IBClassifier)(
        **{
            "hidden_layer_sizes": HIDDEN,
            "lr": 2e-3,
            "batch_size": batch_size,
            "max_epochs": round(N_STEPS / (n_rows / batch_size)),
            # Pixels have one scale.
            "standardize": True if regression else "global",
            "random_state": seed,
            "device": "cpu",
            **params,
        }
    )


if __name__ == "__main__":
    main()
