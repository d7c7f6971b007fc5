"""Time of a path over eight betas: against one fit, and against a grid search.

IBClassifierCV trains the networks of all betas as one stack; here on one split (2,048
rows of 20 columns to train, 512 to judge), for two hidden layers of 64, 128 and 256
units and batches of 64 and 128, and at 64 also on five folds with the refit. What it is
compared with: one IBClassifier on the same training rows, and GridSearchCV over the
same betas and splits. CPU time of one thread, one way after the other within seconds.
"""

from __future__ import annotations

import argparse
import time
import warnings

import numpy as np
import torch
from _records import Records
from sklearn.datasets import make_classification
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from skmi.bottleneck import IBClassifier, IBClassifierCV

BETAS = np.geomspace(1e-3, 0.5, 8)
WIDTHS, SIZES = (64, 128, 256), (64, 128)
N_ROWS, N_COLUMNS = 2560, 20


def main() -> None:
    """Measure and print all tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the repeats")
    n_repeats = 9 if parser.parse_args().full else 3
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")
    records = Records(
        "bench_ib_path",
        ("torch", "skorch", "scikit-learn", "numpy"),
        ("nn", "training", "bottleneck"),
    )
    measure(16, 64, 1, 5, seed=0)  # warm up
    for width in WIDTHS:
        for size in SIZES:
            run(records, width, size, 1, 40, n_repeats)
    # The default of max_epochs: what it costs to begin weighs less.
    for size in SIZES:
        run(records, 64, size, 1, 100, n_repeats)
    run(records, 64, 64, 5, 40, n_repeats)


def run(
    records: Records,
    width: int,
    size: int,
    n_folds: int,
    n_epochs: int,
    n_repeats: int,
) -> None:
    """Measure one task some times, and print medians."""
    splits = "one split" if n_folds == 1 else f"{n_folds} folds and refit"
    task = f"hidden {width}, batch {size}, {n_epochs} epochs, {splits}"
    method = "path / grid search"
    for seed in range(n_repeats):
        if not records.has(task, method, seed):
            records.add(
                task, method, seed, **measure(width, size, n_folds, n_epochs, seed)
            )
    names = ("path_to_fit", "grid_to_fit", "grid_to_path", "largest_difference")
    found = {name: records.median(task, name) for name in names}
    print(
        f"{task}: path {found['path_to_fit']:.2f} fits, grid search "
        f"{found['grid_to_fit']:.2f} fits, {found['grid_to_path']:.2f} times the path; "
        f"scores differ by {found['largest_difference']:.1e}"
    )


def measure(
    width: int, size: int, n_folds: int, n_epochs: int, seed: int
) -> dict[str, float]:
    """Return the CPU seconds of one fit, the path and the grid search."""
    X, y = make_classification(
        N_ROWS, N_COLUMNS, n_informative=10, n_classes=3, random_state=seed
    )
    options = {
        "hidden_layer_sizes": (width, width),
        "batch_size": size,
        "max_epochs": n_epochs,
        "random_state": seed,
        "device": "cpu",
    }
    one = n_folds == 1
    cv = ShuffleSplit(1, test_size=0.2, random_state=seed) if one else n_folds
    train = np.arange(N_ROWS * 4 // 5)
    single = IBClassifier(beta=0.01, **options)
    path = IBClassifierCV(betas=BETAS, cv=cv, refit=not one, **options)
    grid = GridSearchCV(
        IBClassifier(**options),
        {"beta": BETAS},
        cv=cv,
        scoring="neg_log_loss",
        refit=not one,
    )
    fit_s = seconds(single.fit, X[train], y[train])
    path_s = seconds(path.fit, X, y)
    grid_s = seconds(grid.fit, X, y)
    difference = path.path_["score"] - grid.cv_results_["mean_test_score"]
    return {
        "fit_s": fit_s,
        "path_s": path_s,
        "grid_s": grid_s,
        "path_to_fit": path_s / fit_s,
        "grid_to_fit": grid_s / fit_s,
        "grid_to_path": grid_s / path_s,
        "largest_difference": float(np.abs(difference).max()),
    }


def seconds(call, *args) -> float:
    """Return the CPU seconds of a call."""
    start = time.process_time()
    call(*args)
    return time.process_time() - start


if __name__ == "__main__":
    main()
