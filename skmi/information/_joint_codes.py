"""Counts of the rows that occur among several columns of codes.

A table of all cells would have k^N of them; the rows that occur are at most n.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skmi.information._checks import check_weight
from skmi.information._corrections import Cells, Correction, entropy_of_cells

# Codes are mixed-radix numbers as long as these fit into 64 bits.
_LARGEST_CODE = 1 << 62


class JointCodes:
    """Columns of labels, and the entropy of any set of them.

    ``labels`` (n, N) are of any sortable kind; the levels of a column are those that
    occur in it.
    """

    def __init__(
        self, labels: np.ndarray, correct: Correction, sample_weight: Any = None
    ) -> None:
        weight = check_weight(sample_weight, len(labels))
        if weight is not None:
            # A row of weight 0 is a row that did not occur.
            labels, weight = labels[weight > 0], weight[weight > 0]
        self._correct = correct
        self._weight = weight
        self._codes = [np.unique(column, return_inverse=True)[1] for column in labels.T]
        self.n_levels = [int(codes.max()) + 1 for codes in self._codes]

    def entropy(self, columns: Sequence[int]) -> float:
        """Return the entropy of some columns together, in nats."""
        cells = self._cells(columns)
        return entropy_of_cells(cells, self._correct, self._joint)

    def _joint(self) -> Cells:
        """Return the counts of the rows of all columns."""
        return self._cells(range(len(self._codes)))

    def n_occupied(self, columns: Sequence[int]) -> int:
        """Return how many rows of some columns differ from one another."""
        return self._cells(columns)[0].size

    def _cells(self, columns: Sequence[int]) -> Cells:
        """Return the counts of the rows of some columns, in rising order."""
        code = np.zeros(len(self._codes[0]), dtype=np.int64)
        n_codes, n_cells = 1, 1
        for j in columns:
            if n_codes * self.n_levels[j] > _LARGEST_CODE:
                code = np.unique(code, return_inverse=True)[1].astype(np.int64)
                n_codes = int(code.max()) + 1
            code = code * self.n_levels[j] + self._codes[j]
            n_codes *= self.n_levels[j]
            n_cells *= self.n_levels[j]
        return self._counts(code, n_codes), n_cells

    def _counts(self, code: np.ndarray, n_codes: int) -> np.ndarray:
        """Return how often each code occurs, or its weight, in rising order."""
        if n_codes > 4 * code.size and self._weight is None:
            return np.sort(np.unique(code, return_counts=True)[1])
        if n_codes > 4 * code.size:
            code = np.unique(code, return_inverse=True)[1]
        counts = np.bincount(code, weights=self._weight)
        return np.sort(counts[counts > 0])
