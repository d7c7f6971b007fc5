"""Terms less what independent variables with so many levels show on average."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Sizes(NamedTuple):
    """Levels that occur in each unit (d,) and in the target, and the sum of weights."""

    levels: np.ndarray
    n_classes: int
    total: float


class CorrectedEngine:
    """Terms of counts without the bias of independent variables.

    2N times the plug-in value of I(A;B|C) is about chi-square of
    (K_a - 1)(K_b - 1) K_c degrees of freedom where A and B are independent given C,
    so their number over 2N is taken off: Miller (1955). Unlike a correction by the
    cells that occur, it takes as much off a copy of a selected unit as off any other
    unit of as many levels.

    Parameters
    ----------
    engine : object
        Engine of plug-in terms that tells its ``sizes()`` and ``n_joint(selected)``.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.n_units, self.informative = engine.n_units, engine.informative
        levels, n_classes, total = engine.sizes()
        # Degrees of freedom of a unit with one of two levels; 0 for constants.
        self._own = np.maximum(levels - 1, 0) / (2 * total)
        self._levels, self._n_classes = np.maximum(levels, 1), n_classes

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._engine.relevance() - self._of_target(1)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        value = self._engine.redundancy(unit, units)
        own = self._own if units is None else self._own[units]
        return value - own * (self._levels[unit] - 1)

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        bias = self._own * (self._levels[unit] - 1) * self._n_classes
        return self._engine.conditional(unit) - bias

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        bias = self._of_target(self._levels[unit])
        return self._engine.conditional_relevance(unit) - bias

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb)."""
        bias = self._of_target(self._engine.n_joint((first, second)))
        return self._engine.triple(first, second) - bias

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS)."""
        bias = self._of_target(self._engine.n_joint(selected))
        return self._engine.given_all(selected) - bias

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def _of_target(self, n_given: int) -> np.ndarray:
        """Return the bias of I(Xj;Y|S) for a number of levels of S, 0 for constants."""
        bias = self._own * (self._n_classes - 1) * n_given
        return np.where(self.informative, bias, 0.0)
