"""Time and memory of sparse columns: against scikit-learn, and of a step of a search.

The matrix has the size of 20 newsgroups: 11,000 texts of 20 classes, 50,000 words with
frequencies as in language, a million entries before words that repeat are joined. Words
are present or absent, where scikit-learn's information of discrete columns is the same
number. Both are timed one after the other in one process, on one thread, by CPU time.
Tables of pairs are counted beside, 200,000 rows of 100 columns in 10 blocks.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
from _records import Records
from scipy.sparse import csc_array
from sklearn.feature_selection import mutual_info_classif

from skmi.information import SparseCodes, count_pair_tables

N_TEXTS, N_WORDS, N_ENTRIES, N_CLASSES = 11_000, 50_000, 1_000_000, 20
N_STEPS = 20
# scikit-learn takes minutes: it gets every 100th word, and its time is scaled up.
N_PEER = 500


def main() -> None:
    """Measure and print all tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the seeds")
    n_seeds = 9 if parser.parse_args().full else 3
    packages = ("scikit-learn", "numpy", "scipy", "numba")
    records = Records("bench_sparse", packages, ("information",))
    for seed in range(n_seeds):
        if not records.has("words", "skmi / scikit-learn", seed):
            records.add("words", "skmi / scikit-learn", seed, **of_words(seed))
        if not records.has("blocks", "skmi", seed):
            records.add("blocks", "skmi", seed, **of_blocks(seed))
    for task, figures in {
        "words": ("skmi_s", "sklearn_s", "ratio", "difference", "step_ms", "peak_mb"),
        "blocks": ("skmi_s", "ns_a_count"),
    }.items():
        found = [f"{name} {records.median(task, name):.3g}" for name in figures]
        print(f"{task}: " + ", ".join(found))


def of_words(seed: int) -> dict[str, float]:
    """Return the figures of one matrix of words."""
    X, y = make_words(seed)
    relevance_of(X[:, :50], y)
    tracemalloc.start()
    relevance_of(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    ours, found = timed(relevance_of, X, y)
    some = slice(None, None, N_WORDS // N_PEER)
    options = {"discrete_features": True}
    theirs, expected = timed(mutual_info_classif, X[:, some], y, **options)
    theirs *= N_WORDS / N_PEER
    codes = SparseCodes(X, target=y)
    partners = codes.codes_of(np.argsort(-found)[:N_STEPS]).T
    steps, _ = timed(lambda: [codes.entropies_with(partner) for partner in partners])
    return {
        "skmi_s": ours,
        "sklearn_s": theirs,
        "ratio": ours / theirs,
        "difference": float(np.abs(found[some] - expected).max()),
        "step_ms": 1e3 * steps / N_STEPS,
        "peak_mb": peak / 1e6,
    }


def of_blocks(seed: int) -> dict[str, float]:
    """Return the figures of tables that blocks of rows are added to."""
    rng = np.random.default_rng(seed)
    n_rows, n_columns, n_levels = 200_000, 100, np.full(100, 8)
    codes = rng.integers(0, 8, (n_columns, n_rows)).astype(np.uint8).T
    y = rng.integers(0, 2, n_rows)

    def count() -> None:
        tables = None
        for rows in np.split(np.arange(n_rows), 10):
            part = slice(rows[0], rows[-1] + 1)
            tables = count_pair_tables(codes[part], y[part], n_levels, 2, onto=tables)

    count_pair_tables(codes[:10], y[:10], n_levels, 2)
    elapsed, _ = timed(count)
    n_counts = n_rows * n_columns * (n_columns - 1) / 2
    return {"skmi_s": elapsed, "ns_a_count": 1e9 * elapsed / n_counts}


def make_words(seed: int) -> tuple[csc_array, np.ndarray]:
    """Return which words each text has, and the classes, with words of their own."""
    rng = np.random.default_rng(seed)
    y = rng.integers(0, N_CLASSES, N_TEXTS)
    share = 1 / np.arange(1, N_WORDS + 1) ** 0.9
    words = rng.choice(N_WORDS, N_ENTRIES, p=share / share.sum())
    texts = rng.integers(0, N_TEXTS, N_ENTRIES)
    own = rng.random(N_ENTRIES) < 0.05
    words[own] = 1000 + 50 * y[texts[own]] + words[own] % 50
    X = csc_array((np.ones(N_ENTRIES), (texts, words)), shape=(N_TEXTS, N_WORDS))
    X.data[:] = 1
    return X, y


def relevance_of(X: csc_array, y: np.ndarray) -> np.ndarray:
    """Return I(Xj;Y) of all words, coding included."""
    codes = SparseCodes(X, target=y)
    nobody = np.zeros(y.size, dtype=np.uint8)
    alone, nothing = codes.whole_entropies_with(nobody)
    with_y, only_y = codes.whole_entropies_with(nobody, target=True)
    return (alone + only_y - with_y - nothing) * codes.unit


def timed(
    function: Callable[..., Any], *args: Any, **options: Any
) -> tuple[float, Any]:
    """Return the CPU seconds of a call and its value."""
    start = time.process_time()
    value = function(*args, **options)
    return time.process_time() - start, value


if __name__ == "__main__":
    main()
