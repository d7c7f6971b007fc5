"""Information terms from tables of all pairs of columns, without the rows."""

from __future__ import annotations

import numpy as np

from skmi.feature_selection._corrected import Sizes
from skmi.information import PairTables


class TableEngine:
    """Terms of counted codes, where no more than two columns meet the target.

    Parameters
    ----------
    tables : PairTables
        Counts of at least one row.
    correction : {"miller_madow", "plugin"}
        How tables are corrected.
    """

    def __init__(self, tables: PairTables, correction: str = "miller_madow") -> None:
        self._tables = tables
        self._correction = correction
        self._unit = tables.unit(correction=correction)
        self.n_units = tables.n_levels.size
        occurs = tables.single.sum(axis=1) > 0
        first = np.cumsum(tables.n_levels) - tables.n_levels
        self._levels = np.add.reduceat(occurs.astype(np.intp), first)
        self._varies = self._levels > 1
        self._n_classes = np.count_nonzero(tables.single.sum(axis=0))
        self._total = float(tables.single[: tables.n_levels[0]].sum())
        self.informative = self._varies & (self._n_classes > 1)
        # Whole numbers: what should cancel cancels exactly.
        self._alone, self._with_y = tables.whole_entropies_with(
            None, correction=correction
        )
        self._h_y = tables.whole_entropy_of_target(correction=correction)
        self._newest: tuple[int, np.ndarray] | None = None

    def sizes(self) -> Sizes:
        """Return the levels that occur, and the sum of weights."""
        return Sizes(self._levels, self._n_classes, self._total)

    def n_joint(self, selected: tuple[int, ...]) -> int:
        """Return how many levels of no more than one unit occur."""
        self._check_few(tuple(dict.fromkeys(selected)))
        return int(self._levels[selected[0]])

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._informations(self._alone + self._h_y - self._with_y)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        pair, _ = self._with(unit)
        value = (self._alone + self._alone[unit] - pair) * self._unit
        value = np.where(self._varies & self._varies[unit], value, 0.0)
        return value if units is None else value[units]

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        _, triple = self._with(unit)
        value = (self._with_y + self._with_y[unit] - triple - self._h_y) * self._unit
        return np.where(self._varies & self._varies[unit], value, 0.0)

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        pair, triple = self._with(unit)
        value = pair + self._with_y[unit] - triple - self._alone[unit]
        return self._informations(value)

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb) where a and b are the same unit."""
        return self.given_all(tuple(dict.fromkeys((first, second))))

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS), given no more than one unit."""
        self._check_few(selected)
        if not selected:
            return self.relevance()
        return self.conditional_relevance(selected[0])

    def entropies(self) -> np.ndarray:
        """Return H(Xj)."""
        return np.where(self._varies, self._alone * self._unit, 0.0)

    def entropy_of_target(self) -> float:
        """Return H(Y)."""
        return float(self._h_y * self._unit)

    def joint_entropy(self, unit: int) -> np.ndarray:
        """Return H(Xj,Xs,Y)."""
        return self._with(unit)[1] * self._unit

    def entropy_given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return H(Xj|XS), given no more than one unit."""
        self._check_few(selected)
        if not selected:
            return self.entropies()
        pair, _ = self._with(selected[0])
        value = (pair - self._alone[selected[0]]) * self._unit
        return np.where(self._varies, value, 0.0)

    def _with(self, unit: int) -> np.ndarray:
        """Return H(Xj,Xs) and H(Xj,Xs,Y); those of the latest unit are kept."""
        if self._newest is None or self._newest[0] != unit:
            found = self._tables.whole_entropies_with(unit, correction=self._correction)
            self._newest = unit, found
        return self._newest[1]

    def _informations(self, whole: np.ndarray) -> np.ndarray:
        """Return nats, and an exact 0 where a variable is constant."""
        return np.where(self.informative, whole * self._unit, 0.0)

    def _check_few(self, selected: tuple[int, ...]) -> None:
        """Raise where tables of pairs are not enough."""
        if len(selected) > 1:
            msg = (
                "criterion must look at pairs of columns where rows come in blocks, "
                "which keep tables of pairs only, found one that conditions on "
                f"{len(selected)} columns at once."
            )
            raise ValueError(msg)
