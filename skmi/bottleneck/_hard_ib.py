"""Partitions of a table's rows: one row moved at a time, or all of them at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skmi.bottleneck._ib_table import TINY, Table, collect, informations, plogp

# Entries of a block times clusters, whose costs are computed at once.
_BLOCK = 1 << 16
# Gains smaller than this are rounding.
_SLACK = 1e-14


class Partition(NamedTuple):
    """Labels of the classes, and what they came to in nats."""

    labels: np.ndarray
    rate: float
    relevance: float
    converged: bool
    n_iter: int

    def value(self, beta: float, power: float = 1.0) -> float:
        """Return beta H(T)^power - I(T;Y)."""
        return beta * self.rate**power - self.relevance


def sequential(
    table: Table,
    labels: np.ndarray,
    n_clusters: int,
    beta: float,
    max_iter: int,
    generator: np.random.Generator,
) -> Partition:
    """Move rows, one at a time, to where ``beta H(T) - I(T;Y)`` is lowest.

    Which rows want to move is told for a block of them at once; one that does is
    looked at again, alone, before it moves. So the Lagrangian never rises, and where
    nothing moves in a sweep no single row can lower it.
    """
    clusters = _Clusters(table, labels.copy(), n_clusters, beta)
    sizes = np.diff(table.joint.indptr)
    converged, n_iter = False, 0
    while n_iter < max_iter and not converged:
        n_iter += 1
        order = generator.permutation(labels.size)
        ends = np.cumsum(sizes[order]) * n_clusters // _BLOCK
        cuts = np.flatnonzero(np.diff(ends)) + 1
        converged = True
        for rows in np.split(order, cuts):
            for row in rows[clusters.want_to_move(rows)]:
                if clusters.move(row):
                    converged = False
    rate, relevance = informations(table, clusters.labels)
    return Partition(clusters.labels, rate, relevance, converged, n_iter)


class _Clusters:
    """A partition with p(t) (k,) and p(y, t) (m, k), kept as rows move."""

    def __init__(
        self, table: Table, labels: np.ndarray, n_clusters: int, beta: float
    ) -> None:
        self.table, self.labels, self.beta = table, labels, beta
        self.size = np.bincount(labels, weights=table.weight, minlength=n_clusters)
        self.joint = np.ascontiguousarray(collect(table, labels, n_clusters).T)
        # g of these, so that costs need one logarithm for each entry and cluster.
        self.terms = plogp(self.joint)

    def want_to_move(self, rows: np.ndarray) -> np.ndarray:
        """Tell which rows would lower the Lagrangian elsewhere."""
        pointer = self.table.joint.indptr
        sizes = pointer[rows + 1] - pointer[rows]
        starts = np.cumsum(sizes) - sizes
        places = np.arange(sizes.sum()) + np.repeat(pointer[rows] - starts, sizes)
        own = self.labels[rows]
        costs = self._costs(
            self.table.joint.indices[places],
            self.table.joint.data[places],
            np.repeat(own, sizes),
            starts,
            self.table.weight[rows],
            own,
        )
        stay = costs[np.arange(rows.size), own]
        return costs.min(axis=1) < stay - _SLACK

    def move(self, row: int) -> bool:
        """Move a row to where it costs least; tell whether it moved."""
        place = slice(*self.table.joint.indptr[row : row + 2])
        columns = self.table.joint.indices[place]
        values = self.table.joint.data[place]
        weight, own = self.table.weight[row], self.labels[row]
        costs = self._costs(
            columns, values, own, np.zeros(1, np.intp), weight[None], own[None]
        )[0]
        best = int(costs.argmin())
        if not costs[best] < costs[own] - _SLACK:
            return False
        left = np.maximum(self.joint[columns, own] - values, 0.0)
        entered = self.joint[columns, best] + values
        for cluster, joint in ((own, left), (best, entered)):
            self.joint[columns, cluster] = joint
            self.terms[columns, cluster] = plogp(joint)
        self.size[own] = max(self.size[own] - weight, 0.0)
        self.size[best] += weight
        self.labels[row] = best
        return True

    def _costs(
        self,
        columns: np.ndarray,
        values: np.ndarray,
        own_of_entry: np.ndarray,
        starts: np.ndarray,
        weight: np.ndarray,
        own: np.ndarray,
    ) -> np.ndarray:
        """Return what each row (b,) adds to the Lagrangian in each cluster (b, k).

        The row is first taken out of its own. With g(u) = u log u the sum of
        (1 - beta) g(p(t)) less that of g(p(y, t)) is what changes.
        """
        gain = self.joint[columns]
        gain += values[:, None]
        gain *= np.log(gain)
        gain -= self.terms[columns]
        left = np.maximum(self.joint[columns, own_of_entry] - values, 0.0)
        stays = self.terms[columns, own_of_entry] - plogp(left)
        gain[np.arange(columns.size), own_of_entry] = stays
        sums = np.add.reduceat(gain, starts, axis=0)
        size = np.repeat(self.size[None], weight.size, axis=0)
        places = np.arange(weight.size)
        size[places, own] = np.maximum(size[places, own] - weight, 0.0)
        price = plogp(size + weight[:, None]) - plogp(size)
        return (1 - self.beta) * price - sums


def all_at_once(
    table: Table, labels: np.ndarray, beta: float, max_iter: int
) -> Partition:
    """Send every row to where KL(p(y|x) || p(y|t)) - beta log p(t) is lowest.

    These are the equations of the deterministic bottleneck. Clusters may empty.
    """
    labels = labels.copy()
    converged, n_iter, before = False, 0, np.inf
    while n_iter < max_iter and not converged:
        n_iter += 1
        k = int(labels.max()) + 1
        size = np.bincount(labels, weights=table.weight, minlength=k)
        joint = collect(table, labels, k)
        costs = assignment_costs(table, size, joint, beta)
        moved = costs.argmin(axis=1)
        ties = costs[np.arange(labels.size), labels] <= costs.min(axis=1) + _SLACK
        moved[ties] = labels[ties]
        rate, relevance = informations(table, moved)
        value = beta * rate - relevance
        converged = bool((moved == labels).all()) or value >= before - _SLACK
        before = value
        labels = np.unique(moved, return_inverse=True)[1]
    rate, relevance = informations(table, labels)
    return Partition(labels, rate, relevance, converged, n_iter)


def assignment_costs(
    table: Table, size: np.ndarray, joint: np.ndarray, beta: float
) -> np.ndarray:
    """Return -sum p(y|x) log p(y|t) - beta log p(t) of rows and clusters (N, k)."""
    log_size = np.log(np.maximum(size, TINY))
    log_given = np.log(np.maximum(joint, TINY)) - log_size[:, None]
    return -(table.given @ log_given.T) - beta * log_size


def best_partition(
    table: Table,
    n_clusters: int,
    beta: float,
    *,
    method: str,
    n_init: int,
    max_iter: int,
    generator: np.random.Generator,
    starts: tuple[np.ndarray, ...] = (),
) -> Partition:
    """Return the best partition of ``starts`` and of random ones, ``n_init`` in all."""
    n = table.weight.size
    found = []
    for i in range(max(n_init, len(starts))):
        if i < len(starts):
            labels = starts[i]
        else:
            # Every cluster has a row to begin with.
            labels = generator.permutation(np.arange(n) % n_clusters)
        if method == "deterministic":
            labels = all_at_once(table, labels, beta, max_iter).labels
        found.append(sequential(table, labels, n_clusters, beta, max_iter, generator))
    # The first of those that are as good but for rounding.
    lowest = min(partition.value(beta) for partition in found)
    return next(p for p in found if p.value(beta) <= lowest + 1e-12)
