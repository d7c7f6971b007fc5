"""Information terms of the codes of sparse columns, counted entry by entry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from skmi.feature_selection._codes import code_target, join_codes
from skmi.feature_selection._corrected import Sizes
from skmi.feature_selection._problem import Problem
from skmi.information import SparseCodes


class SparseEngine:
    """Terms of equal-frequency codes of a sparse X, which stays sparse.

    The values are those of the engine of dense codes. A step costs O(nnz + n).

    Parameters
    ----------
    problem : Problem
        Its X is a sparse matrix or array; missing values are errors or categories.
    """

    def __init__(self, problem: Problem) -> None:
        missing = problem.missing
        if missing == "pairwise":
            if np.isnan(problem.X.data).any():
                msg = (
                    "missing must be 'error' or 'category' for sparse X with NaN, "
                    "found 'pairwise'."
                )
                raise ValueError(msg)
            missing = "error"
        self.y_codes = code_target(problem)
        self._codes = SparseCodes(
            problem.X,
            problem.n_bins,
            target=self.y_codes,
            categories=problem.discrete,
            groups=problem.units,
            missing=missing,
            sample_weight=problem.sample_weight,
            correction=problem.correction,
        )
        self.n_units = self._codes.n_variables
        self._varies = self._codes.n_levels > 1
        self._n_classes = np.count_nonzero(np.bincount(self.y_codes))
        weight = problem.sample_weight
        self._total = self.y_codes.size if weight is None else float(weight.sum())
        self.informative = self._varies & (self._n_classes > 1)
        nobody = np.zeros(self.y_codes.size, dtype=np.uint8)
        # Whole numbers: what should cancel cancels exactly.
        self._alone = self._codes.whole_entropies_with(nobody)[0]
        self._with_y, self._h_y = self._codes.whole_entropies_with(nobody, target=True)
        self._kept: dict[bool, Any] = {}
        self._joint: tuple[tuple[int, ...], np.ndarray] = (), nobody

    @property
    def n_levels(self) -> np.ndarray:
        """Numbers of levels of the units, (d,)."""
        return self._codes.n_levels

    def sizes(self) -> Sizes:
        """Return the levels that occur, and the sum of weights."""
        return Sizes(self.n_levels, self._n_classes, self._total)

    def n_joint(self, selected: tuple[int, ...]) -> int:
        """Return how many combinations of levels of some units occur."""
        return int(self.joint_code(selected).max()) + 1

    def codes_of(self, units: Sequence[int]) -> np.ndarray:
        """Return the codes of some units, dense (n, len(units))."""
        return self._codes.codes_of(units)

    def joint_code(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return the codes of some units together; those of the latest go on."""
        known, code = self._joint
        if not known or selected[: len(known)] != known:
            known, code = (), np.zeros(self.y_codes.size, dtype=np.int64)
        for unit in selected[len(known) :]:
            code = join_codes([code, self.codes_of([unit])[:, 0]])
        self._joint = selected, code
        return code

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._informations(self._alone + self._h_y - self._with_y)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        if units is None or self._kept.get(False, (None,))[0] == (unit,):
            pair, alone = self._with((unit,))
            units = slice(None) if units is None else units
            pair = pair[units]
        else:
            code = self.codes_of([unit])[:, 0]
            units = np.asarray(units)
            pair, alone = self._codes.whole_entropies_with(code, columns=units)
        value = (self._alone[units] + alone - pair) * self._codes.unit
        return np.where(self._varies[units] & self._varies[unit], value, 0.0)

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        triple, with_y = self._with((unit,), target=True)
        value = (self._with_y + with_y - triple - self._h_y) * self._codes.unit
        return np.where(self._varies & self._varies[unit], value, 0.0)

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        return self.given_all((unit,))

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb)."""
        return self.given_all((first, second))

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS), given all units of S."""
        if not selected:
            return self.relevance()
        pair, alone = self._with(selected)
        triple, with_y = self._with(selected, target=True)
        return self._informations(pair + with_y - triple - alone)

    def entropies(self) -> np.ndarray:
        """Return H(Xj)."""
        return np.where(self._varies, self._alone * self._codes.unit, 0.0)

    def entropy_of_target(self) -> float:
        """Return H(Y)."""
        return float(self._h_y * self._codes.unit)

    def joint_entropy(self, unit: int) -> np.ndarray:
        """Return H(Xj,Xs,Y)."""
        return self._with((unit,), target=True)[0] * self._codes.unit

    def entropy_given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return H(Xj|XS), given all units of S."""
        if not selected:
            return self.entropies()
        pair, alone = self._with(selected)
        return np.where(self._varies, (pair - alone) * self._codes.unit, 0.0)

    def _with(
        self, selected: tuple[int, ...], *, target: bool = False
    ) -> tuple[np.ndarray, int]:
        """Return H(Xj,XS) and H(XS), or both with Y; the latest are kept."""
        kept = self._kept.get(target)
        if kept is None or kept[0] != selected:
            code = self.joint_code(selected)
            found = self._codes.whole_entropies_with(code, target=target)
            kept = self._kept[target] = (selected, *found)
        return kept[1], kept[2]

    def _informations(self, whole: np.ndarray) -> np.ndarray:
        """Return nats, and an exact 0 where a variable is constant."""
        return np.where(self.informative, whole * self._codes.unit, 0.0)
