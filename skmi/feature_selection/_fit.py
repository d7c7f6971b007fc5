"""What a fit of SelectByMutualInfo does, step by step."""

from __future__ import annotations

import warnings
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import issparse
from sklearn.utils import check_random_state

from skmi._validation import check_y_given, names_of
from skmi.feature_selection import _plan as plans
from skmi.feature_selection._coarse import coarsened
from skmi.feature_selection._codes import code_target
from skmi.feature_selection._criteria import CRITERIA
from skmi.feature_selection._interactions import Interactions, Seeds, scan_pairs
from skmi.feature_selection._problem import Problem
from skmi.feature_selection._read import read_columns
from skmi.feature_selection._search import SEARCHES, Plan, SearchResult
from skmi.feature_selection._stop import StopRule
from skmi.feature_selection._stream import Stream
from skmi.feature_selection._target import read_target
from skmi.feature_selection._terms import Engine, Terms


class Found(NamedTuple):
    """What a search found about units, and the columns of these."""

    result: SearchResult
    relevance: np.ndarray
    units: tuple[np.ndarray, ...] | None
    interactions: Interactions | None


def read_problem(
    selector: Any, X: Any, y: Any, sample_weight: Any, groups: Any
) -> tuple[Problem, np.ndarray | None]:
    """Check all data; rows without weight leave no trace."""
    values, discrete = _read_X(selector, X, y)
    names = names_of(X)
    target, classes = read_target(y, selector.discrete_target, selector)
    values, target, weight, groups = plans.check_rows(
        values, target, sample_weight, groups
    )
    total = len(target) if weight is None else weight.sum()
    problem = Problem(
        values,
        discrete,
        plans.resolve_units(selector.feature_groups, values.shape[1], names),
        target,
        classes,
        n_neighbors=selector.n_neighbors,
        correction=selector.correction,
        sample_weight=weight,
        missing=selector.missing,
        random_state=check_random_state(selector.random_state),
        n_jobs=selector.n_jobs,
        bin_edges=plans.resolve_edges(selector.bin_edges, values),
    )
    n_bins = selector.n_bins, selector.n_bins_target
    return plans.with_bins(problem, *n_bins, total), groups


def search_problem(
    selector: Any, problem: Problem, names: Any, groups: np.ndarray | None
) -> Found:
    """Run the search that the selector's options ask for."""
    plan = _plan(selector, problem.X.shape[1], problem.units, names)
    average = selector.multioutput == "average"
    engine, codes = plans.make_engines(
        problem, selector.estimator, average=average, normalize=selector.normalize
    )
    interactions = None
    if (plan.n_select is None and not plan.until_zero) or selector.interactions:
        if issparse(problem.X):
            msg = (
                "n_features_to_select must be a number or None, and interactions None, "
                "for sparse X; found "
                f"{selector.n_features_to_select!r} and {selector.interactions!r}."
            )
            raise ValueError(msg)
        plan, interactions = _with_tests(plan, selector, problem, codes, groups)
    return _run(selector, plan, engine, codes, problem.units, interactions)


def search_stream(selector: Any, stream: Stream, names: Any) -> Found:
    """Run the search on the tables of all blocks so far."""
    plan = _plan(selector, stream.n_edges.size, None, names)
    engine = plans.corrected(stream.engine, selector.correction)

    def codes() -> Any:
        return engine

    return _run(selector, plan, engine, codes, None, None)


