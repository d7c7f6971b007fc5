"""Exact neighbours of every row in the maximum norm, and counts within a radius."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from skmi.information._checks import in_threads

# Leaves, or blocks of sorted values, that one call of a kernel takes at least.
_MIN_SHARE = 32


class Nearest(NamedTuple):
    """The k nearest other rows of each row: the furthest first, then in no order."""

    distances: np.ndarray
    """(n, k)"""
    neighbors: np.ndarray
    """(n, k)"""
    tied: np.ndarray
    """(n,): several rows are at the k-th distance, or it is 0."""

    @property
    def radius(self) -> np.ndarray:
        """Return the k-th distance of each row."""
        return self.distances[:, 0]


class Neighborhoods:
    """Rows of one variable, ready for searches around each of them.

    Parameters
    ----------
    points : ndarray of shape (n, d), float64
        The rows.
    n_threads : int
        Threads that share a search. The result does not depend on it.
    order : ndarray of shape (n,), default=None
        The rows, those near to each other side by side, as the ``order`` of other
        neighbourhoods that share columns. It replaces most work of the preparation;
        the result does not depend on it.
    """

    def __init__(
        self, points: np.ndarray, n_threads: int = 1, order: np.ndarray | None = None
    ) -> None:
        self.n_rows, self.n_columns = points.shape
        self.n_threads = n_threads
        self._points = points
        self._order = order
        self._tree: Any = None

    @property
    def order(self) -> np.ndarray:
        """Return the rows, those near to each other side by side."""
        order: np.ndarray = self._built_tree()[0]
        return order

    def nearest(self, k: int) -> Nearest:
        """Return the k nearest other rows of each row."""
        from skmi.information._kernels_neighbors import nearest_rows

        tree = self._built_tree()
        distances = np.empty((self.n_rows, k))
        neighbors = np.empty((self.n_rows, k), dtype=np.int64)
        tied = np.empty(self.n_rows, dtype=bool)

        def search(first: int, last: int) -> None:
            nearest_rows(tree, first, last, distances, neighbors, tied)

        self._share(search, len(tree[-1]))
        return Nearest(distances, neighbors, tied | (distances[:, 0] == 0))

    def kth_distance(self, k: int) -> np.ndarray:
        """Return the distance from each row to its k-th nearest other row."""
        from skmi.information._kernels_radius import kth_distances

        tree = self._built_tree()
        radius = np.empty(self.n_rows)

        def search(first: int, last: int) -> None:
            kth_distances(tree, first, last, k, radius)

        self._share(search, len(tree[-1]))
        return radius

    def count(self, radius: np.ndarray, closed: Any = True) -> np.ndarray:
        """Return how many rows are within its radius of each row, itself included.

        At most that far, that is, or nearer than the radius where ``closed``, a bool
        or (n,), is False: then a row with radius 0 does not even count itself.
        """
        from skmi.information._kernels_neighbors import count_rows, count_sorted

        radius = np.where(closed, radius, np.nextafter(radius, -np.inf))
        counts = np.empty(self.n_rows, dtype=np.int64)
        if self.n_columns == 1:
            column = self._points[:, 0]
            rows = np.argsort(column)
            values = column[rows]

            def search(first: int, last: int) -> None:
                count_sorted(values, rows, first, last, radius, counts)

            self._share(search, self.n_rows)
        else:
            tree = self._built_tree()

            def search(first: int, last: int) -> None:
                count_rows(tree, first, last, radius, counts)

            self._share(search, len(tree[-1]))
        return counts

    def _built_tree(self) -> Any:
        """Return the tree, built on the first call."""
        from skmi.information._kernels_neighbors import LEAF, build_tree, pack_tree

        if self._tree is None:
            n_leaves = -(-self.n_rows // LEAF)
            n_nodes = 2 * n_leaves - 1
            order = self._order
            tree = (
                np.arange(self.n_rows) if order is None else order.astype(np.int64),
                np.full((n_leaves, self.n_columns, LEAF), np.inf),
                np.empty((n_nodes, self.n_columns)),
                np.empty((n_nodes, self.n_columns)),
                np.empty(n_nodes, dtype=np.int64),
                np.empty(n_leaves, dtype=np.int64),
            )
            fill = build_tree if order is None else pack_tree
            fill(np.ascontiguousarray(self._points), tree)
            self._tree = tree
        return self._tree

    def _share(self, search: Callable[[int, int], None], size: int) -> None:
        """Run a search over 0 ... size, cut into shares for the threads."""
        n_shares = min(4 * self.n_threads, size // _MIN_SHARE)
        if self.n_threads == 1 or n_shares < 2:
            search(0, size)
            return
        edges = np.linspace(0, size, n_shares + 1).astype(int)
        in_threads(lambda share: search(*share), pairwise(edges), self.n_threads)
