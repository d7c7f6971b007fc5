"""Vectors of 512 bits for compiled loops.

numba has no vector type, and its loops over words are rarely turned into vector code
once they hold more than a few accumulators. These functions work inside kernels only.
LLVM maps a vector to one register where registers have 512 bits and to several where
they are shorter, on every processor.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import models, register_model

from skmi.information._kernels_llvm import broadcast

# numba's own type hints miss that the first argument is not the caller's.
intrinsic: Any = numba_intrinsic

N_BITS = 512
N_WORDS = N_BITS // 64

_WORD = ir.IntType(64)
_VECTOR = ir.VectorType(_WORD, N_WORDS)
# Counts are summed up in 16 bits, 32 of them to a vector.
_LANES = 32
_SHORTS = ir.VectorType(ir.IntType(16), _LANES)
_COUNTS = ir.VectorType(ir.IntType(32), _LANES)
_FLAGS = ir.VectorType(ir.IntType(1), _LANES)
# Vectors of counts that are summed up in registers at the same time.
_N_PARTS, _PARTS_AT_ONCE = N_BITS // _LANES, 8
# Arrays of numba need not start at a multiple of 64 bytes.
_ALIGNED = 8

# Truth tables of the two functions of three bits, as AVX-512 numbers them.
_PARITY, _MAJORITY = 0x96, 0xE8


class Vector(types.Type):
    """The type of a vector in numba's type system."""

    def __init__(self) -> None:
        super().__init__(name="Vector512")


_vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    """A vector is what LLVM calls one."""

    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


def _pointer(
    context: Any, builder: Any, kind: Any, array: Any, index: Any, to: Any
) -> Any:
    """Return the address of an array's item, as the address of something else."""
    data = context.make_array(kind)(context, builder, array).data
    if index.type.width < 64:
        index = builder.zext(index, _WORD)
    return builder.bitcast(builder.gep(data, [index]), to.as_pointer())


@intrinsic
def zeros(typing_context):
    """Return a vector of zeros."""

    def generate(context, builder, signature, arguments):
        return ir.Constant(_VECTOR, None)

    return _vector(), generate


@intrinsic
def load(typing_context, words, index):
    """Return the 8 words from ``words[index]`` on; the index is not below 0."""

    def generate(context, builder, signature, arguments):
        kind, (array, at) = signature.args[0], arguments
        value = builder.load(_pointer(context, builder, kind, array, at, _VECTOR))
        value.align = _ALIGNED
        return value

    return _vector(words, index), generate


@intrinsic
def store(typing_context, words, index, vector):
    """Write the vector to the 8 words from ``words[index]`` on."""

    def generate(context, builder, signature, arguments):
        kind, (array, at, value) = signature.args[0], arguments
        where = _pointer(context, builder, kind, array, at, _VECTOR)
        builder.store(value, where).align = _ALIGNED
        return context.get_dummy_value()

    return types.none(words, index, vector), generate


@intrinsic
def xor(typing_context, a, b):
    """Return a ^ b."""

    def generate(context, builder, signature, arguments):
        return builder.xor(*arguments)

    return _vector(a, b), generate


@intrinsic
def both(typing_context, a, b):
    """Return a & b."""

    def generate(context, builder, signature, arguments):
        return builder.and_(*arguments)

    return _vector(a, b), generate


@intrinsic
def parity(typing_context, a, b, c):
    """Return the last digit of a + b + c, bit by bit."""

    def generate(context, builder, signature, arguments):
        if _has_ternary(context):
            return _ternary(builder, arguments, _PARITY)
        a, b, c = arguments
        return builder.xor(builder.xor(a, b), c)

    return _vector(a, b, c), generate


@intrinsic
def majority(typing_context, a, b, c):
    """Return the carry of a + b + c, bit by bit."""

    def generate(context, builder, signature, arguments):
        if _has_ternary(context):
            return _ternary(builder, arguments, _MAJORITY)
        a, b, c = arguments
        return builder.or_(builder.and_(a, b), builder.and_(c, builder.or_(a, b)))

    return _vector(a, b, c), generate


def _has_ternary(context: Any) -> bool:
    """Tell whether the processor compiled for does three operands at once."""
    _, _, features = context.codegen().magic_tuple()
    return "+avx512f" in features.split(",")


def _ternary(builder: Any, arguments: Any, truth_table: int) -> Any:
    """Return a function of three vectors as one instruction; LLVM would take two."""
    number = ir.IntType(32)
    kind = ir.FunctionType(_VECTOR, [_VECTOR, _VECTOR, _VECTOR, number])
    name = "llvm.x86.avx512.pternlog.q.512"
    function = cgutils.get_or_insert_function(builder.module, kind, name)
    return builder.call(function, [*arguments, ir.Constant(number, truth_table)])


@intrinsic
def add_planes(typing_context, planes, n_planes, counts, index):
    """Add numbers, given digit by digit, to the 512 counts from an index on.

    Digit p of number k is bit k of the 8 words from ``planes[8 * p]`` on. There are at
    most 16 digits, and the counts have 32 bits.
    """

    def generate(context, builder, signature, arguments):
        planes, n_planes, counts, index = arguments
        flags, sums = (
            _pointer(context, builder, signature.args[k], array, at, ir.IntType(32))
            for k, array, at in ((0, planes, ir.Constant(_WORD, 0)), (2, counts, index))
        )
        for first in range(0, _N_PARTS, _PARTS_AT_ONCE):
            parts = range(first, first + _PARTS_AT_ONCE)
            totals = [cgutils.alloca_once(builder, _SHORTS) for _ in parts]
            for total in totals:
                builder.store(ir.Constant(_SHORTS, None), total)
            with cgutils.for_range(builder, n_planes) as loop:
                digit = builder.trunc(loop.index, ir.IntType(16))
                value = builder.shl(ir.Constant(digit.type, 1), digit)
                values = broadcast(builder, value, _LANES)
                word = builder.mul(loop.index, ir.Constant(_WORD, _N_PARTS))
                for part, total in zip(parts, totals, strict=True):
                    at = builder.add(word, ir.Constant(_WORD, part))
                    flag = builder.load(builder.gep(flags, [at]))
                    old = builder.load(total)
                    new = builder.select(
                        builder.bitcast(flag, _FLAGS), builder.add(old, values), old
                    )
                    builder.store(new, total)
            for part, total in zip(parts, totals, strict=True):
                at = builder.gep(sums, [ir.Constant(_WORD, part * _LANES)])
                at = builder.bitcast(at, _COUNTS.as_pointer())
                old = builder.load(at)
                old.align = 4
                new = builder.add(old, builder.zext(builder.load(total), _COUNTS))
                builder.store(new, at).align = 4
        return context.get_dummy_value()

    return types.none(planes, types.intp, counts, types.intp), generate
