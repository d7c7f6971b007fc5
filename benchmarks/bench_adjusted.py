"""Time of adjusted mutual information: against scikit-learn's, from labels.

Both take two arrays of integer labels, half of the second following the first, and
agree to 1e-10. They are timed one after the other in one process, on one thread, by
CPU time, the best of a few calls each.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from _records import Records
from sklearn.metrics import adjusted_mutual_info_score

from skmi.information import adjusted_mutual_information, contingency_table

SIZES = [(2_000, 10), (100_000, 10), (100_000, 300), (1_000_000, 30)]


def main() -> None:
    """Measure and print all sizes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the seeds")
    n_seeds = 9 if parser.parse_args().full else 3
    records = Records("bench_adjusted", ("scikit-learn", "numpy"), ("information",))
    for n_rows, n_levels in SIZES:
        task = f"{n_rows} rows, {n_levels} levels"
        for seed in range(n_seeds):
            if records.has(task, "skmi / scikit-learn", seed):
                continue
            ours, theirs, gap = measure(n_rows, n_levels, seed)
            records.add(
                task,
                "skmi / scikit-learn",
                seed,
                skmi_ms=ours,
                sklearn_ms=theirs,
                ratio=ours / theirs,
                difference=gap,
            )
        print(
            f"{task}: skmi {records.median(task, 'skmi_ms'):.2f} ms, scikit-learn "
            f"{records.median(task, 'sklearn_ms'):.2f} ms, ratio "
            f"{records.median(task, 'ratio'):.3f}, largest difference "
            f"{max(records.values(task, 'difference')):.0e}"
        )


def measure(n_rows: int, n_levels: int, seed: int) -> tuple[float, float, float]:
    """Return the milliseconds of both, and how far their values lie apart."""
    rng = np.random.default_rng(seed)
    x, other = rng.integers(0, n_levels, size=(2, n_rows))
    y = np.where(rng.random(n_rows) < 0.5, x, other)
    best = [np.inf, np.inf]
    values = [0.0, 0.0]
    for _ in range(5 if n_rows < 100_000 else 2):
        for i, function in enumerate((by_skmi, adjusted_mutual_info_score)):
            elapsed, values[i] = timed(function, x, y)
            best[i] = min(best[i], elapsed)
    return best[0], best[1], abs(values[0] - values[1])


def by_skmi(x: np.ndarray, y: np.ndarray) -> float:
    """Return the share from labels, the table included."""
    return adjusted_mutual_information(contingency_table(x, y))


def timed(
    function: Callable[[np.ndarray, np.ndarray], float], x: np.ndarray, y: np.ndarray
) -> tuple[float, float]:
    """Return the milliseconds of a call and its value."""
    start = time.process_time()
    value = function(x, y)
    return 1e3 * (time.process_time() - start), value


if __name__ == "__main__":
    main()
