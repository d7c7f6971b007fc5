"""Compiled operations on the rows of one leaf at once, for a tree of leaves.

numba would turn such loops into steps of one row each, since for all it knows the
arrays overlap. Here they are written as what they are, operations on LEAF numbers;
whatever the processor's own vectors are, the compiler cuts them to fit.

Blocks are arrays (n_leaves, d, LEAF): coordinates of each leaf's rows, infinite where a
leaf has fewer. Sets of rows are bits of an integer.
"""

from __future__ import annotations

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from skmi.information._kernels_llvm import broadcast

LEAF = 32
_VECTOR = ir.VectorType(ir.DoubleType(), LEAF)
# Columns compared before a whole leaf may be given up; a power of 2.
_CHUNK = 8


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
def leaf_distances(typing_context, blocks, leaf, points, point, limit, distance):
    """Write distances from a point to a leaf's rows; return a bit for each in limit.

    A bit is set where the distance is at most limit. Where none is set, distances are
    unfinished.
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
            value = broadcast(builder, builder.load(builder.gep(row, [column])), LEAF)
            return builder.call(absolute, [builder.fsub(values, value)])

        limits = broadcast(builder, arguments[4], LEAF)
        bits, gaps = _build_largest(builder, n_columns, gap_at, limits)
        target = builder.bitcast(place(5, ir.IntType(64)(0)), _VECTOR.as_pointer())
        builder.store(gaps, target).align = 8
        return bits

    return signature, build


@intrinsic
def rows_near_box(typing_context, blocks, leaf, low, high, node, limits):
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
                broadcast(builder, builder.load(place(i, edge)), LEAF) for i in (2, 3)
            )
            under = builder.fsub(below, values)
            over = builder.fsub(values, above)
            return builder.select(builder.fcmp_ordered(">", under, over), under, over)

        limits = _build_load(builder, place(5, ir.IntType(64)(0)))
        return _build_largest(builder, n_columns, gap_at, limits)[0]

    return signature, build


def _build_sorted(builder, first, second):
    """Build the smaller and the larger of each pair, the second where there is none."""
    smaller = builder.fcmp_ordered("<", first, second)
    return (
        builder.select(smaller, first, second),
        builder.select(smaller, second, first),
    )


@intrinsic
def take_leaf(typing_context, blocks, leaf, other, state):
    """Take the rows of another leaf into the smallest distances of each row of a leaf.

    ``state`` (k, LEAF) holds these in rising order. Of its own leaf a row takes in all
    but itself.
    """
    signature = types.none(blocks, leaf, other, state)

    def build(context, builder, signature, arguments):
        shape, place = _build_places(context, builder, signature, arguments)
        whole, n_columns, k = ir.IntType(64), shape(0)[1], shape(3)[0]
        leaf_size = whole(LEAF)
        first = builder.mul(arguments[1], n_columns)
        second = builder.mul(arguments[2], n_columns)
        is_own = builder.icmp_signed("==", arguments[1], arguments[2])
        integers = ir.VectorType(whole, LEAF)
        lanes = ir.Constant(integers, list(range(LEAF)))
        infinite = ir.Constant(_VECTOR, [float("inf")] * LEAF)
        absolute = cgutils.get_or_insert_function(
            builder.module,
            ir.FunctionType(_VECTOR, [_VECTOR]),
            f"llvm.fabs.v{LEAF}f64",
        )

        def row(m):
            return place(3, builder.mul(m, leaf_size))

        def distance_to(i):
            largest = cgutils.alloca_once(builder, _VECTOR)
            builder.store(ir.Constant(_VECTOR, [0.0] * LEAF), largest)
            with cgutils.for_range(builder, n_columns) as column:
                own = builder.mul(builder.add(first, column.index), leaf_size)
                there = builder.mul(builder.add(second, column.index), leaf_size)
                value = builder.load(place(0, builder.add(there, i)))
                values = _build_load(builder, place(0, own))
                gap = builder.fsub(values, broadcast(builder, value, LEAF))
                gap, old = builder.call(absolute, [gap]), builder.load(largest)
                builder.store(_build_sorted(builder, old, gap)[1], largest)
            same = builder.icmp_signed("==", lanes, broadcast(builder, i, LEAF))
            kept = builder.select(same, infinite, builder.load(largest))
            return builder.select(is_own, kept, builder.load(largest))

        def scan(take):
            with cgutils.for_range(builder, leaf_size) as candidate:
                take(distance_to(candidate.index))

        def take_in_memory(distance):
            rest = cgutils.alloca_once(builder, _VECTOR)
            builder.store(distance, rest)
            with cgutils.for_range(builder, k) as m:
                old = _build_load(builder, row(m.index))
                nearer, farther = _build_sorted(builder, builder.load(rest), old)
                target = builder.bitcast(row(m.index), _VECTOR.as_pointer())
                builder.store(nearer, target).align = 8
                builder.store(farther, rest)

        is_three = builder.icmp_signed("==", k, whole(3))
        with builder.if_else(is_three) as (three, any_other):
            with three:
                # The usual number gets registers in place of memory.
                registers = [
                    cgutils.alloca_once_value(
                        builder, _build_load(builder, row(whole(m)))
                    )
                    for m in range(3)
                ]

                def take_in_registers(distance):
                    for register in registers:
                        old = builder.load(register)
                        nearer, distance = _build_sorted(builder, distance, old)
                        builder.store(nearer, register)

                scan(take_in_registers)
                for m in range(3):
                    target = builder.bitcast(row(whole(m)), _VECTOR.as_pointer())
                    builder.store(builder.load(registers[m]), target).align = 8
            with any_other:
                scan(take_in_memory)
        return context.get_dummy_value()

    return signature, build


@intrinsic
def first_bit(typing_context, bits):
    """Return the place of the lowest bit that is set; one is."""

    def build(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.int64), build


@intrinsic
def count_bits(typing_context, bits):
    """Return how many bits of an integer are set."""

    def build(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), build
