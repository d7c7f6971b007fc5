"""Error and CPU time of estimators on 24 tasks of the benchmark "Beyond Normal".

The tasks (Czyz et al. 2023) have samples of known information; their columns are
standardised. They are not part of this repository: ``--data FOLDER``, or the variable
SKMI_BMI_DATA, names a folder with ``tasks.csv`` (a column ``task``) and, for each task,
``<task>.npz`` with arrays x (n, d_x), y (n, d_y) and mi, the true value in nats.

Peers run in workers with an environment of their own, one question after an estimate
of ours, and report their own CPU time. To compare another estimator of ours, add a line
to ESTIMATORS; another peer, a line to PEERS and a function to ``_estimator_peers.py``.

What costs O(n^2) sees the first 5,000 rows only, which its name says. KernelMIEstimator
is asked for the measures in nats; these are no estimates of Shannon's information, so
what counts as their error is how far one is from the other. Its measure "hsic" is in
no unit at all, and left out; so is SpectralMIEstimator, which has no y.
"""

from __future__ import annotations

import argparse
import csv
import os
import statistics
import subprocess
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _peers import Worker, peer_python
from _records import Records
from sklearn.base import BaseEstimator, clone

from skmi.estimation import (
    CompressedMIEstimator,
    GaussianMIEstimator,
    HistogramMIEstimator,
    KDEMIEstimator,
    KernelMIEstimator,
    KSGEstimator,
)
from skmi.exceptions import EstimationWarning
from skmi.information import (
    KNN_ESTIMATORS,
    gaussian_copula_mutual_information,
    gaussian_mutual_information,
)

K = 5

Estimator = Callable[[np.ndarray, np.ndarray], float]


def fitted(estimator: BaseEstimator, n_rows: int | None = None) -> Estimator:
    """Return what an estimator finds in the first rows, as a function of x and y."""
    return lambda x, y: clone(estimator).fit(x[:n_rows], y[:n_rows]).mi_


ESTIMATORS: dict[str, Estimator] = {
    **{
        name: lambda x, y, estimate=estimate: estimate(x, y, n_neighbors=K)
        for name, estimate in KNN_ESTIMATORS.items()
    },
    "gaussian": gaussian_mutual_information,
    "gaussian copula": gaussian_copula_mutual_information,
    "KSGEstimator": fitted(KSGEstimator(K)),
    "GaussianMIEstimator": fitted(GaussianMIEstimator()),
    "GaussianMIEstimator, copula": fitted(GaussianMIEstimator("copula")),
    "CompressedMIEstimator": fitted(CompressedMIEstimator(random_state=0)),
    "HistogramMIEstimator": fitted(HistogramMIEstimator()),
    "KDEMIEstimator, 5,000 rows": fitted(KDEMIEstimator(), 5_000),
    "KernelMIEstimator, Renyi of order 2, 5,000 rows": fitted(
        KernelMIEstimator("renyi", alpha=2), 5_000
    ),
    "KernelMIEstimator, Cauchy-Schwarz, 5,000 rows": fitted(
        KernelMIEstimator("cauchy_schwarz"), 5_000
    ),
}
"""Name -> estimate in nats of x (n, d_x) and y (n, d_y); one line for one more."""

# Where most cells of a table, or most kernels, hold one row, values mean nothing.
MOST_COLUMNS = {"HistogramMIEstimator": 4, "KDEMIEstimator, 5,000 rows": 10}
"""Name -> most columns of x and y together that it is asked about; any by default."""

PEERS = {"npeet": 200, "plain": 12, "ennemi": 2, "scikit-learn": 2}
"""Name -> most columns of x and y together that it is asked about."""
REQUIREMENTS = ("ennemi", "npeet-plus", "scikit-learn", "scipy")

# Columns above which a task is measured once by default; it takes the peers long.
MANY_COLUMNS = 6
OURS, TARGET_ERROR = "ksg1", 0.02


