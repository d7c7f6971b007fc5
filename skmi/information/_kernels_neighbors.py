"""Compiled k-d tree in the maximum norm: k nearest rows, and rows within a radius.

A tree over n rows has leaves of LEAF rows, and its nodes are numbered in preorder:
the children of a node with m leaves begin at node + 1 and node + 2 * (m + 1) // 2, and
``skip`` leads from a node past all that is below it. Searches take the rows of one leaf
together, so that boxes are compared once for all of them.

Every comparison is of the rounded difference of two coordinates. Rounding is
monotone, so a box that is set aside by its edge's difference holds no row that its own
difference would have let in: results equal those of brute force to the last row.
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
)

Tree = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Of n rows, with L leaves and N nodes:

rows (n,), in the order of the leaves; blocks (L, d, LEAF), coordinates of each leaf's
rows, infinite where the last has fewer; low and high (N, d), edges of the boxes around
the rows below each node; skip (N,); leaf_node (L,), the node of each leaf.
"""

# Columns above which boxes of leaves hardly keep rows apart.
MAX_BOXED = 20


@kernel
def _select(keys: np.ndarray, rows: np.ndarray, nth: int) -> None:
    """Reorder keys, and rows with them, so that the nth is where sorting puts it."""
    low, high = 0, keys.size - 1
    while low < high:
        a, b, c = keys[low], keys[(low + high) // 2], keys[high]
        pivot = max(min(a, b), min(max(a, b), c))
        i, j = low, high
        while i <= j:
            # Equal keys are swapped too: halves stay even where values repeat.
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                rows[i], rows[j] = rows[j], rows[i]
                i += 1
                j -= 1
        if nth <= j:
            high = j
        elif nth >= i:
            low = i
        else:
            return


@kernel
def build_tree(points: np.ndarray, tree: Tree) -> None:
    """Fill a tree over points (n, d) whose rows are 0 ... n - 1 and blocks infinite."""
    rows, blocks, low, high, skip, leaf_node = tree
    n_leaves, n_columns = blocks.shape[0], blocks.shape[1]
    n_rows = rows.size
    keys = np.empty(n_rows)
    first, last = np.empty(64, np.int64), np.empty(64, np.int64)
    first[0], last[0] = 0, n_leaves
    n_open, node = 1, 0
    while n_open > 0:
        n_open -= 1
        a, b = first[n_open], last[n_open]
        start, stop = a * LEAF, min(b * LEAF, n_rows)
        widest, width = 0, -1.0
        for c in range(n_columns):
            lowest = highest = points[rows[start], c]
            for i in range(start + 1, stop):
                value = points[rows[i], c]
                lowest = min(lowest, value)
                highest = max(highest, value)
            low[node, c], high[node, c] = lowest, highest
            if highest - lowest > width:
                widest, width = c, highest - lowest
        skip[node] = node + 2 * (b - a) - 1
        if b - a == 1:
            leaf_node[a] = node
            for i in range(start, stop):
                for c in range(n_columns):
                    blocks[a, c, i - start] = points[rows[i], c]
        else:
            for i in range(start, stop):
                keys[i] = points[rows[i], widest]
            half = (a + b + 1) // 2
            _select(keys[start:stop], rows[start:stop], half * LEAF - start)
            # The left child is taken next: preorder.
            first[n_open], last[n_open] = half, b
            first[n_open + 1], last[n_open + 1] = a, half
            n_open += 2
        node += 1


@kernel
def pack_tree(points: np.ndarray, tree: Tree) -> None:
    """Fill a tree over points (n, d) whose rows are in the order of its leaves.

    Any order gives right results; they come fast where rows of a leaf are close.
    """
    rows, blocks, low, high, skip, leaf_node = tree
    n_leaves, n_columns = blocks.shape[0], blocks.shape[1]
    first, last = np.empty((2, skip.size), np.int64)
    first[0], last[0] = 0, n_leaves
    for node in range(skip.size):
        a, b = first[node], last[node]
        skip[node] = node + 2 * (b - a) - 1
        if b - a == 1:
            leaf_node[a] = node
            size = min(LEAF, rows.size - a * LEAF)
            for c in range(n_columns):
                lowest, highest = np.inf, -np.inf
                for i in range(size):
                    value = points[rows[a * LEAF + i], c]
                    blocks[a, c, i] = value
                    lowest, highest = min(lowest, value), max(highest, value)
                low[node, c], high[node, c] = lowest, highest
        else:
            half = (a + b + 1) // 2
            left, right = node + 1, node + 2 * (half - a)
            first[left], last[left] = a, half
            first[right], last[right] = half, b
    # Children have higher numbers.
    for node in range(skip.size - 1, -1, -1):
        if last[node] - first[node] > 1:
            left, right = node + 1, skip[node + 1]
            for c in range(n_columns):
                low[node, c] = min(low[left, c], low[right, c])
                high[node, c] = max(high[left, c], high[right, c])


@kernel
def apart(low: np.ndarray, high: np.ndarray, a: int, b: int, limit: float) -> bool:
    """Tell if the boxes of two nodes are further apart than limit."""
    for c in range(low.shape[1]):
        if low[b, c] - high[a, c] > limit or low[a, c] - high[b, c] > limit:
            return True
    return limit < 0


@kernel
def _within(low: np.ndarray, high: np.ndarray, a: int, b: int, limit: float) -> bool:
    """Tell if no point of one node's box is further than limit from the other's."""
    for c in range(low.shape[1]):
        if high[b, c] - low[a, c] > limit or high[a, c] - low[b, c] > limit:
            return False
    return True


@kernel
def leaf_numbers(leaf_node: np.ndarray, n_nodes: int) -> np.ndarray:
    """Return the leaf of each node, -1 for nodes above leaves."""
    numbers = np.full(n_nodes, -1)
    for leaf in range(leaf_node.size):
        numbers[leaf_node[leaf]] = leaf
    return numbers


@kernel
def _replace(
    distance: float, row: int, q: int, distances: np.ndarray, neighbors: np.ndarray
) -> bool:
    """Put a nearer row for the furthest of heap q; tell if the new furthest ties."""
    # All heaps are passed, and which one: a view of one would be counted each time.
    k = distances.shape[1]
    dropped = distances[q, 0]
    i = 0
    while 2 * i + 1 < k:
        child = 2 * i + 1
        if child + 1 < k and distances[q, child + 1] > distances[q, child]:
            child += 1
        if distances[q, child] <= distance:
            break
        distances[q, i] = distances[q, child]
        neighbors[q, i] = neighbors[q, child]
        i = child
    distances[q, i] = distance
    neighbors[q, i] = row
    return distances[q, 0] == dropped


@kernel
def path_to(own: int, skip: np.ndarray, path: np.ndarray) -> int:
    """Write the nodes from the root to a node; return how many are above it."""
    depth, node = 0, 0
    while node != own:
        path[depth] = node
        depth += 1
        node = node + 1 if own < skip[node + 1] else skip[node + 1]
    path[depth] = own
    return depth


@kernel
def _search_leaf(
    blocks: np.ndarray,
    leaf: int,
    size: int,
    queries: np.ndarray,
    open_rows: int,
    own: bool,
    limits: np.ndarray,
    near: np.ndarray,
    who: np.ndarray,
    tie: np.ndarray,
    buffer: np.ndarray,
) -> None:
    """Search a leaf of so many rows for neighbours of the queries that are open."""
    while open_rows != 0:
        q = first_bit(open_rows)
        open_rows &= open_rows - 1
        limit = limits[q]
        bits = leaf_distances(blocks, leaf, queries, q, limit, buffer)
        while bits != 0:
            j = first_bit(bits)
            bits &= bits - 1
            # The limit falls on the way, and what fills up a leaf is no row.
            if buffer[j] > limit or j >= size or (own and j == q):
                continue
            if buffer[j] == limit:
                tie[q] = True
                continue
            same = _replace(buffer[j], leaf * LEAF + j, q, near, who)
            tie[q] = same and limit < np.inf
            limit = near[q, 0]
        # A row that has k equals needs no more neighbours.
        limits[q] = limit if limit > 0 else -1.0


@kernel
def nearest_rows(
    tree: Tree,
    first_leaf: int,
    last_leaf: int,
    distances: np.ndarray,
    neighbors: np.ndarray,
    tied: np.ndarray,
) -> None:
    """Write the k nearest other rows of each row in some leaves, the furthest first.

    tied tells if several rows are at the k-th distance; where that distance is 0 it may
    miss them.
    """
    rows, blocks, low, high, skip, leaf_node = tree
    n_rows, k = distances.shape
    n_columns = blocks.shape[1]
    node_leaf = leaf_numbers(leaf_node, skip.size)
    buffer, limits = np.empty(LEAF), np.empty(LEAF)
    near, who = np.empty((LEAF, k)), np.empty((LEAF, k), np.int64)
    tie, queries = np.empty(LEAF, np.bool_), np.empty((LEAF, n_columns))
    path = np.empty(64, np.int64)
    for leaf in range(first_leaf, last_leaf):
        size = min(LEAF, n_rows - leaf * LEAF)
        queries[:] = blocks[leaf].T
        near[:] = np.inf
        limits[:size], limits[size:] = np.inf, -1.0
        tie[:] = False
        # The own leaf first, then up from it, past every sibling on the way.
        own = leaf_node[leaf]
        depth = path_to(own, skip, path)
        begin, end, widest = own, own + 1, np.inf
        while True:
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
                if other >= 0:
                    other_size = min(LEAF, n_rows - other * LEAF)
                    _search_leaf(
                        blocks,
                        other,
                        other_size,
                        queries,
                        open_rows,
                        other == leaf,
                        limits,
                        near,
                        who,
                        tie,
                        buffer,
                    )
                    widest = limits.max()
            if depth == 0:
                break
            node = path[depth]
            depth -= 1
            up = path[depth]
            begin, end = (skip[node], skip[up]) if node == up + 1 else (up + 1, node)
        for q in range(size):
            row = rows[leaf * LEAF + q]
            second = near[q, 1:3].max() if k > 1 else -1.0
            tied[row] = tie[q] or second == near[q, 0]
            distances[row] = near[q]
            for i in range(k):
                neighbors[row, i] = rows[who[q, i]]


@kernel
def count_rows(
    tree: Tree,
    first_leaf: int,
    last_leaf: int,
    radius: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Count the rows within its radius of each row in some leaves, itself included."""
    rows, blocks, low, high, skip, leaf_node = tree
    n_rows = rows.size
    n_columns = blocks.shape[1]
    node_leaf = leaf_numbers(leaf_node, skip.size)
    buffer = np.empty(LEAF)
    queries = np.empty((LEAF, n_columns))
    limits = np.empty(LEAF)
    count = np.empty(LEAF, np.int64)
    for leaf in range(first_leaf, last_leaf):
        size = min(LEAF, n_rows - leaf * LEAF)
        widest, narrowest, common = -np.inf, np.inf, 0
        queries[:] = blocks[leaf].T
        for q in range(size):
            limits[q] = radius[rows[leaf * LEAF + q]]
            widest, narrowest = max(widest, limits[q]), min(narrowest, limits[q])
            count[q] = 0
        limits[size:] = -1.0
        own = leaf_node[leaf]
        node = 0
        while node < skip[0]:
            if apart(low, high, own, node, widest):
                node = skip[node]
                continue
            other = node_leaf[node]
            if _within(low, high, own, node, narrowest):
                # All leaves but the last are full.
                n_below = (skip[node] - node + 1) // 2
                up_to = node_leaf[skip[node] - 1] + 1
                common += min(up_to * LEAF, n_rows) - (up_to - n_below) * LEAF
                node = skip[node]
                continue
            open_rows = (
                rows_near_box(blocks, leaf, low, high, node, limits)
                if n_columns <= MAX_BOXED
                else (1 << size) - 1
            )
            if open_rows == 0:
                node = skip[node]
                continue
            node += 1
            if other < 0:
                continue
            while open_rows != 0:
                q = first_bit(open_rows)
                open_rows &= open_rows - 1
                bits = leaf_distances(blocks, other, queries, q, limits[q], buffer)
                count[q] += count_bits(bits)
        for q in range(size):
            counts[rows[leaf * LEAF + q]] = count[q] + common


@kernel
def count_sorted(
    values: np.ndarray,
    rows: np.ndarray,
    first: int,
    last: int,
    radius: np.ndarray,
    counts: np.ndarray,
) -> None:
    """Do as count_rows for one column: values sorted, row rows[i] holds values[i]."""
    n_rows = values.size
    for i in range(first, last):
        value, limit = values[i], radius[rows[i]]
        # From the first to past the last value within the limit.
        low, high = 0, i
        while low < high:
            middle = (low + high) // 2
            if value - values[middle] <= limit:
                high = middle
            else:
                low = middle + 1
        begin = low
        low, high = i, n_rows
        while low < high:
            middle = (low + high) // 2
            if values[middle] - value <= limit:
                low = middle + 1
            else:
                high = middle
        counts[rows[i]] = low - begin
