"""Distances of eight points at once to others, in the processor's vectors.

numba leaves such short inner loops to scalar instructions. The operations are given to
LLVM as vectors here, which every processor gets in the widest form that it has.

The points are the lanes of ``state``, (k + 2, 8): the k smallest distances of each so
far, in rising order, then its x, then its y. Distances are those of the maximum norm.
A lane whose distances are negative takes in no others.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils

from skmi.information._kernels_llvm import broadcast

# Called with one argument fewer than it is written with, which types cannot say.
intrinsic: Any = extending.intrinsic

N_LANES = 8
_VECTOR = ir.VectorType(ir.DoubleType(), N_LANES)
_I32, _I64 = ir.IntType(32), ir.IntType(64)


@intrinsic
def nearest_in_group(typingctx, state):
    """Start the k smallest distances with those of the lanes to one another."""

    def build(context, builder, signature, arguments):
        lanes = _Lanes(context, builder, signature.args[0], arguments[0])
        infinite = ir.Constant(_VECTOR, [float("inf")] * N_LANES)
        with cgutils.for_range(builder, lanes.k) as loop:
            builder.store(infinite, lanes.row(loop.index), align=8)
        for turn in range(1, N_LANES):
            x, y = _turned(builder, lanes.x, turn), _turned(builder, lanes.y, turn)
            lanes.take_in_memory(lanes.distance(x, y))
        return context.get_dummy_value()

    return types.none(state), build


@intrinsic
def nearest(typingctx, x, y, first, last, state):
    """Take the points first:last into the k smallest distances of every lane.

    The largest of the k-th distances is returned.
    """

    def build(context, builder, signature, arguments):
        lanes = _Lanes(context, builder, signature.args[4], arguments[4])
        xs, ys = (
            context.make_array(kind)(context, builder, value).data
            for kind, value in zip(signature.args[:2], arguments[:2], strict=True)
        )

        def scan(take):
            with cgutils.for_range_slice(
                builder, arguments[2], arguments[3], _I64(1), inc=True
            ) as (i, _):
                x, y = (builder.load(builder.gep(a, [i])) for a in (xs, ys))
                take(
                    lanes.distance(
                        broadcast(builder, x, N_LANES), broadcast(builder, y, N_LANES)
                    )
                )

        is_three = builder.icmp_signed("==", lanes.k, ir.Constant(_I64, 3))
        with builder.if_else(is_three) as (three, other):
            with three:
                # The usual number gets registers in place of memory.
                registers = [
                    cgutils.alloca_once_value(builder, lanes.load(m)) for m in range(3)
                ]
                scan(lambda distance: lanes.take_in_registers(distance, registers))
                for m in range(3):
                    kept = builder.load(registers[m])
                    builder.store(kept, lanes.row(m), align=8)
            with other:
                scan(lanes.take_in_memory)
        return lanes.largest(builder.sub(lanes.k, ir.Constant(_I64, 1)))

    return types.float64(x, y, types.intp, types.intp, state), build


@intrinsic
def borrowed(typingctx, array):
    """Return an array that does not count as a reference to its memory.

    Counting takes longer than what short functions do. Whoever borrows makes sure
    that the array lives on.
    """

    def build(context, builder, signature, arguments):
        view = context.make_array(array)(context, builder, arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        view.parent = cgutils.get_null_value(view.parent.type)
        return view._getvalue()

    return array(array), build


@intrinsic
def count_up_to(typingctx, x, start, n_blocks, here, bound):
    """Count the values of n_blocks times 8 from start with value - here <= bound."""
    return _counter("<=", x)


@intrinsic
def count_below(typingctx, x, start, n_blocks, here, bound):
    """Count the values of n_blocks times 8 from start with value - here < bound."""
    return _counter("<", x)


def _counter(relation, x):
    """Return signature and body of a count of differences in relation to a bound."""

    def build(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        here, bound = (broadcast(builder, value, N_LANES) for value in arguments[3:])
        first = builder.gep(array.data, [arguments[1]])
        blocks = builder.bitcast(first, _VECTOR.as_pointer())
        total = cgutils.alloca_once(builder, _I64)
        builder.store(_I64(0), total)
        with cgutils.for_range(builder, arguments[2]) as loop:
            values = builder.load(builder.gep(blocks, [loop.index]), align=8)
            holds = builder.fcmp_ordered(relation, builder.fsub(values, here), bound)
            count = builder.ctpop(builder.bitcast(holds, ir.IntType(N_LANES)))
            count = builder.add(builder.load(total), builder.zext(count, _I64))
            builder.store(count, total)
        return builder.load(total)

    return types.intp(x, types.intp, types.intp, types.float64, types.float64), build


def _turned(builder, vector, turn):
    """Return a vector whose lanes are moved in a circle."""
    return _shuffled(builder, vector, [(i + turn) % N_LANES for i in range(N_LANES)])


def _shuffled(builder, vector, lanes):
    """Return a vector of the given lanes of another."""
    mask = ir.Constant(ir.VectorType(_I32, N_LANES), lanes)
    return builder.shuffle_vector(vector, vector, mask)


def _absolute(builder, vector):
    """Return the absolute values."""
    function = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(_VECTOR, [_VECTOR]),
        f"llvm.fabs.v{N_LANES}f64",
    )
    return builder.call(function, [vector])


class _Lanes:
    """Writes vector operations on a state array."""

    def __init__(self, context, builder, kind, value):
        array = context.make_array(kind)(context, builder, value)
        self.builder = builder
        self.rows = builder.bitcast(array.data, _VECTOR.as_pointer())
        n_rows = cgutils.unpack_tuple(builder, array.shape)[0]
        self.k = builder.sub(n_rows, ir.Constant(_I64, 2))
        self.x = self.load(self.k)
        self.y = self.load(builder.add(self.k, ir.Constant(_I64, 1)))

    def row(self, m):
        """Return the address of a row of the state."""
        return self.builder.gep(self.rows, [_I64(m) if isinstance(m, int) else m])

    def load(self, m):
        """Return a row of the state."""
        return self.builder.load(self.row(m), align=8)

    def lesser(self, a, b):
        """Return the smaller of each pair, b where there is none."""
        return self.builder.select(self.builder.fcmp_ordered("<", a, b), a, b)

    def greater(self, a, b):
        """Return the larger of each pair, b where there is none."""
        return self.builder.select(self.builder.fcmp_ordered(">", a, b), a, b)

    def distance(self, x, y):
        """Return the distance of each lane to points x, y."""
        across, along = (
            _absolute(self.builder, self.builder.fsub(other, own))
            for other, own in ((x, self.x), (y, self.y))
        )
        return self.greater(across, along)

    def take_in_registers(self, distance, registers):
        """Insert distances into rising ones."""
        for register in registers:
            old = self.builder.load(register)
            self.builder.store(self.lesser(distance, old), register)
            distance = self.greater(distance, old)

    def take_in_memory(self, distance):
        """Insert distances into those of the state."""
        rest = cgutils.alloca_once_value(self.builder, distance)
        # A place for the value must be set anew each time: alloca_once hoists it.
        self.builder.store(distance, rest)
        with cgutils.for_range(self.builder, self.k) as loop:
            new, old = self.builder.load(rest), self.load(loop.index)
            self.builder.store(self.lesser(new, old), self.row(loop.index), align=8)
            self.builder.store(self.greater(new, old), rest)

    def largest(self, m):
        """Return the largest entry of a row of the state."""
        vector, half = self.load(m), N_LANES // 2
        while half:
            vector = self.greater(vector, _turned(self.builder, vector, half))
            half //= 2
        return self.builder.extract_element(vector, _I32(0))
