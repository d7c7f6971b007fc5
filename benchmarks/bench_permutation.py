"""How often the permutation test rejects where nothing is to be found.

X and y are independent in every data set, 200 rows each: drawn independently, or as
autoregressive series. A test at level 0.05 must reject about one data set in twenty. It
does on independent rows, and on series under circular shifts; rearranging the rows of a
series one by one rejects far too often, which is shown on purpose.

A row of the results holds the count of a block of 100 data sets.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from _records import Records
from scipy.signal import lfilter
from sklearn.base import BaseEstimator

from skmi.estimation import GaussianMIEstimator, KSGEstimator
from skmi.model_selection import mi_permutation_test

N_ROWS, N_PERMUTATIONS, BLOCK, LEVEL = 200, 99, 100, 0.05
# Autocorrelation of neighbouring rows, the permutation, and the rates aimed at.
TASKS = {
    "independent rows, rows": (0.0, "rows", (0.03, 0.07)),
    "series, circular": (0.9, "circular", (0.03, 0.07)),
    "series, rows (wrong on purpose)": (0.9, "rows", (0.07, 1.0)),
}
ESTIMATORS = {
    "KSGEstimator": KSGEstimator(n_neighbors=3),
    "GaussianMIEstimator": GaussianMIEstimator(),
}


def main() -> None:
    """Measure and print the rejection rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the data sets")
    n_blocks = 30 if parser.parse_args().full else 10
    records = Records(
        "bench_permutation",
        ("numpy", "scipy", "scikit-learn", "numba"),
        ("model_selection", "estimation", "information"),
    )
    for task, (phi, permutation, aim) in TASKS.items():
        for method, estimator in ESTIMATORS.items():
            # Records look up figures by task, so the method is a part of its name.
            name = f"{task}: {method}"
            for seed in range(n_blocks):
                if not records.has(name, method, seed):
                    n_rejected, seconds = measure(estimator, phi, permutation, seed)
                    records.add(
                        name,
                        method,
                        seed,
                        n_sets=BLOCK,
                        n_rejected=n_rejected,
                        cpu_s=seconds,
                    )
            n_sets = sum(records.values(name, "n_sets"))
            rate = sum(records.values(name, "n_rejected")) / n_sets
            print(
                f"{name}: rejected {rate:.3f} of {n_sets} data sets at level {LEVEL} "
                f"(aim {aim[0]} to {aim[1]}; "
                f"{records.median(name, 'cpu_s') / BLOCK:.3f} CPU s a test)"
            )


def measure(
    estimator: BaseEstimator, phi: float, permutation: str, block: int
) -> tuple[int, float]:
    """Return how many data sets of a block are rejected, and the CPU seconds."""
    started, n_rejected = time.process_time(), 0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        X, y = independent_series(phi, seed)
        result = mi_permutation_test(
            estimator,
            X,
            y,
            n_permutations=N_PERMUTATIONS,
            permutation=permutation,
            random_state=seed,
        )
        n_rejected += result.p_value <= LEVEL + 1e-12
    return n_rejected, time.process_time() - started


def independent_series(phi: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return X and y without information about each other, rows in order."""
    warm_up = 200
    noise = np.random.default_rng(seed).standard_normal((2, N_ROWS + warm_up))
    x, y = lfilter([1], [1, -phi], noise, axis=1)[:, warm_up:]
    return x[:, None], y


if __name__ == "__main__":
    main()
