"""What dynamic selection takes in one step, and when it stops, without torch."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from skmi.feature_selection._plan import resolve_costs, resolve_keep, resolve_units


class Offer(NamedTuple):
    """What can be acquired: plain numbers, so that two of them compare.

    Parameters
    ----------
    unit_of : tuple of int
        Unit of each column; the number of units for a column that is known from the
        start.
    costs : tuple of float
        Cost of each unit.
    tells : tuple of bool
        False for units that did not vary in training: nothing is known of what they
        tell, which counts as 0, and they are not acquired.
    """

    unit_of: tuple[int, ...]
    costs: tuple[float, ...]
    tells: tuple[bool, ...]

    def columns(self) -> tuple[np.ndarray, ...]:
        """Return the columns of each unit."""
        unit_of = np.array(self.unit_of)
        return tuple(np.flatnonzero(unit_of == k) for k in range(len(self.costs)))


class Limits(NamedTuple):
    """When acquisition stops; an infinite limit never does.

    Parameters
    ----------
    n_units : int
        Most units that may be acquired.
    budget : float
        Most that they may cost together.
    penalty : float
        Least nats for a unit of cost.
    confidence : float
        Largest probability of a class at which it goes on.
    """

    n_units: int
    budget: float
    penalty: float
    confidence: float


def make_offer(
    feature_groups: Any, feature_costs: Any, keep: Any, varies: np.ndarray, names: Any
) -> Offer:
    """Return the units that can be acquired and what they cost."""
    n_features = len(varies)
    units = resolve_units(feature_groups, n_features, names)
    known = resolve_keep(keep, units, n_features, names)
    costs = resolve_costs(feature_costs, units, n_features)
    if units is None:
        units = tuple(np.arange(n_features)[:, None])
    if costs is None:
        # A group is one purchase where nothing says otherwise.
        costs = np.ones(len(units))
    offered = [k for k in range(len(units)) if k not in set(known)]
    if not offered:
        msg = f"keep={keep!r} holds every column of X: nothing is left to acquire."
        raise ValueError(msg)
    unit_of = np.full(n_features, len(offered))
    for position, k in enumerate(offered):
        unit_of[units[k]] = position
    tells = tuple(bool(varies[units[k]].any()) for k in offered)
    return Offer(tuple(unit_of.tolist()), tuple(costs[offered].tolist()), tells)


def make_limits(estimator: Any, n_units: int) -> Limits:
    """Return the limits that the parameters of an estimator mean."""
    most, budget, stop = estimator.max_features, estimator.budget, estimator.stop
    return Limits(
        n_units if most is None else min(int(most), n_units),
        math.inf if budget is None else float(budget),
        float(estimator.penalty) if stop == "penalty" else -math.inf,
        float(estimator.confidence) if stop == "confidence" else math.inf,
    )


def n_affordable(costs: tuple[float, ...], limits: Limits) -> int:
    """Return the length of the longest sequence that the limits allow; at least 1."""
    total = np.cumsum(np.sort(costs))
    count = int(np.searchsorted(total, within(limits.budget), side="right"))
    return max(1, min(count, limits.n_units))


def within(budget: float) -> float:
    """Return the budget with room for rounding: ten times 0.1 may cost 1."""
    return budget * (1 + 1e-6)
