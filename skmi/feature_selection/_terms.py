"""The information terms that criteria are made of, computed when touched."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import cached_property
from typing import Any, Protocol

import numpy as np

Term = str | Callable[["Terms", int], np.ndarray]


class Engine(Protocol):
    """An estimator of the terms of one data set, in nats.

    A unit is a column, or a group of columns that are taken together. Terms are
    exactly 0 where a variable of theirs is constant.
    """

    n_units: int
    informative: np.ndarray

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y) of every unit, (d,)."""

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs) of every unit, or of some, with unit s."""

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y) of every unit."""

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs) of every unit."""

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb) of every unit."""

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS) of every unit, given all units of S."""


class Entropies(Protocol):
    """Entropies of codes, in nats, that scores are normalised by."""

    def entropies(self) -> np.ndarray:
        """Return H(Xj), (d,)."""

    def entropy_of_target(self) -> float:
        """Return H(Y)."""

    def joint_entropy(self, unit: int) -> np.ndarray:
        """Return H(Xj,Xs,Y)."""

    def entropy_given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return H(Xj|XS)."""


class _Rows:
    """Terms (d,) that are kept, by name and unit, in arrays that grow."""

    def __init__(self, n_units: int) -> None:
        self._n_units = n_units
        self._arrays: dict[Hashable, np.ndarray] = {}
        self._places: dict[Hashable, dict[Hashable, int]] = {}

    def find(self, name: Hashable, key: Hashable) -> np.ndarray | None:
        """Return a term that is known."""
        place = self._places.get(name, {}).get(key)
        return None if place is None else self._arrays[name][place]

    def keep(self, name: Hashable, key: Hashable, row: np.ndarray) -> None:
        """Keep a term."""
        places = self._places.setdefault(name, {})
        array = self._arrays.get(name)
        if array is None or len(places) == len(array):
            grown = np.empty((max(8, 2 * len(places)), self._n_units))
            if array is not None:
                grown[: len(array)] = array
            array = self._arrays[name] = grown
        array[len(places)] = row
        places[key] = len(places)

    def table(self, name: Hashable, keys: list[Any], units: Any) -> np.ndarray:
        """Return known terms of some units as (n_units, n_keys)."""
        if not keys:
            n_units = self._n_units if units is None else len(units)
            return np.empty((n_units, 0))
        places = [self._places[name][key] for key in keys]
        rows = self._arrays[name]
        if units is not None:
            return rows[np.ix_(places, units)].T
        if places == list(range(len(places))):
            return rows[: len(places)].T
        return rows[places].T


