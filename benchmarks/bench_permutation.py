"""How often the permutation test rejects where nothing is to be found.

X and y are independent in every data set, 200 rows each: drawn independently, or as
autoregressive series. A test at level 0.05 must reject about one data set in twenty. It
does on independent rows, and on series under circular shifts; rearranging the rows of a
series one by one rejects far too often, which is shown on purpose.

The estimators are those of ``skmi.estimation``, or small stand-ins where that room is
not there.
"""

from __future__ import annotations

import argparse
import time
from importlib.util import find_spec

import numpy as np
from _records import Records
from scipy.signal import lfilter
from scipy.special import digamma
from sklearn.base import BaseEstimator

from skmi.model_selection import mi_permutation_test

N_ROWS, N_PERMUTATIONS, N_SETS, LEVEL = 200, 99, 100, 0.05
# Autocorrelation of neighbouring rows, the permutation, and the rates aimed at.
TASKS = {
    "independent rows, rows": (0.0, "rows", (0.03, 0.07)),
    "series, circular": (0.9, "circular", (0.03, 0.07)),
    "series, rows (wrong on purpose)": (0.9, "rows", (0.07, 1.0)),
}


def main() -> None:
    """Measure and print the rejection rates."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="1,000 data sets")
    n_batches = 10 if parser.parse_args().full else 2
    records = Records(
        "bench_permutation",
        ("numpy", "scipy", "scikit-learn"),
        ("model_selection", "estimation"),
    )
    for task, (phi, permutation, aim) in TASKS.items():
        for method, estimator in estimators().items():
            # Records look up figures by task, so the method is a part of its name.
            name = f"{task}: {method}"
            for seed in range(n_batches):
                if not records.has(name, method, seed):
                    n_rejected, seconds = measure(estimator, phi, permutation, seed)
                    records.add(
                        name,
                        method,
                        seed,
                        n_sets=N_SETS,
                        n_rejected=n_rejected,
                        cpu_seconds=seconds,
                    )
            n_sets = sum(records.values(name, "n_sets"))
            rate = sum(records.values(name, "n_rejected")) / n_sets
            print(
                f"{name}: rejected {rate:.3f} of {n_sets} data sets at level {LEVEL} "
                f"(aim {aim[0]} to {aim[1]}; "
                f"{records.median(name, 'cpu_seconds') / N_SETS:.3f} CPU s a test)"
            )


def measure(
    estimator: BaseEstimator, phi: float, permutation: str, batch: int
) -> tuple[int, float]:
    """Return how many data sets of a batch are rejected, and the CPU seconds."""
    started, n_rejected = time.process_time(), 0
    for seed in range(batch * N_SETS, (batch + 1) * N_SETS):
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


def estimators() -> dict[str, BaseEstimator]:
    """Return the estimators of the package, or stand-ins."""
    if find_spec("skmi.estimation") is None:
        return {"KSG (stand-in)": KSG(3), "Gaussian (stand-in)": Gaussian()}
    from skmi.estimation import GaussianMIEstimator, KSGEstimator

    return {
        "KSGEstimator": KSGEstimator(n_neighbors=3),
        "GaussianMIEstimator": GaussianMIEstimator(),
    }


class Gaussian(BaseEstimator):
    """Information from the correlation of two columns."""

    def fit(self, X, y):
        """Estimate from one target."""
        self.mi_ = float(self.fit_many(X, y[None])[0])
        return self

    def fit_many(self, X, ys):
        """Return the estimates from many targets."""
        x = X[:, 0] - X[:, 0].mean()
        ys = ys - ys.mean(axis=1, keepdims=True)
        return -0.5 * np.log1p(-((ys @ x) ** 2) / (np.sum(ys**2, axis=1) * (x @ x)))


class KSG(BaseEstimator):
    """Kraskov's first estimator for two columns, from all distances."""

    def __init__(self, n_neighbors=3):
        self.n_neighbors = n_neighbors

    def fit(self, X, y):
        """Estimate from one target."""
        self.mi_ = float(self.fit_many(X, y[None])[0])
        return self

    def fit_many(self, X, ys):
        """Return the estimates from many targets."""
        n, k = len(X), self.n_neighbors
        d_x = np.abs(X[:, 0, None] - X[:, 0])
        return np.array([digamma(n) + digamma(k) - self._counts(d_x, y) for y in ys])

    def _counts(self, d_x, y):
        """Return the mean digamma of neighbours in x and in y."""
        d_y = np.abs(y[:, None] - y)
        joint = np.maximum(d_x, d_y)
        np.fill_diagonal(joint, np.inf)
        k = self.n_neighbors
        radius = np.partition(joint, k - 1, axis=1)[:, k - 1, None]
        # A row is within any radius of itself, which makes count + 1 as wanted.
        n_x, n_y = (np.sum(d < radius, axis=1) for d in (d_x, d_y))
        return np.mean(digamma(n_x) + digamma(n_y))


if __name__ == "__main__":
    main()
