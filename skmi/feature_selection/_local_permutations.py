"""Permutations of a target among rows alike, as likely as its law given them says.

Rows of a cell are never quite alike in a number. A permutation is therefore drawn in
proportion to the probability of the target under it, from a simple model; what the
model gets wrong matters within cells only.
"""

from __future__ import annotations

import warnings
from itertools import permutations

import numpy as np
from scipy.special import eval_legendre, ndtr
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge

from skmi.information import normal_scores

# Rows of a cell whose permutations are all weighed; larger cells have equal rows.
LARGEST = 5
# Cells whose permutations are in memory at once.
_BLOCK = 4096
# Rows for each column of the model.
_ROWS_PER_TERM = 20
# Degree of curves.
_DEGREE = 5


class LocalPermutations:
    """Orders of the rows that stay within cells.

    Parameters
    ----------
    cells : ndarray of int of shape (n,)
        Number of the cell of each row.
    law : OutcomeLaw or None
        How likely a row has the target of another; None: all alike.
    n_permutations : int
        How many orders there will be.
    rng : Generator
        Draws everything at once.
    """

    def __init__(
        self,
        cells: np.ndarray,
        law: OutcomeLaw | None,
        n_permutations: int,
        rng: np.random.Generator,
    ) -> None:
        self._cells = cells
        self._place = np.argsort(cells, kind="stable")
        sizes = np.bincount(cells)
        starts = np.cumsum(sizes) - sizes
        self._weighed: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._seeds = rng.integers(2**63, size=n_permutations)
        if law is None:
            return
        for size in range(2, LARGEST + 1):
            rows = self._place[starts[sizes == size][:, None] + np.arange(size)]
            table = np.array(list(permutations(range(size))), dtype=np.intp)
            drawn = [
                _draw(law.log_weights(block), table, n_permutations, rng)
                for block in np.split(rows, range(_BLOCK, len(rows), _BLOCK))
            ]
            self._weighed.append((rows, table, np.concatenate(drawn)))

    def order(self, k: int) -> np.ndarray:
        """Return for each row the one whose target it gets in permutation ``k``."""
        keys = np.random.default_rng(self._seeds[k]).random(len(self._cells))
        order = np.empty(len(self._cells), dtype=np.intp)
        order[self._place] = np.lexsort((keys, self._cells))
        for rows, table, drawn in self._weighed:
            order[rows] = np.take_along_axis(rows, table[drawn[:, k]], axis=1)
        return order


def _draw(
    log_weights: np.ndarray, table: np.ndarray, n_draws: int, rng: np.random.Generator
) -> np.ndarray:
    """Return numbers of permutations (cells, n_draws), drawn by their weights."""
    n_cells, size = log_weights.shape[:2]
    total = np.zeros((n_cells, len(table)))
    for i in range(size):
        total += log_weights[:, i, table[:, i]]
    total -= total.max(axis=1, keepdims=True, initial=-np.inf)
    share = np.cumsum(np.exp(total), axis=1)
    share /= share[:, -1:]
    # One search for all cells: those of cell c lie between c and c + 1.
    offset = np.arange(n_cells)[:, None]
    wanted = rng.random((n_cells, n_draws)) + offset
    found = np.searchsorted((share + offset).ravel(), wanted.ravel(), side="right")
    found = found.reshape(wanted.shape) - offset * len(table)
    return np.clip(found, 0, len(table) - 1).astype(np.uint8)


class OutcomeLaw:
    """Law of a target given columns: Gaussian scores, or classes by log-odds.

    Parameters
    ----------
    features : ndarray of shape (n, p)
        Terms of the model.
    y : ndarray of shape (n, q)
        The target, codes where discrete.
    discrete : ndarray of bool of shape (q,)
        Which of its columns hold classes.
    """

    def __init__(
        self, features: np.ndarray, y: np.ndarray, discrete: np.ndarray
    ) -> None:
        self._classes = self._log_odds = self._scores = self._slopes = None
        if discrete.any():
            joint = np.unique(y[:, discrete], axis=0, return_inverse=True)[1]
            self._classes = joint.reshape(-1)
            model = LogisticRegression(max_iter=200, tol=1e-3)
            with warnings.catch_warnings():
                # A model short of its optimum will do.
                warnings.simplefilter("ignore", ConvergenceWarning)
                model.fit(features, self._classes)
            self._log_odds = model.predict_log_proba(features)
        if not discrete.all():
            self._scores = normal_scores(y[:, ~discrete])
            model = Ridge(alpha=1.0).fit(features, self._scores)
            mean = model.predict(features).reshape(self._scores.shape)
            left = self._scores - mean
            noise = left.T @ left / len(left)
            ridge = 1e-3 * np.eye(len(noise))
            self._slopes = np.linalg.solve(noise + ridge, mean.T).T

    def log_weights(self, rows: np.ndarray) -> np.ndarray:
        """Return how likely row i of a cell has the target of row j, (cells, m, m).

        Up to terms of i or of j alone, which all permutations share.
        """
        weights = np.zeros((*rows.shape, rows.shape[1]))
        if self._classes is not None:
            labels = self._classes[rows]
            weights += np.take_along_axis(
                self._log_odds[rows], labels[:, None, :], axis=2
            )
        if self._scores is not None:
            weights += self._slopes[rows] @ self._scores[rows].transpose(0, 2, 1)
        return weights


def terms_of(values: np.ndarray, discrete: np.ndarray) -> np.ndarray:
    """Return columns of a model: numbers as curves and products, categories by levels.

    The finest ones are left out where rows are few.
    """
    most = len(values) / _ROWS_PER_TERM
    scores = normal_scores(values[:, ~discrete])
    ranks = 2 * ndtr(scores) - 1
    first, second = np.triu_indices(scores.shape[1], 1)
    curves = [eval_legendre(degree, ranks) for degree in range(1, _DEGREE + 1)]
    dummies = _dummies(values[:, discrete])
    blocks = [scores, dummies]
    for finer in (
        [scores**2, scores[:, first] * scores[:, second]],
        curves,
        [ranks[:, first] * ranks[:, second]],
        [dummies[:, [k]] * scores for k in range(dummies.shape[1])],
    ):
        if sum(block.shape[1] for block in blocks + finer) <= most:
            blocks += finer
    return np.hstack(blocks)


def _dummies(values: np.ndarray) -> np.ndarray:
    """Return columns that are 1 in rows of a level, for each but rare ones."""
    levels = [np.empty((len(values), 0))]
    for column in values.T:
        codes, counts = np.unique(column, return_counts=True)
        common = codes[counts >= _ROWS_PER_TERM][1:]
        levels.append((column[:, None] == common).astype(np.float64))
    return np.hstack(levels)
