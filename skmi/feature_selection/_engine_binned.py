"""Information terms of codes, counted."""

from __future__ import annotations

import numpy as np

from skmi.feature_selection._codes import Codes, code_problem, join_codes
from skmi.feature_selection._corrected import Sizes
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
        self._unit, self._weight = self._planes.unit, problem.sample_weight
        self._nobody = np.zeros(len(self.y_codes), dtype=np.uint8)
        self._alone, self._with_y = self._planes.whole_with(self._nobody)
        self._h_y = self._planes.whole_of(self.y_codes)[0]
        self.n_units = self.codes.shape[1]
        self._levels = coded.n_levels
        # Rounded weights may leave a trace of an entropy where nothing varies.
        self._varies = coded.n_levels > 1
        self._n_classes = np.count_nonzero(np.bincount(self.y_codes))
        self.informative = self._varies & (self._n_classes > 1)
        self._pairs: dict[int, np.ndarray] = {}
        self._triples: tuple[int, np.ndarray] | None = None
        self._joined: tuple[tuple[int, ...], np.ndarray] | None = None

    @property
    def n_levels(self) -> np.ndarray:
        """Numbers of levels of the units, (d,)."""
        return self.codes.max(axis=0).astype(np.intp) + 1

    def sizes(self) -> Sizes:
        """Return the levels that occur, and the sum of weights."""
        weight = self._weight
        total = len(self.y_codes) if weight is None else float(weight.sum())
        return Sizes(self._levels, self._n_classes, total)

    def n_joint(self, selected: tuple[int, ...]) -> int:
        """Return how many combinations of levels of some units occur."""
        return int(self.joint_code(selected).max()) + 1

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._nats(self._alone + self._h_y - self._with_y, self.informative)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        if units is None:
            whole = self._alone + self._alone[unit] - self._pair(unit)
            return self._nats(whole, self._varies & self._varies[unit])
        if all(int(other) in self._pairs for other in units):
            pair = np.array([self._pairs[int(other)][unit] for other in units])
        else:
            pair = self._pair(unit)[units]
        whole = self._alone[units] + self._alone[unit] - pair
        return self._nats(whole, self._varies[units] & self._varies[unit])

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        triple = self._triple(unit)
        whole = self._with_y + self._with_y[unit] - triple - self._h_y
        return self._nats(whole, self._varies & self._varies[unit])

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        triple = self._triple(unit)
        gained = self._pairs[unit] - self._alone[unit]
        return self._nats(gained + self._with_y[unit] - triple, self.informative)

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb)."""
        return self._given(self.joint_code((first, second)))

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
        return self._nats(pair - self._planes.whole_of(code)[0], self._varies)

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
        return self._nats(pair + with_y - triple - alone, self.informative)

    def _nats(self, whole: np.ndarray, varies: np.ndarray) -> np.ndarray:
        """Return nats, and an exact 0 where a variable is constant."""
        return np.where(varies, whole * self._unit, 0.0)

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
