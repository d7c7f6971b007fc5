"""Entropies as whole numbers of a small unit, so that equal ones cancel exactly."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# Correction -> what each occupied cell takes off c log c. Both are sums over cells:
# N H = N log N - sum c log c, and Miller's term is half a nat for each cell but one.
OFFSETS: dict[Any, float] = {"plugin": 0.0, "miller_madow": 0.5}

# Counts above this are rare; their logarithm is computed and not looked up.
_LOOKUP_SIZE = 1 << 16


class Target(NamedTuple):
    """Levels (n,) of a further variable Y; one level where there is none."""

    codes: np.ndarray
    n_levels: int


class FixedTerms(NamedTuple):
    """How cells become whole numbers; ``unit`` turns sums of them into nats."""

    lookup: np.ndarray
    offset: float
    scale: float
    whole: int
    unit: float


def fixed_terms(n_rows: int, weight: np.ndarray | None, correction: str) -> FixedTerms:
    """Return the terms of a sample, as fine as 64 bits allow."""
    if weight is None:
        size = min(n_rows + 1, _LOOKUP_SIZE)
        return fixed_terms_of(float(n_rows), n_rows, size, correction)
    n_used = int(np.count_nonzero(weight))
    return fixed_terms_of(float(weight.sum()), n_used, 0, correction)


def fixed_terms_of(
    total: float, n_used: int, n_lookup: int, correction: str
) -> FixedTerms:
    """Return the terms of a total weight of so many rows, some of them looked up."""
    from skmi.information._kernels_pairs import fill_terms, fixed_term

    offset = OFFSETS[correction]
    # No sum of terms exceeds this (log K <= 45 for K cells), and differences of four
    # such sums are formed. Rows and weights that mean the same give the same.
    largest = total * (abs(np.log(total)) + 45) + offset * max(total, n_used)
    scale = float(2.0 ** min(np.floor(60 - np.log2(largest)), 1023))
    lookup: np.ndarray = np.empty(n_lookup, dtype=np.int64)
    fill_terms(lookup, offset, scale)
    whole = fixed_term(total, offset, scale)
    return FixedTerms(lookup, offset, scale, whole, 1 / (scale * total))
