"""What a parameter computes, as text that is the same in every process."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Mapping
from functools import lru_cache, partial
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator

_PLAIN = (bool, int, float, complex, str, bytes, type(None), slice, range, Path)


def fingerprint(name: str, value: Any) -> str:
    """Return text that differs where what the parameter ``name`` computes does.

    Raises
    ------
    TypeError
        If it holds an object that cannot be told from another one of its kind.
    """
    try:
        return _text(value, ())
    except _Unknown as error:
        found = error.args[0]
        msg = (
            f"{name} holds {type(found).__name__} {found!r}, and Checkpoint cannot "
            "tell it from another: it would not know whose fit it resumes. Accepted: "
            "numbers, text, arrays, containers, functions, classes, and objects with "
            "a __dict__ of these."
        )
        raise TypeError(msg) from error


def digest_of(tensors: list[torch.Tensor]) -> str:
    """Return a name for the content of tensors."""
    digest = hashlib.sha256()
    for tensor in tensors:
        digest.update(str((tuple(tensor.shape), tensor.dtype)).encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()[:32]


class _Unknown(Exception):
    """An object that has nothing to be known by."""


def _text(value: Any, above: tuple[int, ...]) -> str:
    """Return the text of a value; ``above`` are the objects that it lies in."""
    if id(value) in above:
        return "itself"
    above = (*above, id(value))
    if isinstance(value, (*_PLAIN, np.generic, torch.device, torch.dtype, np.dtype)):
        return repr(value)
    if isinstance(value, (np.ndarray, torch.Tensor)):
        array = np.ascontiguousarray(
            value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value
        )
        content = array.tolist() if array.dtype == object else array.tobytes()
        return f"array {array.dtype} {array.shape} {_text(content, above)}"
    if isinstance(value, Mapping):
        items = [(_text(k, above), _text(v, above)) for k, v in value.items()]
        return f"{type(value).__name__} {items}"
    if isinstance(value, (set, frozenset)):
        # Their order follows the hashes of the process.
        return f"set {sorted(_text(part, above) for part in value)}"
    if isinstance(value, (list, tuple)):
        return f"{type(value).__name__} {[_text(part, above) for part in value]}"
    return _text_of_code(value, above)


def _text_of_code(value: Any, above: tuple[int, ...]) -> str:
    """Return the text of what can be called, and of objects with attributes."""
    if isinstance(value, partial):
        return f"partial {_text([value.func, value.args, value.keywords], above)}"
    if isinstance(value, MethodType):
        return f"method {_text([value.__func__, value.__self__], above)}"
    if isinstance(value, FunctionType):
        closure = [cell.cell_contents for cell in value.__closure__ or ()]
        free = [*closure, value.__defaults__, value.__kwdefaults__]
        name = f"{value.__module__}.{value.__qualname__}"
        return f"function {name} {_code(value.__code__)} {_text(free, above)}"
    if isinstance(value, BuiltinFunctionType):
        return f"function {value.__module__}.{value.__qualname__}"
    if isinstance(value, type):
        bases = [f"{b.__module__}.{b.__qualname__} {_source(b)}" for b in value.__mro__]
        return f"class {bases}"
    if isinstance(value, BaseEstimator):
        return _text([type(value), value.get_params(deep=False)], above)
    if hasattr(value, "__dict__"):
        return f"object {_text([type(value), vars(value)], above)}"
    raise _Unknown(value)


def _code(code: CodeType) -> str:
    """Return what a code object does, those within it included."""
    constants = [
        _code(part) if isinstance(part, CodeType) else _text(part, ())
        for part in code.co_consts
    ]
    return f"{code.co_code!r} {code.co_names} {constants}"


@lru_cache(maxsize=256)
def _source(cls: type) -> str:
    """Return the source of a class, where it is neither ours nor a library's."""
    if cls.__module__.split(".")[0] in ("builtins", "torch", "sklearn", "abc"):
        return ""
    try:
        return inspect.getsource(cls)
    except (OSError, TypeError):
        return ""
