"""Information terms of normal scores that are taken for Gaussian in every cell."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import digamma

from skmi.feature_selection._problem import Problem
from skmi.feature_selection._variables import (
    Variable,
    join_variables,
    read_variables,
)
from skmi.information import mutual_information, normal_scores

# Variances below this, of scores of variance about 1, are rounding.
_SMALLEST = 1e-12
# Variances within classes are at least this, or what the ties of a column hide.
_SMALLEST_WITHIN = 1e-4
# A value that this share of the rows has is an atom.
_ATOM = 0.3
# Rows of a cell beyond those that its regression takes up.
_MIN_FREE = 2


class CopulaEngine:
    r"""Terms of normal scores, Gaussian within each combination of classes.

    Columns of numbers are replaced by their normal scores; a value that more than
    three in ten rows share is a label, and the scores are those of other rows. Given
    the labels of all variables of a term the scores are jointly Gaussian: a mean, and a
    covariance, for each cell. Entropies of numbers are then logarithms of variances of
    residuals,

    .. math:: h(X \mid C) = \tfrac12 \bigl[ \log S_{X \mid C}
        - \psi\bigl((n - 1 - r) / 2\bigr) \bigr] + const,

    with S the sum of squares that regression on the r columns of C leaves, unbiased
    for Gaussians of any n, and those of labels come from tables, their bias removed to
    first order. Every term follows from these by the chain rule, so all terms belong to
    one model. What is not monotone is not seen, but for what classes tell: their
    variances and correlations may differ.

    All single columns of numbers are treated at once, in O(n d (r + 1)).
    """

    def __init__(self, problem: Problem) -> None:
        if problem.sample_weight is not None:
            msg = (
                "sample_weight must be None with estimator='copula', found an array; "
                "use estimator='binned'."
            )
            raise ValueError(msg)
        _refuse_missing(problem)
        self.n_units = problem.n_units
        self._units, self._target = read_variables(problem, _scores)
        self.informative = np.array([unit.varies for unit in self._units])
        self.informative &= self._target.varies
        self._fast = np.array([_is_single(unit) for unit in self._units], dtype=bool)
        fast = [u for u, f in zip(self._units, self._fast, strict=True) if f]
        self._place = np.cumsum(self._fast) - 1
        self._scores = Variable(np.empty((len(problem.y), 0)))
        if fast:
            self._scores = join_variables(fast)

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y) of every unit."""
        return self._information(self._target, None)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs) of every unit, or of some, with unit s."""
        return self._information(self._units[unit], None, units)

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y) of every unit."""
        value = self._information(self._units[unit], self._target)
        return np.where(self.informative, value, 0.0)

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

    def _information(
        self, other: Variable, given: Variable | None, units: np.ndarray | None = None
    ) -> np.ndarray:
        """Return the information of units with a variable, given one if there is."""
        chosen = np.arange(self.n_units) if units is None else np.asarray(units)
        result = np.zeros(chosen.size)
        if not other.varies:
            return result
        if given is None:
            given = Variable(np.empty((len(other.numbers), 0)))
        fast = self._fast[chosen]
        if fast.any():
            scores = self._scores
            if units is not None:
                scores = scores.some(self._place[chosen[fast]])
            counting = _counting(other, given)
            parts: tuple[Any, ...] = scores, other, given
            if counting is not None:
                parts = tuple(variable.take(counting) for variable in parts)
            result[fast] = _of_scores(*parts)
        for place in np.flatnonzero(~fast):
            unit = self._units[chosen[place]]
            if unit.varies:
                result[place] = _of_unit(unit, other, given)
        return result


def _of_unit(unit: Variable, other: Variable, given: Variable) -> float:
    """Return the information of one unit of any kind."""
    counting = _counting(unit, other, given)
    if counting is not None:
        unit, other, given = (v.take(counting) for v in (unit, other, given))
    return _of_variables(unit, other, given)


def _of_variables(a: Variable, b: Variable, given: Variable) -> float:
    """Return I(A;B|C) by the chain rule, from scores and from labels."""
    if given.labels is not None:
        rest = given.parts[1]
        return float(
            _mean_over_levels(
                given.labels,
                lambda rows: _of_variables(a.take(rows), b.take(rows), rest.take(rows)),
            )
        )
    if a.labels is not None and a.n_numbers:
        labels, numbers = a.parts
        return _of_variables(labels, b, given) + _of_variables(
            numbers, b, join_variables([given, labels])
        )
    if a.labels is None:
        total = 0.0
        for j in range(a.n_numbers):
            total += float(_of_scores(a.some([j]), b, given)[0])
            given = join_variables([given, a.some([j])])
        return total
    if b.labels is None:
        return _of_variables(b, a, given)
    if b.n_numbers:
        labels, numbers = b.parts
        return _of_variables(a, labels, given) + _of_variables(
            a, numbers, join_variables([given, labels])
        )
    value = _of_labels(a.labels, b.labels)
    if given.n_numbers:
        nothing = Variable(given.numbers[:, :0])
        value += _of_variables(given, a, b) - _of_variables(given, a, nothing)
    return value


