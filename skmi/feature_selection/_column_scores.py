"""Information of every column with a target: one function for each way to estimate it.

To add one, write ``estimator(problem) -> (d,)`` in nats and enter it in
COLUMN_ESTIMATORS with what it can do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from joblib import effective_n_jobs
from sklearn.preprocessing import scale
from sklearn.utils.parallel import Parallel, delayed

from skmi.information import (
    conditional_mutual_information,
    discretize,
    gaussian_conditional_mutual_information,
    gaussian_entropy,
    gaussian_mutual_information,
    joint_entropies,
    joint_tables,
    knn_conditional_mutual_information,
    mixed_mutual_information,
    normal_scores,
    univariate_mutual_information,
)

# Categories are put further apart than any two standardised numbers lie.
_APART = 1e9


class Problem(NamedTuple):
    """Checked columns, target and condition, and how to look at them.

    ``X`` (n, d), ``y`` (n,) and ``condition``, (n, q) or None, hold numbers, or codes
    0, 1, ... where ``discrete`` (d,), ``discrete_target`` and ``discrete_condition``
    (q,) say so.
    """

    X: np.ndarray
    y: np.ndarray
    discrete: np.ndarray
    discrete_target: bool
    condition: np.ndarray | None
    discrete_condition: np.ndarray
    n_neighbors: int
    n_bins: int
    sample_weight: np.ndarray | None
    rng: np.random.RandomState
    n_jobs: int | None


class ColumnEstimator(NamedTuple):
    """A way to estimate, and what it takes."""

    scores: Callable[[Problem], np.ndarray]
    takes_weights: bool = False
    uses_neighbors: bool = False


def ksg(problem: Problem) -> np.ndarray:
    """Nearest neighbours after scaling and a little noise, as scikit-learn does."""
    X, y = problem.X, problem.y
    continuous = ~problem.discrete
    if problem.condition is not None:
        _refuse_categories(problem, "ksg")
    X = X.astype(np.float64)
    if continuous.any():
        X[:, continuous] = _jittered(X[:, continuous], problem.rng)
    if not problem.discrete_target:
        y = _jittered(y.astype(np.float64), problem.rng)
    if problem.condition is None:
        return univariate_mutual_information(
            X,
            y,
            discrete_features=problem.discrete,
            discrete_target=problem.discrete_target,
            n_neighbors=problem.n_neighbors,
            n_jobs=problem.n_jobs,
        )
    given = _jittered(problem.condition.astype(np.float64), problem.rng)
    return _each_column(
        problem,
        lambda j: knn_conditional_mutual_information(
            X[:, j], y, given, n_neighbors=problem.n_neighbors, method="frenzel_pompe"
        ),
    )


def _jittered(values: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """Scale columns to unit variance and break ties by noise ten digits down."""
    values = scale(values, with_mean=False)
    size = np.maximum(1, np.mean(np.abs(values), axis=0))
    return values + 1e-10 * size * rng.standard_normal(size=values.shape)


def _refuse_categories(problem: Problem, estimator: str) -> None:
    """Raise where a condition meets categories that an estimator has no form for."""
    if (
        problem.discrete_target
        or problem.discrete.any()
        or problem.discrete_condition.any()
    ):
        msg = (
            f"condition with estimator={estimator!r} takes continuous features, target "
            "and condition alone, found discrete ones; use estimator='mixed' or "
            "'binned'."
        )
        raise ValueError(msg)


def mixed(problem: Problem) -> np.ndarray:
    """Nearest neighbours for any mixture of numbers and categories; no noise."""
    columns = [
        _spread(x, d) for x, d in zip(problem.X.T, problem.discrete, strict=True)
    ]
    y = _spread(problem.y, problem.discrete_target)
    k = problem.n_neighbors
    if problem.condition is None:
        # Two categories have a table, and no neighbours.
        tabled = problem.discrete & problem.discrete_target
        scores = _each_column(
            problem,
            lambda j: (
                0.0
                if tabled[j]
                else mixed_mutual_information(columns[j], y, n_neighbors=k)
            ),
        )
        if tabled.any():
            scores[tabled] = binned(_discrete_part(problem))
        return scores
    given = np.column_stack(
        [
            _spread(z, d)
            for z, d in zip(
                problem.condition.T, problem.discrete_condition, strict=True
            )
        ]
    )
    return _each_column(
        problem,
        lambda j: knn_conditional_mutual_information(
            columns[j], y, given, n_neighbors=k, method="mesner_shalizi"
        ),
    )


def _discrete_part(problem: Problem) -> Problem:
    """Return the problem of the discrete columns alone."""
    chosen = problem.discrete
    return problem._replace(X=problem.X[:, chosen], discrete=chosen[chosen])


def _spread(values: np.ndarray, is_discrete: bool) -> np.ndarray:
    """Return standardised numbers (n, 1), or categories all equally far apart.

    The columns of categories are the bits of their codes: two codes differ in one bit
    at least, so that their distance in the maximum norm is always the same.
    """
    if not is_discrete:
        return scale(values.astype(np.float64))[:, None]
    codes = values.astype(np.int64)
    n_bits = max(1, int(codes.max()).bit_length())
    return _APART * ((codes[:, None] >> np.arange(n_bits)) & 1)


def _each_column(problem: Problem, score: Callable[[int], float]) -> np.ndarray:
    """Score the columns that vary, by threads; a constant one has exactly 0."""
    scores = np.zeros(problem.X.shape[1])
    varies = [j for j, x in enumerate(problem.X.T) if (x != x[0]).any()]
    if effective_n_jobs(problem.n_jobs) == 1:
        scores[varies] = [score(j) for j in varies]
    else:
        scores[varies] = Parallel(n_jobs=problem.n_jobs, prefer="threads")(
            delayed(score)(j) for j in varies
        )
    return scores


def binned(problem: Problem) -> np.ndarray:
    """Plug-in information of equal-frequency codes; weights are frequencies."""
    weight = problem.sample_weight
    codes = _codes(problem.X, problem.discrete, problem)
    target = _codes(problem.y[:, None], np.array([problem.discrete_target]), problem)
    target = target[:, 0]
    if problem.condition is None:
        nobody = np.zeros(len(target), dtype=np.uint8)
        alone, joint = joint_entropies(codes, nobody, target, sample_weight=weight)
        h_y = joint_entropies(target[:, None], nobody, sample_weight=weight)[0]
        return np.where(np.ptp(codes, axis=0) > 0, alone - (joint - h_y), 0.0)
    given = _codes(problem.condition, problem.discrete_condition, problem)
    given = np.unique(given, axis=0, return_inverse=True)[1].ravel()
    # A column at a time: with all of them, cells would be d times as many.
    return np.array(
        [
            conditional_mutual_information(
                joint_tables(column[:, None], target, given, sample_weight=weight)[0]
            )
            for column in codes.T
        ]
    )


def _codes(X: np.ndarray, discrete: np.ndarray, problem: Problem) -> np.ndarray:
    """Return codes of columns: categories keep theirs, numbers are cut in bins."""
    weight = problem.sample_weight
    codes = np.empty(X.shape, dtype=np.int32, order="F")
    codes[:, discrete] = X[:, discrete]
    rest = ~discrete
    if rest.any():
        numbers = X[:, rest].astype(np.float64)
        codes[:, rest] = discretize(numbers, problem.n_bins, sample_weight=weight)[0]
    return codes


def copula(problem: Problem) -> np.ndarray:
    """Gaussian information of the ranks; of ranks within classes where y has classes.

    The information of a class with a normal score is that of Gaussians with a mean and
    a variance for each class: their entropy less its mean within the classes, each
    without the bias of few rows.
    """
    if problem.condition is not None:
        return _copula_given(problem)
    X, y, classes = problem.X, problem.y, problem.discrete_target
    target = None if classes else normal_scores(y)

    def score(j: int) -> float:
        if not problem.discrete[j] and classes:
            return _gaussian_by_class(X[:, j], y)
        if problem.discrete[j]:
            return 0.0 if classes else _gaussian_by_class(y, X[:, j])
        return float(gaussian_mutual_information(normal_scores(X[:, j]), target))

    scores = _each_column(problem, score)
    if classes and problem.discrete.any():
        scores[problem.discrete] = binned(_discrete_part(problem))
    return scores


def _gaussian_by_class(numbers: np.ndarray, classes: np.ndarray) -> float:
    """Return the information of normal scores with classes, Gaussian in each."""
    z = normal_scores(numbers)
    within = 0.0
    for label in np.unique(classes):
        part = z[classes == label]
        if len(np.unique(part)) < 3:
            msg = (
                "estimator='copula' needs 3 different values in every class, found "
                f"{len(np.unique(part))} in one; use estimator='mixed'."
            )
            raise ValueError(msg)
        within += len(part) / len(z) * gaussian_entropy(part)
    return gaussian_entropy(z) - within


def _copula_given(problem: Problem) -> np.ndarray:
    """Return the Gaussian information of ranks given ranks."""
    _refuse_categories(problem, "copula")
    y = normal_scores(problem.y)
    given = np.column_stack([normal_scores(c) for c in problem.condition.T])
    return _each_column(
        problem,
        lambda j: gaussian_conditional_mutual_information(
            normal_scores(problem.X[:, j]), y, given
        ),
    )


COLUMN_ESTIMATORS: dict[str, ColumnEstimator] = {
    "ksg": ColumnEstimator(ksg, uses_neighbors=True),
    "mixed": ColumnEstimator(mixed, uses_neighbors=True),
    "binned": ColumnEstimator(binned, takes_weights=True),
    "copula": ColumnEstimator(copula),
}
"""Name -> how the information of columns with a target is estimated."""


def take_lag(arrays: list[Any], lag: int) -> list[Any]:
    """Return X, moved back by ``lag`` rows, and what belongs to the target's rows."""
    X, *others = arrays
    if lag == 0:
        return arrays
    past, present = slice(None, -lag), slice(lag, None)
    if lag < 0:
        past, present = slice(-lag, None), slice(None, lag)
    return [X[past], *(None if a is None else a[present] for a in others)]
