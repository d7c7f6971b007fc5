"""The order in which a criterion takes units."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from skmi._typing import Criterion

_PATH = {
    "step": np.intp,
    "feature": np.intp,
    "criterion": np.float64,
    "relevance": np.float64,
    "redundancy": np.float64,
    "p_value": np.float64,
}
# What a criterion must gain by a swap; less is rounding.
_GAIN = 1e-12


class Stop(Protocol):
    """A rule that says whether a candidate may be taken by chance."""

    alpha: float

    def p_value(
        self, selected: tuple[int, ...], candidate: int, is_open: np.ndarray
    ) -> float:
        """Return the family-wise p-value of a candidate beside the selected."""


class Seeds(Protocol):
    """A source of units that are worth something together only."""

    def propose(
        self, selected: tuple[int, ...], scores: np.ndarray, is_open: np.ndarray
    ) -> tuple[int, ...] | None:
        """Return units to take next in one go, or None for the criterion's best."""


class Plan(NamedTuple):
    """What a search looks for.

    ``n_select`` is None where ``stop`` decides. ``keep`` are units that are always in,
    ``costs`` (d,) what scores are paid with.
    """

    n_select: int | None
    keep: tuple[int, ...] = ()
    costs: np.ndarray | None = None
    stop: Stop | None = None
    seeds: Seeds | None = None
    until_zero: bool = False


class SearchResult(NamedTuple):
    """What a search found, by units."""

    selected: np.ndarray
    scores: np.ndarray
    ranking: np.ndarray
    path: dict[str, np.ndarray]
    p_values: np.ndarray
    redundancy: np.ndarray


class _Search:
    """State that all directions share: terms, open units, and the steps taken."""

    def __init__(
        self, terms: Any, criterion: Criterion, informative: np.ndarray, plan: Plan
    ) -> None:
        self.terms, self.criterion = terms, criterion
        self.informative, self.plan = informative, plan
        self.is_open = np.ones(informative.size, dtype=bool)
        self.scores = np.zeros(informative.size)
        self.p_values = np.full(informative.size, np.nan)
        self.steps: list[tuple] = []
        for unit in plan.keep:
            self.take(unit, np.nan)

    @property
    def selected(self) -> tuple[int, ...]:
        """The units selected so far."""
        return self.terms.selected

    @property
    def limit(self) -> int:
        """Most units that may be selected."""
        n_select = self.plan.n_select
        return self.informative.size if n_select is None else n_select

    def take(self, unit: int, score: float, p_value: float = np.nan) -> None:
        """Select a unit and write the step down."""
        relevance = self.terms.relevance[unit]
        redundancy = self.terms.mean_redundancy_of(unit)
        step = len(self.steps) + 1
        self.steps.append((step, unit, score, relevance, redundancy, p_value))
        self.scores[unit] = relevance if np.isnan(score) else score
        self.p_values[unit] = p_value
        self.is_open[unit] = False
        self.terms.select(unit)

    def drop(self, unit: int) -> None:
        """Take a selected unit back."""
        rest = tuple(other for other in self.selected if other != unit)
        self.terms = self.terms.having(rest, None)
        self.is_open[unit] = True

    def advance(self) -> bool:
        """Take the next unit, or those that belong together; False where none is."""
        scores = self.candidates()
        if self.plan.seeds is not None:
            together = self.plan.seeds.propose(
                self.selected, scores, self.is_open.copy()
            )
            room = self.limit - len(self.selected)
            if together is not None and len(together) <= room:
                for unit in together:
                    self.take(unit, self.candidates()[unit])
                return True
        unit = self._best(scores)
        if self.plan.until_zero and not scores[unit] > 0:
            return False
        p_value = np.nan
        if self.plan.stop is not None:
            p_value = self._chance(unit)
            if p_value > self.plan.stop.alpha:
                self.p_values[unit] = p_value
                return False
        self.take(unit, scores[unit], p_value)
        return True

    def candidates(self) -> np.ndarray:
        """Return the scores of all units as the next one."""
        if not (self.informative & self.is_open).any():
            # No criterion can tell anything: a target or columns without variation.
            return np.zeros(self.informative.size)
        values = _check_scores(self.criterion(self.terms), self.informative.shape)
        values = np.where(self.informative, values, 0.0)
        if np.isnan(values[self.is_open]).any():
            msg = "criterion must return real numbers, found NaN."
            raise ValueError(msg)
        return _paid(values, self.plan.costs)

    def beside(self, unit: int, others: tuple[int, ...]) -> float:
        """Return the score of one unit beside others."""
        if not self.informative[unit]:
            return 0.0
        terms = self.terms.having(others, np.array([unit]))
        values = _check_scores(self.criterion(terms), (1,))
        costs = self.plan.costs
        return float(_paid(values, None if costs is None else costs[[unit]])[0])

    def weakest(self) -> int:
        """Return the selected unit that the others need least; not one to keep."""
        units = [unit for unit in self.selected if unit not in self.plan.keep]
        idle = [unit for unit in units if not self.informative[unit]]
        if idle:
            return max(idle)
        values = {
            unit: self.beside(unit, tuple(u for u in self.selected if u != unit))
            for unit in units
        }
        return min(units, key=lambda unit: (values[unit], -unit))

    def worth(self, chosen: tuple[int, ...]) -> float:
        """Return the sum of the scores of units, each beside the others."""
        return sum(
            self.beside(unit, tuple(other for other in chosen if other != unit))
            for unit in chosen
        )

    def replayed(self) -> SearchResult:
        """Put the selected units in the order a forward search would take them."""
        plan = self.plan._replace(n_select=len(self.selected), stop=None, seeds=None)
        plan = plan._replace(until_zero=False)
        terms = self.terms.having((), None)
        again = _Search(terms, self.criterion, self.informative, plan)
        left_out = self.is_open.copy()
        again.is_open &= ~left_out
        while again.is_open.any():
            scores = again.candidates()
            unit = again._best(scores)
            again.take(unit, scores[unit], self.p_values[unit])
        again.is_open = left_out
        again.p_values = self.p_values
        return again.result()

    def result(self) -> SearchResult:
        """Score what is left and put all units in order."""
        if self.is_open.any():
            self.scores[self.is_open] = self.candidates()[self.is_open]
        path = _as_columns(self.steps)
        ranking = _ranking(path["feature"], self.scores, self.informative)
        return SearchResult(
            path["feature"],
            self.scores,
            ranking,
            path,
            self.p_values,
            self.terms.mean_redundancy(),
        )

    def _best(self, scores: np.ndarray) -> int:
        """Return the open unit of the best score, the lowest one among equals."""
        units = np.flatnonzero(self.is_open & self.informative)
        if units.size == 0:
            units = np.flatnonzero(self.is_open)
        best = scores[units].max()
        # Rounding does not choose between copies.
        near = scores[units] >= best - _GAIN * max(1.0, abs(best))
        return int(units[np.argmax(near)])

    def _chance(self, unit: int) -> float:
        """Return the p-value of a candidate, 1 if it can say nothing."""
        if not self.informative[unit]:
            return 1.0
        is_open = self.is_open & self.informative
        assert self.plan.stop is not None
        return self.plan.stop.p_value(self.selected, unit, is_open)


