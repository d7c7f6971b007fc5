"""Selection of columns: how many of those that matter are found.

Data sets whose true columns are known, in random order, and as many columns asked for
as there are true ones, or groups of copies of which one is enough. The figure is the
share of true columns or groups among those selected. Three of the tasks hold columns
that tell about y only together: XOR and parity, where no column tells anything alone,
and parity of three, where no pair does either. A random forest's importances are there
for reference: it is no filter. scikit-feature's mRMR and JMI are left out, as the
columns they return are not those they rank first.

``--task xor,parity`` and ``--method skmi`` choose; ``--again`` measures anew.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

import numpy as np
from _records import Records
from _selection import Data, Peers, own_methods, select
from sklearn.datasets import make_classification, make_friedman1

N_SEEDS = 20
PEERS = (
    "mrmrs",
    "fastcan",
    "fast-select MID",
    "fast-select MIQ",
    "scikit-feature cmim",
    "SelectKBest MI",
    "SelectKBest F",
    "random forest",
)
# Criteria that look at three columns, or all, at once are for few columns only.
NOT_ON = {"skmi ib": ("classification", "redundant")}


def classification(rng: np.random.Generator) -> Data:
    """Return 5 informative and 5 redundant columns among 100, 2,000 rows."""
    X, y = make_classification(
        2_000,
        100,
        n_informative=5,
        n_redundant=5,
        shuffle=False,
        random_state=int(rng.integers(2**31)),
    )
    order = rng.permutation(len(y))
    return Data(X[order], y[order], False, 10, one_by_one(10))


def redundant(rng: np.random.Generator) -> Data:
    """Return 10 signals, each in 5 noisy copies, and 50 columns of noise."""
    signals = rng.standard_normal((2_000, 10))
    copies = np.repeat(signals, 5, axis=1)
    copies = copies + 0.3 * rng.standard_normal(copies.shape)
    X = np.hstack([copies, rng.standard_normal((2_000, 50))])
    y = signals.sum(axis=1) + rng.standard_normal(2_000) > 0
    groups = tuple(tuple(range(5 * g, 5 * g + 5)) for g in range(10))
    return Data(X, y.astype(int), False, 10, groups)


def friedman(rng: np.random.Generator) -> Data:
    """Return Friedman's first regression: 5 true columns of 50, 1,000 rows."""
    seed = int(rng.integers(2**31))
    X, y = make_friedman1(1_000, 50, noise=1.0, random_state=seed)
    return Data(X, y, True, 5, one_by_one(5))


def xor_linear(rng: np.random.Generator) -> Data:
    """Return 2 columns that act as XOR and 3 that act linearly, of 50."""
    X = rng.standard_normal((5_000, 50))
    score = 2.0 * np.sign(X[:, 0] * X[:, 1]) + X[:, 2:5].sum(axis=1)
    y = score + rng.logistic(size=5_000) > 0
    return Data(X, y.astype(int), False, 5, one_by_one(5))


def xor(rng: np.random.Generator) -> Data:
    """Return 2 columns whose signs' XOR is y, a fifth of it flipped, of 100."""
    return parity(rng, n_true=2, n_columns=100)


def parity(rng: np.random.Generator, n_true: int = 3, n_columns: int = 30) -> Data:
    """Return columns whose signs' parity is y, a fifth of it flipped."""
    X = rng.standard_normal((5_000, n_columns))
    y = (X[:, :n_true] > 0).sum(axis=1) % 2
    y = np.where(rng.random(5_000) < 0.2, 1 - y, y)
    return Data(X, y, False, n_true, one_by_one(n_true))


def one_by_one(n_true: int) -> tuple[tuple[int, ...], ...]:
    """Return the first columns, each a group of its own."""
    return tuple((j,) for j in range(n_true))


TASKS: dict[str, Callable[[np.random.Generator], Data]] = {
    "classification": classification,
    "redundant": redundant,
    "friedman": friedman,
    "xor + linear": xor_linear,
    "xor": xor,
    "parity of 3": parity,
}


def main() -> None:
    """Measure and print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the runs")
    parser.add_argument("--task", help="names, between commas; all by default")
    parser.add_argument("--method", help="beginnings of names, between commas")
    parser.add_argument("--without", help="parts of names to leave out, so too")
    parser.add_argument("--again", action="store_true", help="replace what is there")
    options = parser.parse_args()
    tasks = options.task.split(",") if options.task else list(TASKS)
    wanted = tuple((options.method or "").split(","))
    records = Records(
        "bench_recovery",
        ("numba", "numpy", "scikit-learn", "scipy"),
        ("information", "feature_selection"),
    )
    ours = own_methods()
    unwanted = options.without.split(",") if options.without else []
    methods = [
        method
        for method in (*ours, *PEERS)
        if method.startswith(wanted) and not any(part in method for part in unwanted)
    ]
    with Peers() as peers:
        for task in tasks:
            for seed in range(N_SEEDS * (3 if options.full else 1)):
                missing = [
                    m
                    for m in methods
                    if task not in NOT_ON.get(m, ())
                    and (
                        options.again
                        or not records.has(task, m, seed, of_sources=m in ours)
                    )
                ]
                if missing:
                    rng = np.random.default_rng(seed)
                    data = TASKS[task](rng).permuted(rng)
                    peers.put(data)
                    records.add_all(
                        {"task": task, "method": m, "seed": seed, **run(m, data, peers)}
                        for m in missing
                    )
            report(records, task, methods)


def run(method: str, data: Data, peers: Peers) -> dict[str, float | str]:
    """Return the share of true columns or groups that a method finds."""
    ours = own_methods()
    if method in ours:
        found = select(ours[method], data)
    else:
        found = peers.select(method, data.regression, data.k)
    chosen = set(found["selected"])
    hit = [bool(chosen.intersection(group)) for group in data.groups]
    return {
        "recovery": float(np.mean(hit)),
        "cpu_s": found["cpu_s"],
        "version": found["version"],
    }


def report(records: Records, task: str, methods: list[str]) -> None:
    """Print mean recovery with its standard error."""
    print(task)
    for method in methods:
        rows = [r for r in records.rows_like(task) if r["method"] == method]
        values = np.array([row["recovery"] for row in rows])
        if len(values) > 1:
            error = values.std(ddof=1) / len(values) ** 0.5
            print(f"  {method}: {values.mean():.2f} +- {error:.2f}", flush=True)


if __name__ == "__main__":
    main()
