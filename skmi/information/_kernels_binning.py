"""Compiled loop that turns values into bin codes."""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel


@kernel
def code_columns(
    X: np.ndarray, edges: np.ndarray, n_edges: np.ndarray, codes: np.ndarray
) -> None:
    """Write how many edges of its column lie below each value.

    X and codes are (n_columns, n_rows), edges (n_columns, largest n_edges).
    """
    n_columns, n_rows = X.shape
    for j in range(n_columns):
        column, code = X[j], codes[j]
        for i in range(n_rows):
            code[i] = 0
        for k in range(n_edges[j]):
            edge = edges[j, k]
            for i in range(n_rows):
                code[i] += edge < column[i]
