"""Gaussians fitted to two variables: canonical pairs, margins, many targets."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from scipy.special import ndtri
from scipy.stats import chi2

from skmi.estimation._log_ratio import (
    PairScores,
    log_mean_of_pairs,
    warn_of_few_pairs,
)
from skmi.information import gaussian_information_bias

# The normalisation of a log-ratio looks at all pairs of at most so many rows.
_MAX_ROWS = 1000
# Correlations are kept below 1 by this much, so that log-ratios stay finite.
_LEAST_SQUARED_SINE = 1e-10
_LEAST_LOG = float(np.log(_LEAST_SQUARED_SINE))
# Correlations stand if chance makes ones as large at most this often.
_LEVEL = 0.05
# Sines below this, or 20 units of the data's precision, are rounding: the variables
# share a dimension exactly.
_ROUNDING = 1e-13


class Margins:
    """Normal scores of new values by the ranks they would have had in training."""

    def __init__(self, samples: np.ndarray, weight: np.ndarray | None) -> None:
        self._columns = [_cumulated(column, weight) for column in samples.T]

    def scores(self, samples: np.ndarray) -> np.ndarray:
        """Return the normal scores of rows (n, d)."""
        return np.column_stack(
            [
                self._score(column, *known)
                for column, known in zip(samples.T, self._columns, strict=True)
            ]
        )

    @staticmethod
    def _score(
        column: np.ndarray, values: np.ndarray, cumulated: np.ndarray
    ) -> np.ndarray:
        """Return the scores of one column."""
        below = cumulated[np.searchsorted(values, column, side="left")]
        up_to = cumulated[np.searchsorted(values, column, side="right")]
        # The same rank from either end: scores are symmetric to the last bit.
        total = cumulated[-1]
        offset = below + up_to - total
        tail = ndtri((total + 1 - np.abs(offset)) / (2 * (total + 1)))
        return -np.sign(offset) * tail


def _cumulated(
    column: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values and the weight below each of them, and of all."""
    values, level = np.unique(column, return_inverse=True)
    counts = np.bincount(level, weights=weight)
    return values, np.concatenate([[0.0], np.cumsum(counts)])


class Side(NamedTuple):
    """What turns rows of one variable into its canonical variables.

    They are ``(values - mean - (condition - mean_z) @ coefficients) @ loadings``.
    """

    mean: np.ndarray
    loadings: np.ndarray
    coefficients: np.ndarray | None


class CanonicalPairs(NamedTuple):
    """Fitted Gaussians, as pairs of variables of unit variance and correlations."""

    x: Side
    y: Side
    mean_z: np.ndarray | None
    correlations: np.ndarray
    """(r,), falling."""
    dropped: np.ndarray
    """(s,), correlations of the pairs that are left out, falling."""
    ranks: tuple[int, int, int]
    """Linearly independent columns of x, of y and of the condition."""
    log_norm: float = 0.0
    """What makes E_Q[e^T] equal to 1 on the training rows."""
    n_effective: float = np.inf
    """How many pairs of training rows decide that."""

    def scores(
        self, x: np.ndarray, y: np.ndarray, z: np.ndarray | None = None
    ) -> PairScores:
        """Return the log-ratio of densities of rows, before it is normalised."""
        u, v = self._canonical(x, self.x, z), self._canonical(y, self.y, z)
        rho = self.correlations
        squared_sine = np.maximum(1 - rho**2, _LEAST_SQUARED_SINE)
        own = -(rho**2) / (2 * squared_sine)
        constant = -0.5 * np.log(squared_sine).sum()
        return PairScores(
            constant + u**2 @ own, v**2 @ own, u * (rho / squared_sine), v
        )

    def normalised(self, scores: PairScores) -> PairScores:
        """Return the same log-ratio, its E_Q[e^T] being 1 on the training rows."""
        warn_of_few_pairs(self.n_effective, "rows of the fit")
        return scores._replace(left=scores.left - self.log_norm)

    def _canonical(
        self, values: np.ndarray, side: Side, z: np.ndarray | None
    ) -> np.ndarray:
        """Return rows of one variable as canonical variables."""
        centred = values - side.mean
        if side.coefficients is not None:
            centred = centred - (z - self.mean_z) @ side.coefficients
        return centred @ side.loadings


