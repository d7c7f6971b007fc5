"""Information terms of codes over the rows where all variables of a term are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from skmi.feature_selection._codes import code_problem, join_codes
from skmi.feature_selection._problem import Problem
from skmi.information import joint_tables

# What each occupied cell takes off c log c.
_OFFSETS = {"plugin": 0.0, "miller_madow": 0.5, "chi_square": 0.0}
# Units are counted in parts of about so many cells.
_MAX_CELLS = 2**23


class PairwiseEngine:
    """Terms of codes, each over the rows that lack none of its variables."""

    def __init__(self, problem: Problem) -> None:
        coded = code_problem(problem)
        self.codes, self.y_codes = coded.units, coded.target
        self.missing = coded.missing
        self._weight = problem.sample_weight
        self._offset = _OFFSETS[problem.correction]
        self._takes_mean_off = problem.correction == "chi_square"
        self.n_units = self.codes.shape[1]
        self._everybody = np.ones(len(self.y_codes), dtype=bool)
        self._nobody = np.zeros(len(self.y_codes), dtype=np.uint8)
        self.informative = self._over(self._nobody, self._everybody, _varies)

    @property
    def n_levels(self) -> np.ndarray:
        """Numbers of levels of the units, that of missing values with them, (d,)."""
        return self.codes.max(axis=0).astype(np.intp) + 1

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._over(self._nobody, self._everybody, self._of_target)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        value = self._over(
            self.codes[:, unit],
            self._known(unit),
            lambda tables: self._of_partner(tables.sum(axis=3, keepdims=True)),
        )
        return value if units is None else value[units]

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        return self._over(self.codes[:, unit], self._known(unit), self._of_partner)

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        return self._over(self.codes[:, unit], self._known(unit), self._of_target)

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb)."""
        return self.given_all((first, second))

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS)."""
        return self._over(*self._joined(selected), self._of_target)

    def entropies(self) -> np.ndarray:
        """Return H(Xj) over the rows that have it."""
        return self._over(
            self._nobody,
            self._everybody,
            lambda tables: self._entropy(tables.sum(axis=(2, 3))),
        )

    def entropy_of_target(self) -> float:
        """Return H(Y) over all rows."""
        counts = np.bincount(self.y_codes, weights=self._weight)
        return float(self._entropy(counts[None, :])[0])

    def joint_entropy(self, unit: int) -> np.ndarray:
        """Return H(Xj,Xs,Y)."""
        return self._over(
            self.codes[:, unit],
            self._known(unit),
            lambda tables: self._entropy(tables.reshape(len(tables), -1)),
        )

    def entropy_given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return H(Xj|XS)."""

        def entropy(tables: np.ndarray) -> np.ndarray:
            pairs = tables.sum(axis=3)
            both = self._entropy(pairs.reshape(len(pairs), -1))
            return both - self._entropy(pairs.sum(axis=1))

        return self._over(*self._joined(selected), entropy)

    def _joined(self, selected: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Return one code of several units, and the rows that have all of them."""
        rows = np.all([self._known(unit) for unit in selected], axis=0)
        code = np.zeros(len(rows), dtype=np.int64)
        if rows.any():
            code[rows] = join_codes([self.codes[rows, unit] for unit in selected])
        return code, rows

    def _known(self, unit: int) -> np.ndarray:
        """Return which rows have a value of a unit, (n,)."""
        if self.missing[unit] < 0:
            return self._everybody
        return self.codes[:, unit] != self.missing[unit]

    def _over(
        self,
        other: np.ndarray,
        rows: np.ndarray,
        function: Callable[[np.ndarray], np.ndarray],
    ) -> np.ndarray:
        """Return a function of tables (d, levels, levels of another, classes)."""
        if not rows.any():
            return function(np.zeros((self.n_units, 1, 1, 1)))
        some = slice(None) if rows.all() else rows
        codes, other, y = self.codes[some], other[some], self.y_codes[some]
        weight = None if self._weight is None else self._weight[some]
        n_cells = self.n_levels.max() * (int(other.max()) + 1) * (int(y.max()) + 1)
        width = max(1, _MAX_CELLS // n_cells)
        found = []
        for first in range(0, self.n_units, width):
            part = slice(first, first + width)
            tables = joint_tables(codes[:, part], other, y, sample_weight=weight)
            tables = tables.astype(np.float64)
            missing = self.missing[part]
            lacking = np.flatnonzero((missing >= 0) & (missing < tables.shape[1]))
            tables[lacking, missing[lacking]] = 0
            found.append(function(tables))
        return np.concatenate(found)

    def _of_target(self, tables: np.ndarray) -> np.ndarray:
        """Return I(Xj;Y|S) of tables."""
        return self._conditional(tables, 1, 3, 2)

    def _of_partner(self, tables: np.ndarray) -> np.ndarray:
        """Return I(Xj;S|Y) of tables."""
        return self._conditional(tables, 1, 2, 3)

    def _conditional(
        self, tables: np.ndarray, a: int, b: int, given: int
    ) -> np.ndarray:
        """Return I(A;B|C) of each table, exactly 0 where A or B is constant."""

        def entropy(*axes: int) -> np.ndarray:
            rest = tuple(axis for axis in (1, 2, 3) if axis not in axes)
            return self._entropy(tables.sum(axis=rest).reshape(len(tables), -1))

        value = entropy(a, given) + entropy(b, given) - entropy(1, 2, 3)
        value -= entropy(given)
        if self._takes_mean_off:
            total = np.maximum(tables.sum(axis=(1, 2, 3)), 1e-300)
            dof = (_n_levels(tables, a) - 1) * (_n_levels(tables, b) - 1)
            value -= dof * _n_levels(tables, given) / (2 * total)
        for axis in (a, b):
            value[_n_levels(tables, axis) < 2] = 0.0
        return value

    def _entropy(self, counts: np.ndarray) -> np.ndarray:
        """Return the entropy of each row of counts, 0 where there is none."""
        total = counts.sum(axis=1)
        safe = np.where(counts > 0, counts, 1.0)
        sums = (counts * np.log(safe)).sum(axis=1)
        n_cells = (counts > 0).sum(axis=1)
        known = np.where(total > 0, total, 1.0)
        value = np.log(known) - sums / known + self._offset * (n_cells - 1) / known
        return np.where(total > 0, value, 0.0)


def _n_levels(tables: np.ndarray, axis: int) -> np.ndarray:
    """Return how many levels of a variable occur in each table."""
    rest = tuple(other for other in (1, 2, 3) if other != axis)
    return (tables.sum(axis=rest) > 0).sum(axis=1)


def _varies(tables: np.ndarray) -> np.ndarray:
    """Tell in which tables both the column and the target vary."""
    return (_n_levels(tables, 1) > 1) & (_n_levels(tables, 3) > 1)