class Terms:
    """What a criterion may ask of a search: arrays in nats, computed when touched.

    Entries (d,) are candidates. Columns of the (d, s) terms follow ``selected``, in
    order of selection. A step computes them for the newly selected unit alone. They
    are read-only. ``mean``, ``total`` and ``least`` of such a term take (d,) of memory
    where the term takes (d, s); they also take a function (terms, s) -> (d,) of the
    terms with one selected unit, which ``of`` returns.

    Attributes
    ----------
    selected : tuple of int
        The units selected so far.
    beta : float or None
        The user's weight, for criteria that have one.
    """

    def __init__(
        self, engine: Engine, codes: Callable[[], Entropies], beta: float | None = None
    ) -> None:
        self.selected: tuple[int, ...] = ()
        self.beta = beta
        self._engine = engine
        self._codes = codes
        self._units: np.ndarray | None = None
        self._rows = _Rows(engine.n_units)
        self._keeps = False
        self._running: dict[tuple[Term, np.ufunc], tuple[int, np.ndarray]] = {}
        self._latest: dict[str, tuple[Any, np.ndarray]] = {}

    def select(self, unit: int) -> None:
        """Add a unit to the selected ones."""
        self.selected = (*self.selected, unit)

    def having(self, selected: tuple[int, ...], units: np.ndarray | None) -> Terms:
        """Return the terms of some candidates, or all, beside other selected units.

        What either computes from now on, both know.
        """
        other = Terms(self._engine, self._codes, self.beta)
        other.selected, other._units = selected, units
        other._rows, other._latest = self._rows, self._latest
        other._keeps = True
        # Not computed twice: the cached value of the whole.
        other.__dict__["_relevance"] = self._relevance
        return other

    @cached_property
    def _relevance(self) -> np.ndarray:
        """I(Xj;Y) of all units."""
        return self._engine.relevance()

    @property
    def relevance(self) -> np.ndarray:
        """I(Xj;Y), (d,)."""
        return self._some(self._relevance)

    @property
    def entropies(self) -> np.ndarray:
        """H(Xj) of codes, (d,)."""
        return self._once("entropies", (), lambda: self._codes().entropies())

    @property
    def redundancy(self) -> np.ndarray:
        """I(Xj;Xs), (d, s)."""
        return self._pairs("redundancy")

    @property
    def conditional(self) -> np.ndarray:
        """I(Xj;Xs|Y), (d, s)."""
        return self._pairs("conditional")

    @property
    def conditional_relevance(self) -> np.ndarray:
        """I(Xj;Y|Xs), (d, s)."""
        return self._pairs("conditional_relevance")

    @property
    def joint(self) -> np.ndarray:
        """I(Xj,Xs;Y) = I(Xs;Y) + I(Xj;Y|Xs), (d, s)."""
        return self._relevance[list(self.selected)] + self.conditional_relevance

    @property
    def joint_entropy(self) -> np.ndarray:
        """H(Xj,Xs,Y) of codes, (d, s)."""
        return self._pairs("joint_entropy")

    @property
    def triple(self) -> np.ndarray:
        """I(Xj;Y|Xa,Xb) for all pairs a, b of selected units, (d, s (s - 1) / 2)."""
        return self._pairs("triple")

    @property
    def given_all(self) -> np.ndarray:
        """I(Xj;Y|XS) given all selected units, (d,)."""
        if not self.selected:
            return self.relevance
        key = self.selected
        return self._once("given_all", key, lambda: self._engine.given_all(key))

    @property
    def entropy_given_all(self) -> np.ndarray:
        """H(Xj|XS) of codes given all selected units, (d,)."""
        if not self.selected:
            return self.entropies
        key = self.selected
        return self._once(
            "entropy_given_all", key, lambda: self._codes().entropy_given_all(key)
        )

    def mean(self, term: Term) -> np.ndarray:
        """Return the mean of a term over the selected units, (d,)."""
        return self.total(term) / len(self._keys(term))

    def total(self, term: Term) -> np.ndarray:
        """Return the sum of a term over the selected units, (d,)."""
        return self._reduced(term, np.add)

    def least(self, term: Term) -> np.ndarray:
        """Return the least of a term over the selected units, (d,)."""
        return self._reduced(term, np.minimum)

    def of(self, name: str, key: Any) -> np.ndarray:
        """Return a term with one selected unit, or with a pair of them, (d,)."""
        if name == "joint":
            return self._relevance[key] + self.of("conditional_relevance", key)
        known = self._rows.find(name, key)
        if known is None:
            known = self._compute(name, key)
            if self._keeps:
                self._rows.keep(name, key, known)
        return self._some(known)

    def mean_redundancy_of(self, unit: int) -> float:
        """Return the mean of I(Xj;Xs) of one unit, 0 if none is selected."""
        if not self.selected:
            return 0.0
        if ("redundancy", np.add) in self._running:
            return float(self.mean("redundancy")[unit])
        known = self._engine.redundancy(unit, np.array(self.selected))
        return float(known.mean())

    def _compute(self, name: str, key: Any) -> np.ndarray:
        """Ask the engine, which knows nothing of restricted candidates."""
        if name == "triple":
            return self._engine.triple(*key)
        if name == "joint_entropy":
            return self._codes().joint_entropy(key)
        return getattr(self._engine, name)(key)

    def _reduced(self, term: Term, ufunc: np.ufunc) -> np.ndarray:
        """Return a running sum or minimum over the selected units."""
        n_seen, value = self._running.get((term, ufunc), (0, None))
        for key in self._keys(term, n_seen):
            row = self.of(term, key) if isinstance(term, str) else term(self, key)
            value = row if value is None else ufunc(value, row)
        self._running[term, ufunc] = len(self.selected), value
        return value

    def mean_redundancy(self) -> np.ndarray:
        """Return the mean of I(Xj;Xs) over the selected units but j itself, (d,)."""
        n_selected = np.full(self._engine.n_units, len(self.selected))
        n_selected[list(self.selected)] -= 1
        value = np.zeros(self._engine.n_units)
        for unit in self.selected:
            row = self.of("redundancy", unit).copy()
            row[unit] = 0.0
            value += row
        return value / np.maximum(n_selected, 1)

    def _keys(self, term: Term, n_seen: int = 0) -> list[Any]:
        """Return what a term is computed with since ``n_seen`` units were selected."""
        if term != "triple":
            return list(self.selected[n_seen:])
        return [
            (min(first, unit), max(first, unit))
            for place, unit in enumerate(self.selected[n_seen:], n_seen)
            for first in self.selected[:place]
        ]

    def _pairs(self, name: str) -> np.ndarray:
        """Return a (d, s) term after computing the columns it still lacks."""
        keys = self._keys(name)
        for key in keys:
            if self._rows.find(name, key) is None:
                self._rows.keep(name, key, self._compute(name, key))
        view = self._rows.table(name, keys, self._units)
        view.setflags(write=False)
        return view

    def _once(self, name: str, key: Any, compute: Callable[[], Any]) -> np.ndarray:
        """Return a term that is kept until the selected units change."""
        if name not in self._latest or self._latest[name][0] != key:
            self._latest[name] = key, compute()
        return self._some(self._latest[name][1])

    def _some(self, values: np.ndarray) -> np.ndarray:
        """Return the entries of the candidates, read-only."""
        values = values.view() if self._units is None else values[self._units]
        values.setflags(write=False)
        return values