def main() -> None:
    """Measure and print every task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("SKMI_BMI_DATA"))
    parser.add_argument("--full", action="store_true", help="five runs of every task")
    options = parser.parse_args()
    if not options.data:
        print("Skipped: --data or SKMI_BMI_DATA must name the folder of the tasks.")
        return
    records = Records(
        "bench_estimators",
        ("numpy", "scipy", "numba", "scikit-learn"),
        ("information", "estimation"),
    )
    worker = start_worker()
    with tempfile.TemporaryDirectory() as folder:
        for name in task_names(Path(options.data)):
            x, y, truth = read(Path(options.data), name)
            path = Path(folder) / f"{name}.npz"
            np.savez(path, x=x, y=y)
            n_columns = x.shape[1] + y.shape[1]
            n_runs = 5 if options.full else 3 if n_columns <= MANY_COLUMNS else 1
            for seed in range(n_runs):
                measure(records, worker, name, seed, path, truth)
            report(records, name, truth)
    if worker is not None:
        worker.close()
    summarise(records, task_names(Path(options.data)))


def start_worker() -> Worker | None:
    """Return the worker of the peers, or None where they cannot be installed."""
    try:
        python = peer_python("estimators", REQUIREMENTS)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"Without peers: {error}")
        return None
    return Worker(python, Path(__file__).parent / "_estimator_peers.py")


def task_names(data: Path) -> list[str]:
    """Return the tasks in the order of their table."""
    with (data / "tasks.csv").open(newline="") as file:
        return [row["task"] for row in csv.DictReader(file)]


def read(data: Path, name: str) -> tuple[np.ndarray, np.ndarray, float]:
    """Return standardised samples and their information."""
    with np.load(data / f"{name}.npz") as arrays:
        x, y = (arrays[key].astype(np.float64) for key in ("x", "y"))
        return standardise(x), standardise(y), float(arrays["mi"])


def standardise(variable: np.ndarray) -> np.ndarray:
    """Return columns of mean 0 and standard deviation 1."""
    return (variable - variable.mean(axis=0)) / variable.std(axis=0)


def measure(
    records: Records,
    worker: Worker | None,
    name: str,
    seed: int,
    path: Path,
    truth: float,
) -> None:
    """Run every estimator and every peer once, unless that was done before."""
    with np.load(path) as arrays:
        x, y = arrays["x"], arrays["y"]
    n_columns = x.shape[1] + y.shape[1]
    for method, estimate in ESTIMATORS.items():
        if n_columns > MOST_COLUMNS.get(method, n_columns):
            continue
        if not records.has(name, method, seed):
            value, seconds = timed(estimate, x, y)
            records.add(
                name, method, seed, value=value, error=value - truth, cpu_s=seconds
            )
    for peer, most_columns in PEERS.items():
        if worker is None or n_columns > most_columns:
            continue
        if not records.has(name, peer, seed):
            answer = worker.ask(peer=peer, path=str(path), k=K)
            records.add(
                name,
                peer,
                seed,
                value=answer["value"],
                error=answer["value"] - truth,
                cpu_s=answer["seconds"],
                peer_version=answer["version"],
            )


def timed(estimate: Estimator, x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return an estimate and its CPU seconds, compilation left out."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EstimationWarning)
        estimate(x[:200], y[:200])
        started = time.process_time()
        value = float(estimate(x, y))
        return value, time.process_time() - started


def figures(records: Records, name: str) -> dict[str, tuple[float, float]]:
    """Return the error and the median CPU seconds of each method on a task."""
    found: dict[str, tuple[float, float]] = {}
    for method in (*ESTIMATORS, *PEERS):
        rows = [row for row in records.rows_of(name) if row["method"] == method]
        if rows:
            seconds = statistics.median(row["cpu_s"] for row in rows)
            found[method] = (rows[0]["error"], seconds)
    return found


def report(records: Records, name: str, truth: float) -> None:
    """Print a line: error (CPU milliseconds) of each method."""
    cells = [
        f"{method} {error:+.3f} ({seconds * 1e3:.0f})"
        for method, (error, seconds) in figures(records, name).items()
    ]
    print(f"{name} {truth:.3f}: {', '.join(cells)}", flush=True)


def summarise(records: Records, names: list[str]) -> None:
    """Print mean absolute errors, and how our KSG compares with its peers."""
    every = {name: figures(records, name) for name in names}
    for method in (*ESTIMATORS, *PEERS):
        errors = [abs(row[method][0]) for row in every.values() if method in row]
        if errors:
            print(
                f"{method}: mean absolute error {statistics.mean(errors):.3f} nats "
                f"over {len(errors)} tasks"
            )
    gaps, ratios = [], []
    for row in every.values():
        peers = [row[peer] for peer in PEERS if peer in row]
        if peers:
            error, seconds = row[OURS]
            gaps.append(min(abs(error - other) for other, _ in peers))
            ratios.append(seconds / min(other for _, other in peers))
    if ratios:
        print(
            f"{OURS} and the closest peer differ by {max(gaps):.1e} nats at most "
            f"(target {TARGET_ERROR}); its CPU time over that of the fastest peer is "
            f"{statistics.median(ratios):.3f} in the median, {max(ratios):.3f} at most "
            "(target 1)"
        )


if __name__ == "__main__":
    main()
