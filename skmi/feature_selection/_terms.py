"""The information terms that criteria are made of, computed when touched.

An engine estimates terms of all columns with one selected column; ``Terms`` keeps
what a search has seen. To add an estimator, write an engine and enter it in
ESTIMATORS.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Protocol

import numpy as np

from skmi.information import discretize, joint_entropies


class Engine(Protocol):
    """An estimator of the terms of one data set, in nats."""

    n_features: int
    informative: np.ndarray

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y) of every column, (d,)."""

    def redundancy(self, feature: int, columns: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs) of every column, or of some, with column ``feature``."""

    def conditional(self, feature: int) -> np.ndarray:
        """Return I(Xj;Xs|Y) of every column."""

    def conditional_relevance(self, feature: int) -> np.ndarray:
        """Return I(Xj;Y|Xs) of every column."""


class BinnedEngine:
    """Plug-in terms of equal-frequency codes.

    ``y`` (n,) holds codes 0, 1, ...; columns with at most ``n_bins`` values keep
    them. ``informative`` marks the columns that can say anything at all.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, *, n_bins: int) -> None:
        self._codes, n_levels = discretize(X, n_bins)
        self._y = y
        self.n_features = self._codes.shape[1]
        self._varies = n_levels > 1
        self.informative = self._varies & bool((y != y[0]).any())
        nobody = np.zeros(len(y), dtype=np.uint8)
        # H(Xj) and H(Xj,Y): with nobody as the partner.
        self._alone, self._with_y = joint_entropies(self._codes, nobody, y)
        self._h_y = joint_entropies(y[:, None], nobody)[0]
        self._newest: tuple[int, np.ndarray] | None = None

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._masked(self._alone - (self._with_y - self._h_y))

    def redundancy(self, feature: int, columns: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        alone, varies = self._alone, self._varies
        if columns is not None:
            partner = self._codes[:, feature]
            pair = joint_entropies(self._codes[:, columns], partner)
            alone, varies = alone[columns], varies[columns]
        elif self._newest is None:
            pair = joint_entropies(self._codes, self._codes[:, feature])
        else:
            pair = self._triple(feature)[0]
        varies = varies & self._varies[feature]
        return np.where(varies, alone - (pair - self._alone[feature]), 0.0)

    def conditional(self, feature: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        _, triple = self._triple(feature)
        given_both = triple - self._with_y[feature]
        return self._masked((self._with_y - self._h_y) - given_both, feature)

    def conditional_relevance(self, feature: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        pair, triple = self._triple(feature)
        given_both = triple - self._with_y[feature]
        return self._masked((pair - self._alone[feature]) - given_both)

    def _triple(self, feature: int) -> np.ndarray:
        """Return H(Xj,Xs) and H(Xj,Xs,Y); those of the last feature are kept."""
        if self._newest is None or self._newest[0] != feature:
            partner = self._codes[:, feature]
            self._newest = feature, joint_entropies(self._codes, partner, self._y)
        return self._newest[1]

    def _masked(self, values: np.ndarray, feature: int | None = None) -> np.ndarray:
        """Put an exact 0 where a variable is constant and rounding may not."""
        if feature is not None and not self._varies[feature]:
            return np.zeros_like(values)
        return np.where(self.informative, values, 0.0)


ESTIMATORS: dict[str, Callable[..., Engine]] = {"binned": BinnedEngine}
"""Name -> engine(X, y, n_bins=...)."""


class Terms:
    """What a criterion may ask of a search: arrays in nats, computed when touched.

    Columns of the (d, s) terms follow ``selected``, in order of selection. A step
    computes them for the newly selected column alone. They are read-only. ``mean``
    and ``least`` of such a term take (d,) of memory where the term takes (d, s).
    """

    def __init__(self, engine: Engine, n_steps: int) -> None:
        self.selected: tuple[int, ...] = ()
        self._engine = engine
        self._n_steps = n_steps
        self._rows: dict[str, np.ndarray] = {}
        self._n_rows: dict[str, int] = {}
        self._running: dict[tuple[str, np.ufunc], tuple[int, np.ndarray]] = {}

    def select(self, feature: int) -> None:
        """Add a column to the selected ones."""
        self.selected = (*self.selected, feature)

    @cached_property
    def relevance(self) -> np.ndarray:
        """I(Xj;Y), (d,)."""
        values = self._engine.relevance()
        values.setflags(write=False)
        return values

    @property
    def redundancy(self) -> np.ndarray:
        """I(Xj;Xs), (d, s)."""
        return self._pairs("redundancy")

    @property
    def conditional(self) -> np.ndarray:
        """I(Xj;Xs|Y), (d, s)."""
        return self._pairs("conditional")

    @property
    def conditional_relevance(self) -> np.ndarray:
        """I(Xj;Y|Xs), (d, s)."""
        return self._pairs("conditional_relevance")

    @property
    def joint(self) -> np.ndarray:
        """I(Xj,Xs;Y) = I(Xs;Y) + I(Xj;Y|Xs), (d, s)."""
        return self.relevance[list(self.selected)] + self.conditional_relevance

    def mean(self, name: str) -> np.ndarray:
        """Return the mean of a pair term over the selected columns, (d,)."""
        return self._reduced(name, np.add) / len(self.selected)

    def least(self, name: str) -> np.ndarray:
        """Return the least of a pair term over the selected columns, (d,)."""
        return self._reduced(name, np.minimum)

    def mean_redundancy_of(self, feature: int) -> float:
        """Return the mean of I(Xj;Xs) of one column, 0 if none is selected."""
        if not self.selected:
            return 0.0
        if "redundancy" in self._rows or ("redundancy", np.add) in self._running:
            return float(self.mean("redundancy")[feature])
        known = self._engine.redundancy(feature, np.array(self.selected))
        return float(known.mean())

    def _reduced(self, name: str, ufunc: np.ufunc) -> np.ndarray:
        """Return a running sum or minimum over the selected columns."""
        if (name, ufunc) not in self._running:
            self._running[name, ufunc] = 1, self._of_step(name, 0)
        n_seen, value = self._running[name, ufunc]
        for step in range(n_seen, len(self.selected)):
            value = ufunc(value, self._of_step(name, step))
        self._running[name, ufunc] = len(self.selected), value
        return value

    def _of_step(self, name: str, step: int) -> np.ndarray:
        """Return a pair term with the column selected at a step, (d,)."""
        if step < self._n_rows.get(name, 0):
            return self._rows[name][step]
        return getattr(self._engine, name)(self.selected[step])

    def _pairs(self, name: str) -> np.ndarray:
        """Return a (d, s) term after computing the columns it still lacks."""
        if name not in self._rows:
            self._rows[name] = np.empty((self._n_steps, self._engine.n_features))
            self._n_rows[name] = 0
        rows = self._rows[name]
        for step in range(self._n_rows[name], len(self.selected)):
            rows[step] = self._of_step(name, step)
        self._n_rows[name] = len(self.selected)
        view = rows[: len(self.selected)].T
        view.setflags(write=False)
        return view
