"""The discrete bottleneck against other packages: the same curves, and how fast.

Curves of small tables against embo and dit, at their betas: ``lagrangian`` is by how
much ours lies above theirs at most (negative: theirs is never lower), ``height`` the
largest difference of relevance at their rates, where they are on the curve to 1e-4.
Greedy merges and moves of single rows against dit's on small tables. Documents, 10,000
of 5,000 words and 20 kinds, against sib-clustering, which is compiled. Times are CPU
time of one thread, of processes that take turns.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from _peers import Peer
from _records import Records
from scipy.sparse import csr_array
from sklearn.metrics import normalized_mutual_info_score

from skmi.bottleneck import DiscreteIB
from skmi.exceptions import EstimationWarning

N_TEXTS, N_WORDS, N_KINDS, TEXT_LENGTH = 10_000, 5_000, 20, 130
SHAPES = {"4x4": (4, 4), "8x6": (8, 6), "20x10": (20, 10)}


def main() -> None:
    """Measure and print all tasks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="three times the seeds")
    n_seeds = 9 if parser.parse_args().full else 3
    warnings.simplefilter("ignore", EstimationWarning)
    records = Records("parity_ib", ("numpy", "scipy"), ("bottleneck",))
    tasks: dict[tuple[str, str], tuple[str, str, Callable[..., dict[str, float]]]] = {
        **{
            (f"curve {name}", "skmi / embo"): ("embo", "peer_embo.py", of_embo(shape))
            for name, shape in SHAPES.items()
        },
        ("curve 3x3", "skmi / dit"): ("dit", "peer_dit.py", of_dit),
        ("merges 7x4", "skmi / dit"): ("dit", "peer_dit.py", of_partitions),
        ("documents", "skmi / sib"): ("sib-clustering", "peer_sib.py", of_documents),
    }
    for (task, method), (package, script, measure) in tasks.items():
        for seed in range(n_seeds):
            if not records.has(task, method, seed):
                with Peer(package, script) as peer:
                    figures = measure(peer, seed)
                    figures["peer_version"] = peer.version
                records.add(task, method, seed, **figures)
        rows = records.rows_of(task)
        names = [name for name in rows[0] if isinstance(rows[0][name], float)]
        found = [f"{name} {records.median(task, name):.3g}" for name in names]
        print(f"{task}, {method}: " + ", ".join(found), flush=True)


def make_table(shape: tuple[int, int], seed: int) -> np.ndarray:
    """Return a table of probabilities far from independence."""
    table = np.random.default_rng(seed).random(shape) ** 3
    return table / table.sum()


def of_embo(shape: tuple[int, int]) -> Callable[[Peer, int], dict[str, Any]]:
    """Return what measures curves of tables of a shape against embo."""

    def measure(peer: Peer, seed: int) -> dict[str, Any]:
        table = make_table(shape, seed)
        limits = np.array([50.0, 40])
        peer.call("curve", table, limits)
        return compare(table, *peer.call("curve", table, limits))

    return measure


def of_dit(peer: Peer, seed: int) -> dict[str, Any]:
    """Return the figures of one curve against dit."""
    table = make_table((3, 3), seed)
    return compare(table, *peer.call("curve", table, np.array([2.0, 16.0, 8])))


def compare(table: np.ndarray, theirs: np.ndarray, seconds: float) -> dict[str, Any]:
    """Return how our curve differs from a peer's, at the betas of the peer."""
    beta, rate, relevance = theirs
    ib = DiscreteIB(betas=beta, beta=float(beta.min()), tol=1e-9, random_state=0)
    elapsed, _ = timed(ib.fit, table)
    curve = ib.information_curve_
    lagrangian = np.outer(beta, curve["rate"]) - curve["relevance"]
    above = lagrangian.min(axis=1) - (beta * rate - relevance)
    # Theirs that are no optima at their betas say nothing about the curve.
    good = above > -1e-4
    height = np.interp(rate, curve["rate"], curve["relevance"]) - relevance
    return {
        "lagrangian": float(above.max()),
        "height": float(np.abs(height[good]).max()),
        "optima_of_peer": float(good.mean()),
        "skmi_s": elapsed,
        "peer_s": seconds,
        "ratio": elapsed / seconds,
    }


