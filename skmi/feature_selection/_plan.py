"""From the user's options to the engine and the plan of a search."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from scipy.sparse import issparse

from skmi._validation import (
    check_as_many_rows,
    check_frequencies,
    check_no_missing,
    resolve_columns,
    resolve_count,
)
from skmi.exceptions import EstimationWarning
from skmi.feature_selection._corrected import CorrectedEngine
from skmi.feature_selection._engine_binned import BinnedEngine
from skmi.feature_selection._engine_pairwise import PairwiseEngine
from skmi.feature_selection._engine_sparse import SparseEngine
from skmi.feature_selection._problem import Problem
from skmi.feature_selection._stream import check_edges
from skmi.feature_selection._terms import AveragedEngine, Engine, NormalizedEngine
from skmi.information import suggest_n_bins


def binned(problem: Problem) -> Engine:
    """Return an engine that counts codes."""
    is_sparse = issparse(problem.X)
    pairwise = problem.missing == "pairwise" and not is_sparse
    if pairwise and np.isnan(problem.X).any():
        return PairwiseEngine(problem)
    make = SparseEngine if is_sparse else BinnedEngine
    return corrected(
        lambda correction: make(problem._replace(correction=correction)),
        problem.correction,
    )


def corrected(make: Callable[[str], Any], correction: str) -> Engine:
    """Return an engine of counts with a correction that it may not know itself."""
    if correction == "chi_square":
        return CorrectedEngine(make("plugin"))
    return make(correction)


def knn(problem: Problem) -> Engine:
    """Return an engine that looks at nearest neighbours."""
    from skmi.feature_selection._engine_neighbors import NeighborEngine

    return NeighborEngine(problem)


def copula(problem: Problem) -> Engine:
    """Return an engine of Gaussian information of ranks."""
    from skmi.feature_selection._engine_copula import CopulaEngine

    return CopulaEngine(problem)


ESTIMATORS: dict[str, Callable[[Problem], Engine]] = {
    "binned": binned,
    "copula": copula,
    "knn": knn,
}
"""Name -> engine of a problem."""


def make_engines(
    problem: Problem, estimator: Any, *, average: bool, normalize: bool
) -> tuple[Engine, Callable[[], Any]]:
    """Return the engine of a search, and a function that returns the codes' engine."""
    make = ESTIMATORS[estimator] if isinstance(estimator, str) else estimator
    parts = problem.outputs() if average else [problem]
    engines = [make(part) for part in parts]
    if estimator == "binned":
        plain = engines
        counted: Callable[[], list[Any]] = lambda: plain  # noqa: E731
    else:
        counted = cache(lambda: [binned(part) for part in parts])
    if normalize:
        engines = [
            NormalizedEngine(engine, codes)
            for engine, codes in zip(engines, counted(), strict=True)
        ]

    def codes() -> Any:
        return counted()[0] if len(parts) == 1 else AveragedEngine(counted())

    return engines[0] if len(parts) == 1 else AveragedEngine(engines), codes


def resolve_units(
    feature_groups: Any, n_features: int, names: Any
) -> tuple[np.ndarray, ...] | None:
    """Return the columns of each unit: the user's groups, and every other column.

    Units come in the order of their first columns.
    """
    if feature_groups is None:
        return None
    owner = np.arange(n_features)
    for k, spec in enumerate(feature_groups):
        chosen = resolve_columns(spec, n_features, names, name=f"feature_groups[{k}]")
        if (owner[chosen] < 0).any():
            taken = chosen[owner[chosen] < 0].tolist()
            msg = f"feature_groups must not overlap, found columns {taken} twice."
            raise ValueError(msg)
        owner[chosen] = -1 - k
    _, first, unit = np.unique(owner, return_index=True, return_inverse=True)
    return tuple(np.flatnonzero(unit == k) for k in np.argsort(first))


def owners(units: tuple[np.ndarray, ...], n_features: int) -> np.ndarray:
    """Return the unit of each column."""
    unit_of = np.empty(n_features, dtype=np.intp)
    for k, own in enumerate(units):
        unit_of[own] = k
    return unit_of


def resolve_edges(bin_edges: Any, X: Any) -> list[np.ndarray] | None:
    """Return the user's edges of bins, one array a column."""
    if bin_edges is None:
        return None
    if issparse(X):
        msg = "bin_edges must be None for sparse X, whose values are levels."
        raise ValueError(msg)
    return check_edges(bin_edges, X.shape[1])


