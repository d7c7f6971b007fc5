"""Objectives: ``objective(output, target, row_weight=None)`` -> 0-d loss.

OBJECTIVES holds those that learn a representation from a pair of codes; each entry
builds one from an :class:`ObjectiveContext`. Every bound is an objective.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from skmi.nn.bounds import BOUNDS
from skmi.nn.objectives._base import Objective, ObjectiveContext
from skmi.nn.objectives.infomax import BoundObjective, bound_objective
from skmi.nn.objectives.variational import (
    CategoricalLikelihood,
    GaussianLikelihood,
    VariationalBottleneck,
)

OBJECTIVES: dict[str, Callable[[ObjectiveContext], nn.Module]] = {
    **{name: partial(bound_objective, bound=bound) for name, bound in BOUNDS.items()},
    "symmetric_infonce": partial(
        bound_objective, bound=BOUNDS["infonce"], symmetric=True
    ),
}

__all__ = [
    "OBJECTIVES",
    "BoundObjective",
    "CategoricalLikelihood",
    "GaussianLikelihood",
    "Objective",
    "ObjectiveContext",
    "VariationalBottleneck",
    "bound_objective",
]