def of_partitions(peer: Peer, seed: int) -> dict[str, Any]:
    """Return the figures of hard clusters of small tables against dit."""
    table = make_table((7, 4), seed)
    figures: dict[str, Any] = {}
    for method in ("agglomerative", "sequential"):
        ours, spent, peer_spent = [], 0.0, 0.0
        theirs = []
        for n_clusters in (2, 3, 4, 5):
            value, seconds = peer.call(method, table, np.array(n_clusters))
            theirs.append(value[0])
            peer_spent += seconds
            ib = DiscreteIB(n_clusters, method=method, beta=0, random_state=0)
            elapsed, _ = timed(ib.fit, table)
            ours.append(ib.relevance_)
            spent += elapsed
        gain = np.array(ours) - np.array(theirs)
        figures[f"{method}_gain_min"] = float(gain.min())
        figures[f"{method}_gain_max"] = float(gain.max())
        figures[f"{method}_ratio"] = spent / peer_spent
    return figures


def of_documents(peer: Peer, seed: int) -> dict[str, Any]:
    """Return the figures of one collection of documents."""
    counts, kind = make_documents(seed)
    arrays = (counts.data, counts.indices, counts.indptr)
    options = np.array([N_WORDS, N_KINDS, seed, 0.02, 15])
    theirs, quick = peer.call("labels", *arrays, options)
    # Until nothing moves any more, as ours does.
    options = np.array([N_WORDS, N_KINDS, seed, 0.0, 1000])
    settled, slow = peer.call("labels", *arrays, options)
    ib = DiscreteIB(N_KINDS, method="sequential", beta=0, n_init=1, random_state=seed)
    elapsed, _ = timed(ib.fit, counts)
    return {
        "skmi_s": elapsed,
        "peer_s": quick,
        "peer_settled_s": slow,
        "ratio": elapsed / quick,
        "ratio_settled": elapsed / slow,
        "skmi_relevance": ib.relevance_,
        "peer_relevance": relevance_of(counts, theirs),
        "peer_settled_relevance": relevance_of(counts, settled),
        "skmi_nmi": float(normalized_mutual_info_score(kind, ib.labels_)),
        "peer_nmi": float(normalized_mutual_info_score(kind, theirs)),
        "peer_settled_nmi": float(normalized_mutual_info_score(kind, settled)),
    }


def relevance_of(counts: csr_array, labels: np.ndarray) -> float:
    """Return I(T;Y) of clusters of documents in nats."""
    table = np.zeros((int(labels.max()) + 1, counts.shape[1]))
    np.add.at(table, labels, counts.toarray())
    p = table / table.sum()
    expected = np.outer(p.sum(axis=1), p.sum(axis=0))
    seen = p > 0
    return float((p[seen] * np.log(p[seen] / expected[seen])).sum())


def make_documents(seed: int) -> tuple[csr_array, np.ndarray]:
    """Return counts of words, each kind with favourites of its own."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, N_KINDS, N_TEXTS)
    share = 1 / np.arange(1, N_WORDS + 1) ** 0.9
    favours = np.where(rng.random((N_KINDS, N_WORDS)) < 0.05, 15.0, 1.0)
    shares = share * favours
    shares /= shares.sum(axis=1, keepdims=True)
    words = np.concatenate(
        [rng.choice(N_WORDS, TEXT_LENGTH, p=shares[k]) for k in kind]
    )
    texts = np.repeat(np.arange(N_TEXTS), TEXT_LENGTH)
    counts = csr_array((np.ones(words.size), (texts, words)), shape=(N_TEXTS, N_WORDS))
    counts.sum_duplicates()
    return counts, kind


def timed(function: Callable[..., Any], *args: Any) -> tuple[float, Any]:
    """Return the CPU seconds of a call and its value."""
    start = time.process_time()
    value = function(*args)
    return time.process_time() - start, value


if __name__ == "__main__":
    main()
