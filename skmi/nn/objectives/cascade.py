"""A cascade of bottlenecks: each code is paid for by what it tells about a view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from torch import Tensor, nn

from skmi.nn.objectives._base import Objective
from skmi.nn.objectives.bottleneck import BottleneckObjective, BottleneckOutput


class CascadeOutput(NamedTuple):
    """What a cascade makes of n rows.

    Parameters
    ----------
    stages : tuple of BottleneckOutput
        Each code, and the prediction of its view from it.
    views : tuple of Tensor of shape (n, d_k)
        What the stages predict.
    prediction : Tensor of shape (n, n_out)
        Logits, or expected targets, at the draw of the last code; of no columns where
        there is no target.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import BottleneckOutput, CascadeOutput
    >>> stage = BottleneckOutput(torch.zeros(1, 2), torch.ones(1))
    >>> output = CascadeOutput((stage,), (torch.zeros(1, 2),), torch.zeros(1, 0))
    >>> len(output.stages)
    1
    """

    stages: tuple[BottleneckOutput, ...]
    views: tuple[Tensor, ...]
    prediction: Tensor


class CascadeObjective(Objective):
    """Minimise the weighted sum of the losses of bottlenecks, and of a target's.

    Parameters
    ----------
    stages : sequence of BottleneckObjective
        The loss of each code, with the view as its target.
    stage_weights : sequence of float
        Weights of these losses.
    task : BottleneckObjective or None
        The loss of the target, given the last code; its compression should cost
        nothing, since the stage of that code pays it.
    task_weight : float
        Weight of that loss.

    Notes
    -----
    Terms: ``loss``; ``rate_<k>`` and ``view_relevance_<k>`` of stage k, counted from 0,
    and ``relevance`` of the target, in nats. The rate of the first stage bounds I(X;Z)
    from above; that of a later one bounds its information about the code before it.
    Row weights enter the loss only.

    References
    ----------
    Xiao, X. et al. (2024). Neuro-inspired information-theoretic hierarchical perception
    for multimodal learning, the losses IB_0 and IB_1.

    Examples
    --------
    >>> import torch
    >>> from skmi.nn import BottleneckObjective, BottleneckOutput
    >>> from skmi.nn import CascadeObjective, CascadeOutput, GaussianLikelihood
    >>> stage = BottleneckOutput(torch.zeros(1, 1), torch.ones(1))
    >>> output = CascadeOutput((stage,), (torch.zeros(1, 1),), torch.zeros(1, 0))
    >>> bottleneck = BottleneckObjective(GaussianLikelihood(1), 0.1, 0.0)
    >>> CascadeObjective([bottleneck], [2.0])(output).detach()
    tensor(2.0379)
    """

    compares_rows = False

    def __init__(
        self,
        stages: Sequence[BottleneckObjective],
        stage_weights: Sequence[float],
        task: BottleneckObjective | None = None,
        task_weight: float = 1.0,
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList(
            _Weighted(*pair) for pair in zip(stages, stage_weights, strict=True)
        )
        self.task = None if task is None else _Weighted(task, task_weight)

    @property
    def likelihood(self) -> nn.Module | None:
        """The likelihood of the target."""
        return None if self.task is None else self.task.objective.likelihood

    def begin_epoch(self, epoch: int) -> None:
        """Tell the stages which epoch begins, counted from 0."""
        for stage in self.stages:
            stage.objective.begin_epoch(epoch)  # type: ignore[operator, union-attr]

    def is_settled(self, epoch: int) -> bool:
        """Tell whether an epoch is trained at the whole of each beta."""
        return all(
            stage.objective.is_settled(epoch)  # type: ignore[operator, union-attr]
            for stage in self.stages
        )

    def terms(
        self,
        output: tuple[Any, ...],
        target: Tensor | None,
        row_weight: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """Return loss, rate and relevance of each stage, and relevance of the target.

        Without a task the target is not looked at.
        """
        stages, views, prediction = CascadeOutput(*output)
        terms: dict[str, Tensor] = {}
        losses = []
        for k, stage in enumerate(self.stages):
            found = stage(stages[k], views[k], row_weight)
            losses.append(found["loss"])
            terms[f"rate_{k}"] = found["rate"]
            terms[f"view_relevance_{k}"] = found["relevance"]
        if self.task is not None:
            last = BottleneckOutput(*stages[-1])
            found = self.task(last._replace(prediction=prediction), target, row_weight)
            losses.append(found["loss"])
            terms["relevance"] = found["relevance"]
        return {"loss": sum(losses[1:], losses[0]), **terms}


class _Weighted(nn.Module):
    """An objective whose loss is weighted."""

    def __init__(self, objective: BottleneckObjective, weight: float) -> None:
        super().__init__()
        self.objective = objective
        self.weight = weight

    def forward(self, *args: Any) -> dict[str, Tensor]:
        """Return the terms."""
        terms = self.objective.terms(*args)
        return {**terms, "loss": self.weight * terms["loss"]}
