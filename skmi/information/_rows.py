"""Tables of one column of codes with others, counted row by row."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skmi.information._fixed import FixedTerms, Target

# A table of more cells than this, and than so many for each row, is mostly empty.
_MIN_SPARSE, _SPARSE = 1 << 12, 8


class RowByRow(NamedTuple):
    """Columns (d, n) whose tables are counted one row after the other.

    Tables of more cells than ``most`` are not filled as a whole.
    """

    columns: np.ndarray
    n_levels: np.ndarray
    target: Target
    weight: np.ndarray | None
    terms: FixedTerms
    most: int = _MIN_SPARSE

    def entropies(self, others: np.ndarray, i: int | None) -> np.ndarray:
        """Return N H of some columns with column i, without and with Y, (2, n)."""
        if i is None:
            nobody = np.zeros(self.columns.shape[1], dtype=np.int64)
            return self.entropies_with(others, nobody, 1)
        return self.entropies_with(others, self.columns[i], int(self.n_levels[i]))

    def entropies_with(
        self, others: np.ndarray, codes: np.ndarray, n_partner: int
    ) -> np.ndarray:
        """Return N H of some columns with a variable, without and with Y, (2, n)."""
        n_rows = self.columns.shape[1]
        partner = codes.astype(np.int64) * self.target.n_levels + self.target.codes
        sums: np.ndarray = np.empty((2, len(others)), dtype=np.int64)
        n_cells = self.n_levels[others] * n_partner * self.target.n_levels
        dense = n_cells <= max(_MIN_SPARSE, min(_SPARSE * n_rows, self.most))
        for some, count in ((dense, self._fill), (~dense, self._walk)):
            if some.any():
                sums[:, some] = count(others[some], partner, n_partner)
        return self.terms.whole - sums

    def _fill(
        self, others: np.ndarray, partner: np.ndarray, n_partner: int
    ) -> np.ndarray:
        """Sum the terms of whole tables."""
        from skmi.information._kernels_pairs import dense_sums

        sums: np.ndarray = np.empty((2, len(others)), dtype=np.int64)
        room = int(self.n_levels[others].max()) * n_partner * self.target.n_levels
        dtype = np.uint32 if self.weight is None else np.float64
        dense_sums(
            self.columns,
            others,
            self.n_levels,
            partner.astype(np.uint32),
            n_partner,
            self.target.n_levels,
            self.weight,
            self.terms,
            np.empty((4, room), dtype=dtype),
            sums,
        )
        return sums

    def _walk(
        self, others: np.ndarray, partner: np.ndarray, n_partner: int
    ) -> np.ndarray:
        """Sum the terms of the cells that rows touch."""
        from skmi.information._kernels_pairs import sparse_sums

        sums: np.ndarray = np.empty((2, len(others)), dtype=np.int64)
        order = np.argsort(partner, kind="stable")
        groups = partner[order]
        ends = np.append(np.flatnonzero(np.diff(groups)), len(groups) - 1) + 1
        levels = np.append(groups[ends - 1] // self.target.n_levels, n_partner)
        dtype = np.uint32 if self.weight is None else np.float64
        sparse_sums(
            self.columns,
            others,
            order,
            ends,
            np.diff(levels) > 0,
            self.target.n_levels,
            self.weight,
            self.terms,
            np.zeros((2, int(self.n_levels[others].max())), dtype=dtype),
            sums,
        )
        return sums
