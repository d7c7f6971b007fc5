"""What a function or a class computes, as text that names a checkpoint."""

from __future__ import annotations

import inspect
from types import CodeType
from typing import Any


def with_code(value: Any) -> Any:
    """Return a function with what it computes: all lambdas have one name."""
    if isinstance(value, type):
        return value, _source(value)
    code = getattr(value, "__code__", None)
    if code is None:
        return value
    closure = [cell.cell_contents for cell in value.__closure__ or ()]
    free = [*closure, *(value.__defaults__ or ()), value.__kwdefaults__]
    return value, _plain_code(code), [with_code(part) for part in free]


def _plain_code(code: CodeType) -> Any:
    """Return what a code object does, those within it included."""
    constants = [
        _plain_code(part) if isinstance(part, CodeType) else part
        for part in code.co_consts
    ]
    return code.co_code, code.co_names, constants


def _source(cls: type) -> str:
    """Return the source of a class, where there is one."""
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return ""
