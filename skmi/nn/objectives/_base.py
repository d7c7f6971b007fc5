"""What every objective shares: its terms by name, recorded at each call."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class ObjectiveContext(NamedTuple):
    """What a representation objective may need to build itself.

    Parameters
    ----------
    n_first, n_second : int
        Columns of the codes of the two views.
    make_critic : callable
        ``make_critic(n_first, n_second)`` -> the critic the user chose.
    generator : torch.Generator or None
        Draws initial weights.

    Examples
    --------
    >>> from skmi.nn import OBJECTIVES, BilinearCritic, ObjectiveContext
    >>> OBJECTIVES["infonce"](ObjectiveContext(2, 2, BilinearCritic)).kind
    'lower'
    """

    n_first: int
    n_second: int
    make_critic: Callable[[int, int], nn.Module]
    generator: torch.Generator | None = None


class Objective(nn.Module, ABC):
    """Base of objectives: a subclass gives ``terms``, a call returns its ``loss``.

    ``terms`` is pure, so that stacked training can map over it; a call keeps the
    detached terms in ``parts``, from where the net records them. A subclass that
    reports an information says so in its attributes ``score_term``, the term whose
    mean is an estimator's score (minus the loss where it is None), ``kind``, what that
    term is, and ``ceiling``.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import Objective
    >>> class Closeness(Objective):
    ...     def terms(self, output, target=None, row_weight=None):
    ...         first, second = output
    ...         return {"loss": (first - second).square().mean()}
    >>> Closeness()((torch.zeros(3, 2), torch.ones(3, 2)))
    tensor(1.)
    """

    # Whether a row's loss depends on the other rows of its batch.
    compares_rows: bool = True

    score_term: str | None = None
    # "lower", "asymptotic", "upper" or "none".
    kind: str = "none"

    def ceiling(self, n_rows: int) -> float:
        """Return the largest score that a batch of ``n_rows`` can report."""
        return math.inf

    def __init__(self) -> None:
        super().__init__()
        self.parts: dict[str, Tensor] = {}

    @abstractmethod
    def terms(
        self, output: Any, target: Any, row_weight: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Return the terms of a batch in nats; ``loss`` is minimised."""

    def forward(
        self, output: Any, target: Any = None, row_weight: Tensor | None = None
    ) -> Tensor:
        """Return the loss of a batch and keep its terms in ``parts``."""
        terms = self.terms(output, target, row_weight)
        # Not by attribute: a module's setter is slow, and this runs every batch.
        vars(self)["parts"] = {name: value.detach() for name, value in terms.items()}
        return terms["loss"]
