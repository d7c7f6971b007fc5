"""Maximise a bound on the information between two codes of the same row."""

from __future__ import annotations

import copy
from typing import Any

from torch import Tensor, nn

from skmi.nn.bounds import Bound, split_scores
from skmi.nn.objectives._base import Objective, ObjectiveContext


class BoundObjective(Objective):
    """Train a critic and the codes it scores on a bound.

    Parameters
    ----------
    critic : nn.Module
        (n, n_first) and (n, n_second) codes -> (n, n) scores.
    bound : Bound
        What the scores are turned into.
    symmetric : bool
        Average over both directions: negatives of the first code and of the second.

    Notes
    -----
    Terms: ``loss``, and ``bound``, the value in nats on the batch.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import BOUNDS, BilinearCritic, BoundObjective
    >>> objective = BoundObjective(BilinearCritic(2, 2), BOUNDS["nwj"])
    >>> loss = objective((torch.zeros(4, 2), torch.zeros(4, 2)))
    >>> objective.parts["bound"]
    tensor(0.)
    """

    score_term = "bound"

    def __init__(
        self, critic: nn.Module, bound: Bound, symmetric: bool = False
    ) -> None:
        super().__init__()
        self.kind = bound.kind
        self.critic = critic
        # Parts of a bound that keep state are this fit's own, and trained with it.
        self.bound = copy.deepcopy(bound)
        self.bound_state = nn.ModuleList(self.bound.modules())
        self.symmetric = symmetric

    def terms(
        self,
        output: tuple[Tensor, Tensor],
        target: Any = None,
        row_weight: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return loss and bound of a batch of pairs of codes."""
        if row_weight is not None:
            msg = "row_weight has no meaning for a bound over pairs of rows."
            raise ValueError(msg)
        scores = self.critic(*output)
        loss, value = self._evaluate(scores)
        if self.symmetric:
            other_loss, other_value = self._evaluate(scores.T)
            loss, value = (loss + other_loss) / 2, (value + other_value) / 2
        return {"loss": loss, "bound": value}

    def _evaluate(self, scores: Tensor) -> tuple[Tensor, Tensor]:
        """Return loss and value in one direction."""
        bound = self.bound
        if bound.of_square is not None:
            return bound.of_square(scores)
        positive, negative = split_scores(scores)
        loss = bound.loss(positive, negative)
        if bound.loss_is_negated_value:
            return loss, -loss.detach()
        return loss, bound.value(positive.detach(), negative.detach())

    def ceiling(self, n_rows: int) -> float:
        """Return the largest value that a batch of ``n_rows`` can report."""
        return self.bound.ceiling(n_rows - 1)


def bound_objective(
    context: ObjectiveContext, bound: Bound, symmetric: bool = False
) -> BoundObjective:
    """Build the objective of one bound with the user's critic."""
    critic = context.make_critic(context.n_first, context.n_second)
    return BoundObjective(critic, bound, symmetric)
