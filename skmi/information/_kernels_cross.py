"""Compiled tables of each of some columns with each of others, all at once."""

from __future__ import annotations

import numpy as np

from skmi.information._kernels_cache import kernel
from skmi.information._kernels_planes import CHUNK_WORDS, add_lines
from skmi.information._kernels_vectors import N_BITS, N_WORDS


@kernel
def cross_counts(bits, partners, first, n_bits, tables):
    """Write how many rows of each level of a partner have each bit of a block set.

    tables (n_partners, n_levels, all bits) is written from bit ``first`` on.
    """
    counts = np.empty(tables.shape[1] * N_BITS, dtype=np.uint32)
    planes = np.empty(16 * N_WORDS, dtype=np.uint64)
    for i in range(partners.n_levels.size):
        n_groups = partners.n_levels[i]
        counts[: n_groups * N_BITS] = 0
        for chunk in range(partners.orders.shape[1]):
            lines = bits[chunk * CHUNK_WORDS :]
            order, ends = partners.orders[i, chunk], partners.ends[i, chunk]
            add_lines(lines, order, ends, n_groups, planes, counts)
        for g in range(n_groups):
            for k in range(n_bits):
                tables[i, g, first + k] = counts[g * N_BITS + k]
