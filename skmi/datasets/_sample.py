"""The form in which every maker hands over its sample."""

from __future__ import annotations

from typing import Any

import numpy as np

Sample = tuple[np.ndarray, np.ndarray] | tuple[np.ndarray, np.ndarray, float]


def as_sample(x: np.ndarray, y: np.ndarray, mi: float, return_mi: Any) -> Sample:
    """Return X (n, d), y (n,) or (n, d_y), and the information where asked for."""
    X = x.reshape(len(x), -1)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    # 0.0 + ...: no information is 0.0, not -0.0.
    return (X, y, 0.0 + float(mi)) if return_mi else (X, y)
