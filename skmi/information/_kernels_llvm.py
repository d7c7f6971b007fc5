"""What the vector operations of several kernel files are built from."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

_I32 = ir.IntType(32)


def broadcast(builder: Any, value: Any, n_lanes: int) -> Any:
    """Return a vector that holds a number in every lane."""
    empty = ir.Constant(ir.VectorType(value.type, n_lanes), ir.Undefined)
    first = builder.insert_element(empty, value, ir.Constant(_I32, 0))
    order = ir.Constant(ir.VectorType(_I32, n_lanes), None)
    return builder.shuffle_vector(first, first, order)