def forward(
    terms: Any, criterion: Criterion, informative: np.ndarray, plan: Plan
) -> SearchResult:
    """Take the unit of the best score, again and again.

    Ties go to the lowest unit. Units that are not ``informative`` score 0 and are
    taken only when no other is left.
    """
    search = _Search(terms, criterion, informative, plan)
    while len(search.selected) < search.limit and search.advance():
        pass
    return search.result()


def floating(
    terms: Any, criterion: Criterion, informative: np.ndarray, plan: Plan
) -> SearchResult:
    """Take units forward, and give up those that others have made worthless.

    After each step units are dropped as long as what is left is worth more than the
    best set of that size seen so far: Pudil et al. (1994). A set is worth the sum of
    the criterion's values of its units, each beside the others.
    """
    search = _Search(terms.having((), None), criterion, informative, plan)
    best: dict[int, float] = {}
    while len(search.selected) < search.limit and search.advance():
        chosen = search.selected
        best[len(chosen)] = max(best.get(len(chosen), -np.inf), search.worth(chosen))
        while len(search.selected) > len(plan.keep) + 1:
            unit = search.weakest()
            rest = tuple(other for other in search.selected if other != unit)
            value = search.worth(rest)
            if (
                unit == search.selected[-1]
                or value <= best.get(len(rest), -np.inf) + _GAIN
            ):
                break
            search.drop(unit)
            best[len(rest)] = value
    return search.replayed()


def backward(
    terms: Any, criterion: Criterion, informative: np.ndarray, plan: Plan
) -> SearchResult:
    """Start from all units and drop the one that the others need least.

    Of equals the highest goes. Units that are not ``informative`` go first.
    """
    search = _Search(terms.having((), None), criterion, informative, plan)
    for unit in np.flatnonzero(search.is_open):
        search.terms.select(int(unit))
        search.is_open[unit] = False
    while len(search.selected) > search.limit:
        search.drop(search.weakest())
    return search.replayed()


SEARCHES = {"forward": forward, "backward": backward, "floating": floating}
"""Name -> search(terms, criterion, informative, plan)."""


def _check_scores(scores: Any, shape: tuple[int, ...]) -> np.ndarray:
    """Return what a criterion gave as an array of numbers."""
    if np.shape(scores) != shape:
        found = "None" if scores is None else f"shape {np.shape(scores)}"
        msg = f"criterion must return scores of shape {shape}, found {found}."
        raise ValueError(msg)
    return np.asarray(scores, dtype=np.float64)


def _paid(scores: np.ndarray, costs: np.ndarray | None) -> np.ndarray:
    """Return scores for each unit of cost; a dear loss is a greater one."""
    if costs is None:
        return scores
    return np.where(scores > 0, scores / costs, scores * costs)


def _ranking(
    selected: np.ndarray, scores: np.ndarray, informative: np.ndarray
) -> np.ndarray:
    """Return ranks from 1: the selected in order, then the rest by final score."""
    rest = np.setdiff1d(np.arange(scores.size), selected)
    rest = rest[np.lexsort((rest, -scores[rest], ~informative[rest]))]
    ranking = np.empty(scores.size, dtype=np.intp)
    ranking[np.concatenate([selected, rest])] = np.arange(1, scores.size + 1)
    return ranking


def _as_columns(steps: list[tuple]) -> dict[str, np.ndarray]:
    """Return the steps of a search as one array a column."""
    columns = zip(*steps, strict=True) if steps else ((),) * len(_PATH)
    return {
        name: np.array(column, dtype=dtype)
        for (name, dtype), column in zip(_PATH.items(), columns, strict=True)
    }
