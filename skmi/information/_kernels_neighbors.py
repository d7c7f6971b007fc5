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
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

Tree = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Of n rows, with L leaves and N nodes:

rows (n,), in the order of the leaves; blocks (L, d, LEAF), coordinates of each leaf's
rows, infinite where the last has fewer; low and high (N, d), edges of the boxes around
the rows below each node; skip (N,); leaf_node (L,), the node of each leaf.
"""

LEAF = 32
_VECTOR = ir.VectorType(ir.DoubleType(), LEAF)
# Columns compared before a whole leaf may be given up.
_CHUNK = 8


@njit(nogil=True, cache=True)
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


@njit(nogil=True, cache=True)
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


# Columns above which boxes of leaves hardly keep rows apart.
_MAX_BOXED = 20


def _build_largest(builder, n_columns, gap_at, limits):
    """Build a loop over columns that keeps the largest gap of each of LEAF rows.

    Returns a bit for each row whose largest gap is within its limit, and the gaps. The
    loop ends early where no row is, and the gaps are then unfinished.
    """
    whole, before = ir.IntType(64), builder.block
    loop, check, go_on, done = (
        builder.append_basic_block(name) for name in ("column", "check", "more", "done")
    )
    builder.branch(loop)
    builder.position_at_end(loop)
    column, largest = builder.phi(whole), builder.phi(_VECTOR)
    column.add_incoming(whole(0), before)
    largest.add_incoming(ir.Constant(_VECTOR, [0.0] * LEAF), before)
    gap = gap_at(column)
    larger = builder.select(builder.fcmp_ordered(">", gap, largest), gap, largest)
    following = builder.add(column, whole(1))
    at_end = builder.icmp_signed(">=", following, n_columns)
    chunk = builder.and_(following, whole(_CHUNK - 1))
    at_check = builder.or_(at_end, builder.icmp_signed("==", chunk, whole(0)))
    builder.cbranch(at_check, check, go_on)

    builder.position_at_end(check)
    inside = builder.fcmp_ordered("<=", larger, limits)
    bits = builder.zext(builder.bitcast(inside, ir.IntType(LEAF)), whole)
    nothing = builder.icmp_signed("==", bits, whole(0))
    builder.cbranch(builder.or_(nothing, at_end), done, go_on)

    builder.position_at_end(go_on)
    column.add_incoming(following, go_on)
    largest.add_incoming(larger, go_on)
    builder.branch(loop)
    builder.position_at_end(done)
    return bits, larger


def _build_spread(builder, value):
    """Build a vector that repeats a number."""
    empty = ir.Constant(_VECTOR, ir.Undefined)
    first = builder.insert_element(empty, value, ir.IntType(32)(0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LEAF), [0] * LEAF)
    return builder.shuffle_vector(first, empty, lanes)


def _build_load(builder, pointer):
    """Build the reading of LEAF numbers."""
    vector = builder.load(builder.bitcast(pointer, _VECTOR.as_pointer()))
    vector.align = 8
    return vector


def _build_places(context, builder, signature, arguments):
    """Build functions to the shape of an argument and to places in its data."""

    def array(i):
        return context.make_array(signature.args[i])(context, builder, arguments[i])

    def shape(i):
        return cgutils.unpack_tuple(builder, array(i).shape)

    def place(i, offset):
        return builder.gep(array(i).data, [offset])

    return shape, place


@intrinsic
def _leaf_distances(typing_context, blocks, leaf, points, point, limit, distance):
    """Write distances from a point to a leaf's rows; return a bit for each in limit.

    A bit is set where the distance is at most limit. Where none is set, distances are
    unfinished.

    numba turns such a loop into steps of one row each, since for all it knows the
    arrays overlap. Here it is written as what it is, operations on LEAF numbers.
    """
    signature = types.int64(blocks, leaf, points, point, limit, distance)

    def build(context, builder, signature, arguments):
        shape, place = _build_places(context, builder, signature, arguments)
        n_columns, leaf_size = shape(0)[1], ir.IntType(64)(LEAF)
        row = place(2, builder.mul(arguments[3], n_columns))
        first = builder.mul(arguments[1], n_columns)
        absolute = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(_VECTOR, [_VECTOR]),
            f"llvm.fabs.v{LEAF}f64",
        )

        def gap_at(column):
            offset = builder.mul(builder.add(first, column), leaf_size)
            values = _build_load(builder, place(0, offset))
            value = _build_spread(builder, builder.load(builder.gep(row, [column])))
            return builder.call(absolute, [builder.fsub(values, value)])

        limits = _build_spread(builder, arguments[4])
        bits, gaps = _build_largest(builder, n_columns, gap_at, limits)
        target = builder.bitcast(place(5, ir.IntType(64)(0)), _VECTOR.as_pointer())
        builder.store(gaps, target).align = 8
        return bits

    return signature, build


@intrinsic
def _rows_near_box(typing_context, blocks, leaf, low, high, node, limits):
    """Return a bit for each row of a leaf that is within its limit of a node's box."""
    signature = types.int64(blocks, leaf, low, high, node, limits)

    def build(context, builder, signature, arguments):
        shape, place = _build_places(context, builder, signature, arguments)
        n_columns, leaf_size = shape(0)[1], ir.IntType(64)(LEAF)
        first = builder.mul(arguments[1], n_columns)
        box = builder.mul(arguments[4], n_columns)

        def gap_at(column):
            offset = builder.mul(builder.add(first, column), leaf_size)
            values = _build_load(builder, place(0, offset))
            edge = builder.add(box, column)
            below, above = (
                _build_spread(builder, builder.load(place(i, edge))) for i in (2, 3)
            )
            under = builder.fsub(below, values)
            over = builder.fsub(values, above)
            return builder.select(builder.fcmp_ordered(">", under, over), under, over)

        limits = _build_load(builder, place(5, ir.IntType(64)(0)))
        return _build_largest(builder, n_columns, gap_at, limits)[0]

    return signature, build


