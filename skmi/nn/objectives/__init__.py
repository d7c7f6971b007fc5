"""Objectives: ``objective(output, target, row_weight=None)`` -> 0-d loss.

OBJECTIVES holds those that learn a representation from a pair of codes; each entry
builds one from an :class:`ObjectiveContext`. Every bound is an objective.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from torch import nn

from skmi.nn.bounds import BOUNDS, Bound, as_bound
from skmi.nn.objectives._base import Objective, ObjectiveContext
from skmi.nn.objectives.bottleneck import BottleneckObjective, BottleneckOutput
from skmi.nn.objectives.cascade import CascadeObjective, CascadeOutput
from skmi.nn.objectives.infomax import BoundObjective, bound_objective

OBJECTIVES: dict[str, Callable[[ObjectiveContext], nn.Module]] = {
    **{name: partial(bound_objective, bound=bound) for name, bound in BOUNDS.items()},
    "symmetric_infonce": partial(
        bound_objective, bound=BOUNDS["infonce"], symmetric=True
    ),
}


def as_objective(objective: Any) -> Callable[[ObjectiveContext], nn.Module]:
    """Return what builds an objective, for every form in which users give one.

    Parameters
    ----------
    objective : str, Bound or callable
        A name of OBJECTIVES; a bound; a function ``(positive, negative,
        log_weight=None)`` of scores, which is maximised and promises nothing; or a
        function of one argument, an :class:`ObjectiveContext`, that returns an
        :class:`Objective`.

    Returns
    -------
    callable
        ``build(context)`` -> objective.

    Raises
    ------
    TypeError
        When building, if what a function returns is no Objective.

    Examples
    --------
    >>> from skmi.nn import BilinearCritic, ObjectiveContext, as_objective
    >>> build = as_objective("nwj")
    >>> build(ObjectiveContext(2, 2, BilinearCritic)).kind
    'lower'
    """
    if isinstance(objective, str):
        return OBJECTIVES[objective]
    if isinstance(objective, Bound) or not _takes_a_context(objective):
        return partial(bound_objective, bound=as_bound(objective))

    def build(context: ObjectiveContext) -> nn.Module:
        built = objective(context)
        if not isinstance(built, Objective):
            msg = (
                "objective: a function of one argument must return an Objective, "
                f"found {type(built).__name__}."
            )
            raise TypeError(msg)
        return built

    return build


def _takes_a_context(function: Callable[..., Any]) -> bool:
    """Tell a function of one argument from a bound, which has two or more."""
    if isinstance(function, nn.Module):
        function = function.forward
    kinds = [
        parameter.kind
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is parameter.empty
    ]
    return kinds == [inspect.Parameter.POSITIONAL_OR_KEYWORD]


__all__ = [
    "OBJECTIVES",
    "BottleneckObjective",
    "BottleneckOutput",
    "BoundObjective",
    "CascadeObjective",
    "CascadeOutput",
    "Objective",
    "ObjectiveContext",
    "as_objective",
    "bound_objective",
]
