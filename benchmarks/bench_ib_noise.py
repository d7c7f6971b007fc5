"""Noisy labels: a bottleneck with its beta from the noisy rows, and its rivals.

Digits with 30 % of the labels drawn anew, 200 epochs, five splits into four fifths to
train and one to test. IBClassifierCV chooses among eight betas by the log-loss of three
folds of the noisy training rows. Beside it the same network at beta = 0, trained as
long or stopped early on a tenth of its (noisy) rows, each with and without noise in
the code. Accuracy is that against true labels; log-loss is given for noisy labels, as
the training rows have them, and for true ones.
"""

from __future__ import annotations

import argparse
import statistics
import time
import warnings

import numpy as np
import torch
from _bottleneck import calibration_error, digits, redrawn
from _records import Records
from sklearn.metrics import log_loss
from sklearn.model_selection import StratifiedKFold

from skmi.bottleneck import IBClassifier, IBClassifierCV
from skmi.exceptions import EstimationWarning

TASK = "digits, 30 % noise, 200 epochs"
SHARE = 0.3
BETAS = [1e-3, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.7]
COMMON = {"standardize": "global", "max_epochs": 200, "device": "cpu"}
STOPPING = {"early_stopping": True}
METHODS = {
    "beta by cross-validation": (IBClassifierCV, {"betas": BETAS, "cv": 3}),
    "beta by cross-validation, early stopping": (
        IBClassifierCV,
        {"betas": BETAS, "cv": 3, **STOPPING},
    ),
    "beta = 0": (IBClassifier, {"beta": 0.0}),
    "beta = 0, early stopping": (IBClassifier, {"beta": 0.0, **STOPPING}),
    "no noise in the code": (IBClassifier, {"beta": 0.0, "deterministic": True}),
    "no noise in the code, early stopping": (
        IBClassifier,
        {"beta": 0.0, "deterministic": True, **STOPPING},
    ),
}


def main() -> None:
    """Measure and print the task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times five splits")
    n_repeats = 3 if parser.parse_args().full else 1
    torch.set_num_threads(1)
    warnings.simplefilter("ignore", EstimationWarning)
    records = Records(
        "bench_ib_noise", ("torch", "skorch", "numpy"), ("nn", "training", "bottleneck")
    )
    for repeat in range(n_repeats):
        measure(records, repeat)
    for method in METHODS:
        rows = [row for row in records.rows_of(TASK) if row["method"] == method]
        means = {
            name: statistics.mean(row[name] for row in rows)
            for name in ("accuracy", "log_loss", "log_loss_true", "ece", "chosen")
        }
        told = ", ".join(f"{name} {value:.3f}" for name, value in means.items())
        print(f"{method}: {told} ({len(rows)} splits)")


def measure(records: Records, repeat: int) -> None:
    """Measure what is not measured yet of five splits."""
    X, truth = digits()
    y = redrawn(truth, SHARE, np.random.default_rng(repeat))
    splitter = StratifiedKFold(5, shuffle=True, random_state=repeat)
    for fold, (train, test) in enumerate(splitter.split(X, truth)):
        seed = 5 * repeat + fold
        for method, (cls, params) in METHODS.items():
            if records.has(TASK, method, seed):
                continue
            started = time.process_time()
            clf = cls(**COMMON, **params, random_state=seed).fit(X[train], y[train])
            seconds = time.process_time() - started
            found = figures(clf, X[test], y[test], truth[test])
            beta = getattr(clf, "beta_", 0.0)
            records.add(TASK, method, seed, **found, chosen=beta, cpu_s=seconds)
            told = ", ".join(f"{name} {value:.3f}" for name, value in found.items())
            print(f"split {seed}, {method}: {told}, beta {beta:g}", flush=True)


def figures(
    clf: IBClassifier | IBClassifierCV, X: np.ndarray, y: np.ndarray, truth: np.ndarray
) -> dict[str, float]:
    """Return accuracy, log-loss and calibration on rows that were held out."""
    proba = clf.predict_proba(X)
    return {
        "accuracy": float(np.mean(clf.predict(X) == truth)),
        "log_loss": float(log_loss(y, proba, labels=clf.classes_)),
        "log_loss_true": float(log_loss(truth, proba, labels=clf.classes_)),
        "ece": calibration_error(proba, np.searchsorted(clf.classes_, y)),
    }


if __name__ == "__main__":
    main()