def fit_pairs(
    x: np.ndarray,
    y: np.ndarray,
    z: np.ndarray | None = None,
    weight: np.ndarray | None = None,
    *,
    tested: bool = False,
) -> CanonicalPairs:
    """Return the Gaussians of largest likelihood; without z, normalised.

    If ``tested`` they have only the pairs whose correlations stand a test.
    """
    total = float(len(x)) if weight is None else float(weight.sum())
    root = 1.0 if weight is None else np.sqrt(weight)[:, None]
    centred, means = [], []
    for values in (x, y) if z is None else (x, y, z):
        means.append(np.average(values.astype(np.float64), axis=0, weights=weight))
        centred.append((values - means[-1]) * root)
    coefficients: list[np.ndarray | None] = [None, None]
    rank_z = 0
    if z is not None:
        basis, back = _whitened(centred[2], z)
        rank_z = basis.shape[1]
        for side in (0, 1):
            shared = basis.T @ centred[side]
            coefficients[side] = back @ shared
            centred[side] = centred[side] - basis @ shared
    (p, back_x), (q, back_y) = (
        _whitened(centred[side], values) for side, values in enumerate((x, y))
    )
    left, cosines, right = np.linalg.svd(p.T @ q, full_matrices=False)
    correlations = np.clip(cosines, 0, 1)
    ranks = (p.shape[1], q.shape[1], rank_z)
    kept = slice(len(correlations))
    if tested:
        logs = np.log(np.maximum(1 - correlations**2, _LEAST_SQUARED_SINE))
        kept = slice(n_standing(logs, total - rank_z, *ranks[:2]))
    scale = np.sqrt(total)
    pairs = CanonicalPairs(
        Side(means[0], scale * (back_x @ left[:, kept]), coefficients[0]),
        Side(means[1], scale * (back_y @ right[kept].T), coefficients[1]),
        None if z is None else means[2],
        correlations[kept],
        correlations[kept.stop :],
        ranks,
    )
    if z is not None:
        return pairs
    rows = _thinned(len(x))
    scores = pairs.scores(x[rows], y[rows])
    thinned = None if weight is None else weight[rows]
    if thinned is not None and not np.count_nonzero(thinned) > 1:
        return pairs
    log_norm, n_effective = log_mean_of_pairs(scores, thinned)
    return pairs._replace(log_norm=log_norm, n_effective=n_effective)


def n_standing(logs: np.ndarray, total: float, rank_x: int, rank_y: int) -> int:
    """Return how many canonical correlations stand Bartlett's tests in sequence.

    ``logs`` are log(1 - rho^2) in rising order. The first k stand if, for each j < k,
    it is unlikely that the j-th and all after it are 0.
    """
    n_pairs = min(rank_x, rank_y)
    at = np.arange(n_pairs)
    rest = np.cumsum(logs[:n_pairs][::-1])[::-1]
    statistic = -(total - 1 - (rank_x + rank_y + 1) / 2) * rest
    p_values = chi2.sf(statistic, (rank_x - at) * (rank_y - at))
    falls = p_values > _LEVEL
    return int(falls.argmax()) if falls.any() else n_pairs


@lru_cache(maxsize=256)
def bias_of_standing(total: float, rank_x: int, rank_y: int, n_kept: int) -> float:
    """Return by how much the information of the pairs that stand is too high.

    The other correlations are those of independent variables with fewer columns and
    rows: what is expected of them is taken off the bias of all.
    """
    if n_kept == 0:
        return 0.0
    rest = gaussian_information_bias(total - n_kept, rank_x - n_kept, rank_y - n_kept)
    return gaussian_information_bias(total, rank_x, rank_y) - rest


