"""Gaussian kernels between rows: their widths, and their values in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Real
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist, pdist

from skmi.information._checks import check_samples

# Blocks of kernel values take about this many bytes, whatever the number of rows.
_BLOCK_BYTES = 1 << 24
# The median distance of more rows than this is taken from as many of them.
_MEDIAN_ROWS = 2000

RULES = ("median", "scott")


def check_rows(values: Any, name: str, n_rows: int | None = None) -> np.ndarray:
    """Return at least two samples as float64 (n, d)."""
    samples = check_samples(values, name, n_rows).astype(np.float64, copy=False)
    if len(samples) < 2:
        msg = f"{name} must have at least 2 rows, found {len(samples)}."
        raise ValueError(msg)
    return samples


def is_constant(samples: np.ndarray) -> bool:
    """Tell whether all rows are equal."""
    return bool((samples == samples[0]).all())


def resolve_bandwidth(samples: np.ndarray, bandwidth: Any) -> float:
    """Return the standard deviation of the kernel that a rule or number means.

    Where all rows are equal a rule has nothing to measure, and every width gives the
    same kernel: 1.
    """
    if isinstance(bandwidth, str) and bandwidth in RULES:
        varying = samples[:, np.ptp(samples, axis=0) > 0]
        if varying.shape[1] == 0:
            return 1.0
        # In units of the widest column, where no square overflows or vanishes.
        unit = float(np.ptp(varying, axis=0).max())
        rule = _median if bandwidth == "median" else _scott
        return unit * rule(varying / unit)
    is_number = isinstance(bandwidth, Real) and not isinstance(bandwidth, bool)
    if not is_number or not 0 < float(bandwidth) < np.inf:
        msg = (
            f"bandwidth must be one of {list(RULES)} or a positive finite number, "
            f"found {bandwidth!r}."
        )
        raise ValueError(msg)
    return float(bandwidth)


def resolve_pair(x: np.ndarray, y: np.ndarray, bandwidth: Any) -> tuple[float, float]:
    """Return the bandwidths of two variables from one value or a pair of values."""
    if isinstance(bandwidth, (tuple, list)):
        if len(bandwidth) != 2:
            msg = (
                "bandwidth must be one value, or a pair for x and y, found "
                f"{len(bandwidth)} values."
            )
            raise ValueError(msg)
        return resolve_bandwidth(x, bandwidth[0]), resolve_bandwidth(y, bandwidth[1])
    return resolve_bandwidth(x, bandwidth), resolve_bandwidth(y, bandwidth)


def exponents(
    left: np.ndarray, right: np.ndarray, bandwidth: float
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield rows of ``left`` and -|a - b|^2 / 2s^2 of each with all of ``right``."""
    height = max(1, _BLOCK_BYTES // (8 * len(right)))
    for first in range(0, len(left), height):
        rows = slice(first, min(first + height, len(left)))
        # Scaled before they are squared: nothing overflows that need not.
        block = cdist(left[rows] / bandwidth, right / bandwidth, "sqeuclidean")
        block *= -0.5
        yield rows, block


def kernels(
    samples: np.ndarray, bandwidth: float
) -> Iterator[tuple[slice, np.ndarray]]:
    """Yield rows of the Gram matrix, block by block."""
    for rows, block in exponents(samples, samples, bandwidth):
        yield rows, np.exp(block, out=block)


def gram(samples: np.ndarray, bandwidth: float) -> np.ndarray:
    """Return the Gram matrix (n, n); its diagonal is 1."""
    return np.concatenate([block for _, block in kernels(samples, bandwidth)])


def spectral_shares(values: np.ndarray) -> np.ndarray:
    """Return eigenvalues over their sum, without those that rounding hides."""
    clear = values[values > len(values) * np.finfo(float).eps * values.max()]
    return clear / clear.sum()


def entropy_of_values(values: np.ndarray) -> float:
    """Return -sum p log p in nats of positive values taken as shares."""
    shares = values / values.sum()
    # 0.0 - ...: a single value has 0.0, not -0.0.
    return float(0.0 - np.sum(shares * np.log(shares)))


def _median(samples: np.ndarray) -> float:
    """Return the median distance of two rows that differ."""
    if len(samples) > _MEDIAN_ROWS:
        every = np.linspace(0, len(samples) - 1, _MEDIAN_ROWS).round().astype(int)
        chosen = samples[every]
        # Rare values may all have been missed; then look at every one of them.
        samples = chosen if np.ptp(chosen, axis=0).any() else np.unique(samples, axis=0)
        samples = samples[:_MEDIAN_ROWS]
    distance = pdist(samples)
    median = float(np.median(distance))
    # Where most rows are equal their distance says nothing about the others.
    return median if median > 0 else float(np.median(distance[distance > 0]))


def _scott(samples: np.ndarray) -> float:
    """Return the columns' root mean variance times n^(-1 / (d + 4))."""
    n_rows, n_columns = samples.shape
    spread = float(np.sqrt(samples.var(axis=0, ddof=1).mean()))
    return spread * float(n_rows ** (-1 / (n_columns + 4)))