@intrinsic
def _first_bit(typing_context, bits):
    """Return the place of the lowest bit that is set; one is."""

    def build(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.int64), build


@intrinsic
def _count_bits(typing_context, bits):
    """Return how many bits of an integer are set."""

    def build(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), build


@njit(nogil=True, cache=True)
def _apart(low: np.ndarray, high: np.ndarray, a: int, b: int, limit: float) -> bool:
    """Tell if the boxes of two nodes are further apart than limit."""
    for c in range(low.shape[1]):
        if low[b, c] - high[a, c] > limit or low[a, c] - high[b, c] > limit:
            return True
    return limit < 0


@njit(nogil=True, cache=True)
def _within(low: np.ndarray, high: np.ndarray, a: int, b: int, limit: float) -> bool:
    """Tell if no point of one node's box is further than limit from the other's."""
    for c in range(low.shape[1]):
        if high[b, c] - low[a, c] > limit or high[a, c] - low[b, c] > limit:
            return False
    return True


@njit(nogil=True, cache=True)
def _insert(
    distance: float, row: int, distances: np.ndarray, neighbors: np.ndarray
) -> bool:
    """Insert a row that is nearer than the last; tell if the new last ties with it."""
    k = distances.size
    dropped = distances[k - 1]
    i = k - 1
    while i > 0 and distances[i - 1] > distance:
        distances[i] = distances[i - 1]
        neighbors[i] = neighbors[i - 1]
        i -= 1
    distances[i] = distance
    neighbors[i] = row
    return distances[k - 1] == dropped


