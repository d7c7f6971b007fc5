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
    gaussian_mutual_information,
    joint_entropies,
    joint_tables,
    knn_conditional_mutual_information,
    mixed_mutual_information,
    normal_scores,
    univariate_mutual_information,
)

# Codes of categories are put further apart than any standardised number lies.
_APART = 1e9


class Problem(NamedTuple):
    """Checked columns, target and condition, and how to look at them.

    ``X`` (n, d) and ``y`` (n,) hold floats, or codes where ``discrete`` (d,) and
    ``discrete_target`` say so; ``condition`` is (n, q) or None, with
    ``discrete_condition`` (q,).
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
    """A way to estimate, and whether it takes weights."""

    scores: Callable[[Problem], np.ndarray]
    takes_weights: bool


def ksg(problem: Problem) -> np.ndarray:
    """Nearest neighbours after scaling and a little noise, as scikit-learn does."""
    X, y = problem.X, problem.y
    continuous = ~problem.discrete
    if problem.condition is not None:
        _refuse_categories(problem)
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
        X,
        lambda x: knn_conditional_mutual_information(
            x, y, given, n_neighbors=problem.n_neighbors, method="frenzel_pompe"
        ),
    )


def _jittered(values: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
    """Scale columns to unit variance and break ties by noise ten digits down."""
    values = scale(values, with_mean=False)
    size = np.maximum(1, np.mean(np.abs(values), axis=0))
    return values + 1e-10 * size * rng.standard_normal(size=values.shape)


def _refuse_categories(problem: Problem) -> None:
    """Raise where a condition meets categories, which "ksg" has no form for."""
    if (
        problem.discrete_target
        or problem.discrete.any()
        or problem.discrete_condition.any()
    ):
        msg = (
            "condition with estimator='ksg' takes continuous features, target and "
            "condition alone, found discrete ones; use estimator='mixed' or 'binned'."
        )
        raise ValueError(msg)


def mixed(problem: Problem) -> np.ndarray:
    """Nearest neighbours for any mixture of numbers and categories; no noise."""
    X = _spread(problem.X, problem.discrete)
    y = _spread(problem.y[:, None], np.array([problem.discrete_target]))[:, 0]
    k = problem.n_neighbors
    if problem.condition is None:
        return _each_column(
            problem, X, lambda x: mixed_mutual_information(x, y, n_neighbors=k)
        )
    given = _spread(problem.condition, problem.discrete_condition)
    return _each_column(
        problem,
        X,
        lambda x: knn_conditional_mutual_information(
            x, y, given, n_neighbors=k, method="mesner_shalizi"
        ),
    )


def _spread(X: np.ndarray, discrete: np.ndarray) -> np.ndarray:
    """Standardise numbers, and put categories so far apart that none are neighbours."""
    X = X.astype(np.float64)
    X[:, ~discrete] = scale(X[:, ~discrete]) if (~discrete).any() else 0.0
    for j in np.flatnonzero(discrete):
        X[:, j] = _APART * np.unique(X[:, j], return_inverse=True)[1]
    return X


def _each_column(
    problem: Problem, X: np.ndarray, score: Callable[[np.ndarray], float]
) -> np.ndarray:
    """Score every column that varies, by threads; a constant one has exactly 0."""
    varies = np.ptp(X, axis=0) > 0
    columns = np.flatnonzero(varies)
    scores = np.zeros(X.shape[1])
    if effective_n_jobs(problem.n_jobs) == 1:
        scores[columns] = [score(X[:, j]) for j in columns]
        return scores
    scores[columns] = Parallel(n_jobs=problem.n_jobs, prefer="threads")(
        delayed(score)(X[:, j]) for j in columns
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
    for j in np.flatnonzero(discrete):
        codes[:, j] = np.unique(X[:, j], return_inverse=True)[1]
    rest = ~discrete
    if rest.any():
        numbers = X[:, rest].astype(np.float64)
        codes[:, rest] = discretize(numbers, problem.n_bins, sample_weight=weight)[0]
    return codes


def copula(problem: Problem) -> np.ndarray:
    """Gaussian information of the ranks; of ranks within classes where y has classes.

    The information of a class with a normal score is that of Gaussians with a mean and
    a variance for each class: ``log var - sum p_c log var_c``, halved.
    """
    if problem.condition is not None:
        return _copula_given(problem)
    X, y = problem.X, problem.y
    scores = np.zeros(X.shape[1])
    for j in np.flatnonzero(np.ptp(X, axis=0) > 0):
        x_discrete = problem.discrete[j]
        if x_discrete and problem.discrete_target:
            alone = problem._replace(X=X[:, [j]], discrete=np.array([True]))
            scores[j] = binned(alone)[0]
        elif x_discrete or problem.discrete_target:
            classes, numbers = (X[:, j], y) if x_discrete else (y, X[:, j])
            scores[j] = _gaussian_by_class(numbers, classes)
        else:
            scores[j] = gaussian_mutual_information(
                normal_scores(X[:, j]), normal_scores(y)
            )
    return scores


def _gaussian_by_class(numbers: np.ndarray, classes: np.ndarray) -> float:
    """Return the information of normal scores with classes, Gaussian in each."""
    z = normal_scores(numbers)
    total, within = np.log(np.var(z)), 0.0
    for label in np.unique(classes):
        part = z[classes == label]
        if len(part) < 3 or np.ptp(part) == 0:
            msg = (
                f"estimator='copula' needs 3 different values in every class, found "
                f"{len(np.unique(part))} in class {label!r}; use estimator='mixed'."
            )
            raise ValueError(msg)
        within += len(part) / len(z) * np.log(np.var(part))
    return float(total - within) / 2


def _copula_given(problem: Problem) -> np.ndarray:
    """Return the Gaussian information of ranks given ranks."""
    _refuse_categories(problem)
    y = normal_scores(problem.y)
    given = np.column_stack([normal_scores(c) for c in problem.condition.T])
    return _each_column(
        problem,
        problem.X,
        lambda x: gaussian_conditional_mutual_information(normal_scores(x), y, given),
    )


COLUMN_ESTIMATORS: dict[str, ColumnEstimator] = {
    "ksg": ColumnEstimator(ksg, takes_weights=False),
    "mixed": ColumnEstimator(mixed, takes_weights=False),
    "binned": ColumnEstimator(binned, takes_weights=True),
    "copula": ColumnEstimator(copula, takes_weights=False),
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