def many_informations(
    x: np.ndarray,
    ys: np.ndarray,
    z: np.ndarray | None,
    bias_correction: bool,
    *,
    tested: bool = False,
) -> np.ndarray:
    """Return the Gaussian information of x with each of ys (m, n, d_y), given z.

    If ``tested``, only the correlations that stand a test are counted.
    """
    columns = x - x.mean(axis=0, dtype=np.float64)
    targets = ys - ys.mean(axis=1, keepdims=True)
    rank_z = 0
    if z is not None:
        given = _whitened(z - z.mean(axis=0, dtype=np.float64), z)[0]
        rank_z = given.shape[1]
        columns = columns - given @ (given.T @ columns)
        targets = targets - given @ (given.T @ targets)
    basis = _whitened(columns, x)[0]
    rank_x = basis.shape[1]
    n_rows = len(x) - rank_z
    if targets.shape[2] == 1:
        own, ranks = _unit_vectors(targets[:, :, 0], ys)
    else:
        own, ranks = _bases(targets, ys)
    inside = basis @ (basis.T @ own)
    sines = np.linalg.svd(own - inside, compute_uv=False) ** 2
    # Dimensions that a member lacks have a sine of 0 too, and tell nothing.
    lacking = np.arange(sines.shape[1]) >= ranks[:, None]
    sines = np.where(lacking, 1.0, np.minimum(sines, 1.0))
    least = max(_ROUNDING, *(20 * np.finfo(part.dtype).eps for part in (x, ys)))
    with np.errstate(divide="ignore"):
        logs = np.log(np.where(sines > least**2, sines, 0.0))
    kept = np.minimum(ranks, rank_x)
    if tested:
        logs = np.sort(logs, axis=1)
        kept = np.array(
            [
                n_standing(np.maximum(row, _LEAST_LOG), n_rows, rank_x, int(rank))
                for row, rank in zip(logs, ranks, strict=True)
            ]
        )
        logs = np.where(np.arange(logs.shape[1]) < kept[:, None], logs, 0.0)
    values = 0.0 - logs.sum(axis=1) / 2
    if bias_correction:
        values = values - np.array(
            [
                bias_of_standing(n_rows, rank_x, int(rank), int(n_kept))
                for rank, n_kept in zip(ranks, kept, strict=True)
            ]
        )
    return values


def _unit_vectors(
    targets: np.ndarray, given: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return targets (m, n) as unit vectors (m, n, 1), and their ranks."""
    length = np.linalg.norm(targets, axis=1)
    scale = np.linalg.norm(given.reshape(len(given), -1), axis=1)
    varies = length > 10 * np.finfo(given.dtype).eps * scale
    unit = targets / np.where(varies, length, np.inf)[:, None]
    return unit[:, :, None], varies.astype(int)


def _bases(targets: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an orthonormal basis of each target (m, n, d_y), and their ranks."""
    bases = np.zeros(targets.shape)
    ranks = np.zeros(len(targets), dtype=int)
    for i, target in enumerate(targets):
        basis = _whitened(target, given[i])[0]
        ranks[i] = basis.shape[1]
        bases[i, :, : ranks[i]] = basis
    return bases, ranks


def _whitened(columns: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return an orthonormal basis (n, r) of centred columns and B: columns @ B.

    ``given`` are the columns as they came, which these are what is left of: what is
    small against them is rounding.
    """
    length = np.linalg.norm(columns, axis=0)
    precision = 10 * np.finfo(given.dtype).eps * np.sqrt(len(columns))
    kept = length > precision * np.linalg.norm(given.astype(np.float64), axis=0)
    if not kept.any():
        return np.empty((len(columns), 0)), np.empty((columns.shape[1], 0))
    u, values, v = np.linalg.svd(columns[:, kept] / length[kept], full_matrices=False)
    clear = values > precision * values[0]
    back = np.zeros((columns.shape[1], int(clear.sum())))
    back[kept] = (v[clear] / values[clear, None]).T / length[kept][:, None]
    return u[:, clear], back


def _thinned(n_rows: int) -> np.ndarray:
    """Return all rows, or as many as allowed at even distances."""
    size = min(n_rows, _MAX_ROWS)
    return np.linspace(0, n_rows - 1, size).round().astype(int)