def add_block(
    selector: Any, X: Any, y: Any, classes: Any, sample_weight: Any
) -> Stream:
    """Return the selector's stream with a block of rows added."""
    for name, wanted in _OF_BLOCKS.items():
        found = getattr(selector, name)
        if found != wanted:
            msg = f"{name} must be {wanted!r} with partial_fit, found {found!r}."
            raise ValueError(msg)
    stops_at_zero = getattr(_criterion(selector), "stops_at_zero", False)
    if selector.n_features_to_select == "auto" and not stops_at_zero:
        msg = (
            "n_features_to_select must be a number or None with partial_fit, which "
            "keeps no rows to permute, found 'auto'."
        )
        raise ValueError(msg)
    state = getattr(selector, "_stream", None)
    if issparse(X):
        msg = "X must be dense where rows come in blocks, found a sparse matrix."
        raise ValueError(msg)
    values, discrete = _read_X(selector, X, y, code=False, reset=state is None)
    y = np.asarray(y)
    is_class = read_target(y, selector.discrete_target, selector)[1]
    values, y, weight, _ = plans.check_rows(values, y, sample_weight, None)
    if state is not None:
        stream = Stream(**state)
        if stream.classes is None and y.dtype.kind not in "buif":
            msg = f"y must hold numbers as in the first block, found dtype {y.dtype}."
            raise ValueError(msg)
        return stream.add(values, y, weight)
    total = len(y) if weight is None else weight.sum()
    n_classes = len(np.unique(y)) if is_class.all() else None
    n_bins, n_bins_target = plans.resolve_bins(
        selector.n_bins, selector.n_bins_target, total, n_classes
    )
    stream = Stream.start(
        values,
        y,
        bin_edges=selector.bin_edges,
        classes=classes,
        discrete_target=bool(is_class.all()),
        n_bins=n_bins,
        n_bins_target=n_bins_target,
        categories=discrete,
        missing=selector.missing,
        sample_weight=weight,
    )
    return stream.add(values, y, weight)


# What options must be where rows come in blocks.
_OF_BLOCKS = {
    "estimator": "binned",
    "interactions": None,
    "feature_groups": None,
    "normalize": False,
}


def warn_of_nothing(target: np.ndarray) -> None:
    """Warn where no column can tell anything."""
    if (target == target[0]).all():
        warnings.warn(
            "y has only one value: no column can tell anything about it, and all "
            "scores are 0.",
            UserWarning,
            stacklevel=4,
        )


def keep_result(selector: Any, found: Found) -> None:
    """Turn what was found about units into attributes of columns."""
    result, units = found.result, found.units
    if result.selected.size == 0:
        warnings.warn(
            "No column was selected: none is significant at "
            f"alpha={selector.alpha}, or worth its cost.",
            UserWarning,
            stacklevel=4,
        )
    if units is None:
        unit_of = firsts = np.arange(result.scores.size)
        selected = result.selected
    else:
        unit_of = plans.owners(units, selector.n_features_in_)
        firsts = np.array([own[0] for own in units])
        selected = np.concatenate([units[k] for k in result.selected] or [[]])
    selector.relevance_ = found.relevance[unit_of]
    selector.redundancy_ = result.redundancy[unit_of]
    selector.scores_ = result.scores[unit_of]
    selector.ranking_ = result.ranking[unit_of]
    selector.pvalues_ = result.p_values[unit_of]
    selector.selected_ = selected.astype(np.intp)
    selector.support_ = np.isin(unit_of, result.selected)
    feature = firsts[result.path["feature"]]
    selector.selection_path_ = {**result.path, "feature": feature}
    vars(selector).pop("interactions_", None)
    if found.interactions is not None:
        pairs = firsts[found.interactions.pairs]
        selector.interactions_ = found.interactions._replace(pairs=pairs)


def _read_X(
    selector: Any, X: Any, y: Any, *, code: bool = True, reset: bool = True
) -> tuple[Any, np.ndarray]:
    """Return the columns of X, and which are discrete."""
    check_y_given(selector, y)
    return read_columns(
        selector,
        X,
        discrete_features=selector.discrete_features,
        missing=selector.missing,
        accept_sparse=selector.estimator == "binned",
        code=code and selector.bin_edges is None,
        reset=reset,
    )


