"""Nested state as tensors plus a JSON skeleton: stored without pickling."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor


def flatten_tree(tree: Any) -> tuple[Any, dict[str, Tensor]]:
    """Split nested dicts and lists into a JSON-able skeleton and named tensors."""
    tensors: dict[str, Tensor] = {}

    def walk(node: Any) -> Any:
        if isinstance(node, Tensor):
            name = str(len(tensors))
            tensors[name] = node
            return {"tensor": name}
        if isinstance(node, dict):
            # Optimizer states have integer keys, which JSON would turn into text.
            return {"dict": [[key, walk(value)] for key, value in node.items()]}
        if isinstance(node, (list, tuple)):
            return {"list": [walk(value) for value in node]}
        if node is None or isinstance(node, (bool, int, float, str)):
            return {"value": node}
        msg = f"a state of type {type(node).__name__} cannot be stored."
        raise TypeError(msg)

    return walk(tree), tensors


def is_tree(node: Any) -> bool:
    """Tell whether :func:`flatten_tree` can take a value."""
    try:
        flatten_tree(node)
    except TypeError:
        return False
    return True


def unflatten_tree(skeleton: Any, tensors: dict[str, Tensor]) -> Any:
    """Put a skeleton and its tensors together again."""
    ((kind, content),) = skeleton.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "dict":
        return {key: unflatten_tree(value, tensors) for key, value in content}
    if kind == "list":
        return [unflatten_tree(value, tensors) for value in content]
    return content


def to_numpy(tensors: dict[str, Tensor]) -> dict[str, np.ndarray]:
    """Return copies of tensors as numpy arrays."""
    return {name: t.detach().cpu().numpy().copy() for name, t in tensors.items()}


def to_tensors(arrays: dict[str, np.ndarray]) -> dict[str, Tensor]:
    """Return numpy arrays as tensors of their own."""
    return {name: torch.tensor(np.asarray(array)) for name, array in arrays.items()}