def resolve_keep(
    keep: Any, units: tuple[np.ndarray, ...] | None, n_features: int, names: Any
) -> tuple[int, ...]:
    """Return the units of columns that are always in, in the user's order."""
    if keep is None or (np.size(keep) == 0 and not isinstance(keep, slice)):
        return ()
    columns = resolve_columns(keep, n_features, names, name="keep")
    if units is not None:
        columns = owners(units, n_features)[columns]
    return tuple(dict.fromkeys(columns.tolist()))


def resolve_costs(
    feature_costs: Any, units: tuple[np.ndarray, ...] | None, n_features: int
) -> np.ndarray | None:
    """Return what each unit costs: the sum over its columns."""
    if feature_costs is None:
        return None
    costs = np.asarray(feature_costs)
    if costs.dtype.kind not in "buif" or costs.shape != (n_features,):
        msg = (
            f"feature_costs must be {n_features} numbers, one a column, found shape "
            f"{costs.shape} of dtype {costs.dtype}."
        )
        raise ValueError(msg)
    costs = costs.astype(np.float64)
    if not (np.isfinite(costs) & (costs > 0)).all():
        wrong = costs[~(np.isfinite(costs) & (costs > 0))][0]
        msg = f"feature_costs must be finite and above 0, found {wrong}."
        raise ValueError(msg)
    return costs if units is None else np.array([costs[own].sum() for own in units])


def resolve_n_select(
    n_features_to_select: Any, n_units: int, keep: tuple[int, ...], *, grouped: bool
) -> int | None:
    """Return how many units to select, None where the stop decides."""
    if n_features_to_select == "auto":
        return None
    name = "n_features_to_select"
    if grouped and not isinstance(n_features_to_select, float):
        name += " (a group counts as one)"
    n_select = resolve_count(n_features_to_select, n_units, name=name)
    if n_features_to_select is None:
        return max(n_select, len(keep))
    if n_select < len(keep):
        msg = (
            f"n_features_to_select must be at least the {len(keep)} columns of keep, "
            f"found {n_features_to_select!r}."
        )
        raise ValueError(msg)
    return n_select


def resolve_bins(
    n_bins: Any, n_bins_target: Any, total: float, n_classes: int | None
) -> tuple[int, int]:
    """Return numbers of bins that the user gave or that rows allow."""
    if n_bins_target is None:
        n_bins_target = n_bins
    if n_bins_target == "auto":
        n_bins_target = suggest_n_bins(total, None)
    if n_bins == "auto":
        n_other = None if n_classes is None else max(2, n_classes)
        n_bins = suggest_n_bins(total, n_other)
    return int(n_bins), int(n_bins_target)


def with_bins(
    problem: Problem, n_bins: Any, n_bins_target: Any, total: float
) -> Problem:
    """Return the problem with numbers of bins that the user gave or the data allow."""
    n_classes = None
    if n_bins == "auto" and problem.discrete_target.all():
        n_classes = len(np.unique(problem.y, axis=0))
    n_bins, n_bins_target = resolve_bins(n_bins, n_bins_target, total, n_classes)
    return problem._replace(n_bins=n_bins, n_bins_target=n_bins_target)


def check_rows(
    X: Any, y: np.ndarray, sample_weight: Any, groups: Any
) -> tuple[Any, np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Return what belongs to rows; rows without weight leave no trace."""
    n_rows = X.shape[0]
    check_as_many_rows(y, n_rows)
    if groups is not None:
        if np.shape(groups) != (n_rows,):
            msg = f"groups must be of shape ({n_rows},), found {np.shape(groups)}."
            raise ValueError(msg)
        check_no_missing(groups, "groups")
        groups = np.unique(groups, return_inverse=True)[1]
    if sample_weight is None:
        return X, y, None, groups
    weight = check_frequencies(sample_weight, n_rows)
    kept = weight > 0
    if weight.sum() < kept.sum() / 2:
        warnings.warn(
            f"sample_weight sums to {weight.sum():.3g} for {kept.sum()} rows: weights "
            "are frequencies, and so few rows tell little. Divide them by their mean "
            "if they are shares.",
            EstimationWarning,
            stacklevel=6,
        )
    if kept.all():
        return X, y, weight, groups
    return X[kept], y[kept], weight[kept], None if groups is None else groups[kept]