def _plan(
    selector: Any, n_features: int, units: tuple[np.ndarray, ...] | None, names: Any
) -> Plan:
    """Return the plan of a search but for its tests."""
    keep = plans.resolve_keep(selector.keep, units, n_features, names)
    n_select = plans.resolve_n_select(
        selector.n_features_to_select,
        n_features if units is None else len(units),
        keep,
        grouped=units is not None,
    )
    if n_select is None and selector.direction == "backward":
        msg = (
            "direction must be 'forward' or 'floating' with "
            "n_features_to_select='auto', found 'backward'."
        )
        raise ValueError(msg)
    return Plan(
        n_select,
        keep,
        plans.resolve_costs(selector.feature_costs, units, n_features),
        until_zero=n_select is None
        and getattr(_criterion(selector), "stops_at_zero", False),
    )


def _with_tests(
    plan: Plan, selector: Any, problem: Problem, codes: Any, groups: np.ndarray | None
) -> tuple[Plan, Interactions | None]:
    """Add the stop and the scan of pairs where they are wanted."""
    target = code_target(problem)
    levels, n_levels = _known_codes(problem, codes())
    ordered = ~problem.discrete
    if problem.units is not None:
        ordered = np.array(
            [len(own) == 1 and not problem.discrete[own[0]] for own in problem.units]
        )
    interactions = None
    alpha = selector.alpha
    if selector.interactions and plan.n_select is None:
        # A pair and a column may each be there by chance.
        alpha = alpha / 2
    if selector.interactions:
        if groups is not None:
            msg = (
                "interactions must be None with groups, found 'pairs': the scan of "
                "pairs takes rows for independent."
            )
            raise ValueError(msg)
        options = {
            "sample_weight": problem.sample_weight,
            "ordered": ordered,
            "ordered_target": not problem.discrete_target.any(),
        }
        interactions = scan_pairs(
            levels,
            n_levels,
            target,
            alpha=alpha,
            n_jobs=selector.n_jobs,
            **options,
        )
        coarse = coarsened(levels, n_levels, target, **options)
        seeds = Seeds(interactions, coarse, alpha=alpha)
        plan = plan._replace(seeds=seeds)
    if plan.n_select is None and not plan.until_zero:
        stop = StopRule(
            levels,
            n_levels,
            target,
            alpha=alpha,
            n_permutations=selector.n_permutations,
            sample_weight=problem.sample_weight,
            groups=groups,
            ordered=ordered,
            random_state=problem.random_state,
            n_jobs=selector.n_jobs,
        )
        plan = plan._replace(stop=stop)
    return plan, interactions


def _criterion(selector: Any) -> Any:
    """Return the function that the selector maximises."""
    criterion = selector.criterion
    return CRITERIA[criterion] if isinstance(criterion, str) else criterion


def _known_codes(problem: Problem, engine: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return codes for tests of rows, and their numbers of levels.

    Where missing values mean rows that do not count, values are drawn in their place
    from the others of the column: they tell nothing, whether a value is missing or not.
    """
    codes, n_levels = engine.codes, engine.n_levels
    missing = getattr(engine, "missing", None)
    if missing is None or not (missing >= 0).any():
        return codes, n_levels
    codes = codes.copy(order="F")
    for j in np.flatnonzero(missing >= 0):
        gone = codes[:, j] == missing[j]
        known = codes[~gone, j]
        if known.size:
            codes[gone, j] = problem.random_state.choice(known, int(gone.sum()))
    return codes, codes.max(axis=0).astype(np.intp) + 1


def _run(
    selector: Any,
    plan: Plan,
    engine: Engine,
    codes: Any,
    units: tuple[np.ndarray, ...] | None,
    interactions: Interactions | None,
) -> Found:
    """Search with an engine."""
    criterion = _criterion(selector)
    terms = Terms(engine, codes, selector.beta)
    search = SEARCHES[selector.direction]
    result = search(terms, criterion, engine.informative, plan)
    return Found(result, terms.relevance.copy(), units, interactions)
