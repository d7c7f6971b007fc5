"""All pairs of columns: against a loop over scikit-learn's score, and fast-select.

5,000 rows, 1,000 columns of codes, every second column a noisy copy of the one before.
scikit-learn's loop is timed on a sample of pairs and scaled to all of them. With a
class, ours returns I(Xi;Xj), I(Xi;Xj|Y) and I(Xi,Xj;Y); scikit-learn's loop scores the
pair's common code with the class, which is the last of the three only. fast-select has
no such function: it returns I(Xi;Xj) and I(Xi;Y), in both tasks the same work, of
32-bit codes in Fortran order, which it takes as they are and is quickest with. Its
worker keeps running and times itself. CPU time, one thread, calls interleaved; values
are compared in the same run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time

import numpy as np
from _peers import Peer
from _records import Records
from sklearn.metrics import mutual_info_score

from skmi.information import pairwise_mutual_information

N_ROWS, N_COLUMNS = 5000, 1000
N_PAIRS = N_COLUMNS * (N_COLUMNS - 1) // 2
# Pairs that scikit-learn's loop is timed on, calls of ours for one of fast-select.
N_SAMPLE, N_REPEATS = 300, 5
METHOD = "scikit-learn (sample of pairs, scaled), fast-select"
TARGETS = {8: (2000, 20), 16: (800, 8)}
COMPILATION = """
import time
import numpy as np
import numba
from skmi.information import pairwise_mutual_information
codes = np.random.default_rng(0).integers(0, 5, size=(100, 10)).astype(np.uint8)
started = time.process_time()
pairwise_mutual_information(codes)
print(time.process_time() - started)
"""


def main() -> None:
    """Measure and print every task."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the runs")
    n_runs = 15 if parser.parse_args().full else 5
    records = Records(
        "bench_pairs", ("scikit-learn", "numpy", "numba"), ("information",)
    )
    tasks = [
        (
            f"{n_levels} levels{', with a class' if with_class else ''}",
            n_levels,
            with_class,
        )
        for n_levels in TARGETS
        for with_class in (False, True)
    ]
    with Peer("fast-select", "peer_fast_select.py") as peer:
        method = f"{METHOD} {peer.version}"
        for task, n_levels, with_class in tasks:
            missing = [k for k in range(n_runs) if not records.has(task, method, k)]
            if missing:
                measure(peer, n_levels, with_class, seed=n_runs)  # warm up
            for seed in missing:
                found = measure(peer, n_levels, with_class, seed)
                records.add(task, method, seed, **found)
            report(records, task, *TARGETS[n_levels])
    for seed in range(3):
        if not records.has("compilation", "first call", seed):
            records.add("compilation", "first call", seed, skmi_s=compilation())
    print(f"first call: {records.median('compilation', 'skmi_s'):.1f} s to compile")


def measure(peer: Peer, n_levels: int, with_class: bool, seed: int) -> dict[str, float]:
    """Return the CPU seconds of all pairs by each, and how far values are apart."""
    codes, y = make_codes(n_levels, seed)
    target = y if with_class else None
    turns = []
    for _ in range(N_REPEATS):
        started = time.process_time()
        found = pairwise_mutual_information(codes, target)
        turns.append(time.process_time() - started)
    values, theirs = peer.call("informations", np.asfortranarray(codes, np.int32), y)
    rng = np.random.default_rng(seed)
    pairs = [rng.choice(N_COLUMNS, size=2, replace=False) for _ in range(N_SAMPLE)]
    started = time.process_time()
    if with_class:
        scores = [
            mutual_info_score(codes[:, i] * np.int32(n_levels) + codes[:, j], y)
            for i, j in pairs
        ]
    else:
        scores = [mutual_info_score(codes[:, i], codes[:, j]) for i, j in pairs]
    loop = (time.process_time() - started) * N_PAIRS / N_SAMPLE
    ours = float(np.median(turns))
    mutual, scored = (found.mutual, found.joint) if with_class else (found, found)
    off = ~np.eye(N_COLUMNS, dtype=bool)
    rows, columns = np.transpose(pairs)
    errors = {
        "error_sklearn": float(np.abs(scored[rows, columns] - scores).max()),
        "error_fast_select": float(np.abs(mutual - values)[off].max()),
    }
    if max(errors.values()) > 1e-10:
        msg = f"values disagree: {errors}"
        raise AssertionError(msg)
    return {
        "skmi_s": ours,
        "sklearn_s": loop,
        "fast_select_s": theirs,
        "ratio_sklearn": loop / ours,
        "ratio_fast_select": theirs / ours,
        **errors,
    }


def make_codes(n_levels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return codes, uint8 in Fortran order, and a class of two levels."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, n_levels, size=(N_ROWS, N_COLUMNS), dtype=np.uint8)
    copied = rng.random((N_ROWS, N_COLUMNS // 2)) < 0.5
    codes[:, 1::2] = np.where(copied, codes[:, ::2], codes[:, 1::2])
    y = (codes[:, 0] + rng.integers(0, n_levels, size=N_ROWS) >= n_levels).astype(int)
    return np.asfortranarray(codes), y


def compilation() -> float:
    """Return the CPU seconds of a first call that finds nothing compiled."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", COMPILATION],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "NUMBA_CACHE_DIR": folder},
        )
    return float(done.stdout)


def report(records: Records, task: str, target: int, target_peer: int) -> None:
    """Print the medians of a task."""
    ours, loop, peer = (
        records.median(task, f"{name}_s") for name in ("skmi", "sklearn", "fast_select")
    )
    ratios = [
        records.median(task, f"ratio_{name}") for name in ("sklearn", "fast_select")
    ]
    errors = [
        max(records.values(task, f"error_{name}"))
        for name in ("sklearn", "fast_select")
    ]
    print(
        f"{task}: skmi {ours:.3f} s ({1e9 * ours / N_PAIRS:.0f} ns a pair); "
        f"scikit-learn {loop:.0f} s, {ratios[0]:.0f} times (target {target}), within "
        f"{errors[0]:.0e}; fast-select {peer:.2f} s, {ratios[1]:.1f} times (target "
        f"{target_peer}), within {errors[1]:.0e}; median of "
        f"{len(records.values(task, 'skmi_s'))} runs"
    )


if __name__ == "__main__":
    main()
