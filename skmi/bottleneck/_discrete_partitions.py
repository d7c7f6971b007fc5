"""Partitions that are good at several betas, to return or to start soft codes from."""

from __future__ import annotations

from copy import deepcopy

import numpy as np

from skmi.bottleneck._agglomerative_ib import curve_of, cut, merge_all
from skmi.bottleneck._hard_ib import Partition, all_at_once, best_partition, sequential
from skmi.bottleneck._ib_table import Table, informations

# Numbers of clusters that are tried besides the largest.
_N_COUNTS = 8
# Tables of no more rows than this are merged too, which takes their number squared.
_MERGED = 256
# Partitions that are improved at each beta.
_IMPROVED = 3
# Values of partitions that are one.
_SAME = 1e-12


class Pool:
    """Partitions into at most ``n_clusters``, and a search for better ones at a beta.

    All are kept: one found at a beta may be the best at another. The draws begin where
    those of "sequential" do and are independent of all others, so that what any method
    finds by itself is found here.
    """

    def __init__(
        self,
        table: Table,
        n_clusters: int,
        *,
        n_init: int,
        max_iter: int,
        generator: np.random.Generator,
    ) -> None:
        self.table, self.n_clusters = table, n_clusters
        self.n_init, self.max_iter = n_init, max_iter
        self.generator = deepcopy(generator)
        self.found: list[Partition] = []
        self.improved: set[tuple[int, float]] = set()

    def fill(self, beta: float, end: Partition) -> None:
        """Find partitions at the beta asked for, and of fewer clusters at beta 0.

        ``end`` is the best of random starts at beta 0.
        """
        n = self.table.weight.size
        one = Partition(np.zeros(n, dtype=np.intp), 0.0, 0.0, True, 1)
        self.found = [end, one]
        if beta > 0:
            self.found.insert(0, self._as_sequential(beta))
        counts = np.geomspace(1, self.n_clusters, _N_COUNTS + 2).astype(int)
        for count in np.unique(counts):
            if 1 < count < self.n_clusters:
                labels = self.generator.permutation(np.arange(n) % count)
                self._add(labels, int(count), 0.0)
        if n <= _MERGED:
            self._fill_by_merges(beta)

    def _as_sequential(self, beta: float) -> Partition:
        """Return what "sequential" finds at beta."""
        n = self.table.weight.size
        return best_partition(
            self.table,
            self.n_clusters,
            beta,
            method="sequential",
            n_init=self.n_init,
            max_iter=self.max_iter,
            generator=self.generator,
            starts=(np.arange(n),) if self.n_clusters == n else (),
        )

    def _fill_by_merges(self, beta: float) -> None:
        """Add partitions of greedy merges, and what they lead to at beta."""
        merges = merge_all(self.table)
        rate, relevance = curve_of(self.table, merges)
        value = (beta * rate - relevance)[: self.n_clusters]
        for count in {int(value.argmin()) + 1, self.n_clusters}:
            labels = cut(merges, count)
            entropy, told = informations(self.table, labels)
            self.found.append(Partition(labels, entropy, told, True, 1))
            self._add(labels, self.n_clusters, beta)

    def _add(self, labels: np.ndarray, n_clusters: int, beta: float) -> None:
        """Add what single moves lead to."""
        partition = sequential(
            self.table, labels, n_clusters, beta, self.max_iter, self.generator
        )
        self.found.append(partition)

    def improve(self, beta: float) -> None:
        """Add what the best at beta lead to by the equations and by single moves."""
        for i in self._best(beta, _IMPROVED, 1.0):
            if (i, beta) not in self.improved:
                self.improved.add((i, beta))
                labels = self.found[i].labels
                moved = all_at_once(self.table, labels, beta, self.max_iter)
                self._add(moved.labels, self.n_clusters, beta)

    def best(self, beta: float, n: int = 1, power: float = 1.0) -> list[Partition]:
        """Return the best at beta, of different values, the first found of equal ones.

        One that is as good as another but for rounding is not better.
        """
        return [self.found[i] for i in self._best(beta, n, power)]

    def _best(self, beta: float, n: int, power: float) -> list[int]:
        """Return which are the best."""
        values = np.array([p.value(beta, power) for p in self.found])
        chosen: list[int] = []
        limit = -np.inf
        for i in np.argsort(values, kind="stable").tolist():
            if values[i] <= limit:
                chosen[-1] = min(chosen[-1], i)
            elif len(chosen) == n:
                break
            else:
                chosen.append(i)
                limit = values[i] + _SAME
        return chosen
