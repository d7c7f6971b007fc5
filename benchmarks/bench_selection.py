"""Selection of columns: how fast beside other packages, and in how much memory.

Ours and the quick peers take turns, one call each for every seed, on the same data,
whose columns are in random order. CPU time, one thread; a peer's table is ready (a
frame, or codes for those that want codes) before its clock starts, and making it is
kept apart, while ours starts from the array. mrmrs, fastcan, FCQ and mrmr-selection
weigh F tests and correlations, not information. Peers that take longer than seconds
run once, those that take minutes on fewer columns or rows, scaled up (column ``share``)
by what their cost is proportional to; what is measured of them is kept when our sources
change. "knn" is compared on the fewer columns outright, and ratios are of that.

``--task c,d`` and ``--method skmi,mrmrs`` choose; ``--again`` measures anew.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from _records import Records
from _selection import Data, Peers, select, works
from sklearn.datasets import make_classification

from skmi.feature_selection import mutual_info_classif
from skmi.information import pairwise_mutual_information

N_SEEDS = 7
N_CLASSES, K_NEIGHBORS = 2, 3


@dataclass(frozen=True)
class Task:
    """Rows, columns, columns to select; ours; quick peers; slow peers and shares.

    ``slow`` gives columns, columns to select and the factor to the whole task.
    """

    n: int
    d: int
    k: int
    ours: dict[str, dict[str, Any]]
    quick: tuple[str, ...] = ()
    slow: dict[str, tuple[int, int, float]] = field(default_factory=dict)
    aims: dict[str, float] = field(default_factory=dict)
    n_seeds: int = N_SEEDS


BINNED = {f"skmi {c}": {"criterion": c} for c in ("mrmr", "jmi", "cmim")}
NEIGHBORS = {
    f"skmi {c}, knn": {"criterion": c, "estimator": "knn"} for c in ("mrmr", "jmi")
}
TASKS = {
    # Both of kNN information, one column at a time: no options of the selector.
    "a": Task(10_000, 100, 10, {"skmi": {}}, ("SelectKBest MI", "ennemi")),
    "c": Task(
        5_000,
        500,
        20,
        BINNED,
        ("mrmrs", "fastcan"),
        {
            "fast-select MID": (500, 20, 1.0),
            "mrmr-selection": (500, 20, 1.0),
            "feature-engine FCQ": (500, 20, 1.0),
            # Costs that grow as columns times columns to select.
            "scikit-feature mrmr": (100, 10, 10.0),
            "scikit-feature jmi": (100, 10, 10.0),
            "scikit-feature cmim": (100, 10, 10.0),
            "ITMO mrmr": (100, 10, 10.0),
            "ITMO jmi": (100, 10, 10.0),
            "ITMO cmim": (100, 10, 10.0),
            "feature-engine MIQ": (100, 10, 10.0),
        },
        {
            "mrmrs": 2,
            "fastcan": 4,
            "fast-select MID": 75,
            "scikit-feature mrmr": 1000,
            "scikit-feature jmi": 1000,
            "scikit-feature cmim": 1000,
        },
    ),
    "d": Task(
        200,
        10_000,
        50,
        BINNED,
        ("mrmrs", "fastcan"),
        {
            "feature-engine FCQ": (1_000, 50, 10.0),
            "scikit-feature mrmr": (1_000, 50, 10.0),
            "feature-engine MIQ": (500, 10, 100.0),
        },
        {"mrmrs": 2, "fastcan": 2},
    ),
    "million": Task(
        1_000_000,
        100,
        20,
        BINNED,
        ("mrmrs",),
        {"fastcan": (100, 20, 1.0)},
        {"mrmrs": 3},
        3,
    ),
    "neighbors": Task(
        5_000,
        50,
        10,
        NEIGHBORS,
        (),
        {
            "mifs mrmr": (50, 10, 1.0),
            "mifs jmi": (50, 10, 1.0),
            "feature-engine MIQ": (50, 10, 1.0),
        },
        {"mifs mrmr": 10, "mifs jmi": 4},
        3,
    ),
}
# Levels of the codes whose pairs are scanned, and the most CPU seconds aimed at.
SCANS, SCAN_AIM = (8, 5), 0.2
MEMORY_AIM_MB, MIXED_AIMS = 100, {"cpu_s": 10, "growth_mb": 2_000}


def main() -> None:
    """Measure and print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the runs")
    parser.add_argument("--task", help="names, between commas; all by default")
    parser.add_argument("--method", help="beginnings of names, between commas")
    parser.add_argument("--again", action="store_true", help="replace what is there")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(in_child(**json.loads(options.child))))
        return
    bench = Bench(options)
    with Peers() as peers:
        for name, task in TASKS.items():
            if bench.wants_task(name):
                bench.compare(peers, name, task)
    if bench.wants_task("scan"):
        for n_levels in SCANS:
            bench.alone(f"scan, {n_levels} levels", "skmi", partial(scan, n_levels), 5)
    for name in ("c", "d"):
        if bench.wants_task("memory"):
            asked = partial(ask_child, what="memory", task=name)
            bench.alone(f"memory {name}", "skmi mrmr", asked, 3)
    if bench.wants_task("compilation"):
        bench.alone("compilation", "skmi", partial(ask_child, what="compilation"), 3)
    if bench.wants_task("mixed"):
        bench.alone("mixed", "skmi mrmr", partial(ask_child, what="mixed"), 3)


