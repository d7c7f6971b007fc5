"""What fast-select is asked for; runs in its environment."""

import numpy as np
from fast_select.mutual_information import calculate_mi_matrices


def informations(codes: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return I(Xi;Xj) in nats and, on the diagonal, I(Xi;Y)."""
    relevance, pairs = calculate_mi_matrices(codes, y, backend="cpu", unit="nat")
    np.fill_diagonal(pairs, relevance)
    return pairs