@njit(nogil=True, cache=True)
def nearest_rows(
    tree: Tree,
    first_leaf: int,
    last_leaf: int,
    distances: np.ndarray,
    neighbors: np.ndarray,
    tied: np.ndarray,
) -> None:
    """Write the k nearest other rows of each row in some leaves, in rising distance.

    tied tells if more rows than one are at the k-th distance; where that distance is 0
    it may miss them.
    """
    rows, blocks, low, high, skip, leaf_node = tree
    n_rows, k = distances.shape
    n_columns = blocks.shape[1]
    n_leaves = leaf_node.size
    node_leaf = np.full(low.shape[0], -1)
    for leaf in range(n_leaves):
        node_leaf[leaf_node[leaf]] = leaf
    buffer, limits = np.empty(LEAF), np.empty(LEAF)
    near = np.empty((LEAF, k))
    who = np.empty((LEAF, k), np.int64)
    tie = np.empty(LEAF, np.bool_)
    queries = np.empty((LEAF, n_columns))
    path = np.empty(64, np.int64)
    for leaf in range(first_leaf, last_leaf):
        size = min(LEAF, n_rows - leaf * LEAF)
        for q in range(size):
            for c in range(n_columns):
                queries[q, c] = blocks[leaf, c, q]
            tie[q] = False
        near[:] = np.inf
        limits[:size] = np.inf
        limits[size:] = -1.0
        own = leaf_node[leaf]
        # From the root down to the own leaf, to go back up past every sibling.
        depth, node = 0, 0
        while node != own:
            path[depth] = node
            depth += 1
            node = node + 1 if own < skip[node + 1] else skip[node + 1]
        path[depth] = own
        widest = np.inf
        begin, end = own, own + 1
        while True:
            node = begin
            while node < end:
                if _apart(low, high, own, node, widest):
                    node = skip[node]
                    continue
                open_rows = (
                    _rows_near_box(blocks, leaf, low, high, node, limits)
                    if n_columns <= _MAX_BOXED
                    else (1 << size) - 1
                )
                if open_rows == 0:
                    node = skip[node]
                    continue
                other = node_leaf[node]
                node += 1
                if other < 0:
                    continue
                other_size = min(LEAF, n_rows - other * LEAF)
                while open_rows != 0:
                    q = _first_bit(open_rows)
                    open_rows &= open_rows - 1
                    limit = limits[q]
                    bits = _leaf_distances(blocks, other, queries, q, limit, buffer)
                    while bits != 0:
                        j = _first_bit(bits)
                        bits &= bits - 1
                        # Limits fall on the way, and rows that fill up are no rows.
                        out = buffer[j] > limit or j >= other_size
                        if out or (other == leaf and j == q):
                            continue
                        if buffer[j] == limit:
                            if limit < np.inf:
                                tie[q] = True
                            continue
                        same = _insert(buffer[j], other * LEAF + j, near[q], who[q])
                        tie[q] = same and limit < np.inf
                        limit = near[q, k - 1]
                    # A row that has k equals needs no more neighbours.
                    limits[q] = limit if limit > 0 else -1.0
                widest = limits.max()
            if depth == 0:
                break
            node = path[depth]
            depth -= 1
            up = path[depth]
            begin, end = (skip[node], skip[up]) if node == up + 1 else (up + 1, node)
        for q in range(size):
            row = rows[leaf * LEAF + q]
            tied[row] = tie[q] or (k > 1 and near[q, k - 2] == near[q, k - 1])
            for i in range(k):
                distances[row, i] = near[q, i]
                neighbors[row, i] = rows[who[q, i]]


@njit(nogil=True, cache=True)
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
    n_leaves = leaf_node.size
    node_leaf = np.full(low.shape[0], -1)
    for leaf in range(n_leaves):
        node_leaf[leaf_node[leaf]] = leaf
    buffer = np.empty(LEAF)
    queries = np.empty((LEAF, n_columns))
    limits = np.empty(LEAF)
    count = np.empty(LEAF, np.int64)
    for leaf in range(first_leaf, last_leaf):
        size = min(LEAF, n_rows - leaf * LEAF)
        widest, narrowest, common = -np.inf, np.inf, 0
        for q in range(size):
            for c in range(n_columns):
                queries[q, c] = blocks[leaf, c, q]
            limits[q] = radius[rows[leaf * LEAF + q]]
            widest, narrowest = max(widest, limits[q]), min(narrowest, limits[q])
            count[q] = 0
        limits[size:] = -1.0
        own = leaf_node[leaf]
        node = 0
        while node < skip[0]:
            if _apart(low, high, own, node, widest):
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
                _rows_near_box(blocks, leaf, low, high, node, limits)
                if n_columns <= _MAX_BOXED
                else (1 << size) - 1
            )
            if open_rows == 0:
                node = skip[node]
                continue
            node += 1
            if other < 0:
                continue
            while open_rows != 0:
                q = _first_bit(open_rows)
                open_rows &= open_rows - 1
                bits = _leaf_distances(blocks, other, queries, q, limits[q], buffer)
                count[q] += _count_bits(bits)
        for q in range(size):
            counts[rows[leaf * LEAF + q]] = count[q] + common


@njit(nogil=True, cache=True)
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