def _of_labels(first: np.ndarray, second: np.ndarray) -> float:
    """Return the information of two variables of codes, without first-order bias."""
    shape = int(first.max()) + 1, int(second.max()) + 1
    table = np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1])
    return float(mutual_information(table.reshape(shape), correction="miller_madow"))


def _of_scores(columns: Variable, other: Variable, given: Variable) -> np.ndarray:
    """Return the information of each single column of scores with a variable.

    It is the entropy of each given the condition, less that given the variable too.
    """
    nothing = np.zeros(columns.n_numbers)
    if given.labels is not None:
        rest = given.parts[1]
        return nothing + _mean_over_levels(
            given.labels,
            lambda rows: _of_scores(
                columns.take(rows), other.take(rows), rest.take(rows)
            ),
        )
    scores, labels = columns.numbers, other.labels
    n_needed = 1 + given.n_numbers + other.n_numbers + _MIN_FREE
    both = np.hstack([given.numbers, other.numbers])
    if labels is None:
        if len(scores) < n_needed:
            return nothing
        left, alone = _entropy(scores, given.numbers)
        return np.where(left > _SMALLEST, alone - _entropy(scores, both)[1], 0.0)
    large = np.bincount(labels) >= n_needed
    rows = large[labels]
    if not rows.all():
        # Too few rows to see a variance in: they are left out of every entropy.
        if not rows.any():
            return nothing
        scores, both, labels = scores[rows], both[rows], labels[rows]
        given = given.take(rows)
    least = np.full(columns.n_numbers, _SMALLEST_WITHIN)
    if columns.hidden is not None:
        least = np.maximum(columns.hidden, least)
    left, value = _entropy(scores, given.numbers, least)
    for level in np.unique(labels):
        rows = labels == level
        value -= rows.mean() * _entropy(scores[rows], both[rows], least)[1]
    return np.where(left > _SMALLEST, value, 0.0)


def _entropy(
    scores: np.ndarray, given: np.ndarray, least: Any = _SMALLEST
) -> tuple[np.ndarray, np.ndarray]:
    """Return variances that regression leaves, and entropies up to a constant."""
    n_rows = len(scores)
    scores = scores - scores.mean(axis=0)
    squares = np.einsum("ij,ij->j", scores, scores)
    rank = 0
    if given.shape[1]:
        given = given - given.mean(axis=0)
        basis, values, _ = np.linalg.svd(given, full_matrices=False)
        basis = basis[:, values**2 > _SMALLEST * n_rows]
        rank = basis.shape[1]
        squares = squares - np.square(basis.T @ scores).sum(axis=0)
    variance = squares / n_rows
    kept = np.maximum(variance, least)
    return variance, (np.log(n_rows * kept) - digamma((n_rows - 1 - rank) / 2)) / 2


def _mean_over_levels(labels: np.ndarray, information: Any) -> Any:
    """Return the mean over levels of a condition, weighted by their rows."""
    total: Any = 0.0
    for level in np.unique(labels):
        rows = labels == level
        total = total + rows.mean() * information(rows)
    return total


def _is_single(unit: Variable) -> bool:
    """Tell whether a unit is one column of numbers of which every row counts."""
    return unit.n_numbers == 1 and unit.labels is None and unit.gone is None


def _counting(*variables: Variable) -> np.ndarray | None:
    """Return the rows where all variables are present, None for all rows."""
    gone = [v.gone for v in variables if v.gone is not None]
    return ~np.logical_or.reduce(gone) if gone else None


def _scores(
    values: np.ndarray, n_levels: int, seed: int
) -> tuple[np.ndarray, np.ndarray | None, float]:
    """Return the normal scores of a column, labels of its atoms, and what ties hide.

    A value of many rows has no rank to speak of: it is a label, and other rows have the
    scores of what is left.
    """
    _, level, counts = np.unique(values, return_inverse=True, return_counts=True)
    large = counts > _ATOM * values.size
    rest = ~large[level]
    scores, hidden = np.zeros(values.size), 0.0
    if rest.any():
        scores[rest] = normal_scores(values[rest])
        if counts[~large].max() > 1:
            untied = normal_scores(np.arange(int(rest.sum()))).var()
            hidden = float(untied - scores[rest].var())
    if not large.any():
        return scores, None, hidden
    label_of_level = np.where(large, np.cumsum(large), 0)
    return scores, np.unique(label_of_level[level], return_inverse=True)[1], hidden


def _refuse_missing(problem: Problem) -> None:
    """Raise where a missing number would have to be a rank."""
    if problem.missing != "category":
        return
    numbers = np.flatnonzero(~problem.discrete)
    gone = numbers[np.isnan(problem.X[:, numbers].astype(float)).any(axis=0)]
    if gone.size:
        msg = (
            "missing='category' with estimator='copula' takes missing categories "
            f"alone, found {gone.size} columns of numbers with missing values, the "
            f"first {gone[0]}: a missing number has no rank. Use missing='pairwise'."
        )
        raise ValueError(msg)
