"""Tests of I(Xj;Y|X_B) for many columns by permutations among rows alike in B."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np
from joblib import Parallel, delayed

from skmi.exceptions import EstimationWarning
from skmi.feature_selection._cells import refine, scaled
from skmi.feature_selection._local_permutations import (
    LocalPermutations,
    OutcomeLaw,
    terms_of,
)
from skmi.information import (
    discretize,
    joint_entropies,
    knn_conditional_mutual_information,
    mixed_mutual_information,
    normal_scores,
)

# Rows of a cell within which y is permuted: at least this many, where rows differ.
MIN_ROWS = 3
# Rows for each cell of a conditional table.
_ROWS_PER_COUNT = 5
# Distance of two categories, in standard deviations of a number.
_CATEGORY_DISTANCE = 10.0


class Sample(NamedTuple):
    """Columns and target; codes 0, 1, ... where discrete."""

    X: np.ndarray
    discrete: np.ndarray
    y: np.ndarray
    discrete_target: np.ndarray
    n_bins: int
    n_bins_target: int
    n_neighbors: int


class Conditional(NamedTuple):
    """What columns tell about y given others."""

    information: np.ndarray
    """(c,) in nats, less what is found after permutations."""
    p_values: np.ndarray
    """(c,), of the maximum over all columns tested."""


class Statistic(Protocol):
    """Information of columns with y given others, however y is arranged."""

    informative: np.ndarray
    """(d,): not constant."""
    cell_rows: int
    """Rows of a cell that is taken for one value of the condition."""

    def given(
        self, columns: np.ndarray, given: np.ndarray, cells: np.ndarray
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function from an order of y to the information of columns."""


def conditional_test(
    statistic: Statistic,
    sample: Sample,
    columns: np.ndarray,
    given: np.ndarray,
    weights: np.ndarray,
    rng: np.random.Generator,
    n_permutations: int,
    n_jobs: int | None,
) -> Conditional:
    """Test columns given others, with the maximum over columns as the statistic.

    Each column is standardised by the mean and deviation of all arrangements, the one
    found included, so that under the null none of them stands out.
    """
    discrete = sample.discrete[given]
    values = scaled(sample.X[:, given], discrete)
    cells = np.zeros(len(sample.X), dtype=np.int64)
    coarse = refine(cells, values, discrete, weights, statistic.cell_rows)
    fine = refine(coarse, values, discrete, weights, MIN_ROWS)
    information = statistic.given(columns, given, coarse)
    law = None
    if not discrete.all():
        # Rows of a cell are alike in categories, and nearly so in numbers.
        terms = terms_of(sample.X[:, given], discrete)
        law = OutcomeLaw(terms, sample.y, sample.discrete_target)
    orders = LocalPermutations(fine, law, n_permutations, rng)
    with warnings.catch_warnings():
        # Ties and ceilings are the same in all arrangements.
        warnings.simplefilter("ignore", EstimationWarning)
        found = Parallel(n_jobs=n_jobs, prefer="threads")(
            delayed(_rearranged)(information, orders, k) for k in range(n_permutations)
        )
    return _compare(np.array([information(np.arange(len(cells))), *found]))


def _rearranged(
    information: Callable[[np.ndarray], np.ndarray], orders: LocalPermutations, k: int
) -> np.ndarray:
    """Return the information of columns after a permutation of y."""
    return information(orders.order(k))


def _compare(values: np.ndarray) -> Conditional:
    """Compare the first row of information (1 + permutations, c) with the others."""
    null = values[1:].mean(axis=0)
    spread = values.std(axis=0)
    spread[spread <= 1e-12] = np.inf
    standard = (values - values.mean(axis=0)) / spread
    largest = standard[1:].max(axis=1)
    # Sums in another order differ in the last digits.
    at_least = (largest[:, None] >= standard[0] - 1e-9).sum(axis=0)
    return Conditional(values[0] - null, (1 + at_least) / len(values))


class BinnedStatistic:
    """Plug-in information of codes, given cells of rows."""

    def __init__(self, sample: Sample) -> None:
        self._codes = _codes(sample.X, sample.discrete, sample.n_bins)
        y = _codes(sample.y, sample.discrete_target, sample.n_bins_target)
        self._y = np.unique(y, axis=0, return_inverse=True)[1].reshape(-1)
        self._n_target = int(self._y.max()) + 1
        self.informative = (self._codes != self._codes[0]).any(axis=0)
        self.cell_rows = _ROWS_PER_COUNT * sample.n_bins * self._n_target

    def given(
        self, columns: np.ndarray, given: np.ndarray, cells: np.ndarray
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function from an order of y to the information of columns."""
        codes = np.asfortranarray(self._codes[:, columns])
        if codes.max() < 256:
            codes = codes.astype(np.uint8, order="F")
        cells_y = cells * self._n_target
        constant = np.zeros((len(cells), 1), dtype=np.uint8)
        # Orders that stay within the cells C change neither H(C, Y) nor H(Xj, C).
        fixed = joint_entropies(codes, cells) - joint_entropies(constant, cells)
        fixed += joint_entropies(constant, cells_y + self._y)

        def information(order: np.ndarray) -> np.ndarray:
            found: np.ndarray = fixed - joint_entropies(codes, cells_y + self._y[order])
            return found

        return information


def _codes(values: np.ndarray, discrete: np.ndarray, n_bins: int) -> np.ndarray:
    """Return codes of columns, those of numbers in bins of equal frequency."""
    codes = np.empty(values.shape, dtype=np.int64, order="F")
    codes[:, discrete] = values[:, discrete]
    if not discrete.all():
        codes[:, ~discrete] = discretize(values[:, ~discrete], n_bins)[0]
    return codes


class NeighborStatistic:
    """Information from nearest neighbours, for mixtures of numbers and categories."""

    cell_rows = MIN_ROWS

    def __init__(self, sample: Sample) -> None:
        self._n_neighbors = sample.n_neighbors
        self._columns = [
            _coordinates(x, is_code)
            for x, is_code in zip(sample.X.T, sample.discrete, strict=True)
        ]
        self._y = np.hstack(
            [
                _coordinates(y, is_code)
                for y, is_code in zip(sample.y.T, sample.discrete_target, strict=True)
            ]
        )
        self.informative = (sample.X[0] != sample.X).any(axis=0)

    def given(
        self, columns: np.ndarray, given: np.ndarray, cells: np.ndarray
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return a function from an order of y to the information of columns."""
        k, points = self._n_neighbors, [self._columns[j] for j in columns]
        if given.size == 0:
            return lambda order: np.array(
                [
                    mixed_mutual_information(x, self._y[order], n_neighbors=k)
                    for x in points
                ]
            )
        beside = partial(
            knn_conditional_mutual_information,
            z=np.hstack([self._columns[j] for j in given]),
            method="mesner_shalizi",
            n_neighbors=k,
        )
        return lambda order: np.array([beside(x, self._y[order]) for x in points])


def _coordinates(column: np.ndarray, discrete: bool) -> np.ndarray:
    """Return a column as points: categories far from one another, numbers normal."""
    if not discrete:
        return normal_scores(column).reshape(len(column), 1)
    levels, codes = np.unique(column, return_inverse=True)
    if levels.size <= 2:
        return _CATEGORY_DISTANCE * codes.reshape(-1, 1).astype(np.float64)
    return _CATEGORY_DISTANCE * np.eye(levels.size)[codes]


STATISTICS: dict[str, Callable[[Sample], Any]] = {
    "binned": BinnedStatistic,
    "knn": NeighborStatistic,
}
"""Name -> how information is estimated."""
