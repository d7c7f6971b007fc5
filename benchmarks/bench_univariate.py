"""Time of nearest-neighbour information of single features: against scikit-learn.

Both are called as users call them, mutual_info_regression and mutual_info_classif with
the same random state: scaling and the noise that breaks ties are in both times, and
the results are compared in the same run. One thread, CPU time, and a call of one
after a call of the other, since a shared machine changes its speed from second to
second; memory and caches are shared all the same, so ratios are better on an idle one.
The floor is what no such estimator can do without, one sort and one draw of
noise for each feature, by numpy. Two threads are compared with one by the wall clock,
which a busy machine spoils, and by the CPU time of both: one call of each after the
other, and the median of such pairs. So are sorts by numpy in one and in two threads: no
more can be gained than they gain at that moment. The machine's load average before the
first pair is kept too.

The results that are kept come from a virtual machine of two cores that others use.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from _records import Records
from sklearn import feature_selection as peer

from skmi import feature_selection as own
from skmi.information import univariate_mutual_information

# Rows of each task; pairs of calls behind a row of the comparison of threads.
N_SEEDS, N_PAIRS = 7, 5
# Rows -> features: as few as give a call of the peer some tenths of a second.
SIZES = {1_000: 40, 10_000: 12, 100_000: 4}
TARGETS = {"normal": 10, "heavy tails": 8, "2 classes": 20, "10 classes": 20}


def main() -> None:
    """Measure and print all tasks."""
    records = Records(
        "bench_univariate",
        ("numba", "numpy", "scikit-learn", "scipy"),
        ("information", "feature_selection"),
    )
    # First, since the load of the machine would else be that of what follows.
    measure_threads(records)
    for kind, target in TARGETS.items():
        for n_rows, n_features in SIZES.items():
            task = f"{kind}, n = {n_rows}"
            compare(kind, min(n_rows, 2_000), n_features, seed=0)  # warm up
            for seed in range(N_SEEDS):
                if not records.has(task, "skmi / scikit-learn", seed):
                    figures = compare(kind, n_rows, n_features, seed)
                    records.add(task, "skmi / scikit-learn", seed, **figures)
            print(
                f"{task}: {records.median(task, 'speedup'):.1f} times scikit-learn's "
                f"speed (target {target}), {records.median(task, 'own_ms'):.3f} ms a "
                f"feature, {records.median(task, 'above_floor'):.2f} times the floor, "
                f"largest difference {max(records.values(task, 'difference')):.1e}"
            )


def measure_threads(records: Records) -> None:
    """Measure and print what two threads gain."""
    task, load = "two threads, n = 100000", os.getloadavg()[0]
    compare_threads(seed=0)  # warm up
    for seed in range(N_SEEDS):
        if not records.has(task, "skmi", seed):
            figures = compare_threads(seed)
            records.add(task, "skmi", seed, load_before=load, **figures)
    print(
        f"{task}: {records.median(task, 'speedup'):.2f} times the speed of one in the "
        f"median (target 1.7 on an idle machine), with "
        f"{records.median(task, 'cores_of_two'):.2f} cores; sorts that share nothing "
        f"{records.median(task, 'speedup_of_sorts'):.2f} times; "
        f"{1 / records.median(task, 'cpu_of_one_to_two'):.2f} times the CPU time; load "
        f"before {records.median(task, 'load_before'):.1f}"
    )


def compare(kind: str, n_rows: int, n_features: int, seed: int) -> dict[str, float]:
    """Return milliseconds a feature of both packages and of the floor."""
    X, y = make(kind, n_rows, n_features, seed)
    name = "classif" if "classes" in kind else "regression"
    options = {"discrete_features": False, "random_state": seed}

    def call(package):
        function = getattr(package, f"mutual_info_{name}")
        return timed(lambda: function(X, y, **options))

    own_first, found = call(own)
    peer_time, expected = call(peer)
    own_second, _ = call(own)
    floor_time, _ = timed(lambda: floor(X, seed))
    own_time = (own_first + own_second) / 2
    scale = 1000 / n_features
    return {
        "own_ms": own_time * scale,
        "peer_ms": peer_time * scale,
        "floor_ms": floor_time * scale,
        "speedup": peer_time / own_time,
        "above_floor": own_time / floor_time,
        "difference": float(np.abs(found - expected).max()),
    }


def make(
    kind: str, n_rows: int, n_features: int, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return features that depend on a target more and more."""
    rng = np.random.default_rng(seed)
    if kind == "heavy tails":
        X, y = rng.standard_cauchy((n_rows, n_features)), rng.standard_cauchy(n_rows)
    else:
        X, y = rng.standard_normal((n_rows, n_features)), rng.standard_normal(n_rows)
    X += np.linspace(0, 2, n_features) * y[:, None]
    if "classes" in kind:
        n_classes = int(kind.split()[0])
        y = np.searchsorted(np.quantile(y, np.arange(1, n_classes) / n_classes), y)
    return X, y


def floor(X: np.ndarray, seed: int) -> None:
    """Sort each feature and draw its noise."""
    np.random.RandomState(seed).standard_normal(size=X.shape)
    for column in X.T:
        np.argsort(np.ascontiguousarray(column))


def compare_threads(seed: int) -> dict[str, float]:
    """Return medians over pairs of what two threads gain, and cost in CPU time."""
    X, y = make("normal", 100_000, 16, seed)
    pairs = [
        {
            **pair(partial(univariate_mutual_information, X, y), "speedup"),
            **pair(partial(sort_columns, X), "speedup_of_sorts"),
        }
        for _ in range(N_PAIRS)
    ]
    return {name: statistics.median(p[name] for p in pairs) for name in pairs[0]}


def pair(call: Callable[..., object], name: str) -> dict[str, float]:
    """Return how one thread compares with two, in wall-clock and in CPU time."""
    wall, cpu = [], []
    for n_jobs in (1, 2):
        started, worked = time.perf_counter(), time.process_time()
        call(n_jobs=n_jobs)
        wall.append(time.perf_counter() - started)
        cpu.append(time.process_time() - worked)
    return {
        name: wall[0] / wall[1],
        name.replace("speedup", "cpu_of_one_to_two"): cpu[0] / cpu[1],
        name.replace("speedup", "cores_of_two"): cpu[1] / wall[1],
    }


def sort_columns(X: np.ndarray, n_jobs: int) -> None:
    """Sort each column by numpy, in threads that have nothing in common."""
    with ThreadPoolExecutor(n_jobs) as pool:
        list(pool.map(partial(np.sort, axis=0), np.array_split(X, 2, axis=1)))


def timed(call: Callable[[], object]) -> tuple[float, object]:
    """Return the CPU seconds that a call takes, and its result."""
    started = time.process_time()
    result = call()
    return time.process_time() - started, result


if __name__ == "__main__":
    main()
