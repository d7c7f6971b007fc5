"""Information terms by nearest neighbours, for numbers, categories and mixtures."""

from __future__ import annotations

from typing import Any

import numpy as np
from joblib import effective_n_jobs
from sklearn.utils.parallel import Parallel, delayed

from skmi.feature_selection._problem import Problem
from skmi.feature_selection._variables import (
    Variable,
    join_variables,
    read_variables,
    repeats_much,
)
from skmi.information import NeighborColumns, mixed_conditional_mutual_information

# Noise that breaks the few ties of continuous columns, in standard deviations.
_NOISE = 1e-10


class NeighborEngine:
    """Terms by nearest neighbours in the maximum norm of standardised columns.

    Continuous columns are sorted once; their terms with continuous variables and with
    classes come from :class:`NeighborColumns`, all others one by one from
    :func:`mixed_conditional_mutual_information`. Both are the same estimator. One
    radius serves all counts of a term, so that copies of a selected column tell
    exactly nothing more, and columns that say nothing scatter little around 0.
    """

    def __init__(self, problem: Problem) -> None:
        if problem.sample_weight is not None:
            msg = (
                "sample_weight must be None with estimator='knn', as neighbours have "
                "no weights, found an array; use estimator='binned'."
            )
            raise ValueError(msg)
        n_rows = len(problem.y)
        self.n_units = problem.n_units
        self._k = max(1, min(problem.n_neighbors, n_rows - 1))
        self._n_jobs = effective_n_jobs(problem.n_jobs)
        self._units, self._target = read_variables(problem, _standardised)
        self.informative = np.array([unit.varies for unit in self._units])
        self.informative &= self._target.varies and n_rows > 1
        # Units of one continuous column, and their place among those.
        self._fast = np.array([_is_fast(unit) for unit in self._units], dtype=bool)
        self._place = np.cumsum(self._fast) - 1
        self._columns: NeighborColumns | None = None
        if self._fast.any() and n_rows > 1:
            fast = [
                u.numbers for u, f in zip(self._units, self._fast, strict=True) if f
            ]
            self._columns = NeighborColumns(
                np.hstack(fast), n_neighbors=self._k, n_jobs=self._n_jobs
            )
        self._by_class: list[tuple[np.ndarray, NeighborColumns]] | None = None

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y) of every unit."""
        return self._information(self._target, None)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs) of every unit, or of some, with unit s."""
        return self._information(self._units[unit], None, units)

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y) of every unit."""
        return self._masked(self._information(self._units[unit], self._target))

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs) of every unit."""
        return self._information(self._target, self._units[unit])

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb) of every unit."""
        return self.given_all((first, second))

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS) of every unit, given all units of S."""
        given = join_variables([self._units[unit] for unit in selected])
        return self._information(self._target, given)

    def _masked(self, values: np.ndarray) -> np.ndarray:
        """Put 0 where the target or a unit is constant."""
        return np.where(self.informative, values, 0.0)

    def _information(
        self, other: Variable, given: Variable | None, units: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the information of units with a variable, given one if there is."""
        chosen = np.arange(self.n_units) if units is None else np.asarray(units)
        result = np.zeros(chosen.size)
        if given is not None and not given.varies:
            given = None
        counting = _counting(other, given)
        n_counting = len(other.numbers) if counting is None else int(counting.sum())
        if not other.varies or n_counting <= self._k:
            return result
        slow = np.array([self._units[j].varies for j in chosen], dtype=bool)
        continuous = given is None or not given.repeats
        if self._columns is not None and other.is_plain and continuous:
            fast = self._fast[chosen]
            slow &= ~fast
            if fast.any():
                result[fast] = self._of_columns(
                    other, given, counting, None if units is None else chosen[fast]
                )
        jobs = (
            delayed(self._of_unit)(self._units[j], other, given, counting)
            for j in chosen[slow]
        )
        if slow.any():
            parallel = Parallel(n_jobs=self._n_jobs, prefer="threads")
            result[slow] = parallel(jobs)
        return result

    def _of_columns(
        self,
        other: Variable,
        given: Variable | None,
        counting: np.ndarray | None,
        units: np.ndarray | None,
    ) -> np.ndarray:
        """Return the information of the continuous columns, or of some."""
        columns = self._columns
        assert columns is not None
        if units is not None:
            columns = columns.columns(self._place[units])
        if counting is not None:
            columns = columns.rows(counting)
            other = other.take(counting)
            given = None if given is None else given.take(counting)
        if given is None or given.labels is None:
            return _of_rows(columns, other, given)
        if given is self._target and units is None:
            # Asked for again and again: rows of a class are taken out once.
            if self._by_class is None:
                self._by_class = list(_split(columns, given.labels, self._k))
            parts: Any = self._by_class
        else:
            parts = _split(columns, given.labels, self._k)
        total: Any = 0.0
        for rows, part in parts:
            value = _of_rows(part, other.take(rows), given.take(rows))
            total = total + rows.sum() * value
        return np.zeros(int(self._fast.sum())) + total / len(other.numbers)

    def _of_unit(
        self,
        unit: Variable,
        other: Variable,
        given: Variable | None,
        counting: np.ndarray | None,
    ) -> float:
        """Return the information of one unit of any kind."""
        if unit.gone is not None:
            counting = ~unit.gone if counting is None else counting & ~unit.gone
        if counting is not None:
            if counting.sum() <= self._k:
                return 0.0
            unit, other = unit.take(counting), other.take(counting)
            given = None if given is None else given.take(counting)
        return mixed_conditional_mutual_information(
            _numbers(unit),
            _numbers(other),
            None if given is None else _numbers(given),
            x_labels=unit.labels,
            y_labels=other.labels,
            z_labels=None if given is None else given.labels,
            n_neighbors=self._k,
        )


def _is_fast(unit: Variable) -> bool:
    """Tell whether a unit is one continuous column of which every row counts."""
    return unit.is_plain and unit.n_numbers == 1 and unit.gone is None


def _counting(other: Variable, given: Variable | None) -> np.ndarray | None:
    """Return the rows where two variables are present, None for all."""
    gone = [v.gone for v in (other, given) if v is not None and v.gone is not None]
    return ~np.logical_or.reduce(gone) if gone else None


def _split(columns: NeighborColumns, labels: np.ndarray, k: int) -> Any:
    """Yield the rows of each level that has more than k of them, and their columns."""
    for level in np.flatnonzero(np.bincount(labels) > k):
        rows = labels == level
        yield rows, columns.rows(rows)


def _of_rows(
    columns: NeighborColumns, other: Variable, given: Variable | None
) -> np.ndarray:
    """Return the information with a plain variable, given the numbers of another."""
    classes = other.labels is not None
    values = other.labels if classes else other.numbers
    if given is None or given.n_numbers == 0:
        return columns.information(values, discrete_target=classes)
    return columns.conditional_information(
        values, given.numbers, discrete_target=classes
    )


def _numbers(variable: Variable) -> np.ndarray | None:
    """Return the numbers, None if there are none."""
    return variable.numbers if variable.n_numbers else None


def _standardised(
    values: np.ndarray, n_levels: int, seed: int
) -> tuple[np.ndarray, None, float]:
    """Return numbers of unit variance, ties broken by noise where they are few.

    Where values repeat distances do, too: they are scaled by a power of 2, as others
    would round equal distances to different ones, and have about unit variance.
    """
    values = np.ldexp(values, -int(np.frexp(np.abs(values).max())[1]))
    spread = values.std()
    if repeats_much(values):
        return np.ldexp(values, -int(np.rint(np.log2(spread)))), None, 0.0
    values = (values - values.mean()) / spread
    if n_levels < values.size:
        noise = np.random.default_rng(seed).standard_normal(values.size)
        values += _NOISE * noise
    return values, None, 0.0
