"""Compiled distances to the k-th nearest row, where neighbours need no names.

The tree is that of ``_kernels_neighbors``. Rows of a leaf look at another leaf all at
once where many of them are near it, and one by one where few are.
"""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_leaf import (
    LEAF,
    count_bits,
    first_bit,
    leaf_distances,
    rows_near_box,
    take_leaf,
)
from skmi.information._kernels_neighbors import (
    MAX_BOXED,
    Tree,
    apart,
    leaf_numbers,
    path_to,
)

# From so many rows of a leaf on that are near another, all are taken at once.
_MANY = 8


@kernel
def kth_distances(
    tree: Tree, first_leaf: int, last_leaf: int, k: int, radius: np.ndarray
) -> None:
    """Write the distance from each row in some leaves to its k-th nearest other row."""
    rows, blocks, low, high, skip, leaf_node = tree
    n_rows, n_columns = rows.size, blocks.shape[1]
    node_leaf = leaf_numbers(leaf_node, skip.size)
    buffer, limits = np.empty(LEAF), np.empty(LEAF)
    state, queries = np.empty((k, LEAF)), np.empty((LEAF, n_columns))
    path = np.empty(64, np.int64)
    for leaf in range(first_leaf, last_leaf):
        size = min(LEAF, n_rows - leaf * LEAF)
        for q in range(LEAF):
            for c in range(n_columns):
                queries[q, c] = blocks[leaf, c, q]
            for m in range(k):
                state[m, q] = np.inf
            limits[q] = np.inf if q < size else -1.0
        own = leaf_node[leaf]
        take_leaf(blocks, leaf, leaf, state)
        widest = _update(state, size, limits)
        # From the own leaf up, past every sibling on the way.
        depth = path_to(own, skip, path)
        while depth > 0:
            node = path[depth]
            depth -= 1
            up = path[depth]
            begin, end = (skip[node], skip[up]) if node == up + 1 else (up + 1, node)
            node = begin
            while node < end:
                open_rows = 0
                if not apart(low, high, own, node, widest):
                    open_rows = (
                        rows_near_box(blocks, leaf, low, high, node, limits)
                        if n_columns <= MAX_BOXED
                        else (1 << size) - 1
                    )
                if open_rows == 0:
                    node = skip[node]
                    continue
                other = node_leaf[node]
                node += 1
                if other < 0:
                    continue
                if count_bits(open_rows) >= _MANY:
                    take_leaf(blocks, leaf, other, state)
                else:
                    _take_one_by_one(
                        blocks, other, queries, open_rows, limits, state, buffer
                    )
                widest = _update(state, size, limits)
        for q in range(size):
            radius[rows[leaf * LEAF + q]] = state[k - 1, q]


@kernel
def _update(state: np.ndarray, size: int, limits: np.ndarray) -> float:
    """Copy the k-th distances to the limits; return the largest."""
    k = state.shape[0]
    widest = 0.0
    for q in range(size):
        limits[q] = state[k - 1, q]
        widest = max(widest, limits[q])
    return widest


@kernel
def _take_one_by_one(
    blocks: np.ndarray,
    other: int,
    queries: np.ndarray,
    open_rows: int,
    limits: np.ndarray,
    state: np.ndarray,
    buffer: np.ndarray,
) -> None:
    """Take the rows of another leaf into the distances of the rows that are open."""
    while open_rows != 0:
        q = first_bit(open_rows)
        open_rows &= open_rows - 1
        bits = leaf_distances(blocks, other, queries, q, limits[q], buffer)
        while bits != 0:
            j = first_bit(bits)
            bits &= bits - 1
            m = state.shape[0] - 1
            if buffer[j] < state[m, q]:
                while m > 0 and state[m - 1, q] > buffer[j]:
                    state[m, q] = state[m - 1, q]
                    m -= 1
                state[m, q] = buffer[j]