class Bench:
    """What the command line asks for, and the records."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.records = Records(
            "bench_selection",
            ("numba", "numpy", "scikit-learn", "scipy"),
            ("information", "feature_selection"),
        )
        self.again, self.factor = options.again, 3 if options.full else 1
        self.tasks = options.task.split(",") if options.task else None
        self.methods = tuple((options.method or "").split(","))

    def wants_task(self, name: str) -> bool:
        """Tell whether a task is asked for."""
        return self.tasks is None or name in self.tasks

    def lacks(self, task: str, method: str, seed: int, *, ours: bool = True) -> bool:
        """Tell whether a row is to be measured."""
        wanted = method.startswith(self.methods)
        there = self.records.has(task, method, seed, of_sources=ours)
        return wanted and (self.again or not there)

    def compare(self, peers: Peers, name: str, task: Task) -> None:
        """Measure ours and the quick peers in turns, then the slow ones once."""
        ours = {m: o for m, o in task.ours.items() if works(o)}
        for seed in range(task.n_seeds * self.factor):
            # A peer's row is one of a pair: it is measured anew with ours.
            missing = [m for m in (*ours, *task.quick) if self.lacks(name, m, seed)]
            if not missing:
                continue
            data = make(task.n, task.d, task.k, seed)
            peers.put(data)
            if seed == 0:
                self.warm_up(peers, data, missing, ours, name)
            for method in missing:
                found = self.measure(peers, method, data, ours, name)
                self.records.add(name, method, seed, **found, share=1.0)
        for method, (d, k, factor) in task.slow.items():
            if self.lacks(name, method, 0, ours=False):
                data = make(task.n, d, k, 0)
                small = data._replace(X=data.X[:300, :40], y=data.y[:300], k=2)
                peers.put(small)
                self.measure(peers, method, small, ours, name)  # imports, compiles
                peers.put(data)
                found = self.measure(peers, method, data, ours, name)
                found["cpu_s"] *= factor
                self.records.add(name, method, 0, **found, share=1 / factor)
        for method in (*ours, *task.quick, *task.slow):
            if self.wants(method):
                self.report(name, method)

    def wants(self, method: str) -> bool:
        """Tell whether a method is asked for."""
        return method.startswith(self.methods)

    def warm_up(
        self,
        peers: Peers,
        data: Data,
        methods: list[str],
        ours: dict[str, dict[str, Any]],
        name: str,
    ) -> None:
        """Let what is compiled or imported at a first call be so."""
        few = data._replace(X=data.X[:300], y=data.y[:300], k=3)
        peers.put(few)
        for method in methods:
            self.measure(peers, method, few, ours, name)
        peers.put(data)

    def measure(
        self,
        peers: Peers,
        method: str,
        data: Data,
        ours: dict[str, dict[str, Any]],
        name: str,
    ) -> dict[str, Any]:
        """Return the CPU seconds of a method."""
        if method not in ours:
            found = peers.select(method, data.regression, data.k)
        elif name == "a":
            found = score(data)
        else:
            found = select(ours[method], data)
        found["n_selected"] = len(found.pop("selected", ()))
        return found

    def alone(
        self, task: str, method: str, call: Callable[[], dict[str, Any]], n_runs: int
    ) -> None:
        """Measure what no peer is compared with."""
        for seed in range(n_runs * self.factor):
            if self.lacks(task, method, seed):
                self.records.add(task, method, seed, **call())
        self.report(task, method)

    def report(self, task: str, method: str) -> None:
        """Print the medians of a method."""
        rows = [r for r in self.records.rows_like(task) if r["method"] == method]
        figures = [k for k in rows[0] if k.endswith(("_s", "_mb"))] if rows else []
        values = {k: float(np.median([row[k] for row in rows])) for k in figures}
        told = ", ".join(f"{k} {v:.4g}" for k, v in values.items())
        print(f"{task}: {method}: {told} ({len(rows)} runs)", flush=True)


def make(n: int, d: int, k: int, seed: int) -> Data:
    """Return continuous columns, some of which tell about two classes."""
    informative = min(20, d // 5)
    X, y = make_classification(
        n,
        d,
        n_informative=informative,
        n_redundant=min(30, d // 5),
        n_classes=N_CLASSES,
        random_state=seed,
    )
    return Data(X, y, k=k).permuted(np.random.default_rng(seed))


def score(data: Data) -> dict[str, Any]:
    """Return the CPU seconds of kNN information of each column."""
    started = time.process_time()
    mutual_info_classif(
        data.X,
        data.y,
        discrete_features=False,
        n_neighbors=K_NEIGHBORS,
        random_state=0,
    )
    return {"cpu_s": time.process_time() - started}


def scan(n_levels: int) -> dict[str, float]:
    """Return the CPU seconds of I(Xi,Xj;Y) of 124,750 pairs of columns."""
    rng = np.random.default_rng(0)
    codes = rng.integers(0, n_levels, size=(5_000, 500), dtype=np.uint8)
    codes = np.asfortranarray(codes)
    y = rng.integers(0, 2, size=5_000)
    pairwise_mutual_information(codes[:100], y[:100])  # compiles
    started = time.process_time()
    pairwise_mutual_information(codes, y)
    return {"cpu_s": time.process_time() - started}


def ask_child(what: str, task: str = "") -> dict[str, Any]:
    """Return what a fresh process measures; for compilation with an empty cache."""
    question = json.dumps({"what": what, "task": task})
    with tempfile.TemporaryDirectory() as folder:
        fresh = {"NUMBA_CACHE_DIR": folder} if what == "compilation" else {}
        done = subprocess.run(
            [sys.executable, __file__, "--child", question],
            capture_output=True,
            text=True,
            env={**os.environ, **fresh},
        )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def in_child(what: str, task: str) -> dict[str, Any]:
    """Measure in this process, which does nothing else."""
    options = {"criterion": "mrmr"}
    if what == "compilation":
        data = make(1_000, 50, 5, 0)
        first, second = (select(options, data)["cpu_s"] for _ in range(2))
        return {"compile_s": first - second}
    if what == "mixed":
        return measure_mixed()
    shape = TASKS[task]
    data = make(shape.n, shape.d, shape.k, 0)
    few = data._replace(X=data.X[:300, :50].copy(), y=data.y[:300], k=3)
    started = resident("VmRSS")
    select(options, few)  # numba and the compiled loops come to memory
    ready = reset_peak()
    select(options, data)
    return {
        "growth_mb": resident("VmHWM") - ready,
        "growth_with_imports_mb": resident("VmHWM") - started,
    }


def measure_mixed() -> dict[str, float]:
    """Return CPU seconds and memory of a million rows of mixed columns."""
    from skmi.feature_selection import SelectByMutualInfo

    frame, y = make_mixed(1_000_000)
    options = {"criterion": "mrmr", "missing": "category", "random_state": 0}
    SelectByMutualInfo(3, **options).fit(frame[:2_000], y[:2_000])
    ready = reset_peak()
    started = time.process_time()
    SelectByMutualInfo(20, **options).fit(frame, y)
    seconds = time.process_time() - started
    return {
        "cpu_s": seconds,
        "growth_mb": resident("VmHWM") - ready,
        "data_mb": float(frame.memory_usage(deep=True).sum() / 2**20),
        "peak_mb": resident("VmHWM"),
    }


def make_mixed(n: int) -> tuple[Any, np.ndarray]:
    """Return a frame of 100 columns, 5% of them missing, and three classes."""
    import pandas as pd

    rng = np.random.default_rng(0)
    hidden = rng.standard_normal((n, 5))
    y = np.digitize(hidden.sum(axis=1) + rng.standard_normal(n), (-1.5, 1.5))
    columns = {}
    for j in rng.permutation(100):
        values = hidden[:, j % 5] * (j < 40) + rng.standard_normal(n)
        absent = rng.random(n) < 0.05
        if j % 3 == 0:
            values[absent] = np.nan
            columns[f"number {j}"] = values
        elif j % 3 == 1:
            counts = np.floor(values * 8)
            counts[absent] = np.nan
            columns[f"count {j}"] = counts
        else:
            n_levels = (3, 10, 25, 50)[j % 4]
            edges = np.linspace(-2.5, 2.5, n_levels - 1)
            codes = np.digitize(values, edges)
            codes[absent] = -1
            levels = [f"level {c}" for c in range(n_levels)]
            columns[f"kind {j}"] = pd.Categorical.from_codes(codes, levels)
    return pd.DataFrame(columns), y


def resident(what: str) -> float:
    """Return this process's memory in MiB: "VmRSS" now, "VmHWM" at its peak."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if what in line)


def reset_peak() -> float:
    """Let the peak start from now, and return the memory now."""
    Path("/proc/self/clear_refs").write_text("5")
    return resident("VmRSS")


if __name__ == "__main__":
    main()
