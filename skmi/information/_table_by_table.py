"""Entropies and informations of all pairs under any correction, one table at a time."""

from __future__ import annotations

from typing import Any

import numpy as np

from skmi.information._corrections import Correction
from skmi.information._discrete import (
    conditional_entropy,
    conditional_mutual_information,
    entropy,
    mutual_information,
)
from skmi.information._tables import joint_entropies, joint_tables


def entropies_by_table(
    columns: np.ndarray,
    target: np.ndarray | None,
    weight: np.ndarray | None,
    correction: str | Correction,
) -> np.ndarray:
    """Return H(Xi,Xj), and H(Xi,Xj,Y) below, on and right of the diagonal."""
    options: dict[str, Any] = {"correction": correction, "sample_weight": weight}
    n_columns, n_rows = columns.shape
    nobody = np.zeros(n_rows, dtype=np.uint8)
    found = np.empty((1 if target is None else 2, n_columns, n_columns))
    for i in range(n_columns):
        found[:, i, i:] = joint_entropies(columns[i:].T, columns[i], target, **options)
        single = joint_entropies(columns[i : i + 1].T, nobody, target, **options)
        found[:, i, i] = np.ravel(single)
    return found


def informations_by_table(
    columns: np.ndarray,
    target: np.ndarray | None,
    weight: np.ndarray | None,
    correction: str | Correction,
) -> list[np.ndarray]:
    """Return I(Xi;Xj), I(Xi;Xj|Y), I(Xi,Xj;Y) on and right of the diagonal."""
    options: dict[str, Any] = {"correction": correction}
    n_columns, n_rows = columns.shape
    y = np.zeros(n_rows, dtype=np.uint8) if target is None else target
    mutual, conditional, joint = np.empty((3, n_columns, n_columns))
    for i, j in zip(*np.triu_indices(n_columns), strict=True):
        table = joint_tables(columns[[i]].T, columns[j], y, sample_weight=weight)[0]
        if i == j:
            table = np.einsum("iiy->iy", table)
            mutual[i, i] = entropy(table.sum(axis=1), **options)
            conditional[i, i] = conditional_entropy(table, **options)
            joint[i, i] = mutual_information(table, **options)
            continue
        mutual[i, j] = mutual_information(table.sum(axis=2), **options)
        if target is not None:
            conditional[i, j] = conditional_mutual_information(table, **options)
            pairs = table.reshape(-1, table.shape[2])
            joint[i, j] = mutual_information(pairs, **options)
    return [mutual] if target is None else [mutual, conditional, joint]
