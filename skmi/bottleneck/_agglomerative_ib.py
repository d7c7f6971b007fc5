"""Greedy merges of a table's rows, each the one that costs the least information."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skmi.bottleneck._ib_table import Table, plogp

# Entries are sorted anew when one in so many is recent.
_RECENT = 16


class Merges(NamedTuple):
    """N - 1 merges: clusters (N - 1, 2), and what each lost in nats (N - 1,).

    Clusters are numbered as in hierarchies of scipy: classes first, then those that
    merges make, in their order.
    """

    pairs: np.ndarray
    loss: np.ndarray


def merge_all(table: Table) -> Merges:
    """Merge until one cluster is left.

    Of equal costs the pair of the lowest numbers goes first. Each cluster remembers the
    best of those after it. A merge leaves what others remember of a cluster that is
    gone as a lower bound, and such a one is looked up again only when it is next.
    """
    n = table.weight.size
    state = _Merging(table)
    pairs, loss = np.empty((max(n - 1, 0), 2), dtype=np.intp), np.empty(max(n - 1, 0))
    for i in range(n):
        state.look_up(i)
    for step in range(n - 1):
        first = state.next_cluster()
        second = state.partner[first]
        pairs[step], loss[step] = (first, second), state.cost[first]
        state.merge(first, second, n + step)
    return Merges(pairs, np.maximum(loss, 0.0))


def cut(merges: Merges, n_clusters: int) -> np.ndarray:
    """Return labels (N,) of the classes when so many clusters are left."""
    n = len(merges.pairs) + 1
    parent = np.arange(2 * n - 1)
    for step in range(n - n_clusters):
        parent[merges.pairs[step]] = n + step
    # Parents come after their children.
    for cluster in range(2 * n - 2, -1, -1):
        parent[cluster] = parent[parent[cluster]]
    return np.unique(parent[:n], return_inverse=True)[1]


def curve_of(table: Table, merges: Merges) -> tuple[np.ndarray, np.ndarray]:
    """Return H(T) and I(T;Y) in nats when 1, 2, ..., N clusters are left."""
    n = table.weight.size
    size = np.concatenate([table.weight, np.zeros(max(n - 1, 0))])
    gain = np.empty(max(n - 1, 0))
    for step, (a, b) in enumerate(merges.pairs):
        size[n + step] = size[a] + size[b]
        terms = plogp(size[[n + step, a, b]])
        gain[step] = terms[0] - terms[1] - terms[2]
    entropy = np.concatenate([[0.0], np.cumsum(gain[::-1])])
    relevance = np.concatenate([[0.0], np.cumsum(merges.loss[::-1])])
    return entropy, relevance


class _Merging:
    """Clusters as rows of p(t, y), of which new ones are written behind the old.

    Entries written before the last :meth:`_index` are found by their column, those
    after it by looking at all of them.
    """

    def __init__(self, table: Table) -> None:
        n, self.n_columns = table.joint.shape
        self.columns = table.joint.indices.astype(np.intp)
        self.values = table.joint.data.copy()
        self.logs = plogp(self.values)
        self.owner = np.repeat(np.arange(n), np.diff(table.joint.indptr))
        n_all = 2 * n - 1
        self.start = np.zeros(n_all, dtype=np.intp)
        self.stop = np.zeros(n_all, dtype=np.intp)
        self.start[:n], self.stop[:n] = table.joint.indptr[:-1], table.joint.indptr[1:]
        self.size = np.concatenate([table.weight, np.zeros(n_all - n)])
        self.alive = np.zeros(n_all, dtype=bool)
        self.alive[:n] = True
        self.cost = np.full(n_all, np.inf)
        self.partner = np.zeros(n_all, dtype=np.intp)
        self.n_known = n
        self.n_entries = self.columns.size
        self._index()

    def _index(self) -> None:
        """Drop the entries of clusters that are gone, and sort the rest by column."""
        kept = np.flatnonzero(self.alive[self.owner[: self.n_entries]])
        for name in ("columns", "values", "logs", "owner"):
            old = getattr(self, name)
            old[: kept.size] = old[kept]
        counts = np.bincount(self.owner[: kept.size], minlength=self.alive.size)
        self.stop = np.cumsum(counts)
        self.start = self.stop - counts
        self.n_entries = self.n_indexed = kept.size
        columns = self.columns[: kept.size]
        # Entries of one column stay in the order of their clusters.
        self.sorted = np.argsort(columns, kind="stable")
        self.place = np.empty_like(self.sorted)
        self.place[self.sorted] = np.arange(kept.size)
        ends = np.cumsum(np.bincount(columns, minlength=self.n_columns))
        self.first, self.last = np.concatenate([[0], ends[:-1]]), ends

    def costs_from(self, cluster: int, later: bool = False) -> np.ndarray:
        """Return what merging a cluster with any other loses; inf for itself and gone.

        With g(u) = u log u only shared columns count: g(w + w') - g(w) - g(w') less the
        same of their entries. With ``later`` those of earlier clusters are not all
        looked at, so that only the costs of later ones are right.
        """
        own = slice(self.start[cluster], self.stop[cluster])
        columns, values, logs = self.columns[own], self.values[own], self.logs[own]
        sums = np.zeros(self.n_known)
        is_indexed = self.stop[cluster] <= self.n_indexed
        if is_indexed or not later:
            first = self.place[own] + 1 if later else self.first[columns]
            many = self.last[columns] - first
            ends = np.cumsum(many)
            shift = np.repeat(first - ends + many, many)
            entries = self.sorted[np.arange(shift.size) + shift]
            mine = np.repeat(values, many)
            both = plogp(mine + self.values[entries]) - self.logs[entries]
            both -= np.repeat(logs, many)
            sums += np.bincount(
                self.owner[entries], weights=both, minlength=self.n_known
            )
        recent = slice(self.n_indexed, self.n_entries)
        if recent.stop > recent.start:
            at = np.zeros((2, self.n_columns))
            at[:, columns] = values, logs
            mine = at[0, self.columns[recent]]
            shared = np.flatnonzero(mine)
            entries = shared + self.n_indexed
            both = plogp(mine[shared] + self.values[entries]) - self.logs[entries]
            both -= at[1, self.columns[entries]]
            sums += np.bincount(
                self.owner[entries], weights=both, minlength=self.n_known
            )
        size, mass = self.size[: self.n_known], self.size[cluster]
        costs = plogp(size + mass) - plogp(size) - plogp(mass) - sums
        costs[~self.alive[: self.n_known]] = np.inf
        costs[cluster] = np.inf
        return costs

    def look_up(self, cluster: int) -> None:
        """Remember the best partner among the clusters after this one."""
        costs = self.costs_from(cluster, later=True)[cluster + 1 :]
        self.cost[cluster] = np.inf
        if costs.size:
            best = int(costs.argmin())
            self.cost[cluster], self.partner[cluster] = costs[best], cluster + 1 + best

    def next_cluster(self) -> int:
        """Return the first cluster of the cheapest pair."""
        while True:
            first = int(self.cost[: self.n_known].argmin())
            if self.alive[self.partner[first]]:
                return first
            self.look_up(first)

    def merge(self, first: int, second: int, new: int) -> None:
        """Write the sum of two clusters as a new one."""
        parts = [slice(self.start[c], self.stop[c]) for c in (first, second)]
        columns = np.concatenate([self.columns[p] for p in parts])
        values = np.concatenate([self.values[p] for p in parts])
        columns, where = np.unique(columns, return_inverse=True)
        values = np.bincount(where, weights=values)
        for part in parts:
            # What is gone shares nothing.
            self.values[part] = self.logs[part] = 0.0
        self.alive[[first, second]] = False
        self.cost[[first, second]] = np.inf
        self._append(columns, values, new)
        self.size[new] = self.size[first] + self.size[second]
        self.alive[new] = True
        self.n_known = new + 1
        costs = self.costs_from(new)
        better = np.flatnonzero(costs < self.cost[: self.n_known])
        self.cost[better], self.partner[better] = costs[better], new

    def _append(self, columns: np.ndarray, values: np.ndarray, new: int) -> None:
        """Write the entries of a new cluster behind all others."""
        if self.n_entries - self.n_indexed > self.n_indexed // _RECENT:
            self._index()
        end = self.n_entries + columns.size
        if end > self.columns.size:
            for name in ("columns", "values", "logs", "owner"):
                old = getattr(self, name)
                grown = np.zeros(end + end // 2, dtype=old.dtype)
                grown[: self.n_entries] = old[: self.n_entries]
                setattr(self, name, grown)
        place = slice(self.n_entries, end)
        self.columns[place], self.values[place] = columns, values
        self.logs[place], self.owner[place] = plogp(values), new
        self.start[new], self.stop[new] = self.n_entries, end
        self.n_entries = end
