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
# Rows of a cell beyond those that its regression takes up.
_MIN_FREE = 2


class CopulaEngine:
    r"""Terms of normal scores, Gaussian within each combination of classes.

    Columns of numbers are replaced by their normal scores. Given the labels of all
    variables of a term the scores are jointly Gaussian: a mean, and a covariance, for
    each cell. Entropies of numbers are then logarithms of variances of residuals,

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
        fast = [u.numbers for u, f in zip(self._units, self._fast, strict=True) if f]
        self._place = np.cumsum(self._fast) - 1
        self._scores = np.hstack(fast) if fast else np.empty((len(problem.y), 0))

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
                scores = scores[:, self._place[chosen[fast]]]
            counting = _counting(other, given)
            parts: tuple[Any, ...] = scores, other, given
            if counting is not None:
                parts = scores[counting], other.take(counting), given.take(counting)
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
        for column in a.numbers.T:
            scores = column[:, None]
            total += float(_of_scores(scores, b, given)[0])
            given = join_variables([given, Variable(scores)])
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


def _of_scores(scores: np.ndarray, other: Variable, given: Variable) -> np.ndarray:
    """Return the information of single columns of scores (n, m) with a variable.

    It is the entropy of each given the condition, less that given the variable too.
    """
    if given.labels is not None:
        rest = given.parts[1]
        return np.zeros(scores.shape[1]) + _mean_over_levels(
            given.labels,
            lambda rows: _of_scores(scores[rows], other.take(rows), rest.take(rows)),
        )
    n_free = 1 + given.n_numbers + other.n_numbers
    both = np.hstack([given.numbers, other.numbers])
    if other.labels is None:
        if len(scores) < n_free + _MIN_FREE:
            return np.zeros(scores.shape[1])
        left, alone = _entropy(scores, given.numbers)
        value = alone - _entropy(scores, both)[1]
        return np.where(left > _SMALLEST, value, 0.0)
    labels = other.labels
    size = np.bincount(labels)
    large = size >= n_free + _MIN_FREE
    if not large[labels].all():
        # Too few rows to see a variance in: they are left out of every entropy.
        rows = large[labels]
        if not rows.any():
            return np.zeros(scores.shape[1])
        scores, both, labels = scores[rows], both[rows], labels[rows]
        given = given.take(rows)
    # Ties cut scores, and hide the variance that their values had. No variance within
    # a class is told that is smaller.
    hidden = np.maximum(_full_variance(len(scores)) - scores.var(axis=0), _SMALLEST)
    left, value = _entropy(scores, given.numbers, hidden)
    for level in np.unique(labels):
        rows = labels == level
        value -= rows.mean() * _entropy(scores[rows], both[rows], hidden)[1]
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


def _full_variance(n_rows: int) -> float:
    """Return the variance of normal scores without ties."""
    return float(normal_scores(np.arange(n_rows)).var())


def _is_single(unit: Variable) -> bool:
    """Tell whether a unit is one column of numbers of which every row counts."""
    return unit.n_numbers == 1 and unit.labels is None and unit.gone is None


def _counting(*variables: Variable) -> np.ndarray | None:
    """Return the rows where all variables are present, None for all rows."""
    gone = [v.gone for v in variables if v.gone is not None]
    return ~np.logical_or.reduce(gone) if gone else None


def _scores(values: np.ndarray, n_levels: int, seed: int) -> np.ndarray:
    """Return the normal scores of a column."""
    return normal_scores(values)


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
