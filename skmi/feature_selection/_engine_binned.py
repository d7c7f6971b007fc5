"""Information terms of codes, counted."""

from __future__ import annotations

import numpy as np

from skmi.feature_selection._codes import Codes, code_problem, join_codes
from skmi.feature_selection._problem import Problem
from skmi.information import CodePlanes


class BinnedEngine:
    """Terms of equal-frequency codes of units.

    Entropies are whole numbers of a tiny unit, so that terms that are 0 are exactly 0:
    those of constants, and what a copy adds to its original.
    """

    def __init__(self, problem: Problem, coded: Codes | None = None) -> None:
        coded = code_problem(problem) if coded is None else coded
        self.codes, self.y_codes = coded.units, coded.target
        options = {
            "sample_weight": problem.sample_weight,
            "correction": problem.correction,
        }
        self._planes = CodePlanes(self.codes, self.y_codes, **options)
        self._unit = self._planes.unit
        self._nobody = np.zeros(len(self.y_codes), dtype=np.uint8)
        self._alone, self._with_y = self._planes.whole_with(self._nobody)
        self._h_y = self._planes.whole_of(self.y_codes)[0]
        self.n_units = self.codes.shape[1]
        self.informative = (self._alone > 0) & bool(self._h_y > 0)
        self._pairs: dict[int, np.ndarray] = {}
        self._triples: tuple[int, np.ndarray] | None = None
        self._joined: tuple[tuple[int, ...], np.ndarray] | None = None

    @property
    def n_levels(self) -> np.ndarray:
        """Numbers of levels of the units, (d,)."""
        return self.codes.max(axis=0).astype(np.intp) + 1

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return (self._alone + self._h_y - self._with_y) * self._unit

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        if units is None:
            pair = self._pair(unit)
            return (self._alone + self._alone[unit] - pair) * self._unit
        if all(int(other) in self._pairs for other in units):
            pair = np.array([self._pairs[int(other)][unit] for other in units])
        else:
            pair = self._pair(unit)[units]
        return (self._alone[units] + self._alone[unit] - pair) * self._unit

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        triple = self._triple(unit)
        return (self._with_y + self._with_y[unit] - triple - self._h_y) * self._unit

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        triple = self._triple(unit)
        gained = self._pairs[unit] - self._alone[unit]
        return (gained + self._with_y[unit] - triple) * self._unit

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb)."""
        return self._given(join_codes([self.codes[:, first], self.codes[:, second]]))

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS)."""
        return self._given(self.joint_code(selected))

    def entropies(self) -> np.ndarray:
        """Return H(Xj)."""
        return self._alone * self._unit

    def entropy_of_target(self) -> float:
        """Return H(Y)."""
        return float(self._h_y * self._unit)

    def joint_entropy(self, unit: int) -> np.ndarray:
        """Return H(Xj,Xs,Y)."""
        return self._triple(unit) * self._unit

    def entropy_given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return H(Xj|XS)."""
        code = self.joint_code(selected)
        pair = self._planes.whole_with(code, with_target=False)
        return (pair - self._planes.whole_of(code)[0]) * self._unit

    def joint_code(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return one code for each combination of levels of units."""
        known = self._joined
        if known is None or known[0] != selected:
            if known is not None and known[0] == selected[:-1]:
                columns = [known[1], self.codes[:, selected[-1]]]
            else:
                columns = [self.codes[:, unit] for unit in selected]
            self._joined = known = selected, join_codes(columns)
        return known[1]

    def _given(self, code: np.ndarray) -> np.ndarray:
        """Return I(Xj;Y|S) for a code of S."""
        pair, triple = self._planes.whole_with(code)
        alone, with_y = self._planes.whole_of(code)
        return (pair + with_y - triple - alone) * self._unit

    def _pair(self, unit: int) -> np.ndarray:
        """Return N H(Xj,Xs), kept."""
        if unit not in self._pairs:
            self._pairs[unit] = self._planes.whole_with(
                self.codes[:, unit], with_target=False
            )
        return self._pairs[unit]

    def _triple(self, unit: int) -> np.ndarray:
        """Return N H(Xj,Xs,Y); that of the last unit is kept, and N H(Xj,Xs)."""
        if self._triples is None or self._triples[0] != unit:
            pair, triple = self._planes.whole_with(self.codes[:, unit])
            self._pairs[unit] = pair
            self._triples = unit, triple
        return self._triples[1]
