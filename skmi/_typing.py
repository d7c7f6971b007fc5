"""Protocols of the parts that rooms exchange. Nothing is imported to use them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

# A torch tensor where this module must not know torch.
Tensor = Any


class Bound(Protocol):
    """A variational bound on mutual information, as a record."""

    kind: str

    def value(
        self, positive: Tensor, negative: Tensor, log_weight: Tensor | None = None
    ) -> Tensor:
        """Return the bound in nats from (n,) positive and (n, m) negative scores."""

    def loss(
        self, positive: Tensor, negative: Tensor, log_weight: Tensor | None = None
    ) -> Tensor:
        """Return what training minimises."""

    def ceiling(self, n_negative: int) -> float:
        """Return the largest value the bound can take, infinity where none."""


class Critic(Protocol):
    """Scores of all pairs: (n, d_x) and (m, d_y) -> (n, m)."""

    def __call__(self, x: Tensor, y: Tensor) -> Tensor:
        """Return the score of each row of x with each row of y."""


class Objective(Protocol):
    """What training minimises, with its terms readable by name."""

    def terms(
        self, output: Any, target: Any, row_weight: Tensor | None = None
    ) -> Mapping[str, Tensor]:
        """Return the terms in nats; the one called ``loss`` is minimised."""


class Criterion(Protocol):
    """A feature-selection criterion: a record of MI terms -> (d,) scores."""

    def __call__(self, terms: Any) -> Any:
        """Return the score of each candidate, the larger the better."""


@runtime_checkable
class MIEstimator(Protocol):
    """An estimator of mutual information in nats."""

    mi_: float

    def fit(self, X: Any, y: Any) -> MIEstimator:
        """Estimate the information between the rows of X and of y."""


@runtime_checkable
class SupportsFitMany(Protocol):
    """An estimator that fits many targets (folds, permutations) at once."""

    def fit_many(self, X: Any, ys: Any) -> Any:
        """Return one estimate for each member of ys."""


@runtime_checkable
class SupportsTargetKind(Protocol):
    """An estimator that decides by the values of y whether they are classes."""

    def with_target_kind(self, y: Any) -> Any:
        """Return a clone that takes parts of y for what it takes the whole for."""
