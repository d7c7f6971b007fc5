"""Units and targets as numbers and labels, for engines that treat them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.utils import check_random_state

from skmi.feature_selection._problem import Problem

# A column that repeats more of its values than this is no continuous one.
_MAX_REPEATED = 0.1

Numbers = Callable[[np.ndarray, int, int], tuple[np.ndarray, np.ndarray | None, float]]


class Variable(NamedTuple):
    """What a unit, the target or a condition holds.

    ``numbers`` (n, q) and codes ``labels`` (n,) or None, together. ``repeats`` tells
    that some number has ties that are left as they are; ``gone``, (n,) or None, where
    rows do not count; ``hidden``, (q,) or None for 0, the variance that ties hide.
    """

    numbers: np.ndarray
    labels: np.ndarray | None = None
    repeats: bool = False
    gone: np.ndarray | None = None
    hidden: np.ndarray | None = None

    @property
    def n_numbers(self) -> int:
        """Return how many columns of numbers it has."""
        return int(self.numbers.shape[1])

    @property
    def varies(self) -> bool:
        """Tell whether it has more than one value."""
        return self.n_numbers > 0 or self.labels is not None

    @property
    def is_plain(self) -> bool:
        """Tell whether it is labels alone, or numbers alone that are continuous."""
        return (self.n_numbers > 0) != (self.labels is not None) and not self.repeats

    @property
    def parts(self) -> tuple[Variable, Variable]:
        """Return its labels alone and its numbers alone."""
        nothing = self.numbers[:, :0]
        return (
            Variable(nothing, self.labels),
            Variable(self.numbers, hidden=self.hidden),
        )

    def some(self, columns: Any) -> Variable:
        """Return some columns of numbers."""
        hidden = None if self.hidden is None else self.hidden[columns]
        return Variable(self.numbers[:, columns], hidden=hidden)

    def take(self, rows: np.ndarray) -> Variable:
        """Return some rows."""
        labels = None if self.labels is None else self.labels[rows]
        return Variable(self.numbers[rows], labels, self.repeats, hidden=self.hidden)


def read_variables(
    problem: Problem, numbers: Numbers
) -> tuple[list[Variable], Variable]:
    """Return all units and the target.

    ``numbers`` is called with what is present of a column that is not constant, how
    many levels it has and a seed, and returns the numbers that an engine works on, and
    codes 0, 1, ... of what it takes for labels or None, and the variance hidden by
    ties.
    """
    X, y = problem.X, problem.y
    source = check_random_state(problem.random_state)
    seeds = source.randint(np.iinfo(np.int32).max, size=X.shape[1] + y.shape[1])
    apart = problem.missing == "category"
    columns, outputs = (
        [
            _read_column(table[:, j], bool(discrete[j]), apart, numbers, int(own[j]))
            for j in range(table.shape[1])
        ]
        for table, discrete, own in (
            (X, problem.discrete, seeds[: X.shape[1]]),
            (y, problem.discrete_target, seeds[X.shape[1] :]),
        )
    )
    units = columns
    if problem.units is not None:
        units = [join_variables([columns[j] for j in own]) for own in problem.units]
    return units, join_variables(outputs)


def join_variables(variables: list[Variable]) -> Variable:
    """Return variables as one."""
    if len(variables) == 1:
        return variables[0]
    gone = [v.gone for v in variables if v.gone is not None]
    joint: np.ndarray | None = None
    for variable in variables:
        own = variable.labels
        if own is not None:
            pairs = own if joint is None else joint * (own.max() + 1) + own
            joint = np.unique(pairs, return_inverse=True)[1].ravel()
    return Variable(
        np.hstack([v.numbers for v in variables]),
        joint,
        any(v.repeats for v in variables),
        np.logical_or.reduce(gone) if gone else None,
        np.concatenate(
            [np.zeros(v.n_numbers) if v.hidden is None else v.hidden for v in variables]
        ),
    )


def repeats_much(values: np.ndarray) -> bool:
    """Tell whether so many values occur again that they are not continuous."""
    counts = np.unique(values, return_counts=True)[1]
    return bool(counts[counts > 1].sum() > _MAX_REPEATED * values.size)


def _read_column(
    column: np.ndarray, discrete: bool, apart: bool, numbers: Numbers, seed: int
) -> Variable:
    """Return a column as labels or as numbers, or with neither if it is constant.

    Missing values are rows that do not count or, if ``apart``, a label of their own,
    infinitely far from all others. Numbers of two values are labels: their order says
    nothing.
    """
    values = column.astype(np.float64)
    gone = np.isnan(values)
    is_gone = bool(gone.any())
    missing = gone if is_gone and not apart else None
    present = values[~gone] if is_gone else values
    levels, codes = np.unique(present, return_inverse=True)
    if discrete or levels.size <= 2:
        labels = np.full(len(values), levels.size if apart else 0, dtype=np.int64)
        labels[~gone] = codes
        varies = levels.size + (apart and is_gone) > 1
        nothing = np.empty((len(values), 0))
        return Variable(nothing, labels if varies else None, gone=missing)
    repeats = repeats_much(present)
    own, codes, hidden = numbers(present, levels.size, seed)
    values[~gone], values[gone] = own, 0.0
    labels = None
    if codes is not None or (is_gone and apart):
        last = 0 if codes is None else codes.max()
        labels = np.full(len(values), last + 1 if apart else 0, dtype=np.int64)
        labels[~gone] = 0 if codes is None else codes
    return Variable(values[:, None], labels, repeats, missing, np.array([hidden]))
