"""What `n_features_to_select="auto"` lets in, and what it finds.

- nothing: no column is informative. The share of data sets in which any is selected
  must be near the level, 0.05.
- ten of 200: ten columns tell about y, 190 are noise; 2,000 rows. How often any noise
  is selected, and how many of the ten are found.
- copies: three columns that depend on each other and tell about y, five noisy copies of
  each that add nothing, and noise. How often a copy is selected.
- groups: nothing is informative, but rows of one patient are alike; y is constant in a
  patient, or varies. Without `groups`, for comparison, rows are taken as independent.

Classes are two, four, or y is continuous. A row of the results holds the counts of a
block of data sets; the columns of each are permuted.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
from _records import Records
from scipy.stats import beta

from skmi.feature_selection import SelectByMutualInfo

BLOCK, LEVEL = 20, 0.05
KINDS = ("two classes", "four classes", "continuous y")
# X, y, groups, the informative columns and those that must not be selected.
Data = tuple[np.ndarray, np.ndarray, np.ndarray | None, np.ndarray, np.ndarray]


def main() -> None:
    """Measure and print the shares with their intervals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the data sets")
    factor = 3 if parser.parse_args().full else 1
    records = Records(
        "bench_stop",
        ("numpy", "scipy", "scikit-learn", "numba"),
        ("feature_selection", "information"),
    )
    for task, (make, n_blocks, uses_groups) in TASKS.items():
        for kind in KINDS:
            # Records look up figures by task, so the kind of y is a part of its name.
            name = f"{task}, {kind}"
            for block in range(n_blocks * factor):
                if not records.has(name, "auto", block):
                    figures = measure(make, kind, block, uses_groups=uses_groups)
                    records.add(name, "auto", block, n_sets=BLOCK, **figures)
            print(summary(records, name))


def summary(records: Records, name: str) -> str:
    """Return a line on one task."""
    n_sets = sum(records.values(name, "n_sets"))
    n_wrong = sum(records.values(name, "n_wrong"))
    low, high = interval(n_wrong, n_sets)
    line = (
        f"{name}: wrong columns in {n_wrong / n_sets:.3f} of {n_sets} data sets "
        f"({low:.3f} to {high:.3f}), {records.median(name, 'cpu_s') / BLOCK:.3f} CPU s "
        "a fit"
    )
    n_informative = sum(records.values(name, "n_informative"))
    if n_informative:
        found = sum(records.values(name, "n_found")) / n_informative
        line += f", {found:.3f} of the informative columns found"
    return line


def interval(n_events: float, n_trials: float) -> tuple[float, float]:
    """Return Clopper and Pearson's interval of a probability, 95%."""
    low = beta.ppf(0.025, n_events, n_trials - n_events + 1) if n_events else 0.0
    high = beta.ppf(0.975, n_events + 1, n_trials - n_events)
    return float(low), float(high) if n_events < n_trials else 1.0


def measure(
    make: Callable[[np.random.Generator, str], Data],
    kind: str,
    block: int,
    *,
    uses_groups: bool,
) -> dict[str, float]:
    """Return the counts of a block of data sets, and the CPU seconds."""
    counts = {"n_wrong": 0, "n_found": 0, "n_informative": 0}
    seconds = 0.0
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        rng = np.random.default_rng(seed)
        X, y, groups, informative, wrong = make(rng, kind)
        order = rng.permutation(X.shape[1])
        selector = SelectByMutualInfo(
            n_features_to_select="auto",
            alpha=LEVEL,
            discrete_features=False,
            discrete_target=kind != "continuous y",
            random_state=seed,
        )
        started = time.process_time()
        with warnings.catch_warnings():
            # That nothing was selected is what most of these data sets are for.
            warnings.filterwarnings("ignore", message="No column was selected")
            selector.fit(X[:, order], y, groups=groups if uses_groups else None)
        seconds += time.process_time() - started
        selected = order[selector.selected_]
        counts["n_wrong"] += int(np.isin(selected, wrong).any())
        counts["n_found"] += int(np.isin(selected, informative).sum())
        counts["n_informative"] += informative.size
    return {**counts, "cpu_s": seconds}


def target(signal: np.ndarray, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return a y that depends on a signal."""
    y = signal + rng.logistic(size=signal.size)
    if kind == "continuous y":
        return y
    edges = [0.3] if kind == "two classes" else [-1.0, 0.3, 1.5]
    return np.digitize(y, edges)


def nothing(rng: np.random.Generator, kind: str) -> Data:
    """Return 100 columns and a y that have nothing to do with each other."""
    X = rng.standard_normal((500, 100))
    y = target(np.zeros(500), kind, rng)
    return X, y, None, np.empty(0, dtype=int), np.arange(100)


def ten_of_200(rng: np.random.Generator, kind: str) -> Data:
    """Return ten columns that add up, and 190 of noise."""
    X = rng.standard_normal((2000, 200))
    y = target(X[:, :10].sum(axis=1), kind, rng)
    return X, y, None, np.arange(10), np.arange(10, 200)


def copies(rng: np.random.Generator, kind: str) -> Data:
    """Return three columns of eight values that add up, noisy copies, and noise."""
    known = rng.standard_normal((2000, 3)) + rng.standard_normal((2000, 1))
    known = np.clip(np.round(known / 0.7 - 0.5), -4, 3)
    noisy = np.repeat(known, 5, axis=1)
    noisy += 1.5 * rng.standard_normal(noisy.shape)
    X = np.hstack([known, noisy, rng.standard_normal((2000, 22))])
    y = target(known @ [0.7, 0.55, 0.4], kind, rng)
    return X, y, None, np.arange(3), np.arange(3, 18)


def patients(rng: np.random.Generator, kind: str, *, constant: bool) -> Data:
    """Return 80 patients of 3 to 12 rows, alike in X and in y."""
    groups = np.repeat(np.arange(80), rng.integers(3, 12, 80))
    X = rng.standard_normal((80, 50))[groups]
    X += 0.7 * rng.standard_normal(X.shape)
    if constant:
        y = target(np.zeros(80), kind, rng)[groups]
    else:
        y = target(2 * rng.standard_normal(80)[groups], kind, rng)
    return X, y, groups, np.empty(0, dtype=int), np.arange(50)


def one_label(rng: np.random.Generator, kind: str) -> Data:
    """Return patients with one y each."""
    return patients(rng, kind, constant=True)


def many_labels(rng: np.random.Generator, kind: str) -> Data:
    """Return patients whose y varies."""
    return patients(rng, kind, constant=False)


# The data, blocks of data sets, and whether the groups are told.
TASKS: dict[str, tuple[Callable[[np.random.Generator, str], Data], int, bool]] = {
    "nothing": (nothing, 25, False),
    "ten of 200": (ten_of_200, 5, False),
    "copies": (copies, 5, False),
    "groups with one y": (one_label, 20, True),
    "groups with one y, rows (wrong on purpose)": (one_label, 1, False),
    "groups with many y": (many_labels, 20, True),
    "groups with many y, rows (wrong on purpose)": (many_labels, 1, False),
}


if __name__ == "__main__":
    main()