class AveragedEngine:
    """The mean of the terms of several targets."""

    def __init__(self, engines: list[Any]) -> None:
        self._engines = engines
        self.n_units = engines[0].n_units
        self.informative = np.any([e.informative for e in engines], axis=0)

    @property
    def codes(self) -> np.ndarray:
        """Codes of the units, which no target has a part in, (n, d)."""
        return self._engines[0].codes

    @property
    def n_levels(self) -> np.ndarray:
        """Numbers of levels of the units, (d,)."""
        return self._engines[0].n_levels

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._mean("relevance")

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs), which no target has a part in."""
        return self._engines[0].redundancy(unit, units)

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        return self._mean("conditional", unit)

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        return self._mean("conditional_relevance", unit)

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb)."""
        return self._mean("triple", first, second)

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS)."""
        return self._mean("given_all", selected)

    def entropies(self) -> np.ndarray:
        """Return H(Xj)."""
        return self._engines[0].entropies()

    def entropy_of_target(self) -> float:
        """Return H(Y)."""
        return float(self._mean("entropy_of_target"))

    def joint_entropy(self, unit: int) -> np.ndarray:
        """Return H(Xj,Xs,Y)."""
        return self._mean("joint_entropy", unit)

    def entropy_given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return H(Xj|XS)."""
        return self._engines[0].entropy_given_all(selected)

    def _mean(self, name: str, *arguments: Any) -> Any:
        """Return the mean over the targets."""
        values = [getattr(engine, name)(*arguments) for engine in self._engines]
        return sum(values[1:], values[0]) / len(values)


class NormalizedEngine:
    """Terms as shares of the entropies of the two variables they join.

    Each is divided by the geometric mean of the entropies of codes: I(Xj;Y|...) by
    that of H(Xj) and H(Y), I(Xj;Xs|...) by that of H(Xj) and H(Xs).
    """

    def __init__(self, engine: Engine, codes: Entropies) -> None:
        self._engine = engine
        self.n_units, self.informative = engine.n_units, engine.informative
        self._alone = codes.entropies()
        self._of_target = codes.entropy_of_target()

    def relevance(self) -> np.ndarray:
        """Return I(Xj;Y)."""
        return self._shared(self._engine.relevance(), self._of_target)

    def redundancy(self, unit: int, units: np.ndarray | None = None) -> np.ndarray:
        """Return I(Xj;Xs)."""
        values = self._engine.redundancy(unit, units)
        return self._shared(values, self._alone[unit], units)

    def conditional(self, unit: int) -> np.ndarray:
        """Return I(Xj;Xs|Y)."""
        return self._shared(self._engine.conditional(unit), self._alone[unit])

    def conditional_relevance(self, unit: int) -> np.ndarray:
        """Return I(Xj;Y|Xs)."""
        return self._shared(self._engine.conditional_relevance(unit), self._of_target)

    def triple(self, first: int, second: int) -> np.ndarray:
        """Return I(Xj;Y|Xa,Xb)."""
        return self._shared(self._engine.triple(first, second), self._of_target)

    def given_all(self, selected: tuple[int, ...]) -> np.ndarray:
        """Return I(Xj;Y|XS)."""
        return self._shared(self._engine.given_all(selected), self._of_target)

    def _shared(
        self, values: np.ndarray, entropy: float, units: np.ndarray | None = None
    ) -> np.ndarray:
        """Divide by the geometric mean of two entropies, 0 where it is 0."""
        alone = self._alone if units is None else self._alone[units]
        product = np.sqrt(np.maximum(alone, 0) * max(entropy, 0))
        return np.divide(values, product, out=np.zeros_like(values), where=product > 0)
