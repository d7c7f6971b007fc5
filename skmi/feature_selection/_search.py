"""The order in which a criterion takes columns."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from skmi._typing import Criterion


class SearchResult(NamedTuple):
    """What a search found."""

    selected: np.ndarray
    scores: np.ndarray
    ranking: np.ndarray
    path: dict[str, np.ndarray]


def forward(
    terms: Any, criterion: Criterion, n_select: int, informative: np.ndarray
) -> SearchResult:
    """Take the column of the best score, again and again.

    Ties go to the lowest column. Columns that are not ``informative`` score 0 and
    are taken only when no other is left.
    """
    n_features = informative.size
    is_open = np.ones(n_features, dtype=bool)
    scores = np.zeros(n_features)
    steps = []
    for step in range(n_select):
        now = _scores(criterion, terms, informative, is_open)
        feature = _best(now, is_open, informative)
        redundancy = terms.mean_redundancy_of(feature)
        relevance = terms.relevance[feature]
        steps.append((step + 1, feature, now[feature], relevance, redundancy))
        scores[feature] = now[feature]
        is_open[feature] = False
        terms.select(feature)
    if is_open.any():
        now = _scores(criterion, terms, informative, is_open)
        scores[is_open] = now[is_open]
    path = _columns(steps)
    ranking = _ranking(path["feature"], scores, informative)
    return SearchResult(path["feature"], scores, ranking, path)


def _scores(
    criterion: Criterion, terms: Any, informative: np.ndarray, is_open: np.ndarray
) -> np.ndarray:
    """Return the criterion's scores, checked, with 0 where nothing can be said."""
    # A target or columns without variation: no criterion can tell anything.
    if not (informative & is_open).any():
        return np.zeros(informative.size)
    scores = criterion(terms)
    if np.shape(scores) != informative.shape:
        found = "None" if scores is None else f"shape {np.shape(scores)}"
        msg = (
            f"criterion must return scores of shape {informative.shape}, found {found}."
        )
        raise ValueError(msg)
    scores = np.where(informative, np.asarray(scores, dtype=np.float64), 0.0)
    if np.isnan(scores[is_open]).any():
        msg = "criterion must return real numbers, found NaN."
        raise ValueError(msg)
    return scores


def _best(scores: np.ndarray, is_open: np.ndarray, informative: np.ndarray) -> int:
    """Return the open column of the best score, the lowest one among equals."""
    candidates = np.flatnonzero(is_open & informative)
    if candidates.size == 0:
        candidates = np.flatnonzero(is_open)
    return int(candidates[np.argmax(scores[candidates])])


def _ranking(
    selected: np.ndarray, scores: np.ndarray, informative: np.ndarray
) -> np.ndarray:
    """Return ranks from 1: the selected in order, then the rest by final score."""
    rest = np.setdiff1d(np.arange(scores.size), selected)
    rest = rest[np.lexsort((rest, -scores[rest], ~informative[rest]))]
    ranking = np.empty(scores.size, dtype=np.intp)
    ranking[np.concatenate([selected, rest])] = np.arange(1, scores.size + 1)
    return ranking


def _columns(steps: list[tuple]) -> dict[str, np.ndarray]:
    """Return the steps of a search as one array a column."""
    names = ("step", "feature", "criterion", "relevance", "redundancy")
    dtypes = (np.intp, np.intp, np.float64, np.float64, np.float64)
    return {
        name: np.array(column, dtype=dtype)
        for name, dtype, column in zip(
            names, dtypes, zip(*steps, strict=True), strict=True
        )
    }
